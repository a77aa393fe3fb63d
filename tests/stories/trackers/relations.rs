//! Issues that belong together are linked at the tracker.

use super::jira::{declared, world_with};
use crate::{
    fake_jira::{ANN, FakeJira, Flavor},
    world::{done, minutes},
};

#[tokio::test]
async fn the_issue_of_a_follow_up_is_linked_to_that_of_its_incident() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter] {
        let jira = FakeJira::start(flavor).await;
        let world = world_with(&jira, flavor, "").await;
        declared(&world, "Checkout fails").await;
        let (first, second) =
            (jira.person_creates(ANN, "OPS", "Split the pool"), jira.person_creates(ANN, "OPS", "Alert on it"));
        let address = |key: &str| format!("{}/browse/{key}", jira.http.url);
        let add = format!("/followup add \"Split the pool\" link:{}", address(&first));
        done(&world.says_in("ops-1", "ann", &add).await);
        done(&world.says_in("ops-1", "ann", "/followup add \"Alert\"").await);
        done(&world.says_in("ops-1", "ann", &format!("/followup change 2 link:{}", address(&second))).await);
        done(&world.says_in("ops-1", "ann", "/followup add \"Elsewhere\" link:https://x.example/browse/OPS-9").await);
        world.advance(minutes(1)).await;
        // The second follow-up had an issue of its own before somebody named another one.
        assert_eq!(jira.issue("OPS-1").links, [first, "OPS-4".to_owned(), second], "{flavor:?}");
        world.end().await;
    }
}

#[tokio::test]
async fn the_issue_of_a_merged_incident_is_linked_but_never_that_of_a_private_one() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    let world = world_with(&jira, Flavor::Cloud, "").await;
    for title in ["One", "Two", "Three"] {
        declared(&world, title).await;
    }
    done(&world.says_in("ops-1", "ann", "/incident merge OPS-2").await);
    world.advance(minutes(1)).await;
    assert_eq!(jira.issue("OPS-1").links, ["OPS-2"]);
    done(&world.says_in("ops-3", "ann", "/incident private yes").await);
    for (room, other) in [("ops-2", "OPS-3"), ("ops-3", "OPS-2")] {
        let add = format!("/followup add \"Read it\" link:{}/browse/{other}", jira.http.url);
        done(&world.says_in(room, "ann", &add).await);
    }
    world.advance(minutes(1)).await;
    assert_eq!((jira.issue("OPS-2").links.len(), jira.issue("OPS-3").links.len()), (0, 0));
    world.end().await;
}
