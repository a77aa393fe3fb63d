//! What `/postmortem` requests.

use super::{Act, PostmortemAct, lex::quote};
use crate::domain::{ids::PersonId, text::Untrusted};

/// A change of a post-mortem that a command asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum PostmortemRequest {
    /// Open it.
    Open,
    /// Change owner or approvers; what is absent stays.
    Assign { owner: Option<PersonId>, approvers: Option<Vec<PersonId>> },
    /// Submit it.
    Submit,
    /// Approve it.
    Approve,
    /// Return it to its owner.
    Return { reason: Untrusted },
    /// Publish it.
    Publish,
    /// Write none.
    Skip { reason: Untrusted },
}

impl PostmortemRequest {
    /// Returns the declared command.
    pub(super) fn act(&self) -> Act {
        match self {
            Self::Open => Act::Postmortem(PostmortemAct::Open),
            Self::Assign { .. } => Act::Postmortem(PostmortemAct::Assign),
            Self::Submit => Act::Postmortem(PostmortemAct::Submit),
            Self::Approve => Act::Postmortem(PostmortemAct::Approve),
            Self::Return { .. } => Act::Postmortem(PostmortemAct::Return),
            Self::Publish => Act::Postmortem(PostmortemAct::Publish),
            Self::Skip { .. } => Act::Postmortem(PostmortemAct::Skip),
        }
    }

    /// The words after the command, which parse back to this.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Open | Self::Submit | Self::Approve | Self::Publish => String::new(),
            Self::Assign { owner, approvers } => {
                let owner = owner.as_ref().map(|owner| format!(" owner:{}", quote(&format!("@{owner}"))));
                let people = |people: &Vec<PersonId>| {
                    let people: Vec<String> = people.iter().map(|person| format!("@{person}")).collect();
                    format!(" approvers:{}", quote(&people.join(" ")))
                };
                let approvers = approvers.as_ref().map(people);
                format!("{}{}", owner.unwrap_or_default(), approvers.unwrap_or_default())
            }
            Self::Return { reason } | Self::Skip { reason } => format!(" {}", quote(reason.verbatim())),
        }
    }
}
