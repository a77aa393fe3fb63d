//! Checks for unknown names, duplicate names, and feeds with the name of a hot room.

use std::collections::BTreeSet;

use super::{Names, Origins, must_be_people, must_exist, place};
use crate::{
    config::{kinds, mistake::shown, read::Section},
    domain::ids::Key,
};

pub(super) fn duplicates(root: &Section<'_>) {
    for list in [
        "people",
        "teams",
        "services",
        "sources",
        "schedules",
        "escalations",
        "roles",
        "webhooks",
        "contact_gateways",
        "status_mirrors",
    ] {
        twice(root, list, "id");
    }
    root.look("workflow", |s| twice(s, "statuses", "id"));
    root.look("tracker", |s| {
        s.look("jira", |s| twice(s, "projects", "key"));
        s.look("github", |s| twice(s, "projects", "repository"));
        s.look("redmine", |s| twice(s, "projects", "identifier"));
        s.look("pull_requests", |s| twice(s, "repositories", "name"));
        twice(s, "boards", "id");
    });
    root.look("status_page", |s| twice(s, "components", "id"));
    root.look("alerts", |s| twice(s, "declare", "name"));
    root.look("alerts", |s| twice(s, "correlate", "name"));
}

fn twice(s: &Section<'_>, list: &str, key: &str) {
    let (mut seen, mut exact) = (Origins::new(), BTreeSet::new());
    s.each(list, key, |entry| {
        let Some(name) = entry.peek(key, kinds::text) else { return };
        let origin = entry.origin_of(key).clone();
        // Only ids are typed.
        let typed = if key == "id" { typed_alike(&name) } else { name.to_lowercase() };
        match seen.get(&typed) {
            Some(first) => {
                let taken =
                    if exact.contains(&name.to_lowercase()) { "is taken already" } else { "is typed like another" };
                entry.wrong(key, format!("{} {taken}, {}; give it another {key}", shown(&name), place(first)));
            }
            None => {
                seen.insert(typed, origin);
            }
        }
        exact.insert(name.to_lowercase());
    });
}

/// Returns what commands compare of a name.
fn typed_alike(name: &str) -> String {
    name.to_lowercase().replace(['_', '-'], " ")
}

/// Words of commands that cannot be the id of a person: they mean the speaker, or nobody.
const WORDS_OF_COMMANDS: [&str; 4] = ["me", "nobody", "none", "noone"];

/// Rejects people whom no command could name, and accounts of two people.
pub(super) fn people(root: &Section<'_>) {
    let mut accounts = Origins::new();
    root.each("people", "id", |person| {
        let Some(id) = person.peek("id", kinds::text) else { return };
        if WORDS_OF_COMMANDS.contains(&id.to_lowercase().as_str()) {
            let words = WORDS_OF_COMMANDS.join(", ");
            person.wrong(
                "id",
                format!("{} is a word of commands, as are {words}; give this person another id", shown(&id)),
            );
        }
        let Some(account) = person.peek("discord", kinds::text).filter(|account| !account.is_empty()) else { return };
        if let Some(first) = accounts.get(&account) {
            let what = "is the account of another person already";
            person.wrong(
                "discord",
                format!("{} {what}, {}; an account belongs to one person", shown(&account), place(first)),
            );
        } else {
            accounts.insert(account, person.origin_of("discord").clone());
        }
    });
}

