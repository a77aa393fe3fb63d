//! Pages that are put off, reassigned, resolved by hand, or need several acknowledgements.

use super::*;

/// A policy that pages whoever the first step reaches.
pub(super) fn other_target() -> PageTarget {
    let step = EscalationStep::at_once(vec![Target::Person("ann".into())], Duration::from_secs(300));
    PageTarget { whom: "Ann".into(), policy: EscalationPolicy::of_one_step("@ann".into(), step, 1) }
}

fn snooze(by: &str, desk: &Desk) -> PageCommand {
    PageCommand::Snooze { by: by.into(), until: desk.now + TimeDelta::minutes(30) }
}

fn acknowledge(by: &str) -> PageCommand {
    PageCommand::Acknowledge { by: by.into(), via: None }
}

#[test]
fn a_page_that_is_put_off_pages_nobody_until_then_and_begins_again() {
    let mut desk = Desk::new(&[&["ann"], &["bob"]], 1, None);
    let command = snooze("ann", &desk);
    desk.says(&command).unwrap();
    assert!(desk.minutes(10).is_empty(), "its step is not due any more");
    let snoozed = desk.page.snoozed_version;
    assert_eq!((desk.page.state, desk.page.next_at), (PageState::Snoozed, None));

    assert!(desk.says(&PageCommand::EndSnooze { snoozed: snoozed - 1 }).unwrap().is_empty(), "a stale timer");
    desk.says(&PageCommand::EndSnooze { snoozed }).unwrap();
    assert_eq!((desk.page.state, desk.page.round, desk.page.first_round), (PageState::Triggered, 1, 1));
    assert_eq!(desk.page.taken_by, None);
    desk.minutes(5);
    desk.minutes(5);
    desk.minutes(5);
    desk.minutes(5);
    assert_eq!(desk.paged(), ["ann1", "ann2", "bob1", "ann3", "bob2"], "all rounds of the policy again");
    assert!(desk.page.is_exhausted());
}

#[test]
fn a_page_that_is_put_off_can_be_acknowledged_and_stays_so() {
    let mut desk = Desk::new(&[&["ann"]], 0, None);
    let command = snooze("ann", &desk);
    desk.says(&command).unwrap();
    let snoozed = desk.page.snoozed_version;
    desk.says(&acknowledge("bob")).unwrap();
    assert!(desk.says(&PageCommand::EndSnooze { snoozed }).unwrap().is_empty());
    assert_eq!((desk.page.state, desk.page.taken_by.clone()), (PageState::Acknowledged, Some(by("bob"))));
}

#[test]
fn a_reassigned_page_asks_the_others_and_nobody_from_before() {
    let mut desk = Desk::new(&[&["cho"], &["bob"]], 0, None);
    desk.says(&acknowledge("cho")).unwrap();
    desk.reach = vec![reach(&["ann"])];
    desk.says(&PageCommand::Reassign { by: by("cho"), to: other_target() }).unwrap();
    let page = &desk.page;
    assert_eq!((page.state, page.spec.whom.as_str()), (PageState::Triggered, "Ann"));
    assert!(page.still_asks(&by("ann")) && !page.still_asks(&by("cho")));
    assert_eq!(page.taken_by, None);
}

#[test]
fn a_page_goes_on_until_enough_people_have_acknowledged_it() {
    let mut desk = Desk::new(&[&["ann", "bob"], &["cho"]], 0, None);
    desk.page.spec.policy.acknowledgements = 2;
    desk.history.clear();
    desk.says(&acknowledge("ann")).unwrap();
    assert_eq!(desk.page.state, PageState::Triggered);
    assert!(!desk.page.still_asks(&by("ann")) && desk.page.still_asks(&by("bob")));
    assert!(desk.says(&acknowledge("ann")).is_err(), "one person counts once");
    desk.minutes(5);
    assert_eq!(desk.paged(), ["ann1", "bob1", "cho1"]);
    desk.says(&acknowledge("cho")).unwrap();
    assert_eq!((desk.page.state, desk.page.taken_by.clone()), (PageState::Acknowledged, Some(by("ann"))));
}

#[test]
fn one_more_person_is_paged_in_the_present_step_and_only_once() {
    let mut desk = Desk::new(&[&["ann"], &["bob"]], 0, None);
    let add = PageCommand::AddResponder { by: by("ann"), person: by("cho") };
    desk.says(&add).unwrap();
    assert!(desk.says(&add).is_err(), "cho is asked already");
    desk.says(&PageCommand::Decline { by: by("ann") }).unwrap();
    assert_eq!(desk.paged(), ["ann1", "cho1"], "cho may still answer");
    desk.says(&acknowledge("cho")).unwrap();
    assert!(desk.says(&add).is_err(), "nobody is added once it is acknowledged");
}

