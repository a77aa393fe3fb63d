//! People, teams, schedules and escalation policies of another on-call tool, and what became of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::de::DeserializeOwned;

use super::alertmanager::{list, quoted};

/// The longest name.
const LONGEST: usize = 60;

/// What an on-call tool has, in the words of `bot.toml`.
#[derive(Debug, Default)]
pub(super) struct OnCallSettings {
    pub people: Vec<PersonSettings>,
    pub teams: Vec<TeamSettings>,
    pub services: Vec<ServiceSettings>,
    pub schedules: Vec<ScheduleSettings>,
    pub policies: Vec<PolicySettings>,
    pub fallback: Option<String>,
}

/// `[[people]]`
#[derive(Debug)]
pub(super) struct PersonSettings {
    pub id: String,
    pub name: String,
    pub access: &'static str,
    pub timezone: String,
    pub mail: Option<String>,
    /// The tool and the id of the account there, for a person whom that tool still pages.
    pub account: Option<ImportedAccount>,
}

/// An account of another tool.
#[derive(Debug)]
pub(super) struct ImportedAccount {
    pub tool: &'static str,
    pub id: String,
}

/// `[[teams]]`
#[derive(Debug)]
pub(super) struct TeamSettings {
    pub id: String,
    pub name: String,
    pub members: Vec<String>,
}

/// `[[services]]`
#[derive(Debug)]
pub(super) struct ServiceSettings {
    pub id: String,
    pub name: String,
    pub team: Option<String>,
    pub policy: String,
    /// Whether an alert of the highest severity opens an incident, which pages.
    pub critical: bool,
}

/// `[[schedules]]`
#[derive(Debug)]
pub(super) struct ScheduleSettings {
    pub id: String,
    pub name: String,
    pub timezone: String,
    /// The rule of the tool for layers that overlap.
    pub precedence: &'static str,
    pub layers: Vec<LayerSettings>,
}

/// `[[schedules.layers]]`
#[derive(Debug, Default)]
pub(super) struct LayerSettings {
    pub name: String,
    /// The people of each turn, who are on call together.
    pub slots: Vec<Vec<String>>,
    pub start: String,
    pub turn: String,
    pub hours: Option<String>,
    pub weekly: Vec<String>,
    pub since: Option<String>,
    pub until: Option<String>,
}

/// `[[escalations]]`
#[derive(Debug)]
pub(super) struct PolicySettings {
    pub id: String,
    pub name: String,
    pub repeat: u64,
    pub steps: Vec<StepSettings>,
}

/// `[[escalations.steps]]`
#[derive(Debug)]
pub(super) struct StepSettings {
    pub targets: Vec<String>,
    pub minutes: u64,
    pub round_robin: bool,
}

/// What was imported.
pub(super) struct OnCallImport {
    /// The settings.
    pub settings: OnCallSettings,
    /// What is not carried exactly, worst first.
    pub findings: Vec<ImportFinding>,
}

/// What became of a setting that is not carried exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FindingSort {
    /// Nobody is paged by it any more.
    Lost,
    /// It means something else now.
    Changed,
    /// It is carried, and somebody should look at it.
    Noted,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ImportFinding {
    pub sort: FindingSort,
    pub text: String,
}

/// An override of the tool. A schedule or person that is not carried is `None`.
pub(super) struct OverrideToEnter<'a> {
    pub schedule: Option<&'a str>,
    pub person: Option<&'a str>,
    /// What the tool calls the person.
    pub called: &'a str,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// The findings, each once.
#[derive(Debug, Default)]
pub(super) struct Findings(BTreeSet<ImportFinding>);

impl Findings {
    pub fn find(&mut self, sort: FindingSort, text: String) {
        self.0.insert(ImportFinding { sort, text });
    }

    /// Parses the time zone of something; one that is not known is UTC.
    pub fn zone(&mut self, name: Option<&str>, named: &str) -> Tz {
        let Some(name) = name else { return Tz::UTC };
        name.parse().unwrap_or_else(|_| {
            self.find(FindingSort::Changed, format!("{named}: the time zone {name} is not known; here it is UTC"));
            Tz::UTC
        })
    }

    /// Notes an override. It is no setting: somebody enters it where the bot runs.
    pub fn override_to_enter(&mut self, entry: &OverrideToEnter<'_>) {
        let OverrideToEnter { schedule, person, called, from, until } = *entry;
        let (Some(schedule), Some(person)) = (schedule, person) else {
            self.find(FindingSort::Lost, format!("an override of {called} until {until}"));
            return;
        };
        let time = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%MZ").to_string();
        let (from, until) = (time(from), time(until));
        let text = format!("an override; enter it: /oncall override @{person} {until} from:{from} schedule:{schedule}");
        self.find(FindingSort::Lost, text);
    }

    /// Notes the policies that no service uses.
    pub fn unused_policies(&mut self, settings: &OnCallSettings) {
        for PolicySettings { id, .. } in &settings.policies {
            if !settings.services.iter().any(|service| service.policy == *id) {
                self.find(FindingSort::Noted, format!("escalation \"{id}\" is used by no service"));
            }
        }
    }

    /// The worst first.
    pub fn sorted(self) -> Vec<ImportFinding> {
        self.0.into_iter().collect()
    }
}

