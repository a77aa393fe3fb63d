//! The channels of rooms: finds or creates them, applies the access of the room, and moves them when it is archived.

use serde_json::json;

use super::{
    Discord,
    channel::{ChannelSpec, HISTORY, MEMBER, SEND, UNKNOWN_CHANNEL, VIEW, from_store_error},
    placement::PlacementError,
};
use crate::{
    chat::discord::{
        client::{
            rest::Failure,
            routes,
            snowflake::{ChannelId, UserId},
        },
        platform,
    },
    domain::{
        Timestamp,
        ids::{PersonId, RoomId},
    },
    store::{MirrorChannel, chat::RoomKind},
};

/// The channel of a room.
#[derive(Clone, Debug)]
pub(in crate::chat::discord) struct RoomChannel {
    pub(in crate::chat::discord) channel: ChannelId,
    /// Set if it is a thread: the required state of its room.
    pub(in crate::chat::discord) thread: Option<ChannelSpec>,
    applied: String,
}

impl Discord {
    /// Finds or creates the channel or thread of a room.
    pub(in crate::chat::discord) async fn channel(&self, room: &RoomId, now: Timestamp) -> Result<ChannelId, Failure> {
        self.spot(room, now).await.map(|spot| spot.channel)
    }

    /// Finds or creates the channel of a room and returns its known state.
    pub(in crate::chat::discord) async fn spot(&self, room: &RoomId, now: Timestamp) -> Result<RoomChannel, Failure> {
        if let Some(known) = self.known(room, now).await? {
            return Ok(known);
        }
        let wanted = self.wanted(room).await?;
        self.place(&wanted, now).await.map_err(PlacementError::failure)?;
        let lost = || Failure::not_now(format!("the channel of {room} was deleted as soon as it was made"));
        self.known(room, now).await?.ok_or_else(lost)
    }

    async fn note_channel(&self, room: &RoomId, spot: &RoomChannel, applied: String) -> Result<(), Failure> {
        let (room, channel) = (room.clone(), spot.channel.to_platform());
        let noted = self.store.transact_urgent(move |tx| {
            let known = tx.mirror_channel(&platform(), &room)?.filter(|known| known.channel == channel);
            known.map_or(Ok(()), |known| {
                tx.set_mirror_channel(&platform(), &room, &MirrorChannel { applied: applied.clone(), ..known })
            })
        });
        noted.await.map_err(from_store_error)
    }

    /// Applies the access and the state of a room to its channel.
    pub(in crate::chat::discord) async fn adjust(
        &self,
        room: &RoomId,
        wanted: &ChannelSpec,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let spot = self.spot(room, now).await?;
        let members = self.users(&wanted.members).await?;
        let in_thread = spot.thread.is_some();
        let applied = if in_thread { wanted.applied_in_thread(&members) } else { wanted.applied(&members) };
        if spot.applied == applied || spot.applied.is_empty() && wanted.is_theirs() {
            return Ok(());
        }
        if in_thread {
            self.adjust_thread(spot.channel, wanted, &members, spot.applied.is_empty()).await?;
        } else {
            self.adjust_channel(spot.channel, wanted, &members).await?;
        }
        self.note_channel(room, &spot, applied).await
    }

    async fn adjust_channel(
        &self,
        channel: ChannelId,
        wanted: &ChannelSpec,
        members: &[UserId],
    ) -> Result<(), Failure> {
        let alone = self.making.lock().await;
        let guild = self.list().await?;
        let mut change = json!({});
        let present = guild.iter().find(|listed| listed.id == channel);
        let here = present.and_then(|listed| listed.parent_id);
        // The channels of feeds and teams stay where the guild's admins put them. A channel for which no category has
        // capacity stays where it is.
        let parent = match wanted.room.kind {
            RoomKind::Hot => self.category(wanted.archived, &guild, present).await.or_else(full)?,
            RoomKind::Feed | RoomKind::Team | RoomKind::Direct => None,
        };
        if let Some(parent) = parent {
            change["parent_id"] = json!(parent);
        }
        let inherited = guild.iter().find(|listed| Some(listed.id) == parent.or(here));
        let inherited = inherited.map_or(&[][..], |category| &category.permission_overwrites);
        change["permission_overwrites"] = json!(self.overwrites(wanted, members, inherited).await?);
        // Discord takes few renames, so a name that is right already is not sent.
        if present.is_some_and(|listed| wanted.is_renamed(listed.name.as_deref())) {
            change["name"] = json!(wanted.made_name(self.place.names));
            change["topic"] = json!(self.topic(wanted));
        }
        let edit = routes::edit_channel(channel, &change).because(&wanted.room.name);
        let edited = self.rest.call(edit).await;
        drop(alone);
        self.or_forget(channel, edited).await.map_err(|failure| PlacementError::from(failure).failure())?;
        Ok(())
    }

