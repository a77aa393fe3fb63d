//! What follows here from an issue of a tracker, for the reactor.

use crate::domain::{
    ids::{Key, PersonId},
    incident::{Command, Declare},
    tracker::{IssueRef, SeenIssue},
};

/// A change at a tracker that the incident is to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueFollowUp {
    /// The change here.
    pub command: Command,
    /// Who made it there, for the room.
    pub author: String,
    /// What it was, for the room.
    pub change: String,
}

/// An incident that is declared for an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// The declaration.
    pub declare: Declare,
    /// The key of the issue; `None` if it cannot be that of an incident.
    pub key: Option<Key>,
    /// The project of the issue.
    pub project: String,
    /// The issue.
    pub issue: IssueRef,
    /// Its address for people.
    pub url: String,
    /// What it shows.
    pub seen: SeenIssue,
    /// Who is responsible for it.
    pub manager: Option<PersonId>,
    /// Who watches it.
    pub watchers: Vec<PersonId>,
}
