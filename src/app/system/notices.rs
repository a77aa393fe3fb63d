//! Notices about the bot itself: in the incidents feed, and to the fallback of the pager.

use crate::{
    app::{App, Context},
    chat::bot::{Capacity, ChannelUsage, Outsider},
    domain::{
        effect::{Audience, ChatEffect, EffectKey},
        event::{Event, SystemEvent},
        ids::{Platform, RoomId},
        incident::INCIDENTS_FEED,
        people::Actor,
    },
    store::{Append, StoreError, Tx},
};

/// The name of the stored value that is there while people believe that the disk is full.
const TOLD_FULL: &str = "told_full";

/// The name of the stored reason for which people believe that the database file cannot be used.
const TOLD_FILE: &str = "told_file";

/// The key of the stored reason for which people believe that a platform is out of reach.
fn lost_key(platform: &Platform) -> String {
    format!("told_{platform}")
}

/// The key of the stored capacity that people believe a platform to have.
fn capacity_key(platform: &Platform) -> String {
    format!("told_{platform}_space")
}

/// Writes down what happened to the bot, and puts the notice of it in the queue when there is one.
pub fn note(tx: &mut Tx<'_>, cx: Context<'_>, event: SystemEvent) -> Result<(), StoreError> {
    let fallback = cx.config.pager.fallback.clone().map(Audience::Person);
    let feed = Audience::Feed(RoomId::from(INCIDENTS_FEED));
    note_to(tx, cx, event, std::iter::once(feed).chain(fallback).collect())
}

/// The same, to these readers.
pub fn note_to(tx: &mut Tx<'_>, cx: Context<'_>, event: SystemEvent, readers: Vec<Audience>) -> Result<(), StoreError> {
    let tell = event.notice().is_some();
    let stream = SystemEvent::STREAM;
    let append = Append { stream, expected_seq: None, actor: cx.actor, at: cx.now, request: cx.request };
    let written = tx.append(&append, &[Event::System(event)])?;
    if !tell {
        return Ok(());
    }
    for seq in written.iter().map(|recorded| recorded.seq) {
        for (n, to) in readers.iter().cloned().enumerate() {
            tx.enqueue(&EffectKey::new(stream, seq, n), &ChatEffect::Notice { seq, to }.into(), cx.now)?;
        }
    }
    Ok(())
}

impl App {
    /// Tells people why a platform is out of reach, or, without a reason, that it is in reach again, unless they know.
    pub async fn note_platform(&self, platform: Platform, reason: Option<String>) -> Result<(), StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let write = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine(platform.to_string());
            let cx = Context { config: &config, now, actor: &actor, request: platform.as_str(), expect: None };
            let told = lost_key(&platform);
            if tx.meta(&told)? == reason {
                return Ok(());
            }
            tx.set_meta(&told, reason.as_deref())?;
            let platform = platform.clone();
            note(
                tx,
                cx,
                match reason.clone() {
                    Some(why) => SystemEvent::PlatformLost { platform, why },
                    None => SystemEvent::PlatformRestored { platform },
                },
            )
        };
        self.store.transact_urgent(write).await
    }

    /// Posts a notice that a platform is nearly full, or full, if that is worse than in the last notice. Once it has
    /// capacity again the next notice is posted anew.
    pub async fn note_capacity(&self, usage: ChannelUsage) -> Result<(), StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let write = move |tx: &mut Tx<'_>| {
            let platform = &usage.platform;
            let actor = Actor::Machine(platform.to_string());
            let cx = Context { config: &config, now, actor: &actor, request: platform.as_str(), expect: None };
            let key = capacity_key(platform);
            let told = tx.meta(&key)?;
            let known = [Capacity::Full, Capacity::Tight].into_iter().find(|one| told.as_deref() == Some(one.name()));
            if usage.capacity > known.unwrap_or(Capacity::Ample) {
                tx.set_meta(&key, Some(usage.capacity.name()))?;
                let (platform, used, most) = (platform.clone(), usage.used, usage.max);
                return note(tx, cx, SystemEvent::PlatformNearlyFull { platform, used, most });
            }
            if told.is_some() && usage.is_calm { tx.set_meta(&key, None) } else { Ok(()) }
        };
        self.store.transact_urgent(write).await
    }

    /// Writes the refusal of someone who is not served into the audit log.
    pub async fn note_outsider(&self, outsider: Outsider) -> Result<(), StoreError> {
        let now = self.clock.now();
        let write = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine(outsider.platform.to_string());
            let (stream, request) = (SystemEvent::STREAM, outsider.platform.as_str());
            let append = Append { stream, expected_seq: None, actor: &actor, at: now, request };
            let (account, guild) = (outsider.account.clone(), outsider.server.clone());
            tx.append(&append, &[Event::System(SystemEvent::OutsiderRefused { account, guild })]).map(drop)
        };
        self.store.transact_urgent(write).await
    }

    /// Posts a notice that the database file cannot be used, or that it can be used again, unless people know.
    pub async fn note_database(&self, trouble: Option<String>) -> Result<(), StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let write = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine("store".to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: "disk", expect: None };
            if tx.meta(TOLD_FILE)? == trouble {
                return Ok(());
            }
            tx.set_meta(TOLD_FILE, trouble.as_deref())?;
            let event = match trouble.clone() {
                Some(why) => SystemEvent::DatabaseOutOfReach { why },
                None => SystemEvent::DatabaseInReach,
            };
            note(tx, cx, event)
        };
        self.store.transact_urgent(write).await
    }

    /// Posts a notice that the disk is full, or that it has space again, if the last notice said otherwise. The disk
    /// reserve has space for it.
    pub async fn note_disk(&self, full: bool) -> Result<(), StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let write = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine("store".to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: "disk", expect: None };
            if tx.meta(TOLD_FULL)?.is_some() == full {
                return Ok(());
            }
            tx.set_meta(TOLD_FULL, full.then_some("told"))?;
            note(tx, cx, if full { SystemEvent::DiskFull } else { SystemEvent::DiskHasRoom })
        };
        self.store.transact_urgent(write).await
    }
}
