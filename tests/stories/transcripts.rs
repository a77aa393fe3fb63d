//! Everything said in the room of an incident: as a file, and beside the timeline.

use std::collections::BTreeSet;

use hotroom::{
    chat::{
        bot::{Bot, MessageEdit, PlatformMessage},
        builtin::{Talk, TalkOrigin},
    },
    domain::{ids::PlatformId, text::Untrusted},
    store::MessagePosition,
};

use crate::world::{World, done};

fn origin(world: &World, id: &str) -> TalkOrigin {
    TalkOrigin {
        platform: "discord".into(),
        position: MessagePosition { message: PlatformId::new(id), at: world.now() },
    }
}

/// Somebody writes on the platform in the room of HOT-1.
async fn writes(world: &World, who: &str, id: &str, text: &str) {
    let talk = Talk {
        room: "hot-1".into(),
        person: who.into(),
        text: Untrusted::new(text),
        delivery: format!("discord-{id}"),
        known: BTreeSet::from(["bob".into()]),
    };
    world.app.on_message(PlatformMessage { talk, origin: origin(world, id) }).await.unwrap();
}

/// Somebody edits that message, or deletes it.
async fn edits(world: &World, id: &str, text: &str) {
    let edit =
        MessageEdit { origin: origin(world, id), text: Untrusted::new(text), known: BTreeSet::new(), timeline: None };
    world.app.on_message_edit(edit).await.unwrap();
}

async fn declared(world: &World, more: &str) {
    done(&world.says("ann", &format!("/incident declare \"Checkout is <slow>\" severity:sev2 {more}")).await);
}

#[tokio::test]
async fn a_transcript_has_what_was_said_with_edits_and_deletions() {
    let world = World::new().await;
    declared(&world, "").await;
    writes(&world, "ann", "1", "Look, @bob: **spikes** on <db-1>").await;
    writes(&world, "bob", "2", "frist").await;
    writes(&world, "bob", "3", "the password is hunter2").await;
    edits(&world, "2", "first").await;
    edits(&world, "3", "").await;

    let json = world.get("/api/v1/incidents/HOT-1/transcript").await;
    let schema = serde_json::from_str(&std::fs::read_to_string("docs/schemas/transcript.json").unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = schema.iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}: {json}");
    let messages = json["messages"].as_array().unwrap();
    let of = |text: &str| {
        messages.iter().find(|message| message["text"] == text).unwrap_or_else(|| panic!("{text}: {json}"))
    };
    assert_eq!(of("Look, <@bob>: **spikes** on <db-1>")["author"]["name"], "Ann");
    assert!(of("first")["edited_at"].is_string());
    assert_eq!(messages.iter().filter(|message| message["removed"] == true).count(), 1, "{json}");
    assert!(messages[0]["author"]["bot"] == true && json["complete"] == true);
    assert!(!json.to_string().contains("hunter2") && !json.to_string().contains("frist"));

    let (_, text) = world.get_as("bob", "/api/v1/incidents/HOT-1/transcript?format=markdown").await;
    assert!(
        text.starts_with("# HOT-1: Checkout is") && text.contains("**spikes**") && text.contains("_Deleted"),
        "{text}"
    );
    let (_, html) = world.get_as("bob", "/api/v1/incidents/HOT-1/transcript?format=html").await;
    assert!(html.contains("<strong>spikes</strong> on &lt;db-1&gt;") && html.contains("Deleted"), "{html}");
    let page = world.page("bob", "/incidents/HOT-1?show=talk").await;
    assert!(
        page.contains("<strong>spikes</strong>") && page.contains("Deleted.") && page.contains("format=html"),
        "{page}"
    );
    let (status, _) = world.get_as("bob", "/api/v1/incidents/HOT-1/transcript?format=pdf").await;
    assert_eq!(status, 422);
    world.end().await;
}

#[tokio::test]
async fn the_transcript_of_a_private_incident_is_for_its_members() {
    let world = World::new().await;
    declared(&world, "private:yes").await;
    writes(&world, "ann", "1", "the leak").await;
    let (status, text) = world.get_as("ann", "/api/v1/incidents/HOT-1/transcript").await;
    assert!(status == 200 && text.contains("the leak") && text.contains("\"private\":true"), "{text}");
    for format in ["json", "markdown", "html"] {
        let (status, text) = world.get_as("dee", &format!("/api/v1/incidents/HOT-1/transcript?format={format}")).await;
        assert!(status == 404 && !text.contains("leak"), "{status} {text}");
    }
    world.end().await;
}

#[tokio::test]
async fn what_is_redacted_on_the_timeline_is_not_in_the_transcript() {
    let world = World::new().await;
    declared(&world, "").await;
    done(&world.says_in("hot-1", "ann", "/incident note \"the password is hunter2\"").await);
    let before = world.get("/api/v1/incidents/HOT-1/transcript").await.to_string();
    assert!(before.contains("hunter2"), "{before}");
    let timeline = world.get("/api/v1/incidents/HOT-1/timeline").await;
    let entries = timeline["items"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry.to_string().contains("hunter2")).unwrap()["seq"].as_u64().unwrap();
    done(&world.says_in("hot-1", "ann", &format!("/incident timeline redact:{entry} reason:secret")).await);
    let after = world.get("/api/v1/incidents/HOT-1/transcript").await.to_string();
    assert!(!after.contains("hunter2"), "{after}");
    world.end().await;
}
