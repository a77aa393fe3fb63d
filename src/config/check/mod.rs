//! Checks across sections: references, duplicates, and settings that contradict each other.

mod network;
mod paging;
mod references;
mod workflow;

use std::{cell::RefCell, collections::BTreeMap};

use super::{
    kinds,
    mistake::{Origin, nearest, shown},
    read::Section,
};

/// Checks the sections against each other.
pub(super) fn all(root: &Section<'_>) {
    let names = Names::of(root);
    references::duplicates(root);
    references::people(root);
    references::references(root, &names);
    references::rooms(root);
    references::reports(root);
    workflow::workflow(root, &names);
    workflow::fields(root, &names);
    paging::paging(root);
    network::network(root);
    network::status_host(root);
    network::web_push(root);
    network::offline_copy(root);
    network::durations(root);
}

/// The names that settings can refer to.
struct Names {
    people: Vec<String>,
    teams: Vec<String>,
    schedules: Vec<String>,
    services: Vec<String>,
    escalations: Vec<String>,
    rooms: Vec<String>,
    webhooks: Vec<String>,
    components: Vec<String>,
    statuses: Vec<String>,
    /// Shipped sections that refer to shipped people whom the operator's file replaced.
    orphans: RefCell<Vec<String>>,
}

impl Names {
    fn of(root: &Section<'_>) -> Self {
        let below = |section: &str, list: &str| root.look(section, |s| ids(s, list)).unwrap_or_default();
        Self {
            people: ids(root, "people"),
            teams: ids(root, "teams"),
            schedules: ids(root, "schedules"),
            services: ids(root, "services"),
            escalations: ids(root, "escalations"),
            rooms: rooms(root),
            webhooks: ids(root, "webhooks"),
            components: below("status_page", "components"),
            statuses: below("workflow", "statuses"),
            orphans: RefCell::default(),
        }
    }
}

/// The rooms that always exist.
fn rooms(root: &Section<'_>) -> Vec<String> {
    let of_chat = |chat: &Section<'_>| {
        let feed = chat.peek("incidents_feed", kinds::text);
        feed.into_iter().chain(chat.peek("rooms", kinds::texts).into_iter().flatten()).collect()
    };
    root.look("chat", of_chat).unwrap_or_default()
}

fn ids(s: &Section<'_>, list: &str) -> Vec<String> {
    let mut ids = Vec::new();
    s.each(list, "id", |entry| ids.extend(entry.peek("id", kinds::text)));
    ids
}

/// Reports names in a key that are not in `[[people]]`. Shipped sections are collected in `orphans` and reported as one
/// mistake, because the operator did not write them.
fn must_be_people(s: &Section<'_>, key: &str, said: &[String], names: &Names) {
    let strangers = said.iter().any(|name| !names.people.contains(name));
    match s.origin_of(key) {
        Origin::Shipped(_) if strangers => names.orphans.borrow_mut().push(s.header()),
        Origin::Shipped(_) | Origin::File(_) | Origin::Env(_) => must_exist(s, key, said, &names.people, "[[people]]"),
    }
}

/// Reports names in a key that do not exist.
fn must_exist(s: &Section<'_>, key: &str, said: &[String], known: &[String], list: &str) {
    let mut unknown: Vec<&String> = said.iter().filter(|name| !known.contains(name)).collect();
    unknown.dedup();
    let Some(first) = unknown.first() else { return };
    let all = unknown.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ");
    let verb = if unknown.len() == 1 { "is" } else { "are" };
    let todo = match s.origin_of(key) {
        Origin::Shipped(_) => format!("this shipped default does not fit your file: write {} of your own", s.header()),
        Origin::File(_) | Origin::Env(_) => match nearest(first, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean {}?", shown(near)),
            None if known.is_empty() => format!("there is no {list} at all"),
            None => format!("there are {}", some_of(known)),
        },
    };
    s.wrong(key, format!("{all} {verb} not in {list}; {todo}"));
}

/// Returns the first names of a long list.
fn some_of(names: &[String]) -> String {
    const MANY: usize = 12;
    let more = if names.len() > MANY { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(MANY)].join(", "))
}

/// Where each name occurred first.
type Origins = BTreeMap<String, Origin>;

/// Formats an origin: `on line 12`.
fn place(origin: &Origin) -> String {
    match origin {
        Origin::File(line) => format!("on line {line}"),
        Origin::Env(name) => format!("in {name}"),
        Origin::Shipped(line) => format!("on line {line} of the shipped bot.toml"),
    }
}
