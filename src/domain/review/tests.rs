//! Decisions, reminders, and the stored words of post-mortems.

use std::{collections::BTreeMap, time::Duration};

use super::*;
use crate::domain::{
    effect::{Audience, ChatEffect, Effect, Timer},
    incident::{PlannedEffect, Redaction},
    refusal::{IncidentRefusal, Refusal, ReviewRefusal},
    severity::Severity,
};

const ID: &str = "019a3b60-0000-7000-8000-000000000001";
const DAY: u64 = 24 * 3_600;

fn days(n: u64) -> Duration {
    Duration::from_secs(n * DAY)
}

fn at(hours: i64) -> Timestamp {
    Timestamp::from_timestamp(1_795_269_900 + hours * 3_600, 0).unwrap()
}

fn id() -> IncidentId {
    IncidentId::parse(ID).unwrap()
}

fn person(name: &str) -> PersonId {
    PersonId::from(name)
}

fn by(name: &str) -> Actor {
    Actor::Person(person(name))
}

fn policy() -> PostmortemPolicy {
    let targets = StepTargets { draft: days(3), review: days(2), publish: days(2) };
    let rule = PostmortemRule { required: true, approval: true, targets };
    PostmortemPolicy {
        rules: Severity::ALL.into_iter().map(|severity| (severity, rule)).collect::<BTreeMap<_, _>>(),
        remind_before: days(1),
        remind_every: days(1),
        escalate_after: days(2),
        rooms: Vec::new(),
    }
}

fn section(id: &str, prefilled: bool) -> NewSection {
    NewSection { id: id.to_owned(), title: id.to_owned(), help: "What belongs here.".to_owned(), prefilled }
}

fn spec(needs_approval: bool) -> NewPostmortem {
    NewPostmortem {
        incident: id(),
        key: Key::new("HOT", 12),
        owner: person("ann"),
        approvers: vec![person("ann"), person("bob")],
        needs_approval,
        template: "sev1".to_owned(),
        sections: vec![section("summary", true), section("lessons", false), section(EXTERNAL, false)],
        targets: policy().rule(Severity::Sev1).targets,
    }
}

/// A post-mortem on which commands are tried one after another.
struct Desk {
    postmortem: Postmortem,
    policy: PostmortemPolicy,
    effects: Vec<PlannedEffect>,
}

impl Desk {
    fn opened(needs_approval: bool) -> Self {
        let events = open(None, spec(needs_approval)).unwrap();
        let postmortem = apply(None, &events[0], at(0), &by("ann")).unwrap();
        let effects = consequences(&postmortem, &events[0], &policy(), at(0));
        Self { postmortem, policy: policy(), effects }
    }

    fn tries(&self, actor: &str, hours: i64, command: &PostmortemCommand) -> Result<Vec<PostmortemEvent>, Refusal> {
        let (actor, managers) = (by(actor), [person("mia")]);
        let facts = PostmortemFacts {
            now: at(hours),
            is_admin: actor == by("root"),
            actor: &actor,
            policy: &self.policy,
            managers: &managers,
        };
        decide(&self.postmortem, command, &facts)
    }

    fn does(&mut self, actor: &str, hours: i64, command: &PostmortemCommand) -> Vec<PostmortemEvent> {
        let events = self.tries(actor, hours, command).unwrap();
        self.effects.clear();
        for event in &events {
            self.postmortem = apply(Some(self.postmortem.clone()), event, at(hours), &by(actor)).unwrap();
            self.effects.extend(consequences(&self.postmortem, event, &self.policy, at(hours)));
        }
        events
    }

    fn writes(&mut self, section: &str, text: &str) {
        let base = self.postmortem.section(section).unwrap().version;
        self.does("ann", 1, &write(section, text, base));
    }

    /// Hours until the timer that was set last.
    fn timer(&self) -> Option<i64> {
        let timer = Effect::Timer(Timer::PostmortemDue { incident: id() });
        let due = self.effects.iter().rev().find(|plan| plan.effect == timer).map(|plan| plan.due);
        due.map(|due| (due - at(0)).num_hours())
    }

    fn told(&self) -> Vec<Audience> {
        let to = |plan: &PlannedEffect| {
            let Effect::Chat(ChatEffect::PostmortemNotice { to, .. }) = &plan.effect else { return None };
            Some(to.clone())
        };
        self.effects.iter().filter_map(to).collect()
    }
}

fn write(section: &str, text: &str, base: u32) -> PostmortemCommand {
    PostmortemCommand::WriteSection { section: section.to_owned(), text: text.into(), base }
}

fn publish() -> PostmortemCommand {
    PostmortemCommand::Publish { rooms: vec!["ops".into()] }
}

