//! What is deleted by retention, and what is kept.

use std::time::Duration;

use hotroom::{
    domain::{
        effect::{EffectKey, Timer},
        text::Untrusted,
    },
    store::chat::MessageFile,
};

use crate::world::{World, alert, done, show};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn old_messages_of_feeds_are_deleted_and_those_of_hot_rooms_and_live_alerts_are_kept() {
    let world = World::new().await;
    world.posts("alertmanager", &alert("Slow", "website", "warning", false)).await;
    for n in 0..3 {
        done(&world.says("ann", &format!("/incident declare \"Outage {n}\" severity:sev3")).await);
        done(&world.says("ann", &format!("/incident close duplicate incident:HOT-{}", n + 1)).await);
    }
    let hot = world.room("hot-1").await;
    let alerts = world.room("alerts").await;
    assert!(!hot.is_empty() && alerts.contains("Slow"));
    let before = world.posts_of("incidents").await.len();
    assert!(before > 1);
    world.pass(DAY * 200);
    let old = world.now() - chrono::TimeDelta::days(180);
    assert!(world.app.store.prune_messages(old).await.unwrap() > 0);
    assert_eq!(world.posts_of("incidents").await.len(), 1, "the newest message of a room stays");
    assert_eq!(world.room("hot-1").await, hot);
    assert_eq!(world.room("alerts").await, alerts, "its group still exists");
    world.end().await;
}

#[tokio::test]
async fn settled_effects_are_deleted_behind_long_timers() {
    let world = World::new().await;
    let now = world.now();
    let far = now + chrono::TimeDelta::days(90);
    let timers = move |tx: &mut hotroom::store::Tx<'_>| {
        for n in 0..600 {
            let timer = Timer::SourceSilent { source: hotroom::domain::ids::SourceId::new(format!("far-{n}")) };
            tx.enqueue(&EffectKey::new("far", n, 0), &timer.into(), far)?;
        }
        Ok(())
    };
    world.app.store.transact(timers).await.unwrap();
    for n in 0..5 {
        done(&world.says("ann", &format!("/incident declare \"Outage {n}\" severity:sev4")).await);
    }
    let file = rusqlite::Connection::open(world.database()).unwrap();
    let settled = || -> i64 {
        file.query_row("SELECT count(*) FROM outbox WHERE settled_at IS NOT NULL", [], |row| row.get(0)).unwrap()
    };
    assert!(settled() > 5);
    let pruned = world.app.store.prune(now + chrono::TimeDelta::days(40)).await.unwrap();
    assert!(pruned.effects > 0 && settled() <= 1, "{} settled rows are left", settled());
    world.end().await;
}

#[tokio::test]
async fn what_was_said_in_old_incidents_is_deleted_by_class_unless_they_are_on_legal_hold() {
    let world = World::with("[retention]\ntranscripts = \"100d\"\nattachments = \"10d\"\n").await;
    for n in 1..=3 {
        done(&world.says("ann", &format!("/incident declare \"Outage {n}\" severity:sev3")).await);
        done(&world.says("ann", &format!("/incident note \"the cause of {n}\" incident:HOT-{n}")).await);
    }
    let attach = |tx: &mut hotroom::store::Tx<'_>| {
        let sha256 = Some(tx.save_file(b"the graph", hotroom::domain::Timestamp::UNIX_EPOCH)?);
        for room in ["hot-1", "hot-2"] {
            let newest = tx.room(&room.into())?.expect("a room").last;
            let (name, kind) = (Untrusted::new("graph.png"), Untrusted::new("image/png"));
            tx.save_message_files(newest, &[MessageFile { name, kind, size: 9, sha256: sha256.clone() }])?;
        }
        Ok(())
    };
    world.app.store.transact(attach).await.unwrap();
    done(&world.says("ann", "/admin hold HOT-1 \"a lawsuit\"").await);
    for n in 1..=2 {
        done(&world.says("ann", &format!("/incident close duplicate incident:HOT-{n}")).await);
    }
    world.advance(DAY * 2).await;
    let said = async |key: &str| world.get(&format!("/api/v1/incidents/{key}/transcript")).await;
    let files = async |key: &str| said(key).await["messages"].to_string().matches("\"sha256\":\"").count();

    world.pass(DAY * 20);
    hotroom::cli::prune_now(&world.app).await;
    assert_eq!((files("HOT-1").await, files("HOT-2").await), (1, 0));
    assert!(said("HOT-2").await.to_string().contains("graph.png"), "name and size stay");

    world.pass(DAY * 100);
    hotroom::cli::prune_now(&world.app).await;
    assert_eq!(said("HOT-2").await["messages"].as_array().unwrap().len(), 0);
    for key in ["HOT-1", "HOT-3"] {
        let n = &key[4..];
        assert!(said(key).await.to_string().contains(&format!("the cause of {n}")), "{key} is on hold, or open");
    }
    let timeline = world.get("/api/v1/incidents/HOT-2/timeline").await.to_string();
    assert!(timeline.contains("the cause of 2"), "the record stays");

    let redact = world.says("ann", "/incident timeline redact:2 reason:secret incident:HOT-1").await;
    assert!(show(&redact.post).contains("on legal hold"), "{redact:?}");
    done(&world.says("ann", "/admin hold HOT-1 lift:yes").await);
    hotroom::cli::prune_now(&world.app).await;
    assert_eq!(said("HOT-1").await["messages"].as_array().unwrap().len(), 0);
    let refused = world.says("bob", "/admin hold HOT-3 mine").await;
    assert_ne!(refused.outcome, hotroom::chat::ReplyOutcome::Done, "{refused:?}");
    world.end().await;
}
