//! What follows from a change and concerns another aggregate, in the order in which it is processed.

use std::collections::{BTreeSet, VecDeque};

use crate::{
    app::{
        Context,
        tracker::{Adoption, IssueFollowUp},
    },
    domain::{
        Timestamp,
        alert::{ExpiredAcknowledgement, GroupKey, NewSilence, OpsgenieReference},
        event::SystemEvent,
        ids::{AlertId, FollowUpId, GroupId, IncidentId, MaintenanceId, PersonId, ServiceId, SilenceId, SourceId},
        incident::{Command, Declare, IncidentEvent},
        people::Actor,
        review::FollowUpCommand,
    },
    store::{InboxId, StoreError},
};

/// How many follow-ups one transaction processes. A transaction of the router takes 250 alerts, and each of them can open a
/// few groups, an incident, and a page; what needs more than this is two aggregates that react to each other without end,
/// and it must not block the one writer.
pub const MOST_FOLLOW_UPS: usize = 10_000;

/// Something that another aggregate has to do because of a change, in the same transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FollowUp {
    /// An incident was declared, from a group or by hand.
    IncidentDeclared {
        /// The group it was declared from.
        group: Option<GroupId>,
    },
    /// An event of an incident says that a group belongs to it.
    GroupLinked {
        /// The group.
        group: GroupId,
        /// The incident.
        incident: IncidentId,
        /// True if the incident was declared from the group, so that its alerts have been considered.
        declared: bool,
    },
    /// An incident was merged into another, for which its pages go on.
    PagesMoved(IncidentMerge),
    /// An incident was merged into another, which takes its groups.
    GroupsMoved {
        /// The merged incident.
        from: IncidentId,
        /// The incident that goes on.
        into: IncidentId,
    },
    /// The messages of the groups of an incident have to show that it became private, or public again.
    VisibilityChanged {
        /// The incident.
        incident: IncidentId,
    },
    /// The status page has to show an event of an incident.
    StatusChanged {
        /// The incident.
        incident: IncidentId,
        /// The event.
        event: IncidentEvent,
    },
    /// Whoever is on call for the service has to be paged.
    PageOnCall {
        /// The incident.
        incident: IncidentId,
        /// The service; `None` if the incident names none.
        service: Option<ServiceId>,
    },
    /// The messages of the pages of an incident have to link to its room, which has opened.
    UpdatePages {
        /// The incident.
        incident: IncidentId,
    },
    /// Nobody has to respond to the pages of an incident any more.
    IncidentOver {
        /// The incident.
        incident: IncidentId,
    },
    /// Texts left the record of an incident, and leave its post-mortem as well.
    TextsRedacted {
        /// The incident.
        incident: IncidentId,
        /// The texts.
        texts: BTreeSet<String>,
    },
    /// A page has something to record in its incident. A refusal means that the incident does not need it.
    RecordInIncident {
        /// The incident.
        incident: IncidentId,
        /// What is recorded.
        command: Command,
    },
    /// Alerts have a command for an incident, which it should not refuse.
    CommandIncident {
        /// The incident.
        incident: IncidentId,
        /// The command.
        command: Command,
    },
    /// A declare rule opens an incident.
    DeclareByRule {
        /// What is declared.
        declare: Declare,
    },
    /// A person acknowledged a group of an incident, and with it the pages of that incident.
    AlertsAcknowledged {
        /// The incident.
        incident: IncidentId,
        /// The group.
        group: GroupId,
        /// Who acknowledged them.
        person: PersonId,
    },
    /// The acknowledgement of alerts expired while they still fire.
    AcknowledgementExpired {
        /// The incident.
        incident: IncidentId,
        /// The acknowledgement.
        expired: ExpiredAcknowledgement,
    },
    /// The declare rules have to be evaluated for a group.
    CheckRules {
        /// The group.
        group: GroupId,
    },
    /// A group is shown in another, whose incident is its own, too.
    ParentJoined {
        /// The group.
        group: GroupId,
    },
    /// A group has joined an incident whose severity its alerts may raise.
    IncidentJoined {
        /// The group.
        group: GroupId,
        /// The incident.
        incident: IncidentId,
    },
    /// Alerts have joined an incident whose severity they may raise.
    AlertsJoined {
        /// The incident.
        incident: IncidentId,
        /// The alerts.
        alerts: Vec<AlertId>,
    },
    /// No alert of a group fires any more.
    GroupOver {
        /// The group.
        group: GroupId,
    },
    /// The group of a key is over, and with it the silences of that group without an end.
    EndGroupSilences {
        /// The key.
        key: GroupKey,
    },
    /// An alert that a silence covered is over.
    SilencedAlertOver {
        /// The silence.
        silence: SilenceId,
    },
    /// A silence has to be matched against the alerts that fire, or has ended for those that it covered.
    ApplySilence {
        /// The silence.
        silence: SilenceId,
        /// The alerts after this one; `None` for all.
        after: Option<AlertId>,
    },
    /// A silence covers a group as a whole, or did.
    ApplyGroupSilence {
        /// The key of the group.
        key: GroupKey,
        /// True if alerts that still fire are posted again.
        repost: bool,
    },
    /// The messages of alerts that a silence covers have to show its change.
    SilenceEdited {
        /// The silence.
        silence: SilenceId,
    },
    /// The snooze of an alert began, ends at another time, or is over.
    SnoozeChanged {
        /// The alert.
        alert: AlertId,
        /// When it ends; `None` if it is over.
        until: Option<Timestamp>,
    },
    /// People have to know something about the bot itself, or what belongs to no incident.
    Notice(SystemEvent),
    /// A client of the Opsgenie API snoozes an alert.
    Snooze(Snooze),
    /// An incident has to follow a change of its issue. If it refuses, the room is told.
    FollowIssue {
        /// The incident.
        incident: IncidentId,
        /// The change.
        follow_up: IssueFollowUp,
    },
    /// A follow-up has to follow a change of its issue.
    ChangeFollowUp {
        /// The follow-up.
        followup: FollowUpId,
        /// The change.
        command: FollowUpCommand,
    },
    /// An issue of a tracker opens a hot room.
    AdoptIssue(Box<Adoption>),
    /// A maintenance was scheduled or changed.
    MaintenanceChanged {
        /// Which one.
        maintenance: MaintenanceId,
    },
}

