//! Who takes part, in which role, and with which tasks.

use serde::{Deserialize, Serialize};

use crate::domain::{
    ids::{PersonId, RoleId},
    text::Untrusted,
};

/// An event of the people of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum PeopleEvent {
    /// People were invited to the room.
    PeopleInvited { people: Vec<PersonId> },
    /// A person took a role, from another person or while it was vacant.
    RoleAssigned { role: RoleId, person: PersonId, previous: Option<PersonId> },
    /// An admin who was no member joined, and why.
    AdminJoined { person: PersonId, reason: Untrusted },
    /// A role became vacant.
    RoleReleased { role: RoleId, previous: PersonId },
    /// A task was added.
    TaskAdded { number: u32, text: Untrusted, assignee: Option<PersonId> },
    /// A person took a task.
    TaskAssigned { number: u32, person: PersonId },
    /// A task was done.
    TaskDone { number: u32 },
    /// Tasks were closed because the incident was cancelled.
    TasksClosed { numbers: Vec<u32> },
}

impl PeopleEvent {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::PeopleInvited { .. } => "people_invited",
            Self::RoleAssigned { .. } => "role_assigned",
            Self::AdminJoined { .. } => "admin_joined",
            Self::RoleReleased { .. } => "role_released",
            Self::TaskAdded { .. } => "task_added",
            Self::TaskAssigned { .. } => "task_assigned",
            Self::TaskDone { .. } => "task_done",
            Self::TasksClosed { .. } => "tasks_closed",
        }
    }

    /// The texts that people wrote.
    pub(super) fn texts(&self) -> Vec<&Untrusted> {
        if let Self::TaskAdded { text, .. } | Self::AdminJoined { reason: text, .. } = self {
            vec![text]
        } else {
            Vec::new()
        }
    }

    /// The event with each text that people wrote replaced.
    pub(super) fn map_texts(mut self, change: &mut impl FnMut(Untrusted) -> Untrusted) -> Self {
        if let Self::TaskAdded { text, .. } | Self::AdminJoined { reason: text, .. } = &mut self {
            *text = change(std::mem::take(text));
        }
        self
    }
}
