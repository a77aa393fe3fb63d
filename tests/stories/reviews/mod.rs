//! Post-mortems: from a resolved incident to a published document.

mod documents;
mod files;
mod followups;
mod outcomes;
mod reports;
mod wikis;

use hotroom::chat::{Reply, ReplyOutcome};
use serde_json::{Value, json};

use crate::world::{World, done, show};

/// ann runs incidents, dee only reports them, and mia manages the team.
const WITH_A_REPORTER: &str = "[[people]]\nid = \"ann\"\naccess = \"admin\"\n[[people]]\nid = \"bob\"\naccess = \"responder\"\n\
    [[people]]\nid = \"cho\"\naccess = \"responder\"\n[[people]]\nid = \"dee\"\naccess = \"reporter\"\n\
    [[people]]\nid = \"mia\"\naccess = \"reporter\"\n\
    [[teams]]\nid = \"ops\"\nname = \"Operations\"\nmembers = [\"ann\", \"bob\", \"cho\", \"dee\"]\nmanagers = [\"mia\"]\n";

/// An incident of severity 1 on the checkout that ann ran and resolved.
async fn resolved(world: &World) {
    done(&world.says("ann", "/incident declare \"Checkout is slow\" severity:sev1 service:checkout").await);
    done(&world.says_in("hot-1", "ann", "/incident note \"The pool is full\"").await);
    done(&world.says_in("hot-1", "ann", "/incident resolve summary:\"Rolled back\" cause:change").await);
}

/// The post-mortem as the API shows it.
async fn postmortem(world: &World) -> Value {
    world.get("/api/v1/incidents/HOT-1/postmortem").await
}

fn section<'v>(postmortem: &'v Value, id: &str) -> &'v Value {
    let sections = postmortem["sections"].as_array().expect("sections");
    sections.iter().find(|section| section["id"] == id).unwrap_or_else(|| panic!("no section {id}: {postmortem}"))
}

fn text<'v>(postmortem: &'v Value, id: &str) -> &'v str {
    section(postmortem, id)["text"].as_str().expect("a text")
}

/// Writes a section, and returns the status of the answer with its body.
async fn writes(world: &World, id: &str, text: &str, version: u64) -> (u16, Value) {
    let path = format!("/api/v1/incidents/HOT-1/postmortem/sections/{id}");
    let (status, body) = world.send("PUT", &path, Some(&json!({"text": text, "version": version}))).await;
    world.settle().await;
    (status.as_u16(), body)
}

fn refused(reply: &Reply) -> String {
    assert_ne!(reply.outcome, ReplyOutcome::Done, "{reply:?}");
    show(&reply.post)
}
