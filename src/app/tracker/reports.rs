//! What a tracker reports by webhook. The report is stored as what follows from it: an effect that reads the issue.

use super::inbound;
use crate::{
    app::{App, Context, reactor},
    domain::{
        effect::{EffectKey, TrackerEffect},
        ids::TrackerId,
        people::Actor,
    },
    store::{StoreError, Tx},
    tracker::{HookEvent, TrackerHook},
};

impl App {
    /// Takes a report whose sender is proven. A repeat changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be stored; the tracker should send it again.
    pub async fn on_tracker_report(
        &self,
        tracker: TrackerId,
        hook: TrackerHook,
        request: String,
    ) -> Result<(), StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let take = move |tx: &mut Tx<'_>| {
            if !tx.note_tracker_delivery(&tracker, &hook.delivery, now)? {
                return Ok(());
            }
            let actor = Actor::Machine("tracker".to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
            take_report(tx, cx, &tracker, &hook)
        };
        self.store.transact(take).await
    }
}

fn take_report(tx: &mut Tx<'_>, cx: Context<'_>, tracker: &TrackerId, hook: &TrackerHook) -> Result<(), StoreError> {
    let key = EffectKey(format!("tracker/{tracker}/report/{}", hook.delivery));
    if let Some(link) = tx.followup_of_issue(tracker, &hook.issue.id)? {
        let read = TrackerEffect::ReadFollowUp { followup: link.followup };
        return tx.enqueue(&key, &read.into(), cx.now).map(drop);
    }
    let link = tx.link_of_issue(tracker, &hook.issue.id)?;
    let requested = match &hook.event {
        HookEvent::CommentDeleted(comment) => {
            let Some(link) = link else { return Ok(()) };
            return reactor::run(tx, cx, |tx, work| inbound::comment_deleted(tx, cx, work, link, comment));
        }
        HookEvent::Created => Some(false),
        HookEvent::RoomRequested => Some(true),
        HookEvent::Changed(_) | HookEvent::Commented(_) | HookEvent::CommentEdited(_) | HookEvent::Deleted => None,
    };
    let effect = match (link, requested) {
        (Some(link), _) => TrackerEffect::ReadIssue { incident: link.incident, catch_up: false },
        (None, Some(requested)) => {
            TrackerEffect::AdoptIssue { tracker: tracker.clone(), issue: hook.issue.id.clone(), requested }
        }
        // Of an issue without a hot room only its creation and the button matter.
        (None, None) => return Ok(()),
    };
    tx.enqueue(&key, &effect.into(), cx.now).map(drop)
}
