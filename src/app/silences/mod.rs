//! Silences: people and Alertmanager's API create, change, expire and list them; timers start and end them.
//!
//! A silence of labels is matched against firing alerts in steps, and against each alert that begins to fire. A
//! silence of a group is stored in the group. Each change is an event of the stream `silence/<id>`.

mod reach;

use super::{
    Context,
    reactor::{FollowUp, WorkList},
};
use crate::{
    domain::{
        Timestamp,
        alert::{
            AlertEvent, GroupKey, MutedBy, NewSilence, Silence, SilenceChange, SilenceFault, SilenceScope, SilenceState,
        },
        effect::{EffectKey, Timer},
        event::Event,
        ids::{AlertId, SilenceId},
        refusal::{AlertRefusal, IncidentRefusal, Refusal},
    },
    store::{Append, Reads, SilenceFilter, StoreError, Tx},
};

pub use reach::{SilenceMatch, held, listed, reach};

/// How many silences may be open: each alert is matched against those that its labels lead to.
const MOST_OPEN: u64 = 10_000;

/// Makes a silence. Alerts that fire are covered at once, those beyond the first few hundred in steps that follow.
pub fn create(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    wanted: NewSilence,
) -> Result<Result<Silence, Refusal>, StoreError> {
    match Silence::new(wanted, cx.now) {
        Ok(silence) => begin(tx, cx, work, silence),
        Err(why) => Ok(Err(AlertRefusal::BadSilence { why }.into())),
    }
}

/// Snoozes an alert, or changes the end of its snooze.
pub fn snooze(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    wanted: NewSilence,
) -> Result<Result<Silence, Refusal>, StoreError> {
    let SilenceScope::Alert { alert, .. } = &wanted.scope else { return create(tx, cx, work, wanted) };
    let known = tx.silences(cx.now)?.snooze(*alert, cx.now).cloned();
    match known {
        Some(known) => {
            let wanted = NewSilence { scope: known.scope.clone(), from: None, ..wanted };
            change(tx, cx, work, known.id, wanted)
        }
        None => create(tx, cx, work, wanted),
    }
}

/// Changes a silence as Alertmanager does: its end, its comment and who it is by may change, and its beginning until then;
/// anything else ends it and begins another one, whose id is in the answer.
pub fn change(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: SilenceId,
    wanted: NewSilence,
) -> Result<Result<Silence, Refusal>, StoreError> {
    let Some(stored) = tx.silence(id)? else { return Ok(Err(unknown(id))) };
    match stored.edit(wanted, cx.now) {
        Err(why) => Ok(Err(AlertRefusal::BadSilence { why }.into())),
        Ok(SilenceChange::Changed(silence)) => {
            write(tx, cx, work, &silence, AlertEvent::SilenceChanged { silence: silence.clone() })?;
            work.push(cx, FollowUp::SilenceEdited { silence: id });
            Ok(Ok(silence))
        }
        Ok(SilenceChange::Replaced { old, new }) => {
            if let Some(old) = old {
                write(tx, cx, work, &old, AlertEvent::SilenceEnded { silence: id })?;
            }
            begin(tx, cx, work, new)
        }
    }
}

/// Ends a silence now. Alerts that it covered are announced at the next flush of their group.
pub fn expire(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: SilenceId,
) -> Result<Result<Silence, Refusal>, StoreError> {
    let Some(stored) = tx.silence(id)? else { return Ok(Err(unknown(id))) };
    if stored.state(cx.now) == SilenceState::Expired {
        let what = format!("silence {id}");
        return Ok(Err(IncidentRefusal::Already { what, value: "over".to_owned(), by: None }.into()));
    }
    let ended = stored.ended(cx.now);
    write(tx, cx, work, &ended, AlertEvent::SilenceEnded { silence: id })?;
    Ok(Ok(ended))
}

/// Silences, the newest first. Those that are over are kept for 120 hours.
pub fn list(reads: &Reads<'_>, filter: &SilenceFilter, now: Timestamp) -> Result<Vec<Silence>, StoreError> {
    reads.list_silences(filter, now)
}

/// Applies a silence when it begins, when it ends, or when there are more alerts to match.
pub fn on_wake(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: SilenceId,
    after: Option<AlertId>,
) -> Result<(), StoreError> {
    match tx.silence(id)? {
        Some(silence) => schedule_or_apply(tx, cx, work, &silence, after),
        None => Ok(()),
    }
}

