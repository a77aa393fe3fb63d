//! Stories of a page, and what holds whatever is said to it in whatever order.

mod changing;
mod outside;
mod unreached;

use std::time::Duration;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::domain::{
    effect::{ChatEffect, Effect, Timer},
    ids::{IncidentId, Key, PageId},
    oncall::{EscalationPolicy, EscalationStep, Target},
    people::Actor,
    refusal::{IncidentRefusal, OnCallRefusal, Refusal},
};

/// A page with the people its steps reach now, and all that was written.
struct Desk {
    now: Timestamp,
    reach: Vec<StepRecipients>,
    fallback: Option<PersonId>,
    contacts: BTreeMap<PersonId, Vec<PlannedContact>>,
    page: Page,
    history: Vec<(OnCallEvent, Timestamp)>,
    effects: Vec<PlannedEffect>,
}

fn start() -> Timestamp {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

fn reach(step: &[&str]) -> StepRecipients {
    let people = step.iter().filter(|name| !name.is_empty()).map(|name| PersonId::from(*name)).collect();
    StepRecipients { people, whom: "schedule/primary".into(), ..StepRecipients::default() }
}

impl Desk {
    /// A page through these steps, five minutes each, gone through again `repeat` times.
    fn new(steps: &[&[&str]], repeat: u32, fallback: Option<&str>) -> Self {
        let targets = || vec![Target::Schedule("primary".into())];
        let step = |_: &&[&str]| EscalationStep::at_once(targets(), Duration::from_secs(300));
        let policy = EscalationPolicy {
            id: "default".into(),
            steps: steps.iter().map(step).collect(),
            repeat,
            acknowledge_timeout: None,
            acknowledgements: 1,
        };
        let spec = NewPage {
            id: PageId::new(start()),
            about: PageSubject::Incident { incident: IncidentId::new(start()), key: Key::new("HOT", 1) },
            policy,
            whom: "service/checkout".into(),
            by: None,
            message: None,
            lapsed: None,
            idle: false,
            drill: false,
            urgency: crate::domain::contact::Urgency::High,
            outside: None,
        };
        let reach: Vec<StepRecipients> = steps.iter().map(|step| reach(step)).collect();
        let fallback = fallback.map(PersonId::from);
        let contacts = BTreeMap::new();
        let facts = PageFacts { now: start(), reach: &reach, fallback: fallback.as_ref(), contacts: &contacts };
        let decision = trigger(spec, &facts);
        let mut desk = Self {
            now: start(),
            page: decision.page.clone(),
            reach: reach.clone(),
            fallback,
            contacts,
            history: Vec::new(),
            effects: Vec::new(),
        };
        desk.keep(decision);
        desk
    }

    fn keep(&mut self, decision: PageDecision) -> Vec<OnCallEvent> {
        let events: Vec<OnCallEvent> = decision.steps.iter().map(|step| step.event.clone()).collect();
        self.history.extend(events.iter().map(|event| (event.clone(), self.now)));
        self.effects.extend(decision.steps.into_iter().flat_map(|step| step.effects));
        self.page = decision.page;
        events
    }

    fn says(&mut self, command: &PageCommand) -> Result<Vec<OnCallEvent>, Refusal> {
        let (fallback, contacts) = (self.fallback.as_ref(), &self.contacts);
        let facts = PageFacts { now: self.now, reach: &self.reach, fallback, contacts };
        let decision = decide(&self.page, command, &facts)?;
        Ok(self.keep(decision))
    }

    fn minutes(&mut self, minutes: i64) -> Vec<OnCallEvent> {
        self.now += TimeDelta::minutes(minutes);
        self.says(&PageCommand::StepDue).unwrap()
    }

    /// Who was paged, in order.
    fn paged(&self) -> Vec<String> {
        let pages = self.effects.iter().filter_map(|plan| {
            let Effect::Chat(ChatEffect::PagePerson { person, attempt, .. }) = &plan.effect else { return None };
            Some(format!("{person}{attempt}"))
        });
        pages.collect()
    }

    fn next_wake(&self) -> Option<Timestamp> {
        let wakes = self.effects.iter().filter(|plan| matches!(plan.effect, Effect::Timer(Timer::Escalate { .. })));
        wakes.map(|plan| plan.due).next_back()
    }
}

fn by(name: &str) -> PersonId {
    name.into()
}

#[test]
fn a_page_climbs_step_by_step_round_by_round_and_then_says_that_nobody_answered() {
    let mut desk = Desk::new(&[&["ann"], &["bob", "cho"]], 1, None);
    assert_eq!(desk.paged(), ["ann1"]);
    assert_eq!(desk.next_wake(), Some(start() + TimeDelta::minutes(5)));
    assert!(desk.minutes(4).is_empty(), "it is not time yet");
    desk.minutes(1);
    desk.minutes(5);
    desk.minutes(5);
    assert_eq!(desk.paged(), ["ann1", "bob1", "cho1", "ann2", "bob2", "cho2"]);
    assert_eq!(desk.minutes(5), [OnCallEvent::PageExhausted]);
    assert!(desk.page.is_exhausted());
    assert!(desk.minutes(60).is_empty());
    assert_eq!(
        desk.says(&PageCommand::Escalate { by: by("ann"), seen: None }),
        Err(OnCallRefusal::NobodyToPage { whom: "service/checkout".into() }.into())
    );
    desk.says(&PageCommand::Acknowledge { via: None, by: by("dan") }).unwrap();
    assert_eq!(desk.page.state, PageState::Acknowledged, "late is better than never");
}

#[test]
fn two_people_press_escalate_and_the_second_is_told_who_was_first() {
    let mut desk = Desk::new(&[&["ann"], &["bob"], &["cho"]], 0, None);
    let drawn = Some(desk.page.version);
    let arrived = PageCommand::Attempted { person: by("ann"), n: 1, outcome: AttemptOutcome::Delivered };
    desk.says(&arrived).unwrap();
    desk.says(&PageCommand::Escalate { by: by("ann"), seen: drawn }).unwrap();
    let stale = |person: Option<&str>, step: &str, at| {
        IncidentRefusal::Stale {
            what: "the page".into(),
            now: step.into(),
            by: person.map(|person| Actor::Person(by(person))),
            at: Some(at),
        }
        .into()
    };
    let second = desk.says(&PageCommand::Escalate { by: by("dan"), seen: drawn });
    assert_eq!(second, Err(stale(Some("ann"), "at step 2", start())));
    assert_eq!(desk.paged(), ["ann1", "bob1"]);
    let drawn = Some(desk.page.version);
    desk.minutes(5);
    let late = desk.says(&PageCommand::Escalate { by: by("dan"), seen: drawn });
    assert_eq!(late, Err(stale(None, "at step 3", desk.now)), "its time had come");
}

#[test]
fn two_people_press_acknowledge_and_the_second_is_told_who_has_it() {
    let mut desk = Desk::new(&[&["ann", "bob"]], 0, None);
    desk.now += TimeDelta::seconds(30);
    desk.says(&PageCommand::Acknowledge { via: None, by: by("bob") }).unwrap();
    let taken_at = Some(desk.now);
    desk.now += TimeDelta::milliseconds(100);
    let over: Refusal =
        OnCallRefusal::PageOver { state: "acknowledged".into(), by: Some(by("bob")), at: taken_at }.into();
    for command in [
        PageCommand::Acknowledge { via: None, by: by("ann") },
        PageCommand::Escalate { by: by("ann"), seen: None },
        PageCommand::Decline { by: by("ann") },
    ] {
        assert_eq!(desk.says(&command), Err(over.clone()));
    }
    assert!(desk.minutes(10).is_empty(), "the wake that is still queued decides to nothing");
    assert!(!desk.page.still_asks(&by("ann")), "a page that has not left yet does not leave");
}

#[test]
fn after_a_long_downtime_an_overdue_page_goes_one_step_and_not_all_at_once() {
    let mut desk = Desk::new(&[&["ann"], &["bob"], &["cho"]], 0, None);
    assert_eq!(desk.minutes(120).len(), 1);
    assert_eq!(desk.paged(), ["ann1", "bob1"]);
    assert!(desk.says(&PageCommand::StepDue).unwrap().is_empty(), "the same wake again does nothing");
    assert_eq!(desk.page.next_at, Some(desk.now + TimeDelta::minutes(5)));
}

#[test]
fn nobody_on_call_pages_the_fallback_and_is_said_once_for_each_step() {
    let mut desk = Desk::new(&[&[""], &["bob"]], 1, Some("root"));
    let nobody =
        OnCallEvent::PageFoundNobody { step: 0, round: 0, whom: "schedule/primary".into(), fallback: Some(by("root")) };
    assert!(desk.history.iter().any(|(event, _)| *event == nobody));
    (0..3).for_each(|_| drop(desk.minutes(5)));
    assert_eq!(desk.paged(), ["root1", "bob1", "root2", "bob2"]);
    assert_eq!(
        desk.history.iter().filter(|(event, _)| matches!(event, OnCallEvent::PageFoundNobody { .. })).count(),
        1
    );
}

#[test]
fn nobody_on_call_and_no_fallback_is_never_silent() {
    let desk = Desk::new(&[&[""]], 3, None);
    let told: Vec<_> = desk.history.iter().map(|(event, _)| event).collect();
    assert!(
        matches!(
            told.as_slice(),
            [OnCallEvent::PageTriggered { .. }, OnCallEvent::PageFoundNobody { .. }, OnCallEvent::PageExhausted]
        ),
        "{told:?}"
    );
    let mut desk = Desk::new(&[], 0, Some("root"));
    assert_eq!(desk.paged(), ["root1"], "a policy without steps asks the fallback");
    assert_eq!(desk.minutes(5), [OnCallEvent::PageExhausted]);
}

#[test]
fn declining_asks_the_next_at_once_unless_someone_else_may_still_answer() {
    let mut desk = Desk::new(&[&["ann", "bob"], &["cho"]], 1, Some("root"));
    desk.says(&PageCommand::Decline { by: by("ann") }).unwrap();
    assert_eq!(desk.paged(), ["ann1", "bob1"]);
    desk.says(&PageCommand::Decline { by: by("bob") }).unwrap();
    assert_eq!(desk.paged(), ["ann1", "bob1", "cho1"]);
    assert!(matches!(
        desk.says(&PageCommand::Decline { by: by("bob") }),
        Err(Refusal::Incident(IncidentRefusal::Already { .. }))
    ));
    desk.says(&PageCommand::Decline { by: by("cho") }).unwrap();
    assert_eq!(desk.paged(), ["ann1", "bob1", "cho1", "root1"], "who declined is not asked again; the fallback is");
    desk.says(&PageCommand::Decline { by: by("root") }).unwrap();
    assert!(desk.page.is_exhausted());
}

#[test]
fn a_page_that_cannot_arrive_does_not_hold_up_the_next_step() {
    let failed = AttemptOutcome::Failed { why: "no such user".into() };
    let mut desk = Desk::new(&[&["ann"], &["bob"]], 1, None);
    desk.says(&PageCommand::Attempted { person: by("ann"), n: 1, outcome: failed.clone() }).unwrap();
    assert_eq!(desk.paged(), ["ann1", "bob1"]);
    desk.says(&PageCommand::Attempted { person: by("bob"), n: 1, outcome: failed.clone() }).unwrap();
    assert_eq!(desk.paged(), ["ann1", "bob1"], "a further round waits its time");
    desk.minutes(5);
    assert_eq!(desk.paged(), ["ann1", "bob1", "ann2"]);
    assert_eq!(desk.page.attempts[0].outcome, failed);
}

#[test]
fn a_page_that_arrives_after_it_was_taken_is_edited_to_say_so() {
    let mut desk = Desk::new(&[&["ann", "bob"]], 0, None);
    desk.says(&PageCommand::Acknowledge { via: None, by: by("bob") }).unwrap();
    let before = desk.effects.len();
    desk.says(&PageCommand::Attempted { person: by("ann"), n: 1, outcome: AttemptOutcome::Delivered }).unwrap();
    let update = Effect::from(ChatEffect::UpdatePage { page: desk.page.id(), person: by("ann"), attempt: 1 });
    assert_eq!(desk.effects[before..], [PlannedEffect { effect: update, due: desk.now }]);
}

#[test]
fn the_end_of_the_incident_ends_the_page() {
    let mut desk = Desk::new(&[&["ann"]], 5, None);
    assert_eq!(desk.says(&PageCommand::Resolve { by: None }).unwrap(), [OnCallEvent::PageResolved { person: None }]);
    assert!(desk.says(&PageCommand::Resolve { by: None }).unwrap().is_empty());
    assert!(desk.minutes(5).is_empty());
    let late = desk.says(&PageCommand::Acknowledge { via: None, by: by("ann") });
    assert_eq!(late, Err(OnCallRefusal::PageOver { state: "resolved".into(), by: None, at: None }.into()));
}

#[test]
fn events_of_a_page_are_read_back_as_they_were_written() {
    let mut desk = Desk::new(&[&["ann"], &[""]], 1, Some("root"));
    desk.says(&PageCommand::Attempted { person: by("ann"), n: 1, outcome: AttemptOutcome::Delivered }).unwrap();
    desk.says(&PageCommand::Escalate { by: by("ann"), seen: None }).unwrap();
    desk.says(&PageCommand::Decline { by: by("root") }).unwrap();
    desk.says(&PageCommand::Acknowledge { via: None, by: by("ann") }).unwrap();
    desk.says(&PageCommand::Resolve { by: None }).unwrap();
    for (event, _) in &desk.history {
        let stored = serde_json::to_string(&crate::domain::event::Event::OnCall(event.clone())).unwrap();
        let read: crate::domain::event::Event = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, crate::domain::event::Event::OnCall(event.clone()), "{stored}");
    }
    let doc = serde_json::to_string(&desk.page).unwrap();
    assert_eq!(serde_json::from_str::<Page>(&doc).unwrap(), desk.page);
}

