//! Tests of whether people can be reached: a message by each method, and who answered in time.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::MethodKind;
use crate::domain::{
    Timestamp,
    ids::{ContactMethodId, PageId, PersonId, RoomId},
};

/// How long the people on call have to answer a test.
pub const ON_CALL_TEST_ANSWER: TimeDelta = TimeDelta::minutes(5);
/// How long after one on-call test the next one may start: each rings telephones.
pub const ON_CALL_TEST_PAUSE: TimeDelta = TimeDelta::hours(1);
/// How long a person has to answer a weekly test. It is over within working hours.
pub const WEEKLY_TEST_ANSWER: TimeDelta = TimeDelta::hours(2);

/// A test of whether people can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachTest {
    /// Its id, which links and messages carry in place of a page.
    pub id: PageId,
    /// Why it was started.
    pub origin: TestOrigin,
    /// When it was started.
    pub at: Timestamp,
    /// Until when an answer counts.
    pub until: Timestamp,
    /// Whom it asks.
    pub people: Vec<TestedPerson>,
}

/// Why a test was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "origin", rename_all = "snake_case")]
pub enum TestOrigin {
    /// A person asked whether the people on call can be reached.
    OnCall {
        /// Who.
        by: PersonId,
        /// The room in which it was asked; `None` for a direct message to that person.
        room: Option<RoomId>,
    },
    /// The person has a test every week.
    Weekly,
}

impl TestOrigin {
    /// The word it is stored as.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OnCall { .. } => "on_call",
            Self::Weekly => "weekly",
        }
    }
}

/// A person whom a test asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedPerson {
    /// The person.
    pub person: PersonId,
    /// The methods that got a message.
    pub methods: Vec<TestedMethod>,
    /// The first answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<TestAnswer>,
}

/// A method that got a message of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedMethod {
    /// Which one.
    pub method: ContactMethodId,
    /// Its kind.
    pub kind: MethodKind,
}

/// An answer to a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestAnswer {
    /// When it came.
    pub at: Timestamp,
    /// By which kind of method; `None` for the chat.
    pub via: Option<MethodKind>,
}

impl ReachTest {
    /// Records the first answer of a person. Returns false if the test did not ask the person, or has an answer already.
    pub fn note_answer(&mut self, person: &PersonId, answer: TestAnswer) -> bool {
        let asked = self.people.iter_mut().find(|asked| asked.person == *person && asked.answer.is_none());
        match asked {
            Some(asked) => {
                asked.answer = Some(answer);
                true
            }
            None => false,
        }
    }

    /// True if the person answered in time.
    pub fn is_passed_by(&self, person: &PersonId) -> bool {
        let asked = self.people.iter().find(|asked| asked.person == *person);
        asked.and_then(|asked| asked.answer).is_some_and(|answer| answer.at <= self.until)
    }
}

/// What an on-call test found of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestResult {
    /// The person.
    pub person: PersonId,
    /// After how many seconds the person answered; `None` if not in time.
    pub answered_after: Option<i64>,
    /// By which kind of method; `None` for the chat.
    pub via: Option<MethodKind>,
    /// What became of each message.
    pub messages: Vec<TestMessage>,
}

/// What became of one message of an on-call test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestMessage {
    /// The kind of the method.
    pub kind: MethodKind,
    /// What is known of it, as a word.
    pub status: String,
    /// Why it failed or waits; empty if it did not.
    #[serde(default)]
    pub why: String,
}
