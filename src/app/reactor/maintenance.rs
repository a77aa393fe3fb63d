//! What a maintenance means for the components of the status page, its mirrors, and the alerts of its services.

use crate::{
    app::{Context, incidents::status_page, maintenance, reactor::WorkList, silences, status_mirrors},
    domain::{
        alert::{MatchOp, Matcher, NewSilence, Silence, SilenceScope, SilenceState},
        ids::{MaintenanceId, PersonId, ServiceId},
        refusal::Refusal,
        status::Maintenance,
        text::Untrusted,
    },
    store::{StoreError, Tx},
};

/// Follows a maintenance that was scheduled, moved, begun, ended or cancelled.
pub(super) fn changed(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: MaintenanceId,
) -> Result<(), StoreError> {
    let Some(item) = tx.maintenance(id)? else { return Ok(()) };
    status_page::show_components(tx, cx)?;
    for public in tx.all_open_public_incidents()? {
        if public.components.iter().any(|component| item.components.contains(component)) {
            status_mirrors::enqueue(tx, cx, public.incident)?;
        }
    }
    mute(tx, cx, work, &item)
}

/// Mutes the alerts of its services for its window: one silence, which moves and ends with it.
fn mute(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList, item: &Maintenance) -> Result<(), StoreError> {
    let wanted = silence(item, &maintenance::services(cx.config, item), cx);
    let known = tx.silence_of_maintenance(item.id)?;
    let done = match (known, wanted) {
        (None, Some(wanted)) => silences::create(tx, cx, work, wanted)?,
        (Some(known), wanted) if known.state(cx.now) == SilenceState::Expired => match wanted {
            // A person who ended it wants the alerts.
            Some(wanted) if item.moved_at >= known.until => silences::create(tx, cx, work, wanted)?,
            Some(_) | None => return Ok(()),
        },
        (Some(known), Some(wanted)) => match differing(&known, wanted, cx) {
            Some(wanted) => silences::change(tx, cx, work, known.id, wanted)?,
            None => return Ok(()),
        },
        (Some(known), None) => silences::expire(tx, cx, work, known.id)?,
        (None, None) => return Ok(()),
    };
    report(item, done)
}

/// What is wanted, if it is not what there is. The begin of an active silence stays.
fn differing(known: &Silence, wanted: NewSilence, cx: Context<'_>) -> Option<NewSilence> {
    let from =
        if known.state(cx.now) == SilenceState::Active { Some(known.from) } else { wanted.from.max(Some(cx.now)) };
    let wanted = NewSilence { from, ..wanted };
    let same = known.scope == wanted.scope && known.until == wanted.until && Some(known.from) == wanted.from;
    (!same).then_some(wanted)
}

/// The silence of a maintenance; `None` if it mutes nothing.
fn silence(item: &Maintenance, services: &[ServiceId], cx: Context<'_>) -> Option<NewSilence> {
    if !item.mutes(cx.now) {
        return None;
    }
    let matcher = match services {
        [] => return None,
        [only] => Matcher::new("service", MatchOp::Equal, only.as_str()),
        [..] => {
            let any: Vec<String> = services.iter().map(|service| regex::escape(service.as_str())).collect();
            Matcher::new("service", MatchOp::Regex, any.join("|"))
        }
    };
    let matchers = match matcher {
        Ok(matcher) => vec![matcher],
        Err(error) => {
            tracing::error!(maintenance = item.number, %error, "the services of a maintenance cannot be matched");
            return None;
        }
    };
    Some(NewSilence {
        scope: SilenceScope::Maintenance { maintenance: item.id, number: item.number, matchers },
        from: Some(item.began_at.unwrap_or(item.from)),
        until: Some(item.until),
        by: Untrusted::new(item.created_by.person().map(PersonId::as_str).unwrap_or_default()),
        comment: item.title.clone(),
    })
}

fn report(item: &Maintenance, done: Result<Silence, Refusal>) -> Result<(), StoreError> {
    if let Err(refusal) = done {
        tracing::warn!(maintenance = item.number, %refusal, "the alerts of a maintenance could not be muted");
    }
    Ok(())
}
