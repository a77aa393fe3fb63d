//! People who do not answer, and whom no message reaches.

use super::*;
use crate::domain::contact::{ContactOutcome, MethodKind, PlannedContact};

fn method(person: &str) -> ContactMethodId {
    ContactMethodId(uuid::Uuid::from_u128(u128::from(person.as_bytes()[0])))
}

/// A desk whose people have a telephone each.
fn with_telephones(steps: &[&[&str]], repeat: u32) -> Desk {
    let mut desk = Desk::new(steps, repeat, Some("root"));
    for person in ["ann", "bob", "cho", "root"] {
        let planned = PlannedContact { method: method(person), kind: MethodKind::Sms, due: start(), withheld: false };
        desk.contacts.insert(person.into(), vec![planned]);
    }
    desk
}

fn failed(person: &str) -> PageCommand {
    let outcome = ContactOutcome::Failed { code: Some("30003".into()), why: "unreachable".into() };
    PageCommand::ContactAttempted { person: person.into(), n: 1, method: method(person), outcome }
}

#[test]
fn when_everybody_is_asleep_the_fallback_is_paged_last() {
    let mut desk = Desk::new(&[&["ann"], &["bob"]], 1, Some("root"));
    (0..4).for_each(|_| drop(desk.minutes(5)));
    assert_eq!(desk.paged(), ["ann1", "bob1", "ann2", "bob2", "root1"]);
    assert_eq!((desk.page.step, desk.page.state), (2, PageState::Triggered), "a step of its own");
    assert_eq!(desk.minutes(5), [OnCallEvent::PageExhausted]);
    assert_eq!(desk.page.trouble(), Some(PageTrouble::Unanswered));

    let mut asked_before = Desk::new(&[&["ann", "root"]], 0, Some("root"));
    assert_eq!(asked_before.minutes(5), [OnCallEvent::PageExhausted], "nobody is paged twice for one step");
}

#[test]
fn a_drill_that_nobody_answers_wakes_no_fallback() {
    let mut desk = Desk::new(&[&["ann"]], 0, Some("root"));
    desk.page.spec.drill = true;
    assert_eq!(desk.minutes(5), [OnCallEvent::PageExhausted]);
}

#[test]
fn when_all_contact_methods_of_a_step_fail_the_next_one_is_paged_at_once_and_then_the_fallback() {
    let mut desk = with_telephones(&[&["ann"], &["bob"], &["cho"]], 0);
    desk.minutes(5);
    assert_eq!(desk.page.trouble(), None);
    desk.says(&failed("bob")).unwrap();
    assert_eq!(desk.paged(), ["ann1", "bob1", "cho1"], "the chat alone wakes nobody");
    let events = desk.says(&failed("cho")).unwrap();
    assert_eq!(desk.paged(), ["ann1", "bob1", "cho1", "root1"]);
    assert!(matches!(&events[..], [OnCallEvent::ContactAttempted { .. }, OnCallEvent::PageStepJoined { .. }]));
    assert_eq!(desk.page.trouble(), None, "the fallback may respond");
    desk.says(&failed("root")).unwrap();
    assert_eq!((desk.page.trouble(), desk.paged().len()), (Some(PageTrouble::Unreached), 4));
    desk.says(&PageCommand::Acknowledge { via: None, by: by("cho") }).unwrap();
    assert_eq!(desk.page.trouble(), None, "the chat has reached somebody after all");
}

#[test]
fn one_method_that_works_is_enough() {
    let mut desk = with_telephones(&[&["ann"], &["bob", "cho"]], 0);
    desk.minutes(5);
    desk.says(&failed("bob")).unwrap();
    assert_eq!((desk.paged().len(), desk.page.trouble()), (3, None), "cho may still respond");
}

#[test]
fn who_is_paged_next_is_known_beforehand() {
    let next = |desk: &Desk| desk.page.next_step(&desk.reach, desk.fallback.as_ref());
    let mut desk = Desk::new(&[&["ann"], &["bob", "cho"], &[""]], 0, Some("root"));
    let people = |names: &[&str]| names.iter().map(|name| by(name)).collect::<Vec<_>>();
    let at = |minutes| start() + TimeDelta::minutes(minutes);
    let step = |names, minutes| Some(NextStep { people: people(names), asks_others: false, at: at(minutes) });
    assert_eq!(next(&desk), step(&["bob", "cho"], 5));
    desk.reach[1].round_robin = true;
    assert_eq!(next(&desk), step(&["bob"], 5));
    desk.minutes(5);
    assert_eq!(next(&desk), step(&["root"], 10), "nobody is on call");
    desk.minutes(5);
    assert_eq!(next(&desk), step(&[], 15), "nobody is left");
    desk.minutes(5);
    assert_eq!(next(&desk), None);
}
