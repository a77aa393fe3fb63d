//! One call of a chat platform.

use crate::{
    chat::{Chat, Post, RoomAccess, RoomSpec},
    domain::{
        Timestamp,
        effect::{Outcome, PostId, Receipt},
        ids::{PersonId, RoomId},
    },
};

/// One call of a chat platform, with everything it says.
#[derive(Debug)]
pub(in crate::deliver) enum ChatCall {
    OpenRoom(RoomSpec),
    Invite {
        room: RoomId,
        people: Vec<PersonId>,
    },
    Restrict {
        room: RoomId,
        private: bool,
        members: Vec<PersonId>,
    },
    Post {
        room: RoomId,
        key: String,
        post: Box<Post>,
    },
    Upsert {
        room: RoomId,
        mark: String,
        post: Box<Post>,
    },
    /// As `Upsert`, if it was ever posted.
    Amend {
        room: RoomId,
        mark: String,
        post: Box<Post>,
    },
    Direct {
        person: PersonId,
        key: String,
        post: Box<Post>,
    },
    UpsertDirect {
        person: PersonId,
        mark: String,
        post: Box<Post>,
    },
    Archive {
        room: RoomId,
        archived: bool,
    },
    /// Bring a room up to date: that it exists, who sees it, whether it is open.
    SyncRoom {
        spec: RoomSpec,
        archived: bool,
    },
}

/// Makes one call.
pub(in crate::deliver) async fn send<C: Chat + ?Sized>(chat: &C, call: ChatCall, now: Timestamp) -> Outcome<Receipt> {
    match call {
        ChatCall::OpenRoom(spec) => chat.open_room(spec).await.map(Receipt::Room),
        ChatCall::Invite { room, people } => chat.invite(room, people, now).await.map(|()| Receipt::Nothing),
        ChatCall::Restrict { room, private, members } => {
            chat.restrict(room, RoomAccess { private, members }, now).await.map(|()| Receipt::Nothing)
        }
        ChatCall::Post { room, key, post } => chat.post(room, key, *post, now).await.map(posted),
        ChatCall::Upsert { room, mark, post } => chat.upsert(room, mark, *post, now).await.map(posted),
        ChatCall::Amend { room, mark, post } => chat.amend(room, mark, *post, now).await.map(|()| Receipt::Nothing),
        ChatCall::Direct { person, key, post } => chat.direct(person, key, *post, now).await.map(posted),
        ChatCall::UpsertDirect { person, mark, post } => chat.upsert_direct(person, mark, *post, now).await.map(posted),
        ChatCall::SyncRoom { spec, archived } => sync_room(chat, spec, archived, now).await,
        ChatCall::Archive { room, archived } => chat.set_archived(room, archived, now).await.map(|()| Receipt::Nothing),
    }
}

fn posted(id: String) -> Receipt {
    Receipt::Post(PostId(id))
}

/// Brings a room up to date, one step after the other; each step may be repeated.
async fn sync_room<C: Chat + ?Sized>(chat: &C, spec: RoomSpec, archived: bool, now: Timestamp) -> Outcome<Receipt> {
    let access = RoomAccess { private: spec.private, members: spec.members.clone() };
    let opened = chat.open_room(spec).await;
    let Outcome::Delivered(room) = opened else { return opened.map(Receipt::Room) };
    // Nobody may read what is posted later before the room is restricted.
    let restricted = chat.restrict(room.clone(), access, now).await;
    let Outcome::Delivered(()) = restricted else { return restricted.map(|()| Receipt::Nothing) };
    chat.set_archived(room, archived, now).await.map(|()| Receipt::Nothing)
}
