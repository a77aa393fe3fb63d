//! Mirrors of the status page: which changes are sent to them.

use super::Context;
use crate::{
    domain::{
        effect::{EffectKey, StatusMirrorEffect},
        ids::{IncidentId, StatusMirrorId, uuid_at},
        status::PublicIncident,
    },
    store::{StoreError, Tx},
};

/// Has every mirror brought up to date with a public incident. Only a reference is stored: what is sent is read when it is
/// sent.
pub(in crate::app) fn enqueue(tx: &mut Tx<'_>, cx: Context<'_>, incident: IncidentId) -> Result<(), StoreError> {
    for mirror in &cx.config.status_mirrors {
        enqueue_for(tx, cx, &mirror.id, incident)?;
    }
    Ok(())
}

/// Has mirrors follow an incident that became private or public: one that customers have read about disappears and comes back.
pub(in crate::app) fn visibility_changed(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: IncidentId,
) -> Result<(), StoreError> {
    if tx.public_incident(incident)?.is_none() {
        return Ok(());
    }
    for mirror in &cx.config.status_mirrors {
        bring_up_to_date(tx, cx, &mirror.id, incident)?;
    }
    Ok(())
}

/// Shows an incident at a mirror, or removes it there if it is private.
fn bring_up_to_date(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    mirror: &StatusMirrorId,
    incident: IncidentId,
) -> Result<(), StoreError> {
    let mirror = mirror.clone();
    let private = tx.incident(incident)?.is_none_or(|incident| incident.private);
    let effect = if private {
        StatusMirrorEffect::WithdrawStatus { mirror, incident }
    } else {
        StatusMirrorEffect::PublishStatus { mirror, incident }
    };
    send(tx, cx, effect)
}

/// Has each mirror brought up to date with what it does not show as it is now, because an attempt was given up, and with the
/// open public incidents that it never got, because it is new in bot.toml.
pub fn catch_up(tx: &mut Tx<'_>, cx: Context<'_>) -> Result<(), StoreError> {
    if cx.config.status_mirrors.is_empty() {
        return Ok(());
    }
    let open: Vec<PublicIncident> = tx.all_open_public_incidents()?;
    for mirror in &cx.config.status_mirrors {
        for incident in tx.incidents_behind(&mirror.id)? {
            bring_up_to_date(tx, cx, &mirror.id, incident)?;
        }
        for public in &open {
            if tx.status_mirror_state(&mirror.id, &public.reference())?.post.is_none() {
                enqueue_for(tx, cx, &mirror.id, public.incident)?;
            }
        }
    }
    Ok(())
}

fn enqueue_for(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    mirror: &StatusMirrorId,
    incident: IncidentId,
) -> Result<(), StoreError> {
    send(tx, cx, StatusMirrorEffect::PublishStatus { mirror: mirror.clone(), incident })
}

fn send(tx: &mut Tx<'_>, cx: Context<'_>, effect: StatusMirrorEffect) -> Result<(), StoreError> {
    let key = EffectKey(format!("status_mirror/{}/{}", effect.mirror(), uuid_at(cx.now)));
    tx.enqueue(&key, &effect.into(), cx.now).map(drop)
}
