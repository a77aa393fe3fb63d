//! Explains the state of a group: how its alerts came to it, what mutes it, and when its message changes next.

use super::{correlation, group_edit, incident_is_open, muted_by::mute_reasons};
use crate::{
    app::Context,
    domain::{
        alert::{AlertGroup, flow, flow::Suppression},
        ids::GroupId,
    },
    render::{WhyJoined, WhyView},
    store::{Reads, StoreError},
};

/// How many of its alerts are checked for what mutes them.
const LOOKED_AT: usize = 50;

/// Explains the state of a group. `None` if there is no such group.
pub fn explain(reads: &Reads<'_>, cx: Context<'_>, id: GroupId) -> Result<Option<WhyView>, StoreError> {
    let Some(group) = reads.group(id)? else { return Ok(None) };
    let route = group_edit::route(cx.config, &group);
    let alerts = reads.alerts_of_group(&group, LOOKED_AT)?;
    let muted_by = mute_reasons(reads, cx.config, &group, &alerts, cx.now)?;
    let suppression = Suppression { in_hand: incident_is_open(reads, group.incident)?, route: route.is_quiet(cx.now) };
    let next = flow::next_notification(&group, route.timing(), suppression, cx.now);
    let above = reads.parent_of_group(&group)?;
    let mut sources: Vec<String> = alerts.iter().map(|alert| alert.source.to_string()).collect();
    sources.sort();
    sources.dedup();
    Ok(Some(WhyView {
        id: group.id.to_string(),
        title: group.title.clone(),
        state: group.state(cx.now).name(),
        firing: group.counts.firing,
        resolved: group.counts.resolved,
        muted: group.counts.muted,
        sources,
        route: group.route.to_string(),
        route_gone: cx.config.alerts.route.find(&group.route).is_none(),
        feed: group.feed.clone(),
        labels: group.labels.clone(),
        all_labels: route.group_by.is_none(),
        clocks: [route.group_wait, route.group_interval, route.repeat_interval].map(|clock| clock.as_secs()),
        parent: above.as_ref().and_then(|above| joined(&group, Some(above))),
        below: reads
            .child_groups(id, correlation::MOST)?
            .iter()
            .filter_map(|below| joined(below, Some(below)))
            .collect(),
        storm: group.display.storm.is_some() && group.display.postings == 0,
        silences: muted_by.silences,
        inhibitors: muted_by.inhibitors,
        acknowledged_by: if group.acknowledged_here() { group.acknowledgement.by.clone() } else { None },
        acknowledged_until: group.acknowledgement.until,
        told_at: group.schedule.flushed_at,
        next,
    }))
}

/// Why a group is shown in another, with the title of the one to name.
fn joined(group: &AlertGroup, named: Option<&AlertGroup>) -> Option<WhyJoined> {
    let parent_link = group.display.parent.as_ref()?;
    let title = named.map(|named| named.title.clone()).unwrap_or_default();
    Some(WhyJoined {
        title,
        rule: parent_link.rule.clone(),
        values: parent_link.values.clone(),
        hidden: parent_link.hidden,
    })
}
