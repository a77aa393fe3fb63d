//! Refusals of commands about post-mortems.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Timestamp,
    ids::{Key, PersonId},
    people::Actor,
    review::{FollowUpState, PostmortemState},
    text::Untrusted,
};

/// A refusal of a command about post-mortems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are what the sentence of the variant needs")]
pub enum ReviewRefusal {
    /// The incident has none.
    #[error("{key} has no post-mortem")]
    NoPostmortem { key: Key },
    /// The incident has one.
    #[error("{key} has a post-mortem already")]
    PostmortemExists { key: Key, state: PostmortemState },
    /// The incident is still worked on.
    #[error("{key} is not resolved")]
    NotResolved { key: Key },
    /// The command does not fit the state.
    #[error("the post-mortem of {key} is {}", state.name())]
    PostmortemState { key: Key, state: PostmortemState, needs_approval: bool },
    /// Documents are kept nowhere else.
    #[error("{key} has no documents outside")]
    NoDocuments { key: Key },
    /// Nothing is written in it.
    #[error("the post-mortem of {key} is empty")]
    PostmortemEmpty { key: Key },
    /// The person may not approve it.
    #[error("only an approver may do that")]
    NotApprover { own: bool, approvers: Vec<PersonId> },
    /// Owner and approvers are these already.
    #[error("nothing changes")]
    NothingAssigned { owner: PersonId },
    /// There is no such section.
    #[error("there is no such section")]
    UnknownSection { section: Untrusted, known: Vec<String> },
    /// Another person wrote the section meanwhile.
    #[error("the section was changed meanwhile")]
    SectionChanged { section: String, version: u32, by: Actor },
    /// There is no such comment.
    #[error("there is no comment {number}")]
    UnknownComment { number: u32 },
    /// There are too many comments.
    #[error("a post-mortem has at most {max} comments")]
    TooManyComments { max: usize },
    /// The incident has no such follow-up.
    #[error("there is no follow-up {number}")]
    #[serde(rename = "unknown_follow_up")]
    UnknownFollowUp { key: Key, number: u32 },
    /// The command does not fit the state of the follow-up.
    #[error("follow-up {number} is {}", state.name())]
    #[serde(rename = "follow_up_state")]
    FollowUpState { number: u32, state: FollowUpState },
    /// It is no address of a page.
    #[error("this is no link")]
    BadLink { link: Untrusted },
    /// A follow-up is due in the future.
    #[error("the due date has passed")]
    DueInPast { due: Timestamp },
    /// The person may not see the incident, which is private.
    #[error("{person} is no member of the private incident")]
    NotMember { person: PersonId },
}

impl ReviewRefusal {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::NoPostmortem { .. } => "no_postmortem",
            Self::PostmortemExists { .. } => "postmortem_exists",
            Self::NotResolved { .. } => "not_resolved",
            Self::PostmortemState { .. } => "postmortem_state",
            Self::NoDocuments { .. } => "no_documents",
            Self::PostmortemEmpty { .. } => "postmortem_empty",
            Self::NotApprover { .. } => "not_approver",
            Self::NothingAssigned { .. } => "nothing_assigned",
            Self::UnknownSection { .. } => "unknown_section",
            Self::SectionChanged { .. } => "section_changed",
            Self::UnknownComment { .. } => "unknown_comment",
            Self::TooManyComments { .. } => "too_many_comments",
            Self::UnknownFollowUp { .. } => "unknown_follow_up",
            Self::FollowUpState { .. } => "follow_up_state",
            Self::BadLink { .. } => "bad_link",
            Self::DueInPast { .. } => "due_in_past",
            Self::NotMember { .. } => "not_member",
        }
    }
}
