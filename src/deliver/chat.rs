//! Errands for the chat platform.

use super::{Dated, errand::Errand};
use crate::chat::{Chat, Outcome};

/// Runs one errand.
pub(super) async fn run<C: Chat>(chat: &C, errand: Errand, now: Dated) -> Outcome<String> {
    match errand {
        Errand::Nothing(why) => Outcome::Delivered(why.to_owned()),
        Errand::NotYet(why) => Outcome::Retry { after_ms: Some(500), why: why.to_owned() },
        Errand::OpenRoom(spec) => named(chat.open_room(spec).await, |room| room.to_string()),
        Errand::Invite(room, people) => named(chat.invite(room, people).await, |()| "invited".into()),
        Errand::Restrict { room, private, members } => {
            named(chat.restrict(room, private, members).await, |()| "restricted".into())
        }
        Errand::Post { room, key, post } => chat.post(room, key, *post, now).await,
        Errand::Upsert { room, mark, post } => chat.upsert(room, mark, *post, now).await,
        Errand::Direct { person, key, post } => chat.direct(person, key, *post, now).await,
        Errand::UpsertDirect { person, mark, post } => chat.upsert_direct(person, mark, *post, now).await,
        Errand::Archive { room, archived } => named(chat.set_archived(room, archived, now).await, |()| "set".into()),
    }
}

fn named<T>(outcome: Outcome<T>, name: impl FnOnce(T) -> String) -> Outcome<String> {
    match outcome {
        Outcome::Delivered(made) => Outcome::Delivered(name(made)),
        Outcome::Retry { after_ms, why } => Outcome::Retry { after_ms, why },
        Outcome::Rejected { why } => Outcome::Rejected { why },
        Outcome::Unknown { why } => Outcome::Unknown { why },
    }
}
