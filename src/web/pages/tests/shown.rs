//! Every page template with real data: it renders, and untrusted text stays text.

use std::time::Duration;

use crate::{
    domain::{
        ids::PersonId,
        incident::{Command, Incident},
        status::{ComponentStatus, PublicStatus},
        text::Untrusted,
    },
    render::Renderer,
    store::Health,
    web::{
        VERSION,
        pages::{
            alerts,
            frame::{FramedView, Nav, PageFrame},
            health, incident, incidents, oncall,
            page_context::PageContext,
        },
        world::{World, ann, at, bob, declare},
    },
};

/// Text that would break out of a page if it were not escaped.
const NASTY: &str =
    "</script><img src=x onerror=alert(1)> **[ok](http://evil.example)** <@ann> \u{202E}`code\u{200B} {{ 7 * 7 }} \" '";

fn framed<T: serde::Serialize>(nav: Nav, view: T) -> FramedView<T> {
    let me = crate::web::console::json::Me { id: "ann".into(), name: "Ann <b>".into(), access: "admin".into() };
    let url = "http://127.0.0.1:8080".to_owned();
    let (assets, modules) = ("1234", Vec::new());
    FramedView {
        page: PageFrame {
            nav,
            version: VERSION,
            url,
            assets,
            modules,
            csrf: "token".into(),
            me: Some(me),
            paused: None,
            push: false,
            user_reports: false,
        },
        view,
    }
}

fn shown(template: &str, context: impl serde::Serialize) -> String {
    let renderer = Renderer::new(None).expect("the shipped templates");
    let html = renderer.render(template, context).unwrap_or_else(|error| panic!("{error}"));
    for bad in ["<img", "onerror=alert(1)>", "</script><", "\u{202E}", "\u{200B}", "[ok](http"] {
        assert!(!html.contains(bad) || bad == "[ok](http", "{template} lets {bad:?} through:\n{html}");
    }
    assert!(!html.contains("href=\"http://evil.example\">ok"), "{template}: no masked link");
    html
}

async fn nasty_incident(world: &World) -> Incident {
    let mut wanted = declare(NASTY);
    wanted.description = Untrusted::new(NASTY);
    let incident = world.declares(wanted, at(1)).await;
    world.does(&incident, Command::AddNote { text: Untrusted::new(NASTY) }, at(2)).await;
    let task = Command::AddTask { text: Untrusted::new(NASTY), assignee: Some(ann()) };
    world.does(&incident, task, at(3)).await;
    let update = Command::PostUpdate {
        text: Untrusted::new(NASTY),
        impact: Some(Untrusted::new(NASTY)),
        affected: None,
        cause: None,
        estimate: None,
        next: Some(Duration::from_secs(1800)),
    };
    world.does(&incident, update, at(4)).await;
    let past = Command::AddTimeline { at: at(0), text: Untrusted::new(NASTY) };
    world.does(&incident, past, at(5)).await
}

#[tokio::test]
async fn the_record_and_the_side_bar_show_everything_and_let_nothing_through() {
    let world = World::new().await;
    let incident = nasty_incident(&world).await;
    let wanted = incident.clone();
    let (record, side) = world
        .read(move |reads, words| {
            let renderer = Renderer::new(None).expect("the shipped templates");
            let context = PageContext { config: words.config, renderer: &renderer, reader: &ann(), now: at(60) };
            let record = incident::record(reads, context, &wanted, &incident::IncidentQuery::default())?;
            Ok((record, incident::side(reads, context, &wanted)?))
        })
        .await;
    assert_eq!(record.timeline.first().map(|line| line.at.as_str()), Some("2025-11-21T12:00:00.000Z"));
    assert!(record.timeline.iter().any(|line| line.written_at.is_some()), "what was entered later says so");
    assert_eq!(side.oncall[0].service, "Checkout");
    assert!(side.buttons.iter().any(|button| button.label == "Post update"));
    let html = shown("web/incident.html", framed(Nav::Incidents, record));
    assert!(html.contains("Ann &lt;b&gt;"));
    let html = shown("web/side.html", side);
    assert!(html.contains("data-field=\"status\""));
}

