//! Stories and properties of the workflow.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use proptest::prelude::*;

mod clocks;
mod fields;

use super::*;
use crate::domain::{
    refusal::{IncidentRefusal, Refusal},
    status::PublicStatus,
};
use indexmap::IndexMap;

fn status(id: &str, category: Category, next: &[&str], public: Option<PublicStatus>) -> StatusSpec {
    let next = next.iter().map(|next| StatusId::from(*next)).collect();
    StatusSpec { id: id.into(), name: id.into(), category, next, public }
}

fn policy() -> Policy {
    let active = ["investigating", "identified", "monitoring", "resolved", "cancelled"];
    let statuses = vec![
        status("triage", Category::Triage, &["investigating", "declined"], None),
        status("investigating", Category::Active, &active, Some(PublicStatus::Investigating)),
        status("identified", Category::Active, &active, Some(PublicStatus::Identified)),
        status("monitoring", Category::Active, &active, Some(PublicStatus::Monitoring)),
        status("resolved", Category::Resolved, &["closed", "investigating"], Some(PublicStatus::Resolved)),
        status("closed", Category::Closed, &[], None),
        status("declined", Category::Declined, &[], None),
        status("cancelled", Category::Cancelled, &[], None),
        status("merged", Category::Merged, &[], None),
    ];
    let rule = |name: &str, minutes: Option<u64>, page| SeverityRule {
        name: name.into(),
        description: String::new(),
        update_every: minutes.map(|minutes| Duration::from_secs(minutes * 60)),
        page,
        propose_status_page: page,
    };
    let severities = [
        (Severity::Sev1, rule("SEV1", Some(30), true)),
        (Severity::Sev2, rule("SEV2", Some(30), true)),
        (Severity::Sev3, rule("SEV3", None, false)),
        (Severity::Sev4, rule("SEV4", None, false)),
    ];
    Policy {
        workflow: Workflow {
            initial: "investigating".into(),
            reopened: "investigating".into(),
            statuses,
            causes: vec!["Bug".into(), "Change".into()],
            early_close: vec!["duplicate".into()],
        },
        severities: severities.into_iter().collect(),
        matrix: IndexMap::from([("major".to_owned(), IndexMap::from([("high".to_owned(), Severity::Sev2)]))]),
        default_severity: Severity::Sev3,
        kinds: Vec::new(),
        fields: fields::specs(),
        roles: ["incident_manager", "tech_lead"]
            .iter()
            .map(|role| RoleSpec { id: RoleId::from(*role), name: (*role).into() })
            .collect(),
        room_open_for: Duration::from_secs(3600),
        postmortems: std::collections::BTreeSet::new(),
    }
}

/// A pretend desk: an incident, its history, and a clock that only moves when told.
struct Desk {
    policy: Policy,
    now: Timestamp,
    incident: Incident,
    history: Vec<(IncidentEvent, Timestamp, Actor)>,
    components: BTreeMap<ComponentId, ComponentStatus>,
    others: BTreeMap<ComponentId, ComponentStatus>,
    asking: Vec<String>,
}

impl Desk {
    fn open(actor: Actor, severity: Severity) -> Self {
        let policy = policy();
        let now = Timestamp::from_timestamp_millis(1_763_700_000_000).unwrap();
        let wanted = Declare {
            title: "Checkout is down".into(),
            description: Untrusted::default(),
            severity: Some(severity),
            judged: None,
            service: Some("checkout".into()),
            kind: IncidentKind::Real,
            own_kind: None,
            private: false,
            group: None,
            impact_since: Some(now - TimeDelta::minutes(5)),
            affected: None,
        };
        let components = BTreeMap::from([
            (ComponentId::from("web"), ComponentStatus::Operational),
            (ComponentId::from("pay"), ComponentStatus::DegradedPerformance),
        ]);
        let others = BTreeMap::new();
        let (expect, components_now) = (None, &components);
        let facts = Facts {
            now,
            actor: &actor,
            policy: &policy,
            expect,
            components: components_now,
            others: &others,
            asking: &[],
            hosts: &[],
            responds: true,
        };
        let (id, key) = (IncidentId::new(now), Key::new("HOT", 1));
        let decision = declare(id, key, &wanted, vec!["bob".into()], &facts).unwrap();
        let history = decision.steps.iter().map(|step| (step.event.clone(), now, actor.clone())).collect();
        Self { policy, now, incident: decision.incident, history, components, others, asking: Vec::new() }
    }

