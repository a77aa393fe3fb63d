//! What follows from an event of a post-mortem: messages, and the timer of the next reminder.

use super::{Postmortem, PostmortemEvent, PostmortemPolicy};
use crate::domain::{
    Timestamp,
    effect::{Audience, ChatEffect, Timer},
    incident::PlannedEffect,
};

/// Returns the first time after `after` at which a step with this target is reminded of: once before the target, at the
/// target, and regularly after it.
pub fn next_reminder(due: Timestamp, policy: &PostmortemPolicy, after: Timestamp) -> Timestamp {
    let early = due - policy.remind_before;
    if early > after {
        return early;
    }
    let mut next = due;
    if next <= after {
        let every = policy.remind_every.as_millis().max(1);
        let passed = u128::try_from((after - due).num_milliseconds()).unwrap_or(0);
        let turns = u32::try_from(passed / every + 1).unwrap_or(u32::MAX);
        next = due + policy.remind_every.saturating_mul(turns);
    }
    next
}

/// True if it is time for a reminder: the early one, or a later one.
pub(super) fn is_due(due: Timestamp, policy: &PostmortemPolicy, now: Timestamp) -> bool {
    now >= due - policy.remind_before
}

/// Returns the effects of `event`, which is the latest of `postmortem`.
pub fn consequences(
    postmortem: &Postmortem,
    event: &PostmortemEvent,
    policy: &PostmortemPolicy,
    now: Timestamp,
) -> Vec<PlannedEffect> {
    let (incident, seq) = (postmortem.incident, postmortem.version);
    let notice = |to: Audience| PlannedEffect::new(ChatEffect::PostmortemNotice { incident, seq, to }, now);
    let mut effects = Vec::new();
    if event.is_announced() {
        effects.push(notice(Audience::HotRoom));
    }
    match event {
        PostmortemEvent::PostmortemReminded { people, managers, .. } => {
            effects.extend(people.iter().chain(managers).cloned().map(Audience::Person).map(notice));
        }
        PostmortemEvent::PostmortemPublished { rooms } => {
            effects.extend(rooms.iter().cloned().map(Audience::Feed).map(notice));
        }
        PostmortemEvent::PostmortemOpened { .. } | PostmortemEvent::PostmortemAssigned { .. } => {
            effects.push(notice(Audience::Person(postmortem.owner.clone())));
        }
        PostmortemEvent::PostmortemSubmitted { review: true } => {
            let readers = postmortem.approvers.iter().filter(|approver| **approver != postmortem.owner);
            effects.extend(readers.cloned().map(Audience::Person).map(notice));
        }
        PostmortemEvent::PostmortemReturned { .. } | PostmortemEvent::PostmortemApproved => {
            effects.push(notice(Audience::Person(postmortem.owner.clone())));
        }
        PostmortemEvent::PostmortemSubmitted { review: false }
        | PostmortemEvent::SectionWritten { .. }
        | PostmortemEvent::SectionPrefilled { .. }
        | PostmortemEvent::SectionCommented { .. }
        | PostmortemEvent::CommentResolved { .. }
        | PostmortemEvent::PostmortemSkipped { .. }
        | PostmortemEvent::PostmortemRedacted { .. } => {}
    }
    if sets_timer(event)
        && let Some(due) = postmortem.due
    {
        effects.push(PlannedEffect::new(Timer::PostmortemDue { incident }, next_reminder(due, policy, now)));
    }
    effects
}

/// True if the event begins a step, or is a reminder of one.
fn sets_timer(event: &PostmortemEvent) -> bool {
    match event {
        PostmortemEvent::PostmortemOpened { .. }
        | PostmortemEvent::PostmortemSubmitted { .. }
        | PostmortemEvent::PostmortemReturned { .. }
        | PostmortemEvent::PostmortemApproved
        | PostmortemEvent::PostmortemReminded { .. } => true,
        PostmortemEvent::PostmortemAssigned { .. }
        | PostmortemEvent::SectionWritten { .. }
        | PostmortemEvent::SectionPrefilled { .. }
        | PostmortemEvent::SectionCommented { .. }
        | PostmortemEvent::CommentResolved { .. }
        | PostmortemEvent::PostmortemPublished { .. }
        | PostmortemEvent::PostmortemSkipped { .. }
        | PostmortemEvent::PostmortemRedacted { .. } => false,
    }
}
