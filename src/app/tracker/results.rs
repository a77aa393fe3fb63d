//! What came of the effects of a tracker.

use super::issue_cards::{self, MessagePlace};
use super::{adoption, boards, follow_up_issues, inbound, keys, outbound, polling, pull_requests};
use crate::{
    app::{
        Context,
        reactor::{FollowUp, WorkList, outcomes::DeliveryResult},
    },
    domain::{
        effect::{EffectKey, IssueAspect, Receipt, TrackerEffect, TrackerReceipt},
        event::Event,
        ids::{IncidentId, StatusId},
        incident::{Command, Incident, IncidentEvent, LifecycleEvent, RecordedFact, TrackerEvent},
        tracker::{IssueLink, IssueRef, LinkState},
    },
    render::effect_name,
    store::{Reads, StoreError, Tx},
};

/// Takes in the result of an effect.
pub(in crate::app) fn on_result(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    effect: &TrackerEffect,
    result: &DeliveryResult,
) -> Result<(), StoreError> {
    if effect.followup().is_some() {
        return follow_up_issues::on_result(tx, cx, work, effect, result);
    }
    match result {
        DeliveryResult::Delivered(Receipt::Tracker(receipt)) => delivered(tx, cx, work, effect, receipt),
        DeliveryResult::InDoubt(_) => in_doubt(tx, cx, effect),
        DeliveryResult::GivenUp(why) => given_up(tx, cx, work, effect, why),
        DeliveryResult::Delivered(
            Receipt::Nothing
            | Receipt::Room(_)
            | Receipt::Post(_)
            | Receipt::Mirrored(_)
            | Receipt::Page(_)
            | Receipt::Pager(_),
        )
        | DeliveryResult::Skipped(_) => Ok(()),
        DeliveryResult::Delayed(why) => match effect {
            TrackerEffect::ReadBoard { board } => boards::failed(tx, board, why),
            TrackerEffect::CreateIssue { .. }
            | TrackerEffect::MoveIssue { .. }
            | TrackerEffect::UpdateIssue { .. }
            | TrackerEffect::CommentIssue { .. }
            | TrackerEffect::WatchIssue { .. }
            | TrackerEffect::LinkIssues { .. }
            | TrackerEffect::ReadIssue { .. }
            | TrackerEffect::CreateFollowUp { .. }
            | TrackerEffect::UpdateFollowUp { .. }
            | TrackerEffect::ReadFollowUp { .. }
            | TrackerEffect::AdoptIssue { .. }
            | TrackerEffect::MoveMentioned { .. }
            | TrackerEffect::ShowIssue { .. }
            | TrackerEffect::PollTracker { .. } => Ok(()),
        },
    }
}

fn delivered(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    effect: &TrackerEffect,
    receipt: &TrackerReceipt,
) -> Result<(), StoreError> {
    match (effect, receipt) {
        (TrackerEffect::PollTracker { tracker }, TrackerReceipt::Listed(issues)) => {
            let Some(outside) = cx.config.tracker.outside(tracker) else { return Ok(()) };
            polling::listed(tx, cx, outside, issues)
        }
        (TrackerEffect::AdoptIssue { requested, .. }, TrackerReceipt::Read(Some(issue))) => {
            adoption::consider(tx, cx, work, issue, *requested)
        }
        (TrackerEffect::ShowIssue { key, room, message, .. }, TrackerReceipt::Read(issue)) => {
            issue_cards::was_read(tx, cx, key, issue.as_deref(), MessagePlace { room, message: *message })
        }
        (TrackerEffect::ReadBoard { board }, TrackerReceipt::Board(columns)) => {
            boards::was_read(tx, cx, board, columns)
        }
        (TrackerEffect::MoveMentioned { key, .. }, receipt) => pull_requests::moved(tx, cx, work, key, receipt),
        (effect, receipt) => {
            let link = effect.incident().map(|incident| tx.issue_link(incident)).transpose()?.flatten();
            let Some(link) = link else { return Ok(()) };
            delivered_to(tx, cx, work, link, EffectAnswer { effect, receipt })
        }
    }
}

