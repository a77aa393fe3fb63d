//! Follow-ups and their issues: created there, linked, done on either side.

use hotroom::domain::effect::Effect;

use super::jira::{declared, reports, world_with};
use crate::{
    fake_github::FakeGitHub,
    fake_http::Reaction,
    fake_jira::{BEN, FakeJira, Flavor},
    world::{World, done, minutes},
};

const STATUSES: &str = "followups = { open = \"To Do\", done = \"Done\" }";

async fn followup(world: &World) -> serde_json::Value {
    world.get("/api/v1/followups?limit=1").await["items"][0].clone()
}

#[tokio::test]
async fn a_follow_up_has_an_issue_of_its_own_and_is_done_on_both_sides() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter] {
        let jira = FakeJira::start(flavor).await;
        let world = world_with(&jira, flavor, STATUSES).await;
        declared(&world, "Checkout fails").await;
        done(&world.says_in("ops-1", "ann", "/followup add \"Split the pool\" owner:@bob class:prevent").await);
        world.advance(minutes(1)).await;

        let issue = jira.issue("OPS-2");
        assert_eq!(issue.fields["summary"], "Split the pool");
        assert_eq!(issue.fields["issuetype"]["name"], "Task", "{flavor:?}");
        assert_eq!(issue.assignee.as_deref(), Some(BEN));
        assert!(issue.labels().iter().any(|label| label == "follow-up"), "{:?}", issue.labels());
        assert_eq!(jira.issue("OPS-1").links, ["OPS-2"], "linked to that of the incident");
        assert!(world.room("ops-1").await.contains("OPS-2"), "the room reads its key");
        let shown = followup(&world).await;
        assert_eq!((shown["issue"].as_str(), shown["state"].as_str()), (Some("OPS-2"), Some("open")));
        assert!(shown["link"].as_str().unwrap().ends_with("/browse/OPS-2"));

        done(&world.says_in("ops-1", "bob", "/followup done 1").await);
        world.advance(minutes(1)).await;
        assert_eq!(jira.issue("OPS-2").status, "Done");
        reports(&world, &jira).await;
        assert_eq!(followup(&world).await["state"], "done", "its own change does not come back");

        jira.set_now(world.now().timestamp_millis());
        jira.person_moves(BEN, "OPS-2", "To Do");
        reports(&world, &jira).await;
        assert_eq!(followup(&world).await["state"], "open", "{flavor:?}: opened again there");
        jira.person_moves(BEN, "OPS-2", "Done");
        reports(&world, &jira).await;
        let (state, room) = (followup(&world).await["state"].clone(), world.room("ops-1").await);
        assert_eq!(state, "done");
        assert!(room.contains("Bob"), "in the name of the person: {room}");
        world.advance(minutes(30)).await;
        assert_eq!(jira.issues().len(), 2, "no hot room for the issue of a follow-up, and no second issue");
        world.end().await;
    }
}

#[tokio::test]
async fn resolving_leads_to_an_issue_that_carries_the_post_mortem() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    let world = world_with(&jira, Flavor::Cloud, STATUSES).await;
    declared(&world, "Checkout fails").await;
    done(&world.says_in("ops-1", "ann", "/incident resolve summary:\"Rolled back\" cause:change").await);
    world.advance(minutes(1)).await;
    let issue = jira.issue("OPS-2");
    assert_eq!(issue.fields["summary"], "Complete the post-mortem of OPS-1");
    assert!(issue.fields["description"].to_string().contains("/incidents/OPS-P1/postmortem"), "{:?}", issue.fields);
    assert_eq!(jira.issue("OPS-1").links, ["OPS-2"]);
    done(&world.says_in("ops-1", "ann", "/postmortem submit").await);
    done(&world.says_in("ops-1", "bob", "/postmortem approve").await);
    done(&world.says_in("ops-1", "ann", "/postmortem publish").await);
    world.advance(minutes(1)).await;
    assert_eq!(jira.issue("OPS-2").status, "Done");
    world.end().await;
}

