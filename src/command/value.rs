//! Parses the text of an option by the option's type.

use std::time::Duration;

use super::{
    KnownName, OptionKind, OptionSpec, UsageError, Whom, parse_duration,
    saying::Saying,
    vocabulary::{find, nearest},
    when::{Standpoint, parse_time},
};
use crate::domain::{
    Timestamp,
    alert::Matcher,
    ids::{ComponentId, GroupId, Key, OverrideId, PageId, PersonId, SilenceId},
    incident::Severity,
    status::{ComponentStatus, PublicStatus},
    text::Untrusted,
};

/// Maximum number of people or components in one option.
const MAX_LISTED: usize = 50;

/// The word for a duration that lasts until the alerts resolve.
pub(super) const UNTIL_OVER: &str = "resolved";

/// A parsed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OptionValue {
    Text(Untrusted),
    /// A name in the vocabulary or a choice, as its id.
    Word(String),
    /// `None` is nobody.
    Person(Option<PersonId>),
    People(Vec<PersonId>),
    Whom(Whom),
    Duration(Duration),
    Time(Timestamp),
    Severity(Severity),
    Components(Vec<(ComponentId, ComponentStatus)>),
    Incident(Key),
    Flag(bool),
    Number(u32),
    Group(GroupId),
    Matchers(Vec<Matcher>),
    /// `None` if it lasts until the alerts resolve.
    GroupSilence(Option<Duration>),
    Silence(SilenceId),
    Page(PageId),
    Override(OverrideId),
}

/// Parses the text of an option.
pub(super) fn read(saying: &Saying<'_, '_>, option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    let v = saying.vocabulary;
    let word =
        |what: &str, known: &[KnownName]| named(option, what, known, text).map(|k| OptionValue::Word(k.id.clone()));
    match option.kind {
        OptionKind::Line | OptionKind::Text => bounded(option, text),
        OptionKind::Person => person(saying, option, text),
        OptionKind::People => people(saying, option, text).map(OptionValue::People),
        OptionKind::Whom => whom(saying, option, text).map(OptionValue::Whom),
        OptionKind::Duration => duration(option, text).map(OptionValue::Duration),
        OptionKind::GroupSilence => hold(option, text),
        OptionKind::Matchers => matchers(option, text),
        OptionKind::Silence => {
            let id = find(&v.silences, text).map_or(text.trim(), |known| known.id.as_str());
            SilenceId::parse(id).map(OptionValue::Silence).ok_or_else(|| bad_id(option, "silence", text))
        }
        OptionKind::Time => time(saying, option, text),
        OptionKind::Severity => severity(saying, option, text),
        OptionKind::Components => components(saying, option, text),
        OptionKind::Incident => incident(saying, option, text),
        OptionKind::Flag => flag(option, text),
        OptionKind::Number => number(option, text),
        OptionKind::AlertGroup => group(saying, option, text),
        OptionKind::Page => {
            PageId::parse(text.trim()).map(OptionValue::Page).ok_or_else(|| bad_id(option, "page", text))
        }
        OptionKind::Override => {
            let id = find(&v.overrides, text).map_or(text.trim(), |known| known.id.as_str());
            OverrideId::parse(id).map(OptionValue::Override).ok_or_else(|| bad_id(option, "override", text))
        }
        OptionKind::Choice => {
            let known: Vec<KnownName> = option.choices.iter().map(|c| KnownName::new(c.clone(), "")).collect();
            word(&option.name, &known)
        }
        OptionKind::Status => word("status", &v.statuses),
        OptionKind::Role => match v.roles.first() {
            // `manager` means the first role, whatever its name is.
            Some(first) if text.trim().eq_ignore_ascii_case("manager") => Ok(OptionValue::Word(first.id.clone())),
            Some(_) | None => word("role", &v.roles),
        },
        OptionKind::Service => word("service", &v.services),
        OptionKind::Cause => word("cause", &v.causes),
        OptionKind::Impact => word("impact", &v.impacts),
        OptionKind::Urgency => word("urgency", &v.urgencies),
        OptionKind::Schedule => word("schedule", &v.schedules),
        OptionKind::Template => {
            let known: Vec<KnownName> =
                v.templates.iter().map(|t| KnownName::new(t.id.clone(), t.name.clone())).collect();
            word("template", &known)
        }
        OptionKind::Command => command(saying, option, text),
    }
}

