//! Issues that belong to no incident and are shown below a message that refers to them.

use crate::{
    app::Context,
    domain::{
        effect::{ChatEffect, EffectKey},
        ids::{Key, RoomId},
        tracker::{Issue, IssueCard},
    },
    store::{StoreError, Tx},
};

/// A message in its room.
#[derive(Clone, Copy, Debug)]
pub(super) struct MessagePlace<'a> {
    pub room: &'a RoomId,
    pub message: i64,
}

/// Keeps what may be shown of an issue, and shows it. One of another project has only the same number.
pub(super) fn was_read(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    key: &Key,
    issue: Option<&Issue>,
    place: MessagePlace<'_>,
) -> Result<(), StoreError> {
    let Some(outside) = &cx.config.tracker.outside else { return Ok(()) };
    let Some(project) = outside.project_with_prefix(&key.prefix) else { return Ok(()) };
    let issue = issue.filter(|issue| issue.project.eq_ignore_ascii_case(&project.name));
    let card = issue.and_then(IssueCard::from_issue);
    tx.save_issue_card(key, card.as_ref(), cx.now)?;
    if card.is_none() {
        return Ok(());
    }
    let row = EffectKey::new(&format!("preview/{}/read/{key}", place.room), place.message.unsigned_abs(), 0);
    let effect = ChatEffect::Preview { room: place.room.clone(), message: place.message };
    tx.enqueue(&row, &effect.into(), cx.now).map(drop)
}
