//! Issues of the tracker and pull requests that a message refers to are shown where the room's list allows it.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU64, Ordering},
};

use hotroom::{
    chat::{
        bot::{Bot, PlatformMessage},
        builtin::{Talk, TalkOrigin},
    },
    store::MessagePosition,
};
use serde_json::json;

use super::{SECRETS, jira::world_with, posts, settings, signature};
use crate::{
    fake_github::{FakeGitHub, REPOSITORY},
    fake_jira::{ANN, FakeJira, Flavor},
    world::{World, done, minutes, show},
};

static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Somebody writes a message in a room of a chat platform.
async fn writes(world: &World, room: &str, text: &str) {
    let number = WRITTEN.fetch_add(1, Ordering::SeqCst);
    let talk = Talk {
        room: room.into(),
        person: "bob".into(),
        text: text.into(),
        delivery: format!("seen-{number}"),
        known: BTreeSet::new(),
    };
    let position = MessagePosition { message: format!("{number}").as_str().into(), at: world.now() };
    let origin = TalkOrigin { platform: "discord".into(), position };
    world.app.on_message(PlatformMessage { talk, origin }).await.expect("stored");
    world.settle().await;
}

/// The Jira with the rooms `dev`, which shows its project, and others, which do not.
async fn jira_world(jira: &FakeJira) -> World {
    let world = world_with(jira, Flavor::Cloud, "[chat]\nrooms = [\"dev\", \"lounge\", \"attic\"]\n").await;
    done(&world.says_in("dev", "bob", "/room previews projects:OPS").await);
    world
}

#[tokio::test]
async fn an_issue_without_a_hot_room_is_shown_where_its_project_is_on_the_list() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    let world = jira_world(&jira).await;
    let key = jira.person_creates(ANN, "OPS", "Search is *slow*");
    jira.person_assigns(ANN, &key, ANN);
    writes(&world, "dev", "see OPS-1 and OPS-9").await;
    let card = world.room("dev").await;
    for part in ["**OPS-1**", "Search is \\*slow\\*", "To Do", "Incident", "assignee: Ann"] {
        assert!(card.contains(part), "{part}: {card}");
    }
    assert!(!card.contains("**OPS-9**"), "one that does not exist is passed over in silence: {card}");
    let asked = jira.http.received().len();
    writes(&world, "dev", "OPS-1 again").await;
    writes(&world, "lounge", "OPS-1 here").await;
    assert_eq!(world.room("dev").await.matches("**OPS-1**").count(), 1, "once in ten minutes");
    assert!(!world.room("lounge").await.contains("Search is"), "it is not on the list of the room");
    done(&world.says_in("attic", "bob", "/room previews projects:ops").await);
    writes(&world, "attic", "OPS-1 now, and OPS-9").await;
    assert!(world.room("attic").await.contains("Search is"));
    assert_eq!(jira.http.received().len(), asked, "what was read is kept, and that there is no OPS-9");
    world.end().await;
}

#[tokio::test]
async fn a_restricted_issue_and_a_private_incident_are_passed_over_in_silence() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    let world = jira_world(&jira).await;
    let restricted = jira.person_creates(ANN, "OPS", "The secret leak");
    jira.person_restricts(ANN, &restricted);
    done(&world.says("ann", "/incident declare \"The secret takeover\" severity:sev1").await);
    world.advance(minutes(1)).await;
    let key = world.says("ann", "/incident list").await;
    assert!(show(&key.post).contains("OPS-2"), "{key:?}");
    done(&world.says_in("ops-2", "ann", "/incident private yes").await);
    let before = world.posts_of("dev").await.len();
    writes(&world, "dev", "OPS-1 OPS-2").await;
    let room = world.room("dev").await;
    assert!(!room.contains("secret"), "{room}");
    assert_eq!(world.posts_of("dev").await.len(), before + 1, "nothing but the message: {room}");
    world.end().await;
}

#[tokio::test]
async fn a_room_turns_its_cards_off_and_on_and_the_setting_is_kept() {
    let jira = FakeJira::start(Flavor::Cloud).await;
    let world = jira_world(&jira).await;
    jira.person_creates(ANN, "OPS", "Search is slow");
    let off = done(&world.says_in("dev", "bob", "/room previews off").await).clone();
    assert!(show(&off.post).contains("not answered with cards"), "{off:?}");
    writes(&world, "dev", "OPS-1").await;
    assert!(!world.room("dev").await.contains("Search is slow"));
    done(&world.says_in("dev", "bob", "/room previews on").await);
    writes(&world, "dev", "OPS-1").await;
    assert!(world.room("dev").await.contains("Search is slow"));
    let shown = world.says_in("dev", "bob", "/room previews").await;
    assert!(show(&shown.post).contains("OPS"), "{shown:?}");
    world.end().await;
}

#[tokio::test]
async fn a_link_to_a_pull_request_is_shown_where_its_repository_is_on_the_list() {
    let github = FakeGitHub::start().await;
    let toml = format!(
        "{}\n[tracker.pull_requests]\n[chat]\nrooms = [\"dev\", \"lounge\"]\npreview_projects = [\"{REPOSITORY}\"]\n",
        settings(&github, "")
    );
    let world = World::with_secrets(&toml, &SECRETS).await;
    done(&world.says_in("lounge", "bob", "/room previews projects:none").await);
    let site = world.app.config.current().tracker.forge_url();
    let url = format!("{site}/{REPOSITORY}/pull/7");
    let at = "2026-03-02T10:00:00Z";
    let body = json!({
        "action": "opened", "repository": {"full_name": REPOSITORY}, "sender": {"login": "ben"},
        "pull_request": {
            "number": 7, "html_url": url, "title": "Retry payments", "body": null, "state": "open", "draft": false,
            "user": {"login": "ben"}, "head": {"ref": "retry"}, "created_at": at, "updated_at": at,
        },
    })
    .to_string();
    posts(&world, "1", "pull_request", &signature(&body), body).await;
    for room in ["dev", "lounge"] {
        writes(&world, room, &format!("please look: {url}/files")).await;
    }
    let card = world.room("dev").await;
    assert!(card.contains("Retry payments") && card.contains("by ben") && card.contains("open"), "{card}");
    assert!(!world.room("lounge").await.contains("Retry payments"));
    world.end().await;
}
