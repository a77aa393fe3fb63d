//! Samples of what is written to an outside tracker.

use minijinja::{context, value::Serde};
use serde_json::json;

use super::{Sample, SampleWorld, bare, full};

const RECORD: &str = "https://hot.example.com/incidents/HOT-P7";

pub(super) fn samples(world: &SampleWorld) -> Vec<Sample> {
    let description = |case, incident| {
        let context = context! { incident => Serde(world.view(incident)), link => RECORD };
        Sample::new("tracker/description.md", case, context)
    };
    let entry = |kind: &str, text: &str| {
        json!({
            "author": "Ann Lee", "at": "2026-11-21 14:05 UTC", "kind": kind, "person": "Bob", "text": text,
            "facts": [{"name": "Impact", "text": "EU *only*"}], "link": format!("{RECORD}#e7"),
        })
    };
    let kinds = ["update", "note", "resolution", "message"];
    let mut entries: Vec<_> = kinds.iter().map(|kind| entry(kind, "The pool is **empty**\n# no heading")).collect();
    entries.push(entry("manager", ""));
    let comment = |case, entries, more: u32| {
        Sample::new("tracker/comment.md", case, context! { entries => Serde(entries), more, link => RECORD })
    };
    let (full, bare) = (full(), bare());
    let mut samples = vec![
        description("full", &full),
        description("bare", &bare),
        comment("full", entries, 3),
        comment("bare", vec![entry("note", "Restarted")], 0),
    ];
    samples.extend(super::followups::tracked(world));
    samples.extend(boards());
    samples
}

fn previews(case: &'static str, room: Option<&'static str>, enabled: bool, projects: &[&'static str]) -> Sample {
    let context = context! { room, enabled, projects => Serde(projects.to_vec()), known => vec!["OPS", "acme/shop"] };
    Sample::new("chat/reply/room_previews.md", case, context)
}

fn boards() -> Vec<Sample> {
    let item = json!({"key": "OPS-12", "title": "Checkout *fails*", "since": "2026-11-21T14:05:00Z"});
    let draft = json!({"key": "", "title": "A draft", "since": null});
    let over = json!({"name": "In [Review]", "count": 5, "limit": 3, "is_over": true, "oldest": [item, draft]});
    let free = json!({"name": "Done", "count": 9, "limit": null, "is_over": false, "oldest": []});
    let board = |columns: Vec<serde_json::Value>, read_at: Option<&str>, failure: Option<&str>| json!({"board": "Delivery", "columns": columns, "read_at": read_at, "failure": failure});
    let full = board(vec![over.clone(), free], Some("2026-11-21T14:05:00Z"), None);
    let failed = board(Vec::new(), None, Some("Jira answered 403"));
    let unread = board(Vec::new(), None, None);
    let reply = |case, boards: Vec<serde_json::Value>, known: Vec<&'static str>| {
        Sample::new("chat/reply/board.md", case, context! { boards => Serde(boards), known })
    };
    vec![
        Sample::new("chat/board/message.md", "full", full.clone()),
        Sample::new("chat/board/message.md", "failed", failed.clone()),
        Sample::new("chat/board/reminder.md", "full", context! { board => "Delivery", column => Serde(over) }),
        reply("some", vec![full, failed, unread], vec!["delivery", "ops"]),
        reply("unknown", Vec::new(), vec!["delivery"]),
        reply("none", Vec::new(), Vec::new()),
        previews("no room", None, false, &[]),
        previews("off", Some("dev"), false, &[]),
        previews("on", Some("dev"), true, &[]),
        previews("projects", Some("dev"), true, &["OPS", "acme/shop"]),
    ]
}
