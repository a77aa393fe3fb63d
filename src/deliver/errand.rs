//! What a row means, once the records it names have been read and its text has been rendered.

use crate::{
    app::App,
    chat::{Post, RoomSpec},
    domain::{
        effect::{Audience, Effect},
        ids::{GroupId, IncidentId, PageId, PersonId, RoomId},
        incident::{Incident, consequence::INCIDENTS_FEED},
    },
    render,
    store::{Claimed, Reads, StoreError},
};

/// One call of the chat platform, with everything it says.
pub(super) enum Errand {
    /// There is nothing left to do.
    Nothing(&'static str),
    /// Something that must be there first is not there yet.
    NotYet(&'static str),
    OpenRoom(RoomSpec),
    Invite(RoomId, Vec<PersonId>),
    Restrict { room: RoomId, private: bool, members: Vec<PersonId> },
    Post { room: RoomId, key: String, post: Box<Post> },
    Upsert { room: RoomId, mark: String, post: Box<Post> },
    Direct { person: PersonId, key: String, post: Box<Post> },
    Archive { room: RoomId, archived: bool },
}
