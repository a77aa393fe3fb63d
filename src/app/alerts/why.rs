//! How the alerts of a group came to it, what keeps it quiet, and when it tells next.

use super::{desk, fold, incident_is_open, quiet::quiet};
use crate::{
    app::Act,
    domain::{
        alert::{
            AlertGroup,
            flow::{self, Hindrance},
        },
        ids::GroupId,
    },
    render::{WhyJoined, WhyView},
    store::{Reads, StoreError},
};

/// How many of its alerts are asked what mutes them.
const LOOKED_AT: usize = 50;

/// Everything there is to say of a group's place; none: there is no such group.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
pub fn why(reads: &Reads<'_>, act: Act<'_>, id: GroupId) -> Result<Option<WhyView>, StoreError> {
    let Some(group) = reads.group(id)? else { return Ok(None) };
    let route = desk::route(act.config, &group);
    let alerts = reads.alerts_of_group(&group, LOOKED_AT)?;
    let quiet = quiet(reads, act.config, (&group, &alerts), act.now)?;
    let hindrance = Hindrance { in_hand: incident_is_open(reads, group.incident)?, route: route.is_quiet(act.now) };
    let next = flow::next_telling(&group, route.timing(), hindrance, act.now);
    let above = group.folded.as_ref().map(|fold| reads.group(fold.under)).transpose()?.flatten();
    let mut sources: Vec<String> = alerts.iter().map(|alert| alert.source.to_string()).collect();
    sources.sort();
    sources.dedup();
    Ok(Some(WhyView {
        id: group.id.to_string(),
        title: group.title.clone(),
        state: group.state(act.now).name(),
        firing: group.firing,
        resolved: group.resolved,
        muted: group.muted,
        sources,
        route: group.route.to_string(),
        route_gone: act.config.alerts.route.find(&group.route).is_none(),
        feed: group.feed.clone(),
        labels: group.labels.clone(),
        all_labels: route.group_by.is_none(),
        clocks: [route.group_wait, route.group_interval, route.repeat_interval].map(|clock| clock.as_secs()),
        under: joined(&group, above.as_ref()),
        below: reads.groups_under(id, fold::MOST)?.iter().filter_map(|below| joined(below, Some(below))).collect(),
        storm: group.storm.is_some() && group.postings == 0,
        silences: quiet.silences,
        inhibitors: quiet.inhibitors,
        acknowledged_by: group.acknowledged_by.clone().filter(|_| group.acknowledged_here()),
        acknowledged_until: group.acknowledged_until,
        told_at: group.flushed_at,
        next,
    }))
}

/// Why a group is told within another, with the title of the one to name.
fn joined(group: &AlertGroup, named: Option<&AlertGroup>) -> Option<WhyJoined> {
    let fold = group.folded.as_ref()?;
    let title = named.map(|named| named.title.clone()).unwrap_or_default();
    Some(WhyJoined { title, rule: fold.rule.clone(), values: fold.values.clone(), hidden: fold.hidden })
}
