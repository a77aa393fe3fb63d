//! Groups that are silenced as a whole, and with them the groups that are told within them.

use std::time::Duration;

use super::{
    GroupEdit,
    actions::{over, unknown},
    correlation, declare_rules,
};
use crate::{
    app::{Context, silences},
    domain::{
        alert::{
            AlertEvent, AlertGroup, GroupKey, GroupSilence, NewSilence, Silence, SilenceScope, flow, flow::GroupUpdate,
        },
        ids::{GroupId, PersonId},
        refusal::{IncidentRefusal, Refusal},
        text::Untrusted,
    },
    store::{Reads, StoreError, Tx},
};

/// The shortest and the longest silence of a group, in minutes.
const SILENCE_MINUTES: (u64, u64) = (1, 7 * 24 * 60);

/// How a person wants a group to be silenced.
#[derive(Clone, Debug)]
pub struct GroupSilenceRequest {
    /// The group.
    pub group: GroupId,
    /// For how long; none: until nothing in it fires.
    pub wait: Option<Duration>,
    /// Why.
    pub why: Untrusted,
    /// Whether it is put away: what fires afterwards is told afresh.
    pub shelved: bool,
}

/// No noise from a group for a while, also when it closes and opens again. A shorter silence does not end a longer one.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on; a refusal is part of the answer.
pub fn hush(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    person: &PersonId,
    wanted: &GroupSilenceRequest,
) -> Result<Result<(AlertGroup, Silence), Refusal>, StoreError> {
    let (min_minutes, max_minutes) = SILENCE_MINUTES;
    let allowed = Duration::from_secs(min_minutes * 60)..=Duration::from_secs(max_minutes * 60);
    if wanted.wait.is_some_and(|wait| !allowed.contains(&wait)) {
        return Ok(Err(IncidentRefusal::BadWait { min_minutes, max_minutes }.into()));
    }
    let Some(group) = tx.group(wanted.group)? else { return Ok(Err(unknown(wanted.group))) };
    if wanted.wait.is_none() && !group.fires() {
        return Ok(Err(over(&group)));
    }
    let silence = NewSilence {
        scope: SilenceScope::Group { key: group.key, labels: group.labels, shelved: wanted.shelved },
        from: None,
        until: wanted.wait.map(|wait| flow::later(cx.now, wait)),
        by: Untrusted::new(person.as_str()),
        comment: wanted.why.clone(),
    };
    let made = match silences::create(tx, cx, silence)? {
        Ok(made) => made,
        Err(refusal) => return Ok(Err(refusal)),
    };
    Ok(tx.group(wanted.group)?.map(|group| (group, made)).ok_or_else(|| unknown(wanted.group)))
}

/// Notes how the open group of a key is silenced as a whole, in it and in the groups that are told within it. `afresh`:
/// what is heard again is told by a fresh message.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn hold(tx: &mut Tx<'_>, cx: Context<'_>, key: &GroupKey, afresh: bool) -> Result<(), StoreError> {
    let Some(group) = tx.open_group(key)? else { return Ok(()) };
    let below: Vec<GroupId> = tx.child_groups(group.id, correlation::MOST)?.into_iter().map(|below| below.id).collect();
    hold_one(tx, cx, group, afresh)?;
    for id in below {
        if let Some(group) = tx.group(id)?.filter(|group| group.open) {
            hold_one(tx, cx, group, afresh)?;
        }
    }
    Ok(())
}

/// How a group is silenced as a whole: by itself, or with the group that tells it.
fn hold_of(reads: &Reads<'_>, cx: Context<'_>, group: &AlertGroup) -> Result<GroupSilence, StoreError> {
    let own = reads.group_silence(&group.key, cx.now)?;
    let above = group.display.parent.as_ref().map(|parent_link| reads.group(parent_link.parent)).transpose()?.flatten();
    match above {
        Some(above) => Ok(own.with(reads.group_silence(&above.key, cx.now)?)),
        None => Ok(own),
    }
}

fn hold_one(tx: &mut Tx<'_>, cx: Context<'_>, group: AlertGroup, afresh: bool) -> Result<(), StoreError> {
    let (id, silence) = (group.id, hold_of(tx, cx, &group)?);
    let mut desk = GroupEdit::new(group);
    if !desk.group.set_silence(silence) {
        return Ok(());
    }
    let silenced = desk.group.silenced(cx.now);
    if silenced {
        desk.event(AlertEvent::GroupSilenced { group: id, until: silence.until });
    } else if afresh {
        desk.group.remind_at_next_tick();
    }
    desk.change(GroupUpdate::ByHand, cx);
    desk.write(tx, cx)?;
    // What a silence kept from opening an incident may open one now.
    if silenced { Ok(()) } else { declare_rules::look(tx, cx, id) }
}
