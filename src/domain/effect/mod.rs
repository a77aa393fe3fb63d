//! What hotroom does outside its database or at a later time, as data. Each row of the outbox is one effect.
//!
//! Effects are grouped by destination, one file each: an enum that implements [`DestinationEffect`]. A new destination is a
//! new file, a line in `destinations!` below, and an adapter (see `deliver::adapter`); the compiler names the matches that
//! are missing.

mod audience;
mod chat;
mod chat_delivery;
mod contact;
mod destination;
mod document;
mod key;
mod mirror;
mod outcome;
mod pager;
mod report;
mod source;
mod status_mirror;
mod timer;
mod tracker;
mod webhook;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use audience::{Audience, HOT_ROOM};
pub use chat::ChatEffect;
pub use contact::{ContactEffect, MethodChange};
pub use destination::{DestinationEffect, Disclosure, Purpose, Retries, Subject};
pub use document::DocumentEffect;
pub use key::EffectKey;
pub use mirror::MirrorEffect;
pub use outcome::{Outcome, PostId, Receipt, SkipReason, TrackerReceipt};
pub use pager::PagerEffect;
pub use report::{ReportEffect, ReporterMail};
pub use source::SourceEffect;
pub use status_mirror::StatusMirrorEffect;
pub use timer::Timer;
pub use tracker::{IssueAspect, TrackerEffect};
pub use webhook::WebhookEffect;

macro_rules! destinations {
    ($($(#[$doc:meta])* $name:ident($effect:ty) $(stored as $with:literal)?;)*) => {
        /// One thing to be done outside the database, or at a later time. Effects carry no rendered text: what is shown is
        /// rendered from the record when the row is sent, so that a late row never shows an old state.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(untagged, expecting = "no destination has an effect of this tag and shape")]
        pub enum Effect {
            $($(#[$doc])* $name($(#[serde(with = $with)])? $effect),)*
        }

        /// Where an effect goes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Destination {
            $($(#[$doc])* $name,)*
        }

        impl Destination {
            /// All destinations.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }

        impl Effect {
            fn inner(&self) -> &dyn DestinationEffect {
                match self {
                    $(Self::$name(effect) => effect,)*
                }
            }

            /// Where it goes.
            pub fn destination(&self) -> Destination {
                match self {
                    $(Self::$name(_) => Destination::$name,)*
                }
            }
        }

        $(impl From<$effect> for Effect {
            fn from(effect: $effect) -> Self {
                Self::$name(effect)
            }
        })*
    };
}

// Each destination has one line here, one file of effects, and one adapter in `deliver`.
destinations! {
    /// The chat that hotroom keeps itself.
    Chat(ChatEffect);
    /// Another chat platform, which shows the rooms of the chat.
    Mirror(MirrorEffect);
    /// The system that sends the alerts of a source.
    Source(SourceEffect);
    /// The receiver of an outgoing webhook.
    Webhook(WebhookEffect);
    /// A contact method of a person.
    Contact(ContactEffect);
    /// A status page of another product, which shows what ours shows.
    StatusMirror(StatusMirrorEffect);
    /// An issue tracker.
    Tracker(TrackerEffect);
    /// Another system that pages people.
    Pager(PagerEffect);
    /// Where documents are kept.
    Document(DocumentEffect);
    /// Somebody who reported something.
    Report(ReportEffect);
    /// Nowhere: a timer is handled by hotroom itself, at a later time.
    Timer(Timer) stored as "timer::stored";
}

impl Effect {
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

    /// How long it is tried when it fails.
    pub fn retries(&self) -> Retries {
        self.inner().retries()
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
