//! Where a group is told: in a message of its own, or with others in the summary of a storm.

use super::GroupEdit;
use crate::{
    app::Context,
    domain::{
        Timestamp,
        alert::{AlertEvent, FeedTraffic, StormPlacement, flow},
        effect::{ChatEffect, EffectKey, Timer},
        event::Event,
        ids::{RoomId, StormId},
    },
    store::{Append, StoreError, Tx},
};

/// How far apart edits of a summary are, however many of its groups change.
const GAP_MILLIS: i64 = 5_000;

/// The next edit of a summary at or after `due`: all changes until then are shown by it.
pub(super) fn next_edit(due: Timestamp) -> Timestamp {
    let millis = due.timestamp_millis();
    let slot = millis.div_euclid(GAP_MILLIS) + i64::from(millis.rem_euclid(GAP_MILLIS) > 0);
    Timestamp::from_timestamp_millis(slot * GAP_MILLIS).unwrap_or(due)
}

/// Tells a group that wants a fresh message.
pub(super) fn place(tx: &mut Tx<'_>, cx: Context<'_>, desk: &mut GroupEdit) -> Result<(), StoreError> {
    let feed = desk.group.feed.clone();
    let mut traffic = tx.feed_traffic(&feed)?.unwrap_or_else(|| FeedTraffic::calm(feed.clone(), cx.now));
    let place = traffic.placement(desk.group.severity, cx.config.alerts.storm, cx.now);
    match place {
        StormPlacement::Own => {
            desk.group.display.postings += 1;
            desk.message(cx.now);
        }
        StormPlacement::Summary { storm, begins } => {
            if desk.group.display.postings == 0 {
                desk.group.display.storm = Some(storm);
            }
            let due = if begins { cx.now } else { next_edit(cx.now) };
            desk.effect(ChatEffect::StormMessage { storm, feed: feed.clone() }, due);
            if begins {
                begin(tx, cx, &traffic, storm)?;
            }
        }
    }
    tx.save_feed_traffic(&traffic)
}

fn begin(tx: &mut Tx<'_>, cx: Context<'_>, traffic: &FeedTraffic, storm: StormId) -> Result<(), StoreError> {
    let feed = traffic.feed.clone();
    tracing::warn!(%feed, %storm, "a storm of alerts began");
    note(tx, cx, AlertEvent::StormBegan { storm, feed: feed.clone() }, storm)?;
    look(tx, cx, traffic, (storm, 1))
}

/// Looks whether a feed is calm again.
pub(super) fn on_calm(tx: &mut Tx<'_>, cx: Context<'_>, feed: &RoomId) -> Result<(), StoreError> {
    let Some(mut traffic) = tx.feed_traffic(feed)? else { return Ok(()) };
    let Some(storm) = traffic.active_storm().map(|storm| storm.id) else { return Ok(()) };
    match traffic.end_storm_if_calm(cx.config.alerts.storm, cx.now) {
        Some(storm) => {
            note(tx, cx, AlertEvent::StormEnded { storm, feed: feed.clone() }, storm)?;
            let key = EffectKey::new(&format!("storm/{storm}/over"), 1, 0);
            tx.enqueue(&key, &ChatEffect::StormMessage { storm, feed: feed.clone() }.into(), cx.now)?;
            tx.save_feed_traffic(&traffic)
        }
        None => look(tx, cx, &traffic, (storm, u64::try_from(cx.now.timestamp_millis()).unwrap_or(2))),
    }
}

/// Plans the next look, the `n`th of this storm.
fn look(tx: &mut Tx<'_>, cx: Context<'_>, traffic: &FeedTraffic, (storm, n): (StormId, u64)) -> Result<(), StoreError> {
    let due = traffic.calm_at(cx.config.alerts.storm).max(flow::later(cx.now, std::time::Duration::from_secs(1)));
    let key = EffectKey::new(&format!("storm/{storm}/look"), n, 0);
    tx.enqueue(&key, &Timer::StormOver { feed: traffic.feed.clone() }.into(), due)?;
    Ok(())
}

fn note(tx: &mut Tx<'_>, cx: Context<'_>, event: AlertEvent, storm: StormId) -> Result<(), StoreError> {
    let stream = format!("storm/{storm}");
    let append = Append { stream: &stream, expected_seq: None, actor: cx.actor, at: cx.now, request: cx.request };
    tx.append(&append, &[Event::Alert(event)])?;
    Ok(())
}
