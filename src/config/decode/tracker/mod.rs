//! Decodes `[tracker]` and the outside trackers.

mod boards;
mod github;
mod jira;
mod pull_requests;
mod redmine;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    time::Duration,
};

use super::{HOUR, seconds};
use crate::{
    config::{
        kinds,
        mistake::{nearest, shown},
        model::{OutsideTracker, OwnProject, TrackerConfig, TrackerSettings},
        read::Section,
        tree::Value,
    },
    domain::{
        ids::{PersonId, ServiceId, StatusId, TeamId},
        review::FollowUpState,
        severity::Severity,
    },
    net,
    tracker::{MappedField, TrackerKind, TrackerProject},
};

/// How long the hot room waits for its key if nothing is said.
const KEY_WAIT: Duration = Duration::from_secs(3);
/// How often trackers with webhooks are asked for missed changes if nothing is said.
const INTERVAL: Duration = Duration::from_secs(600);

/// A tracker whose section was read.
struct ReadTracker {
    projects: Vec<TrackerProject>,
    settings: TrackerSettings,
    interval: Duration,
}

pub(super) fn tracker(s: &Section<'_>) -> TrackerConfig {
    let prefix = s.need("prefix", PREFIX, prefix).unwrap_or_default();
    let words = "builtin, jira, github or redmine";
    let kind = s.read("kind", words, |value| kinds::word(value, &TrackerKind::WORDS)).unwrap_or_default();
    let key_wait = optional_duration(s, "key_wait", KEY_WAIT, 0..=60);
    let chat = s.flag("chat", false);
    let private = s.flag("private", false);
    let followups = s.flag("followups", true);
    // Sections of other trackers are read as well, so that their mistakes are found before they are in use.
    let jira = s.table("jira", jira::jira);
    let github = s.table("github", github::github);
    let redmine = s.table("redmine", redmine::redmine);
    let pull_requests = s.table("pull_requests", pull_requests::pull_requests);
    let read = match kind {
        TrackerKind::Builtin => None,
        TrackerKind::Jira => chosen(s, kind, jira),
        TrackerKind::Github => chosen(s, kind, github),
        TrackerKind::Redmine => chosen(s, kind, redmine),
    };
    let outside = read.map(|read| {
        let ReadTracker { projects, settings, interval } = read;
        OutsideTracker { kind, key_wait, chat, private, followups, interval, projects, settings }
    });
    if let Some(outside) = &outside {
        check_prefixes(s, &prefix, outside);
    }
    let projects = s.tables("projects", "prefix", own_project);
    check_own_prefixes(s, &prefix, outside.as_ref());
    let boards = s.tables("boards", "id", boards::board);
    let config = TrackerConfig { prefix, projects, outside, pull_requests, boards };
    boards::check(s, &config);
    pull_requests::check(s, &config);
    config
}

/// The tracker that `kind` names, whose section must be there.
fn chosen(s: &Section<'_>, kind: TrackerKind, read: Option<Option<ReadTracker>>) -> Option<ReadTracker> {
    if read.is_none() {
        s.wrong(
            "kind",
            format!("needs the section [tracker.{kind}]; docs/trackers/{kind}.md leads through the set-up"),
        );
    }
    read.flatten()
}

/// Two projects with one prefix would have one key for two issues, and so would hotroom's own incidents.
fn check_prefixes(s: &Section<'_>, own: &str, outside: &OutsideTracker) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for project in &outside.projects {
        if project.prefix == own {
            let what = "is also what keys of the project";
            let todo =
                "incidents without an issue, such as private ones, need keys of their own: choose another prefix";
            s.wrong("prefix", format!("{} {what} {} begin with; {todo}", shown(own), shown(&project.name)));
        }
        if let Some(other) = seen.insert(&project.prefix, &project.name) {
            let both = format!("{} and {}", shown(other), shown(&project.name));
            s.wrong(
                "kind",
                format!("the projects {both} have one prefix, {}; give one another", shown(&project.prefix)),
            );
        }
    }
    if outside.projects.is_empty() {
        s.wrong("kind", format!("[tracker.{}] names no project; add [[tracker.{0}.projects]]", outside.kind));
    }
}

/// A project of hotroom's own tracker.
fn own_project(s: &Section<'_>) -> Option<OwnProject> {
    let prefix = s.need("prefix", PREFIX, prefix);
    let name = s.read("name", "text", kinds::line);
    let services = s.texts("services").unwrap_or_default().into_iter().map(ServiceId::new).collect();
    let teams = s.texts("teams").unwrap_or_default().into_iter().map(TeamId::new).collect();
    let watchers = s.texts("watchers").unwrap_or_default().into_iter().map(PersonId::new).collect();
    let prefix = prefix?;
    Some(OwnProject { name: name.unwrap_or_else(|| prefix.clone()), prefix, services, teams, watchers })
}

