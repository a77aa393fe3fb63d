//! What came of an attempt to reach a person by a contact method.

use serde::{Deserialize, Serialize};

/// What is known of one message to a contact method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ContactOutcome {
    /// Its time has not come, or it is being sent.
    Planned,
    /// It is sent with other pages in one message, because the method was sent a page shortly before.
    Bundled,
    /// It could not be sent yet and is tried again.
    Delayed {
        /// The reason.
        why: String,
    },
    /// The provider has accepted it. That is no proof that it arrived.
    Accepted,
    /// The provider says that it arrived. That is no answer.
    Delivered,
    /// It was shown on the person's screen.
    Shown,
    /// The page was over, or the person had declined it, before its time came.
    NotNeeded,
    /// The incident is private, and the method may not carry it.
    Withheld,
    /// The method has had as many messages as its limit allows; the next one was used at once.
    Limited,
    /// It failed for good.
    Failed {
        /// The provider's code, if it gave one.
        #[serde(default)]
        code: Option<String>,
        /// The reason.
        why: String,
    },
}

impl ContactOutcome {
    /// The word it is shown as.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Bundled => "bundled",
            Self::Delayed { .. } => "delayed",
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Shown => "shown",
            Self::NotNeeded => "not_needed",
            Self::Withheld => "withheld",
            Self::Limited => "limited",
            Self::Failed { .. } => "failed",
        }
    }

    /// Returns the code and the words of a failure, or the words of a delay.
    pub fn reason(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Delayed { why } => (None, Some(why)),
            Self::Failed { code, why } if why.is_empty() => (code.as_deref(), None),
            Self::Failed { code, why } => (code.as_deref(), Some(why)),
            Self::Planned
            | Self::Bundled
            | Self::Accepted
            | Self::Delivered
            | Self::Shown
            | Self::NotNeeded
            | Self::Withheld
            | Self::Limited => (None, None),
        }
    }

    /// True if nothing was sent yet and something may still be.
    pub fn is_pending(&self) -> bool {
        match self {
            Self::Planned | Self::Bundled | Self::Delayed { .. } => true,
            Self::Accepted
            | Self::Delivered
            | Self::Shown
            | Self::NotNeeded
            | Self::Withheld
            | Self::Limited
            | Self::Failed { .. } => false,
        }
    }

    /// True if the provider has the message.
    pub fn is_sent(&self) -> bool {
        match self {
            Self::Accepted | Self::Delivered | Self::Shown => true,
            Self::Planned
            | Self::Bundled
            | Self::Delayed { .. }
            | Self::NotNeeded
            | Self::Withheld
            | Self::Limited
            | Self::Failed { .. } => false,
        }
    }

    /// True if the person will not get it.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Withheld | Self::Limited | Self::Failed { .. } => true,
            Self::Planned
            | Self::Bundled
            | Self::Delayed { .. }
            | Self::Accepted
            | Self::Delivered
            | Self::Shown
            | Self::NotNeeded => false,
        }
    }

    /// True if this may follow `before`: reports of providers come late, twice and in any order, and what is known does not
    /// become less.
    pub fn may_follow(&self, before: &Self) -> bool {
        let rank = |outcome: &Self| match outcome {
            Self::Planned => 0,
            Self::Delayed { .. } => 1,
            Self::Bundled => 2,
            Self::Accepted => 3,
            Self::Delivered => 4,
            Self::NotNeeded | Self::Withheld | Self::Limited | Self::Failed { .. } => 5,
            Self::Shown => 6,
        };
        match (before, self) {
            // Reasons of a delay change.
            (Self::Delayed { .. }, Self::Delayed { .. }) => before != self,
            // A message that was accepted may fail later, and never becomes unneeded.
            (Self::Accepted | Self::Delivered, Self::NotNeeded | Self::Withheld | Self::Limited) => false,
            (Self::Delivered, Self::Failed { .. }) => false,
            (_, _) => rank(self) > rank(before),
        }
    }
}
