//! What people are told of the bot itself: in the incidents feed, and to the fallback of the pager.

use super::{Act, App};
use crate::{
    domain::{
        effect::{Audience, Effect, EffectKey},
        event::{Event, SystemEvent},
        ids::RoomId,
        incident::INCIDENTS_FEED,
        people::Actor,
    },
    store::{Append, StoreError, Tx},
};

/// The name of the stored value that is there while people believe that the disk is full.
const TOLD_FULL: &str = "told_full";

/// Writes down what happened to the bot, and puts the notice of it in the queue when there is one.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn note(tx: &mut Tx<'_>, act: Act<'_>, event: SystemEvent) -> Result<(), StoreError> {
    let tell = event.notice().is_some();
    let stream = SystemEvent::STREAM;
    let append = Append { stream, expected_seq: None, actor: act.actor, at: act.now, request: act.request };
    let written = tx.append(&append, &[Event::System(event)])?;
    let fallback = act.config.pager.fallback.clone().map(Audience::Person);
    let readers = [Some(Audience::Feed(RoomId::from(INCIDENTS_FEED))), fallback];
    for seq in written.iter().filter(|_| tell).map(|recorded| recorded.seq) {
        for (n, to) in readers.iter().flatten().cloned().enumerate() {
            tx.enqueue(&EffectKey::new(stream, seq, n), &Effect::Notice { seq, to }, act.now)?;
        }
    }
    Ok(())
}

impl App {
    /// Tells people that the disk is full, or that it has room again, if that is not what they were told last. The room for
    /// it was set aside when there was some.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written down.
    pub async fn note_disk(&self, full: bool) -> Result<(), StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let write = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine("store".to_owned());
            let act = Act { config: &config, now, actor: &actor, request: "disk", expect: None };
            if tx.meta(TOLD_FULL)?.is_some() == full {
                return Ok(());
            }
            tx.set_meta(TOLD_FULL, full.then_some("people were told that the disk is full"))?;
            note(tx, act, if full { SystemEvent::DiskFull } else { SystemEvent::DiskHasRoom })
        };
        self.store.transact_urgent(write).await
    }
}
