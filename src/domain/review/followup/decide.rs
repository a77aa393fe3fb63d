//! Decides what a command does to a follow-up, and what follows from it.

use super::{FollowUpCommand, FollowUpEvent, FollowUpItem, FollowUpPolicy, FollowUpState, NewFollowUp};
use crate::domain::{
    Timestamp,
    effect::{Audience, ChatEffect, Timer},
    incident::PlannedEffect,
    refusal::{IncidentRefusal, Refusal, ReviewRefusal},
    text::Untrusted,
};

/// The longest title, in characters.
const MAX_TITLE: usize = 300;
/// The longest reason, in characters.
const MAX_REASON: usize = 2_000;
/// The longest link, in characters.
const MAX_LINK: usize = 1_000;

type Events = Result<Vec<FollowUpEvent>, Refusal>;

/// What `decide_followup` needs to know.
#[derive(Clone, Copy, Debug)]
pub struct FollowUpFacts<'a> {
    /// Now.
    pub now: Timestamp,
    /// When reminders are sent.
    pub policy: &'a FollowUpPolicy,
}

/// Adds a follow-up.
///
/// # Errors
/// What is wrong with its title, link or due date.
pub fn new_followup(spec: NewFollowUp, now: Timestamp) -> Events {
    text(&spec.title, "title", MAX_TITLE)?;
    spec.link.as_ref().map_or(Ok(()), link)?;
    check_due(spec.due, now)?;
    Ok(vec![FollowUpEvent::FollowUpAdded { spec }])
}

/// Decides a command. No events: there is nothing to do.
///
/// # Errors
/// Why the command is not carried out.
pub fn decide_followup(item: &FollowUpItem, command: &FollowUpCommand, facts: FollowUpFacts<'_>) -> Events {
    match command {
        FollowUpCommand::Change { owner, due, link: new_link } => {
            must_be(item, true)?;
            new_link.as_ref().map_or(Ok(()), link)?;
            check_due(*due, facts.now)?;
            let owner = owner.clone().or_else(|| item.owner.clone());
            let (due, link) = (due.or(item.due), new_link.clone().or_else(|| item.link.clone()));
            if (&owner, &due, &link) == (&item.owner, &item.due, &item.link) {
                return Ok(Vec::new());
            }
            Ok(vec![FollowUpEvent::FollowUpChanged { owner, due, link }])
        }
        FollowUpCommand::Finish => {
            must_be(item, true)?;
            Ok(vec![FollowUpEvent::FollowUpDone])
        }
        FollowUpCommand::Drop { reason } => {
            must_be(item, true)?;
            text(reason, "reason", MAX_REASON)?;
            Ok(vec![FollowUpEvent::FollowUpDropped { reason: reason.clone() }])
        }
        FollowUpCommand::Reopen => {
            must_be(item, false)?;
            Ok(vec![FollowUpEvent::FollowUpReopened])
        }
        FollowUpCommand::RecordIssue { issue, url } => {
            Ok(vec![FollowUpEvent::FollowUpIssueCreated { issue: issue.clone(), url: url.clone() }])
        }
        FollowUpCommand::Remind => Ok(remind(item, facts).into_iter().collect()),
    }
}

/// Returns the reminder, if it is time for one. Nobody is reminded of what nobody owns: the digest names it.
fn remind(item: &FollowUpItem, facts: FollowUpFacts<'_>) -> Option<FollowUpEvent> {
    let (person, due) = (item.owner.clone()?, item.due?);
    let is_time = item.state == FollowUpState::Open && facts.now >= due - facts.policy.remind_before;
    is_time.then_some(FollowUpEvent::FollowUpReminded { person, overdue: facts.now >= due })
}

/// Returns the effects of `event`, which is the latest of `item`.
pub fn followup_effects(
    item: &FollowUpItem,
    event: &FollowUpEvent,
    policy: &FollowUpPolicy,
    now: Timestamp,
) -> Vec<PlannedEffect> {
    let (incident, followup, seq) = (item.incident, item.id, item.version);
    let notice = |to: Audience| PlannedEffect::new(ChatEffect::FollowUpNotice { incident, followup, seq, to }, now);
    let to_owner = || item.owner.clone().map(Audience::Person);
    let mut effects = Vec::new();
    // What happens to a post-mortem is told by the post-mortem.
    if item.postmortem && !matches!(event, FollowUpEvent::FollowUpIssueCreated { .. }) {
        return effects;
    }
    match event {
        FollowUpEvent::FollowUpAdded { .. } | FollowUpEvent::FollowUpChanged { .. } => {
            effects.push(notice(Audience::HotRoom));
            effects.extend(to_owner().map(notice));
        }
        FollowUpEvent::FollowUpDone
        | FollowUpEvent::FollowUpDropped { .. }
        | FollowUpEvent::FollowUpReopened
        | FollowUpEvent::FollowUpIssueCreated { .. } => effects.push(notice(Audience::HotRoom)),
        FollowUpEvent::FollowUpReminded { person, .. } => effects.push(notice(Audience::Person(person.clone()))),
        FollowUpEvent::FollowUpRedacted { .. } => return effects,
    }
    if item.state == FollowUpState::Open
        && !matches!(event, FollowUpEvent::FollowUpIssueCreated { .. })
        && let Some(due) = item.due
    {
        let next = next_time(due, policy, now);
        effects.push(PlannedEffect::new(Timer::FollowUpDue { incident, followup }, next));
    }
    effects
}

/// Returns the next reminder after `after`: once before the due date, at it, and regularly after it.
fn next_time(due: Timestamp, policy: &FollowUpPolicy, after: Timestamp) -> Timestamp {
    let early = due - policy.remind_before;
    if early > after {
        return early;
    }
    if due > after {
        return due;
    }
    let every = policy.remind_every.as_millis().max(1);
    let passed = u128::try_from((after - due).num_milliseconds()).unwrap_or(0);
    let turns = u32::try_from(passed / every + 1).unwrap_or(u32::MAX);
    due + policy.remind_every.saturating_mul(turns)
}

fn must_be(item: &FollowUpItem, open: bool) -> Result<(), Refusal> {
    if (item.state == FollowUpState::Open) == open {
        return Ok(());
    }
    Err(ReviewRefusal::FollowUpState { number: item.number, state: item.state }.into())
}

fn text(text: &Untrusted, what: &str, max: usize) -> Result<(), Refusal> {
    if text.is_blank() {
        return Err(IncidentRefusal::Empty { what: what.into() }.into());
    }
    if text.verbatim().chars().count() > max {
        return Err(IncidentRefusal::TooLong { what: what.into(), max }.into());
    }
    Ok(())
}

fn link(link: &Untrusted) -> Result<(), Refusal> {
    text(link, "link", MAX_LINK)?;
    let said = link.verbatim();
    let plain = said.chars().all(|c| c.is_ascii_graphic());
    if plain && (said.starts_with("https://") || said.starts_with("http://")) {
        return Ok(());
    }
    Err(ReviewRefusal::BadLink { link: link.clone() }.into())
}

fn check_due(due: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    match due {
        Some(due) if due <= now => Err(ReviewRefusal::DueInPast { due }.into()),
        Some(_) | None => Ok(()),
    }
}