#[tokio::test]
async fn the_timeline_is_filtered_by_what_its_lines_are_about() {
    let world = World::new().await;
    let incident = nasty_incident(&world).await;
    for (show, lines) in [("updates", 1), ("people", 8), ("alerts", 0), ("nonsense", 9)] {
        let wanted = incident.clone();
        let view = world.read(move |reads, words| {
            let renderer = Renderer::new(None).expect("the shipped templates");
            let context = PageContext { config: words.config, renderer: &renderer, reader: &ann(), now: at(60) };
            incident::record(reads, context, &wanted, &incident::IncidentQuery { show: show.into() })
        });
        assert_eq!(view.await.timeline.len(), lines, "{show}");
    }
}

#[tokio::test]
async fn the_table_the_alerts_and_the_on_call_page_are_shown() {
    let world = World::new().await;
    nasty_incident(&world).await;
    let (table, alerts, weeks) = world
        .read(|reads, words| {
            let renderer = Renderer::new(None).expect("the shipped templates");
            let context = PageContext { config: words.config, renderer: &renderer, reader: &ann(), now: at(60) };
            let query = incidents::IncidentsQuery { q: NASTY.to_owned(), ..incidents::IncidentsQuery::default() };
            let span = oncall::Span::asked(&oncall::OncallQuery::default(), chrono_tz::Europe::Berlin, at(60));
            Ok((
                incidents::read(reads, words, &ann(), query, at(60))?,
                alerts::read(reads, context)?,
                oncall::view(words, &reads.overrides(span.from, span.until)?, &span, at(60)),
            ))
        })
        .await;
    assert_eq!(table.items.len(), 1);
    assert_eq!(alerts.storm.incidents, 1);
    shown("web/incidents.html", framed(Nav::Incidents, table));
    shown("web/alerts.html", framed(Nav::Alerts, alerts));
    shown("web/oncall.html", framed(Nav::Oncall, weeks));
}

fn well() -> Health {
    Health {
        queued: 1,
        queue: 1024,
        last_commit_age: Some(Duration::from_millis(1_500)),
        failed: None,
        full: false,
        corrupt: None,
        file: None,
    }
}

async fn health_of(world: &World, state: Health, reader: PersonId) -> health::HealthView {
    world
        .read(move |reads, words| {
            health::read(
                reads,
                words,
                &reader,
                health::ProcessHealth { store: &state, open_pages: 2, discord: None },
                at(400),
            )
        })
        .await
}

#[tokio::test]
async fn the_health_page_says_what_is_wrong_and_what_to_do() {
    use crate::store::{Delivery, InboxState, ReceiveResult, Sender};
    let world = World::new().await;
    let good = health_of(&world, well(), ann()).await;
    assert_eq!(good.overall, health::Mood::Good);
    shown("web/health.html", framed(Nav::Health, good));

    let body = format!("{NASTY} \u{0000}");
    let unreadable = world.store.transact(move |tx| {
        let delivery =
            Delivery { sender: Sender::Source("alertmanager"), delivery: None, at: at(9), body: body.as_bytes() };
        let ReceiveResult::New(id) = tx.receive(&delivery)? else { panic!("new") };
        tx.settle_delivery(id, &InboxState::Unreadable("line 1: no JSON".into()))?;
        let spoken = Delivery { sender: Sender::Origin("console"), delivery: None, at: at(9), body: b"a secret" };
        let ReceiveResult::New(id) = tx.receive(&spoken)? else { panic!("new") };
        tx.settle_delivery(id, &InboxState::Unreadable("odd".into()))?;
        tx.set_meta(health::LAST_BACKUP, Some("1763726400000"))
    });
    unreadable.await.expect("writes");
    let warned = health_of(&world, well(), ann()).await;
    assert_eq!((warned.overall, warned.unreadable.len()), (health::Mood::Warning, 1));
    assert_eq!(warned.backup.as_deref(), Some("2025-11-21T12:00:00.000Z"));
    let html = shown("web/health.html", framed(Nav::Health, warned));
    assert!(html.contains("line 1: no JSON") && !html.contains("a secret"));

    let broken = Health { failed: Some("the disk said EIO".into()), ..well() };
    let broken = health_of(&world, broken, ann()).await;
    assert_eq!(broken.overall, health::Mood::Critical);
    assert!(shown("web/health.html", framed(Nav::Health, broken)).contains("the disk said EIO"));
}

