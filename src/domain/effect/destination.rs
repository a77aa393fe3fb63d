//! What the effects of every destination say about themselves, and what may be shown outside of private incidents and drills.

use super::{EffectClass, Priority, SkipReason};
use crate::domain::{
    ids::{GroupId, IncidentId, PageId, RoomId},
    incident::{Incident, IncidentKind},
};

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
    /// True if what arrives there is read by others than hotroom's own users.
    fn is_outside(&self) -> bool;

    /// How long it is tried when it fails.
    fn retries(&self) -> Retries {
        Retries::Limited
    }

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
        if !incident.private {
            return Self::Full;
        }
        if purpose == Purpose::PagesPerson {
            // A method that may carry private incidents is read by others all the same, on a lock screen for example.
            return if private { Self::Reference } else { Self::Withheld(SkipReason::PrivateIncident) };
        }
        if private {
            return Self::Full;
        }
        match purpose {
            // The key leads those who may read on to the incident.
            Purpose::ReportsPage => Self::Reference,
            Purpose::PagesPerson | Purpose::Reports => Self::Withheld(SkipReason::PrivateIncident),
        }
    }
}
