//! Rooms and who is in them.

use super::{Badge, Room, RoomKind, SeenRoom};
use crate::{
    domain::{
        Timestamp,
        ids::{IncidentId, Key, PersonId, RoomId},
        text::Untrusted,
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, instant, millis, unsigned},
            sql::{Row, params},
        },
    },
};

/// The most rooms a rail shows.
const RAIL: i64 = 500;

/// What holds for a room `r` (with its incident `i`, if it has one) that person `$1` may see.
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
    /// A room, whoever asks: for the bot's own use.
    pub fn room(&self, id: &RoomId) -> Result<Option<Room>, StoreError> {
        self.one(&format!("SELECT {COLUMNS} FROM rooms r WHERE r.id = $1"), params![id.as_str()], RawRoom::read)?
            .map(RawRoom::room)
            .transpose()
    }

    /// The room of an incident.
    pub fn room_of_incident(&self, incident: IncidentId) -> Result<Option<Room>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM rooms r WHERE r.incident = $1");
        self.one(&sql, params![incident.to_string()], RawRoom::read)?.map(RawRoom::room).transpose()
    }

    /// A room as this person sees it; none when there is none, or when this person may not see it.
    pub fn room_seen(&self, person: &PersonId, id: &RoomId) -> Result<Option<SeenRoom>, StoreError> {
        self.one(&seen_sql(), params![person.as_str(), id.as_str()], RawSeen::read)?.map(RawSeen::seen).transpose()
    }

    /// The rooms of a person's rail: those that are open to talk and that this person may see.
    pub fn rooms_seen(&self, person: &PersonId) -> Result<Vec<SeenRoom>, StoreError> {
        let raw = self.all(&rail_sql(), params![person.as_str(), RAIL], RawSeen::read)?;
        raw.into_iter().map(RawSeen::seen).collect()
    }

    /// The newest hot rooms that are open to talk.
    pub fn open_hot_rooms(&self, limit: u32) -> Result<Vec<RoomId>, StoreError> {
        let sql = "SELECT id FROM rooms WHERE archived_at IS NULL AND kind = 'hot' ORDER BY created_at DESC LIMIT $1";
        self.all(sql, params![limit], |row| Ok(RoomId::new(row.get::<String>(0)?)))
    }

    /// Whether a room, or its incident, is private.
    pub fn is_room_private(&self, room: &RoomId) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM rooms r LEFT JOIN incidents i ON i.id = r.incident \
                   WHERE r.id = $1 AND (r.private = 1 OR i.private = 1)";
        Ok(self.one(sql, params![room.as_str()], |_| Ok(()))?.is_some())
    }

    /// Who was let into a room.
    pub fn room_members(&self, room: &RoomId) -> Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT person FROM room_members WHERE room = $1 ORDER BY person LIMIT 10000";
        self.all(sql, params![room.as_str()], |row| Ok(PersonId::new(row.get::<String>(0)?)))
    }
}

impl Tx<'_> {
    /// Makes a room unless there is one of that id; tells whether it is new.
    ///
    /// # Errors
    /// When the database fails; a conflict when the incident has another room.
    pub fn make_room(&self, room: &Room) -> Result<bool, StoreError> {
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

    /// Lets people into a room; those who are in stay in.
    pub fn add_room_members(&self, room: &RoomId, people: &[PersonId]) -> Result<(), StoreError> {
        let sql = "INSERT INTO room_members (room, person) VALUES ($1, $2) ON CONFLICT (room, person) DO NOTHING";
        for person in people {
            self.run(sql, params![room.as_str(), person.as_str()])?;
        }
        Ok(())
    }

    /// Shows a room to these people only, or to everyone.
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

    /// Closes a room to talk, or opens it again; tells whether there is such a room.
    pub fn archive_room(&self, room: &RoomId, archived: Option<Timestamp>) -> Result<bool, StoreError> {
        let sql = "UPDATE rooms SET archived_at = $1 WHERE id = $2";
        Ok(self.run(sql, params![archived.map(millis), room.as_str()])? == 1)
    }

    /// Writes another topic over a room; tells whether there is such a room.
    pub fn set_room_topic(&self, room: &RoomId, topic: &str) -> Result<bool, StoreError> {
        Ok(self.run("UPDATE rooms SET topic = $1 WHERE id = $2", params![topic, room.as_str()])? == 1)
    }
}

/// A row of `COLUMNS`, before its words are understood.
struct RawRoom {
    id: String,
    name: String,
    kind: String,
    topic: String,
    incident: Option<String>,
    private: bool,
    created_at: i64,
    archived_at: Option<i64>,
    last: i64,
    messages: i64,
    last_at: Option<i64>,
}

impl RawRoom {
    fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            kind: row.get(2)?,
            topic: row.get(3)?,
            incident: row.get(4)?,
            private: row.get(5)?,
            created_at: row.get(6)?,
            archived_at: row.get(7)?,
            last: row.get(8)?,
            messages: row.get(9)?,
            last_at: row.get(10)?,
        })
    }

    fn room(self) -> Result<Room, StoreError> {
        let bad = |what: &str| StoreError::Corrupt(format!("room {}: {what}", self.id));
        let kind = RoomKind::parse(&self.kind).ok_or_else(|| bad("its kind is none"))?;
        let incident = match &self.incident {
            Some(id) => Some(IncidentId::parse(id).ok_or_else(|| bad("its incident is no id"))?),
            None => None,
        };
        Ok(Room {
            id: RoomId::new(self.id),
            name: self.name,
            kind,
            topic: self.topic,
            incident,
            private: self.private,
            created_at: instant(self.created_at)?,
            archived_at: self.archived_at.map(instant).transpose()?,
            last: self.last,
            messages: self.messages,
            last_at: self.last_at.map(instant).transpose()?,
        })
    }
}

/// A row of `COLUMNS` and `SEEN`.
struct RawSeen {
    room: RawRoom,
    read: i64,
    unread: i64,
    mentioned: i64,
    badge: Option<RawBadge>,
}

struct RawBadge {
    prefix: String,
    number: i64,
    title: String,
    status: String,
    category: String,
    severity: String,
    opened_at: i64,
    version: i64,
}

impl RawSeen {
    fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        let badge = match row.get::<Option<String>>(14)? {
            None => None,
            Some(prefix) => Some(RawBadge {
                prefix,
                number: row.get(15)?,
                title: row.get(16)?,
                status: row.get(17)?,
                category: row.get(18)?,
                severity: row.get(19)?,
                opened_at: row.get(20)?,
                version: row.get(21)?,
            }),
        };
        Ok(Self { room: RawRoom::read(row)?, read: row.get(11)?, unread: row.get(12)?, mentioned: row.get(13)?, badge })
    }

    fn seen(self) -> Result<SeenRoom, StoreError> {
        let badge = self.badge.map(RawBadge::badge).transpose()?;
        Ok(SeenRoom {
            room: self.room.room()?,
            badge,
            read: self.read,
            unread: self.unread.max(0),
            mentioned: self.mentioned,
        })
    }
}

impl RawBadge {
    fn badge(self) -> Result<Badge, StoreError> {
        Ok(Badge {
            category: from_json(&"an incident's category", &format!("\"{}\"", self.category))?,
            severity: from_json(&"an incident's severity", &format!("\"{}\"", self.severity))?,
            key: Key::new(self.prefix, unsigned(self.number)),
            title: Untrusted::new(self.title),
            status: self.status,
            opened_at: instant(self.opened_at)?,
            version: self.version,
        })
    }
}
