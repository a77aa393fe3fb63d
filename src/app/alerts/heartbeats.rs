//! Heartbeats of the Opsgenie API: one that does not come is an alert, which ends when it comes again.
//!
//! One timer for each checks whether it is due, so that a heartbeat that comes writes its own row and nothing else.

use std::time::Duration;

use chrono::TimeDelta;

use super::{
    AlertBatch,
    opsgenie::{self, OpsgenieCall},
};
use crate::{
    app::{Context, reactor::WorkList},
    config::{Config, SourceKind},
    domain::{
        Timestamp,
        alert::{self, Heartbeat, HeartbeatChanges, HeartbeatCheck, OpsgenieReference, OpsgenieRequest, Signal},
        effect::{EffectKey, Timer},
        ids::{HeartbeatId, SourceId},
        text::Untrusted,
    },
    store::{StoreError, Tx},
};

/// How many heartbeats one source may have.
pub const MOST: usize = 1000;

/// Why a heartbeat was not made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeartbeatRefusal {
    /// There is none of the name.
    Unknown,
    /// There is one of the name.
    Taken,
    /// The source has [`MOST`].
    TooMany,
    /// It would be expected never, or not within a year.
    NoCadence,
}

/// What became of it, beside that the transaction may fail.
type Answer<T> = Result<Result<T, HeartbeatRefusal>, StoreError>;

/// A heartbeat as clients name it.
#[derive(Clone, Copy, Debug)]
pub struct HeartbeatName<'a> {
    /// Its source.
    pub source: &'a SourceId,
    /// Its name.
    pub name: &'a str,
}

/// Waits for a new heartbeat from now on.
pub fn create(tx: &mut Tx<'_>, cx: Context<'_>, source: &SourceId, made: Heartbeat) -> Answer<Heartbeat> {
    if tx.heartbeat_by_name(source, made.name.verbatim())?.is_some() {
        return Ok(Err(HeartbeatRefusal::Taken));
    }
    if tx.count_heartbeats(source)? >= MOST {
        return Ok(Err(HeartbeatRefusal::TooMany));
    }
    tx.save_heartbeat(source, &made)?;
    wait_for(tx, &made, cx.now)?;
    Ok(Ok(made))
}

/// Changes a heartbeat. One that is no longer waited for has no alert either.
pub fn change(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    heartbeat: HeartbeatName<'_>,
    plan: HeartbeatChanges,
) -> Answer<Heartbeat> {
    let HeartbeatName { source, name } = heartbeat;
    let Some(before) = tx.heartbeat_by_name(source, name)? else { return Ok(Err(HeartbeatRefusal::Unknown)) };
    let Some(after) = before.with_changes(plan, cx.now) else { return Ok(Err(HeartbeatRefusal::NoCadence)) };
    tx.save_heartbeat(source, &after)?;
    if before.due != after.due {
        wait_for(tx, &after, cx.now)?;
    }
    if before.expired && !after.expired {
        end(tx, cx, work, source, &after)?;
    }
    Ok(Ok(after))
}

/// Waits for a heartbeat no more, and ends its alert.
pub fn delete(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    source: &SourceId,
    name: &str,
) -> Answer<Heartbeat> {
    let Some(known) = tx.heartbeat_by_name(source, name)? else { return Ok(Err(HeartbeatRefusal::Unknown)) };
    tx.delete_heartbeat(known.id)?;
    if known.expired {
        end(tx, cx, work, source, &known)?;
    }
    Ok(Ok(known))
}

/// A heartbeat came.
pub fn ping(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList, source: &SourceId, name: &str) -> Answer<()> {
    let Some(mut known) = tx.heartbeat_by_name(source, name)? else { return Ok(Err(HeartbeatRefusal::Unknown)) };
    tx.count_source_activity(source.as_str(), cx.now)?;
    let was_expired = known.ping(cx.now);
    tx.save_heartbeat(source, &known)?;
    if was_expired {
        wait_for(tx, &known, cx.now)?;
        end(tx, cx, work, source, &known)?;
    }
    Ok(Ok(()))
}

/// Restarts the wait for all heartbeats when the bot starts: what came while the bot was down does not count.
/// The alert of one that is expired goes on.
pub fn resume(tx: &mut Tx<'_>, config: &Config, now: Timestamp) -> Result<(), StoreError> {
    wait_anew(tx, config, now, |heartbeat| heartbeat.enabled && !heartbeat.expired)?;
    for source in watched(config) {
        for heartbeat in tx.heartbeats_of(source, MOST)?.iter().filter(|known| known.enabled && known.expired) {
            plan_check(tx, heartbeat.id, now, now)?;
        }
    }
    Ok(())
}

/// The sources that have heartbeats.
fn watched(config: &Config) -> impl Iterator<Item = &SourceId> {
    let has = |source: &&crate::config::Source| source.enabled && source.kind == SourceKind::OpsgenieApi;
    config.sources.iter().filter(has).map(|source| &source.id)
}

/// Waits for those heartbeats whose source is in the configuration again.
pub fn adopt(tx: &mut Tx<'_>, config: &Config, now: Timestamp) -> Result<(), StoreError> {
    wait_anew(tx, config, now, |heartbeat| heartbeat.enabled && !heartbeat.expired && heartbeat.due.is_none())
}