fn named<'a>(option: &OptionSpec, what: &str, known: &'a [KnownName], text: &str) -> Result<&'a KnownName, UsageError> {
    find(known, text).ok_or_else(|| UsageError::UnknownName {
        option: option.name.clone(),
        what: what.to_owned(),
        said: Untrusted::new(text),
        near: nearest(known, text),
        known: known.iter().take(25).map(|k| k.id.clone()).collect(),
    })
}

fn bounded(option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    let length = text.chars().count();
    if length > option.max {
        return Err(UsageError::TooLong { option: option.name.clone(), max: option.max, length });
    }
    let text = if option.kind == OptionKind::Line { text.replace(['\n', '\r'], " ") } else { text.to_owned() };
    Ok(OptionValue::Text(Untrusted::new(text)))
}

fn person(saying: &Saying<'_, '_>, option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    if option.nobody && matches!(text.trim().to_lowercase().as_str(), "nobody" | "none" | "noone" | "-") {
        return Ok(OptionValue::Person(None));
    }
    one_person(saying, option, text).map(|id| OptionValue::Person(Some(id)))
}

fn one_person(saying: &Saying<'_, '_>, option: &OptionSpec, text: &str) -> Result<PersonId, UsageError> {
    let name = text.trim().trim_start_matches("<@").trim_end_matches('>').trim_start_matches('@');
    if name.eq_ignore_ascii_case("me") {
        return Ok(saying.place.actor.clone());
    }
    let people = &saying.vocabulary.people;
    find(people, name).map(|k| PersonId::new(k.id.as_str())).ok_or_else(|| UsageError::UnknownPerson {
        option: option.name.clone(),
        said: Untrusted::new(text),
        near: nearest(people, name).into_iter().map(PersonId::new).collect(),
    })
}

/// Splits names at commas, or, if no name contains a space, at spaces.
fn people(saying: &Saying<'_, '_>, option: &OptionSpec, text: &str) -> Result<Vec<PersonId>, UsageError> {
    let by_comma: Vec<&str> = text.split(',').map(str::trim).filter(|p| !p.is_empty()).collect();
    let mut found = Vec::new();
    for part in by_comma.into_iter().take(MAX_LISTED) {
        let whole = one_person(saying, option, part);
        let names = match whole {
            Ok(id) => vec![id],
            Err(_) if part.contains(char::is_whitespace) => part
                .split_whitespace()
                .filter(|w| !matches!(*w, "and" | "&"))
                .take(MAX_LISTED)
                .map(|name| one_person(saying, option, name))
                .collect::<Result<_, _>>()?,
            Err(why) => return Err(why),
        };
        found.extend(names);
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|id| seen.insert(id.clone()));
    match found.is_empty() {
        true => one_person(saying, option, text).map(|id| vec![id]),
        false => Ok(found),
    }
}

type MakeWhom = fn(&str) -> Whom;

/// Resolves a name as a person first, then a team, a schedule and a service; `team/…` and the like select one kind.
fn whom(saying: &Saying<'_, '_>, option: &OptionSpec, text: &str) -> Result<Whom, UsageError> {
    let v = saying.vocabulary;
    let text = text.trim();
    let kinds: [(&str, &[KnownName], MakeWhom); 3] = [
        ("team", &v.teams, |id| Whom::Team(id.into())),
        ("schedule", &v.schedules, |id| Whom::Schedule(id.into())),
        ("service", &v.services, |id| Whom::Service(id.into())),
    ];
    if let Some((prefix, name)) = text.split_once('/')
        && let Some((what, known, make)) = kinds.iter().find(|(what, ..)| prefix.eq_ignore_ascii_case(what))
    {
        return named(option, what, known, name).map(|k| make(&k.id));
    }
    let person = match one_person(saying, option, text) {
        Ok(id) => return Ok(Whom::Person(id)),
        Err(why) => why,
    };
    if text.starts_with('@') {
        return Err(person);
    }
    if let Some((known, make)) = kinds.iter().find_map(|(_, known, make)| Some((find(known, text)?, make))) {
        return Ok(make(&known.id));
    }
    let all = [&v.people, &v.teams, &v.schedules, &v.services];
    Err(UsageError::UnknownName {
        option: option.name.clone(),
        what: "person, team, schedule or service".to_owned(),
        said: Untrusted::new(text),
        near: nearest(all.into_iter().flatten(), text),
        known: all.into_iter().flatten().take(25).map(|k| k.id.clone()).collect(),
    })
}

