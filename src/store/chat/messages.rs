//! Messages: posting, editing, and reading them in parts.

use super::{Author, ChatChanges, Message, MessageListing, MessageRange, NewMessage, PostResult, rooms::VISIBLE};
use crate::{
    domain::{
        Timestamp,
        ids::{PersonId, RoomId},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{millis, row_limit},
            sql::{Row, params},
        },
    },
};

const COLUMNS: &str = "m.id, m.room, m.at, m.author_kind, m.author, m.body, m.edited_at, m.rev";

pub(super) fn before_sql() -> String {
    format!("SELECT {COLUMNS} FROM messages m WHERE m.room = $1 AND m.id < $2 ORDER BY m.id DESC LIMIT $3")
}

pub(super) fn after_sql() -> String {
    format!("SELECT {COLUMNS} FROM messages m WHERE m.room = $1 AND m.id > $2 ORDER BY m.id LIMIT $3")
}

/// The cross join keeps SQLite from starting at the rooms: there are few changes and many rooms.
pub(super) fn changes_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM messages m CROSS JOIN rooms r LEFT JOIN incidents i ON i.id = r.incident \
         WHERE r.id = m.room AND {VISIBLE} AND m.rev > $2 ORDER BY m.rev LIMIT $3"
    )
}

impl Reads<'_> {
    /// The change counter: the number of the latest new or edited message.
    pub fn chat_rev(&self) -> Result<i64, StoreError> {
        let rev = self.one("SELECT rev FROM chat_revision WHERE one = 1", params![], |row| row.get(0))?;
        rev.ok_or_else(|| StoreError::Corrupt("the chat's change counter is missing".to_owned()))
    }

    /// A part of a room's messages. Whether the reader may see the room is decided by [`Reads::visible_room`].
    pub fn messages(&self, room: &RoomId, place: MessageRange, limit: usize) -> Result<MessageListing, StoreError> {
        match place {
            MessageRange::Newest => self.before(room, i64::MAX, limit),
            MessageRange::Before(id) => {
                let page = self.before(room, id, limit)?;
                Ok(MessageListing { more_after: true, ..page })
            }
            MessageRange::After(id) => self.after(room, id, limit),
            MessageRange::Around(id) => {
                let older = self.before(room, id, limit / 2)?;
                let newer = self.after(room, id - 1, limit - limit / 2)?;
                let items = older.items.into_iter().chain(newer.items).collect();
                Ok(MessageListing { items, more_before: older.more_before, more_after: newer.more_after })
            }
        }
    }

    /// A message by its id.
    pub fn message(&self, id: i64) -> Result<Option<Message>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM messages m WHERE m.id = $1");
        self.one(&sql, params![id], read_message)
    }

    /// The message that was posted into a room under a key.
    pub fn message_by_key(&self, room: &RoomId, key: &str) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT id FROM messages WHERE room = $1 AND effect_key = $2";
        self.one(sql, params![room.as_str(), key], |row| row.get(0))
    }

    /// The message of a room with this reference key.
    pub fn message_by_mark(&self, room: &RoomId, mark: &str) -> Result<Option<Message>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM messages m WHERE m.room = $1 AND m.mark = $2");
        self.one(&sql, params![room.as_str(), mark], read_message)
    }

    /// The newest messages of a room that are edited when their subject changes, oldest first.
    pub fn standing_messages(&self, room: &RoomId, limit: u32) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT id FROM messages WHERE room = $1 AND mark IS NOT NULL ORDER BY id DESC LIMIT $2";
        let mut found: Vec<i64> = self.all(sql, params![room.as_str(), limit], |row| row.get(0))?;
        found.reverse();
        Ok(found)
    }

    /// The reference key of a message.
    pub fn message_mark(&self, id: i64) -> Result<Option<String>, StoreError> {
        Ok(self
            .one("SELECT mark FROM messages WHERE id = $1", params![id], |row| row.get::<Option<String>>(0))?
            .flatten())
    }

    /// New and edited messages since `since`, in the rooms this person may see.
    pub fn chat_changes(&self, person: &PersonId, since: i64, limit: usize) -> Result<ChatChanges, StoreError> {
        let newest = self.chat_rev()?;
        if since >= newest {
            return Ok(ChatChanges { messages: Vec::new(), rev: newest, more: false });
        }
        let found = self.all(&changes_sql(), params![person.as_str(), since, row_limit(limit + 1)], read_message)?;
        let (messages, more) = cut(found, limit);
        let rev = if more { messages.last().map_or(since, |message| message.rev) } else { newest };
        Ok(ChatChanges { messages, rev, more })
    }

    fn before(&self, room: &RoomId, id: i64, limit: usize) -> Result<MessageListing, StoreError> {
        let found = self.all(&before_sql(), params![room.as_str(), id, row_limit(limit + 1)], read_message)?;
        let (mut items, more_before) = cut(found, limit);
        items.reverse();
        Ok(MessageListing { items, more_before, more_after: false })
    }

    fn after(&self, room: &RoomId, id: i64, limit: usize) -> Result<MessageListing, StoreError> {
        let found = self.all(&after_sql(), params![room.as_str(), id, row_limit(limit + 1)], read_message)?;
        let (items, more_after) = cut(found, limit);
        Ok(MessageListing { items, more_before: true, more_after })
    }
}

