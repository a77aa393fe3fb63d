//! A sample of each refusal and of each usage error.

use super::{Sample, World, ann, at, by_ann};
use crate::{
    command::{TimeMistake, UsageError},
    domain::{
        alert::{Reach, SilenceFault},
        ids::Key,
        incident::Refusal,
        text::Untrusted,
    },
};

pub(super) fn samples(_world: &World) -> Vec<Sample> {
    let refusals = refusals().into_iter().map(|refusal| {
        let present = serde_json::to_string(&refusal).is_ok_and(|json| !json.contains("null") && !json.contains("[]"));
        let template = format!("chat/refusal/{}.md", refusal.name());
        Sample::new(template, if present { "full" } else { "bare" }, refusal)
    });
    let errors = usage_errors().into_iter().map(|error| {
        let template = format!("chat/usage/{}.md", error.name());
        Sample::new(template, "said", error)
    });
    refusals.chain(errors).collect()
}

fn key() -> Key {
    Key::new("HOT", 12)
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

/// Every refusal, with what may be absent once present and once absent.
pub(in crate::render) fn refusals() -> Vec<Refusal> {
    let mut out = vec![
        Refusal::Empty { what: "title".to_owned() },
        Refusal::TooLong { what: "note".to_owned(), max: 2000 },
        Refusal::Already { what: "severity".to_owned(), value: "sev1".to_owned(), by: Some(by_ann()) },
        Refusal::Already { what: "severity".to_owned(), value: "sev1".to_owned(), by: None },
        Refusal::NoTransition {
            key: key(),
            from: "closed".into(),
            to: "monitoring".into(),
            allowed: vec!["investigating".into(), "identified".into()],
        },
        Refusal::NoTransition { key: key(), from: "closed".into(), to: "monitoring".into(), allowed: Vec::new() },
        Refusal::UnknownStatus { status: "fixing".into(), known: vec!["triage".into(), "investigating".into()] },
        Refusal::UnknownRole { role: "boss".into(), known: vec!["incident_manager".into(), "scribe".into()] },
        Refusal::UnknownComponent { component: "db".into(), known: vec!["checkout".into(), "api".into()] },
        Refusal::UnknownComponent { component: "db".into(), known: Vec::new() },
        Refusal::UnknownCause { cause: "gremlins".to_owned(), known: words(&["bug", "change"]) },
        Refusal::UnknownJudgement { impact: "huge".to_owned(), urgency: "now".to_owned() },
        Refusal::ReasonNeeded { act: "close".to_owned(), words: words(&["duplicate", "false positive"]) },
        Refusal::ReasonNeeded { act: "reopen".to_owned(), words: Vec::new() },
        Refusal::NotOpen { key: key(), status: "closed".into() },
        Refusal::NotOver { key: key(), status: "investigating".into() },
        Refusal::InFuture { at: at(20) },
        Refusal::OutOfOrder { name: "mitigated".to_owned(), earlier: "impact".to_owned() },
        Refusal::UnknownOverride { id: "0199".to_owned() },
        Refusal::UnknownTask { number: 9 },
        Refusal::TaskDone { number: 2 },
        Refusal::NoEntry { number: 7 },
        Refusal::NoDraft { number: 7 },
        Refusal::BadWait { min_minutes: 1, max_minutes: 1440 },
        Refusal::NoUpdateDue,
        Refusal::BadMerge { key: key(), into: Key::new("HOT", 13) },
        Refusal::MixedMerge { private: key(), open: Key::new("HOT", 13) },
        Refusal::DrillStaysInside { key: key() },
        Refusal::PrivateStaysInside { key: key() },
    ];
    out.extend(lookups());
    out
}

fn lookups() -> Vec<Refusal> {
    let stale = |by, at| Refusal::Stale { what: "status".to_owned(), now: "monitoring".to_owned(), by, at };
    let over = |by, at| Refusal::PageOver { state: "acknowledged".to_owned(), by, at };
    let person = |near| Refusal::UnknownPerson { name: "anne".to_owned(), near };
    vec![
        stale(Some(by_ann()), Some(at(-1))),
        stale(None, None),
        Refusal::NotAllowed { act: "/admin reload".to_owned(), needs: "admin".to_owned() },
        Refusal::UnknownIncident { key: "HOT-99".to_owned() },
        Refusal::WhichIncident { open: vec![key(), Key::new("HOT", 13)] },
        Refusal::WhichIncident { open: Vec::new() },
        person(Some(ann())),
        person(None),
        Refusal::NobodyToPage { whom: "service website".to_owned() },
        Refusal::WhichSchedule { known: vec!["primary".into(), "backup".into()] },
        Refusal::WhichSchedule { known: Vec::new() },
        Refusal::UnknownGroup { id: "0192".to_owned() },
        Refusal::UnknownSilence { id: "0192".to_owned() },
        Refusal::BadSilence { why: SilenceFault::NoMatchers },
        Refusal::BadSilence { why: SilenceFault::TooWide },
        Refusal::BadSilence { why: SilenceFault::TooLong },
        Refusal::BadSilence { why: SilenceFault::EndsBeforeItBegins },
        Refusal::BadSilence { why: SilenceFault::EndsInThePast },
        Refusal::BadSilence { why: SilenceFault::NothingFires },
        Refusal::BadSilence { why: SilenceFault::TooMany },
        Refusal::WideSilence {
            reach: Reach { held: 12, looked_at: 14, firing: 14 },
            command: "/alert silence match:\"service=~\\\"a|b\\\"\" wait:1h sure:yes".to_owned(),
        },
        Refusal::GroupTaken { key: key() },
        Refusal::UnknownPage { id: "0192".to_owned() },
        over(Some(ann()), Some(at(-4))),
        over(None, None),
    ]
}

fn said(text: &str) -> Untrusted {
    Untrusted::from(text)
}

/// Every usage error, with what may be absent once present and once absent.
pub(in crate::render) fn usage_errors() -> Vec<UsageError> {
    let (command, option) = ("incident severity".to_owned(), "to".to_owned());
    let usage = "/incident severity <to> [reason]".to_owned();
    let unknown = |near: &[&str], known: &[&str]| UsageError::UnknownCommand {
        said: said("incidnt"),
        near: words(near),
        known: words(known),
    };
    let mut out = vec![
        UsageError::Nothing,
        UsageError::TooMuch { max: 16_000 },
        unknown(&["incident"], &["incident", "page"]),
        unknown(&[], &["incident", "page"]),
        UsageError::UnknownOption {
            command: command.clone(),
            said: said("reson"),
            near: words(&["reason"]),
            known: words(&["to", "reason"]),
            usage: usage.clone(),
        },
        UsageError::Twice { command: command.clone(), option: option.clone() },
        UsageError::TooMany { command: command.clone(), extra: said("and *more*"), usage: usage.clone() },
        UsageError::Missing {
            command: command.clone(),
            option: option.clone(),
            help: "sev1 is the gravest".to_owned(),
            usage,
        },
        UsageError::NotTogether { command: command.clone(), one: "text".to_owned(), other: "done".to_owned() },
        UsageError::NotAlone { command, option: "impact".to_owned(), other: "urgency".to_owned() },
        UsageError::UnclosedQuote { rest: said("\"rolled back") },
        UsageError::TooLong { option, max: 200, length: 431 },
    ];
    out.extend(bad_values());
    out
}

fn bad_values() -> Vec<UsageError> {
    let option = || "at".to_owned();
    let time = |text: &str, why| UsageError::BadTime {
        option: option(),
        said: said(text),
        why,
        zone: "Europe/Berlin".to_owned(),
    };
    let name = |near: &[&str]| UsageError::UnknownName {
        option: "to".to_owned(),
        what: "status".to_owned(),
        said: said("monitring"),
        near: words(near),
        known: words(&["triage", "monitoring"]),
    };
    let key = |near: &[&str]| UsageError::BadKey { option: option(), said: said("checkout"), near: words(near) };
    vec![
        UsageError::UnknownPerson { option: option(), said: said("@anne"), near: vec![ann()] },
        UsageError::UnknownPerson { option: option(), said: said("@zoe"), near: Vec::new() },
        name(&["monitoring"]),
        name(&[]),
        UsageError::BadDuration { option: option(), said: said("soon"), min: "1s".to_owned(), max: "366d".to_owned() },
        time("soon", TimeMistake::Unreadable),
        time("14:05 Mars/Base", TimeMistake::UnknownZone),
        time("25:00", TimeMistake::NoSuchTime),
        time("1969-01-01 14:05", TimeMistake::TooFar),
        UsageError::BadNumber { option: option(), said: said("many"), max: 100_000 },
        UsageError::BadFlag { option: option(), said: said("maybe") },
        key(&["HOT-12"]),
        key(&[]),
        UsageError::BadId { option: option(), what: "group of alerts".to_owned(), said: said("12") },
        UsageError::BadMatchers {
            option: "match".to_owned(),
            why: Untrusted::new("`severity` has none of = != =~ !~; write label=\"value\""),
        },
        UsageError::BadPair {
            option: option(),
            said: said("checkout"),
            known: words(&["operational", "major_outage"]),
        },
    ]
}