    fn try_by(&mut self, who: &str, command: &Command, expect: Option<u64>) -> Result<Vec<DecisionStep>, Refusal> {
        let actor = Actor::Person(who.into());
        let facts = Facts {
            now: self.now,
            actor: &actor,
            policy: &self.policy,
            expect,
            components: &self.components,
            others: &self.others,
            asking: &self.asking,
            hosts: &[],
            responds: true,
        };
        let decision = decide(&self.incident, command, &facts)?;
        self.history.extend(decision.steps.iter().map(|step| (step.event.clone(), self.now, actor.clone())));
        self.incident = decision.incident;
        Ok(decision.steps)
    }

    fn says(&mut self, command: Command) -> Result<Vec<DecisionStep>, Refusal> {
        self.try_by("ann", &command, None)
    }

    fn minutes(&mut self, minutes: i64) {
        self.now += TimeDelta::minutes(minutes);
    }
}

fn ann() -> Actor {
    Actor::Person("ann".into())
}

fn to(status: &str) -> Command {
    Command::SetStatus { to: status.into(), reason: None }
}

#[test]
fn whoever_declares_is_manager_and_the_service_is_paged() {
    let desk = Desk::open(ann(), Severity::Sev1);
    assert_eq!(desk.incident.holder(&"incident_manager".into()), Some(&"ann".into()));
    assert_eq!(desk.incident.update_due, Some(desk.now + TimeDelta::minutes(30)));
    assert!(desk.incident.members.contains(&PersonId::from("bob")));
    let machine = Desk::open(Actor::Machine("rule".into()), Severity::Sev3);
    assert_eq!(machine.incident.holder(&"incident_manager".into()), None);
    assert_eq!(machine.incident.update_due, None);
}

#[test]
fn the_first_who_acknowledges_a_machines_incident_becomes_its_manager() {
    let mut desk = Desk::open(Actor::Machine("rule".into()), Severity::Sev1);
    let page = PageId::new(desk.now);
    let fact = RecordedFact::PageAcknowledged { page, person: "bob".into(), via: None };
    desk.try_by("bob", &Command::Record(fact), None).unwrap();
    assert_eq!(desk.incident.holder(&"incident_manager".into()), Some(&"bob".into()));
    assert!(desk.incident.times.contains_key(&TimeName::Acknowledged));
}

#[test]
fn two_people_press_at_once_and_the_second_is_told_who_won() {
    let mut desk = Desk::open(ann(), Severity::Sev2);
    let seen = Some(desk.incident.version);
    desk.try_by("ann", &to("identified"), seen).unwrap();
    let refusal = desk.try_by("bob", &to("monitoring"), seen).unwrap_err();
    let Refusal::Incident(IncidentRefusal::Stale { now, by, .. }) = refusal else { panic!("{refusal:?}") };
    assert_eq!((now.as_str(), by), ("identified", Some(ann())));
}

#[test]
fn a_note_does_not_make_the_status_buttons_stale() {
    let mut desk = Desk::open(ann(), Severity::Sev2);
    let seen = Some(desk.incident.version);
    desk.says(Command::AddNote { text: "looking".into() }).unwrap();
    assert!(desk.try_by("bob", &to("identified"), seen).is_ok());
}

#[test]
fn resolving_stamps_the_skipped_mitigation_and_a_reopen_overwrites_nothing() {
    let mut desk = Desk::open(ann(), Severity::Sev1);
    desk.minutes(10);
    let first = desk.now;
    desk.says(Command::Resolve { summary: Some("rolled back".into()), cause: Some("change".into()) }).unwrap();
    assert_eq!(desk.incident.cause(), Some("Change"));
    desk.minutes(10);
    assert!(matches!(
        desk.says(Command::Reopen { reason: None }),
        Err(Refusal::Incident(IncidentRefusal::ReasonNeeded { .. }))
    ));
    desk.says(Command::Reopen { reason: Some("it is back".into()) }).unwrap();
    desk.minutes(10);
    desk.says(Command::Resolve { summary: None, cause: None }).unwrap();
    let resolved = desk.incident.times[&TimeName::Resolved];
    assert_eq!(resolved, NamedTime { first, last: desk.now });
    let mitigated = desk.incident.times[&TimeName::Mitigated];
    assert_eq!(mitigated, NamedTime { first, last: desk.now }, "the second outage was mitigated, too");
}

