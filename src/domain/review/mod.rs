//! Post-mortems: what an incident teaches, from the first draft to publication.
//!
//! A post-mortem is an aggregate of its own with the stream `postmortem/<incident>`: `decide` may refuse a command, `apply`
//! builds the record. An incident has at most one.

mod apply;
mod blame;
mod consequence;
mod decide;
mod event;
mod followup;
mod policy;
#[cfg(test)]
mod tests;
mod wiki;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    ids::{IncidentId, Key, PersonId, RoomId},
    people::Actor,
    text::Untrusted,
};

pub use apply::{RECORD_VERSION, apply, replay};
pub use blame::blaming_sentences;
pub use consequence::{consequences, next_reminder};
pub use decide::{MAX_SECTION, decide, open};
pub use event::{NewPostmortem, NewSection, PostmortemEvent, SectionPrefill};
pub use followup::{
    FOLLOWUP_VERSION, FollowUpClass, FollowUpCommand, FollowUpEvent, FollowUpFacts, FollowUpItem, FollowUpKind,
    FollowUpPolicy, FollowUpState, NewFollowUp, apply_followup, decide_followup, followup_effects, new_followup,
    next_digest, replay_followup,
};
pub use policy::{PostmortemPolicy, PostmortemRule, StepTargets};
pub use wiki::{WikiKind, WikiPage};

/// The section with the message for customers. It is a draft of its own and no part of the document.
pub const EXTERNAL: &str = "external";

/// The state of a post-mortem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostmortemState {
    /// Its owner writes it.
    Draft,
    /// Its approvers read it.
    InReview,
    /// It may be published.
    Approved,
    /// It is published.
    Published,
    /// None is written, for a reason.
    Skipped,
}

impl PostmortemState {
    /// All states, in the order they are reached.
    pub const ALL: [Self; 5] = [Self::Draft, Self::InReview, Self::Approved, Self::Published, Self::Skipped];

    /// The word it is stored and shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InReview => "in_review",
            Self::Approved => "approved",
            Self::Published => "published",
            Self::Skipped => "skipped",
        }
    }

    /// Returns what has to be done next; `None` if nothing is left.
    pub fn step(self) -> Option<PostmortemStep> {
        match self {
            Self::Draft => Some(PostmortemStep::Draft),
            Self::InReview => Some(PostmortemStep::Review),
            Self::Approved => Some(PostmortemStep::Publish),
            Self::Published | Self::Skipped => None,
        }
    }
}

/// A step of a post-mortem that has a target time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostmortemStep {
    /// Its owner writes it and submits it.
    Draft,
    /// An approver approves or returns it.
    Review,
    /// Its owner publishes it.
    Publish,
}

/// A section, in Markdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostmortemSection {
    /// Its name in commands and addresses: `root_cause`.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What belongs into it.
    pub help: String,
    /// Its text; blank in a draft whose section nobody has written, which then shows what the record says.
    pub text: Untrusted,
    /// The number of its versions, from 1.
    pub version: u32,
    /// True if the text comes from the record of the incident and nobody has changed it.
    pub prefilled: bool,
    /// Who wrote this version.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// A comment on a section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionComment {
    /// Its number within the post-mortem, from 1.
    pub number: u32,
    /// The section.
    pub section: String,
    /// Who wrote it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// The text.
    pub text: Untrusted,
    /// True if it is settled.
    pub resolved: bool,
}

/// The record of a post-mortem, built from its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Postmortem {
    /// Its incident.
    pub incident: IncidentId,
    /// The key of the incident.
    pub key: Key,
    /// Its state.
    pub state: PostmortemState,
    /// Who writes it.
    pub owner: PersonId,
    /// Who may approve it.
    pub approvers: BTreeSet<PersonId>,
    /// True if it is published only after an approval.
    pub needs_approval: bool,
    /// The name of its template.
    pub template: String,
    /// Its sections, in order.
    pub sections: Vec<PostmortemSection>,
    /// The comments, in order.
    pub comments: Vec<SectionComment>,
    /// The target time of each step, as it was when the post-mortem was opened.
    pub targets: StepTargets,
    /// When the present step should be done; `None` if nothing is left.
    pub due: Option<Timestamp>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was submitted last.
    pub submitted_at: Option<Timestamp>,
    /// Who approved it.
    pub approved_by: Option<PersonId>,
    /// When it was approved.
    pub approved_at: Option<Timestamp>,
    /// When it was published last.
    pub published_at: Option<Timestamp>,
    /// The rooms it was published in.
    pub published_in: Vec<RoomId>,
    /// Why none is written.
    pub skip_reason: Option<Untrusted>,
    /// The number of its events.
    pub version: u64,
}

impl Postmortem {
    /// The streams of post-mortems begin with this.
    pub const STREAMS: &str = "postmortem/";

    /// Returns the name of the event stream.
    pub fn stream(incident: IncidentId) -> String {
        format!("{}{incident}", Self::STREAMS)
    }

    /// Returns a section.
    pub fn section(&self, id: &str) -> Option<&PostmortemSection> {
        self.sections.iter().find(|section| section.id == id)
    }

    /// Returns the sections of the document: all but the message for customers.
    pub fn document(&self) -> impl Iterator<Item = &PostmortemSection> {
        self.sections.iter().filter(|section| section.id != EXTERNAL)
    }

    /// True if the present step should be done by now.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.due.is_some_and(|due| due <= now)
    }
}

/// A command to a post-mortem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostmortemCommand {
    /// Change owner or approvers.
    Assign {
        /// The new owner; `None` if it stays.
        owner: Option<PersonId>,
        /// The new approvers; `None` if they stay.
        approvers: Option<Vec<PersonId>>,
    },
    /// Write a section.
    WriteSection {
        /// Which one.
        section: String,
        /// Its whole text.
        text: Untrusted,
        /// The version that the writer changed.
        base: u32,
    },
    /// Put down what the record of the incident says in sections that nobody has written.
    Prefill {
        /// The texts.
        sections: Vec<SectionPrefill>,
    },
    /// Comment on a section.
    Comment {
        /// Which one.
        section: String,
        /// The text.
        text: Untrusted,
    },
    /// Settle a comment.
    ResolveComment {
        /// Its number.
        number: u32,
    },
    /// Submit it for review.
    Submit,
    /// Return it to its owner.
    Return {
        /// Why.
        reason: Untrusted,
    },
    /// Approve it.
    Approve,
    /// Publish it.
    Publish {
        /// The rooms it is posted in.
        rooms: Vec<RoomId>,
    },
    /// Write none.
    Skip {
        /// Why.
        reason: Untrusted,
    },
    /// The timer of a reminder fired.
    Remind,
}

/// What `decide` needs to know.
#[derive(Clone, Copy, Debug)]
pub struct PostmortemFacts<'a> {
    /// Now.
    pub now: Timestamp,
    /// Who acts.
    pub actor: &'a Actor,
    /// True if the actor is an admin.
    pub is_admin: bool,
    /// When reminders are sent.
    pub policy: &'a PostmortemPolicy,
    /// To whom an overdue step escalates.
    pub managers: &'a [PersonId],
}