fn wait_anew(
    tx: &mut Tx<'_>,
    config: &Config,
    now: Timestamp,
    which: impl Fn(&Heartbeat) -> bool,
) -> Result<(), StoreError> {
    for source in watched(config) {
        let known = tx.heartbeats_of(source, MOST)?;
        for mut heartbeat in known.into_iter().filter(|heartbeat| which(heartbeat)) {
            heartbeat.restart(now);
            tx.save_heartbeat(source, &heartbeat)?;
            wait_for(tx, &heartbeat, now)?;
        }
    }
    Ok(())
}

/// Checks whether a heartbeat came in time.
pub(super) fn on_wake(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: HeartbeatId,
) -> Result<(), StoreError> {
    let Some(stored) = tx.heartbeat(id)? else { return Ok(()) };
    let (source, mut heartbeat) = (stored.source, stored.heartbeat);
    if cx.config.source(source.as_str()).is_none_or(|source| !source.enabled) {
        // Nobody can send it any more. It is waited for again when its source is there again.
        let was_expired = std::mem::take(&mut heartbeat.expired);
        heartbeat.due = None;
        tx.save_heartbeat(&source, &heartbeat)?;
        return if was_expired { end(tx, cx, work, &source, &heartbeat) } else { Ok(()) };
    }
    match heartbeat.check(cx.now) {
        HeartbeatCheck::Unwatched => Ok(()),
        HeartbeatCheck::Due(due) => plan_check(tx, id, cx.now, due),
        HeartbeatCheck::Expired => {
            tx.save_heartbeat(&source, &heartbeat)?;
            begin(tx, cx, work, &source, &heartbeat)?;
            look_again(tx, cx, id)
        }
        HeartbeatCheck::StillExpired => {
            say_again(tx, cx, work, &source, &heartbeat)?;
            look_again(tx, cx, id)
        }
    }
}

/// Repeats the alert of a heartbeat, so that it does not end as one that is no longer repeated. One that has ended in that
/// way all the same begins again; an alert that people have ended stays ended.
fn say_again(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    source: &SourceId,
    heartbeat: &Heartbeat,
) -> Result<(), StoreError> {
    let Some(ticket) = tx.ticket(source, &OpsgenieReference::Alias(heartbeat.alias()))? else { return Ok(()) };
    let Some(alert) = tx.alert(ticket.alert)? else { return Ok(()) };
    if !alert.firing {
        return if alert.timed_out { begin(tx, cx, work, source, heartbeat) } else { Ok(()) };
    }
    let mut batch = AlertBatch::new(cx);
    batch.receive(tx, source, cx.now, &Signal::repeat_of(&alert))?;
    batch.close(tx, work)
}

fn begin(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    source: &SourceId,
    heartbeat: &Heartbeat,
) -> Result<(), StoreError> {
    carry_out(tx, cx, work, source, &request(heartbeat, alert::OpsgenieAction::Create(heartbeat.draft())))
}

fn end(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    source: &SourceId,
    heartbeat: &Heartbeat,
) -> Result<(), StoreError> {
    carry_out(tx, cx, work, source, &request(heartbeat, alert::OpsgenieAction::Close))
}

/// Does to the alert of a heartbeat what clients do to theirs; an alert that people have ended already is left alone.
fn carry_out(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    source: &SourceId,
    request: &OpsgenieRequest,
) -> Result<(), StoreError> {
    let call = OpsgenieCall { source, received: cx.now, delivery: None, request };
    opsgenie::carry_out(tx, cx, work, &call).map(drop)
}

fn request(heartbeat: &Heartbeat, action: alert::OpsgenieAction) -> OpsgenieRequest {
    let whom = OpsgenieReference::Alias(heartbeat.alias());
    OpsgenieRequest { whom, action, user: "heartbeat".into(), note: Untrusted::default() }
}

fn wait_for(tx: &mut Tx<'_>, heartbeat: &Heartbeat, now: Timestamp) -> Result<(), StoreError> {
    heartbeat.due.map_or(Ok(()), |due| plan_check(tx, heartbeat.id, now, due))
}

/// Checks an expired heartbeat twice before its alert would end because it is not repeated.
fn look_again(tx: &mut Tx<'_>, cx: Context<'_>, id: HeartbeatId) -> Result<(), StoreError> {
    let after = cx.config.alerts.resolve_timeout / 2;
    let due = TimeDelta::from_std(after).ok().and_then(|after| cx.now.checked_add_signed(after));
    match due {
        Some(due) if after > Duration::ZERO => plan_check(tx, id, cx.now, due),
        Some(_) | None => Ok(()),
    }
}

fn plan_check(tx: &mut Tx<'_>, id: HeartbeatId, now: Timestamp, due: Timestamp) -> Result<(), StoreError> {
    let key = EffectKey(format!("heartbeat/{id}/{}/{}", now.timestamp_millis(), due.timestamp_millis()));
    tx.enqueue(&key, &Timer::HeartbeatDue { heartbeat: id }.into(), due).map(drop)
}