/// The keys of two projects must differ, and a service or a team has one project.
fn check_own_prefixes(s: &Section<'_>, own: &str, outside: Option<&OutsideTracker>) {
    let (mut prefixes, mut services, mut teams) = (BTreeSet::from([own.to_owned()]), BTreeSet::new(), BTreeSet::new());
    s.each("projects", "prefix", |entry| {
        let Some(prefix) = entry.peek("prefix", prefix) else { return };
        let theirs = outside.and_then(|outside| outside.project_with_prefix(&prefix));
        if let Some(theirs) = theirs {
            let what =
                format!("{} is also what keys of the project {} begin with", shown(&prefix), shown(&theirs.name));
            entry.wrong("prefix", format!("{what}; choose another prefix"));
        } else if prefix == own {
            entry.wrong("prefix", format!("{} is [tracker] prefix already; choose another one", shown(&prefix)));
        } else if !prefixes.insert(prefix.clone()) {
            entry.wrong("prefix", format!("{} is the prefix of another project already", shown(&prefix)));
        }
        for (key, taken) in [("services", &mut services), ("teams", &mut teams)] {
            for name in entry.peek(key, kinds::texts).unwrap_or_default() {
                if !taken.insert(name.clone()) {
                    entry.wrong(key, format!("{} belongs to another project already", shown(&name)));
                }
            }
        }
    });
}

const PREFIX: &str = "1 to 10 capital letters and digits";

fn prefix(value: &Value) -> Result<String, String> {
    let said = kinds::text(value)?;
    let fine = said.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        && said.starts_with(|c: char| c.is_ascii_uppercase())
        && said.len() <= 10;
    if fine { Ok(said) } else { Err(format!("{} must be {PREFIX}", shown(&said))) }
}

/// Reads what every project has. Its name and its prefix are read by the kind of the tracker.
fn project(s: &Section<'_>, name: String, prefix: String) -> TrackerProject {
    let services = s.texts("services").unwrap_or_default().into_iter().map(ServiceId::new).collect();
    let components = pairs(s, "components", "table of services").into_iter();
    let status = pairs(s, "status", "table of statuses").into_iter();
    TrackerProject {
        name,
        prefix,
        services,
        components: components.map(|(service, name)| (ServiceId::new(service), name)).collect(),
        status: status.map(|(status, name)| (StatusId::new(status), name)).collect(),
        pull_requests: pull_requests::steps(s, "pull_requests").into_iter().collect(),
        followup_type: None,
        followups: followup_states(s),
        fields: BTreeMap::new(),
        resolution: BTreeMap::new(),
    }
}

/// Reads the fields of a project whose issues have fields of the operator's.
fn with_fields(s: &Section<'_>, project: TrackerProject) -> TrackerProject {
    let resolution = pairs(s, "resolution", "table of fields").into_iter().collect();
    TrackerProject { fields: fields(s), resolution, ..project }
}

/// Reads a status for each state of a follow-up.
fn followup_states(s: &Section<'_>) -> BTreeMap<FollowUpState, String> {
    let mut states = BTreeMap::new();
    for (word, name) in pairs(s, "followups", "table of statuses") {
        match FollowUpState::ALL.into_iter().find(|state| state.name() == word) {
            Some(state) => _ = states.insert(state, name),
            None => s.wrong(
                "followups",
                unknown("state of a follow-up", &word, &FollowUpState::ALL.map(FollowUpState::name)),
            ),
        }
    }
    states
}

fn fields(s: &Section<'_>) -> BTreeMap<MappedField, String> {
    let mut fields = BTreeMap::new();
    for (word, name) in pairs(s, "fields", "table of fields") {
        match MappedField::WORDS.iter().find(|(known, _)| *known == word) {
            Some((_, field)) => _ = fields.insert(*field, name),
            None => {
                s.wrong("fields", unknown("field of an incident", &word, &MappedField::WORDS.map(|(word, _)| word)))
            }
        }
    }
    fields
}

/// Reads a value for each severity.
fn severities(s: &Section<'_>) -> BTreeMap<Severity, String> {
    let mut severities = BTreeMap::new();
    for (word, name) in pairs(s, "severity", "table of severities") {
        match Severity::parse(&word) {
            Some(severity) => _ = severities.insert(severity, name),
            None => s.wrong("severity", unknown("severity", &word, &Severity::ALL.map(Severity::name))),
        }
    }
    severities
}

fn unknown(what: &str, said: &str, known: &[&str]) -> String {
    let near = nearest(said, known.iter().copied());
    let todo =
        near.map_or_else(|| format!("there are {}", known.join(", ")), |near| format!("did you mean {}?", shown(near)));
    format!("{} is no {what}; {todo}", shown(said))
}

/// Reads a table whose keys the operator chooses.
fn pairs(s: &Section<'_>, key: &str, kind: &'static str) -> Vec<(String, String)> {
    s.read(key, kind, kinds::pairs).unwrap_or_default()
}

/// Reads an address without the slash at its end.
fn address(value: &Value) -> Result<String, String> {
    let text = kinds::line(value)?;
    net::check_url(&text).map_err(|failure| failure.to_string())?;
    Ok(text.trim_end_matches('/').to_owned())
}

/// Reads a duration, which has a default. The range is in seconds.
fn optional_duration(s: &Section<'_>, key: &str, otherwise: Duration, range: RangeInclusive<u64>) -> Duration {
    let read = s.read(key, "duration", |value| kinds::duration(value, seconds(*range.start(), *range.end())));
    read.unwrap_or(otherwise)
}

fn interval(s: &Section<'_>, otherwise: Duration) -> Duration {
    optional_duration(s, "interval", otherwise, 10..=24 * HOUR)
}
