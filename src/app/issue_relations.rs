//! Issues in an outside tracker that belong together are linked there: that of an incident with those of its follow-ups, and with
//! that of the incident it was merged into.

use super::Context;
use crate::{
    domain::{
        effect::{EffectKey, TrackerEffect},
        ids::{IncidentId, Key},
        review::FollowUpItem,
    },
    store::{StoreError, Tx},
};

/// Links the issue of an incident to another one.
pub(in crate::app) fn link(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: IncidentId,
    other: &Key,
) -> Result<(), StoreError> {
    let Some(outside) = &cx.config.tracker.outside else { return Ok(()) };
    if tx.issue_link(incident)?.is_none_or(|link| link.tracker != outside.id()) {
        return Ok(());
    }
    // Once for each pair.
    let key = EffectKey(format!("tracker/{incident}/link/{other}"));
    tx.enqueue(&key, &TrackerEffect::LinkIssues { incident, other: other.clone() }.into(), cx.now).map(drop)
}

/// Links the issue of an incident to that in which a follow-up is tracked, if its link names one.
pub(in crate::app) fn of_follow_up(tx: &mut Tx<'_>, cx: Context<'_>, item: &FollowUpItem) -> Result<(), StoreError> {
    let outside = cx.config.tracker.outside.as_ref();
    let named = item.link.as_ref().and_then(|text| outside?.key_at(text.verbatim()));
    named.map_or(Ok(()), |key| link(tx, cx, item.incident, &key))
}
