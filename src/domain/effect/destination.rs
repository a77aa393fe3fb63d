//! Where effects go, and what may be shown there of private incidents and drills.

use super::{EffectClass, Priority, SkipReason};
use crate::domain::{
    ids::{GroupId, IncidentId, PageId, RoomId},
    incident::{Incident, IncidentKind},
};

/// Where an effect goes. Each destination has one file of effects here and one adapter in `deliver`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Destination {
    /// The chat that hotroom keeps itself.
    Chat,
    /// Another chat platform, which shows the rooms of the chat.
    Mirror,
    /// The system that sends alerts of a source.
    Source,
    /// The receiver of an outgoing webhook.
    Webhook,
    /// Nowhere: a timer is handled by hotroom itself.
    Timer,
}

impl Destination {
    /// All destinations.
    pub const ALL: [Self; 5] = [Self::Chat, Self::Mirror, Self::Source, Self::Webhook, Self::Timer];

    /// True if what arrives there is read by others than hotroom's own users. Chat platforms are not outside: a private
    /// incident has a private room there.
    pub fn is_outside(self) -> bool {
        match self {
            Self::Chat | Self::Mirror | Self::Timer => false,
            Self::Source | Self::Webhook => true,
        }
    }

    /// How long an effect that fails is tried.
    pub fn retries(self) -> Retries {
        match self {
            Self::Chat | Self::Source | Self::Timer => Retries::Limited,
            // The built-in chat holds the message already, and it is rendered when it goes out: late, it is still right.
            Self::Mirror => Retries::Unlimited,
            // A receiver that is away for the night still gets what happened. One that takes other events and never this one
            // must not hold up its lane for ever.
            Self::Webhook => Retries::Days(2),
        }
    }
}

/// How long an effect that fails is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retries {
    /// It is given up after a number of attempts or a total wait, and people are told.
    Limited,
    /// It is tried for this many days, and then people are told.
    Days(i64),
    /// It is tried for as long as the other side is away.
    Unlimited,
}

/// What the effects of every destination say about themselves.
pub trait DestinationEffect {
    /// Where it goes.
    fn destination(&self) -> Destination;

    /// The lane it waits in: effects of one lane are sent one after another, lanes do not wait for each other.
    fn lane(&self) -> String;

    /// What is sent first when much is waiting.
    fn priority(&self) -> Priority;

    /// Whether it may be repeated when it is unknown whether it happened.
    fn class(&self) -> EffectClass;

    /// Rows with the same key say the same thing: an older one that has not been sent is dropped for a newer one. `None`
    /// if each is sent.
    fn coalescing_key(&self) -> Option<String>;

    /// What it is about.
    fn subject(&self) -> Subject;

    /// What it is sent for.
    fn purpose(&self) -> Purpose {
        Purpose::Reports
    }
}

/// What an effect is about. It leads to the incident that the effect belongs to, if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An incident.
    Incident(IncidentId),
    /// An on-call page.
    Page(PageId),
    /// An alert group.
    Group(GroupId),
    /// A room.
    Room(RoomId),
    /// Something that belongs to no incident.
    Other,
}

/// What an effect is sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It asks one person to respond.
    PagesPerson,
    /// It reports what became of an on-call page.
    ReportsPage,
    /// It reports anything else.
    Reports,
}

/// How much of an incident an outside destination is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disclosure {
    /// Everything.
    Full,
    /// Key, severity and link only.
    Reference,
    /// Nothing: the effect is skipped.
    Withheld(SkipReason),
}

impl Disclosure {
    /// Returns what an outside destination is shown of an incident. `private` is whether the destination is configured to
    /// show private incidents.
    pub fn for_outside(purpose: Purpose, incident: &Incident, private: bool) -> Self {
        if incident.kind == IncidentKind::Drill && purpose != Purpose::PagesPerson {
            return Self::Withheld(SkipReason::Drill);
        }
        if !incident.private || private {
            return Self::Full;
        }
        match purpose {
            // A page that is not sent wakes nobody: the key leads those who may read on to the incident.
            Purpose::PagesPerson | Purpose::ReportsPage => Self::Reference,
            Purpose::Reports => Self::Withheld(SkipReason::PrivateIncident),
        }
    }
}
