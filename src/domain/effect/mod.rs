//! What hotroom does outside its database or at a later time, as data. Each row of the outbox is one effect.
//!
//! Effects are grouped by destination, one file each: an enum that implements [`DestinationEffect`]. A new destination is a
//! new file, a variant of [`Effect`] and of [`Destination`], and an adapter (see `deliver::adapter`); the compiler names
//! the matches that are missing.

mod chat;
mod destination;
mod key;
mod mirror;
mod outcome;
mod source;
mod timer;
mod webhook;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use chat::{Audience, ChatEffect, HOT_ROOM};
pub use destination::{Destination, DestinationEffect, Disclosure, Purpose, Retries, Subject};
pub use key::EffectKey;
pub use mirror::MirrorEffect;
pub use outcome::{Outcome, PostId, Receipt, SkipReason};
pub use source::SourceEffect;
pub use timer::Timer;
pub use webhook::WebhookEffect;

/// One thing to be done outside the database, or at a later time. Effects carry no rendered text: what is shown is
/// rendered from the record when the row is sent, so that a late row never shows an old state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "no destination has an effect of this tag and shape")]
pub enum Effect {
    /// To the chat.
    Chat(ChatEffect),
    /// To the platform that mirrors the chat.
    Mirror(MirrorEffect),
    /// To the system behind a source.
    Source(SourceEffect),
    /// To the receiver of a webhook.
    Webhook(WebhookEffect),
    /// To hotroom itself, at a later time.
    Timer(#[serde(with = "timer::stored")] Timer),
}

impl Effect {
    fn inner(&self) -> &dyn DestinationEffect {
        match self {
            Self::Chat(effect) => effect,
            Self::Mirror(effect) => effect,
            Self::Source(effect) => effect,
            Self::Webhook(effect) => effect,
            Self::Timer(timer) => timer,
        }
    }

    /// Where it goes.
    pub fn destination(&self) -> Destination {
        self.inner().destination()
    }

    /// The lane it waits in: effects of one lane are sent one after another, lanes do not wait for each other.
    pub fn lane(&self) -> String {
        self.inner().lane()
    }

    /// What is sent first when much is waiting.
    pub fn priority(&self) -> Priority {
        self.inner().priority()
    }

    /// Whether it may be repeated when it is unknown whether it happened.
    pub fn class(&self) -> EffectClass {
        self.inner().class()
    }

    /// Rows with the same key say the same thing; `None` if each is sent.
    pub fn coalescing_key(&self) -> Option<String> {
        self.inner().coalescing_key()
    }

    /// What it is about.
    pub fn subject(&self) -> Subject {
        self.inner().subject()
    }
}

impl From<ChatEffect> for Effect {
    fn from(effect: ChatEffect) -> Self {
        Self::Chat(effect)
    }
}

impl From<MirrorEffect> for Effect {
    fn from(effect: MirrorEffect) -> Self {
        Self::Mirror(effect)
    }
}

impl From<SourceEffect> for Effect {
    fn from(effect: SourceEffect) -> Self {
        Self::Source(effect)
    }
}

impl From<WebhookEffect> for Effect {
    fn from(effect: WebhookEffect) -> Self {
        Self::Webhook(effect)
    }
}

impl From<Timer> for Effect {
    fn from(timer: Timer) -> Self {
        Self::Timer(timer)
    }
}

/// Whether an effect may be repeated when it is unknown whether it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectClass {
    /// The other side knows our key, or repeating changes nothing: repeat freely.
    Keyed,
    /// Our reference is in what was made: look for it before repeating.
    Readable,
    /// Neither: repeated only if it is a page.
    Neither,
}

/// What goes first when much is waiting. The order of the variants is the order of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Someone must wake up.
    Page = 0,
    /// A room, a card, a timer.
    State = 1,
    /// Everything else.
    Chatter = 2,
}
