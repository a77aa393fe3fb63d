//! What follows from an event: effects for the outbox, and what the app does in the same transaction.

use std::time::Duration;

use super::{Category, Incident, IncidentEvent, Kind, Policy};
use crate::domain::{
    Timestamp,
    effect::{Audience, ChatEffect, Effect, Timer},
    ids::{PersonId, RoomId, ServiceId},
};

/// Something that must happen because of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// A row of the outbox.
    Outbox(Planned),
    /// Page whoever is on call for the service, or the fallback where none is named.
    PageOnCall(Option<ServiceId>),
    /// Nobody needs to wake up for it any more.
    ResolvePages,
    /// The public page changes with this event.
    ShowPublic,
    /// What feeds say of it must be withdrawn, or may be shown again.
    ReviseFeeds,
}

/// An effect with the time it is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// What.
    pub effect: Effect,
    /// When.
    pub due: Timestamp,
}

impl Planned {
    /// An effect at a time.
    pub fn new(effect: impl Into<Effect>, due: Timestamp) -> Self {
        Self { effect: effect.into(), due }
    }
}

/// One event with all that follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What happened.
    pub event: IncidentEvent,
    /// What follows.
    pub consequences: Vec<Consequence>,
}

/// How long after a reminder that was not answered the next one comes.
const NUDGE_AGAIN: Duration = Duration::from_secs(10 * 60);

/// How many groups of alerts are tied with a line in the room each. A storm is seen on the card, which counts them all.
const LINKS_TOLD: usize = 10;

/// Which messages an event makes.
struct Speech {
    room: bool,
    feed: bool,
    line: bool,
}

/// What follows from `event`, which is the latest of `incident`.
pub fn consequences(incident: &Incident, event: &IncidentEvent, policy: &Policy, now: Timestamp) -> Vec<Consequence> {
    let mut out: Vec<Consequence> = Vec::new();
    let plan = |effect: ChatEffect| Consequence::Outbox(Planned::new(effect, now));
    let id = incident.id;
    if matches!(event, IncidentEvent::Declared { .. }) {
        out.push(plan(ChatEffect::OpenRoom { incident: id }));
    }
    if touches_card(event) {
        out.push(plan(ChatEffect::UpdateCard { incident: id }));
    }
    let speech = speech(incident, event);
    if speech.room {
        out.push(plan(announce(incident, Audience::HotRoom)));
    }
    if speech.line && (!incident.private || matches!(event, IncidentEvent::PrivacyChanged { .. })) {
        out.push(plan(ChatEffect::FeedLine { incident: id }));
    }
    if speech.feed && !incident.private {
        out.push(plan(announce(incident, Audience::Feed(RoomId::from(INCIDENTS_FEED)))));
    }
    out.extend(follow_ups(incident, event, policy, now));
    out
}

/// Stands for the feed of `[chat] incidents_feed`; the delivery puts the real room in its place, so that a changed
/// setting also holds for rows that wait.
pub const INCIDENTS_FEED: &str = "@incidents";

/// Whether an event may stand in the incidents feed.
pub fn is_announced(incident: &Incident, event: &IncidentEvent) -> bool {
    // Whether a change of status is told depends on how the incident stood then.
    speech(incident, event).feed || matches!(event, IncidentEvent::StatusChanged { .. })
}

fn announce(incident: &Incident, to: Audience) -> ChatEffect {
    ChatEffect::Announce { incident: incident.id, seq: incident.version, to }
}