/// An effect with what the tracker answered.
#[derive(Clone, Copy)]
struct EffectAnswer<'a> {
    effect: &'a TrackerEffect,
    receipt: &'a TrackerReceipt,
}

fn delivered_to(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    mut link: IssueLink,
    answered: EffectAnswer<'_>,
) -> Result<(), StoreError> {
    match answered.receipt {
        TrackerReceipt::Created(issue) => created(tx, cx, work, link, issue),
        TrackerReceipt::Changed(ids) => {
            link.note_own(ids.iter().cloned());
            note_written(tx, cx, &mut link, answered.effect)?;
            tx.save_issue_link(&link)
        }
        TrackerReceipt::Commented { ids, events, messages } => {
            link.note_own(ids.iter().cloned());
            (link.commented, link.chatted) = (*events, *messages);
            link.commented_at = Some(cx.now);
            link.comments_written += 1;
            tx.save_issue_link(&link)
        }
        TrackerReceipt::NoTransition { to, possible } => {
            let issue = link.issue.as_ref().map(|issue| issue.key.clone()).unwrap_or_default();
            let event = TrackerEvent::TransitionMissing { issue, to: to.clone(), possible: possible.clone() };
            record(cx, work, link.incident, event);
            Ok(())
        }
        TrackerReceipt::Read(Some(issue)) => {
            let catch_up = matches!(answered.effect, TrackerEffect::ReadIssue { catch_up: true, .. });
            inbound::apply(tx, cx, work, inbound::FetchedIssue { link, issue, catch_up })
        }
        TrackerReceipt::Read(None) => inbound::deleted(tx, cx, work, link),
        TrackerReceipt::Listed(_) | TrackerReceipt::Board(_) => Ok(()),
    }
}

fn record(cx: Context<'_>, work: &mut WorkList, incident: IncidentId, event: TrackerEvent) {
    work.push(cx, FollowUp::RecordInIncident { incident, command: Command::RecordIssue(event) });
}

/// The issue exists: the incident gets its key, and its room, if it waits for the key, opens.
fn created(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    mut link: IssueLink,
    issue: &IssueRef,
) -> Result<(), StoreError> {
    let Some(incident) = tx.incident(link.incident)? else { return Ok(()) };
    let Some(outside) = cx.config.tracker.outside(&link.tracker) else { return Ok(()) };
    link.issue = Some(issue.clone());
    link.doubt_since = None;
    if link.state == LinkState::Creating {
        link.state = LinkState::Linked;
    }
    tx.save_issue_link(&link)?;
    if link.state == LinkState::Stopped {
        // It became private while the issue was being created.
        if let Some(left) = outbound::left_behind(outside, &link) {
            record(cx, work, incident.id, left);
        }
        return Ok(());
    }
    let key = keys::bound_key(tx, cx.config, &incident, &issue.key)?;
    if key.is_some() {
        tx.keep_former_key(&incident.key, incident.id)?;
    }
    let url = outside.issue_url(&link.project, &issue.key, &issue.id);
    let linked = TrackerEvent::IssueLinked { tracker: outside.id(), issue: issue.clone(), url, key, adopted: false };
    record(cx, work, incident.id, linked);
    tx.hurry(&keys::opening(incident.id), cx.now)?;
    let key = |n| EffectKey::new(&format!("tracker/{}/created/{}", incident.id, issue.id), incident.version, n);
    // What is seen now is what changes are compared with.
    let read = TrackerEffect::ReadIssue { incident: incident.id, catch_up: false };
    tx.enqueue(&key(0), &read.into(), cx.now)?;
    if incident.room.is_some() {
        let room = TrackerEffect::UpdateIssue { incident: incident.id, aspect: IssueAspect::Room };
        tx.enqueue(&key(1), &room.into(), cx.now)?;
    }
    if link.commented < incident.version {
        outbound::comment_later(tx, cx.now, &link, outbound::CommentCause::Event(incident.version))?;
    }
    Ok(())
}

