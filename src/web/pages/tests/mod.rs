//! Stories of the pages' data.

mod shown;

use super::incidents::{self, IncidentsQuery, IncidentsView};
use crate::{
    domain::{
        ids::PersonId,
        incident::{Command, Severity},
        text::Untrusted,
    },
    web::world::{World, ann, at, bob, declare},
};

async fn table(world: &World, reader: PersonId, query: IncidentsQuery) -> IncidentsView {
    world.read(move |reads, words| incidents::read(reads, words, &reader, query, at(7_200))).await
}

fn keys(view: &IncidentsView) -> Vec<&str> {
    view.items.iter().map(|item| item.key.as_str()).collect()
}

#[tokio::test]
async fn the_table_filters_by_status_severity_service_text_and_key() {
    let world = World::new().await;
    world.declares(declare("Checkout is slow"), at(1)).await;
    let second = world.declares(declare("Search is down"), at(2)).await;
    world.does(&second, Command::SetSeverity { to: Severity::Sev1, reason: None }, at(3)).await;
    let third = world.declares(declare("100% of mails bounce"), at(4)).await;
    let resolve = Command::Resolve { summary: Some("fixed".into()), cause: Some("bug".to_owned()) };
    world.does(&third, resolve, at(3_604)).await;

    let all = table(&world, ann(), IncidentsQuery::default()).await;
    assert_eq!(keys(&all), ["HOT-3", "HOT-2", "HOT-1"]);
    assert_eq!((all.total, all.next.clone()), (3, None));
    assert_eq!(all.items[0].span_ms, 3_600_000, "a resolved incident stops lasting");
    assert_eq!(all.items[2].span_ms, 7_199_000);
    let shown: Vec<_> = all.counts.iter().filter(|c| c.count > 0).map(|c| (c.id.as_str(), c.count)).collect();
    assert_eq!(shown, [("all", 3), ("investigating", 2), ("resolved", 1)]);

    let of = |set: fn(&mut IncidentsQuery)| {
        let mut query = IncidentsQuery::default();
        set(&mut query);
        table(&world, ann(), query)
    };
    assert_eq!(keys(&of(|q| q.status = "investigating".into()).await), ["HOT-2", "HOT-1"]);
    assert_eq!(keys(&of(|q| q.severity = "SEV1".into()).await), ["HOT-2"]);
    assert_eq!(keys(&of(|q| q.service = "api".into()).await), Vec::<&str>::new());
    assert_eq!(keys(&of(|q| q.q = "100%".into()).await), ["HOT-3"]);
    assert_eq!(keys(&of(|q| q.q = "%".into()).await), ["HOT-3"]);
    assert_eq!(keys(&of(|q| q.key = "hot-2".into()).await), ["HOT-2"]);
    assert_eq!(keys(&of(|q| (q.key, q.severity) = ("hot-2".into(), "sev3".into())).await), Vec::<&str>::new());
    assert_eq!(keys(&of(|q| q.q = "nothing like it".into()).await), Vec::<&str>::new());
}

#[tokio::test]
async fn a_tab_keeps_the_other_filters_and_carries_them_encoded() {
    let world = World::new().await;
    let query = IncidentsQuery { q: "a&b=\"c\"".into(), severity: "sev1".into(), ..IncidentsQuery::default() };
    let view = table(&world, ann(), query).await;
    assert_eq!(view.counts[0].href, "/incidents?severity=sev1&q=a%26b%3D%22c%22");
    let triage = view.counts.iter().find(|count| count.id == "triage").expect("a tab");
    assert_eq!(triage.href, "/incidents?status=triage&severity=sev1&q=a%26b%3D%22c%22");
}

