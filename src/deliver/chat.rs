//! Errands for the chat platform.

use super::{Dated, prepare::PreparedCall};
use crate::chat::{Chat, Outcome, RoomSpec};

/// Runs one errand.
pub(super) async fn run<C: Chat>(chat: &C, prepared: PreparedCall, now: Dated) -> Outcome<String> {
    match prepared {
        PreparedCall::Nothing(why) => Outcome::Delivered(why.to_owned()),
        PreparedCall::NotYet(why) => Outcome::Retry { after_ms: None, why: why.to_owned() },
        PreparedCall::OpenRoom(spec) => chat.open_room(spec).await.map(|room| room.to_string()),
        PreparedCall::Invite(room, people) => chat.invite(room, people, now).await.map(|()| "invited".into()),
        PreparedCall::Restrict { room, private, members } => {
            chat.restrict(room, (private, members), now).await.map(|()| "restricted".into())
        }
        PreparedCall::Post { room, key, post } => chat.post(room, key, *post, now).await,
        PreparedCall::Upsert { room, mark, post } => chat.upsert(room, mark, *post, now).await,
        PreparedCall::Amend { room, mark, post } => chat.amend(room, mark, *post, now).await.map(|()| "amended".into()),
        PreparedCall::Direct { person, key, post } => chat.direct(person, key, *post, now).await,
        PreparedCall::UpsertDirect { person, mark, post } => chat.upsert_direct(person, mark, *post, now).await,
        PreparedCall::Likeness { spec, archived } => likeness(chat, spec, archived, now).await,
        PreparedCall::Archive { room, archived } => chat.set_archived(room, archived, now).await.map(|()| "set".into()),
    }
}

/// Makes a room and everything about it true, one step after the other; each step may be repeated.
async fn likeness<C: Chat>(chat: &C, spec: RoomSpec, archived: bool, now: Dated) -> Outcome<String> {
    let who = (spec.private, spec.members.clone());
    let opened = chat.open_room(spec).await;
    let Outcome::Delivered(room) = opened else { return opened.map(|room| room.to_string()) };
    let restricted = chat.restrict(room.clone(), who, now).await;
    let Outcome::Delivered(()) = restricted else { return restricted.map(|()| String::new()) };
    chat.set_archived(room, archived, now).await.map(|()| "as it should be".to_owned())
}
