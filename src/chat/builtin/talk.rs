//! Messages that people write in rooms.

use std::collections::BTreeSet;

use super::{BuiltinChat, mirror};
use crate::{
    chat::{Post, PostKind},
    domain::{
        Timestamp,
        ids::{PersonId, Platform, RoomId},
        text::{Untrusted, visible},
    },
    store::{
        Delivery, InboxState, MessagePosition, ReceiveResult, Sender, StoreError, Tx,
        chat::{Author, Message, NewMessage},
    },
};

/// The longest message of a person, in characters.
pub const MAX_TALK: usize = 4_000;

/// The most people that one message can mention.
const MOST_MENTIONS: usize = 20;

/// A message of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Talk {
    /// The room.
    pub room: RoomId,
    /// The author.
    pub person: PersonId,
    /// The text.
    pub text: Untrusted,
    /// The delivery id: a repeat is the same message.
    pub delivery: String,
    /// Everyone who can be mentioned.
    pub known: BTreeSet<PersonId>,
}

/// The origin of a message that was not written in the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TalkOrigin {
    /// The platform.
    pub platform: Platform,
    /// The id of the message on the platform, and when it was written.
    pub position: MessagePosition,
}

/// A message after an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TalkEdit {
    /// The text; empty when the message was deleted.
    pub text: Untrusted,
    /// Everyone who can be mentioned.
    pub known: BTreeSet<PersonId>,
}

/// Why a message was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TalkRefusal {
    /// The room does not exist, or the person may not see it. The reply does not reveal which.
    #[error("there is no room {0}")]
    NoRoom(RoomId),
    /// The text is blank.
    #[error("there is nothing to say")]
    Empty,
    /// The text is longer than the maximum.
    #[error("a message takes {MAX_TALK} characters; this one has {0}")]
    TooLong(usize),
    /// The room is closed to messages.
    #[error("{0} is closed to talk; what was said can still be read")]
    Closed(RoomId),
    /// The delivery id was used for something else.
    #[error("this delivery id was used for something else")]
    Mismatch,
}

impl BuiltinChat {
    /// Stores a message once for each delivery id and returns its id. Marks the room as read by the author up to this
    /// message.
    pub async fn say(&self, talk: Talk, now: Timestamp) -> Result<Result<i64, TalkRefusal>, StoreError> {
        if let Err(refusal) = check(&talk.text) {
            return Ok(Err(refusal));
        }
        self.store.transact(move |tx| take(tx, &talk, None, now)).await
    }

    /// Stores a message from another platform. It is not mirrored back.
    pub async fn receive(&self, talk: Talk, origin: TalkOrigin) -> Result<Result<i64, TalkRefusal>, StoreError> {
        if let Err(refusal) = check(&talk.text) {
            return Ok(Err(refusal));
        }
        let at = origin.position.at;
        self.store.transact_urgent(move |tx| take(tx, &talk, Some(&origin), at)).await
    }

    /// Edits a message from another platform, or deletes it if the text is empty. True if the message exists.
    pub async fn correct(&self, origin: TalkOrigin, edit: TalkEdit, now: Timestamp) -> Result<bool, StoreError> {
        let work = move |tx: &mut Tx<'_>| match tx.received_message(&origin.platform, &origin.position.message)? {
            None => Ok(false),
            Some(id) => {
                let body = written(&post(&edit.text, &edit.known))?;
                // Platforms also report an edit when they add a link preview.
                let same = tx.message(id)?.is_some_and(|message| message.body == body);
                if edit.text.is_blank() {
                    tx.forget_message_files(id)?;
                }
                if same { Ok(true) } else { tx.edit_message(id, &body, now) }
            }
        };
        self.store.transact_urgent(work).await
    }
}

/// True if the text of a message was deleted or redacted.
pub fn is_removed(message: &Message) -> bool {
    let post: Option<Post> = serde_json::from_str(&message.body).ok();
    post.is_some_and(|post| post.withdraws || (post.kind == PostKind::Talk && post.text.trim().is_empty()))
}

fn check(text: &Untrusted) -> Result<(), TalkRefusal> {
    let length = text.verbatim().chars().count();
    if length > MAX_TALK {
        return Err(TalkRefusal::TooLong(length));
    }
    if text.is_blank() { Err(TalkRefusal::Empty) } else { Ok(()) }
}

