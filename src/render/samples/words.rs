//! One sample of each refusal and of each usage error.

use super::{Sample, SampleWorld, ann, at, bob, by_ann};
use crate::{
    command::{AmbiguousName, TimeMistake, UsageError},
    domain::{
        alert::{SilenceFault, SilencePreview},
        contact::{AddressFault, MethodKind, PersonalRule, Urgency},
        ids::{ContactMethodId, Key, PageId},
        refusal::{
            AlertRefusal, ContactRefusal, IncidentRefusal, OnCallRefusal, Refusal, ReportRefusal, ReviewRefusal,
            StatusRefusal,
        },
        review::{FollowUpState, PostmortemState},
        status::MaintenanceStatus,
        text::Untrusted,
    },
};

pub(super) fn samples(_world: &SampleWorld) -> Vec<Sample> {
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

/// What fields and kinds refuse.
fn field_refusals() -> Vec<Refusal> {
    vec![
        IncidentRefusal::NoField { key: key(), field: "budget".into(), known: vec!["cause".into(), "hosts".into()] }
            .into(),
        IncidentRefusal::NoField { key: key(), field: "budget".into(), known: Vec::new() }.into(),
        IncidentRefusal::FieldsMissing {
            key: key(),
            status: "Resolved".to_owned(),
            fields: vec!["cause".into(), "root_cause".into()],
            names: vec!["Cause class".to_owned(), "Root cause".to_owned()],
        }
        .into(),
        IncidentRefusal::PagesNobody { key: key() }.into(),
        IncidentRefusal::Already { what: "severity".to_owned(), value: "sev1".to_owned(), by: None }.into(),
    ]
}

/// Every refusal, with each optional value once present and once absent.
pub(in crate::render) fn refusals() -> Vec<Refusal> {
    let mut out = vec![
        IncidentRefusal::Empty { what: "title".to_owned() }.into(),
        IncidentRefusal::TooLong { what: "note".to_owned(), max: 2000 }.into(),
        IncidentRefusal::Already { what: "severity".to_owned(), value: "sev1".to_owned(), by: Some(by_ann()) }.into(),
        IncidentRefusal::NoTransition {
            key: key(),
            from: "closed".into(),
            to: "monitoring".into(),
            allowed: vec!["investigating".into(), "identified".into()],
        }
        .into(),
        IncidentRefusal::NoTransition {
            key: key(),
            from: "closed".into(),
            to: "monitoring".into(),
            allowed: Vec::new(),
        }
        .into(),
        IncidentRefusal::UnknownStatus {
            status: "fixing".into(),
            known: vec!["triage".into(), "investigating".into()],
        }
        .into(),
        IncidentRefusal::UnknownRole { role: "boss".into(), known: vec!["incident_manager".into(), "scribe".into()] }
            .into(),
        IncidentRefusal::UnknownComponent { component: "db".into(), known: vec!["checkout".into(), "api".into()] }
            .into(),
        IncidentRefusal::UnknownComponent { component: "db".into(), known: Vec::new() }.into(),
        IncidentRefusal::UnknownCause { cause: "gremlins".to_owned(), known: words(&["bug", "change"]) }.into(),
        IncidentRefusal::UnknownJudgement { impact: "huge".to_owned(), urgency: "now".to_owned() }.into(),
        IncidentRefusal::ReasonNeeded { act: "close".to_owned(), words: words(&["duplicate", "false positive"]) }
            .into(),
        IncidentRefusal::ReasonNeeded { act: "reopen".to_owned(), words: Vec::new() }.into(),
        IncidentRefusal::NotOpen { key: key(), status: "closed".into() }.into(),
        IncidentRefusal::NotOver { key: key(), status: "investigating".into() }.into(),
        IncidentRefusal::InFuture { at: at(20) }.into(),
        out_of_order("mitigated"),
        out_of_order("impact"),
        OnCallRefusal::UnknownOverride { id: "0199".to_owned() }.into(),
        IncidentRefusal::UnknownTask { number: 9 }.into(),
        IncidentRefusal::TaskDone { number: 2 }.into(),
        IncidentRefusal::NoEntry { number: 7 }.into(),
        IncidentRefusal::NoDraft { number: 7 }.into(),
        IncidentRefusal::BadWait { min_minutes: 1, max_minutes: 1440 }.into(),
        IncidentRefusal::NoUpdateDue.into(),
        IncidentRefusal::TooManyDeclared { count: 10, minutes: 5, until: at(600) }.into(),
        IncidentRefusal::BadMerge { key: key(), into: Key::new("HOT", 13) }.into(),
        IncidentRefusal::MixedMerge { private: key(), open: Key::new("HOT", 13) }.into(),
        IncidentRefusal::DrillStaysInside { key: key() }.into(),
        IncidentRefusal::PrivateStaysInside { key: key() }.into(),
    ];
    out.extend(field_refusals());
    out.extend(of_others());
    out.extend(of_contacts());
    out.extend(lookups());
    out.extend(about_postmortems());
    out.extend(about_maintenance().into_iter().chain(about_user_reports()));
    out
}

/// Refusals because of what customers read, other incidents and other people.
fn of_others() -> Vec<Refusal> {
    vec![
        IncidentRefusal::OnLegalHold { key: key() }.into(),
        IncidentRefusal::PublicStays { key: key() }.into(),
        IncidentRefusal::MessageNeeded { key: key() }.into(),
        IncidentRefusal::NotPosted { key: key() }.into(),
        IncidentRefusal::NobodyMayAct.into(),
        IncidentRefusal::NoOutsideTracker.into(),
        IncidentRefusal::IssueWithheld { key: key() }.into(),
        IncidentRefusal::HasIssue { key: key(), issue: "OPS-12".to_owned() }.into(),
        IncidentRefusal::HasIssue { key: key(), issue: String::new() }.into(),
        IncidentRefusal::IsMerged { key: key(), into: Key::new("HOT", 13) }.into(),
        IncidentRefusal::AlreadyHeld { role: "tech_lead".into(), person: Some(ann()) }.into(),
        IncidentRefusal::AlreadyHeld { role: "tech_lead".into(), person: None }.into(),
        IncidentRefusal::RoleTaken { role: "tech_lead".into(), person: ann(), at: at(-1) }.into(),
    ]
}

/// Refusals about reports from users.
fn about_user_reports() -> Vec<Refusal> {
    vec![
        ReportRefusal::UnknownReport { number: 7 }.into(),
        ReportRefusal::ReportDecided { number: 7 }.into(),
        ReportRefusal::ReportsOff.into(),
        ReportRefusal::TooManyReports.into(),
        ReportRefusal::BadReporterAddress.into(),
    ]
}

/// Refusals about contact methods.
fn of_contacts() -> Vec<Refusal> {
    let kind = MethodKind::Sms;
    let rule = PersonalRule { urgency: Urgency::High, after: 120, method: ContactMethodId(uuid::Uuid::from_u128(7)) };
    let bad = |kind, fault| ContactRefusal::BadAddress { kind, fault }.into();
    vec![
        ContactRefusal::UnknownContact { id: "0192".to_owned() }.into(),
        ContactRefusal::ContactNotOffered { kind }.into(),
        ContactRefusal::ContactManaged.into(),
        bad(MethodKind::Mail, AddressFault::Mail),
        bad(kind, AddressFault::Number),
        bad(MethodKind::Ntfy, AddressFault::Topic),
        bad(MethodKind::Ntfy, AddressFault::GuessableTopic),
        bad(MethodKind::Webhook, AddressFault::NotPublic),
        bad(MethodKind::Pushover, AddressFault::UserKey),
        bad(MethodKind::Webhook, AddressFault::Url),
        bad(MethodKind::WebPush, AddressFault::Subscription),
        ContactRefusal::CountryNotAllowed { allowed: words(&["+49", "+44"]) }.into(),
        ContactRefusal::DuplicateContact { kind }.into(),
        ContactRefusal::TooManyContacts { most: 20 }.into(),
        ContactRefusal::WrongCode { left: 2 }.into(),
        ContactRefusal::WrongCode { left: 0 }.into(),
        ContactRefusal::NoCode.into(),
        ContactRefusal::TooManyCodes { most: 10 }.into(),
        ContactRefusal::ContactInUse { method: "0192".to_owned(), rules: vec![rule] }.into(),
        ContactRefusal::ContactUnverified.into(),
        ContactRefusal::BadContactRules { most: 20 }.into(),
        ContactRefusal::LinkOver.into(),
    ]
}

fn out_of_order(given: &str) -> Refusal {
    let (name, earlier, given) = ("mitigated".to_owned(), "impact".to_owned(), given.to_owned());
    IncidentRefusal::OutOfOrder { name, earlier, given }.into()
}

fn lookups() -> Vec<Refusal> {
    let stale =
        |by, at| IncidentRefusal::Stale { what: "status".to_owned(), now: "monitoring".to_owned(), by, at }.into();
    let over = |by, at| OnCallRefusal::PageOver { state: "acknowledged".to_owned(), by, at }.into();
    let person = |near| IncidentRefusal::UnknownPerson { name: "anne".to_owned(), near }.into();
    vec![
        stale(Some(by_ann()), Some(at(-1))),
        stale(None, None),
        IncidentRefusal::NotAllowed { act: "/admin reload".to_owned(), needs: "admin".to_owned() }.into(),
        IncidentRefusal::UnknownIncident { key: "HOT-99".to_owned() }.into(),
        IncidentRefusal::WhichIncident { open: vec![key(), Key::new("HOT", 13)] }.into(),
        IncidentRefusal::WhichIncident { open: Vec::new() }.into(),
        person(Some(ann())),
        person(None),
        OnCallRefusal::NobodyToPage { whom: "service website".to_owned() }.into(),
        OnCallRefusal::WhichSchedule { known: vec!["primary".into(), "backup".into()] }.into(),
        OnCallRefusal::WhichSchedule { known: Vec::new() }.into(),
        OnCallRefusal::NobodyToTest.into(),
        OnCallRefusal::TestedRecently { next: at(40) }.into(),
        OnCallRefusal::UnknownTest { id: "0192".to_owned() }.into(),
        OnCallRefusal::NotOnCall { schedule: Some("primary".into()) }.into(),
        OnCallRefusal::NotOnCall { schedule: None }.into(),
        AlertRefusal::UnknownGroup { id: "0192".to_owned() }.into(),
        AlertRefusal::UnknownSilence { id: "0192".to_owned() }.into(),
        AlertRefusal::BadSilence { why: SilenceFault::NoMatchers }.into(),
        AlertRefusal::BadSilence { why: SilenceFault::TooWide }.into(),
        AlertRefusal::BadSilence { why: SilenceFault::TooLong }.into(),
        AlertRefusal::BadSilence { why: SilenceFault::EndsBeforeItBegins }.into(),
        AlertRefusal::BadSilence { why: SilenceFault::EndsInThePast }.into(),
        AlertRefusal::BadSilence { why: SilenceFault::NothingFires }.into(),
        AlertRefusal::BadSilence { why: SilenceFault::TooMany }.into(),
        AlertRefusal::WideSilence {
            reach: SilencePreview { held: 12, looked_at: 14, firing: 14 },
            command: "/alert silence match:\"service=~\\\"a|b\\\"\" wait:1h sure:yes".to_owned(),
        }
        .into(),
        AlertRefusal::GroupTaken { key: key() }.into(),
        OnCallRefusal::UnknownPage { id: "0192".to_owned() }.into(),
        OnCallRefusal::EndsWithIncident { key: key() }.into(),
        OnCallRefusal::WhichPage { open: vec![PageId(uuid::Uuid::nil()), PageId(uuid::Uuid::nil())] }.into(),
        OnCallRefusal::WhichPage { open: Vec::new() }.into(),
        over(Some(ann()), Some(at(-4))),
        over(None, None),
    ]
}

/// Refusals of commands about post-mortems.
fn about_postmortems() -> Vec<Refusal> {
    let state = |state, needs_approval| ReviewRefusal::PostmortemState { key: key(), state, needs_approval };
    let mut refusals = vec![
        ReviewRefusal::NoPostmortem { key: key() },
        ReviewRefusal::PostmortemExists { key: key(), state: PostmortemState::InReview },
        ReviewRefusal::NotResolved { key: key() },
        ReviewRefusal::PostmortemEmpty { key: key() },
        ReviewRefusal::NoDocuments { key: key() },
        ReviewRefusal::NotApprover { own: true, approvers: vec![bob()] },
        ReviewRefusal::NotApprover { own: false, approvers: Vec::new() },
        ReviewRefusal::NothingAssigned { owner: ann() },
        ReviewRefusal::UnknownSection { section: said("gossip"), known: words(&["summary", "impact"]) },
        ReviewRefusal::SectionChanged { section: "Summary".to_owned(), version: 4, by: by_ann() },
        ReviewRefusal::UnknownComment { number: 7 },
        ReviewRefusal::TooManyComments { max: 500 },
        ReviewRefusal::UnknownFollowUp { key: key(), number: 7 },
        ReviewRefusal::FollowUpState { number: 7, state: FollowUpState::Done },
        ReviewRefusal::FollowUpState { number: 7, state: FollowUpState::Open },
        ReviewRefusal::BadLink { link: said("javascript:alert(1)") },
        ReviewRefusal::DueInPast { due: at(-5) },
        ReviewRefusal::NotMember { person: bob() },
        state(PostmortemState::Draft, false),
    ];
    refusals.extend(PostmortemState::ALL.map(|one| state(one, true)));
    refusals.into_iter().map(Refusal::from).collect()
}

/// Refusals of commands about maintenance.
fn about_maintenance() -> Vec<Refusal> {
    let state = |status| StatusRefusal::MaintenanceState { number: 7, status }.into();
    let mut refusals: Vec<Refusal> = MaintenanceStatus::ALL.map(state).to_vec();
    refusals.push(StatusRefusal::UnknownMaintenance { number: 7 }.into());
    refusals.push(StatusRefusal::BadWindow { from: at(60), until: at(0) }.into());
    refusals
}

fn said(text: &str) -> Untrusted {
    Untrusted::from(text)
}

/// Every usage error, with each optional value once present and once absent.
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
            help: "sev1 is the most severe".to_owned(),
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
        future: why == TimeMistake::Fraction || text == "then",
    };
    let fits = [("j-doe", "Jo Doe"), ("j_doe", "Jim Doe"), ("jdoe", "jdoe")]
        .map(|(id, name)| AmbiguousName { id: format!("@{id}"), name: name.to_owned() });
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
        UsageError::UnknownPerson { option: option(), said: said("@annn"), near: vec![ann(), bob(), ann()] },
        UsageError::UnknownPerson { option: option(), said: said("@zoe"), near: Vec::new() },
        UsageError::Ambiguous {
            option: option(),
            what: "person".to_owned(),
            said: said("@J Doe"),
            fits: fits.to_vec(),
        },
        UsageError::IncidentInText { said: said("incident:HOT-41") },
        name(&["monitoring"]),
        name(&[]),
        UsageError::BadDuration { option: option(), said: said("soon"), min: "1s".to_owned(), max: "366d".to_owned() },
        time("soon", TimeMistake::Unreadable),
        time("14:05 Mars/Base", TimeMistake::UnknownZone),
        time("25:00", TimeMistake::NoSuchTime),
        time("1969-01-01 14:05", TimeMistake::TooFar),
        time("1.5h", TimeMistake::Fraction),
        time("then", TimeMistake::Unreadable),
        UsageError::BadNumber { option: option(), said: said("many"), max: 100_000 },
        UsageError::BadFlag { option: option(), said: said("maybe") },
        key(&["HOT-12"]),
        key(&[]),
        UsageError::BadId { option: option(), what: "group of alerts".to_owned(), said: said("12") },
        UsageError::BadMatchers {
            option: "match".to_owned(),
            why: Untrusted::new("`severity` has none of = != =~ !~; write label=\"value\""),
        },
        UsageError::BadField { option: option(), what: "a date such as 2026-11-21".to_owned(), said: said("tomorrow") },
        UsageError::BadPair {
            option: option(),
            said: said("checkout"),
            known: words(&["operational", "major_outage"]),
        },
    ]
}
