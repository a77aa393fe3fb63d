//! Groups that are silenced as a whole, and with them their children.

use super::{GroupEdit, correlation};
use crate::{
    app::{
        Context,
        reactor::{FollowUp, WorkList},
    },
    domain::{
        alert::{AlertEvent, AlertGroup, GroupKey, GroupSilence, flow::GroupUpdate},
        ids::GroupId,
    },
    store::{Reads, StoreError, Tx},
};

/// Applies the group silences of a key to its open group and the children of that. With `repost`, alerts that still fire are
/// posted again.
pub(in crate::app) fn set_group_silence(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    key: &GroupKey,
    repost: bool,
) -> Result<(), StoreError> {
    let Some(group) = tx.open_group(key)? else { return Ok(()) };
    let children: Vec<GroupId> =
        tx.child_groups(group.id, correlation::MOST)?.into_iter().map(|child| child.id).collect();
    silence_one(tx, cx, work, group, repost)?;
    for id in children {
        if let Some(group) = tx.group(id)?.filter(|group| group.open) {
            silence_one(tx, cx, work, group, repost)?;
        }
    }
    Ok(())
}

/// How a group is silenced as a whole: by itself, or with its parent.
fn silence_of(reads: &Reads<'_>, cx: Context<'_>, group: &AlertGroup) -> Result<GroupSilence, StoreError> {
    let own = reads.group_silence(&group.key, cx.now)?;
    match reads.parent_of_group(group)? {
        Some(parent) => Ok(own.with(reads.group_silence(&parent.key, cx.now)?)),
        None => Ok(own),
    }
}

fn silence_one(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    group: AlertGroup,
    repost: bool,
) -> Result<(), StoreError> {
    let (id, silence) = (group.id, silence_of(tx, cx, &group)?);
    let mut edit = GroupEdit::new(group);
    if !edit.group.set_silence(silence) {
        return Ok(());
    }
    let silenced = edit.group.silenced(cx.now);
    if silenced {
        edit.event(AlertEvent::GroupSilenced { group: id, until: silence.until });
    } else if repost {
        edit.group.remind_at_next_tick();
    }
    edit.change(GroupUpdate::ByHand, cx);
    let group = edit.write(tx, cx)?;
    if !silenced {
        // What a silence kept from opening an incident, or from being noticed by one, counts now.
        work.push(cx, FollowUp::CheckRules { group: id });
        if let Some(incident) = group.incident {
            work.push(cx, FollowUp::IncidentJoined { group: id, incident });
        }
    }
    Ok(())
}
