//! What came of an effect outside.

use serde::{Deserialize, Serialize};

use crate::domain::{
    ids::RoomId,
    pager::PagerReceipt,
    review::WikiPage,
    status::MirroredPost,
    tracker::{BoardColumn, ChangeId, Issue, IssueRef},
};

/// What came of an effect outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<T = Receipt> {
    /// It happened; this is what the other side calls it.
    Delivered(T),
    /// Nothing was sent, because nothing has to be.
    Skipped(SkipReason),
    /// It did not happen; try again later.
    Retry {
        /// How long to wait; `None` for the usual back-off.
        after_ms: Option<u64>,
        /// Why.
        why: String,
    },
    /// It will never happen.
    Rejected {
        /// Why.
        why: String,
    },
    /// Nobody knows.
    Unknown {
        /// What was seen.
        why: String,
    },
}

impl<T> Outcome<T> {
    /// The same outcome with another receipt.
    pub fn map<U>(self, receipt: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Delivered(made) => Outcome::Delivered(receipt(made)),
            Self::Skipped(reason) => Outcome::Skipped(reason),
            Self::Retry { after_ms, why } => Outcome::Retry { after_ms, why },
            Self::Rejected { why } => Outcome::Rejected { why },
            Self::Unknown { why } => Outcome::Unknown { why },
        }
    }

    /// The same outcome with another reason, if it has one.
    pub fn because(self, why: String) -> Self {
        match self {
            Self::Delivered(made) => Self::Delivered(made),
            Self::Skipped(reason) => Self::Skipped(reason),
            Self::Retry { after_ms, .. } => Self::Retry { after_ms, why },
            Self::Rejected { .. } => Self::Rejected { why },
            Self::Unknown { .. } => Self::Unknown { why },
        }
    }
}

/// What a platform calls a message that was posted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostId(pub String);

/// What a delivered effect made outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receipt {
    /// Nothing that is referred to later.
    Nothing,
    /// A room.
    Room(RoomId),
    /// A message.
    Post(PostId),
    /// An incident on a mirror of the status page.
    Mirrored(MirroredPost),
    /// What a tracker answered.
    Tracker(Box<TrackerReceipt>),
    /// What an outside pager replied.
    Pager(Box<PagerReceipt>),
    /// A page in a wiki.
    Page(WikiPage),
}

/// What a tracker answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackerReceipt {
    /// The issue that was created, or found by its mark.
    Created(IssueRef),
    /// The ids of a change.
    Changed(Vec<ChangeId>),
    /// The ids of a comment, and what it covers.
    Commented {
        /// The ids.
        ids: Vec<ChangeId>,
        /// Events up to this one.
        events: u64,
        /// Messages of the room up to this one.
        messages: i64,
    },
    /// The status cannot be reached.
    NoTransition {
        /// The status.
        to: String,
        /// What can be reached.
        possible: Vec<String>,
    },
    /// The issue as it is now; `None` if it is gone.
    Read(Option<Box<Issue>>),
    /// Issues that changed.
    Listed(Vec<Issue>),
    /// The columns of a board.
    Board(Vec<BoardColumn>),
}

impl Receipt {
    /// The id that is kept with the row of the outbox.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Room(room) => Some(room.as_str()),
            Self::Post(post) => Some(&post.0),
            Self::Mirrored(post) => Some(&post.remote),
            Self::Page(page) => Some(&page.id),
            Self::Tracker(receipt) => match receipt.as_ref() {
                TrackerReceipt::Created(issue) => Some(&issue.id),
                TrackerReceipt::Changed(_)
                | TrackerReceipt::Commented { .. }
                | TrackerReceipt::NoTransition { .. }
                | TrackerReceipt::Read(_)
                | TrackerReceipt::Listed(_)
                | TrackerReceipt::Board(_) => None,
            },
            Self::Pager(receipt) => match receipt.as_ref() {
                PagerReceipt::Shown(page) => Some(&page.remote.id),
                PagerReceipt::Taken | PagerReceipt::Hidden => None,
            },
        }
    }
}

/// Why an effect was not sent although nothing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// What it is about does not exist.
    NoSubject,
    /// The event it reports has no message.
    NoMessage,
    /// Its incident became private, and its room is read by everyone.
    BecamePrivate,
    /// The group is listed in the summary of a storm.
    InStormSummary,
    /// A newer storm has a summary of its own.
    NewerStorm,
    /// Someone answered the page before it was sent.
    PageNotNeeded,
    /// What it would edit was never delivered.
    NeverDelivered,
    /// The state it would bring about is no longer wanted.
    StateChanged,
    /// The platform opens a direct room with its first message.
    OpenedByFirstMessage,
    /// The person has no known account on the platform.
    NoAccount,
    /// Nobody is in the direct room.
    EmptyRoom,
    /// The message is counted in a summary of missed messages.
    InMissedSummary,
    /// The platform is switched off.
    PlatformOff,
    /// The source lists no topics any more.
    NoTopics,
    /// The webhook is not configured any more, or not for this event.
    NoWebhook,
    /// The webhook is disabled.
    WebhookDisabled,
    /// The receiver of the webhook has said that it wants no more events.
    ReceiverGone,
    /// Its incident is private, and the destination may not show private incidents.
    PrivateIncident,
    /// Its incident is a drill, which is sent only to the people it pages.
    Drill,
    /// The contact method was removed, is switched off or not verified, or its section of `bot.toml` is.
    NoContactMethod,
    /// The contact method has had as many messages as its limit allows.
    ContactLimit,
    /// The contact method was sent another page shortly before: this one is sent with others in one message.
    Bundled,
    /// The other side says that the subscription of the contact method has ended.
    ContactGone,
    /// The person has answered STOP.
    ContactOptedOut,
    /// The mirror of the status page is not configured any more.
    NoStatusMirror,
    /// No outside tracker is configured any more, or another one.
    NoTracker,
    /// The incident has no issue, or nothing may be written to it.
    NoIssue,
    /// Nothing of the issue follows it by the maps in bot.toml.
    NotMapped,
    /// The outside pager is not configured any more.
    NoPager,
}

impl SkipReason {
    /// The word that is kept with the row of the outbox.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoSubject => "no_subject",
            Self::NoMessage => "no_message",
            Self::BecamePrivate => "became_private",
            Self::InStormSummary => "in_storm_summary",
            Self::NewerStorm => "newer_storm",
            Self::PageNotNeeded => "page_not_needed",
            Self::NeverDelivered => "never_delivered",
            Self::StateChanged => "state_changed",
            Self::OpenedByFirstMessage => "opened_by_first_message",
            Self::NoAccount => "no_account",
            Self::EmptyRoom => "empty_room",
            Self::InMissedSummary => "in_missed_summary",
            Self::PlatformOff => "platform_off",
            Self::NoTopics => "no_topics",
            Self::NoWebhook => "no_webhook",
            Self::WebhookDisabled => "webhook_disabled",
            Self::ReceiverGone => "receiver_gone",
            Self::PrivateIncident => "private_incident",
            Self::Drill => "drill",
            Self::NoContactMethod => "no_contact_method",
            Self::ContactLimit => "contact_limit",
            Self::Bundled => "bundled",
            Self::ContactGone => "contact_gone",
            Self::ContactOptedOut => "contact_opted_out",
            Self::NoStatusMirror => "no_status_mirror",
            Self::NoTracker => "no_tracker",
            Self::NoIssue => "no_issue",
            Self::NotMapped => "not_mapped",
            Self::NoPager => "no_pager",
        }
    }
}