fn duration(option: &OptionSpec, text: &str) -> Result<Duration, UsageError> {
    parse_duration(text).filter(|d| !d.is_zero()).ok_or_else(|| UsageError::BadDuration {
        option: option.name.clone(),
        said: Untrusted::new(text),
        min: "1s".to_owned(),
        max: "366d".to_owned(),
    })
}

fn hold(option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    match text.trim().to_lowercase().trim_start_matches("until ") {
        UNTIL_OVER | "over" | "it is over" => Ok(OptionValue::GroupSilence(None)),
        _ => duration(option, text).map(|wait| OptionValue::GroupSilence(Some(wait))),
    }
}

fn matchers(option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    let length = text.chars().count();
    if length > option.max {
        return Err(UsageError::TooLong { option: option.name.clone(), max: option.max, length });
    }
    Matcher::parse_typed(text)
        .map(OptionValue::Matchers)
        .map_err(|why| UsageError::BadMatchers { option: option.name.clone(), why: Untrusted::new(why.to_string()) })
}

fn time(saying: &Saying<'_, '_>, option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    let place = saying.place;
    let from = Standpoint { now: place.now, zone: place.timezone, direction: option.when };
    parse_time(text, from).map(OptionValue::Time).map_err(|why| UsageError::BadTime {
        option: option.name.clone(),
        said: Untrusted::new(text),
        why,
        zone: place.timezone.name().to_owned(),
    })
}

fn severity(saying: &Saying<'_, '_>, option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    if let Some(severity) = Severity::parse(text) {
        return Ok(OptionValue::Severity(severity));
    }
    let v = saying.vocabulary;
    let named = v.severities.iter().find(|(_, known)| find(std::slice::from_ref(known), text).is_some());
    named.map(|(severity, _)| OptionValue::Severity(*severity)).ok_or_else(|| UsageError::UnknownName {
        option: option.name.clone(),
        what: "severity".to_owned(),
        said: Untrusted::new(text),
        near: nearest(v.severities.iter().map(|(_, k)| k), text),
        known: v.severity_names(),
    })
}

fn incident(saying: &Saying<'_, '_>, option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    Key::parse(text).map(OptionValue::Incident).ok_or_else(|| UsageError::BadKey {
        option: option.name.clone(),
        said: Untrusted::new(text),
        near: nearest(&saying.vocabulary.incidents, text),
    })
}

fn flag(option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "y" | "on" | "true" | "1" => Ok(OptionValue::Flag(true)),
        "no" | "n" | "off" | "false" | "0" => Ok(OptionValue::Flag(false)),
        _ => Err(UsageError::BadFlag { option: option.name.clone(), said: Untrusted::new(text) }),
    }
}

fn number(option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    let max = u32::try_from(option.max).unwrap_or(u32::MAX);
    let number = text.trim().trim_start_matches('#').parse::<u32>().ok().filter(|n| (1..=max).contains(n));
    number.map(OptionValue::Number).ok_or_else(|| UsageError::BadNumber {
        option: option.name.clone(),
        said: Untrusted::new(text),
        max,
    })
}

fn group(saying: &Saying<'_, '_>, option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    let known = find(&saying.vocabulary.groups, text).map_or(text.trim(), |k| k.id.as_str());
    GroupId::parse(known).map(OptionValue::Group).ok_or_else(|| bad_id(option, "group of alerts", text))
}