#[test]
fn a_document_goes_from_draft_to_publication() {
    let mut desk = Desk::opened(true);
    assert_eq!((desk.postmortem.state, desk.postmortem.due), (PostmortemState::Draft, Some(at(72))));
    desk.writes("lessons", "Alert on the pool.");
    desk.does("ann", 10, &PostmortemCommand::Submit);
    assert_eq!((desk.postmortem.state, desk.postmortem.due), (PostmortemState::InReview, Some(at(58))));
    assert_eq!(desk.told(), [Audience::HotRoom, Audience::Person(person("bob"))]);
    desk.does("bob", 20, &PostmortemCommand::Approve);
    assert_eq!(desk.postmortem.approved_by, Some(person("bob")));
    desk.does("ann", 21, &publish());
    assert_eq!((desk.postmortem.state, desk.postmortem.due), (PostmortemState::Published, None));
    assert_eq!(desk.told(), [Audience::HotRoom, Audience::Feed("ops".into())]);
    assert_eq!(desk.timer(), None);
}

#[test]
fn without_a_review_it_is_published_at_once() {
    let mut desk = Desk::opened(false);
    desk.writes("lessons", "None.");
    desk.does("ann", 2, &publish());
    assert_eq!(desk.postmortem.state, PostmortemState::Published);
}

#[test]
fn an_empty_document_is_neither_submitted_nor_published() {
    let mut desk = Desk::opened(false);
    desk.writes(EXTERNAL, "We are sorry.");
    let empty: Refusal = ReviewRefusal::PostmortemEmpty { key: Key::new("HOT", 12) }.into();
    assert_eq!(desk.tries("ann", 2, &PostmortemCommand::Submit), Err(empty.clone()));
    assert_eq!(desk.tries("ann", 2, &publish()), Err(empty));
}

#[test]
fn what_another_person_wrote_meanwhile_is_not_overwritten() {
    let mut desk = Desk::opened(true);
    desk.writes("lessons", "Ann's text");
    let refused = desk.tries("bob", 2, &write("lessons", "Bob's text", 1)).unwrap_err();
    let changed = ReviewRefusal::SectionChanged { section: "lessons".to_owned(), version: 2, by: by("ann") };
    assert_eq!(refused, changed.into());
    // The same text twice is no conflict: a browser sends again what it got no answer to.
    assert_eq!(desk.tries("ann", 2, &write("lessons", "Ann's text", 1)), Ok(Vec::new()));
    assert_eq!(desk.tries("bob", 2, &write("lessons", "Both", 2)).unwrap().len(), 1);
}

#[test]
fn nobody_approves_their_own_document_if_another_may() {
    let mut desk = Desk::opened(true);
    desk.writes("lessons", "x");
    desk.does("ann", 2, &PostmortemCommand::Submit);
    let own = ReviewRefusal::NotApprover { own: true, approvers: vec![person("bob")] };
    assert_eq!(desk.tries("ann", 3, &PostmortemCommand::Approve), Err(own.into()));
    let stranger = ReviewRefusal::NotApprover { own: false, approvers: vec![person("bob")] };
    assert_eq!(desk.tries("eve", 3, &PostmortemCommand::Approve), Err(stranger.into()));
    assert!(desk.tries("root", 3, &PostmortemCommand::Approve).is_ok());
    desk.does("ann", 3, &PostmortemCommand::Assign { owner: None, approvers: Some(vec![person("ann")]) });
    assert!(desk.tries("ann", 3, &PostmortemCommand::Approve).is_ok());
}

#[test]
fn an_edit_of_an_approved_document_returns_it_to_review() {
    let mut desk = Desk::opened(true);
    desk.writes("lessons", "x");
    desk.does("ann", 2, &PostmortemCommand::Submit);
    desk.does("bob", 3, &PostmortemCommand::Approve);
    desk.does("ann", 4, &write(EXTERNAL, "Dear customers", 1));
    assert_eq!(desk.postmortem.state, PostmortemState::Approved, "the message for customers is a draft of its own");
    desk.does("ann", 5, &write("lessons", "y", 2));
    assert_eq!((desk.postmortem.state, desk.postmortem.approved_by.clone()), (PostmortemState::InReview, None));
    assert_eq!(desk.timer(), Some(5 + 24));
}

#[test]
fn the_record_fills_what_nobody_wrote() {
    let mut desk = Desk::opened(true);
    let prefill = |text: &str| PostmortemCommand::Prefill {
        sections: ["summary", "lessons"]
            .map(|section| SectionPrefill { section: section.to_owned(), text: text.into() })
            .to_vec(),
    };
    desk.does("ann", 1, &prefill("From the record"));
    let summary = desk.postmortem.section("summary").unwrap();
    assert_eq!((summary.text.verbatim(), summary.prefilled, summary.version), ("From the record", true, 2));
    assert!(desk.postmortem.section("lessons").unwrap().text.is_blank(), "nothing of the record belongs there");
    desk.writes("summary", "By a person");
    assert_eq!(desk.tries("ann", 2, &prefill("Later")), Ok(Vec::new()));
}

