//! Checks that the workflow has no dead ends and no unreachable statuses.

use std::collections::{BTreeMap, BTreeSet};

use super::{Names, must_exist};
use crate::config::{kinds, mistake::shown, read::Section};

/// A status as written: its category and its next statuses.
struct StatusRule {
    category: String,
    next: Vec<String>,
}

/// The categories that commands set by themselves, each with its command.
const NEEDED: [(&str, &str); 5] = [
    ("active", "a declaration"),
    ("resolved", "/incident resolve"),
    ("closed", "/incident close"),
    ("cancelled", "/incident cancel"),
    ("merged", "/incident merge"),
];

pub(super) fn workflow(root: &Section<'_>, names: &Names) {
    root.look("workflow", |s| {
        let mut all = BTreeMap::new();
        let mut order = Vec::new();
        s.each("statuses", "id", |status| {
            let next = status.peek("next", kinds::texts).unwrap_or_default();
            must_exist(status, "next", &next, &names.statuses, "[[workflow.statuses]]");
            let category = status.peek("category", kinds::text).unwrap_or_default();
            if let Some(id) = status.peek("id", kinds::text) {
                order.push(id.clone());
                all.insert(id, StatusRule { category, next });
            }
        });
        let mut sound = true;
        for key in ["initial", "reopened"] {
            sound &= start(s, names, &all, key);
        }
        for (category, command) in NEEDED {
            if !all.values().any(|status| status.category == category) {
                s.wrong("statuses", format!("none has the category {category}, where {command} leads"));
            }
        }
        if sound {
            ways(s, &all, &order);
        }
    });
}

/// True if a key names a status in which an incident may start.
fn start(s: &Section<'_>, names: &Names, all: &BTreeMap<String, StatusRule>, key: &str) -> bool {
    let Some(said) = s.peek(key, kinds::text) else { return false };
    must_exist(s, key, std::slice::from_ref(&said), &names.statuses, "[[workflow.statuses]]");
    let Some(status) = all.get(&said) else { return false };
    let sound = matches!(status.category.as_str(), "triage" | "active");
    if !sound {
        s.wrong(key, format!("{} has the category {}; it must be triage or active", shown(&said), status.category));
    }
    sound
}

/// Checks that every status can be reached, and that every open one can be closed.
fn ways(s: &Section<'_>, all: &BTreeMap<String, StatusRule>, order: &[String]) {
    let mut starts: Vec<String> = ["initial", "reopened"].iter().filter_map(|k| s.peek(k, kinds::text)).collect();
    let first_of = |category: &str| order.iter().find(|id| all[*id].category == category).cloned();
    starts.extend(["resolved", "closed", "cancelled", "merged"].iter().filter_map(|category| first_of(category)));
    let reached = reach(all, starts);
    s.each("statuses", "id", |status| {
        let Some(id) = status.peek("id", kinds::text) else { return };
        let Some(written) = all.get(&id) else { return };
        if !reached.contains(&id) {
            status.wrong("id", "no way leads here; name it in `next` of another status, or leave it out");
        }
        let merged = written.next.iter().find(|next| all.get(*next).is_some_and(|n| n.category == "merged"));
        if let Some(next) = merged {
            status.wrong("next", format!("{} is reached by /incident merge only; leave it out", shown(next)));
        }
        let open = matches!(written.category.as_str(), "triage" | "active" | "resolved");
        let closable = || reach(all, vec![id.clone()]).iter().any(|id| all[id].category == "closed");
        if open && !closable() {
            status.wrong("next", "no way leads on to a status of the category closed");
        }
    });
}

fn reach(all: &BTreeMap<String, StatusRule>, mut open: Vec<String>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    while let Some(id) = open.pop() {
        if let Some(status) = all.get(&id)
            && reached.insert(id)
        {
            open.extend(status.next.iter().cloned());
        }
    }
    reached
}

/// Checks what fields of incidents refer to.
pub(super) fn fields(root: &Section<'_>, names: &Names) {
    root.look("incident", |s| {
        let mut kinds_known = Vec::new();
        s.each("kinds", "id", |kind| kinds_known.extend(kind.peek("id", kinds::text)));
        s.each("fields", "id", |field| {
            let said = field.peek("kinds", kinds::texts).unwrap_or_default();
            must_exist(field, "kinds", &said, &kinds_known, "[[incident.kinds]]");
            let statuses = field.peek("required_at", kinds::texts).unwrap_or_default();
            must_exist(field, "required_at", &statuses, &names.statuses, "[[workflow.statuses]]");
        });
    });
}
