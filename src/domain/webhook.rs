//! The events that outgoing webhooks report: their names, what causes them, and which of them a webhook chooses.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    alert::AlertEvent,
    ids::{GroupId, IncidentId, PageId},
    incident::{Category, IncidentEvent, LifecycleEvent, PeopleEvent, PublicEvent, TimelineEvent, Workflow},
    oncall::OnCallEvent,
    pager::OutsideAnswer,
};

/// An event that webhooks report. The order is that of the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum WebhookEvent {
    /// An incident was declared.
    IncidentDeclared,
    /// It moved to another status, and none of the three that follow applies.
    IncidentStatusChanged,
    /// It was resolved.
    IncidentResolved,
    /// It was closed, declined or cancelled.
    IncidentClosed,
    /// It was resolved or over, and people work on it again.
    IncidentReopened,
    /// Its severity was raised or lowered.
    IncidentSeverityChanged,
    /// Its title changed.
    IncidentRenamed,
    /// It became private, or public again.
    IncidentPrivacyChanged,
    /// An update for people inside was posted.
    IncidentUpdatePosted,
    /// A person took a role.
    IncidentRoleAssigned,
    /// A role became vacant.
    IncidentRoleReleased,
    /// It became part of another incident.
    IncidentMerged,
    /// A page started.
    PageTriggered,
    /// It went to a further step, or to the next round.
    PageEscalated,
    /// A person acknowledged it.
    PageAcknowledged,
    /// A paged person cannot respond.
    PageDeclined,
    /// A step had nobody to page.
    PageNobodyOnCall,
    /// All steps ended without a response.
    PageExhausted,
    /// Its incident is over.
    PageResolved,
    /// An alert fires in a group in which nothing fired.
    AlertGroupFired,
    /// Other alerts fire in it than before.
    AlertGroupUpdated,
    /// Nothing fires in it any more.
    AlertGroupResolved,
    /// A person acknowledged it.
    AlertGroupAcknowledged,
    /// The acknowledgement ended at its planned time.
    AlertGroupAcknowledgementExpired,
    /// It was silenced as a whole.
    AlertGroupSilenced,
    /// It joined an incident.
    AlertGroupLinked,
    /// A message was posted on the status page.
    StatusPageUpdated,
    /// `hotroom check` tests the webhook.
    WebhookTest,
}

impl WebhookEvent {
    /// All events.
    pub const ALL: [Self; 28] = [
        Self::IncidentDeclared,
        Self::IncidentStatusChanged,
        Self::IncidentResolved,
        Self::IncidentClosed,
        Self::IncidentReopened,
        Self::IncidentSeverityChanged,
        Self::IncidentRenamed,
        Self::IncidentPrivacyChanged,
        Self::IncidentUpdatePosted,
        Self::IncidentRoleAssigned,
        Self::IncidentRoleReleased,
        Self::IncidentMerged,
        Self::PageTriggered,
        Self::PageEscalated,
        Self::PageAcknowledged,
        Self::PageDeclined,
        Self::PageNobodyOnCall,
        Self::PageExhausted,
        Self::PageResolved,
        Self::AlertGroupFired,
        Self::AlertGroupUpdated,
        Self::AlertGroupResolved,
        Self::AlertGroupAcknowledged,
        Self::AlertGroupAcknowledgementExpired,
        Self::AlertGroupSilenced,
        Self::AlertGroupLinked,
        Self::StatusPageUpdated,
        Self::WebhookTest,
    ];

