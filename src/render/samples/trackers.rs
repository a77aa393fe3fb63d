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
    vec![
        description("full", &full),
        description("bare", &bare),
        comment("full", entries, 3),
        comment("bare", vec![entry("note", "Restarted")], 0),
    ]
}