fn follow_ups(incident: &Incident, event: &IncidentEvent, policy: &Policy, now: Timestamp) -> Vec<Consequence> {
    let id = incident.id;
    let at = |effect: ChatEffect, due| Consequence::Outbox(Planned::new(effect, due));
    let wake = |due| Consequence::Outbox(Planned::new(Timer::UpdateDue { incident: id }, due));
    match event {
        IncidentEvent::Declared { .. } => page_if(incident, policy, true),
        // An earlier page may have run out unanswered. One in progress is not started a second time.
        IncidentEvent::SeverityChanged { from, to, .. } => {
            page_if(incident, policy, to < from || !policy.severity(*from).page)
        }
        IncidentEvent::PeopleInvited { people } => vec![at(invite(incident, people.clone()), now)],
        IncidentEvent::RoleAssigned { person, .. } => vec![at(invite(incident, vec![person.clone()]), now)],
        IncidentEvent::PageEscalated { people, .. } => vec![at(invite(incident, people.clone()), now)],
        IncidentEvent::UpdateClockSet { due: Some(due) } | IncidentEvent::Snoozed { until: due } => vec![wake(*due)],
        IncidentEvent::UpdateNudged { .. } => vec![wake(now + NUDGE_AGAIN)],
        IncidentEvent::PrivacyChanged { .. } => {
            vec![at(ChatEffect::RestrictRoom { incident: id }, now), Consequence::ReviseFeeds]
        }
        IncidentEvent::StatusPosted { .. } | IncidentEvent::StatusRestored { .. } => vec![Consequence::ShowPublic],
        IncidentEvent::StatusChanged { category, .. } => after_status(incident, *category, policy, now),
        IncidentEvent::RoomOpened { .. }
        | IncidentEvent::RoleReleased { .. }
        | IncidentEvent::UpdatePosted { .. }
        | IncidentEvent::UpdateClockSet { due: None }
        | IncidentEvent::UpdateDrafted { .. }
        | IncidentEvent::NoteAdded { .. }
        | IncidentEvent::TimelineAdded { .. }
        | IncidentEvent::MessageChanged { .. }
        | IncidentEvent::WordsTakenOut { .. }
        | IncidentEvent::TimeSet { .. }
        | IncidentEvent::TaskAdded { .. }
        | IncidentEvent::TaskAssigned { .. }
        | IncidentEvent::TaskDone { .. }
        | IncidentEvent::Renamed { .. }
        | IncidentEvent::AlertsLinked { .. }
        | IncidentEvent::AlertsCleared { .. }
        | IncidentEvent::SeverityProposed { .. }
        | IncidentEvent::PageStarted { .. }
        | IncidentEvent::PageAcknowledged { .. }
        | IncidentEvent::PageDeclined { .. }
        | IncidentEvent::NobodyOnCall { .. }
        | IncidentEvent::PageExhausted { .. }
        | IncidentEvent::ResolutionRecorded { .. }
        | IncidentEvent::Merged { .. }
        | IncidentEvent::Absorbed { .. }
        | IncidentEvent::DeliveryFailed { .. }
        | IncidentEvent::PersonUnreachable { .. }
        | IncidentEvent::NotOnDiscord { .. }
        | IncidentEvent::RoomElsewhere { .. } => Vec::new(),
    }
}

fn invite(incident: &Incident, people: Vec<PersonId>) -> ChatEffect {
    ChatEffect::Invite { incident: incident.id, people }
}

fn page_if(incident: &Incident, policy: &Policy, raised: bool) -> Vec<Consequence> {
    let pages = raised && incident.is_open() && policy.severity(incident.severity).page;
    pages.then(|| Consequence::PageOnCall(incident.service.clone())).into_iter().collect()
}

fn after_status(incident: &Incident, category: Category, policy: &Policy, now: Timestamp) -> Vec<Consequence> {
    let plan = |effect: ChatEffect, due| Consequence::Outbox(Planned::new(effect, due));
    match category {
        Category::Triage | Category::Active => vec![plan(ChatEffect::ReopenRoom { incident: incident.id }, now)],
        Category::Resolved => vec![Consequence::ResolvePages],
        Category::Closed | Category::Declined | Category::Merged | Category::Cancelled => {
            let archive = plan(ChatEffect::ArchiveRoom { incident: incident.id }, now + policy.room_open_for);
            vec![Consequence::ResolvePages, archive]
        }
    }
}

