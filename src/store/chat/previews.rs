//! Which previews were asked for, so that none is shown twice in a short time and each can be withdrawn; what rooms have set
//! for them, and the issues that were read for them.

use crate::{
    domain::{
        Timestamp,
        ids::{Key, RoomId},
        preview::RoomPreviews,
        tracker::IssueCard,
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, millis, to_json},
            sql::params,
        },
    },
};

/// A message that refers to something.
#[derive(Clone, Debug)]
pub struct PreviewRequest<'a> {
    /// Its room.
    pub room: &'a RoomId,
    /// Its id.
    pub message: i64,
    /// What it refers to.
    pub references: &'a [String],
    /// Now.
    pub now: Timestamp,
    /// A reference that was noted in the room after this time is not noted again.
    pub since: Timestamp,
}

/// The previews of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedPreviews {
    /// What is to be shown.
    pub references: Vec<String>,
    /// When the message was written.
    pub at: Timestamp,
}

/// An issue as it was when it was last read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedIssue {
    /// When.
    pub at: Timestamp,
    /// What may be shown; `None` if nothing.
    pub card: Option<IssueCard>,
}

impl Reads<'_> {
    /// What the people of a room have set for its previews.
    pub fn room_previews(&self, room: &RoomId) -> Result<RoomPreviews, StoreError> {
        let sql = "SELECT doc FROM room_previews WHERE room = $1";
        let found = self.one(sql, params![room.as_str()], |row| {
            from_json(&format_args!("the previews of {room}"), &row.get::<String>(0)?)
        })?;
        Ok(found.unwrap_or_default())
    }

    /// An issue that was read for previews after a time.
    pub fn issue_card(&self, key: &Key, since: Timestamp) -> Result<Option<CachedIssue>, StoreError> {
        let sql = "SELECT at, doc FROM issue_cards WHERE key = $1 AND at > $2";
        self.one(sql, params![key.to_string(), millis(since)], |row| {
            let doc: Option<String> = row.get(1)?;
            let card = doc.map(|doc| from_json(&format_args!("the card of {key}"), &doc)).transpose()?;
            Ok(CachedIssue { at: row.get(0)?, card })
        })
    }

    /// What is to be shown for a message; `None` if nothing.
    pub fn previews(&self, room: &RoomId, message: i64) -> Result<Option<NotedPreviews>, StoreError> {
        let sql = "SELECT reference, at FROM previews WHERE room = $1 AND message = $2 ORDER BY position LIMIT 100";
        let rows: Vec<(String, Timestamp)> =
            self.all(sql, params![room.as_str(), message], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let Some(at) = rows.first().map(|row| row.1) else { return Ok(None) };
        Ok(Some(NotedPreviews { references: rows.into_iter().map(|row| row.0).collect(), at }))
    }

    /// The messages whose previews show something: rooms and ids.
    pub fn previews_of(&self, reference: &str) -> Result<Vec<(RoomId, i64)>, StoreError> {
        let sql = "SELECT room, message FROM previews WHERE reference = $1 ORDER BY message DESC LIMIT 1000";
        self.all(sql, params![reference], |row| Ok((RoomId::new(row.get::<String>(0)?), row.get(1)?)))
    }
}

impl Tx<'_> {
    /// Writes what the people of a room have set for its previews.
    pub fn save_room_previews(&mut self, room: &RoomId, previews: &RoomPreviews) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO room_previews (room, doc) VALUES ($1, $2) ON CONFLICT (room) DO UPDATE SET doc = excluded.doc",
            params![room.as_str(), to_json(previews)?],
        )
        .map(drop)
    }

    /// Keeps an issue that was read for previews; `None` if nothing of it may be shown.
    pub fn save_issue_card(&mut self, key: &Key, card: Option<&IssueCard>, at: Timestamp) -> Result<(), StoreError> {
        let doc = card.map(to_json).transpose()?;
        self.run(
            "INSERT INTO issue_cards (key, at, doc) VALUES ($1, $2, $3)
             ON CONFLICT (key) DO UPDATE SET at = excluded.at, doc = excluded.doc",
            params![key.to_string(), millis(at), doc],
        )
        .map(drop)
    }

    /// Notes what is to be shown for a message. True if there is something.
    pub fn note_previews(&self, request: &PreviewRequest<'_>) -> Result<bool, StoreError> {
        let recent = "SELECT 1 FROM previews WHERE reference = $1 AND room = $2 AND at > $3 LIMIT 1";
        let insert = "INSERT INTO previews (room, message, position, reference, at) VALUES ($1, $2, $3, $4, $5) \
                      ON CONFLICT DO NOTHING";
        let mut noted = 0;
        for (position, reference) in (0_i64..).zip(request.references) {
            let room = request.room.as_str();
            if self.one(recent, params![reference, room, millis(request.since)], |_| Ok(()))?.is_some() {
                continue;
            }
            noted += self.run(insert, params![room, request.message, position, reference, millis(request.now)])?;
        }
        Ok(noted > 0)
    }

    /// Forgets the previews of messages that were written before a time. Returns their number.
    pub(in crate::store) fn prune_previews(&self, before: Timestamp) -> Result<usize, StoreError> {
        self.run("DELETE FROM issue_cards WHERE at < $1", params![millis(before)])?;
        self.run("DELETE FROM previews WHERE at < $1", params![millis(before)])
    }
}
