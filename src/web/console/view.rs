//! Converts rooms, messages and replies to the shapes of the console's JSON.

use super::{
    html,
    json::{AuthorView, MessageView, MessagesView, ReplyView, RoomView},
};
use crate::{
    chat::{Post, PostKind, Reply},
    store::chat::{Author, Message, MessageListing, RoomKind, VisibleRoom},
    web::pages::words::{self, ConfigNames},
};

/// Maximum length of a room's topic.
const TOPIC: usize = 500;

/// A room as its reader sees it.
pub fn room(words: ConfigNames<'_>, seen: &VisibleRoom) -> RoomView {
    let VisibleRoom { room, badge, read, unread, mentioned } = seen;
    let title = match (badge, room.kind) {
        (Some(badge), _) => words::title(&badge.title),
        (None, RoomKind::Direct) => "hotroom".to_owned(),
        (None, RoomKind::Feed | RoomKind::Hot | RoomKind::Team) => room.name.clone(),
    };
    RoomView {
        id: room.id.to_string(),
        name: room.name.clone(),
        kind: room.kind.name().to_owned(),
        title,
        topic: crate::domain::text::Untrusted::new(room.topic.as_str()).shown(TOPIC),
        incident: badge.as_ref().map(|badge| badge.key.to_string()),
        severity: badge.as_ref().map(|badge| badge.severity.name().to_owned()),
        status: badge.as_ref().map(|badge| words.status(&badge.status.as_str().into())),
        category: badge.as_ref().map(|badge| words::category(badge.category)),
        opened_at: badge.as_ref().map(|badge| words::at(badge.opened_at)),
        unread: *unread,
        mentioned: *mentioned,
        last: room.last,
        last_at: room.last_at.map(words::at),
        read: *read,
        archived: room.archived_at.is_some(),
        private: room.private,
    }
}

/// A message. A body that cannot be read is shown as unreadable rather than left out, so that its absence is noticed.
pub fn message(words: ConfigNames<'_>, message: &Message) -> MessageView {
    let post: Post = serde_json::from_str(&message.body).unwrap_or_else(|_| Post {
        kind: PostKind::Line,
        text: "(this message was written by a newer version and cannot be shown)".to_owned(),
        ..Post::default()
    });
    let author = match &message.author {
        Author::Person(person) => AuthorView { kind: "person", id: person.to_string(), name: words.person(person) },
        Author::Bot => AuthorView { kind: "bot", id: "hotroom".to_owned(), name: "hotroom".to_owned() },
    };
    MessageView {
        id: message.id,
        room: message.room.to_string(),
        at: words::at(message.at),
        author,
        html: html::post(words, &post),
        post,
        edited_at: message.edited_at.map(words::at),
        rev: message.rev,
    }
}

/// A listing of messages.
pub fn messages(words: ConfigNames<'_>, page: &MessageListing) -> MessagesView {
    MessagesView {
        items: page.items.iter().map(|item| message(words, item)).collect(),
        more_before: page.more_before,
        more_after: page.more_after,
    }
}

/// The reply to a command.
pub fn reply(words: ConfigNames<'_>, reply: Reply) -> ReplyView {
    let Reply { outcome, post, form, incident, room, data } = reply;
    ReplyView {
        outcome,
        html: html::post(words, &post),
        post,
        form,
        incident: incident.map(|key| key.to_string()),
        room: room.map(|room| room.to_string()),
        data,
    }
}
