//! Decisions, timers, and the stored words of maintenances.

use super::*;
use crate::domain::{
    effect::{Audience, ChatEffect, Effect, Timer},
    incident::PlannedEffect,
    refusal::StatusRefusal,
};

const ID: &str = "019a3b60-0000-7000-8000-000000000001";

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_timestamp(1_795_269_900 + minutes * 60, 0).unwrap()
}

fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

fn policy() -> MaintenancePolicy {
    MaintenancePolicy { remind_before: minutes(60), verify: minutes(15), remind_every: minutes(30) }
}

fn spec() -> NewMaintenance {
    NewMaintenance {
        id: MaintenanceId::parse(ID).unwrap(),
        number: 3,
        title: "Move of the database".into(),
        message: "We move the database.".into(),
        components: vec!["checkout".into()],
        from: at(600),
        until: at(720),
        by_hand: false,
    }
}

fn ann() -> Actor {
    Actor::Person("ann".into())
}

/// A maintenance, and the effects of its latest event.
struct Run {
    item: Maintenance,
    effects: Vec<PlannedEffect>,
}

impl Run {
    fn new(spec: NewMaintenance) -> Self {
        let events = new_maintenance(spec, at(0)).unwrap();
        let item = apply_maintenance(None, &events[0], at(0), &ann()).unwrap();
        let effects = maintenance_effects(&item, &events[0], &policy(), at(0));
        Self { item, effects }
    }

    fn does(&mut self, minute: i64, command: &MaintenanceCommand, firing: bool) -> Vec<MaintenanceEvent> {
        let policy = policy();
        let facts = MaintenanceFacts { now: at(minute), policy: &policy, firing };
        let events = decide_maintenance(&self.item, command, facts).unwrap();
        for event in &events {
            self.item = apply_maintenance(Some(self.item.clone()), event, at(minute), &ann()).unwrap();
            self.effects = maintenance_effects(&self.item, event, &policy, at(minute));
        }
        events
    }

    fn timer(&self) -> Option<i64> {
        let due = self.effects.iter().find(|plan| matches!(plan.effect, Effect::Timer(Timer::MaintenanceDue { .. })));
        due.map(|plan| (plan.due - at(0)).num_minutes())
    }

    fn reminds_ann(&self) -> bool {
        self.effects.iter().any(|plan| {
            matches!(&plan.effect, Effect::Chat(ChatEffect::MaintenanceNotice { to: Audience::Person(person), .. })
                if person.as_str() == "ann")
        })
    }
}

fn post(status: MaintenanceStatus) -> MaintenanceCommand {
    MaintenanceCommand::Post { status: Some(status), message: "Text.".into() }
}

fn move_to(from: Option<Timestamp>, until: Option<Timestamp>) -> MaintenanceCommand {
    MaintenanceCommand::Move { from, until, message: Untrusted::default() }
}

#[test]
fn timers_remind_begin_verify_and_complete() {
    let mut run = Run::new(spec());
    let mut told = Vec::new();
    while let Some(minute) = run.timer() {
        run.does(minute, &MaintenanceCommand::Continue, false);
        told.push((minute, run.item.status.name(), run.reminds_ann()));
    }
    assert_eq!(
        told,
        [(540, "scheduled", true), (600, "in_progress", false), (720, "verifying", false), (735, "completed", false)]
    );
}

#[test]
fn an_overrun_reminds_until_a_person_ends_it_or_nothing_fires() {
    for by_hand in [false, true] {
        let mut run = Run::new(NewMaintenance { by_hand, ..spec() });
        let mut reminded = Vec::new();
        while let Some(minute) = run.timer().filter(|minute| *minute < 800) {
            run.does(minute, &MaintenanceCommand::Continue, true);
            if run.reminds_ann() && run.item.is_overrun(at(minute)) {
                reminded.push(minute);
            }
        }
        assert_eq!(reminded, [735, 765, 795]);
        run.does(825, &MaintenanceCommand::Continue, false);
        assert_eq!(run.item.status.is_over(), !by_hand, "only a person completes it: {by_hand}");
    }
}

