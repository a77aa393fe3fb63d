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

/// What a platform reports to the bot, and what the bot tells it in return. Object-safe, because a platform does not know
/// who implements it.
pub trait Bot: Send + Sync + 'static {
    /// Returns the time, real or virtual.
    fn now(&self) -> Timestamp;

    /// Returns the slash commands that a platform offers.
    fn catalog(&self) -> &Catalog;

    /// Returns the question to ask before a command that cannot be undone.
    fn confirmation(&self, command: &str) -> Confirmation;

    /// Returns the reply to give when the store refused a command.
    fn busy(&self, error: &StoreError) -> Reply;

    /// Returns the post that people see who are not served.
    fn rejection(&self) -> Post;

    /// Carries a command out once for each delivery id; a repeat gets the saved reply.
    fn on_command(&self, inbound: Inbound) -> BoxFuture<'_, Result<Reply, StoreError>>;

    /// Returns the form that a command needs first; `None` if it can be carried out as it is.
    fn on_form_request(&self, inbound: Inbound) -> BoxFuture<'_, Result<Option<Reply>, StoreError>>;

    /// Returns what can stand for an option, as value and label.
    fn complete(
        &self,
        inbound: Inbound,
        completion: Completion,
    ) -> BoxFuture<'_, Result<Vec<(String, String)>, StoreError>>;

    /// Takes in a message that a person wrote in a room.
    fn on_message(&self, message: PlatformMessage) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Takes in that a message was edited or deleted.
    fn on_message_edit(&self, edit: MessageEdit) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Records a message that a person marked with a reaction. True if the reaction took effect.
    fn on_reaction(&self, inbound: Inbound) -> BoxFuture<'_, Result<bool, StoreError>>;

    /// True if a message is on a timeline or, with `as_draft`, was offered as an update.
    fn is_recorded(&self, message: String, as_draft: bool) -> BoxFuture<'_, Result<bool, StoreError>>;

    /// Stores a message of a monitoring system as a delivery of a source.
    fn on_monitoring_message(&self, message: MonitoringMessage) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Notes that a session with a platform has begun.
    fn on_session_start(&self, platform: Platform) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Tells people that a platform is out of reach for a reason that they can fix.
    fn on_session_lost(&self, platform: Platform, reason: String) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Tells people when the platform has little or no capacity for further channels.
    fn on_capacity(&self, usage: ChannelUsage) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Writes the refusal of someone who is not served into the audit log.
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
    /// The message of the platform.
    pub origin: TalkOrigin,
    /// The text of the message in its room; empty when it was deleted.
    pub text: Untrusted,
    /// Everyone who can be mentioned in it.
    pub known: BTreeSet<PersonId>,
    /// What a timeline says of it. `None` when it did not change for readers, as when a preview was added.
    pub timeline: Option<TimelineEdit>,
}

/// How an edit changes the timeline entry of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimelineEdit {
    /// Who wrote the message, when the entry does not say so itself.
    pub author: String,
    /// The new text; `None` when the message was deleted.
    pub text: Option<String>,
}

/// A message of a monitoring system in a channel that a source names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitoringMessage {
    /// The source.
    pub source: String,
    /// The id under which a repeat is known.
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
    /// What people are told of it.
    pub capacity: Capacity,
    /// True if people who were told that it is nearly full need not know any more.
    pub is_calm: bool,
}

/// How much capacity a platform has for further channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capacity {
    /// Enough.
    Ample,
    /// It is nearly full.
    Tight,
    /// It allows no further channel.
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

/// Someone who is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outsider {
    /// The platform.
    pub platform: Platform,
    /// The account.
    pub account: String,
    /// The server on which it spoke; `None` in a direct conversation.
    pub server: Option<String>,
}
