//! Events of follow-ups, and the record that they build.

use serde::{Deserialize, Serialize};

use super::{FollowUpClass, FollowUpItem, FollowUpKind, FollowUpState};
use crate::domain::{
    Timestamp,
    ids::{FollowUpId, IncidentId, Key, PersonId},
    incident::Redaction,
    people::Actor,
    text::Untrusted,
};

/// The version of the record that [`apply_followup`] builds. Raise it with every change of the record.
pub const FOLLOWUP_VERSION: u32 = 2;

/// What a follow-up is added with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewFollowUp {
    /// Its id.
    pub id: FollowUpId,
    /// The incident.
    pub incident: IncidentId,
    /// The key of the incident.
    pub key: Key,
    /// Its number within the incident.
    pub number: u32,
    /// What to do.
    pub title: Untrusted,
    /// How much it matters.
    pub kind: FollowUpKind,
    /// What it does.
    pub class: FollowUpClass,
    /// Who does it.
    pub owner: Option<PersonId>,
    /// When it should be done.
    pub due: Option<Timestamp>,
    /// Where its work is tracked.
    pub link: Option<Untrusted>,
    /// True if it is the completion of the post-mortem.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub postmortem: bool,
}

/// What happened to a follow-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant says what its fields mean")]
pub enum FollowUpEvent {
    /// It was added.
    FollowUpAdded { spec: NewFollowUp },
    /// Owner, due date or link changed; these are the values after it.
    FollowUpChanged { owner: Option<PersonId>, due: Option<Timestamp>, link: Option<Untrusted> },
    /// It was done.
    FollowUpDone,
    /// It will not be done.
    FollowUpDropped { reason: Untrusted },
    /// It has to be done after all.
    FollowUpReopened,
    /// Its issue in an outside tracker was created.
    FollowUpIssueCreated { issue: String, url: String },
    /// Its owner was reminded.
    FollowUpReminded { person: PersonId, overdue: bool },
    /// Texts left the record. The hashes are those of the events without them.
    FollowUpRedacted { entries: Vec<Redaction> },
}

impl FollowUpEvent {
    /// The name it is stored, logged and rendered under.
    pub fn name(&self) -> &'static str {
        match self {
            Self::FollowUpAdded { .. } => "follow_up_added",
            Self::FollowUpChanged { .. } => "follow_up_changed",
            Self::FollowUpDone => "follow_up_done",
            Self::FollowUpDropped { .. } => "follow_up_dropped",
            Self::FollowUpReopened => "follow_up_reopened",
            Self::FollowUpIssueCreated { .. } => "follow_up_issue_created",
            Self::FollowUpReminded { .. } => "follow_up_reminded",
            Self::FollowUpRedacted { .. } => "follow_up_redacted",
        }
    }

    /// The event with every text that people wrote changed by `change`.
    pub fn map_texts(self, change: &mut impl FnMut(Untrusted) -> Untrusted) -> Self {
        match self {
            Self::FollowUpAdded { spec } => {
                let title = change(spec.title);
                let link = spec.link.map(change);
                Self::FollowUpAdded { spec: NewFollowUp { title, link, ..spec } }
            }
            Self::FollowUpChanged { owner, due, link } => Self::FollowUpChanged { owner, due, link: link.map(change) },
            Self::FollowUpDropped { reason } => Self::FollowUpDropped { reason: change(reason) },
            other @ (Self::FollowUpDone
            | Self::FollowUpReopened
            | Self::FollowUpIssueCreated { .. }
            | Self::FollowUpReminded { .. }
            | Self::FollowUpRedacted { .. }) => other,
        }
    }
}

/// Returns the record after one more event. Events before the first change nothing.
pub fn apply_followup(
    item: Option<FollowUpItem>,
    event: &FollowUpEvent,
    at: Timestamp,
    by: &Actor,
) -> Option<FollowUpItem> {
    let mut item = match (item, event) {
        (None, FollowUpEvent::FollowUpAdded { spec }) => added(spec, at, by),
        (None, _) => return None,
        (Some(item), _) => item,
    };
    match event {
        FollowUpEvent::FollowUpAdded { .. }
        | FollowUpEvent::FollowUpReminded { .. }
        | FollowUpEvent::FollowUpRedacted { .. } => {}
        FollowUpEvent::FollowUpChanged { owner, due, link } => {
            (item.owner, item.due, item.link) = (owner.clone(), *due, link.clone());
        }
        FollowUpEvent::FollowUpDone => end(&mut item, FollowUpState::Done, at),
        FollowUpEvent::FollowUpDropped { reason } => {
            item.reason = Some(reason.clone());
            end(&mut item, FollowUpState::NotDoing, at);
        }
        FollowUpEvent::FollowUpIssueCreated { issue, url } => {
            item.issue = Some(issue.clone());
            item.link.get_or_insert_with(|| Untrusted::from(url.as_str()));
        }
        FollowUpEvent::FollowUpReopened => {
            (item.state, item.reason, item.ended_at) = (FollowUpState::Open, None, None);
        }
    }
    item.version += 1;
    Some(item)
}

/// Returns the record of a whole history; `None` if it has no first event.
pub fn replay_followup<'e>(
    events: impl IntoIterator<Item = (&'e FollowUpEvent, Timestamp, &'e Actor)>,
) -> Option<FollowUpItem> {
    events.into_iter().fold(None, |item, (event, at, by)| apply_followup(item, event, at, by))
}

fn added(spec: &NewFollowUp, at: Timestamp, by: &Actor) -> FollowUpItem {
    let NewFollowUp { id, incident, key, number, title, kind, class, owner, due, link, postmortem } = spec.clone();
    FollowUpItem {
        id,
        incident,
        key,
        number,
        title,
        kind,
        class,
        owner,
        due,
        link,
        postmortem,
        issue: None,
        state: FollowUpState::Open,
        reason: None,
        created_by: by.clone(),
        created_at: at,
        ended_at: None,
        version: 0,
    }
}

fn end(item: &mut FollowUpItem, state: FollowUpState, at: Timestamp) {
    (item.state, item.ended_at) = (state, Some(at));
}
