//! The clock of the machine is set, or the bot is stopped for a while.

use chrono::TimeDelta;

use crate::world::{World, alert, done, minutes};

/// A bot with a page that is one minute old and a firing alert.
async fn paging() -> World {
    let world = World::new().await;
    world.posts("alertmanager", &alert("Slow", "website", "warning", false)).await;
    done(&world.says("ann", "/incident declare \"Checkout is down\" severity:sev1 service:checkout").await);
    world.advance(minutes(1)).await;
    world
}

/// The step of the page, from 0, and whether the alert fires.
async fn state(world: &World) -> (u32, bool) {
    let pages = world.app.store.read(|reads| reads.asking_pages(10)).await.unwrap();
    let step = pages[0].step;
    let groups = world.get("/api/v1/groups?limit=10").await;
    (step, groups["items"][0]["state"] == "firing")
}

#[tokio::test]
async fn a_clock_that_is_set_resolves_no_alert_and_moves_no_escalation() {
    for set_by in [TimeDelta::days(1), TimeDelta::hours(-1), TimeDelta::days(-400)] {
        let world = paging().await;
        let before = state(&world).await;
        assert_eq!(before, (0, true));
        world.disturbs(set_by, TimeDelta::zero()).await;
        assert_eq!(state(&world).await, before, "{set_by}: nothing happens at once");
        world.advance(minutes(3)).await;
        assert_eq!(state(&world).await, before, "{set_by}: the next step keeps its remaining time");
        world.advance(minutes(2)).await;
        assert_eq!(state(&world).await, (1, true), "{set_by}: and is not late either");
        let told = world.room("incidents").await;
        assert!(told.contains("The clock of this machine was set"), "{told}");
        world.end().await;
    }
}

#[tokio::test]
async fn a_bot_that_was_stopped_goes_on_one_step_at_a_time_and_resolves_nothing() {
    let world = paging().await;
    world.disturbs(TimeDelta::zero(), TimeDelta::hours(25)).await;
    assert_eq!(state(&world).await, (1, true), "one overdue step, and no alert is over before it can be repeated");
    world.advance(minutes(4)).await;
    assert_eq!(state(&world).await.0, 1, "the step after it has its whole time");
    assert!(world.room("incidents").await.contains("hotroom was suspended for 1 d"));
    world.end().await;
}
