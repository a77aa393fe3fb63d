//! A page that an outside pager has to accept first.

use super::*;
use crate::domain::{
    effect::PagerEffect,
    pager::{MissReason, OutsideAnswer, OutsideRoute, PagerKind, RemotePageRef},
};

/// A page through these steps that goes to PagerDuty first.
fn desk(steps: &[&[&str]]) -> Desk {
    let mut desk = Desk::new(steps, 0, None);
    let route = OutsideRoute { pager: PagerKind::PagerDuty, accept_within: Duration::from_secs(30), service: None };
    let spec = NewPage { outside: Some(route), ..desk.page.spec.clone() };
    (desk.history, desk.effects) = (Vec::new(), Vec::new());
    let contacts = BTreeMap::new();
    let facts = PageFacts { now: desk.now, reach: &desk.reach, fallback: None, contacts: &contacts };
    let decision = trigger(spec, &facts);
    desk.keep(decision);
    desk
}

fn accept() -> PageCommand {
    PageCommand::AcceptOutside { remote: RemotePageRef { id: "P1".into(), link: None } }
}

fn late() -> PageCommand {
    PageCommand::MissOutside { why: MissReason::Late }
}

fn answer(answer: OutsideAnswer, person: Option<&str>) -> PageCommand {
    let by = OutsideAuthor { person: person.map(PersonId::from), name: "Eve".into() };
    PageCommand::AnswerOutside { answer, by }
}

/// What the pager was asked, in order.
fn sent(desk: &Desk) -> Vec<&'static str> {
    let asked = desk.effects.iter().filter_map(|plan| {
        let Effect::Pager(effect) = &plan.effect else { return None };
        Some(match effect {
            PagerEffect::TriggerOutside { .. } => "trigger",
            PagerEffect::AcknowledgeOutside { .. } => "acknowledge",
            PagerEffect::ResolveOutside { .. } => "resolve",
            PagerEffect::CheckOutside { .. } => "check",
        })
    });
    asked.collect()
}

#[test]
fn nobody_is_paged_here_while_the_outside_pager_has_accepted_it() {
    let mut desk = desk(&[&["ann"], &["bob"]]);
    assert_eq!(sent(&desk), ["trigger"]);
    let due = desk.effects.iter().find(|plan| matches!(plan.effect, Effect::Timer(Timer::AcceptPage { .. })));
    assert_eq!(due.map(|plan| plan.due), Some(start() + TimeDelta::seconds(30)));
    desk.says(&accept()).unwrap();
    assert!(desk.says(&accept()).unwrap().is_empty(), "it is known");
    assert!(desk.says(&late()).unwrap().is_empty(), "it was accepted in time");
    assert!(desk.minutes(60).is_empty());
    assert_eq!((desk.paged(), desk.page.state), (Vec::new(), PageState::Triggered));
    desk.says(&PageCommand::Acknowledge { by: by("cho"), via: None }).unwrap();
    desk.says(&PageCommand::Resolve { by: None }).unwrap();
    assert_eq!(sent(&desk), ["trigger", "acknowledge", "resolve"]);
}

#[test]
fn a_page_that_is_accepted_late_has_two_routes_and_one_answer_ends_both() {
    let mut desk = desk(&[&["ann"], &["bob"]]);
    desk.says(&late()).unwrap();
    assert_eq!(desk.paged(), ["ann1"]);
    let events = desk.says(&accept()).unwrap();
    assert!(matches!(events.as_slice(), [OnCallEvent::PageAcceptedOutside { late: true, .. }]), "{events:?}");
    desk.minutes(5);
    assert_eq!(desk.paged(), ["ann1", "bob1"]);
    desk.says(&answer(OutsideAnswer::Acknowledged, Some("bob"))).unwrap();
    assert_eq!((desk.page.state, desk.page.taken_by.clone()), (PageState::Acknowledged, Some(by("bob"))));
    assert!(desk.minutes(60).is_empty());
    assert_eq!(sent(&desk), ["trigger"], "what was answered there is known there");
    assert!(desk.says(&answer(OutsideAnswer::Acknowledged, None)).unwrap().is_empty(), "it has an answer");
}

#[test]
fn a_person_can_start_the_second_route_before_its_time() {
    let mut desk = desk(&[&["ann"], &["bob"]]);
    desk.says(&PageCommand::Escalate { by: by("cho"), seen: None }).unwrap();
    assert_eq!(desk.paged(), ["ann1"], "the first step, which was not paged yet");
    desk.says(&late()).unwrap();
    assert_eq!(desk.paged(), ["ann1"], "hotroom pages already");
}

#[test]
fn a_resolve_of_a_stranger_ends_the_page_and_a_snooze_brings_it_back_here() {
    let mut desk = desk(&[&["ann"]]);
    desk.says(&accept()).unwrap();
    let until = desk.now + TimeDelta::minutes(30);
    desk.says(&PageCommand::Snooze { by: by("ann"), until }).unwrap();
    assert_eq!(sent(&desk), ["trigger", "acknowledge"]);
    let snoozed = desk.page.snoozed_version;
    desk.says(&PageCommand::EndSnooze { snoozed }).unwrap();
    assert_eq!(desk.paged(), ["ann1"]);
    desk.says(&answer(OutsideAnswer::Resolved, None)).unwrap();
    assert_eq!((desk.page.state, desk.page.resolved_by.clone()), (PageState::Resolved, None));
    let replayed = replay(desk.history.iter().map(|(event, at)| (event, *at)));
    assert_eq!(replayed, Some(desk.page.clone()));
    let stored = serde_json::to_string(&desk.page).expect("JSON");
    assert_eq!(serde_json::from_str::<Page>(&stored).expect("a record"), desk.page, "{stored}");
    for (event, _) in &desk.history {
        let stored = serde_json::to_string(event).expect("JSON");
        assert_eq!(&serde_json::from_str::<OnCallEvent>(&stored).expect("an event"), event, "{stored}");
    }
}
