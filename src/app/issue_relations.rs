//! Issues in an outside tracker that belong together are linked there: that of an incident with those of its follow-ups, and with
//! that of the incident it was merged into. A follow-up without an issue gets one.

use super::{Context, tracker::keys};
use crate::{
    config::OutsideTracker,
    domain::{
        effect::{EffectKey, TrackerEffect},
        ids::{IncidentId, Key},
        incident::Incident,
        review::{FollowUpEvent, FollowUpItem},
        tracker::{FollowUpIssue, LinkState},
    },
    store::{StoreError, Tx},
};

/// Links the issue of an incident to another one.
pub(in crate::app) fn link(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: IncidentId,
    other: &Key,
) -> Result<(), StoreError> {
    let Some(outside) = &cx.config.tracker.outside else { return Ok(()) };
    if tx.issue_link(incident)?.is_none_or(|link| link.tracker != outside.id()) {
        return Ok(());
    }
    // Once for each pair.
    let key = EffectKey(format!("tracker/{incident}/link/{other}"));
    tx.enqueue(&key, &TrackerEffect::LinkIssues { incident, other: other.clone() }.into(), cx.now).map(drop)
}

/// Enqueues what the issue of a follow-up needs because of an event, which is the latest of `item`.
pub(in crate::app) fn of_follow_up(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    item: &FollowUpItem,
    event: &FollowUpEvent,
) -> Result<(), StoreError> {
    let Some(outside) = &cx.config.tracker.outside else { return Ok(()) };
    match event {
        FollowUpEvent::FollowUpAdded { .. } => {
            if !link_named(tx, cx, outside, item)? {
                create(tx, cx, outside, item)?;
            }
            Ok(())
        }
        FollowUpEvent::FollowUpChanged { .. } => {
            link_named(tx, cx, outside, item)?;
            update(tx, cx, outside, item)
        }
        FollowUpEvent::FollowUpDone | FollowUpEvent::FollowUpDropped { .. } | FollowUpEvent::FollowUpReopened => {
            update(tx, cx, outside, item)
        }
        FollowUpEvent::FollowUpIssueCreated { .. }
        | FollowUpEvent::FollowUpRedacted { .. }
        | FollowUpEvent::FollowUpReminded { .. } => Ok(()),
    }
}

/// Links the issue of the incident to that in which a follow-up is tracked, if its link names one.
fn link_named(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    outside: &OutsideTracker,
    item: &FollowUpItem,
) -> Result<bool, StoreError> {
    let named = item.link.as_ref().and_then(|text| outside.key_at(text.verbatim()));
    let Some(key) = named else { return Ok(false) };
    link(tx, cx, item.incident, &key)?;
    Ok(true)
}

/// Creates the issue of a follow-up, in the project of the issue of its incident.
fn create(tx: &mut Tx<'_>, cx: Context<'_>, outside: &OutsideTracker, item: &FollowUpItem) -> Result<(), StoreError> {
    let Some(incident) = tx.incident(item.incident)? else { return Ok(()) };
    // What somebody tracks elsewhere already needs no issue.
    if !outside.followups || item.link.is_some() || !outside.takes(incident.kind, incident.private) {
        return Ok(());
    }
    let Some(project) = project_of(tx, outside, &incident)? else { return Ok(()) };
    let mark = keys::followup_mark(tx, &incident, item)?;
    tx.save_followup_issue(&FollowUpIssue {
        followup: item.id,
        incident: incident.id,
        tracker: outside.id(),
        project,
        mark,
        state: LinkState::Creating,
        issue: None,
        doubt_since: None,
        done: false,
        updated: None,
    })?;
    let effect = TrackerEffect::CreateFollowUp { followup: item.id, incident: incident.id };
    tx.enqueue(&EffectKey(format!("tracker/followup/{}/create", item.id)), &effect.into(), cx.now).map(drop)
}

fn project_of(tx: &Tx<'_>, outside: &OutsideTracker, incident: &Incident) -> Result<Option<String>, StoreError> {
    let link = tx.issue_link(incident.id)?;
    if let Some(link) = link.filter(|link| link.tracker == outside.id()) {
        return Ok(Some(link.project));
    }
    Ok(outside.project_for(incident.service.as_ref()).map(|project| project.name.clone()))
}

/// Brings the issue of a follow-up, if it has one, to what the follow-up is now.
fn update(tx: &mut Tx<'_>, cx: Context<'_>, outside: &OutsideTracker, item: &FollowUpItem) -> Result<(), StoreError> {
    let Some(link) = tx.followup_issue(item.id)? else { return Ok(()) };
    if link.tracker != outside.id() || !matches!(link.state, LinkState::Creating | LinkState::Linked) {
        return Ok(());
    }
    let effect = TrackerEffect::UpdateFollowUp { followup: item.id, incident: item.incident };
    let key = EffectKey::new(&format!("tracker/followup/{}", item.id), item.version, 0);
    tx.enqueue(&key, &effect.into(), cx.now).map(drop)
}
