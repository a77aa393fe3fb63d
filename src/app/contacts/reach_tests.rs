//! Tests of whether people can be reached: started for everybody on call, or each week for one person.

use chrono::TimeDelta;

use crate::{
    app::{Context, system::notices},
    domain::{
        contact::{
            ContactMethod, MethodKind, ON_CALL_TEST_ANSWER, ON_CALL_TEST_PAUSE, ReachTest, TestAnswer, TestMessage,
            TestOrigin, TestResult, TestedMethod, TestedPerson,
        },
        effect::{Audience, EffectKey, Timer},
        event::SystemEvent,
        ids::{ContactMethodId, PageId, PersonId, RoomId},
        refusal::{OnCallRefusal, Refusal},
    },
    store::{Reads, StoreError, Tx},
};

use super::testing::{self, TestMessageSpec};

/// How many messages to a method are searched for those of a test.
const MOST_MESSAGES: usize = 50;
/// How late the end of a test is handled at most while hotroom runs.
const LATE: TimeDelta = TimeDelta::minutes(10);

/// The methods by which a person would be tested, in their order.
pub fn testable(reads: &Reads<'_>, cx: Context<'_>, person: &PersonId) -> Result<Vec<ContactMethod>, StoreError> {
    let mut methods = reads.contact_methods_of(person)?;
    methods.retain(|method| method.is_usable() && cx.config.contact.offers(method.kind, method.gateway.as_deref()));
    Ok(methods)
}

/// Why an on-call test may not start now; `None` if it may.
pub fn refusal(reads: &Reads<'_>, cx: Context<'_>, people: &[PersonId]) -> Result<Option<Refusal>, StoreError> {
    if people.is_empty() {
        return Ok(Some(OnCallRefusal::NobodyToTest.into()));
    }
    let last = reads.last_on_call_test()?;
    let next = last.map(|test| test.at + ON_CALL_TEST_PAUSE).filter(|next| *next > cx.now);
    Ok(next.map(|next| OnCallRefusal::TestedRecently { next }.into()))
}

/// Sends a test to everybody of `people` by all their methods, and in the chat. Who answered is posted in the room, or to
/// whoever asked.
pub fn start_on_call(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    people: &[PersonId],
    origin: OnCallOrigin<'_>,
) -> Result<ReachTest, StoreError> {
    let mut asked = Vec::new();
    for person in people {
        asked.push(AskedPerson { person: person.clone(), methods: testable(tx, cx, person)? });
    }
    let origin = TestOrigin::OnCall { by: origin.by.clone(), room: origin.room.cloned() };
    let test = start(tx, cx, NewTest { origin, until: cx.now + ON_CALL_TEST_ANSWER }, asked)?;
    for asked in &test.people {
        let kinds = asked.methods.iter().map(|tested| tested.kind).collect();
        let event = SystemEvent::OnCallTestStarted { test: test.id, person: asked.person.clone(), kinds };
        notices::note_to(tx, cx, event, vec![Audience::Person(asked.person.clone())])?;
    }
    Ok(test)
}

/// Who asked for an on-call test, and where.
#[derive(Clone, Copy, Debug)]
pub struct OnCallOrigin<'a> {
    /// Who.
    pub by: &'a PersonId,
    /// In which room, if in one.
    pub room: Option<&'a RoomId>,
}

/// A person of a new test, with the methods to be used.
pub(super) struct AskedPerson {
    pub(super) person: PersonId,
    pub(super) methods: Vec<ContactMethod>,
}

/// A test that is to be started.
pub(super) struct NewTest {
    pub(super) origin: TestOrigin,
    pub(super) until: crate::domain::Timestamp,
}