    /// The name in bodies, in bot.toml and in the outbox.
    pub fn name(self) -> &'static str {
        match self {
            Self::IncidentDeclared => "incident.declared",
            Self::IncidentStatusChanged => "incident.status_changed",
            Self::IncidentResolved => "incident.resolved",
            Self::IncidentClosed => "incident.closed",
            Self::IncidentReopened => "incident.reopened",
            Self::IncidentSeverityChanged => "incident.severity_changed",
            Self::IncidentRenamed => "incident.renamed",
            Self::IncidentPrivacyChanged => "incident.privacy_changed",
            Self::IncidentUpdatePosted => "incident.update_posted",
            Self::IncidentRoleAssigned => "incident.role_assigned",
            Self::IncidentRoleReleased => "incident.role_released",
            Self::IncidentMerged => "incident.merged",
            Self::PageTriggered => "page.triggered",
            Self::PageEscalated => "page.escalated",
            Self::PageAcknowledged => "page.acknowledged",
            Self::PageDeclined => "page.declined",
            Self::PageNobodyOnCall => "page.nobody_on_call",
            Self::PageExhausted => "page.exhausted",
            Self::PageResolved => "page.resolved",
            Self::AlertGroupFired => "alert_group.fired",
            Self::AlertGroupUpdated => "alert_group.updated",
            Self::AlertGroupResolved => "alert_group.resolved",
            Self::AlertGroupAcknowledged => "alert_group.acknowledged",
            Self::AlertGroupAcknowledgementExpired => "alert_group.acknowledgement_expired",
            Self::AlertGroupSilenced => "alert_group.silenced",
            Self::AlertGroupLinked => "alert_group.linked",
            Self::StatusPageUpdated => "status_page.updated",
            Self::WebhookTest => "webhook.test",
        }
    }

    /// Parses a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }

    /// The part of the name before the point: `incident`.
    pub fn family(self) -> &'static str {
        self.name().split('.').next().unwrap_or_default()
    }

    /// Returns the events that an entry of `events` in bot.toml chooses: `*`, `incident.*` or the name of one. `None` if
    /// there are none. The test event is sent to every webhook and cannot be chosen.
    pub fn chosen_by(entry: &str) -> Option<BTreeSet<Self>> {
        let family = entry.strip_suffix(".*");
        let chosen = |event: &Self| entry == "*" || family == Some(event.family()) || entry == event.name();
        let events: BTreeSet<Self> =
            Self::ALL.into_iter().filter(|event| *event != Self::WebhookTest).filter(chosen).collect();
        (!events.is_empty()).then_some(events)
    }

    /// Returns everything that can be written into `events`.
    pub fn choices() -> Vec<String> {
        let mut choices = vec!["*".to_owned()];
        for event in Self::ALL.into_iter().filter(|event| *event != Self::WebhookTest) {
            let family = format!("{}.*", event.family());
            if !choices.contains(&family) {
                choices.push(family);
            }
            choices.push(event.name().to_owned());
        }
        choices
    }

    /// Returns what webhooks report of an event of an incident; `None` for events that concern only its room.
    pub fn from_incident(event: &IncidentEvent, workflow: &Workflow) -> Option<Self> {
        match event {
            IncidentEvent::Lifecycle(event) => Self::from_lifecycle(event, workflow),
            IncidentEvent::People(PeopleEvent::RoleAssigned { .. }) => Some(Self::IncidentRoleAssigned),
            IncidentEvent::People(PeopleEvent::RoleReleased { .. }) => Some(Self::IncidentRoleReleased),
            IncidentEvent::Timeline(TimelineEvent::UpdatePosted { .. }) => Some(Self::IncidentUpdatePosted),
            IncidentEvent::Public(PublicEvent::StatusPosted { .. } | PublicEvent::StatusRestored { .. }) => {
                Some(Self::StatusPageUpdated)
            }
            // Pages and alert groups report for themselves.
            IncidentEvent::Paging(_) | IncidentEvent::Alerts(_) => None,
            // These post no message.
            IncidentEvent::Public(
                PublicEvent::PublicTitleChanged { .. }
                | PublicEvent::StatusMoved { .. }
                | PublicEvent::StatusTakenOver { .. },
            ) => None,
            IncidentEvent::People(_)
            | IncidentEvent::Timeline(_)
            | IncidentEvent::Delivery(_)
            | IncidentEvent::Tracker(_)
            | IncidentEvent::OutsidePage(_) => None,
        }
    }

    fn from_lifecycle(event: &LifecycleEvent, workflow: &Workflow) -> Option<Self> {
        match event {
            LifecycleEvent::Declared { .. } => Some(Self::IncidentDeclared),
            LifecycleEvent::StatusChanged { from, category, .. } => {
                let before = workflow.status(from).map(|status| status.category);
                Self::from_status(before, *category)
            }
            LifecycleEvent::SeverityChanged { .. } => Some(Self::IncidentSeverityChanged),
            LifecycleEvent::PrivacyChanged { .. } => Some(Self::IncidentPrivacyChanged),
            LifecycleEvent::Renamed { .. } => Some(Self::IncidentRenamed),
            LifecycleEvent::Merged { .. } => Some(Self::IncidentMerged),
            LifecycleEvent::SeverityProposed { .. }
            | LifecycleEvent::ResolutionRecorded { .. }
            | LifecycleEvent::FieldsChanged { .. }
            | LifecycleEvent::Absorbed { .. } => None,
        }
    }

    fn from_status(before: Option<Category>, after: Category) -> Option<Self> {
        let open = |category| matches!(category, Category::Triage | Category::Active);
        match after {
            Category::Triage | Category::Active if before.is_some_and(|before| !open(before)) => {
                Some(Self::IncidentReopened)
            }
            Category::Triage | Category::Active => Some(Self::IncidentStatusChanged),
            Category::Resolved => Some(Self::IncidentResolved),
            Category::Closed | Category::Declined | Category::Cancelled => Some(Self::IncidentClosed),
            // The event of the merge says more.
            Category::Merged => None,
        }
    }

    /// Returns what webhooks report of an event of a page.
    pub fn from_page(event: &OnCallEvent) -> Option<Self> {
        match event {
            OnCallEvent::PageTriggered { .. } => Some(Self::PageTriggered),
            // The first step belongs to the page that was triggered.
            OnCallEvent::PageStepped { step: 0, round: 0, .. } => None,
            OnCallEvent::PageStepped { .. } => Some(Self::PageEscalated),
            OnCallEvent::PageFoundNobody { .. } => Some(Self::PageNobodyOnCall),
            OnCallEvent::PageAcknowledged { .. }
            | OnCallEvent::PageAnsweredOutside { answer: OutsideAnswer::Acknowledged, .. } => {
                Some(Self::PageAcknowledged)
            }
            OnCallEvent::PageDeclined { .. } => Some(Self::PageDeclined),
            OnCallEvent::PageExhausted => Some(Self::PageExhausted),
            OnCallEvent::PageResolved { .. }
            | OnCallEvent::PageAnsweredOutside { answer: OutsideAnswer::Resolved, .. } => Some(Self::PageResolved),
            OnCallEvent::PageAttempted { .. }
            | OnCallEvent::ContactAttempted { .. }
            | OnCallEvent::ContactMethodChanged { .. }
            | OnCallEvent::ContactCodeSent { .. }
            | OnCallEvent::ContactTested { .. }
            | OnCallEvent::PageStepMoved { .. }
            // What is paged next is reported as a step.
            | OnCallEvent::PageStepJoined { .. }
            | OnCallEvent::PageAcceptedOutside { .. }
            | OnCallEvent::PageMissedOutside { .. }
            | OnCallEvent::PageRetriggered
            | OnCallEvent::PageReassigned { .. }
            | OnCallEvent::PageResponderAdded { .. }
            | OnCallEvent::PageSnoozed { .. }
            | OnCallEvent::PageEscalated { .. }
            // The next event of the page names the incident that it goes on for.
            | OnCallEvent::PageMoved { .. }
            | OnCallEvent::OverrideAdded { .. }
            | OnCallEvent::OverrideRemoved { .. } => None,
        }
    }

    /// Returns what webhooks report of an event of an alert group. What its alerts do is no event of its log: see
    /// [`Self::from_firing`].
    pub fn from_group(event: &AlertEvent) -> Option<Self> {
        match event {
            AlertEvent::GroupAcknowledged { .. } => Some(Self::AlertGroupAcknowledged),
            AlertEvent::AcknowledgementExpired { .. } => Some(Self::AlertGroupAcknowledgementExpired),
            AlertEvent::GroupSilenced { .. } => Some(Self::AlertGroupSilenced),
            AlertEvent::GroupLinked { .. } => Some(Self::AlertGroupLinked),
            AlertEvent::GroupOpened { .. }
            | AlertEvent::GroupClosed { .. }
            | AlertEvent::GroupFlapping { .. }
            | AlertEvent::GroupSteady { .. }
            | AlertEvent::GroupJoinedParent { .. }
            | AlertEvent::SilenceMade { .. }
            | AlertEvent::SilenceChanged { .. }
            | AlertEvent::SilenceEnded { .. }
            | AlertEvent::StormBegan { .. }
            | AlertEvent::StormEnded { .. } => None,
        }
    }

    /// Returns what webhooks report when other alerts fire in a group than before.
    pub fn from_firing(before: [u32; 5], after: [u32; 5]) -> Option<Self> {
        let fires = |counts: [u32; 5]| counts.iter().any(|count| *count > 0);
        match (fires(before), fires(after)) {
            (false, true) => Some(Self::AlertGroupFired),
            (true, false) => Some(Self::AlertGroupResolved),
            (true, true) if before != after => Some(Self::AlertGroupUpdated),
            (true, true) | (false, false) => None,
        }
    }
}