    /// Gives people access to the channel of a private room, or adds them to its thread.
    pub(in crate::chat::discord) async fn admit(
        &self,
        room: &RoomId,
        people: &[PersonId],
        now: Timestamp,
    ) -> Result<(), Failure> {
        let spot = self.spot(room, now).await?;
        let users = self.users(people).await?;
        if spot.thread.is_some() {
            return self.add(spot.channel, &users).await;
        }
        if !self.wanted(room).await?.private {
            return Ok(());
        }
        for user in users {
            let overwrite = json!({ "type": MEMBER, "allow": (VIEW | SEND | HISTORY).to_string(), "deny": "0" });
            let set = routes::set_permission(spot.channel, user.0, &overwrite).because(room.as_str());
            let set = self.rest.call(set).await;
            self.or_forget(spot.channel, set).await?;
        }
        Ok(())
    }

    /// Returns the required state of a room's channel.
    pub(in crate::chat::discord) async fn wanted(&self, room: &RoomId) -> Result<ChannelSpec, Failure> {
        let id = room.clone();
        let read = self.store.read(move |reads| ChannelSpec::read(reads, &id));
        let none = || Failure::Impossible(format!("there is no room {room}"));
        read.await.map_err(from_store_error)?.ok_or_else(none)
    }

    /// Forgets a channel that no longer exists, so that the next try creates another one.
    pub(in crate::chat::discord) async fn or_forget<T>(
        &self,
        channel: ChannelId,
        done: Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Err(failure) = done else { return done };
        if failure.code() != Some(UNKNOWN_CHANNEL) {
            return Err(failure);
        }
        let gone = channel.to_platform();
        let forgotten = self.store.transact_urgent(move |tx| tx.forget_mirror_channel(&platform(), &gone));
        forgotten.await.map_err(from_store_error)?;
        let why = format!("the channel {channel} was deleted on Discord; another is made in its place");
        tracing::warn!("{why}");
        Err(Failure::NotNow { after: Some(std::time::Duration::ZERO), why })
    }

    /// Returns the known channel of a room. A thread with the wrong visibility is deleted, because visibility cannot
    /// change.
    pub(super) async fn known(&self, room: &RoomId, now: Timestamp) -> Result<Option<RoomChannel>, Failure> {
        let id = room.clone();
        let known = self.store.read(move |reads| {
            let Some(known) = reads.mirror_channel(&platform(), &id)? else { return Ok(None) };
            let wanted = if known.thread.is_some() { ChannelSpec::read(reads, &id)? } else { None };
            Ok(Some((known, wanted)))
        });
        let Some((known, thread)) = known.await.map_err(from_store_error)? else { return Ok(None) };
        let Some(channel) = ChannelId::from_platform(&known.channel) else { return Ok(None) };
        let private = known.thread.is_some_and(|thread| thread.private);
        if thread.as_ref().is_some_and(|wanted| wanted.private != private) {
            self.vacate(channel, now).await?;
            return Ok(None);
        }
        Ok(Some(RoomChannel { channel, thread, applied: known.applied }))
    }
}

/// If no further category fits into the guild, a room stays where it is.
fn full(failure: Failure) -> Result<Option<ChannelId>, Failure> {
    match PlacementError::from(failure) {
        PlacementError::Lacks(..) => Ok(None),
        PlacementError::Failed(failure) => Err(failure),
    }
}
