//! Where a group is told: in a message of its own, or with others in the summary of a storm.

use super::Desk;
use crate::{
    app::Act,
    domain::{
        Timestamp,
        alert::{AlertEvent, FeedTraffic, Place, flow},
        effect::{Effect, EffectKey, Wake},
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
pub(super) fn place(tx: &mut Tx<'_>, act: Act<'_>, desk: &mut Desk) -> Result<(), StoreError> {
    let feed = desk.group.feed.clone();
    let mut traffic = tx.feed_traffic(&feed)?.unwrap_or_else(|| FeedTraffic::calm(feed.clone(), act.now));
    let place = traffic.place(desk.group.severity, act.config.alerts.storm, act.now);
    match place {
        Place::Own => {
            desk.group.postings += 1;
            desk.message(act.now);
        }
        Place::Summary { storm, begins } => {
            if desk.group.postings == 0 {
                desk.group.storm = Some(storm);
            }
            let due = if begins { act.now } else { next_edit(act.now) };
            desk.effect(Effect::StormMessage { storm, feed: feed.clone() }, due);
            if begins {
                begin(tx, act, &traffic, storm)?;
            }
        }
    }
    tx.save_feed_traffic(&traffic)
}

fn begin(tx: &mut Tx<'_>, act: Act<'_>, traffic: &FeedTraffic, storm: StormId) -> Result<(), StoreError> {
    let feed = traffic.feed.clone();
    tracing::warn!(%feed, %storm, "a storm of alerts began");
    note(tx, act, AlertEvent::StormBegan { storm, feed: feed.clone() }, storm)?;
    look(tx, act, traffic, (storm, 1))
}

/// Looks whether a feed is calm again.
pub(super) fn on_calm(tx: &mut Tx<'_>, act: Act<'_>, feed: &RoomId) -> Result<(), StoreError> {
    let Some(mut traffic) = tx.feed_traffic(feed)? else { return Ok(()) };
    let Some(storm) = traffic.raging().map(|storm| storm.id) else { return Ok(()) };
    match traffic.settle(act.config.alerts.storm, act.now) {
        Some(storm) => {
            note(tx, act, AlertEvent::StormEnded { storm, feed: feed.clone() }, storm)?;
            let key = EffectKey::new(&format!("storm/{storm}/over"), 1, 0);
            tx.enqueue(&key, &Effect::StormMessage { storm, feed: feed.clone() }, act.now)?;
            tx.save_feed_traffic(&traffic)
        }
        None => look(tx, act, &traffic, (storm, u64::try_from(act.now.timestamp_millis()).unwrap_or(2))),
    }
}

/// Plans the next look, the `n`th of this storm.
fn look(tx: &mut Tx<'_>, act: Act<'_>, traffic: &FeedTraffic, (storm, n): (StormId, u64)) -> Result<(), StoreError> {
    let due = traffic.calm_at(act.config.alerts.storm).max(flow::later(act.now, std::time::Duration::from_secs(1)));
    let key = EffectKey::new(&format!("storm/{storm}/look"), n, 0);
    tx.enqueue(&key, &Effect::Wake(Wake::StormOver { feed: traffic.feed.clone() }), due)?;
    Ok(())
}

fn note(tx: &mut Tx<'_>, act: Act<'_>, event: AlertEvent, storm: StormId) -> Result<(), StoreError> {
    let stream = format!("storm/{storm}");
    let append = Append { stream: &stream, expected_seq: None, actor: act.actor, at: act.now, request: act.request };
    tx.append(&append, &[Event::Alert(event)])?;
    Ok(())
}