impl From<WebhookEvent> for String {
    fn from(event: WebhookEvent) -> Self {
        event.name().to_owned()
    }
}

impl TryFrom<String> for WebhookEvent {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::parse(&name).ok_or_else(|| format!("{name:?} is no event of webhooks"))
    }
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookSubject {
    /// An incident.
    Incident(IncidentId),
    /// An on-call page.
    Page(PageId),
    /// An alert group.
    Group(GroupId),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_a_name_of_its_own_and_is_found_by_it() {
        let names: BTreeSet<&str> = WebhookEvent::ALL.iter().map(|event| event.name()).collect();
        assert_eq!(names.len(), WebhookEvent::ALL.len());
        for event in WebhookEvent::ALL {
            assert_eq!(serde_json::to_value(event).expect("JSON"), event.name());
            assert_eq!(serde_json::from_value::<WebhookEvent>(event.name().into()).expect("an event"), event);
        }
        assert!(serde_json::from_str::<WebhookEvent>("\"incident.exploded\"").is_err());
    }

    #[test]
    fn entries_choose_all_events_a_family_or_one() {
        let count = |entry| WebhookEvent::chosen_by(entry).map(|events| events.len());
        assert_eq!(count("*"), Some(WebhookEvent::ALL.len() - 1));
        assert_eq!(
            (count("incident.*"), count("status_page.*"), count("page.triggered")),
            (Some(12), Some(1), Some(1))
        );
        for none in ["", "incident", "incident.", ".*", "webhook.*", "webhook.test", "Incident.*"] {
            assert_eq!(count(none), None, "{none}");
        }
        assert!(WebhookEvent::choices().iter().all(|choice| WebhookEvent::chosen_by(choice).is_some()));
    }

    #[test]
    fn a_change_of_status_is_one_event() {
        use Category::{Active, Cancelled, Closed, Declined, Merged, Resolved, Triage};
        for (before, after, event) in [
            (Triage, Active, Some(WebhookEvent::IncidentStatusChanged)),
            (Active, Resolved, Some(WebhookEvent::IncidentResolved)),
            (Resolved, Closed, Some(WebhookEvent::IncidentClosed)),
            (Triage, Declined, Some(WebhookEvent::IncidentClosed)),
            (Active, Cancelled, Some(WebhookEvent::IncidentClosed)),
            (Closed, Active, Some(WebhookEvent::IncidentReopened)),
            (Resolved, Active, Some(WebhookEvent::IncidentReopened)),
            (Active, Merged, None),
        ] {
            assert_eq!(WebhookEvent::from_status(Some(before), after), event, "{before:?} to {after:?}");
        }
        assert_eq!(WebhookEvent::from_status(None, Active), Some(WebhookEvent::IncidentStatusChanged));
    }
}