fn any_command() -> impl Strategy<Value = PageCommand> {
    let person = prop_oneof![Just("ann"), Just("bob"), Just("cho"), Just("root")].prop_map(PersonId::from);
    let outcome = prop_oneof![
        Just(AttemptOutcome::Delivered),
        Just(AttemptOutcome::Delayed { why: "429".into() }),
        Just(AttemptOutcome::Failed { why: "gone".into() }),
    ];
    prop_oneof![
        5 => Just(PageCommand::StepDue),
        1 => person.clone().prop_map(|by| PageCommand::Acknowledge { by, via: None }),
        2 => person.clone().prop_map(|by| PageCommand::Escalate { by, seen: None }),
        3 => person.clone().prop_map(|by| PageCommand::Decline { by }),
        3 => (person.clone(), 1u32..3, outcome).prop_map(|(person, n, outcome)| PageCommand::Attempted { person, n, outcome }),
        1 => Just(PageCommand::Resolve { by: None }),
        2 => (person.clone(), 1i64..60).prop_map(|(by, minutes)| PageCommand::Snooze { by, until: start() + TimeDelta::minutes(minutes) }),
        2 => (1u64..12).prop_map(|snoozed| PageCommand::EndSnooze { snoozed }),
        1 => person.clone().prop_map(|by| PageCommand::Reassign { by, to: changing::other_target() }),
        2 => (person.clone(), person).prop_map(|(by, person)| PageCommand::AddResponder { by, person }),
    ]
}

