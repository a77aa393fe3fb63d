//! Asking an outside tracker for changes: all of them where it has no webhooks, otherwise those that no webhook reported.

use chrono::TimeDelta;

use super::inbound;
use crate::{
    app::Context,
    config::OutsideTracker,
    domain::{
        Timestamp,
        effect::{EffectKey, TrackerEffect},
        tracker::Issue,
    },
    store::{StoreError, Tx},
};

/// How much of the time before the last question is asked for again: search of some trackers knows minutes only, and clocks
/// differ.
const OVERLAP: TimeDelta = TimeDelta::minutes(2);
/// The longest time that is looked back.
const LONGEST: TimeDelta = TimeDelta::days(7);
/// What was missed for longer than this is summarized in the room, and longer than three usual intervals.
const LATE: TimeDelta = TimeDelta::minutes(5);

/// Plans the next question, unless one is planned. Called at the start and when the configuration changes.
pub fn watch(tx: &mut Tx<'_>, cx: Context<'_>) -> Result<(), StoreError> {
    let Some(outside) = &cx.config.tracker.outside else { return Ok(()) };
    if tx.tracker_state(&outside.id())?.known_until.is_none() {
        // What happened before the tracker was configured is no news.
        tx.set_tracker_known_until(&outside.id(), cx.now)?;
    }
    ask(tx, outside, cx.now)
}

fn ask(tx: &mut Tx<'_>, outside: &OutsideTracker, at: Timestamp) -> Result<(), StoreError> {
    let key = EffectKey(format!("tracker/{}/poll/{}", outside.id(), at.timestamp_millis()));
    tx.enqueue(&key, &TrackerEffect::PollTracker { tracker: outside.id() }.into(), at).map(drop)
}

/// Since when a tracker is asked for changes.
pub fn asked_since(known_until: Option<Timestamp>, now: Timestamp) -> Timestamp {
    known_until.map_or(now, |until| until.max(now - LONGEST)) - OVERLAP
}

/// Takes in the issues that changed, and plans the next question.
pub(super) fn listed(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    outside: &OutsideTracker,
    issues: &[Issue],
) -> Result<(), StoreError> {
    let state = tx.tracker_state(&outside.id())?;
    let known_until = state.known_until.unwrap_or(cx.now);
    let interval = TimeDelta::from_std(outside.interval).unwrap_or(LATE);
    let catch_up = cx.now - known_until > LATE.max(interval * 3);
    for (n, issue) in issues.iter().enumerate() {
        let key = EffectKey(format!("tracker/{}/listed/{}/{n}", outside.id(), cx.now.timestamp_millis()));
        if let Some(link) = tx.followup_of_issue(&outside.id(), &issue.issue.id)? {
            if link.updated.is_none_or(|seen| seen < issue.updated) {
                let read = TrackerEffect::ReadFollowUp { followup: link.followup };
                tx.enqueue(&key, &read.into(), cx.now)?;
            }
            continue;
        }
        match tx.link_of_issue(&outside.id(), &issue.issue.id)? {
            Some(link) if link.seen.updated.is_some_and(|seen| seen >= issue.updated) => {}
            Some(link) => {
                let read = TrackerEffect::ReadIssue { incident: link.incident, catch_up };
                tx.enqueue(&key, &read.into(), cx.now)?;
            }
            None if is_new(issue, known_until) => {
                let (tracker, issue) = (outside.id(), issue.issue.id.clone());
                let adopt = TrackerEffect::AdoptIssue { tracker, issue, requested: false };
                tx.enqueue(&key, &adopt.into(), cx.now)?;
            }
            None => {}
        }
    }
    tx.set_tracker_known_until(&outside.id(), cx.now)?;
    ask(tx, outside, cx.now + interval)
}

/// True if an issue was created since the last question, and hotroom did not do it.
fn is_new(issue: &Issue, known_until: Timestamp) -> bool {
    issue.created.is_some_and(|created| created >= known_until - OVERLAP)
        && !issue.labels.iter().any(|label| inbound::is_mark(label))
}