pub(super) fn references(root: &Section<'_>, names: &Names) {
    root.each("teams", "id", |team| {
        let members = team.peek("members", kinds::texts).unwrap_or_default();
        must_be_people(team, "members", &members, names);
        let managers = team.peek("managers", kinds::texts).unwrap_or_default();
        must_be_people(team, "managers", &managers, names);
    });
    services(root, names);
    schedules(root, names);
    root.each("status_mirrors", "id", |mirror| {
        mirror.look("components", |map| {
            let ours: Vec<String> = map.own_words().into_iter().map(str::to_owned).collect();
            for id in &ours {
                must_exist(map, id, std::slice::from_ref(id), &names.components, "[[status_page.components]]");
            }
        });
    });
    root.look("pager", |s| {
        let fallback = s.peek("fallback", kinds::text).filter(|name| !name.is_empty());
        must_be_people(s, "fallback", fallback.as_slice(), names);
        s.look("pagerduty", |s| {
            s.look("services", |keys| {
                for id in keys.own_words() {
                    must_exist(keys, id, &[id.to_owned()], &names.services, "[[services]]");
                }
            });
        });
    });
    root.look("tracker", |s| {
        for (tracker, id) in [("jira", "key"), ("github", "repository"), ("redmine", "identifier")] {
            s.look(tracker, |s| s.each("projects", id, |project| of_project(project, names)));
        }
        s.look("pull_requests", |s| {
            let moved = s.peek("incidents", kinds::pairs).unwrap_or_default();
            let statuses: Vec<String> = moved.into_iter().map(|(_, status)| status).collect();
            must_exist(s, "incidents", &statuses, &names.statuses, "[[workflow.statuses]]");
            s.each("repositories", "name", |repository| must_name(repository, "team", &names.teams, "[[teams]]"));
        });
        s.each("boards", "id", |board| must_name(board, "team", &names.teams, "[[teams]]"));
        s.each("projects", "prefix", |project| of_own_project(project, names));
    });
    root.look("alerts", |s| s.each("enrich", "service", |known| must_name(known, "team", &names.teams, "[[teams]]")));
    root.each("escalations", "id", |policy| policy.each("steps", "id", |step| targets(step, names)));
    orphans(root, names);
}

/// What a key names, if it names anything, must be in a list.
fn must_name(s: &Section<'_>, key: &str, known: &[String], list: &str) {
    let said = s.peek(key, kinds::text).filter(|name| !name.is_empty());
    must_exist(s, key, said.as_slice(), known, list);
}

fn services(root: &Section<'_>, names: &Names) {
    root.each("services", "id", |service| {
        must_name(service, "escalation", &names.escalations, "[[escalations]]");
        must_name(service, "team", &names.teams, "[[teams]]");
        must_name(service, "component", &names.components, "[[status_page.components]]");
        let above = service.peek("depends_on", kinds::texts).unwrap_or_default();
        must_exist(service, "depends_on", &above, &names.services, "[[services]]");
        if let Some(pager) = service.peek("pager", kinds::text).filter(|pager| pager != "builtin")
            && root.look("pager", |s| s.has(&pager)) != Some(true)
        {
            service.wrong("pager", format!("needs the section [pager.{pager}]; docs/pagers/{pager}.md shows it"));
        }
        if above.iter().any(|name| service.peek("id", kinds::text).as_ref() == Some(name)) {
            service.wrong("depends_on", "a service does not depend on itself");
        }
    });
}

fn schedules(root: &Section<'_>, names: &Names) {
    root.each("schedules", "id", |schedule| {
        schedule.each("layers", "id", |layer| {
            let turns = layer.peek("people", kinds::slots).unwrap_or_default();
            let turns: Vec<String> = turns.into_iter().flatten().filter(|name| !name.is_empty()).collect();
            must_be_people(layer, "people", &turns, names);
        });
        schedule.each("temporary", "from", |temporary| {
            temporary.each("shifts", "from", |shift| {
                let people = shift.peek("people", kinds::texts).unwrap_or_default();
                must_be_people(shift, "people", &people, names);
            });
        });
    });
}

/// Reports services and statuses of a project of a tracker that do not exist.
fn of_project(project: &Section<'_>, names: &Names) {
    let keys = |key| project.peek(key, kinds::pairs).unwrap_or_default().into_iter().map(|(key, _)| key).collect();
    let services: Vec<String> = project.peek("services", kinds::texts).unwrap_or_default();
    must_exist(project, "services", &services, &names.services, "[[services]]");
    let (components, statuses): (Vec<String>, Vec<String>) = (keys("components"), keys("status"));
    must_exist(project, "components", &components, &names.services, "[[services]]");
    must_exist(project, "status", &statuses, &names.statuses, "[[workflow.statuses]]");
}

/// Reports services, teams and people of a project of hotroom's own tracker that do not exist.
fn of_own_project(project: &Section<'_>, names: &Names) {
    let said = |key| project.peek(key, kinds::texts).unwrap_or_default();
    must_exist(project, "services", &said("services"), &names.services, "[[services]]");
    must_exist(project, "teams", &said("teams"), &names.teams, "[[teams]]");
    must_be_people(project, "watchers", &said("watchers"), names);
}