/// Ends a silence that ends with its alerts, because the last one that it covered is over. It may not have been matched
/// against all firing alerts yet, so that is done once more before it ends.
pub(super) fn covered_is_over(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: SilenceId,
) -> Result<(), StoreError> {
    let active = tx.silence(id)?.filter(|silence| silence.state(cx.now) == SilenceState::Active);
    match active.filter(Silence::ends_with_alerts) {
        Some(silence) if is_idle(tx, &silence)? => schedule_or_apply(tx, cx, work, &silence, None),
        Some(_) | None => Ok(()),
    }
}

/// Nothing in a group fires any more: silences until then end.
pub(super) fn group_is_over(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    key: &GroupKey,
) -> Result<(), StoreError> {
    let holding = tx.silences_of_group(key, cx.now)?;
    for silence in holding.iter().filter(|silence| silence.until.is_none()) {
        write(tx, cx, work, &silence.ended(cx.now), AlertEvent::SilenceEnded { silence: silence.id })?;
    }
    Ok(())
}

fn is_idle(tx: &Tx<'_>, silence: &Silence) -> Result<bool, StoreError> {
    Ok(tx.muted_alerts(MutedBy::Silence(silence.id), 1)?.is_empty())
}

fn unknown(id: SilenceId) -> Refusal {
    AlertRefusal::UnknownSilence { id: id.to_string() }.into()
}

fn begin(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    silence: Silence,
) -> Result<Result<Silence, Refusal>, StoreError> {
    if tx.count_open_silences(cx.now)? >= MOST_OPEN {
        return Ok(Err(AlertRefusal::BadSilence { why: SilenceFault::TooMany }.into()));
    }
    write(tx, cx, work, &silence, AlertEvent::SilenceMade { silence: silence.clone() })?;
    Ok(Ok(silence))
}

/// Writes a silence, what happened to it, and what follows.
fn write(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    silence: &Silence,
    event: AlertEvent,
) -> Result<(), StoreError> {
    tx.save_silence(silence)?;
    if let Some(alert) = silence.snoozes() {
        let until = silence.until.filter(|until| cx.now < *until);
        work.push(cx, FollowUp::SnoozeChanged { alert, until });
    }
    let stream = format!("silence/{}", silence.id);
    let append = Append { stream: &stream, expected_seq: None, actor: cx.actor, at: cx.now, request: cx.request };
    tx.append(&append, &[Event::Alert(event)])?;
    schedule_or_apply(tx, cx, work, silence, None)
}

/// Applies a silence, and plans the next check.
fn schedule_or_apply(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    silence: &Silence,
    after: Option<AlertId>,
) -> Result<(), StoreError> {
    if let SilenceScope::Group { key, .. } = &silence.scope {
        let repost = silence.shelves() && silence.ended_as_planned(cx.now);
        work.push(cx, FollowUp::ApplyGroupSilence { key: key.clone(), repost });
        return plan(tx, cx, silence, silence.next_look(cx.now), None);
    }
    if silence.state(cx.now) == SilenceState::Pending {
        return plan(tx, cx, silence, silence.next_look(cx.now), None);
    }
    work.push(cx, FollowUp::ApplySilence { silence: silence.id, after });
    Ok(())
}

/// Plans the next check of a silence that was applied. `more`: the last alert, if there are more.
pub(super) fn on_applied(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    silence: &Silence,
    more: Option<AlertId>,
) -> Result<(), StoreError> {
    if more.is_some() {
        return plan(tx, cx, silence, Some(cx.now), more);
    }
    if silence.ends_with_alerts() && silence.state(cx.now) == SilenceState::Active && is_idle(tx, silence)? {
        return write(tx, cx, work, &silence.ended(cx.now), AlertEvent::SilenceEnded { silence: silence.id });
    }
    plan(tx, cx, silence, silence.next_look(cx.now), None)
}

fn plan(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    silence: &Silence,
    due: Option<Timestamp>,
    after: Option<AlertId>,
) -> Result<(), StoreError> {
    let Some(due) = due else { return Ok(()) };
    let mark = after.map(|alert| alert.to_string()).unwrap_or_default();
    let (now, at) = (cx.now.timestamp_millis(), due.timestamp_millis());
    let key = EffectKey(format!("silence/{}/{:?}/{now}/{at}/{mark}", silence.id, silence.state(cx.now)));
    tx.enqueue(&key, &Timer::Silence { silence: silence.id, after }.into(), due)?;
    Ok(())
}
