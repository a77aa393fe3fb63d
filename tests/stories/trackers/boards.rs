//! Boards: read at intervals, shown on working mornings, and reminded of when a column is above its limit.

use std::time::Duration;

use super::{PEOPLE, SECRETS, jira::world_with, settings};
use crate::{
    fake_github::FakeGitHub,
    fake_jira::{ANN, FakeJira, Flavor},
    world::{World, done, minutes, show},
};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// The team with its room, and a board of it.
const TEAM: &str = "[[teams]]\nid = \"ops\"\nname = \"Operations\"\nmembers = [\"ann\", \"bob\"]\nroom = \"ops\"\n";
const JIRA_BOARD: &str = "[[tracker.boards]]\nid = \"delivery\"\nname = \"Delivery\"\nteam = \"ops\"\nkind = \"jira\"\n\
                          number = 42\nat = \"09:00\"\ntimezone = \"America/New_York\"\n";

async fn jira_world(jira: &FakeJira) -> World {
    world_with(jira, Flavor::Cloud, &format!("{JIRA_BOARD}{TEAM}")).await
}

/// Tickets in progress.
fn started(jira: &FakeJira, count: usize) -> Vec<String> {
    let start = |n: usize| {
        let key = jira.person_creates(ANN, "OPS", &format!("Work *{n}*"));
        jira.person_moves(ANN, &key, "In Progress");
        jira.advance(1);
        key
    };
    (1..=count).map(start).collect()
}

async fn shown(world: &World) -> String {
    show(&done(&world.says("bob", "/board delivery").await).post)
}

#[tokio::test]
async fn a_board_of_jira_is_shown_on_working_mornings_and_reminded_of_once() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    jira.set_board("issueCount", "");
    let keys = started(&jira, 2);
    let world = jira_world(&jira).await;
    let board = shown(&world).await;
    assert!(board.contains("**In Progress**: 2 of 2") && board.contains("**To Do**: 0"), "{board}");
    assert!(!board.contains("above the limit"), "{board}");
    // 09:00 in New York is 14:00 UTC: four hours after the story begins.
    world.advance(minutes(239)).await;
    assert!(!world.room("ops").await.contains("Delivery"));
    world.advance(minutes(2)).await;
    assert_eq!(world.room("ops").await.matches("Board Delivery").count(), 1);

    started(&jira, 2);
    world.advance(minutes(30)).await;
    let room = world.room("ops").await;
    assert_eq!(room.matches("its limit is 2").count(), 1, "once, not at each reading: {room}");
    assert!(room.contains("has 4 items") && room.contains("Work \\*1\\*"), "{room}");
    assert!(shown(&world).await.contains("▲ **In Progress**: 4 of 2, **2 above the limit**"));
    // Back below the limit, and above it again.
    for key in &keys {
        jira.person_moves(ANN, key, "Done");
    }
    world.advance(minutes(20)).await;
    started(&jira, 1);
    world.advance(minutes(20)).await;
    assert_eq!(world.room("ops").await.matches("its limit is 2").count(), 2);
    // Tuesday to Friday, not on the weekend, and Monday again.
    world.advance(DAY * 7).await;
    assert_eq!(world.room("ops").await.matches("Board Delivery").count(), 6);
    world.end().await;
}

#[tokio::test]
async fn jiras_kind_of_limit_and_sub_filter_decide_what_counts() {
    for (constraint, filter, expected) in [
        ("none", "", "**In Progress**: 3\n"),
        ("issueCount", "", "**In Progress**: 3 of 2, **1 above the limit**"),
        ("issueCountExclSubs", "", "**In Progress**: 2 of 2\n"),
        ("issueCount", "labels = urgent ORDER BY Rank", "**In Progress**: 1 of 2\n"),
    ] {
        let jira = FakeJira::start(Flavor::Cloud).await;
        jira.set_board(constraint, filter);
        let keys = started(&jira, 3);
        jira.make_subtask(&keys[2]);
        jira.person_labels(&keys[0], "urgent");
        let world = jira_world(&jira).await;
        let board = shown(&world).await;
        assert!(board.contains(expected), "{constraint} {filter}: {board}");
        world.end().await;
    }
}

#[tokio::test]
async fn a_board_that_cannot_be_read_says_so_and_hides_restricted_issues() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    jira.set_board("issueCount", "");
    let keys = started(&jira, 2);
    jira.person_restricts(ANN, &keys[0]);
    let world = jira_world(&jira).await;
    let board = shown(&world).await;
    assert!(board.contains("2 of 2") && !board.contains("Work \\*1\\*") && board.contains("Work \\*2\\*"), "{board}");
    jira.forbid("BOARD");
    world.advance(minutes(11)).await;
    let board = shown(&world).await;
    assert!(board.contains("It could not be read since") && board.contains("2 of 2"), "{board}");
    jira.permit("BOARD");
    world.advance(minutes(60)).await;
    assert!(!shown(&world).await.contains("could not be read"));
    world.end().await;
}