/// Reads an answer of an API.
///
/// # Errors
/// Names the file, and where in it.
pub(super) fn answer<T: DeserializeOwned>(path: &Path, expected: &str) -> Result<T, String> {
    let named = path.display();
    let text = super::read_file(path).map_err(|error| format!("{named}: {error}"))?;
    serde_json::from_str(&text)
        .map_err(|error| format!("{named}: {error}; it should be an answer of the API, with its {expected}"))
}

/// The answers in a folder, in the order of their names. A folder that is missing has none.
pub(super) fn answers_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(found) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = found.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    files
}

impl FindingSort {
    /// How a finding begins.
    pub fn word(self) -> &'static str {
        match self {
            Self::Lost => "not carried",
            Self::Changed => "changes meaning",
            Self::Noted => "look at",
        }
    }
}

/// Names of `bot.toml` for things that the tool names by ids or addresses.
#[derive(Debug, Default)]
pub(super) struct GivenNames(BTreeMap<String, String>);

impl GivenNames {
    /// Gives a thing a name of its own, made of what it is called.
    pub fn give(&mut self, id: &str, called: &str) -> String {
        let mut plain = String::new();
        for c in called.to_lowercase().chars() {
            match c {
                c if c.is_alphanumeric() || c == '.' => plain.push(c),
                _ if !plain.is_empty() && !plain.ends_with('-') => plain.push('-'),
                _ => {}
            }
        }
        let plain: String = plain.trim_matches(['-', '.']).chars().take(LONGEST).collect();
        let plain = if plain.is_empty() { "unnamed".to_owned() } else { plain };
        let taken = |name: &String| self.0.values().any(|other| other == name);
        let mut name = plain.clone();
        let mut number = 2;
        while taken(&name) {
            name = format!("{plain}-{number}");
            number += 1;
        }
        self.0.insert(id.to_owned(), name.clone());
        name
    }

    /// The name of a thing.
    pub fn of(&self, id: &str) -> Option<&String> {
        self.0.get(id)
    }
}

impl OnCallSettings {
    /// Writes the sections of `bot.toml`.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        self.people.iter().for_each(|person| person.write(&mut out));
        for TeamSettings { id, name, members } in &self.teams {
            out += &format!("\n[[teams]]\nid = {}\nname = {}\nmembers = {}\n", quoted(id), quoted(name), list(members));
        }
        for ServiceSettings { id, name, team, policy, critical } in &self.services {
            out += &format!("\n[[services]]\nid = {}\nname = {}\ncritical = {critical}\n", quoted(id), quoted(name));
            if let Some(team) = team {
                out += &format!("team = {}\n", quoted(team));
            }
            out += &format!("escalation = {}\n", quoted(policy));
        }
        self.schedules.iter().for_each(|schedule| schedule.write(&mut out));
        self.policies.iter().for_each(|policy| policy.write(&mut out));
        if let Some(fallback) = &self.fallback {
            out += &format!("\n[pager]\nfallback = {}\n", quoted(fallback));
        }
        out.trim_start().to_owned()
    }
}

impl PersonSettings {
    fn write(&self, out: &mut String) {
        let Self { id, name, access, timezone, mail, account } = self;
        let (id, name, timezone) = (quoted(id), quoted(name), quoted(timezone));
        *out += &format!("\n[[people]]\nid = {id}\nname = {name}\naccess = \"{access}\"\ntimezone = {timezone}\n");
        if let Some(mail) = mail {
            *out += &format!("contacts = {}\n", list(&[format!("mail:{mail}")]));
        }
        if let Some(ImportedAccount { tool, id }) = account {
            *out += &format!("accounts = {{ {tool} = {} }}\n", quoted(id));
        }
    }
}

impl ScheduleSettings {
    fn write(&self, out: &mut String) {
        let Self { id, name, timezone, precedence, layers } = self;
        *out += &format!(
            "\n# {}\n[[schedules]]\nid = {}\ntimezone = {}\nprecedence = \"{precedence}\"\n",
            comment(name),
            quoted(id),
            quoted(timezone)
        );
        for layer in layers {
            *out += &format!("\n# {}\n[[schedules.layers]]\npeople = {}\n", comment(&layer.name), slots(&layer.slots));
            *out += &format!("start = {}\nturn = {}\n", quoted(&layer.start), quoted(&layer.turn));
            let single = [("hours", &layer.hours), ("since", &layer.since), ("until", &layer.until)];
            for (key, value) in single {
                *out += &value.as_ref().map(|value| format!("{key} = {}\n", quoted(value))).unwrap_or_default();
            }
            if !layer.weekly.is_empty() {
                *out += &format!("weekly = {}\n", list(&layer.weekly));
            }
        }
    }
}

impl PolicySettings {
    fn write(&self, out: &mut String) {
        *out += &format!(
            "\n# {}\n[[escalations]]\nid = {}\nrepeat = {}\n",
            comment(&self.name),
            quoted(&self.id),
            self.repeat
        );
        for StepSettings { targets, minutes, round_robin } in &self.steps {
            *out += &format!("\n[[escalations.steps]]\ntargets = {}\ndelay = \"{minutes}m\"\n", list(targets));
            if *round_robin {
                *out += "round_robin = true\n";
            }
        }
    }
}

/// One person is written as a name, several as a list, nobody as an empty name.
fn slots(slots: &[Vec<String>]) -> String {
    let written = slots.iter().map(|slot| match slot.as_slice() {
        [] => "\"\"".to_owned(),
        [one] => quoted(one),
        [..] => list(slot),
    });
    format!("[{}]", written.collect::<Vec<_>>().join(", "))
}

/// A comment is one line.
fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
