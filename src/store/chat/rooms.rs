//! Rooms and their members.

use super::{Badge, Room, RoomKind, VisibleRoom};
use crate::{
    domain::{
        Timestamp,
        ids::{IncidentId, Key, PersonId, RoomId},
        text::Untrusted,
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_word, millis, unsigned},
            sql::{Row, params},
        },
    },
};

/// The most rooms in a person's list.
const MAX_ROOMS: i64 = 500;

/// The condition that person `$1` may see room `r`, whose incident, if any, is `i`.
pub(super) const VISIBLE: &str = "(r.private = 0 OR EXISTS (SELECT 1 FROM room_members m \
     WHERE m.room = r.id AND m.person = $1)) \
     AND (i.id IS NULL OR i.private = 0 OR EXISTS (SELECT 1 FROM incident_members n \
     WHERE n.incident = i.id AND n.person = $1))";

const COLUMNS: &str = "r.id, r.name, r.kind, r.topic, r.incident, r.private, r.created_at, r.archived_at, r.last, \
     r.last_seq, r.last_at";

const SEEN: &str = "COALESCE(s.message, 0), r.last_seq - COALESCE(s.seq, 0), \
     (SELECT COUNT(*) FROM mentions t WHERE t.person = $1 AND t.room = r.id AND t.message > COALESCE(s.message, 0)), \
     i.prefix, i.number, i.title, i.status, i.category, i.severity, i.opened_at, i.version";

const FROM: &str =
    "rooms r LEFT JOIN reads s ON s.room = r.id AND s.person = $1 LEFT JOIN incidents i ON i.id = r.incident";

pub(super) const PRIVATE: &str = "SELECT 1 FROM rooms r LEFT JOIN incidents i ON i.id = r.incident \
     WHERE r.id = $1 AND (r.private = 1 OR i.private = 1)";

pub(super) fn seen_sql() -> String {
    format!("SELECT {COLUMNS}, {SEEN} FROM {FROM} WHERE r.id = $2 AND {VISIBLE}")
}

pub(super) fn rail_sql() -> String {
    format!(
        "SELECT {COLUMNS}, {SEEN} FROM {FROM} WHERE r.archived_at IS NULL AND {VISIBLE} \
         ORDER BY r.created_at DESC, r.id LIMIT $2"
    )
}

impl Reads<'_> {
    /// A room, whoever may see it: for the bot's own use.
    pub fn room(&self, id: &RoomId) -> Result<Option<Room>, StoreError> {
        self.one(&format!("SELECT {COLUMNS} FROM rooms r WHERE r.id = $1"), params![id.as_str()], read_room)
    }

    /// The room of an incident.
    pub fn room_of_incident(&self, incident: IncidentId) -> Result<Option<Room>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM rooms r WHERE r.incident = $1");
        self.one(&sql, params![incident.to_string()], read_room)
    }

    /// A room as this person sees it; `None` if there is no such room or this person may not see it.
    pub fn visible_room(&self, person: &PersonId, id: &RoomId) -> Result<Option<VisibleRoom>, StoreError> {
        self.one(&seen_sql(), params![person.as_str(), id.as_str()], read_seen_room)
    }

    /// The open rooms that this person may see.
    pub fn visible_rooms(&self, person: &PersonId) -> Result<Vec<VisibleRoom>, StoreError> {
        self.all(&rail_sql(), params![person.as_str(), MAX_ROOMS], read_seen_room)
    }

    /// The newest open hot rooms.
    pub fn open_hot_rooms(&self, limit: u32) -> Result<Vec<RoomId>, StoreError> {
        let sql = "SELECT id FROM rooms WHERE archived_at IS NULL AND kind = 'hot' ORDER BY created_at DESC LIMIT $1";
        self.all(sql, params![limit], |row| Ok(RoomId::new(row.get::<String>(0)?)))
    }

    /// True if a room or its incident is private.
    pub fn is_room_private(&self, room: &RoomId) -> Result<bool, StoreError> {
        Ok(self.one(PRIVATE, params![room.as_str()], |_| Ok(()))?.is_some())
    }

    /// The members of a room.
    pub fn room_members(&self, room: &RoomId) -> Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT person FROM room_members WHERE room = $1 ORDER BY person LIMIT 10000";
        self.all(sql, params![room.as_str()], |row| Ok(PersonId::new(row.get::<String>(0)?)))
    }
}

