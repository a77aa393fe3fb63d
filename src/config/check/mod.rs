//! What only shows when sections are compared: references, duplicates, and settings that contradict each other.

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

/// Compares the sections with each other.
pub(super) fn all(root: &Section<'_>) {
    let names = Names::of(root);
    references::duplicates(root);
    references::references(root, &names);
    references::rooms(root);
    workflow::workflow(root, &names);
    paging::paging(root);
    network::network(root);
    network::durations(root);
}

/// What can be referred to.
struct Names {
    people: Vec<String>,
    teams: Vec<String>,
    schedules: Vec<String>,
    services: Vec<String>,
    escalations: Vec<String>,
    components: Vec<String>,
    statuses: Vec<String>,
    /// Shipped settings that name shipped people whom the operator's own have replaced.
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
            components: below("status_page", "components"),
            statuses: below("workflow", "statuses"),
            orphans: RefCell::default(),
        }
    }
}

fn ids(s: &Section<'_>, list: &str) -> Vec<String> {
    let mut ids = Vec::new();
    s.each(list, "id", |entry| ids.extend(entry.peek("id", kinds::text)));
    ids
}

/// Says of a key which of the people it names do not exist. What a shipped section says is no mistake of the operator's:
/// all of it is said in one, where the operator replaced the people.
fn must_be_people(s: &Section<'_>, key: &str, said: &[String], names: &Names) {
    let strangers = said.iter().any(|name| !names.people.contains(name));
    match s.origin_of(key) {
        Origin::Shipped(_) if strangers => names.orphans.borrow_mut().push(s.header()),
        Origin::Shipped(_) | Origin::File(_) | Origin::Env(_) => must_exist(s, key, said, &names.people, "[[people]]"),
    }
}

/// Says of a key which of the names it holds do not exist.
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

/// The first names of a list that may be long.
fn some_of(names: &[String]) -> String {
    const MANY: usize = 12;
    let more = if names.len() > MANY { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(MANY)].join(", "))
}

/// Where something was first seen.
type Seen = BTreeMap<String, Origin>;

/// `on line 12`.
fn place(origin: &Origin) -> String {
    match origin {
        Origin::File(line) => format!("on line {line}"),
        Origin::Env(name) => format!("in {name}"),
        Origin::Shipped(line) => format!("on line {line} of the shipped bot.toml"),
    }
}