fn any_roster() -> impl Strategy<Value = Vec<Vec<&'static str>>> {
    let names = proptest::sample::subsequence(vec!["ann", "bob", "cho"], 0..3);
    proptest::collection::vec(names, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_said_a_page_is_never_silent_and_stops_when_someone_has_it(
        steps in any_roster(),
        repeat in 0u32..3,
        fallback in proptest::option::of(Just("root")),
        commands in proptest::collection::vec((any_command(), 0i64..8), 1..40),
    ) {
        let steps: Vec<&[&str]> = steps.iter().map(Vec::as_slice).collect();
        let mut desk = Desk::new(&steps, repeat, fallback);
        for (command, minutes) in commands {
            desk.now += TimeDelta::minutes(minutes);
            let before = (desk.page.clone(), desk.paged().len());
            let heard = desk.says(&command);
            let after = &desk.page;
            if heard.is_err() {
                prop_assert_eq!(&before.0, after);
            }
            let begins = matches!(command, PageCommand::EndSnooze { .. } | PageCommand::Reassign { .. });
            if !before.0.is_asking() && !begins {
                prop_assert_eq!(before.1, desk.paged().len(), "nobody is paged once someone has it or it is over");
                prop_assert!(after.next_at.is_none());
            }
            match after.state {
                PageState::Triggered => {
                    prop_assert_eq!(desk.next_wake(), after.next_at, "the latest wake is for the next step");
                    prop_assert!(after.next_at.is_some() && !after.attempts.is_empty());
                }
                PageState::Exhausted => prop_assert!(after.next_at.is_none() && after.ran_out_at.is_some()),
                PageState::Acknowledged => prop_assert!(after.taken_by.is_some() && after.next_at.is_none()),
                PageState::Snoozed => prop_assert!(after.snoozed_until.is_some() && after.next_at.is_none()),
                PageState::Resolved => prop_assert!(after.next_at.is_none()),
            }
            let mut asked: Vec<String> = desk.paged();
            asked.sort();
            asked.dedup();
            prop_assert_eq!(asked.len(), desk.paged().len(), "every attempt has its own key");
        }
        let history = desk.history.iter().map(|(event, at)| (event, *at));
        prop_assert_eq!(replay(history), Some(desk.page));
    }
}