#[tokio::test]
async fn an_issue_of_a_follow_up_whose_creation_is_unknown_is_found_by_its_mark() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    let world = world_with(&jira, Flavor::Cloud, STATUSES).await;
    declared(&world, "Checkout fails").await;
    jira.react_next(Reaction::Close, true);
    done(&world.says_in("ops-1", "ann", "/followup add \"Split the pool\"").await);
    for _ in 0..6 {
        world.advance(std::time::Duration::from_secs(20)).await;
        jira.set_now(world.now().timestamp_millis());
    }
    assert_eq!(jira.issues().len(), 2, "created once");
    assert_eq!(followup(&world).await["issue"], "OPS-2");
    world.end().await;
}

#[tokio::test]
async fn follow_ups_of_private_incidents_and_drills_and_of_a_bot_told_so_have_no_issue() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    let world = world_with(&jira, Flavor::Cloud, STATUSES).await;
    done(&world.says("ann", "/incident declare \"Leak\" severity:sev3 private:yes").await);
    done(&world.says("ann", "/incident declare \"Practice\" severity:sev3 drill:yes").await);
    for key in ["HOT-1", "HOT-2"] {
        done(&world.says("ann", &format!("/followup add \"Split the pool\" incident:{key}")).await);
    }
    declared(&world, "Checkout fails").await;
    let link = "/followup add \"Elsewhere\" link:https://x.example/1";
    done(&world.says_in("ops-1", "ann", link).await);
    world.advance(minutes(2)).await;
    assert_eq!(jira.issues().len(), 1, "only that of the public incident");
    done(&world.says_in("ops-1", "ann", "/followup add \"Split the pool\"").await);
    world.advance(minutes(2)).await;
    done(&world.says_in("ops-1", "ann", "/incident private yes").await);
    assert!(world.room("ops-1").await.contains("OPS-2"), "the room reads what the tracker has already");
    let before = jira.http.lines().len();
    done(&world.says_in("ops-1", "ann", "/followup done 2").await);
    done(&world.says_in("ops-1", "ann", "/followup add \"Rotate the keys\"").await);
    world.advance(minutes(2)).await;
    let written = jira.http.lines().split_off(before).into_iter().filter(|line| !line.starts_with("GET"));
    assert_eq!(written.filter(|line| !line.contains("search")).collect::<Vec<_>>(), Vec::<String>::new());
    assert_eq!((jira.issues().len(), jira.issue("OPS-2").status.as_str()), (2, "To Do"));
    let is_creation = |effect: &&Effect| format!("{effect:?}").contains("CreateFollowUp");
    assert_eq!(world.effects().iter().filter(is_creation).count(), 1);
    world.end().await;
}

#[tokio::test]
async fn without_the_setting_follow_ups_stay_inside_and_with_it_any_tracker_has_them() {
    for wanted in [false, true] {
        let github = FakeGitHub::start().await;
        let more = if wanted { "" } else { "followups = false" };
        let world = super::world(&github, more).await;
        done(&world.says("ann", "/incident declare \"Checkout fails\" severity:sev3 service:checkout").await);
        world.advance(minutes(1)).await;
        done(&world.says("ann", "/followup add \"Split the pool\" owner:@ann incident:SHOP-1").await);
        world.advance(minutes(1)).await;
        assert_eq!(github.state().issue(2).is_some(), wanted);
        if wanted {
            let issue = github.issue(2);
            assert_eq!((issue["title"].as_str(), issue["state"].as_str()), (Some("Split the pool"), Some("open")));
            assert!(issue["labels"].to_string().contains("follow-up"), "{issue}");
            assert!(!issue["labels"].to_string().contains("sev"), "a follow-up has no severity: {issue}");
            done(&world.says("ann", "/followup drop 1 \"Too costly\" incident:SHOP-1").await);
            world.advance(minutes(1)).await;
            assert_eq!(github.issue(2)["state"], "closed");
        }
        world.end().await;
    }
}