#[test]
fn an_early_close_needs_a_reason_and_a_late_one_does_not() {
    let mut desk = Desk::open(ann(), Severity::Sev3);
    assert!(matches!(
        desk.says(Command::Close { reason: None }),
        Err(Refusal::Incident(IncidentRefusal::ReasonNeeded { .. }))
    ));
    desk.says(Command::Resolve { summary: None, cause: None }).unwrap();
    desk.says(Command::Close { reason: None }).unwrap();
    assert_eq!(desk.incident.category, Category::Closed);
    assert!(matches!(
        desk.says(to("identified")),
        Err(Refusal::Incident(IncidentRefusal::NoTransition { .. })
            | Refusal::Incident(IncidentRefusal::ReasonNeeded { .. }))
    ));
}

#[test]
fn resolve_restores_exactly_what_this_incident_changed_on_the_public_page() {
    let mut desk = Desk::open(ann(), Severity::Sev1);
    let post = |components: Vec<(&str, ComponentStatus)>| Command::PostStatus {
        status: PublicStatus::Investigating,
        body: "We are looking into it.".into(),
        components: components.into_iter().map(|(c, s)| (ComponentId::from(c), s)).collect(),
        title: None,
    };
    desk.says(post(vec![("pay", ComponentStatus::MajorOutage)])).unwrap();
    desk.components.insert("pay".into(), ComponentStatus::MajorOutage);
    desk.says(post(vec![("pay", ComponentStatus::PartialOutage)])).unwrap();
    desk.others.insert("pay".into(), ComponentStatus::DegradedPerformance);
    let steps = desk.says(Command::Resolve { summary: None, cause: None }).unwrap();
    let restored = steps.iter().find_map(|step| {
        let IncidentEvent::Public(PublicEvent::StatusRestored { components, .. }) = &step.event else { return None };
        Some(components.clone())
    });
    assert_eq!(restored, Some(vec![("pay".into(), ComponentStatus::DegradedPerformance)]));
    assert!(!desk.incident.public.posted);
}

#[test]
fn drills_and_private_incidents_never_reach_customers() {
    let mut desk = Desk::open(ann(), Severity::Sev1);
    let post =
        Command::PostStatus { status: PublicStatus::Investigating, body: "x".into(), components: vec![], title: None };
    desk.incident.kind = IncidentKind::Drill;
    assert!(matches!(desk.says(post.clone()), Err(Refusal::Incident(IncidentRefusal::DrillStaysInside { .. }))));
    desk.incident.kind = IncidentKind::Real;
    desk.incident.private = true;
    assert!(matches!(desk.says(post), Err(Refusal::Incident(IncidentRefusal::PrivateStaysInside { .. }))));
}

#[test]
fn times_stay_in_order_and_out_of_the_future() {
    let mut desk = Desk::open(ann(), Severity::Sev2);
    let at = |minutes| desk.now + TimeDelta::minutes(minutes);
    let (early, before, future) = (at(-30), at(-60), at(1));
    desk.says(Command::SetTime { name: TimeName::Impact, at: early }).unwrap();
    let late = desk.says(Command::SetTime { name: TimeName::Mitigated, at: before });
    assert!(matches!(late, Err(Refusal::Incident(IncidentRefusal::OutOfOrder { .. }))), "{late:?}");
    let ahead = desk.says(Command::SetTime { name: TimeName::Mitigated, at: future });
    assert!(matches!(ahead, Err(Refusal::Incident(IncidentRefusal::InFuture { .. }))));
}

#[test]
fn an_update_reminder_nags_until_it_is_answered_or_put_off() {
    let mut desk = Desk::open(ann(), Severity::Sev1);
    assert!(desk.says(Command::NudgeUpdate).unwrap().is_empty(), "it is not due yet");
    desk.minutes(30);
    assert_eq!(desk.says(Command::NudgeUpdate).unwrap().len(), 1);
    desk.says(Command::Snooze { wait: Duration::from_secs(1200) }).unwrap();
    assert!(desk.says(Command::NudgeUpdate).unwrap().is_empty());
    assert!(matches!(
        desk.says(Command::Snooze { wait: Duration::from_secs(1) }),
        Err(Refusal::Incident(IncidentRefusal::BadWait { .. }))
    ));
    desk.says(Command::Resolve { summary: None, cause: None }).unwrap();
    assert_eq!(desk.incident.update_due, None);
}

