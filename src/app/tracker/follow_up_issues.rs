//! The issues of follow-ups: what became of their effects, and what follows here when one is done or opened again there.

use super::people;
use crate::{
    app::{
        Context, issue_relations,
        reactor::{FollowUp, WorkList, outcomes::DeliveryResult},
    },
    domain::{
        effect::{Receipt, TrackerEffect, TrackerReceipt},
        ids::{IncidentId, Key},
        incident::{Command, TrackerEvent},
        review::{FollowUpCommand, FollowUpState},
        tracker::{FollowUpIssue, Issue, IssueRef, IssueStage, LinkState},
    },
    store::{FollowUpFilter, StoreError, Tx},
};

/// How many follow-ups of an incident are looked through.
const MOST: usize = 500;

/// Takes in the result of an effect.
pub(super) fn on_result(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    effect: &TrackerEffect,
    result: &DeliveryResult,
) -> Result<(), StoreError> {
    let link = effect.followup().map(|id| tx.followup_issue(id)).transpose()?.flatten();
    let Some(link) = link else { return Ok(()) };
    match result {
        DeliveryResult::Delivered(Receipt::Tracker(receipt)) => delivered(tx, cx, work, link, receipt),
        DeliveryResult::InDoubt(_) if matches!(effect, TrackerEffect::CreateFollowUp { .. }) => {
            tx.save_followup_issue(&FollowUpIssue { doubt_since: Some(cx.now), ..link })
        }
        DeliveryResult::GivenUp(why) => given_up(tx, cx, work, link, GivenUpCall { effect, why }),
        DeliveryResult::Delivered(
            Receipt::Nothing
            | Receipt::Room(_)
            | Receipt::Post(_)
            | Receipt::Mirrored(_)
            | Receipt::Pager(_)
            | Receipt::Page(_),
        )
        | DeliveryResult::InDoubt(_)
        | DeliveryResult::Skipped(_)
        | DeliveryResult::Delayed(_) => Ok(()),
    }
}

fn delivered(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    link: FollowUpIssue,
    receipt: &TrackerReceipt,
) -> Result<(), StoreError> {
    match receipt {
        TrackerReceipt::Created(issue) => created(tx, cx, work, link, issue),
        TrackerReceipt::Changed(_) => {
            // The only change is that of the status.
            let state = tx.followup(link.followup)?.map_or(FollowUpState::Open, |item| item.state);
            tx.save_followup_issue(&FollowUpIssue { done: state != FollowUpState::Open, ..link })
        }
        TrackerReceipt::NoTransition { to, possible } => {
            let issue = link.issue.as_ref().map(|issue| issue.key.clone()).unwrap_or_default();
            let event = TrackerEvent::TransitionMissing { issue, to: to.clone(), possible: possible.clone() };
            record(cx, work, &link, event);
            Ok(())
        }
        TrackerReceipt::Read(Some(issue)) => read(tx, cx, work, link, issue),
        TrackerReceipt::Read(None) => tx.save_followup_issue(&FollowUpIssue { state: LinkState::Deleted, ..link }),
        TrackerReceipt::Commented { .. } | TrackerReceipt::Listed(_) | TrackerReceipt::Board(_) => Ok(()),
    }
}

fn record(cx: Context<'_>, work: &mut WorkList, link: &FollowUpIssue, event: TrackerEvent) {
    work.push(cx, FollowUp::RecordInIncident { incident: link.incident, command: Command::RecordIssue(event) });
}

/// The issue exists: the follow-up names it, and it is linked to that of the incident.
fn created(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    link: FollowUpIssue,
    issue: &IssueRef,
) -> Result<(), StoreError> {
    let Some(outside) = cx.config.tracker.outside(&link.tracker) else { return Ok(()) };
    let incident = tx.incident(link.incident)?;
    // It became private while the issue was being created.
    let withheld = incident.is_none_or(|incident| incident.private && !outside.private);
    let state = if withheld { LinkState::Stopped } else { LinkState::Linked };
    let link = FollowUpIssue { state, issue: Some(issue.clone()), doubt_since: None, ..link };
    tx.save_followup_issue(&link)?;
    let url = outside.issue_url(&link.project, &issue.key, &issue.id);
    if withheld {
        let left = TrackerEvent::IssueLeftBehind { issue: issue.key.clone(), url, comments: 0 };
        record(cx, work, &link, left);
        return Ok(());
    }
    let command = FollowUpCommand::RecordIssue { issue: issue.key.clone(), url };
    work.push(cx, FollowUp::ChangeFollowUp { followup: link.followup, command });
    match Key::parse(&issue.key) {
        Some(key) => issue_relations::link(tx, cx, link.incident, &key),
        None => Ok(()),
    }
}

/// The follow-up follows its issue where that was done, or opened again, since it was last seen.
fn read(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    link: FollowUpIssue,
    issue: &Issue,
) -> Result<(), StoreError> {
    let Some(outside) = cx.config.tracker.outside(&link.tracker) else { return Ok(()) };
    let done = issue.stage == IssueStage::Done;
    if done != link.done {
        let of_status = issue.changes.iter().rev().find(|change| change.field.eq_ignore_ascii_case("status"));
        let actor = people::actor_of(tx, cx, outside, of_status.map(|change| &change.author))?;
        let command = if done { FollowUpCommand::Finish } else { FollowUpCommand::Reopen };
        work.push(cx.by(&actor), FollowUp::ChangeFollowUp { followup: link.followup, command });
    }
    let issue_ref = Some(issue.issue.clone());
    tx.save_followup_issue(&FollowUpIssue { done, issue: issue_ref, updated: Some(issue.updated), ..link })
}

/// A call that was given up.
struct GivenUpCall<'a> {
    effect: &'a TrackerEffect,
    why: &'a str,
}

/// The room reads that the tracker has no issue, or has an outdated one.
fn given_up(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    link: FollowUpIssue,
    call: GivenUpCall<'_>,
) -> Result<(), StoreError> {
    let incident = link.incident;
    if matches!(call.effect, TrackerEffect::CreateFollowUp { .. }) {
        tx.save_followup_issue(&FollowUpIssue { state: LinkState::Failed, ..link })?;
    }
    let what = crate::render::effect_name(&call.effect.clone().into()).to_owned();
    let fact = crate::domain::incident::RecordedFact::DeliveryFailed { what, why: call.why.to_owned() };
    work.push(cx, FollowUp::RecordInIncident { incident, command: Command::Record(fact) });
    Ok(())
}

/// What the tracker has of the follow-ups of an incident that became private, for its room.
pub(super) fn left_behind(
    tx: &Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    incident: IncidentId,
) -> Result<(), StoreError> {
    let filter = FollowUpFilter { incident: Some(incident), limit: MOST, ..FollowUpFilter::default() };
    for item in tx.list_followups(&filter)?.items {
        let Some(link) = tx.followup_issue(item.id)? else { continue };
        if let (Some(outside), Some(issue)) = (cx.config.tracker.outside(&link.tracker), link.linked()) {
            let url = outside.issue_url(&link.project, &issue.key, &issue.id);
            record(cx, work, &link, TrackerEvent::IssueLeftBehind { issue: issue.key.clone(), url, comments: 0 });
        }
    }
    Ok(())
}