impl Tx<'_> {
    /// Creates a room. Returns false if there is one with its id.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if its incident has another room.
    pub fn create_room(&self, room: &Room) -> Result<bool, StoreError> {
        let made = self.run(
            "INSERT INTO rooms (id, name, kind, topic, incident, private, created_at, archived_at, last, last_seq, last_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, 0, 0, NULL) ON CONFLICT (id) DO NOTHING",
            params![
                room.id.as_str(),
                room.name,
                room.kind.name(),
                room.topic,
                room.incident.map(|incident| incident.to_string()),
                room.private,
                millis(room.created_at),
            ],
        )?;
        Ok(made == 1)
    }

    /// Adds members to a room.
    pub fn add_room_members(&self, room: &RoomId, people: &[PersonId]) -> Result<(), StoreError> {
        let sql = "INSERT INTO room_members (room, person) VALUES ($1, $2) ON CONFLICT (room, person) DO NOTHING";
        for person in people {
            self.run(sql, params![room.as_str(), person.as_str()])?;
        }
        Ok(())
    }

    /// Makes a room private to these members, or public.
    pub fn restrict_room(&self, room: &RoomId, private: bool, members: &[PersonId]) -> Result<(), StoreError> {
        self.run("UPDATE rooms SET private = $1 WHERE id = $2", params![private, room.as_str()])?;
        if private {
            let before = self.room_members(room)?;
            for gone in before.iter().filter(|person| !members.contains(person)) {
                let sql = "DELETE FROM room_members WHERE room = $1 AND person = $2";
                self.run(sql, params![room.as_str(), gone.as_str()])?;
            }
        }
        self.add_room_members(room, members)
    }

    /// Archives a room, or reopens it. Returns whether there is such a room.
    pub fn archive_room(&self, room: &RoomId, archived: Option<Timestamp>) -> Result<bool, StoreError> {
        let sql = "UPDATE rooms SET archived_at = $1 WHERE id = $2";
        Ok(self.run(sql, params![archived.map(millis), room.as_str()])? == 1)
    }

    /// Gives a room another name and topic. Its id, by which messages and addresses know it, stays.
    pub fn rename_room(&self, room: &RoomId, name: &str, topic: &str) -> Result<(), StoreError> {
        let sql = "UPDATE rooms SET name = $1, topic = $2 WHERE id = $3";
        self.run(sql, params![name, topic, room.as_str()]).map(drop)
    }

    /// Sets the topic of a room. Returns whether there is such a room.
    pub fn set_room_topic(&self, room: &RoomId, topic: &str) -> Result<bool, StoreError> {
        Ok(self.run("UPDATE rooms SET topic = $1 WHERE id = $2", params![topic, room.as_str()])? == 1)
    }
}

/// Reads a row of [`COLUMNS`].
fn read_room(row: &Row<'_>) -> Result<Room, StoreError> {
    let id: String = row.get(0)?;
    let corrupt = |what: &str| StoreError::Corrupt(format!("room {id}: {what}"));
    let kind: String = row.get(2)?;
    let kind = RoomKind::parse(&kind).ok_or_else(|| corrupt("unknown kind"))?;
    let incident = match row.get::<Option<String>>(4)? {
        Some(id) => Some(IncidentId::parse(&id).ok_or_else(|| corrupt("bad incident id"))?),
        None => None,
    };
    Ok(Room {
        id: RoomId::new(id),
        name: row.get(1)?,
        kind,
        topic: row.get(3)?,
        incident,
        private: row.get(5)?,
        created_at: row.get(6)?,
        archived_at: row.get(7)?,
        last: row.get(8)?,
        messages: row.get(9)?,
        last_at: row.get(10)?,
    })
}

/// Reads a row of [`COLUMNS`] and [`SEEN`].
fn read_seen_room(row: &Row<'_>) -> Result<VisibleRoom, StoreError> {
    let badge = match row.get::<Option<String>>(14)? {
        Some(prefix) => Some(read_badge(row, prefix)?),
        None => None,
    };
    let unread = row.get::<i64>(12)?.max(0);
    Ok(VisibleRoom { room: read_room(row)?, badge, read: row.get(11)?, unread, mentioned: row.get(13)? })
}

fn read_badge(row: &Row<'_>, prefix: String) -> Result<Badge, StoreError> {
    Ok(Badge {
        key: Key::new(prefix, unsigned(row.get(15)?)),
        title: Untrusted::new(row.get::<String>(16)?),
        status: row.get(17)?,
        category: from_word(&"the category of an incident", &row.get::<String>(18)?)?,
        severity: from_word(&"the severity of an incident", &row.get::<String>(19)?)?,
        opened_at: row.get(20)?,
        version: row.get(21)?,
    })
}