#[test]
fn reminders_come_before_and_after_the_target_and_escalate() {
    let mut desk = Desk::opened(true);
    let mut told = Vec::new();
    let mut next = desk.timer();
    while let Some(hours) = next.filter(|hours| *hours <= 144) {
        let events = desk.does("timer", hours, &PostmortemCommand::Remind);
        let [PostmortemEvent::PostmortemReminded { step, people, managers, overdue }] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!((*step, people.as_slice()), (PostmortemStep::Draft, [person("ann")].as_slice()));
        told.push((hours, *overdue, managers.len()));
        next = desk.timer();
    }
    assert_eq!(told, [(48, false, 0), (72, true, 0), (96, true, 0), (120, true, 1), (144, true, 1)]);
    assert_eq!(desk.told(), [Audience::HotRoom, Audience::Person(person("ann")), Audience::Person(person("mia"))]);
}

#[test]
fn a_timer_of_an_earlier_step_reminds_of_nothing() {
    let mut desk = Desk::opened(true);
    desk.writes("lessons", "x");
    desk.does("ann", 47, &PostmortemCommand::Submit);
    assert_eq!(desk.tries("timer", 48, &PostmortemCommand::Remind), Ok(Vec::new()));
    desk.does("ann", 49, &PostmortemCommand::Skip { reason: "A duplicate.".into() });
    assert_eq!(desk.tries("timer", 200, &PostmortemCommand::Remind), Ok(Vec::new()));
}

#[test]
fn one_that_was_skipped_can_be_opened_again() {
    let mut desk = Desk::opened(true);
    let exists = ReviewRefusal::PostmortemExists { key: Key::new("HOT", 12), state: PostmortemState::Draft };
    assert_eq!(open(Some(&desk.postmortem), spec(true)), Err(exists.into()));
    let blank = PostmortemCommand::Skip { reason: " ".into() };
    assert_eq!(desk.tries("ann", 1, &blank), Err(IncidentRefusal::Empty { what: "reason".to_owned() }.into()));
    desk.does("ann", 1, &PostmortemCommand::Skip { reason: "A duplicate.".into() });
    let events = open(Some(&desk.postmortem), spec(true)).unwrap();
    let again = apply(Some(desk.postmortem.clone()), &events[0], at(2), &by("bob")).unwrap();
    assert_eq!((again.state, again.version, again.skip_reason), (PostmortemState::Draft, 3, None));
}

#[test]
fn comments_are_numbered_and_settled() {
    let mut desk = Desk::opened(true);
    let comment = |section: &str| PostmortemCommand::Comment { section: section.to_owned(), text: "Why?".into() };
    desk.does("bob", 1, &comment("summary"));
    desk.does("bob", 2, &comment("summary"));
    desk.does("ann", 3, &PostmortemCommand::ResolveComment { number: 1 });
    let open: Vec<(u32, bool)> = desk.postmortem.comments.iter().map(|one| (one.number, one.resolved)).collect();
    assert_eq!(open, [(1, true), (2, false)]);
    assert!(desk.tries("bob", 4, &comment("gossip")).is_err());
    assert!(desk.tries("bob", 4, &PostmortemCommand::ResolveComment { number: 3 }).is_err());
}

/// One of each event, as it is stored.
fn stored() -> Vec<PostmortemEvent> {
    vec![
        PostmortemEvent::PostmortemOpened { spec: spec(true) },
        PostmortemEvent::PostmortemAssigned { owner: person("bob"), approvers: vec![person("ann")] },
        PostmortemEvent::SectionWritten { section: "summary".to_owned(), version: 2, text: "a".into() },
        PostmortemEvent::SectionPrefilled { section: "summary".to_owned(), version: 3, text: "b".into() },
        PostmortemEvent::SectionCommented { number: 1, section: "summary".to_owned(), text: "c".into() },
        PostmortemEvent::CommentResolved { number: 1 },
        PostmortemEvent::PostmortemSubmitted { review: true },
        PostmortemEvent::PostmortemReturned { reason: Some("d".into()), review: false },
        PostmortemEvent::PostmortemApproved,
        PostmortemEvent::PostmortemPublished { rooms: vec!["ops".into()] },
        PostmortemEvent::PostmortemSkipped { reason: "e".into() },
        PostmortemEvent::PostmortemReminded {
            step: PostmortemStep::Review,
            people: vec![person("bob")],
            managers: vec![person("mia")],
            overdue: true,
        },
        PostmortemEvent::PostmortemRedacted { entries: vec![Redaction { entry: 3, sha256: "00".to_owned() }] },
    ]
}

#[test]
fn events_are_stored_like_this() {
    let lines: Vec<String> = stored().iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    insta::assert_snapshot!(lines.join("\n"));
    for (line, event) in lines.iter().zip(stored()) {
        let read: crate::domain::event::Event = serde_json::from_str(line).unwrap();
        assert_eq!(read, crate::domain::event::Event::Review(event), "{line}");
    }
}

#[test]
fn the_record_is_stored_like_this() {
    let events = stored();
    let actor = by("ann");
    let record = replay(events.iter().map(|event| (event, at(0), &actor)));
    insta::assert_snapshot!(serde_json::to_string_pretty(&record).unwrap());
}

#[test]
fn every_text_leaves_an_event() {
    let mut removed = 0;
    for event in stored() {
        let _ = event.map_texts(&mut |text| {
            removed += 1;
            text
        });
    }
    assert_eq!(removed, 5, "section written, prefilled, commented; reasons of return and skip");
}
