//! What became of an incident at a mirror of the status page: it is kept, and the room is told when the mirror is behind.

use chrono::TimeDelta;

use super::{FollowUp, WorkList, delivery_result::DeliveryResult};
use crate::{
    app::Context,
    domain::{
        effect::{Receipt, StatusMirrorEffect},
        incident::{Command, RecordedFact},
        status::StatusMirrorState,
    },
    store::{StoreError, Tx},
};

/// How long a mirror may be behind before the room is told: a restart of the other side is not worth a message.
const PATIENCE: TimeDelta = TimeDelta::minutes(2);

/// Takes in the end of an attempt.
pub(super) fn on_status(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    effect: &StatusMirrorEffect,
    ended: &DeliveryResult,
) -> Result<(), StoreError> {
    // A merge may have moved the post: then the effect of the other incident goes on.
    let Some(public) = tx.public_incident(effect.incident())? else { return Ok(()) };
    let (mirror, reference) = (effect.mirror(), public.reference());
    let before = tx.status_mirror_state(mirror, &reference)?;
    let (after, fact) = match ended {
        DeliveryResult::Skipped(_) => return Ok(()),
        DeliveryResult::Delivered(receipt) => {
            // After a removal there is none.
            let post = if let Receipt::Mirrored(post) = receipt { Some(post.clone()) } else { None };
            let fact = before.reported.then(|| RecordedFact::StatusMirrorCaughtUp { mirror: mirror.clone() });
            (StatusMirrorState { post, ..StatusMirrorState::default() }, fact)
        }
        DeliveryResult::Delayed(why) | DeliveryResult::InDoubt(why) => behind(cx, effect, &before, why, false),
        DeliveryResult::GivenUp(why) => behind(cx, effect, &before, why, true),
    };
    tx.save_status_mirror_state(mirror, &reference, &after)?;
    if let Some(fact) = fact {
        work.push(cx, FollowUp::RecordInIncident { incident: effect.incident(), command: Command::Record(fact) });
    }
    Ok(())
}

/// The state after an attempt that failed, and what the room is told of it.
fn behind(
    cx: Context<'_>,
    effect: &StatusMirrorEffect,
    before: &StatusMirrorState,
    why: &str,
    given_up: bool,
) -> (StatusMirrorState, Option<RecordedFact>) {
    let since = before.behind_since.unwrap_or(cx.now);
    let is_news = given_up || (!before.reported && cx.now - since >= PATIENCE);
    let state = StatusMirrorState {
        post: before.post.clone(),
        behind_since: Some(since),
        why: Some(why.to_owned()),
        reported: before.reported || is_news,
    };
    let (mirror, why) = (effect.mirror().clone(), why.to_owned());
    (state, is_news.then_some(RecordedFact::StatusMirrorBehind { mirror, since, why, given_up }))
}
