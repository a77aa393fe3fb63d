//! Reminders of post-mortems by contact methods.

use std::time::Duration;

use super::Providers;
use crate::world::{World, done, minutes};

const DAY: Duration = Duration::from_secs(24 * 3_600);
const DEE: &[(&str, &[&str])] = &[("dee", &["ntfy:dee-topic-1"])];

/// An incident that dee ran and resolved.
async fn resolved(world: &World, more: &str) {
    let declare = format!("/incident declare \"Checkout is down\" severity:sev1 service:checkout {more}");
    done(&world.says("dee", &declare).await);
    done(&world.says("dee", "/incident resolve \"Rolled back\" incident:HOT-1").await);
}

#[tokio::test]
async fn the_owner_gets_one_quiet_message_for_each_reminder() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(DEE, false)).await;
    resolved(&world, "").await;
    assert!(providers.pushes().is_empty());
    world.advance(DAY * 2 + minutes(1)).await;
    let early = ("dee-topic-1".to_owned(), "Post-mortem of HOT-1 has to be submitted".to_owned(), 2);
    assert_eq!(providers.pushes(), [early]);
    world.advance(DAY).await;
    let last = providers.pushes().pop().expect("a second one");
    assert_eq!(last.1, "Overdue: post-mortem of HOT-1 has to be submitted");
    done(&world.says("dee", "/postmortem skip \"A known limit\" incident:HOT-1").await);
    world.advance(DAY * 30).await;
    assert_eq!(providers.pushes().len(), 2);
    world.end().await;
}

#[tokio::test]
async fn nothing_of_a_private_incident_or_a_drill_leaves() {
    for more in ["private:yes", "drill:yes"] {
        let providers = Providers::start().await;
        let world = World::with(&providers.settings(DEE, false)).await;
        resolved(&world, more).await;
        if more == "drill:yes" {
            done(&world.says("dee", "/postmortem open incident:HOT-1").await);
        }
        world.advance(DAY * 10).await;
        let told: Vec<_> =
            providers.pushes().into_iter().filter(|(_, title, _)| title.contains("ost-mortem")).collect();
        assert!(told.is_empty(), "{more}: {told:?}");
        world.end().await;
    }
}