/// Remembers what was written, so that it is no change when it is read.
fn note_written(tx: &Tx<'_>, cx: Context<'_>, link: &mut IssueLink, effect: &TrackerEffect) -> Result<(), StoreError> {
    let Some(incident) = tx.incident(link.incident)? else { return Ok(()) };
    let Some(outside) = cx.config.tracker.outside(&link.tracker) else { return Ok(()) };
    match effect {
        TrackerEffect::MoveIssue { seq, .. } => {
            let project = outside.project(&link.project);
            let status = status_of_event(tx, incident.id, *seq)?;
            let written =
                project.zip(status).and_then(|(project, status)| Some(project.status_of(&status)?.to_owned()));
            if written.is_some() {
                link.seen.status = written;
            }
        }
        TrackerEffect::WatchIssue { person, .. } => {
            let account = super::account_of(cx.config, &link.tracker, person);
            link.seen.watchers.extend(account.map(|account| account.0));
        }
        // The priority, the assignee and the summary are compared with the incident itself when they are read.
        TrackerEffect::UpdateIssue { .. }
        | TrackerEffect::CreateIssue { .. }
        | TrackerEffect::CommentIssue { .. }
        | TrackerEffect::LinkIssues { .. }
        | TrackerEffect::ReadIssue { .. }
        | TrackerEffect::CreateFollowUp { .. }
        | TrackerEffect::UpdateFollowUp { .. }
        | TrackerEffect::ReadFollowUp { .. }
        | TrackerEffect::AdoptIssue { .. }
        | TrackerEffect::MoveMentioned { .. }
        | TrackerEffect::ShowIssue { .. }
        | TrackerEffect::ReadBoard { .. }
        | TrackerEffect::PollTracker { .. } => {}
    }
    Ok(())
}

/// The status that an event of an incident led to.
pub fn status_of_event(reads: &Reads<'_>, incident: IncidentId, seq: u64) -> Result<Option<StatusId>, StoreError> {
    let recorded = reads.event(&Incident::stream(incident), seq)?;
    let Some(Event::Incident(IncidentEvent::Lifecycle(event))) = recorded.map(|recorded| recorded.event) else {
        return Ok(None);
    };
    Ok(match event {
        LifecycleEvent::Declared { status, .. } => Some(status),
        LifecycleEvent::StatusChanged { to, .. } => Some(to),
        LifecycleEvent::SeverityChanged { .. }
        | LifecycleEvent::SeverityProposed { .. }
        | LifecycleEvent::PrivacyChanged { .. }
        | LifecycleEvent::Renamed { .. }
        | LifecycleEvent::ResolutionRecorded { .. }
        | LifecycleEvent::FieldsChanged { .. }
        | LifecycleEvent::Merged { .. }
        | LifecycleEvent::Absorbed { .. } => None,
    })
}

/// An issue may have been created: from now on it is looked for before it is created again.
fn in_doubt(tx: &mut Tx<'_>, cx: Context<'_>, effect: &TrackerEffect) -> Result<(), StoreError> {
    let TrackerEffect::CreateIssue { incident } = effect else { return Ok(()) };
    let Some(link) = tx.issue_link(*incident)? else { return Ok(()) };
    tx.save_issue_link(&IssueLink { doubt_since: Some(cx.now), ..link })
}

fn given_up(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    effect: &TrackerEffect,
    why: &str,
) -> Result<(), StoreError> {
    let Some(incident) = effect.incident() else {
        tracing::warn!(effect = effect_name(&effect.clone().into()), why, "the tracker refused what it was asked");
        return Ok(());
    };
    if matches!(effect, TrackerEffect::CreateIssue { .. }) {
        let Some(link) = tx.issue_link(incident)? else { return Ok(()) };
        let tracker = link.tracker.clone();
        tx.save_issue_link(&IssueLink { state: LinkState::Failed, ..link })?;
        record(cx, work, incident, TrackerEvent::IssueNotCreated { tracker, why: why.to_owned() });
        return tx.hurry(&keys::opening(incident), cx.now);
    }
    let what = effect_name(&effect.clone().into()).to_owned();
    let fact = RecordedFact::DeliveryFailed { what, why: why.to_owned() };
    work.push(cx, FollowUp::RecordInIncident { incident, command: Command::Record(fact) });
    Ok(())
}
