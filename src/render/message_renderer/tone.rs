//! What the colour of a post means, for each event.

use crate::{
    chat::Tone,
    domain::{
        event::SystemEvent,
        incident::{
            Category, DeliveryEvent, Incident, IncidentEvent, LifecycleEvent, LinkedAlertsEvent, OutsidePageEvent,
            PagingEvent, PublicEvent, Severity, TimelineEvent, TrackerEvent,
        },
        pager::OutsideAnswer,
    },
};

pub(super) fn notice_tone(event: &SystemEvent) -> Tone {
    if let SystemEvent::OnCallTestEnded { results, .. } = event {
        let all = results.iter().all(|result| result.answered_after.is_some());
        return if all { Tone::Good } else { Tone::Warning };
    }
    if matches!(event, SystemEvent::OnCallTestStarted { .. }) {
        return Tone::Info;
    }
    if matches!(event, SystemEvent::NotReady { .. }) {
        return Tone::Warning;
    }
    let good = matches!(
        event,
        SystemEvent::DiskHasRoom
            | SystemEvent::DatabaseInReach
            | SystemEvent::NewSendingResumed { .. }
            | SystemEvent::PlatformRestored { .. }
    );
    if good { Tone::Good } else { Tone::Critical }
}

/// Returns the tone of a severity.
pub fn severity_tone(severity: Severity) -> Tone {
    match severity {
        Severity::Sev1 => Tone::Critical,
        Severity::Sev2 => Tone::Warning,
        Severity::Sev3 | Severity::Sev4 => Tone::Info,
    }
}

pub(super) fn standing(incident: &Incident) -> Tone {
    match incident.category {
        Category::Triage | Category::Active => severity_tone(incident.severity),
        Category::Resolved => Tone::Good,
        Category::Closed | Category::Declined | Category::Merged | Category::Cancelled => Tone::Plain,
    }
}

/// Returns the tone of a status change: neutral, and good at the end of the workflow.
fn moved(to: Category) -> Tone {
    match to {
        Category::Triage | Category::Active => Tone::Info,
        Category::Resolved => Tone::Good,
        Category::Closed | Category::Declined | Category::Merged | Category::Cancelled => Tone::Plain,
    }
}

pub(super) fn tone(event: &IncidentEvent) -> Tone {
    match event {
        IncidentEvent::Lifecycle(event) => match event {
            LifecycleEvent::Declared { severity, .. } => severity_tone(*severity),
            LifecycleEvent::SeverityChanged { to, .. } | LifecycleEvent::SeverityProposed { to, .. } => {
                severity_tone(*to)
            }
            LifecycleEvent::StatusChanged { category, .. } => moved(*category),
            LifecycleEvent::PrivacyChanged { .. }
            | LifecycleEvent::Renamed { .. }
            | LifecycleEvent::ResolutionRecorded { .. }
            | LifecycleEvent::FieldsChanged { .. }
            | LifecycleEvent::Merged { .. }
            | LifecycleEvent::Absorbed { .. } => Tone::Plain,
        },
        IncidentEvent::People(_) => Tone::Plain,
        IncidentEvent::Timeline(event) => match event {
            TimelineEvent::UpdateNudged { .. } => Tone::Warning,
            TimelineEvent::UpdatePosted { .. } | TimelineEvent::UpdateDrafted { .. } => Tone::Info,
            TimelineEvent::UpdateClockSet { .. }
            | TimelineEvent::Snoozed { .. }
            | TimelineEvent::NoteAdded { .. }
            | TimelineEvent::TimelineAdded { .. }
            | TimelineEvent::MessageChanged { .. }
            | TimelineEvent::WordsTakenOut { .. }
            | TimelineEvent::TimeSet { .. } => Tone::Plain,
        },
        IncidentEvent::Paging(event) => match event {
            PagingEvent::NobodyOnCall { .. } | PagingEvent::PageExhausted { .. } => Tone::Critical,
            PagingEvent::PageEscalated { .. } | PagingEvent::PageDeclined { .. } => Tone::Warning,
            PagingEvent::PageAcknowledged { .. } => Tone::Good,
            PagingEvent::PageStarted { .. }
            | PagingEvent::PagesStopped { .. }
            | PagingEvent::PageSnoozed { .. }
            | PagingEvent::PageReassigned { .. }
            | PagingEvent::PageResponderAdded { .. } => Tone::Plain,
        },
        IncidentEvent::Alerts(LinkedAlertsEvent::AlertsCleared { .. })
        | IncidentEvent::Public(PublicEvent::StatusRestored { .. }) => Tone::Good,
        IncidentEvent::Alerts(
            LinkedAlertsEvent::AlertsLinked { .. } | LinkedAlertsEvent::AlertsAcknowledged { .. },
        )
        | IncidentEvent::Public(PublicEvent::StatusMoved { .. }) => Tone::Plain,
        IncidentEvent::Public(
            PublicEvent::StatusPosted { .. }
            | PublicEvent::PublicTitleChanged { .. }
            | PublicEvent::StatusTakenOver { .. },
        ) => Tone::Info,
        IncidentEvent::Delivery(event) => delivery_tone(event),
        IncidentEvent::Tracker(event) => tracker_tone(event),
        IncidentEvent::OutsidePage(event) => outside_page_tone(event),
    }
}

/// Returns the tone of what concerns the issue in a tracker.
fn tracker_tone(event: &TrackerEvent) -> Tone {
    match event {
        TrackerEvent::IssueNotCreated { .. }
        | TrackerEvent::TransitionMissing { .. }
        | TrackerEvent::IssueChangeRefused { .. }
        | TrackerEvent::IssueDeleted { .. }
        | TrackerEvent::IssueLeftBehind { .. } => Tone::Warning,
        TrackerEvent::IssueOffered { .. } | TrackerEvent::IssueCaughtUp { .. } => Tone::Info,
        TrackerEvent::IssueLinked { .. }
        | TrackerEvent::IssueCommented { .. }
        | TrackerEvent::IssueCommentChanged { .. } => Tone::Plain,
    }
}

fn delivery_tone(event: &DeliveryEvent) -> Tone {
    match event {
        DeliveryEvent::DeliveryFailed { .. } | DeliveryEvent::PersonUnreachable { .. } => Tone::Critical,
        DeliveryEvent::AccountUnknown { .. }
        | DeliveryEvent::RoomElsewhere { .. }
        | DeliveryEvent::StatusMirrorBehind { .. } => Tone::Warning,
        DeliveryEvent::StatusMirrorCaughtUp { .. } => Tone::Good,
        DeliveryEvent::RoomOpened { .. } => Tone::Plain,
    }
}

/// Returns the tone of what becomes of a page at an outside pager.
fn outside_page_tone(event: &OutsidePageEvent) -> Tone {
    match event {
        OutsidePageEvent::PageSentOutside { .. } | OutsidePageEvent::PageAcceptedOutside { late: false, .. } => {
            Tone::Plain
        }
        OutsidePageEvent::PageAcceptedOutside { late: true, .. }
        | OutsidePageEvent::PageAnsweredOutside { answer: OutsideAnswer::Resolved, .. } => Tone::Info,
        OutsidePageEvent::PageMissedOutside { .. } => Tone::Warning,
        OutsidePageEvent::PageAnsweredOutside { answer: OutsideAnswer::Acknowledged, .. } => Tone::Good,
    }
}