#[tokio::test]
async fn a_long_table_comes_in_pages() {
    let world = World::new().await;
    for n in 0..55 {
        world.declares(declare(&format!("number {n}")), at(n)).await;
    }
    let first = table(&world, ann(), IncidentsQuery::default()).await;
    assert_eq!((first.items.len(), first.total), (50, 55));
    let next = first.next.expect("another page");
    let after = next.strip_prefix("/incidents?after=").expect("an address").to_owned();
    let second = table(&world, ann(), IncidentsQuery { after, ..IncidentsQuery::default() }).await;
    assert_eq!(keys(&second), ["HOT-5", "HOT-4", "HOT-3", "HOT-2", "HOT-1"]);
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn a_private_incident_is_in_no_row_no_count_and_behind_no_key_of_others() {
    let world = World::new().await;
    let mut secret = declare("Layoffs leak");
    secret.private = true;
    world.declares(secret, at(1)).await;
    let members = table(&world, ann(), IncidentsQuery::default()).await;
    assert_eq!((keys(&members), members.total), (vec!["HOT-1"], 1));
    for query in [IncidentsQuery::default(), IncidentsQuery { key: "HOT-1".into(), ..IncidentsQuery::default() }] {
        let others = table(&world, bob(), query).await;
        assert_eq!((keys(&others), others.total), (vec![], 0));
        assert!(others.counts.iter().all(|count| count.count == 0));
    }
}

#[tokio::test]
async fn titles_reach_templates_without_what_deceives_the_eye() {
    let world = World::new().await;
    let mut odd = declare("x");
    odd.title = Untrusted::new("pay\u{202E}lap\u{200B} <script>\nnext");
    world.declares(odd, at(1)).await;
    let view = table(&world, ann(), IncidentsQuery::default()).await;
    assert_eq!(view.items[0].title, "paylap <script> next");
}

mod week {
    use chrono_tz::Tz;

    use crate::{
        config::Config,
        domain::{
            Timestamp,
            ids::OverrideId,
            oncall::{Override, OverrideKind, Turn},
        },
        web::pages::{
            oncall::{self, OncallQuery, Span},
            words::ConfigNames,
        },
    };

    fn on(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn span(week: &str, zone: Tz) -> Span {
        Span::asked(&OncallQuery { week: week.into() }, zone, on("2026-11-18T12:00:00Z"))
    }

    #[test]
    fn a_week_begins_on_the_readers_monday() {
        let berlin = span("", chrono_tz::Europe::Berlin);
        assert_eq!((berlin.from, berlin.until), (on("2026-11-15T23:00:00Z"), on("2026-11-22T23:00:00Z")));
        assert_eq!(span("2026-11-22", chrono_tz::Europe::Berlin), berlin);
        for junk in ["yesterday", "0000-01-01", "2026-13-01", "99999-01-01", "'; DROP"] {
            assert_eq!(span(junk, chrono_tz::Europe::Berlin), berlin, "{junk}");
        }
        let autumn = span("2026-10-25", chrono_tz::Europe::Berlin);
        assert_eq!((autumn.until - autumn.from).num_hours(), 7 * 24 + 1, "the clocks go back in this week");
    }

    #[test]
    fn the_bars_and_gaps_of_a_week_fill_it_and_stand_ins_are_marked() {
        let mut config = Config::shipped();
        let schedule = &mut config.schedules[0];
        schedule.layers.truncate(1);
        schedule.layers[0].rotation.turn = Turn::Days(2);
        schedule.layers[0].rotation.slots = vec![vec!["ann".into()], vec!["bob".into()], Vec::new()];
        let week = span("", chrono_tz::Europe::Berlin);
        let entry = Override {
            id: OverrideId::new(on("2026-11-01T00:00:00Z")),
            schedule: config.schedules[0].id.clone(),
            from: on("2026-11-17T06:00:00Z"),
            until: on("2026-11-17T18:00:00Z"),
            kind: OverrideKind::Replace,
            person: "cho".into(),
            instead_of: None,
        };
        let view = oncall::view(ConfigNames { config: &config }, &[entry], &week, on("2026-11-17T12:00:00Z"));
        let shown = &view.schedules[0];
        let bars: i64 = shown.rows.iter().flat_map(|row| &row.bars).chain(&shown.gaps).map(|bar| bar.span).sum();
        assert_eq!(bars, 7 * 24 * 60);
        assert!(!shown.gaps.is_empty(), "the empty slot is a gap");
        let cho = shown.rows.iter().find(|row| row.person == "Cho").expect("stands in");
        assert_eq!((cho.bars.len(), cho.bars[0].span, cho.bars[0].stand_in), (1, 720, true));
        assert_eq!(shown.now, ["Cho"]);
        assert_eq!(shown.stand_ins[0].person, "Cho");
        let checkout = &view.services[0];
        assert_eq!(checkout.now[0].person, "Cho");
        assert_eq!(checkout.now[0].until.as_deref(), Some("2026-11-17T18:00:00.000Z"));
        assert_eq!(view.week.days.iter().filter(|day| day.today).count(), 1);
    }
}
