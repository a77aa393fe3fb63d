//! Decisions about reports from users, and what follows from them.

use super::*;
use crate::domain::{
    effect::{ChatEffect, Effect, ReportEffect, ReporterMail, Timer},
    incident::PlannedEffect,
    refusal::{IncidentRefusal, ReportRefusal},
};

const ID: &str = "019a3b60-0000-7000-8000-000000000001";

fn at(hours: i64) -> Timestamp {
    Timestamp::from_timestamp(1_795_269_900 + hours * 3_600, 0).unwrap()
}

fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3_600)
}

fn policy() -> UserReportPolicy {
    UserReportPolicy {
        on: true,
        form: ReportForm::Public,
        feed: "triage".into(),
        verify_within: hours(24),
        erase_after: hours(720),
        per_hour: 60,
    }
}

fn new(unverified: bool) -> NewUserReport {
    NewUserReport {
        id: UserReportId::parse(ID).unwrap(),
        channel: ReportChannel::Form,
        title: "I cannot pay".into(),
        details: "Since noon.".into(),
        person: None,
        name: "Zoe".into(),
        address: Some("zoe@example.com".to_owned()),
        reference: None,
        unverified,
    }
}

fn ann() -> Actor {
    Actor::Person("ann".into())
}

fn incident() -> IncidentId {
    IncidentId::parse(ID).unwrap()
}

/// Runs a command that has an effect.
fn does(report: &UserReport, hour: i64, command: UserReportCommand) -> (UserReport, ReportChange) {
    decide_user_report(report, command, at(hour), &ann()).unwrap().expect("something to do")
}

fn mails(effects: &[PlannedEffect]) -> Vec<ReporterMail> {
    let mail = |plan: &PlannedEffect| {
        let Effect::Report(ReportEffect::MailReporter { mail, .. }) = plan.effect else { return None };
        Some(mail)
    };
    effects.iter().filter_map(mail).collect()
}

fn is_posted(effects: &[PlannedEffect]) -> bool {
    effects.iter().any(|plan| matches!(plan.effect, Effect::Chat(ChatEffect::UserReportMessage { .. })))
}

fn check_at(effects: &[PlannedEffect]) -> Option<Timestamp> {
    let timer = effects.iter().find(|plan| matches!(plan.effect, Effect::Timer(Timer::UserReportDue { .. })));
    timer.map(|plan| plan.due)
}

#[test]
fn texts_are_bounded() {
    let refused = |new: NewUserReport| new_user_report(new, at(0)).unwrap_err();
    assert_eq!(
        refused(NewUserReport { title: " ".into(), ..new(false) }),
        IncidentRefusal::Empty { what: "title".to_owned() }.into()
    );
    for (what, max, long) in [
        ("title", 200, NewUserReport { title: "x".repeat(201).into(), ..new(false) }),
        ("text", 4_000, NewUserReport { details: "x".repeat(4_001).into(), ..new(false) }),
        ("name", 100, NewUserReport { name: "x".repeat(101).into(), ..new(false) }),
    ] {
        assert_eq!(refused(long), IncidentRefusal::TooLong { what: what.to_owned(), max }.into());
    }
    let report = new_user_report(new(false), at(0)).unwrap();
    let long = UserReportCommand::Dismiss { answer: Some("x".repeat(4_001).into()) };
    let refusal = decide_user_report(&report, long, at(1), &ann()).unwrap_err();
    assert_eq!(refusal, IncidentRefusal::TooLong { what: "message".to_owned(), max: 4_000 }.into());
}

#[test]
fn nobody_sees_a_report_before_its_reporter_confirmed_the_address() {
    let report = new_user_report(new(true), at(0)).unwrap();
    let effects = user_report_effects(&report, ReportChange::Received, &policy(), at(0));
    assert!(!is_posted(&effects));
    assert_eq!((mails(&effects), check_at(&effects)), (vec![ReporterMail::Verify], Some(at(24))));
    assert_eq!(report.check_open(), Err(ReportRefusal::UnknownReport { number: 0 }.into()));

    let (verified, change) = does(&report, 1, UserReportCommand::Verify);
    let effects = user_report_effects(&verified, change, &policy(), at(1));
    assert!(is_posted(&effects));
    assert_eq!((mails(&effects), check_at(&effects)), (vec![ReporterMail::Received], None));
    assert_eq!(
        decide_user_report(&verified, UserReportCommand::Verify, at(2), &ann()),
        Ok(None),
        "the link is used once"
    );
}

#[test]
fn a_report_is_decided_once_and_its_reporter_is_informed_and_erased() {
    let report = new_user_report(new(false), at(0)).unwrap();
    let decisions = [
        (UserReportCommand::Declare { incident: incident() }, ReportState::Declared),
        (UserReportCommand::MarkDuplicate { incident: incident() }, ReportState::Duplicate),
        (UserReportCommand::Dismiss { answer: Some("Your card expired.".into()) }, ReportState::NotIncident),
    ];
    for (command, state) in decisions.clone() {
        let (decided, change) = does(&report, 2, command);
        assert_eq!((decided.state, decided.version, decided.decided_at), (state, 2, Some(at(2))));
        let effects = user_report_effects(&decided, change, &policy(), at(2));
        assert!(is_posted(&effects), "the message shows the decision");
        assert_eq!((mails(&effects), check_at(&effects)), (vec![ReporterMail::Outcome], Some(at(722))));
        for (again, _) in decisions.clone() {
            let refusal = decide_user_report(&decided, again, at(3), &ann()).unwrap_err();
            assert_eq!(refusal, ReportRefusal::ReportDecided { number: 0 }.into());
        }
        let (erased, change) = does(&decided, 722, UserReportCommand::Erase);
        assert_eq!((erased.address.clone(), erased.name.is_blank(), change), (None, true, ReportChange::Erased));
        let effects = user_report_effects(&erased, change, &policy(), at(722));
        assert_eq!((mails(&effects), check_at(&effects)), (Vec::new(), None));
        assert!(is_posted(&effects), "the name leaves the message");
        assert_eq!(decide_user_report(&erased, UserReportCommand::Erase, at(723), &ann()), Ok(None));
    }
}

#[test]
fn whoever_may_not_see_the_incident_cannot_tell_it_from_none() {
    let report = new_user_report(new(false), at(0)).unwrap();
    let (declared, _) = does(&report, 1, UserReportCommand::Declare { incident: incident() });
    let (dismissed, _) = does(&report, 1, UserReportCommand::Dismiss { answer: None });
    assert_eq!((declared.shown_state(true), report.shown_state(false)), ("declared", "open"));
    assert_eq!(declared.shown_state(false), dismissed.shown_state(true));
}

#[test]
fn who_has_no_address_gets_no_mail() {
    let anonymous = NewUserReport { address: None, name: Untrusted::default(), ..new(false) };
    let report = new_user_report(anonymous, at(0)).unwrap();
    let effects = user_report_effects(&report, ReportChange::Received, &policy(), at(0));
    assert_eq!((mails(&effects), check_at(&effects), is_posted(&effects)), (Vec::new(), None, true));
}

#[test]
fn reports_are_stored_like_this() {
    let report = new_user_report(new(false), at(0)).unwrap();
    let (decided, _) = does(&report, 1, UserReportCommand::Declare { incident: incident() });
    insta::assert_snapshot!(serde_json::to_string_pretty(&decided).unwrap());
}
