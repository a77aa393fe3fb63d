//! A restored backup: it says everywhere that it calls nobody, and sends what is new after one confirmation.

use hotroom::store::Scan;
use serde_json::Value;

use crate::world::{World, done, minutes, show};

/// A bot on a copy of the database of a bot in the middle of an incident, three hours later.
async fn restored() -> World {
    let world = World::new().await;
    // Nothing of it has been sent yet.
    done(&world.hears("ann", None, "/incident declare \"Checkout is down\" severity:sev1 service:checkout").await);
    let copy = world.database().with_file_name("copy.db");
    world.app.store.backup(&copy).await.unwrap();
    let now = world.now() + chrono::TimeDelta::hours(3);
    let restored = World::on(&copy, "", now).await;
    world.end().await;
    restored
}

async fn ready(world: &World) -> (u16, Value) {
    let (status, said) = world.send("GET", "/readyz", None).await;
    (status.as_u16(), said)
}

#[tokio::test]
async fn a_restored_copy_says_everywhere_that_nobody_is_called() {
    let world = restored().await;
    let reply = world.says("ann", "/page @bob \"now\" incident:HOT-1").await;
    assert!(show(&reply.post).contains("Sending is paused: nobody is called"), "{}", show(&reply.post));
    for path in ["/", "/incidents", "/incidents/HOT-1", "/alerts", "/oncall", "/health"] {
        let page = world.page("ann", path).await;
        assert!(page.contains("Sending is paused: nobody is called"), "{path}");
        assert!(page.contains("hotroom doctor --resume-sending"), "{path}");
        assert!(page.contains("data-command=\"/admin resume\""), "{path}: an admin has the button");
    }
    assert!(!world.page("cho", "/").await.contains("data-command=\"/admin resume\""), "others have not");
    let (status, said) = ready(&world).await;
    assert_eq!((status, said["ready"].as_bool()), (503, Some(false)));
    assert!(said["problems"][0].as_str().unwrap().contains("sending is paused"), "{said}");
    world.pass(minutes(60));
    assert!(!ready(&world).await.1.to_string().contains("stuck"));
    world.end().await;
}

#[tokio::test]
async fn after_one_confirmation_what_is_new_is_sent_and_what_is_older_waits() {
    let world = restored().await;
    done(&world.says("ann", "/incident declare \"Payments are down\" severity:sev1 service:checkout").await);
    let direct = async || {
        let mut said = String::new();
        for who in ["dm-ann", "dm-bob", "dm-cho", "dm-dee"] {
            said += &world.room(who).await;
        }
        said
    };
    let before = direct().await;
    assert!(!before.contains("HOT-2"), "{before}");
    let reply = world.says("ann", "/admin resume").await;
    assert!(show(&done(&reply).post).contains("What is new is sent again"), "{}", show(&reply.post));
    world.settle().await;
    assert!(direct().await.contains("HOT-2"), "a page from after the restore goes out: {}", direct().await);
    assert!(!direct().await.contains("HOT-1"), "a page from before does not");
    let (status, said) = ready(&world).await;
    assert_eq!(status, 200, "{said}");
    let held = said["held"].as_u64().unwrap();
    assert!(held > 0, "{said}");
    assert!(world.page("ann", "/health").await.contains("from before the restore of a backup are held"));
    assert!(show(&world.says("ann", "/admin resume").await.post).contains("not paused"));

    // The rest goes out when a person says so.
    let scan = Scan::open(&world.database()).unwrap();
    scan.write(|tx| tx.pause_sending(None)).unwrap();
    world.advance(minutes(2)).await;
    assert!(direct().await.contains("HOT-1"), "{}", direct().await);
    assert_eq!(ready(&world).await.1["held"].as_u64(), Some(0));
    world.end().await;
}
