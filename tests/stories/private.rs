//! A private incident shows to its members only, on every surface; also one that becomes private when much was said already.

use hotroom::chat::ReplyOutcome;

use crate::world::{World, alert, done, show};

/// What only members may read: the title, the key and the room.
const TRACES: [&str; 4] = ["Leak", "HOT-1", "hot-1", "customers' data"];

/// Everything that an outsider can read without saying a command.
const SURFACES: [&str; 12] = [
    "/api/v1/incidents",
    "/api/v1/incidents?text=Leak",
    "/api/v1/pages",
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
    for line in ["/incident list", "/incident list all", "/incident list text:Leak", "/alert list", "/oncall now"] {
        clean(line, &show(&world.says(outsider, line).await.post));
    }
    for path in SURFACES {
        let (_, text) = world.get_as(outsider, path).await;
        clean(path, &text);
    }
    for path in ["/api/v1/incidents/HOT-1", "/api/v1/incidents/HOT-1/timeline"] {
        let (status, text) = world.get_as(outsider, path).await;
        assert_eq!(status, 404, "{path}: {text}");
    }
    let asked = world.says(outsider, "/incident info incident:HOT-1").await;
    assert_eq!(asked.outcome, ReplyOutcome::Refused);
}

#[tokio::test]
async fn what_was_announced_before_is_withdrawn_and_comes_back() {
    let world = World::new().await;
    world.posts("alertmanager", &alert("TooManyReads", "website", "warning", false)).await;
    world.advance(std::time::Duration::from_secs(15)).await;
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
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Leak of customers' data\" severity:sev1 private:yes").await);
    done(&world.says("ann", "/incident update \"Leak confirmed\" incident:HOT-1").await);
    assert_nothing_shows(&world, "dee").await;
    assert!(world.posts_of("incidents").await.is_empty(), "{}", world.room("incidents").await);
    world.end().await;
}