/// A merge of two incidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IncidentMerge {
    /// The merged incident.
    pub from: IncidentId,
    /// The incident that goes on.
    pub into: IncidentId,
    /// True if the severity of that one was raised by the merge.
    pub raised: bool,
}

/// The silence of an alert that a client asked for, with where to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snooze {
    /// The delivery whose reply says what became of it; `None` if nobody waits.
    pub delivery: Option<InboxId>,
    /// The source of the client.
    pub source: SourceId,
    /// How the client refers to the alert.
    pub reference: OpsgenieReference,
    /// The silence.
    pub silence: NewSilence,
}

/// A follow-up, and who it goes back to.
#[derive(Debug)]
struct Entry {
    actor: Actor,
    follow_up: FollowUp,
}

/// The follow-ups of a transaction that are not processed yet. Made by the reactor alone, which processes all of them before
/// the transaction ends.
#[derive(Debug)]
pub struct WorkList {
    /// What follows from what is being processed.
    added: Vec<Entry>,
    queued: VecDeque<Entry>,
    processed: usize,
    limit: usize,
    recorded: Vec<RecordedInIncident>,
}

/// An event that was recorded in an incident on behalf of another aggregate.
#[derive(Debug)]
struct RecordedInIncident {
    incident: IncidentId,
    seq: u64,
    event: IncidentEvent,
}

impl WorkList {
    pub(super) fn new(limit: usize) -> Self {
        Self { added: Vec::new(), queued: VecDeque::new(), processed: 0, limit, recorded: Vec::new() }
    }

    /// Adds what follows from what is being processed. It happens in the name of whoever acts now.
    pub fn push(&mut self, cx: Context<'_>, follow_up: FollowUp) {
        self.added.push(Entry { actor: cx.actor.clone(), follow_up });
    }

    /// The next follow-up and its actor. What follows from one comes before what was queued earlier, so that each change is
    /// complete before the next one begins.
    pub(super) fn next(&mut self) -> Result<Option<(Actor, FollowUp)>, StoreError> {
        for entry in self.added.drain(..).rev() {
            self.queued.push_front(entry);
        }
        let Some(Entry { actor, follow_up }) = self.queued.pop_front() else { return Ok(None) };
        if self.processed == self.limit {
            return Err(StoreError::Corrupt(format!("more than {} follow-ups of one change", self.limit)));
        }
        self.processed += 1;
        Ok(Some((actor, follow_up)))
    }

    pub(super) fn record(&mut self, incident: IncidentId, events: Vec<(u64, IncidentEvent)>) {
        let recorded = events.into_iter().map(|(seq, event)| RecordedInIncident { incident, seq, event });
        self.recorded.extend(recorded);
    }

    /// What was recorded in an incident so far.
    pub(in crate::app) fn recorded(&self, incident: IncidentId) -> Vec<(u64, IncidentEvent)> {
        let of_incident = self.recorded.iter().filter(|recorded| recorded.incident == incident);
        of_incident.map(|recorded| (recorded.seq, recorded.event.clone())).collect()
    }
}
