//! What is deleted by retention, and what is kept.

use std::time::Duration;

use hotroom::domain::effect::{EffectKey, Timer};

use crate::world::{World, alert, done};

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