#[test]
fn only_a_page_without_an_incident_is_resolved_by_hand() {
    let mut desk = Desk::new(&[&["ann"]], 0, None);
    let resolve = PageCommand::Resolve { by: Some(by("ann")) };
    let refused = desk.says(&resolve);
    assert_eq!(refused, Err(OnCallRefusal::EndsWithIncident { key: Key::new("HOT", 1) }.into()));

    desk.page.spec.about = PageSubject::Request { number: 7, room: None };
    desk.says(&resolve).unwrap();
    assert_eq!((desk.page.state, desk.page.resolved_by.clone()), (PageState::Resolved, Some(by("ann"))));
    assert!(desk.says(&resolve).is_err(), "it is over");
    assert!(desk.says(&PageCommand::Reassign { by: by("ann"), to: other_target() }).is_err());
    assert_eq!(desk.page.spec.key().to_string(), "PAGE-7");
}

#[test]
fn a_page_of_an_earlier_version_is_read() {
    let desk = Desk::new(&[&["ann"]], 0, None);
    let mut stored = serde_json::to_value(&desk.page).unwrap();
    for field in ["acknowledged_by", "released", "first_round", "snoozed_version"] {
        assert!(stored.as_object_mut().unwrap().remove(field).is_some(), "{field}");
    }
    let read: Page = serde_json::from_value(stored).unwrap();
    assert_eq!(read, desk.page);
    assert_eq!(read.incident().map(|incident| incident.to_string()), Some(stored_incident(&desk.page)));
}

fn stored_incident(page: &Page) -> String {
    serde_json::to_value(page).unwrap()["incident"].as_str().unwrap().to_owned()
}

#[test]
fn a_step_of_a_room_alone_waits_for_somebody_there_and_pages_no_fallback() {
    let mut desk = Desk::new(&[&["ann"], &["bob"]], 0, Some("root"));
    desk.reach[1] = StepRecipients { rooms: vec!["ops".into()], needs_nobody: true, ..StepRecipients::default() };
    let events = desk.minutes(5);
    assert!(
        matches!(&events[..], [OnCallEvent::PageStepped { people, rooms, .. }] if people.is_empty() && rooms.len() == 1)
    );
    let asks = Effect::from(ChatEffect::PageRoom { page: desk.page.id(), room: "ops".into(), step: 1, round: 0 });
    assert!(desk.effects.iter().any(|plan| plan.effect == asks));
    assert_eq!(desk.paged(), ["ann1"]);
    desk.says(&acknowledge("cho")).unwrap();
    let edits =
        Effect::from(ChatEffect::UpdatePageRoom { page: desk.page.id(), room: "ops".into(), step: 1, round: 0 });
    assert!(desk.effects.iter().any(|plan| plan.effect == edits), "the room sees who has it");
}

#[test]
fn who_is_paged_later_in_a_step_is_paged_then_unless_somebody_answered() {
    let after = |minutes: u64| Duration::from_secs(60 * minutes);
    let later =
        |person: &str, minutes| DelayedRecipient { recipient: Recipient::Person(person.into()), after: after(minutes) };
    let mut desk = Desk::new(&[&["ann"], &["ann"]], 0, None);
    desk.reach[1].later = vec![later("bob", 2), later("cho", 3), later("ann", 1)];
    desk.minutes(5);
    let stepped = desk.page.stepped_version;
    assert_eq!(desk.paged(), ["ann1", "ann2"], "ann is paged at once, and not again for the delay");

    desk.now += TimeDelta::minutes(2);
    desk.says(&PageCommand::LaterDue { stepped }).unwrap();
    assert_eq!(desk.paged(), ["ann1", "ann2", "bob1"]);
    assert!(desk.says(&PageCommand::LaterDue { stepped: stepped - 1 }).unwrap().is_empty(), "a stale timer");
    desk.says(&acknowledge("bob")).unwrap();
    desk.now += TimeDelta::minutes(1);
    assert!(desk.says(&PageCommand::LaterDue { stepped }).unwrap().is_empty());
    assert_eq!(desk.paged(), ["ann1", "ann2", "bob1"]);
}
