//! Where a group is shown: in a message of its own, or with others in the summary of a storm.

use super::{GroupEdit, group_edit::next_summary_edit};
use crate::{
    app::Context,
    domain::{
        alert::{AlertEvent, FeedTraffic, StormPlacement, flow::Notification},
        effect::{ChatEffect, EffectKey, Timer},
        event::Event,
        ids::{RoomId, StormId},
        later,
    },
    store::{Append, StoreError, Tx},
};

/// Posts a new message for a group, or adds it to the summary of a storm. Returns false if the storm leaves no room for what
/// is due: a reminder of a group that has a message, or is in that summary already.
pub(super) fn place(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    edit: &mut GroupEdit,
    due: Notification,
) -> Result<bool, StoreError> {
    let feed = edit.group.feed.clone();
    let mut traffic = tx.feed_traffic(&feed)?.unwrap_or_else(|| FeedTraffic::calm(feed.clone(), cx.now));
    let place = traffic.placement(edit.group.severity, cx.config.alerts.storm, cx.now);
    match place {
        StormPlacement::Own => {
            edit.group.display.postings += 1;
            edit.message(cx.now);
        }
        StormPlacement::Summary { storm, begins } => {
            let display = &mut edit.group.display;
            let reminds = due == Notification::Reminder && display.storm == Some(storm);
            if display.postings > 0 || reminds {
                // It does not use up the allowance either, so that waiting reminders do not prolong the storm.
                return Ok(false);
            }
            display.storm = Some(storm);
            let due = if begins { cx.now } else { next_summary_edit(cx.now) };
            edit.effect(ChatEffect::StormMessage { storm, feed: feed.clone() }, due);
            if begins {
                begin(tx, cx, &traffic, storm)?;
            }
        }
    }
    tx.save_feed_traffic(&traffic)?;
    Ok(true)
}

fn begin(tx: &mut Tx<'_>, cx: Context<'_>, traffic: &FeedTraffic, storm: StormId) -> Result<(), StoreError> {
    let feed = traffic.feed.clone();
    tracing::warn!(%feed, %storm, "a storm of alerts began");
    note(tx, cx, AlertEvent::StormBegan { storm, feed: feed.clone() }, storm)?;
    plan_check(tx, cx, traffic, storm, 1)
}

/// Checks whether a feed is calm again.
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
        None => plan_check(tx, cx, &traffic, storm, u64::try_from(cx.now.timestamp_millis()).unwrap_or(2)),
    }
}

/// Plans the `n`th check of a storm.
fn plan_check(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    traffic: &FeedTraffic,
    storm: StormId,
    n: u64,
) -> Result<(), StoreError> {
    let due = traffic.calm_at(cx.config.alerts.storm).max(later(cx.now, std::time::Duration::from_secs(1)));
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