fn take(
    tx: &mut Tx<'_>,
    talk: &Talk,
    origin: Option<&TalkOrigin>,
    now: Timestamp,
) -> Result<Result<i64, TalkRefusal>, StoreError> {
    let Some(seen) = tx.visible_room(&talk.person, &talk.room)? else {
        return Ok(Err(TalkRefusal::NoRoom(talk.room.clone())));
    };
    let key = format!("say/{}/{}", talk.person, talk.delivery);
    let delivery = format!("{}/{}", talk.person, talk.delivery);
    let body = format!("{}\n{}", talk.room, talk.text.verbatim());
    let received = tx.receive(&Delivery {
        sender: Sender::Origin(origin.map_or("console", |origin| origin.platform.as_str())),
        delivery: Some(delivery),
        at: now,
        body: body.as_bytes(),
    })?;
    let id = match received {
        ReceiveResult::New(id) => id,
        ReceiveResult::Repeat { .. } => {
            return Ok(tx.message_by_key(&talk.room, &key)?.ok_or(TalkRefusal::Closed(talk.room.clone())));
        }
        ReceiveResult::Mismatch { .. } => return Ok(Err(TalkRefusal::Mismatch)),
    };
    tx.settle_delivery(id, &InboxState::Done)?;
    if seen.room.archived_at.is_some() {
        return Ok(Err(TalkRefusal::Closed(talk.room.clone())));
    }
    let post = post(&talk.text, &talk.known);
    let text = written(&post)?;
    let message = NewMessage {
        room: &talk.room,
        author: Author::Person(talk.person.clone()),
        at: now,
        body: &text,
        mentions: &post.mentions,
    };
    let posted = tx.post_message(&message, Some(&key))?;
    match origin {
        Some(origin) => tx.link_received(&origin.platform, &origin.position, &talk.room, posted.id())?,
        None => mirror::message(tx, &talk.room, mirror::MessageChange::once(posted), now)?,
    }
    let posted = posted.id();
    tx.mark_read(&talk.person, &talk.room, posted, now)?;
    Ok(Ok(posted))
}

fn written(post: &Post) -> Result<String, StoreError> {
    serde_json::to_string(post).map_err(|error| StoreError::Sqlite(format!("talk cannot be written: {error}")))
}

/// Returns a person's message as a post without title, fields and buttons.
fn post(text: &Untrusted, known: &BTreeSet<PersonId>) -> Post {
    let (text, mentions) = mentions(visible(text.verbatim()).trim(), known);
    Post { kind: PostKind::Talk, text, mentions, ..Post::default() }
}

/// Replaces each `@ann` by the mention `<@ann>` and returns the text with the mentioned people. A name inside a word,
/// an address or code is not a mention.
pub(in crate::chat::builtin) fn mentions(text: &str, known: &BTreeSet<PersonId>) -> (String, Vec<PersonId>) {
    let mut out = String::with_capacity(text.len());
    let mut found = Vec::new();
    let mut rest = text;
    let (mut before, mut in_code) = (' ', false);
    while let Some(c) = rest.chars().next() {
        in_code ^= c == '`';
        let name = if c == '@' && !in_code && !before.is_alphanumeric() { name_at(&rest[1..], known) } else { None };
        let taken = match name {
            Some((person, length)) if found.contains(&person) || found.len() < MOST_MENTIONS => {
                let written = before == '<' && rest[1 + length..].starts_with('>');
                out.push_str(&if written { format!("@{person}") } else { format!("<@{person}>") });
                if !found.contains(&person) {
                    found.push(person);
                }
                1 + length
            }
            Some(_) | None => {
                out.push(c);
                c.len_utf8()
            }
        };
        before = rest[..taken].chars().next_back().unwrap_or(' ');
        rest = &rest[taken..];
    }
    (out, found)
}

/// Returns the person whose name starts a text, and the length of the name.
fn name_at(text: &str, known: &BTreeSet<PersonId>) -> Option<(PersonId, usize)> {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = text.find(|c: char| !inside(c)).unwrap_or(text.len());
    let name = text[..end].trim_end_matches(['.', '-']);
    let person = PersonId::new(name.to_lowercase());
    known.contains(&person).then_some((person, name.len()))
}