#[tokio::test]
async fn a_board_of_github_has_its_limits_in_the_settings() {
    let github = FakeGitHub::start().await;
    let toml = settings(&github, "");
    let board = "[[tracker.boards]]\nid = \"delivery\"\nteam = \"ops\"\nkind = \"github\"\nowner = \"acme\"\nnumber = 7\n\
                 [[tracker.boards.columns]]\nname = \"Doing\"\nstatuses = [\"In Progress\"]\nlimit = 2\n\
                 [[tracker.boards.columns]]\nname = \"Closed\"\n";
    for n in 1..=3 {
        github.state().file("ann", &format!("Work {n}"), "");
        github.state().board.insert(n, "In Progress".to_owned());
    }
    let world = World::with_secrets(&format!("{toml}{board}{TEAM}"), &SECRETS).await;
    world.settle().await;
    let board = shown(&world).await;
    assert!(board.contains("**Doing**: 3 of 2, **1 above the limit**") && board.contains("SHOP-1"), "{board}");
    assert!(board.contains("**Closed**: 0"), "{board}");
    assert!(world.room("ops").await.contains("its limit is 2"));
    world.end().await;
}

#[tokio::test]
async fn a_board_of_hotrooms_own_counts_incidents_tasks_and_follow_ups_but_nothing_private() {
    let toml = format!(
        "{PEOPLE}{TEAM}[[tracker.boards]]\nid = \"delivery\"\nteam = \"ops\"\ninterval = \"1m\"\n\
         [[tracker.boards.columns]]\nname = \"Now\"\nstatuses = [\"investigating\", \"identified\"]\nlimit = 1\n\
         [[tracker.boards.columns]]\nname = \"Tasks\"\nitems = \"tasks\"\n"
    );
    let world = World::with(&toml).await;
    done(&world.says("ann", "/incident declare \"Payments fail\" severity:sev2 service:checkout").await);
    done(&world.says_in("hot-1", "ann", "/incident task \"Call the bank\"").await);
    done(&world.says("ann", "/incident declare \"The secret leak\" severity:sev2 service:checkout private:yes").await);
    assert!(shown(&world).await.contains("**Now**: 1 of 1"), "whoever asks sees it as it is");
    world.advance(minutes(2)).await;
    let board = shown(&world).await;
    assert!(board.contains("**Now**: 1 of 1") && board.contains("HOT-1 Payments fail"), "{board}");
    assert!(board.contains("**Tasks**: 1") && board.contains("Call the bank"), "{board}");
    assert!(!board.contains("secret") && !world.room("ops").await.contains("limit"), "{board}");
    done(&world.says("ann", "/incident declare \"Search fails\" severity:sev3 service:checkout").await);
    world.advance(minutes(2)).await;
    assert!(world.room("ops").await.contains("has 2 items; its limit is 1"));
    // One that becomes private is gone from the board at once.
    done(&world.says_in("hot-3", "ann", "/incident private yes").await);
    assert!(!shown(&world).await.contains("Search fails"));
    assert!(show(&world.says("bob", "/board nothing").await.post).contains("There is no such board"));
    world.end().await;
}

#[tokio::test]
async fn a_morning_that_passed_while_the_bot_was_away_is_made_up_for_once() {
    let toml = format!(
        "{PEOPLE}{TEAM}[[tracker.boards]]\nid = \"delivery\"\nteam = \"ops\"\ntimezone = \"America/New_York\"\n\
         [[tracker.boards.columns]]\nname = \"investigating\"\n"
    );
    let world = World::with(&toml).await;
    let posted = async || world.room("ops").await.matches("Board delivery").count();
    world.advance(minutes(235)).await;
    world.was_down(minutes(20));
    done(&world.says("ann", "/admin reload").await);
    assert_eq!(posted().await, 1);
    done(&world.says("ann", "/admin reload").await);
    world.advance(minutes(60)).await;
    assert_eq!(posted().await, 1, "once");
    // Half a day later nobody needs it any more.
    world.advance(DAY - minutes(80)).await;
    world.was_down(minutes(300));
    done(&world.says("ann", "/admin reload").await);
    assert_eq!(posted().await, 1);
    world.end().await;
}
