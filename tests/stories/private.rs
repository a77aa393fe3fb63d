//! A private incident is visible only to its members everywhere, also if it becomes private later.

use std::time::Duration;

use hotroom::{
    chat::ReplyOutcome,
    domain::effect::{Destination, Effect, MirrorEffect, TrackerEffect},
};

use crate::{
    fake_confluence::{self, FakeConfluence},
    fake_github::FakeGitHub,
    fake_pagerduty::{self, FakePagerDuty},
    fake_statuspage::{FakeStatuspage, TOKEN},
    trackers,
    webhooks::Receiver,
    world::{World, alert, done, show},
};

/// Texts that only members may read: the title, the key and the room.
const TRACES: [&str; 4] = ["Leak", "HOT-1", "hot-1", "customers' data"];

/// Everything that an outsider can read without a command.
const SURFACES: [&str; 19] = [
    "/api/v1/incidents",
    "/api/v1/incidents?text=Leak",
    "/api/v1/pages",
    "/api/v1/followups",
    "/api/v1/issues?q=Leak",
    "/api/v1/postmortems",
    "/api/v1/report/incidents",
    "/api/v1/report/load",
    "/api/v1/report/times",
    "/api/v1/report/times?format=csv",
    "/api/v1/alerts",
    "/api/v1/groups",
    "/api/v1/oncall",
    "/status",
    "/status/api/v2/summary.json",
    "/status/api/v2/incidents.json",
    "/status/history.atom",
    "/status/history.rss",
    "/metrics",
];

async fn assert_nothing_shows(world: &World, outsider: &str) {
    let clean = |what: &str, text: &str| {
        for trace in TRACES {
            assert!(!text.contains(trace), "{what} shows {trace}: {text}");
        }
    };
    for room in ["incidents", "alerts", "ops"] {
        clean(room, &world.room(room).await);
    }
    for line in [
        "/incident list",
        "/incident list all",
        "/incident list text:Leak",
        "/followup list all",
        "/issue search Leak",
        "/issue search hot-1",
        "/issue search hot-1.1",
        "/alert list",
        "/oncall now",
        "/board",
    ] {
        clean(line, &show(&world.says(outsider, line).await.post));
    }
    for path in SURFACES {
        let (_, text) = world.get_as(outsider, path).await;
        clean(path, &text);
    }
    for path in [
        "/api/v1/incidents/HOT-1",
        "/api/v1/incidents/HOT-1/timeline",
        "/api/v1/incidents/HOT-1/transcript",
        "/api/v1/incidents/HOT-1/transcript?format=html",
        "/api/v1/incidents/HOT-1/postmortem",
        "/api/v1/incidents/HOT-1/postmortem/sections/summary",
    ] {
        let (status, text) = world.get_as(outsider, path).await;
        assert_eq!(status, 404, "{path}: {text}");
    }
    for line in [
        "/incident info incident:HOT-1",
        "/field list incident:HOT-1",
        "/field set incident:HOT-1 cause=bug",
        "/postmortem show incident:HOT-1",
        "/postmortem skip \"x\" incident:HOT-1",
    ] {
        assert_eq!(world.says(outsider, line).await.outcome, ReplyOutcome::Refused, "{line}");
    }
}

#[tokio::test]
async fn what_was_announced_before_is_withdrawn_and_comes_back() {
    let world = World::new().await;
    world.posts("alertmanager", &alert("TooManyReads", "website", "warning", false)).await;
    world.advance(Duration::from_secs(15)).await;
    done(&world.says("ann", "/incident declare \"Leak of customers' data\" severity:sev3").await);
    let groups = world.get("/api/v1/groups").await;
    let group = groups["items"][0]["id"].as_str().expect("a group").to_owned();
    done(&world.says("ann", &format!("/incident link {group} incident:HOT-1")).await);
    done(&world.says("ann", "/incident update \"Leak confirmed\" incident:HOT-1").await);
    done(&world.says("ann", "/incident severity sev2 incident:HOT-1").await);
    done(&world.says("ann", "/incident status identified incident:HOT-1").await);
    let before = world.room("incidents").await;
    assert!(before.matches("HOT-1").count() >= 5, "{before}");
    assert!(world.room("alerts").await.contains("HOT-1"), "{}", world.room("alerts").await);

    done(&world.says("ann", "/incident private yes incident:HOT-1").await);
    assert_nothing_shows(&world, "dee").await;
    assert!(world.room("incidents").await.contains("An incident is private now"));
    done(&world.says("ann", "/incident update \"Leak closed\" incident:HOT-1").await);
    done(&world.says("ann", "/incident resolve \"Leak closed\" incident:HOT-1").await);
    assert_nothing_shows(&world, "dee").await;
    done(&world.says("ann", "/incident info incident:HOT-1").await);

    done(&world.says("ann", "/incident private no incident:HOT-1").await);
    let after = world.room("incidents").await;
    assert!(!after.contains("private now") && after.contains("Leak confirmed"), "{after}");
    assert!(!after.contains("Leak closed"), "what was said in private stays there: {after}");
    world.end().await;
}

