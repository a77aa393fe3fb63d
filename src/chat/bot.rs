//! The port from chat platforms to the bot. The app implements it, so that `chat` never imports `app`.

use std::collections::BTreeSet;

use futures_util::future::BoxFuture;

use super::{
    Inbound, Post, Reply,
    builtin::{Talk, TalkOrigin},
};
use crate::{
    command::Catalog,
    domain::{
        Timestamp,
        ids::{PersonId, Platform},
        text::Untrusted,
    },
    store::StoreError,
};

/// What a platform reports to the bot, and what it asks the bot for. Object-safe, because a platform does not know the
/// implementation.
pub trait Bot: Send + Sync + 'static {
    /// Returns the time, real or virtual.
    fn now(&self) -> Timestamp;

    /// Returns the slash commands that a platform offers.
    fn catalog(&self) -> &Catalog;

    /// Returns the question to ask before a command that cannot be undone.
    fn confirmation(&self, command: &str) -> Confirmation;

    /// Returns the reply to give when the store refused a command.
    fn busy(&self, error: &StoreError) -> Reply;

    /// Returns the post for people who are not served.
    fn rejection(&self) -> Post;

    /// Carries out a command once for each delivery id. A repeat gets the stored reply.
    fn on_command(&self, inbound: Inbound) -> BoxFuture<'_, Result<Reply, StoreError>>;

    /// Returns the form that a command needs first; `None` if it can be carried out directly.
    fn on_form_request(&self, inbound: Inbound) -> BoxFuture<'_, Result<Option<Reply>, StoreError>>;

    /// Returns what a form would show to customers, with buttons to send it and to edit it; `None` if it shows them nothing
    /// or cannot be carried out.
    fn on_preview_request(&self, inbound: Inbound) -> BoxFuture<'_, Result<Option<Post>, StoreError>>;

    /// Returns the form of a command with what was entered; `None` if it has none.
    fn on_form_reopened(&self, inbound: Inbound) -> BoxFuture<'_, Result<Option<Reply>, StoreError>>;

    /// Returns the post for a person whose entries are not stored any more.
    fn draft_expired(&self) -> Post;

    /// Returns the possible values of an option, each with its label.
    fn complete(
        &self,
        inbound: Inbound,
        completion: Completion,
    ) -> BoxFuture<'_, Result<Vec<(String, String)>, StoreError>>;

    /// Stores a message that a person wrote in a room.
    fn on_message(&self, message: PlatformMessage) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Applies an edit or deletion of a message.
    fn on_message_edit(&self, edit: MessageEdit) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Records a message that a person marked with a reaction. True if the reaction took effect.
    fn on_reaction(&self, inbound: Inbound) -> BoxFuture<'_, Result<bool, StoreError>>;

    /// True if a message is on a timeline or, with `as_draft`, was offered as an update.
    fn is_recorded(&self, message: String, as_draft: bool) -> BoxFuture<'_, Result<bool, StoreError>>;

    /// Stores a message of a monitoring system as a delivery of a source.
    fn on_monitoring_message(&self, message: MonitoringMessage) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Records that a session with a platform started.
    fn on_session_start(&self, platform: Platform) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Notifies people that a platform is unavailable for a reason that they can fix.
    fn on_session_lost(&self, platform: Platform, reason: String) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Notifies people when a platform has little or no capacity for more channels.
    fn on_capacity(&self, usage: ChannelUsage) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Records the refusal of a person who is not served in the audit log.
    fn on_rejected(&self, outsider: Outsider) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// The question before a command that cannot be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// The question.
    pub question: String,
    /// The label of the button that confirms.
    pub button: String,
}

/// The option of a command that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The command: `incident severity`.
    pub command: String,
    /// The option.
    pub option: String,
}

/// A message that a person wrote on a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformMessage {
    /// What was written, by whom and in which room.
    pub talk: Talk,
    /// The message of the platform.
    pub origin: TalkOrigin,
}

/// A message that was edited or deleted on a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageEdit {
    /// The message on the platform.
    pub origin: TalkOrigin,
    /// The text of the message in its room; empty when it was deleted.
    pub text: Untrusted,
    /// Everyone who can be mentioned in it.
    pub known: BTreeSet<PersonId>,
    /// The change of its timeline entry. `None` if readers see no change, as when a preview is added.
    pub timeline: Option<TimelineEdit>,
}

/// How an edit changes the timeline entry of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimelineEdit {
    /// The author of the message, if the entry does not name one.
    pub author: String,
    /// The new text; `None` when the message was deleted.
    pub text: Option<String>,
}

/// A message of a monitoring system in a channel that a source names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitoringMessage {
    /// The source.
    pub source: String,
    /// The id by which a repeat is recognized.
    pub delivery: String,
    /// The parts of the message that rules read, as JSON.
    pub body: String,
}

/// How many channels a platform has, and how many it allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelUsage {
    /// The platform.
    pub platform: Platform,
    /// How many there are.
    pub used: usize,
    /// How many it allows.
    pub max: usize,
    /// The capacity to report.
    pub capacity: Capacity,
    /// True if the warning that it is nearly full no longer applies.
    pub is_calm: bool,
}

/// The capacity of a platform for more channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capacity {
    /// Enough.
    Ample,
    /// Nearly full.
    Tight,
    /// No more channels allowed.
    Full,
}

impl Capacity {
    /// Returns the stored word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ample => "ample",
            Self::Tight => "tight",
            Self::Full => "full",
        }
    }
}

/// A person who is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outsider {
    /// The platform.
    pub platform: Platform,
    /// The account.
    pub account: String,
    /// The guild in which it acted; `None` in a direct message.
    pub server: Option<String>,
}
