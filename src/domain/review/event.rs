//! Events of post-mortems.

use serde::{Deserialize, Serialize};

use super::{PostmortemStep, StepTargets};
use crate::domain::{
    ids::{IncidentId, Key, PersonId, RoomId},
    incident::Redaction,
    text::Untrusted,
};

/// A section of the template, or what the record of the incident says in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSection {
    /// Its name in commands and addresses.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What belongs into it.
    pub help: String,
    /// True if it shows what the record of the incident says until somebody writes it.
    pub prefilled: bool,
}

/// What the record of the incident says in a section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionPrefill {
    /// The section.
    pub section: String,
    /// The text.
    pub text: Untrusted,
}

/// What a post-mortem is opened with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPostmortem {
    /// The incident.
    pub incident: IncidentId,
    /// The key of the incident.
    pub key: Key,
    /// Who writes it.
    pub owner: PersonId,
    /// Who may approve it.
    pub approvers: Vec<PersonId>,
    /// True if it is published only after an approval.
    pub needs_approval: bool,
    /// The name of the template.
    pub template: String,
    /// The sections, in order.
    pub sections: Vec<NewSection>,
    /// The target time of each step.
    pub targets: StepTargets,
}

/// What happened to a post-mortem. The log keeps every version of a section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant says what its fields mean")]
pub enum PostmortemEvent {
    /// It was opened, or opened again after it was skipped.
    PostmortemOpened { spec: NewPostmortem },
    /// Owner or approvers changed.
    PostmortemAssigned { owner: PersonId, approvers: Vec<PersonId> },
    /// A section was written. `version` is that of the new text.
    SectionWritten { section: String, version: u32, text: Untrusted },
    /// What the record says in a section that nobody has written was put down, because the document was submitted.
    SectionPrefilled { section: String, version: u32, text: Untrusted },
    /// A section was commented on.
    SectionCommented { number: u32, section: String, text: Untrusted },
    /// A comment was settled.
    CommentResolved { number: u32 },
    /// Its owner submitted it. Without a review it may be published at once.
    PostmortemSubmitted { review: bool },
    /// It was returned to its owner; without a reason, because its text changed after it was submitted or approved.
    PostmortemReturned { reason: Option<Untrusted>, review: bool },
    /// It was approved.
    PostmortemApproved,
    /// It was published.
    PostmortemPublished { rooms: Vec<RoomId> },
    /// None is written.
    PostmortemSkipped { reason: Untrusted },
    /// These people were reminded of a step; with managers if it is overdue for long.
    PostmortemReminded { step: PostmortemStep, people: Vec<PersonId>, managers: Vec<PersonId>, overdue: bool },
    /// Texts left the record. The hashes are those of the events without them.
    PostmortemRedacted { entries: Vec<Redaction> },
}

impl PostmortemEvent {
    /// The name it is stored, logged and rendered under.
    pub fn name(&self) -> &'static str {
        match self {
            Self::PostmortemOpened { .. } => "postmortem_opened",
            Self::PostmortemAssigned { .. } => "postmortem_assigned",
            Self::SectionWritten { .. } => "section_written",
            Self::SectionPrefilled { .. } => "section_prefilled",
            Self::SectionCommented { .. } => "section_commented",
            Self::CommentResolved { .. } => "comment_resolved",
            Self::PostmortemSubmitted { .. } => "postmortem_submitted",
            Self::PostmortemReturned { .. } => "postmortem_returned",
            Self::PostmortemApproved => "postmortem_approved",
            Self::PostmortemPublished { .. } => "postmortem_published",
            Self::PostmortemSkipped { .. } => "postmortem_skipped",
            Self::PostmortemReminded { .. } => "postmortem_reminded",
            Self::PostmortemRedacted { .. } => "postmortem_redacted",
        }
    }

    /// True if the room reads of it. What is written and commented is seen in the document.
    pub fn is_announced(&self) -> bool {
        match self {
            Self::PostmortemOpened { .. }
            | Self::PostmortemAssigned { .. }
            | Self::PostmortemSubmitted { .. }
            | Self::PostmortemReturned { .. }
            | Self::PostmortemApproved
            | Self::PostmortemPublished { .. }
            | Self::PostmortemSkipped { .. }
            | Self::PostmortemReminded { .. } => true,
            Self::SectionWritten { .. }
            | Self::SectionPrefilled { .. }
            | Self::SectionCommented { .. }
            | Self::CommentResolved { .. }
            | Self::PostmortemRedacted { .. } => false,
        }
    }

    /// The event with every text that people wrote, or that was prefilled from the record, changed by `change`.
    pub fn map_texts(self, change: &mut impl FnMut(Untrusted) -> Untrusted) -> Self {
        match self {
            Self::SectionWritten { section, version, text } => {
                Self::SectionWritten { section, version, text: change(text) }
            }
            Self::SectionPrefilled { section, version, text } => {
                Self::SectionPrefilled { section, version, text: change(text) }
            }
            Self::SectionCommented { number, section, text } => {
                Self::SectionCommented { number, section, text: change(text) }
            }
            Self::PostmortemReturned { reason, review } => {
                Self::PostmortemReturned { reason: reason.map(change), review }
            }
            Self::PostmortemSkipped { reason } => Self::PostmortemSkipped { reason: change(reason) },
            other @ (Self::PostmortemOpened { .. }
            | Self::PostmortemAssigned { .. }
            | Self::CommentResolved { .. }
            | Self::PostmortemSubmitted { .. }
            | Self::PostmortemApproved
            | Self::PostmortemPublished { .. }
            | Self::PostmortemReminded { .. }
            | Self::PostmortemRedacted { .. }) => other,
        }
    }
}