#[tokio::test]
async fn what_was_private_from_the_beginning_leaves_not_even_an_empty_line() {
    let board = "[[tracker.boards]]\nid = \"delivery\"\nteam = \"ops\"\nat = \"23:00\"\n[[tracker.boards.columns]]\nname = \"investigating\"\n";
    let world = World::with(board).await;
    done(&world.says("ann", "/incident declare \"Leak of customers' data\" severity:sev1 private:yes").await);
    done(&world.says("ann", "/incident update \"Leak confirmed\" incident:HOT-1").await);
    assert_nothing_shows(&world, "dee").await;
    assert!(world.posts_of("incidents").await.is_empty(), "{}", world.room("incidents").await);
    world.end().await;
}

/// Returns whether the room of a mirror effect is private, and what is shown there.
async fn mirrored(world: &World, effect: &Effect) -> (bool, String) {
    let Effect::Mirror(effect) = effect else { panic!("{effect:?}") };
    let (room, message) = match effect.clone() {
        MirrorEffect::MirrorRoom { room, .. } => (room, None),
        MirrorEffect::MirrorMessage { room, message, .. } => (room, Some(message)),
    };
    let read = world.app.store.read(move |reads| {
        let body = message.map(|message| reads.message(message)).transpose()?.flatten().map(|message| message.body);
        Ok((reads.room(&room)?.expect("a room"), body))
    });
    let (room, body) = read.await.expect("reads");
    (room.private, body.unwrap_or_else(|| format!("{} {}", room.name, room.topic)))
}