#[test]
fn what_an_acknowledgement_had_stopped_asks_again_when_it_runs_out() {
    let minute = |n| start() + TimeDelta::minutes(n);
    let page = |policy: &str, (began, taken): (i64, Option<(&str, i64)>)| {
        let mut page = Desk::new(&[&["ann"]], 0, None).page;
        page.spec.policy.id = policy.into();
        page.created_at = minute(began);
        if let Some((by, at)) = taken {
            page.state = PageState::Acknowledged;
            (page.taken_by, page.taken_at) = (Some(by.into()), Some(minute(at)));
        }
        page
    };
    let again = |pages: &[Page]| -> Vec<String> {
        lapsed(pages, &"bob".into(), minute(10)).iter().map(|page| page.spec.policy.id.to_string()).collect()
    };
    let (bobs, cho) = (page("api", (0, Some(("bob", 10)))), page("web", (0, Some(("cho", 5)))));
    assert_eq!(again(&[bobs.clone(), cho]), ["api"], "what another has stays with whoever that is");
    assert_eq!(again(&[page("api", (0, Some(("bob", 11))))]), [""; 0], "taken since, it was answered for anew");
    assert_eq!(again(&[bobs.clone(), page("api", (20, None))]), [""; 0], "that policy asks somebody already");
    assert_eq!(again(&[bobs.clone(), page("api", (1, Some(("bob", 9))))]), ["api"], "once for each policy");
    let over = Page { state: PageState::Resolved, ..bobs };
    assert_eq!(again(&[over]), [""; 0]);
}
