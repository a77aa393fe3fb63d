//! Parses the text of an option by the option's type.

use std::time::Duration;

use super::{
    Direction, KnownName, OptionKind, OptionSpec, UsageError, Whom, field,
    names::{named, people, person, whom},
    parse_context::ParseContext,
    parse_duration,
    vocabulary::{find, nearest},
    when::{Standpoint, parse_time},
};
use crate::domain::{
    Timestamp,
    alert::Matcher,
    ids::{ComponentId, GroupId, Key, OverrideId, PageId, PersonId, SilenceId},
    incident::{FieldChanges, KindSpec, Severity},
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
    Fields(FieldChanges),
    /// A kind of incidents, by its id.
    Kind(KindSpec),
}

/// Parses the text of an option.
pub(super) fn read(context: &ParseContext<'_, '_>, option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    let v = context.vocabulary;
    let word =
        |what: &str, known: &[KnownName]| named(option, what, known, text).map(|k| OptionValue::Word(k.id.clone()));
    match option.kind {
        OptionKind::Line | OptionKind::Text => bounded(option, text),
        OptionKind::Person => person(context, option, text).map(OptionValue::Person),
        OptionKind::People => people(context, option, text).map(OptionValue::People),
        OptionKind::Whom => whom(context, option, text).map(OptionValue::Whom),
        OptionKind::Duration => duration(option, text).map(OptionValue::Duration),
        OptionKind::GroupSilence => hold(option, text),
        OptionKind::Matchers => matchers(option, text),
        OptionKind::Silence => {
            let id = find(&v.silences, text).one().map_or(text.trim(), |known| known.id.as_str());
            SilenceId::parse(id).map(OptionValue::Silence).ok_or_else(|| bad_id(option, "silence", text))
        }
        OptionKind::Time => time(context, option, text),
        OptionKind::Severity => severity(context, option, text),
        OptionKind::Components => components(context, option, text),
        OptionKind::Incident => incident(context, option, text),
        OptionKind::Flag => flag(option, text),
        OptionKind::Number => number(option, text),
        OptionKind::AlertGroup => group(context, option, text),
        OptionKind::Page => {
            PageId::parse(text.trim()).map(OptionValue::Page).ok_or_else(|| bad_id(option, "page", text))
        }
        OptionKind::Override => {
            let id = find(&v.overrides, text).one().map_or(text.trim(), |known| known.id.as_str());
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
        OptionKind::IncidentKind => kind(context, option, text),
        OptionKind::Fields => field::read(context, option, text).map(OptionValue::Fields),
        OptionKind::Impact => word("impact", &v.impacts),
        OptionKind::Urgency => word("urgency", &v.urgencies),
        OptionKind::Schedule => word("schedule", &v.schedules),
        OptionKind::Template => {
            let known: Vec<KnownName> =
                v.templates.iter().map(|t| KnownName::new(t.id.clone(), t.name.clone())).collect();
            word("template", &known)
        }
        OptionKind::Command => command(context, option, text),
    }
}

fn kind(context: &ParseContext<'_, '_>, option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    let kinds = &context.vocabulary.kinds;
    let known: Vec<KnownName> = kinds.iter().map(|kind| KnownName::new(kind.id.as_str(), kind.name.clone())).collect();
    let id = &named(option, "kind", &known, text)?.id;
    let kind = kinds.iter().find(|kind| kind.id.as_str() == id).cloned();
    kind.map(OptionValue::Kind).ok_or_else(|| bad_id(option, "kind", text))
}

fn bounded(option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    let length = text.chars().count();
    if length > option.max {
        return Err(UsageError::TooLong { option: option.name.clone(), max: option.max, length });
    }
    let text = if option.kind == OptionKind::Line { text.replace(['\n', '\r'], " ") } else { text.to_owned() };
    Ok(OptionValue::Text(Untrusted::new(text)))
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

fn time(context: &ParseContext<'_, '_>, option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    let place = context.place;
    time_from(option, Standpoint::new(place.now, place.timezone, option.when), text).map(OptionValue::Time)
}

/// Parses a time from a standpoint.
pub(super) fn time_from(option: &OptionSpec, from: Standpoint, text: &str) -> Result<Timestamp, UsageError> {
    parse_time(text, from).map_err(|why| UsageError::BadTime {
        option: option.name.clone(),
        said: Untrusted::new(text),
        why,
        zone: from.zone.name().to_owned(),
        future: option.when == Direction::Future,
    })
}

fn severity(context: &ParseContext<'_, '_>, option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    if let Some(severity) = Severity::parse(text) {
        return Ok(OptionValue::Severity(severity));
    }
    let v = context.vocabulary;
    let named = v.severities.iter().find(|(_, known)| find(std::slice::from_ref(known), text).one().is_some());
    named.map(|(severity, _)| OptionValue::Severity(*severity)).ok_or_else(|| UsageError::UnknownName {
        option: option.name.clone(),
        what: "severity".to_owned(),
        said: Untrusted::new(text),
        near: nearest(v.severities.iter().map(|(_, k)| k), text),
        known: v.severity_names(),
    })
}

fn incident(context: &ParseContext<'_, '_>, option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    Key::parse(text).map(OptionValue::Incident).ok_or_else(|| UsageError::BadKey {
        option: option.name.clone(),
        said: Untrusted::new(text),
        near: nearest(&context.vocabulary.incidents, text),
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

fn group(context: &ParseContext<'_, '_>, option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    let known = find(&context.vocabulary.groups, text).one().map_or(text.trim(), |k| k.id.as_str());
    GroupId::parse(known).map(OptionValue::Group).ok_or_else(|| bad_id(option, "group of alerts", text))
}

fn bad_id(option: &OptionSpec, what: &str, text: &str) -> UsageError {
    UsageError::BadId { option: option.name.clone(), what: what.to_owned(), said: Untrusted::new(text) }
}

/// Parses a command or a root, with or without its first word.
fn command(context: &ParseContext<'_, '_>, option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    let said = text.trim().trim_start_matches('/');
    let catalog = context.catalog;
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

fn components(context: &ParseContext<'_, '_>, option: &OptionSpec, text: &str) -> Result<OptionValue, UsageError> {
    let mut all: Vec<(ComponentId, ComponentStatus)> = Vec::new();
    for pair in text.split([',', ';']).map(str::trim).filter(|p| !p.is_empty()).take(MAX_LISTED) {
        let bad = || UsageError::BadPair {
            option: option.name.clone(),
            said: Untrusted::new(pair),
            known: COMPONENT_WORDS.map(str::to_owned).to_vec(),
        };
        let (name, status) = pair.split_once(['=', ':']).ok_or_else(bad)?;
        let component = named(option, "component", &context.vocabulary.components, name)?;
        let status = component_status(status).ok_or_else(bad)?;
        let id = ComponentId::new(component.id.as_str());
        if all.iter().any(|(seen, _)| *seen == id) {
            return Err(UsageError::Twice {
                command: context.spec.path.clone(),
                option: format!("{}.{id}", option.name),
            });
        }
        all.push((id, status));
    }
    Ok(OptionValue::Components(all))
}
