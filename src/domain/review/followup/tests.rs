//! Decisions, reminders, and the stored words of follow-ups.

use super::*;
use crate::domain::{
    effect::{Audience, ChatEffect, Effect, Timer},
    incident::{PlannedEffect, Redaction},
    refusal::ReviewRefusal,
};

const ID: &str = "019a3b60-0000-7000-8000-000000000001";

fn at(days: i64) -> Timestamp {
    Timestamp::from_timestamp(1_795_269_900 + days * 24 * 3_600, 0).unwrap()
}

fn days(n: u64) -> Duration {
    Duration::from_secs(n * 24 * 3_600)
}

fn policy() -> FollowUpPolicy {
    FollowUpPolicy { remind_before: days(3), remind_every: days(7), target: days(56) }
}

fn spec(due: Option<Timestamp>) -> NewFollowUp {
    NewFollowUp {
        id: FollowUpId::parse(ID).unwrap(),
        incident: IncidentId::parse(ID).unwrap(),
        key: Key::new("HOT", 12),
        number: 1,
        title: "Alert on the pool".into(),
        kind: FollowUpKind::Priority,
        class: FollowUpClass::Detect,
        owner: Some("ann".into()),
        due,
        link: Some("https://tracker.example/1".into()),
        postmortem: false,
    }
}

fn ann() -> Actor {
    Actor::Person("ann".into())
}

fn added() -> FollowUpItem {
    let events = new_followup(spec(Some(at(10))), at(0)).unwrap();
    apply_followup(None, &events[0], at(0), &ann()).unwrap()
}

fn does(item: &mut FollowUpItem, day: i64, command: &FollowUpCommand) -> Vec<PlannedEffect> {
    let policy = policy();
    let events = decide_followup(item, command, FollowUpFacts { now: at(day), policy: &policy }).unwrap();
    let mut effects = Vec::new();
    for event in events {
        *item = apply_followup(Some(item.clone()), &event, at(day), &ann()).unwrap();
        effects = followup_effects(item, &event, &policy, at(day));
    }
    effects
}

fn timer(effects: &[PlannedEffect]) -> Option<i64> {
    let due = effects.iter().find(|plan| matches!(plan.effect, Effect::Timer(Timer::FollowUpDue { .. })));
    due.map(|plan| (plan.due - at(0)).num_days())
}

#[test]
fn what_cannot_be_right_is_refused() {
    let refused = |spec: NewFollowUp| new_followup(spec, at(0)).unwrap_err();
    let past = refused(spec(Some(at(0))));
    assert_eq!(past, ReviewRefusal::DueInPast { due: at(0) }.into());
    for link in ["javascript:alert(1)", "https://a b", "ftp://x"] {
        let refusal = refused(NewFollowUp { link: Some(link.into()), ..spec(None) });
        assert_eq!(refusal, ReviewRefusal::BadLink { link: link.into() }.into());
    }
    refused(NewFollowUp { title: "  ".into(), ..spec(None) });
}

#[test]
fn its_owner_is_reminded_before_and_after_the_due_date() {
    let mut item = added();
    let mut told = Vec::new();
    let mut next = timer(&followup_effects(&item, &FollowUpEvent::FollowUpReopened, &policy(), at(0)));
    while let Some(day) = next.filter(|day| *day < 30) {
        let effects = does(&mut item, day, &FollowUpCommand::Remind);
        let to_ann = |plan: &PlannedEffect| matches!(&plan.effect, Effect::Chat(ChatEffect::FollowUpNotice { to: Audience::Person(person), .. }) if person.as_str() == "ann");
        assert!(effects.iter().any(to_ann), "{effects:?}");
        told.push(day);
        next = timer(&effects);
    }
    assert_eq!(told, [7, 10, 17, 24]);
    assert!(item.is_overdue(at(11)));
}

#[test]
fn what_is_done_or_dropped_reminds_nobody_until_it_is_opened_again() {
    for end in [FollowUpCommand::Finish, FollowUpCommand::Drop { reason: "Too costly.".into() }] {
        let mut item = added();
        assert_eq!(timer(&does(&mut item, 1, &end)), None);
        assert!(!item.is_overdue(at(20)));
        assert_eq!(does(&mut item, 20, &FollowUpCommand::Remind), Vec::new());
        let policy = policy();
        let again = decide_followup(&item, &end, FollowUpFacts { now: at(2), policy: &policy });
        assert_eq!(again, Err(ReviewRefusal::FollowUpState { number: 1, state: item.state }.into()));
        assert_eq!(timer(&does(&mut item, 2, &FollowUpCommand::Reopen)), Some(7));
        assert_eq!((item.state, item.reason.clone(), item.ended_at), (FollowUpState::Open, None, None));
    }
}

#[test]
fn a_change_keeps_what_it_does_not_name() {
    let mut item = added();
    let change =
        |owner: Option<&str>, due| FollowUpCommand::Change { owner: owner.map(PersonId::from), due, link: None };
    does(&mut item, 1, &change(Some("bob"), None));
    assert_eq!((item.owner.clone(), item.due), (Some("bob".into()), Some(at(10))));
    assert_eq!(timer(&does(&mut item, 1, &change(None, Some(at(20))))), Some(17));
    assert_eq!(does(&mut item, 1, &change(Some("bob"), Some(at(20)))), Vec::new());
}

/// One of each event, as it is stored.
fn stored() -> Vec<FollowUpEvent> {
    vec![
        FollowUpEvent::FollowUpAdded { spec: spec(Some(at(10))) },
        FollowUpEvent::FollowUpChanged { owner: None, due: None, link: Some("https://tracker.example/2".into()) },
        FollowUpEvent::FollowUpDone,
        FollowUpEvent::FollowUpReopened,
        FollowUpEvent::FollowUpDropped { reason: "Too costly.".into() },
        FollowUpEvent::FollowUpReminded { person: "ann".into(), overdue: true },
        FollowUpEvent::FollowUpIssueCreated {
            issue: "OPS-14".to_owned(),
            url: "https://jira.example/browse/OPS-14".to_owned(),
        },
        FollowUpEvent::FollowUpRedacted { entries: vec![Redaction { entry: 1, sha256: "00".to_owned() }] },
    ]
}

#[test]
fn follow_ups_are_stored_like_this() {
    let lines: Vec<String> = stored().iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    for (line, event) in lines.iter().zip(stored()) {
        let read: crate::domain::event::Event = serde_json::from_str(line).unwrap();
        assert_eq!(read, crate::domain::event::Event::FollowUp(event), "{line}");
    }
    let (events, actor) = (stored(), ann());
    let record = replay_followup(events.iter().map(|event| (event, at(0), &actor))).unwrap();
    insta::assert_snapshot!(format!("{}\n{}", lines.join("\n"), serde_json::to_string_pretty(&record).unwrap()));
}

#[test]
fn every_text_of_a_follow_up_leaves_its_events() {
    let mut removed = 0;
    for event in stored() {
        let _ = event.map_texts(&mut |text| {
            removed += 1;
            text
        });
    }
    assert_eq!(removed, 4, "title and link, a new link, the reason");
}