/// Sends the messages of a test and waits for answers.
pub(super) fn start(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    new: NewTest,
    asked: Vec<AskedPerson>,
) -> Result<ReachTest, StoreError> {
    let id = PageId::new(cx.now);
    let mut people = Vec::new();
    for AskedPerson { person, methods } in asked {
        for method in &methods {
            testing::send(tx, cx, method, TestMessageSpec { test: id, until: new.until })?;
        }
        let methods = methods.iter().map(|method| TestedMethod { method: method.id, kind: method.kind }).collect();
        people.push(TestedPerson { person, methods, answer: None });
    }
    let test = ReachTest { id, origin: new.origin, at: cx.now, until: new.until, people };
    tx.save_reach_test(&test)?;
    let key = EffectKey(format!("reach-test/{id}/over"));
    tx.enqueue(&key, &Timer::ReachTestOver { test: id }.into(), test.until)?;
    Ok(test)
}

/// Records that a person answered a test. Returns false if there is no such test, or it did not ask the person.
pub fn note_answer(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    test: PageId,
    person: &PersonId,
    via: Option<MethodKind>,
) -> Result<bool, StoreError> {
    let Some(mut test) = tx.reach_test(test)? else { return Ok(false) };
    let asked = test.people.iter().any(|asked| asked.person == *person);
    if test.note_answer(person, TestAnswer { at: cx.now, via }) {
        tx.save_reach_test(&test)?;
    }
    Ok(asked)
}

/// Handles the end of a test: posts what an on-call test found; notes a weekly test that nobody answered.
pub fn on_over(tx: &mut Tx<'_>, cx: Context<'_>, id: PageId) -> Result<(), StoreError> {
    let Some(test) = tx.reach_test(id)? else { return Ok(()) };
    match &test.origin {
        TestOrigin::OnCall { by, room } => {
            let mut results = Vec::new();
            for asked in &test.people {
                results.push(result_of(tx, &test, asked)?);
            }
            let reader = match room {
                Some(room) => Audience::Feed(room.clone()),
                None => Audience::Person(by.clone()),
            };
            let event = SystemEvent::OnCallTestEnded { test: id, by: by.clone(), results };
            notices::note_to(tx, cx, event, vec![reader])
        }
        // Nobody could answer while hotroom was down.
        TestOrigin::Weekly if cx.now - test.until > LATE => Ok(()),
        TestOrigin::Weekly => {
            let failed = test.people.iter().filter(|asked| !test.is_passed_by(&asked.person));
            for tested in failed.flat_map(|asked| &asked.methods) {
                note_unanswered(tx, cx, &test, tested.method)?;
            }
            Ok(())
        }
    }
}

/// Notes at a method that its weekly test was not answered, unless it has been proven since.
fn note_unanswered(tx: &mut Tx<'_>, cx: Context<'_>, test: &ReachTest, id: ContactMethodId) -> Result<(), StoreError> {
    match tx.contact_method(id)? {
        Some(method) if method.proven_at.is_none_or(|proven| proven < test.at) => {
            tx.save_contact_method(&ContactMethod { test_failed_at: Some(cx.now), ..method })
        }
        Some(_) | None => Ok(()),
    }
}

fn result_of(reads: &Reads<'_>, test: &ReachTest, asked: &TestedPerson) -> Result<TestResult, StoreError> {
    let mut messages = Vec::new();
    for tested in &asked.methods {
        let sent = reads.contact_messages_by(tested.method, MOST_MESSAGES)?;
        let message = sent.into_iter().find(|message| message.page == Some(test.id));
        let (status, why) = match &message {
            Some(message) => {
                let (code, why) = message.outcome.reason();
                let why = [code, why].into_iter().flatten().collect::<Vec<_>>().join(" ");
                (message.outcome.name(), why)
            }
            None => ("planned", String::new()),
        };
        messages.push(TestMessage { kind: tested.kind, status: status.to_owned(), why });
    }
    let answer = asked.answer.filter(|answer| answer.at <= test.until);
    Ok(TestResult {
        person: asked.person.clone(),
        answered_after: answer.map(|answer| (answer.at - test.at).num_seconds()),
        via: answer.and_then(|answer| answer.via),
        messages,
    })
}