fn bad_id(option: &OptionSpec, what: &str, text: &str) -> UsageError {
    UsageError::BadId { option: option.name.clone(), what: what.to_owned(), said: Untrusted::new(text) }
}

/// Parses a command or a root, with or without its first word.
fn command(saying: &Saying<'_, '_>, option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    let said = text.trim().trim_start_matches('/');
    let catalog = saying.catalog;
    if let Some(spec) = catalog.command(said).or_else(|| catalog.command(&format!("incident {said}"))) {
        return Ok(OptionValue::Word(spec.path.clone()));
    }
    if let Some(root) = catalog.root(said) {
        return Ok(OptionValue::Word(root.name.clone()));
    }
    let known: Vec<KnownName> = catalog.commands().map(|c| KnownName::new(c.path.clone(), c.name.clone())).collect();
    named(option, "command", &known, said).map(|k| OptionValue::Word(k.id.clone()))
}

/// The component statuses in commands, from worst to best.
pub(super) const COMPONENT_WORDS: [&str; 5] =
    ["major_outage", "partial_outage", "degraded_performance", "under_maintenance", "operational"];

/// Returns a component status as written in commands.
pub(super) fn component_word(status: ComponentStatus) -> &'static str {
    match status {
        ComponentStatus::MajorOutage => "major_outage",
        ComponentStatus::PartialOutage => "partial_outage",
        ComponentStatus::DegradedPerformance => "degraded_performance",
        ComponentStatus::UnderMaintenance => "under_maintenance",
        ComponentStatus::Operational => "operational",
    }
}

fn component_status(text: &str) -> Option<ComponentStatus> {
    match text.trim().to_lowercase().replace([' ', '-'], "_").as_str() {
        "major_outage" | "major" | "down" => Some(ComponentStatus::MajorOutage),
        "partial_outage" | "partial" => Some(ComponentStatus::PartialOutage),
        "degraded_performance" | "degraded" | "slow" => Some(ComponentStatus::DegradedPerformance),
        "under_maintenance" | "maintenance" => Some(ComponentStatus::UnderMaintenance),
        "operational" | "ok" | "up" => Some(ComponentStatus::Operational),
        _ => None,
    }
}

/// Returns a public status as written in commands.
pub(super) fn public_word(status: PublicStatus) -> &'static str {
    match status {
        PublicStatus::Investigating => "investigating",
        PublicStatus::Identified => "identified",
        PublicStatus::Monitoring => "monitoring",
        PublicStatus::Resolved => "resolved",
    }
}

/// Parses a public status; `None` if the word is unknown.
pub(super) fn public_status(word: &str) -> Option<PublicStatus> {
    match word {
        "investigating" => Some(PublicStatus::Investigating),
        "identified" => Some(PublicStatus::Identified),
        "monitoring" => Some(PublicStatus::Monitoring),
        "resolved" => Some(PublicStatus::Resolved),
        _ => None,
    }
}

fn components(saying: &Saying<'_, '_>, option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    let mut all: Vec<(ComponentId, ComponentStatus)> = Vec::new();
    for pair in text.split([',', ';']).map(str::trim).filter(|p| !p.is_empty()).take(MAX_LISTED) {
        let bad = || UsageError::BadPair {
            option: option.name.clone(),
            said: Untrusted::new(pair),
            known: COMPONENT_WORDS.map(str::to_owned).to_vec(),
        };
        let (name, status) = pair.split_once(['=', ':']).ok_or_else(bad)?;
        let component = named(option, "component", &saying.vocabulary.components, name)?;
        let status = component_status(status).ok_or_else(bad)?;
        let id = ComponentId::new(component.id.as_str());
        if all.iter().any(|(seen, _)| *seen == id) {
            return Err(UsageError::Twice {
                command: saying.spec.path.clone(),
                option: format!("{}.{id}", option.name),
            });
        }
        all.push((id, status));
    }
    Ok(OptionValue::Components(all))
}
