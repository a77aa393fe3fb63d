//! Errands for the chat platform.

use super::{Dated, errand::Errand};
use crate::chat::{Chat, Outcome, RoomSpec};

/// Runs one errand.
pub(super) async fn run<C: Chat>(chat: &C, errand: Errand, now: Dated) -> Outcome<String> {
    match errand {
        Errand::Nothing(why) => Outcome::Delivered(why.to_owned()),
        Errand::NotYet(why) => Outcome::Retry { after_ms: None, why: why.to_owned() },
        Errand::OpenRoom(spec) => chat.open_room(spec).await.map(|room| room.to_string()),
        Errand::Invite(room, people) => chat.invite(room, people, now).await.map(|()| "invited".into()),
        Errand::Restrict { room, private, members } => {
            chat.restrict(room, (private, members), now).await.map(|()| "restricted".into())
        }
        Errand::Post { room, key, post } => chat.post(room, key, *post, now).await,
        Errand::Upsert { room, mark, post } => chat.upsert(room, mark, *post, now).await,
        Errand::Amend { room, mark, post } => chat.amend(room, mark, *post, now).await.map(|()| "amended".into()),
        Errand::Direct { person, key, post } => chat.direct(person, key, *post, now).await,
        Errand::UpsertDirect { person, mark, post } => chat.upsert_direct(person, mark, *post, now).await,
        Errand::Likeness { spec, archived } => likeness(chat, spec, archived, now).await,
        Errand::Archive { room, archived } => chat.set_archived(room, archived, now).await.map(|()| "set".into()),
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