/// Whether the card shows something else after this event.
fn touches_card(event: &IncidentEvent) -> bool {
    !matches!(
        event,
        IncidentEvent::NoteAdded { .. }
            | IncidentEvent::TimelineAdded { .. }
            | IncidentEvent::MessageChanged { .. }
            | IncidentEvent::UpdateDrafted { .. }
            | IncidentEvent::UpdateNudged { .. }
            | IncidentEvent::SeverityProposed { .. }
            | IncidentEvent::DeliveryFailed { .. }
            | IncidentEvent::PersonUnreachable { .. }
            | IncidentEvent::NotOnDiscord { .. }
            | IncidentEvent::RoomElsewhere { .. }
            | IncidentEvent::PageDeclined { .. }
            | IncidentEvent::RoomOpened { .. }
    )
}

fn speech(incident: &Incident, event: &IncidentEvent) -> Speech {
    let quiet = Speech { room: false, feed: false, line: false };
    let room = Speech { room: true, feed: false, line: false };
    let line = Speech { room: true, feed: false, line: true };
    let loud = Speech { room: true, feed: true, line: true };
    match event {
        IncidentEvent::RoomOpened { .. } => Speech { room: false, feed: false, line: true },
        // The page tells the room itself whom it asks, in a line that stays true.
        IncidentEvent::PageStarted { .. }
        | IncidentEvent::PageEscalated { .. }
        | IncidentEvent::PeopleInvited { .. }
        | IncidentEvent::UpdateClockSet { .. }
        // It was seen in the room where it was written.
        | IncidentEvent::TimelineAdded { message: Some(_), .. }
        | IncidentEvent::MessageChanged { .. }
        | IncidentEvent::ResolutionRecorded { .. } => quiet,
        IncidentEvent::Declared { .. }
        | IncidentEvent::RoleAssigned { .. }
        | IncidentEvent::RoleReleased { .. }
        | IncidentEvent::PrivacyChanged { .. }
        | IncidentEvent::Renamed { .. }
        | IncidentEvent::StatusRestored { .. }
        | IncidentEvent::Absorbed { .. } => line,
        IncidentEvent::UpdatePosted { .. }
        | IncidentEvent::SeverityChanged { .. }
        | IncidentEvent::StatusPosted { .. }
        | IncidentEvent::NobodyOnCall { .. }
        | IncidentEvent::PageExhausted { .. }
        | IncidentEvent::Merged { .. } => loud,
        IncidentEvent::AlertsLinked { .. } => Speech { room: incident.groups.len() <= LINKS_TOLD, ..quiet },
        IncidentEvent::StatusChanged { category, .. } => {
            let told = !matches!(category, Category::Triage | Category::Merged);
            Speech { room: true, feed: told && !(incident.kind == Kind::Drill && incident.is_open()), line: true }
        }
        IncidentEvent::UpdateNudged { .. }
        | IncidentEvent::SeverityProposed { .. }
        | IncidentEvent::Snoozed { .. }
        | IncidentEvent::NoteAdded { .. }
        | IncidentEvent::UpdateDrafted { .. }
        | IncidentEvent::TimelineAdded { message: None, .. }
        | IncidentEvent::WordsTakenOut { .. }
        | IncidentEvent::TimeSet { .. }
        | IncidentEvent::TaskAdded { .. }
        | IncidentEvent::TaskAssigned { .. }
        | IncidentEvent::TaskDone { .. }
        | IncidentEvent::AlertsCleared { .. }
        | IncidentEvent::PageAcknowledged { .. }
        | IncidentEvent::PageDeclined { .. }
        | IncidentEvent::DeliveryFailed { .. }
        | IncidentEvent::PersonUnreachable { .. }
        | IncidentEvent::NotOnDiscord { .. }
        | IncidentEvent::RoomElsewhere { .. } => room,
    }
}
