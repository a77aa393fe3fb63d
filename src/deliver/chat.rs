//! Errands for the chat platform.

use super::{Dated, errand::Errand};
use crate::chat::{Chat, Outcome};

/// Runs one errand.
pub(super) async fn run<C: Chat>(chat: &C, errand: Errand, now: Dated) -> Outcome<String> {
    match errand {
        Errand::Nothing(why) => Outcome::Delivered(why.to_owned()),
        Errand::NotYet(why) => Outcome::Retry { after_ms: Some(500), why: why.to_owned() },
        Errand::OpenRoom(spec) => chat.open_room(spec).await.map(|room| room.to_string()),
        Errand::Invite(room, people) => chat.invite(room, people).await.map(|()| "invited".into()),
        Errand::Restrict { room, private, members } => {
            chat.restrict(room, private, members).await.map(|()| "restricted".into())
        }
        Errand::Post { room, key, post } => chat.post(room, key, *post, now).await,
        Errand::Upsert { room, mark, post } => chat.upsert(room, mark, *post, now).await,
        Errand::Amend { room, mark, post } => chat.amend(room, mark, *post, now).await.map(|()| "amended".into()),
        Errand::Direct { person, key, post } => chat.direct(person, key, *post, now).await,
        Errand::UpsertDirect { person, mark, post } => chat.upsert_direct(person, mark, *post, now).await,
        Errand::Archive { room, archived } => chat.set_archived(room, archived, now).await.map(|()| "set".into()),
    }
}
