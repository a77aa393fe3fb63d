//! What trackers report by webhook. A vendor's `read_hook` verifies a delivery and returns only which issue it is about and
//! what sort of change it was: what the issue is now is read from the tracker.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::domain::tracker::{ChangeId, IssueRef, TrackerAccount};

/// The longest body of a delivery that is read, in bytes.
pub const LONGEST_HOOK: usize = 1 << 20;

/// A verified delivery about an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackerHook {
    /// What recognises the delivery when it is repeated: the tracker's own id, or a hash of its content.
    pub delivery: String,
    /// The issue.
    pub issue: IssueRef,
    /// What happened.
    pub event: HookEvent,
    /// Who did it, if the tracker tells.
    pub actor: Option<TrackerAccount>,
}

/// What happened to an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookEvent {
    /// It was created.
    Created,
    /// Fields changed. The id is that of the entry in its history, if there is one.
    Changed(Option<ChangeId>),
    /// A comment was added.
    Commented(ChangeId),
    /// A comment was edited.
    CommentEdited(ChangeId),
    /// A comment was deleted.
    CommentDeleted(ChangeId),
    /// It was deleted.
    Deleted,
    /// Somebody asked for a hot room.
    RoomRequested,
}

/// Why a delivery is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookRefusal {
    /// The settings have no secret, so that nobody can prove to be the tracker.
    NoSecret,
    /// The signature or the secret is missing or wrong.
    BadSignature,
    /// It is signed, but cannot be read.
    Unreadable(String),
}

impl fmt::Display for HookRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSecret => f.write_str("no webhook secret is configured for this tracker"),
            Self::BadSignature => f.write_str("the signature is missing or wrong"),
            Self::Unreadable(why) => write!(f, "a delivery that cannot be read: {why}"),
        }
    }
}

/// An id of a delivery that has none of its own: a hash of what distinguishes it from others.
pub fn delivery_hash(parts: &[&str]) -> String {
    let add = |hash: Sha256, part: &&str| hash.chain_update(part.len().to_be_bytes()).chain_update(part);
    hex::encode(parts.iter().fold(Sha256::new(), add).finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_depends_on_where_a_part_ends() {
        assert_ne!(delivery_hash(&["ab", "c"]), delivery_hash(&["a", "bc"]));
        assert_eq!(delivery_hash(&["ab", "c"]), delivery_hash(&["ab", "c"]));
    }
}