fn any_command() -> impl Strategy<Value = Command> {
    let text = prop_oneof![Just(Untrusted::from("")), "[a-z]{1,8}".prop_map(|t| Untrusted::from(t.as_str()))];
    let maybe = proptest::option::of(text.clone());
    let statuses = prop_oneof!["investigating", "identified", "monitoring", "resolved", "closed", "cancelled", "nope"];
    let person = prop_oneof![Just("ann"), Just("bob"), Just("cho")].prop_map(PersonId::from);
    prop_oneof![
        4 => (statuses, maybe.clone()).prop_map(|(to, reason)| Command::SetStatus { to: StatusId::new(to), reason }),
        1 => maybe.clone().prop_map(|summary| Command::Resolve { summary, cause: None }),
        1 => maybe.clone().prop_map(|reason| Command::Close { reason }),
        2 => maybe.clone().prop_map(|reason| Command::Reopen { reason }),
        1 => (maybe.clone(), maybe).prop_map(|(reason, message)| Command::Cancel { reason, message }),
        1 => (0usize..4).prop_map(|n| Command::SetSeverity { to: Severity::ALL[n], reason: None }),
        1 => person.clone().prop_map(|person| Command::AssignRole { role: "tech_lead".into(), person: Some(person) }),
        1 => Just(Command::AssignRole { role: "tech_lead".into(), person: None }),
        1 => text.clone().prop_map(|text| Command::AddNote { text }),
        1 => (text, person).prop_map(|(text, person)| Command::AddTask { text, assignee: Some(person) }),
        1 => (0u32..4).prop_map(|number| Command::FinishTask { number }),
        1 => any::<bool>().prop_map(|private| Command::SetPrivate { private }),
        1 => Just(Command::PostStatus {
            status: PublicStatus::Identified,
            body: "known".into(),
            components: vec![("web".into(), ComponentStatus::PartialOutage)],
            title: None,
        }),
        1 => Just(Command::NudgeUpdate),
        1 => (1u64..90).prop_map(|m| Command::Snooze { wait: Duration::from_secs(m * 60) }),
        1 => Just(Command::Merge { into: IncidentId(uuid::Uuid::nil()), key: Key::new("HOT", 9) }),
    ]
}

proptest! {
    /// Whatever is said in whatever order, the record stays legal and its history replays to it.
    #[test]
    fn any_sequence_of_commands_keeps_the_record_legal(commands in proptest::collection::vec((any_command(), 0i64..20), 1..40)) {
        let mut desk = Desk::open(ann(), Severity::Sev2);
        for (command, minutes) in commands {
            desk.minutes(minutes);
            let before = desk.incident.clone();
            match desk.says(command) {
                Err(_) => prop_assert_eq!(&before, &desk.incident),
                Ok(steps) => prop_assert_eq!(before.version + steps.len() as u64, desk.incident.version),
            }
            legal(&before, &desk.incident, &desk.policy)?;
        }
        let events = desk.history.iter().map(|(event, at, actor)| (event, *at, actor));
        prop_assert_eq!(replay(events), Some(desk.incident));
    }
}

fn legal(before: &Incident, after: &Incident, policy: &Policy) -> Result<(), TestCaseError> {
    let spec = policy.workflow.status(&after.status).expect("the status is one of the workflow");
    prop_assert_eq!(spec.category, after.category);
    for (name, time) in &before.times {
        prop_assert!(after.times.get(name).is_some_and(|now| now.first == time.first && now.last >= time.last));
    }
    for time in after.times.values() {
        prop_assert!(time.first <= time.last);
    }
    if before.category == Category::Merged {
        prop_assert_eq!(after.category, Category::Merged, "merged is for good");
    }
    prop_assert!(after.is_open() || after.update_due.is_none(), "no clock runs on a closed incident");
    prop_assert!(after.is_open() || !after.public.posted, "nothing is left broken on the public page");
    Ok(())
}