/// Everything that is sent about a private incident, one row for each destination.
#[tokio::test]
async fn each_destination_gets_no_more_of_a_private_incident_than_its_members_may_see() {
    let receiver = Receiver::start("crm").await;
    let (github, mirror) = (FakeGitHub::start().await, FakeStatuspage::start().await);
    let pager = FakePagerDuty::start().await;
    let toml = receiver.webhook("[\"*\"]", "") + &trackers::settings(&github, "") + &mirror.toml();
    let wiki = FakeConfluence::start(true).await;
    let toml = toml + &pager.toml("api_token = \"env:PD_TOKEN\"") + &wiki.toml("");
    let tokens = fake_pagerduty::SECRETS.into_iter().chain([("STATUSPAGE_TOKEN", TOKEN), fake_confluence::SECRET]);
    let secrets: Vec<(&str, &str)> = trackers::SECRETS.iter().copied().chain(tokens).collect();
    let world = World::with_secrets(&toml, &secrets).await;
    hotroom::chat::builtin::set_platforms(&world.app.store, vec!["discord".into()], world.now()).await.unwrap();
    world.posts("alertmanager", &alert("TooManyReads", "website", "critical", false)).await;
    done(&world.says("ann", "/incident declare \"Leak of customers' data\" severity:sev1 private:yes").await);
    done(&world.says("ann", "/incident update \"Leak confirmed\" incident:HOT-1").await);
    world.says("ann", "/incident statuspage investigating \"Leak\" incident:HOT-1").await;
    done(&world.says("ann", "/incident resolve \"Leak closed\" incident:HOT-1").await);
    for line in ["submit", "approve", "publish", "replace"] {
        done(&world.says("ann", &format!("/postmortem {line} incident:HOT-1")).await);
    }
    world.advance(Duration::from_secs(15)).await;
    assert!(mirror.http.lines().is_empty(), "{:?}", mirror.http.lines());
    let rows = world.effects();
    for destination in Destination::ALL {
        let sent: Vec<&Effect> = rows.iter().filter(|effect| effect.destination() == *destination).collect();
        match destination {
            // The chat has a private room, and its feeds and lists show nothing.
            Destination::Chat => {
                assert!(!sent.is_empty());
                assert_nothing_shows(&world, "dee").await;
            }
            // The mirror shows the content of the chat in rooms with the same access.
            Destination::Mirror => {
                assert!(!sent.is_empty());
                for effect in sent {
                    let (private, text) = mirrored(&world, effect).await;
                    let trace = TRACES.into_iter().find(|trace| text.contains(trace));
                    assert!(private || trace.is_none(), "{effect:?} shows {trace:?}: {text}");
                }
            }
            // A source only receives requests about its own subscriptions.
            Destination::Source => assert_eq!(sent, Vec::<&Effect>::new()),
            // A webhook is told only that somebody was paged, where, and how severe it is.
            Destination::Webhook => {
                assert!(!sent.is_empty());
                for body in receiver.bodies() {
                    let (event, data) = (body["type"].as_str().expect("a type"), body["data"].to_string());
                    let titles = ["Leak", "customers' data"].into_iter().any(|trace| data.contains(trace));
                    let keys = data.contains("HOT-1");
                    assert!(!titles && (!keys || event.starts_with("page.")), "{body}");
                }
            }
            // A tracker is asked for changes, and told nothing.
            Destination::Tracker => {
                let asks = |effect: &&Effect| matches!(effect, Effect::Tracker(TrackerEffect::PollTracker { .. }));
                assert!(sent.iter().all(asks), "{sent:?}");
                assert!(github.http.received().iter().all(|request| request.method == "GET"));
            }
            // Nobody has a contact method here.
            Destination::Contact => assert_eq!(sent, Vec::<&Effect>::new()),
            // Nothing of it was published: mirrors show what customers read.
            Destination::StatusMirror => assert_eq!(sent, Vec::<&Effect>::new()),
            // hotroom pages for a private incident where the outside pager may not be told.
            Destination::Pager => {
                assert_eq!(sent, Vec::<&Effect>::new());
                assert!(pager.http.lines().is_empty(), "{:?}", pager.http.lines());
            }
            // Nobody reported anything here; what reporters read is a story of its own.
            Destination::Report => assert_eq!(sent, Vec::<&Effect>::new()),
            // A wiki that is not for private incidents gets nothing.
            Destination::Document => {
                assert!(!sent.is_empty());
                assert!(wiki.http.lines().is_empty(), "{:?}", wiki.http.lines());
            }
            // A timer sends nothing out.
            Destination::Timer => assert!(!sent.is_empty()),
        }
    }
    world.end().await;
}

#[tokio::test]
async fn a_post_mortem_is_for_members_and_is_published_in_their_room_only() {
    let world = World::new().await;
    let declare = "/incident declare \"Leak of customers' data\" severity:sev1 service:checkout private:yes";
    done(&world.says("ann", declare).await);
    done(&world.says("ann", "/incident resolve \"Leak closed\" incident:HOT-1").await);
    let owner = world.says("ann", "/postmortem assign owner:@dee incident:HOT-1").await;
    assert_eq!(owner.outcome, ReplyOutcome::Refused, "dee is no member");
    done(
        &world
            .says("ann", "/followup add \"Tell customers' data owners\" owner:@ann priority:yes incident:HOT-1")
            .await,
    );
    let stranger = world.says("ann", "/followup add \"x\" owner:@dee incident:HOT-1").await;
    assert_eq!(stranger.outcome, ReplyOutcome::Refused, "dee is no member");
    for line in ["submit", "approve", "publish"] {
        // ann wrote it; cho, who was paged, is a member too.
        let who = if line == "approve" { "cho" } else { "ann" };
        done(&world.says(who, &format!("/postmortem {line} incident:HOT-1")).await);
        assert_nothing_shows(&world, "dee").await;
    }
    world.advance(Duration::from_secs(30 * 24 * 3_600)).await;
    assert_nothing_shows(&world, "dee").await;
    assert!(world.posts_of("incidents").await.is_empty(), "{}", world.room("incidents").await);
    assert!(world.room("hot-1").await.contains("Post-mortem of HOT-1"));
    world.end().await;
}
