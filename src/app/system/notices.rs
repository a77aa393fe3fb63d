//! What people are told of the bot itself: in the incidents feed, and to the fallback of the pager.

use crate::{
    app::{App, Context},
    chat::discord::outbound::capacity::{Capacity, IN_GUILD},
    domain::{
        effect::{Audience, ChatEffect, EffectKey},
        event::{Event, SystemEvent},
        ids::RoomId,
        incident::INCIDENTS_FEED,
        people::Actor,
    },
    store::{Append, StoreError, Tx},
};

/// The name of the stored value that is there while people believe that the disk is full.
const TOLD_FULL: &str = "told_full";

/// The name of the stored value that says why people believe that Discord is out of reach.
const TOLD_GONE: &str = "told_discord";

/// The name of the stored value that says how full people believe the Discord server to be.
const TOLD_TIGHT: &str = "told_discord_space";

/// Writes down what happened to the bot, and puts the notice of it in the queue when there is one.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn note(tx: &mut Tx<'_>, cx: Context<'_>, event: SystemEvent) -> Result<(), StoreError> {
    let fallback = cx.config.pager.fallback.clone().map(Audience::Person);
    let feed = Audience::Feed(RoomId::from(INCIDENTS_FEED));
    note_to(tx, cx, event, std::iter::once(feed).chain(fallback).collect())
}

/// The same, to these readers.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn note_to(tx: &mut Tx<'_>, cx: Context<'_>, event: SystemEvent, readers: Vec<Audience>) -> Result<(), StoreError> {
    let tell = event.notice().is_some();
    let stream = SystemEvent::STREAM;
    let append = Append { stream, expected_seq: None, actor: cx.actor, at: cx.now, request: cx.request };
    let written = tx.append(&append, &[Event::System(event)])?;
    for seq in written.iter().filter(|_| tell).map(|recorded| recorded.seq) {
        for (n, to) in readers.iter().cloned().enumerate() {
            tx.enqueue(&EffectKey::new(stream, seq, n), &ChatEffect::Notice { seq, to }.into(), cx.now)?;
        }
    }
    Ok(())
}

impl App {
    /// Tells people why Discord is out of reach, or, without a reason, that it is there again, if that is not what they were
    /// told last.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written down.
    pub async fn note_discord(&self, why: Option<String>) -> Result<(), StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let write = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine("discord".to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: "discord", expect: None };
            if tx.meta(TOLD_GONE)? == why {
                return Ok(());
            }
            tx.set_meta(TOLD_GONE, why.as_deref())?;
            note(tx, cx, why.clone().map_or(SystemEvent::PlatformRestored, |why| SystemEvent::PlatformLost { why }))
        };
        self.store.transact_urgent(write).await
    }

    /// Tells people that the Discord server is nearly full, or full, when it is worse than what they were told last. Once it
    /// has room again they are told anew.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written down.
    pub async fn note_space(&self, used: usize) -> Result<(), StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let write = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine("discord".to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: "discord", expect: None };
            let (told, space) = (tx.meta(TOLD_TIGHT)?, Capacity::of(used));
            let worse = space
                > [Capacity::Full, Capacity::Tight]
                    .into_iter()
                    .find(|one| told.as_deref() == Some(one.name()))
                    .unwrap_or(Capacity::Ample);
            if worse {
                tx.set_meta(TOLD_TIGHT, Some(space.name()))?;
                return note(tx, cx, SystemEvent::PlatformNearlyFull { used, most: IN_GUILD });
            }
            if told.is_some() && Capacity::is_calm(used) { tx.set_meta(TOLD_TIGHT, None) } else { Ok(()) }
        };
        self.store.transact_urgent(write).await
    }

    /// Notes in the audit log that someone who is not served was refused.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written down.
    pub async fn note_outsider(&self, account: String, guild: Option<String>) -> Result<(), StoreError> {
        let now = self.clock.now();
        let write = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine("discord".to_owned());
            let stream = SystemEvent::STREAM;
            let append = Append { stream, expected_seq: None, actor: &actor, at: now, request: "discord" };
            let refused = SystemEvent::OutsiderRefused { account: account.clone(), guild: guild.clone() };
            tx.append(&append, &[Event::System(refused)]).map(drop)
        };
        self.store.transact_urgent(write).await
    }

    /// Tells people that the disk is full, or that it has room again, if that is not what they were told last. The room for
    /// it was set aside when there was some.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written down.
    pub async fn note_disk(&self, full: bool) -> Result<(), StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let write = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine("store".to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: "disk", expect: None };
            if tx.meta(TOLD_FULL)?.is_some() == full {
                return Ok(());
            }
            tx.set_meta(TOLD_FULL, full.then_some("people were told that the disk is full"))?;
            note(tx, cx, if full { SystemEvent::DiskFull } else { SystemEvent::DiskHasRoom })
        };
        self.store.transact_urgent(write).await
    }
}