#[tokio::test]
async fn a_stuck_row_of_a_private_incident_is_shown_without_its_key_to_others() {
    use crate::domain::effect::{ChatEffect, EffectKey};
    let world = World::new().await;
    let mut secret = declare("Leak");
    secret.private = true;
    let incident = world.declares(secret, at(1)).await;
    let id = incident.id;
    let queued = world.store.transact(move |tx| {
        tx.enqueue(&EffectKey::new("test", 1, 0), &ChatEffect::UpdateCard { incident: id }.into(), at(2))
    });
    queued.await.expect("writes");
    let keys = |view: health::HealthView| -> Vec<_> { view.lanes.into_iter().map(|lane| lane.incident).collect() };
    let member = health_of(&world, well(), ann()).await;
    assert_eq!(member.lanes.last().map(|lane| lane.tone), Some(health::Mood::Critical));
    assert!(keys(member).contains(&Some("HOT-1".to_owned())));
    assert!(keys(health_of(&world, well(), bob()).await).iter().all(Option::is_none));
}

#[tokio::test]
async fn a_merge_with_an_incident_that_the_reader_may_not_see_is_not_told() {
    let world = World::new().await;
    let open = world.declares(declare("Slow"), at(1)).await;
    let mut secret = declare("Leak");
    secret.private = true;
    let secret = world.declares(secret, at(2)).await;
    let merge = Command::Merge { into: secret.id, key: secret.key.clone() };
    let merged = world.does(&open, merge, at(3)).await;
    for (reader, told) in [(ann(), true), (bob(), false)] {
        let wanted = merged.clone();
        let view = world.read(move |reads, words| {
            let renderer = Renderer::new(None).expect("the shipped templates");
            let context = PageContext { config: words.config, renderer: &renderer, reader: &reader, now: at(60) };
            let query = incident::IncidentQuery::default();
            Ok((incident::record(reads, context, &wanted, &query)?, incident::side(reads, context, &wanted)?))
        });
        let (record, side) = view.await;
        assert_eq!(record.incident.merged_into.is_some(), told);
        let record = serde_json::to_string(&record).expect("writes");
        let side = serde_json::to_string(&side).expect("writes");
        assert_eq!((record.contains("HOT-2"), side.contains("HOT-2")), (told, told));
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_in_the_frame_of_whoever_is_signed_in() {
    let world = World::new().await;
    let ann = world.browser("ann").await;
    let mut stranger = ann.clone();
    stranger.session = "0".repeat(64);
    for path in ["/incidents/HOT-99", "/rooms/nowhere", "/no/such/page"] {
        let (status, html) = ann.page(path).await;
        assert_eq!(status, 404, "{path}");
        assert!(html.contains("id=\"rail\"") && html.contains("action=\"/sign-out\""), "{path}: {html}");
    }
    let (status, html) = stranger.page("/no/such/page").await;
    assert!(status == 404 && !html.contains("id=\"rail\""), "{html}");
}

#[tokio::test]
async fn states_are_written_as_the_public_page_writes_them() {
    let world = World::new().await;
    let incident = world.declares(declare("Checkout is slow"), at(1)).await;
    let told = Command::PostStatus {
        status: PublicStatus::Identified,
        body: Untrusted::new("We are on it."),
        components: vec![("checkout".into(), ComponentStatus::DegradedPerformance)],
        title: None,
    };
    let incident = world.does(&incident, told, at(2)).await;
    let side = world.read(move |reads, words| {
        let renderer = Renderer::new(None).expect("the shipped templates");
        let context = PageContext { config: words.config, renderer: &renderer, reader: &ann(), now: at(60) };
        incident::side(reads, context, &incident)
    });
    let html = shown("web/side.html", side.await);
    assert!(html.contains("</svg>Degraded performance</span>"), "{html}");
}