/// Reports shipped sections that refer to people whom the operator's file replaced.
fn orphans(root: &Section<'_>, names: &Names) {
    let mut sections = names.orphans.take();
    sections.dedup();
    if !sections.is_empty() {
        root.wrong(
            "people",
            format!(
                "these replace the shipped people, whom the shipped {} still name; write these with your own people too, as \
                 \"Your own people\" in docs/configure.md shows",
                sections.join(", ")
            ),
        );
    }
}

fn targets(step: &Section<'_>, names: &Names) {
    let said = step.peek("targets", kinds::texts).unwrap_or_default();
    let of = |kind: &str| -> Vec<String> {
        let after = |target: &String| {
            let (whom, _) = kinds::split_delay(target);
            whom.strip_prefix(kind)?.strip_prefix(':').map(|name| name.trim().to_owned())
        };
        said.iter().filter_map(after).collect()
    };
    must_be_people(step, "targets", &of("person"), names);
    must_exist(step, "targets", &of("team"), &names.teams, "[[teams]]");
    must_exist(step, "targets", &of("schedule"), &names.schedules, "[[schedules]]");
    must_exist(step, "targets", &of("room"), &names.rooms, "rooms of [chat]");
    must_exist(step, "targets", &of("webhook"), &names.webhooks, "[[webhooks]]");
}

/// Who is not signed in has to verify a mail address, which takes `[mail]`.
pub(super) fn reports(root: &Section<'_>) {
    root.look("reports", |s| {
        let public = s.peek("form", kinds::text).is_some_and(|form| form == "public");
        if public && root.look("mail", |_mail| ()).is_none() {
            let why = "\"public\" needs [mail]: reporters verify their mail address; set it up, or write \"signed_in\"";
            s.wrong("form", why);
        }
    });
}

/// Rejects feeds whose name a hot room could get later.
pub(super) fn rooms(root: &Section<'_>) {
    let prefixes = prefixes(root);
    let clash = |s: &Section<'_>, key: &str, name: &str| {
        let is_key = |key: Key| prefixes.iter().any(|prefix| is_of(&key, prefix));
        if Key::parse(name).is_some_and(is_key) {
            s.wrong(
                key,
                format!("{} is what the room of an incident will be called; choose another name", shown(name)),
            );
        }
    };
    root.look("chat", |s| {
        s.peek("incidents_feed", kinds::text).iter().for_each(|name| clash(s, "incidents_feed", name));
        s.peek("rooms", kinds::texts).iter().flatten().for_each(|name| clash(s, "rooms", name));
    });
    root.look("reports", |s| s.peek("feed", kinds::text).iter().for_each(|name| clash(s, "feed", name)));
    root.each("teams", "id", |team| team.peek("room", kinds::text).iter().for_each(|name| clash(team, "room", name)));
    root.look("alerts", |alerts| alerts.look("route", |route| feeds(route, &clash, 0)));
}

/// What keys of incidents begin with.
fn prefixes(root: &Section<'_>) -> Vec<String> {
    let mut prefixes = Vec::new();
    root.look("tracker", |s| {
        prefixes.extend(s.peek("prefix", kinds::text));
        s.each("projects", "prefix", |project| prefixes.extend(project.peek("prefix", kinds::text)));
        for (tracker, id, prefix) in
            [("jira", "key", "key"), ("github", "repository", "prefix"), ("redmine", "identifier", "prefix")]
        {
            s.look(tracker, |s| s.each("projects", id, |project| prefixes.extend(project.peek(prefix, kinds::text))));
        }
    });
    prefixes
}

fn is_of(key: &Key, prefix: &str) -> bool {
    key.prefix.eq_ignore_ascii_case(prefix) || key.prefix == Key::provisional_series(&prefix.to_ascii_uppercase())
}

fn feeds(route: &Section<'_>, clash: &dyn Fn(&Section<'_>, &str, &str), depth: usize) {
    route.peek("feed", kinds::text).iter().for_each(|name| clash(route, "feed", name));
    if depth < 32 {
        route.each("routes", "feed", |child| feeds(child, clash, depth + 1));
    }
}