impl Tx<'_> {
    /// Posts a message once for each key in a room.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if there is no such room.
    pub fn post_message(&self, message: &NewMessage<'_>, key: Option<&str>) -> Result<PostResult, StoreError> {
        if let Some(key) = key
            && let Some(id) = self.message_by_key(message.room, key)?
        {
            return Ok(PostResult::Same(id));
        }
        self.insert_message(message, key, None)
    }

    /// Edits the message with the reference key `mark`, or posts it. People whom an edit newly mentions are notified.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if there is no such room.
    pub fn upsert_message(&self, message: &NewMessage<'_>, mark: &str) -> Result<PostResult, StoreError> {
        let Some(present) = self.message_by_mark(message.room, mark)? else {
            return self.insert_message(message, None, Some(mark));
        };
        if present.body == message.body {
            return Ok(PostResult::Same(present.id));
        }
        let rev = self.next_rev()?;
        self.run(
            "UPDATE messages SET body = $1, edited_at = $2, rev = $3 WHERE id = $4",
            params![message.body, millis(message.at), rev, present.id],
        )?;
        self.mention(message.room, present.id, message.mentions)?;
        Ok(PostResult::Edited(present.id))
    }

    /// Edits a message. Returns whether there is such a message.
    pub fn edit_message(&self, id: i64, body: &str, at: Timestamp) -> Result<bool, StoreError> {
        let rev = self.next_rev()?;
        let sql = "UPDATE messages SET body = $1, edited_at = $2, rev = $3 WHERE id = $4";
        Ok(self.run(sql, params![body, millis(at), rev, id])? == 1)
    }

    fn insert_message(
        &self,
        message: &NewMessage<'_>,
        key: Option<&str>,
        mark: Option<&str>,
    ) -> Result<PostResult, StoreError> {
        let id = self.next_rev()?;
        let seq: Option<i64> = self.one(
            "UPDATE rooms SET last = $1, last_seq = last_seq + 1, last_at = $2 WHERE id = $3 RETURNING last_seq",
            params![id, millis(message.at), message.room.as_str()],
            |row| row.get(0),
        )?;
        let seq = seq.ok_or_else(|| StoreError::Conflict(format!("there is no room {}", message.room)))?;
        let (kind, author) = match &message.author {
            Author::Person(person) => ("person", person.as_str()),
            Author::Bot => ("bot", "hotroom"),
        };
        self.run(
            "INSERT INTO messages (id, room, seq, at, author_kind, author, body, effect_key, mark, edited_at, rev) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, $1)",
            params![id, message.room.as_str(), seq, millis(message.at), kind, author, message.body, key, mark],
        )?;
        self.mention(message.room, id, message.mentions)?;
        Ok(PostResult::New(id))
    }

    fn mention(&self, room: &RoomId, message: i64, people: &[PersonId]) -> Result<(), StoreError> {
        let sql = "INSERT INTO mentions (person, room, message) VALUES ($1, $2, $3) \
                   ON CONFLICT (person, room, message) DO NOTHING";
        for person in people {
            self.run(sql, params![person.as_str(), room.as_str(), message])?;
        }
        Ok(())
    }

    fn next_rev(&self) -> Result<i64, StoreError> {
        let rev = self
            .one("UPDATE chat_revision SET rev = rev + 1 WHERE one = 1 RETURNING rev", params![], |row| row.get(0))?;
        rev.ok_or_else(|| StoreError::Corrupt("the chat's change counter is missing".to_owned()))
    }
}

/// Cuts what was found to `limit` messages and returns whether there were more.
fn cut(mut found: Vec<Message>, limit: usize) -> (Vec<Message>, bool) {
    let more = found.len() > limit;
    found.truncate(limit);
    (found, more)
}

fn read_message(row: &Row<'_>) -> Result<Message, StoreError> {
    let id = row.get(0)?;
    let author = match row.get::<String>(3)?.as_str() {
        "person" => Author::Person(PersonId::new(row.get::<String>(4)?)),
        "bot" => Author::Bot,
        other => return Err(StoreError::Corrupt(format!("message {id}: {other} is not an author"))),
    };
    Ok(Message {
        id,
        room: RoomId::new(row.get::<String>(1)?),
        at: row.get(2)?,
        author,
        body: row.get(5)?,
        edited_at: row.get(6)?,
        rev: row.get(7)?,
    })
}