#[test]
fn a_window_moves_and_an_extended_one_is_in_progress_again() {
    let mut run = Run::new(spec());
    run.does(1, &move_to(Some(at(60)), Some(at(120))), false);
    assert_eq!((run.timer(), run.item.updates.last().map(|update| update.moved)), (Some(1), Some(true)));
    run.does(60, &post(MaintenanceStatus::InProgress), false);
    assert_eq!(run.timer(), Some(120));
    run.does(120, &MaintenanceCommand::Continue, false);
    assert_eq!(run.item.status, MaintenanceStatus::Verifying);
    run.does(130, &move_to(None, Some(at(200))), false);
    assert_eq!((run.item.status, run.timer()), (MaintenanceStatus::InProgress, Some(200)));
    assert!(run.item.mutes(at(199)) && !run.item.mutes(at(200)));
    let policy = policy();
    let facts = MaintenanceFacts { now: at(140), policy: &policy, firing: false };
    let begun = decide_maintenance(&run.item, &move_to(Some(at(150)), None), facts);
    let status = MaintenanceStatus::InProgress;
    assert_eq!(begun, Err(StatusRefusal::MaintenanceState { number: 3, status }.into()), "it has begun");
    assert_eq!(run.does(140, &move_to(None, Some(at(200))), false), Vec::new(), "nothing changes");
}

#[test]
fn what_cannot_be_right_is_refused() {
    let refused = |spec: NewMaintenance| new_maintenance(spec, at(0)).unwrap_err();
    let backwards = refused(NewMaintenance { until: at(600), ..spec() });
    assert_eq!(backwards, StatusRefusal::BadWindow { from: at(600), until: at(600) }.into());
    refused(NewMaintenance { from: at(-20), until: at(-10), ..spec() });
    refused(NewMaintenance { components: Vec::new(), ..spec() });
    refused(NewMaintenance { message: " ".into(), ..spec() });
    let mut run = Run::new(spec());
    run.does(1, &MaintenanceCommand::Cancel { message: "Not needed.".into() }, false);
    assert_eq!((run.timer(), run.item.status.public_name()), (None, "completed"));
    let policy = policy();
    let facts = MaintenanceFacts { now: at(2), policy: &policy, firing: false };
    for late in [post(MaintenanceStatus::InProgress), move_to(None, Some(at(900)))] {
        decide_maintenance(&run.item, &late, facts).unwrap_err();
    }
    let unbegun = decide_maintenance(&Run::new(spec()).item, &post(MaintenanceStatus::Completed), facts);
    unbegun.unwrap_err();
}

/// One of each event, as it is stored.
fn stored() -> Vec<MaintenanceEvent> {
    let posted = |status| MaintenanceEvent::MaintenancePosted { status, message: Untrusted::default() };
    vec![
        MaintenanceEvent::MaintenanceScheduled { spec: spec() },
        MaintenanceEvent::MaintenanceMoved { from: at(601), until: at(720), message: "Later.".into() },
        MaintenanceEvent::MaintenanceReminded { overrun: false },
        posted(MaintenanceStatus::InProgress),
        posted(MaintenanceStatus::Verifying),
        MaintenanceEvent::MaintenanceCancelled { message: "Stopped.".into() },
    ]
}

#[test]
fn maintenances_are_stored_like_this() {
    let lines: Vec<String> = stored().iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    for (line, event) in lines.iter().zip(stored()) {
        let read: crate::domain::event::Event = serde_json::from_str(line).unwrap();
        assert_eq!(read, crate::domain::event::Event::Maintenance(event), "{line}");
    }
    let (events, actor) = (stored(), ann());
    let record = replay_maintenance(events.iter().map(|event| (event, at(0), &actor))).unwrap();
    insta::assert_snapshot!(format!("{}\n{}", lines.join("\n"), serde_json::to_string_pretty(&record).unwrap()));
}
