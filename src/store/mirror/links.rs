//! What there is on Discord of rooms, messages and people. Discord's ids are plain numbers here.

use crate::{
    domain::{
        Timestamp,
        ids::{PersonId, RoomId},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{instant, millis, signed, unsigned},
            sql::{Row, params},
        },
    },
};

/// The channel of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscordChannel {
    /// Its id.
    pub channel: u64,
    /// A hash of who sees it and whether it is open, as it was last made so; empty: not known.
    pub applied: String,
    /// When it is a thread: in which channel, and whether its members alone see it.
    pub thread: Option<DiscordThread>,
}

/// A thread, as it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiscordThread {
    /// The channel it is in.
    pub parent: u64,
    /// Whether its members alone see it.
    pub private: bool,
}

/// The message that stands on Discord for one of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiscordMessage {
    /// The channel it is in, or was sent to.
    pub channel: u64,
    /// Its id; none: it was tried and nobody knows.
    pub message: Option<u64>,
    /// How many messages stood here before it.
    pub round: u64,
    /// The one before.
    pub instead_of: Option<u64>,
    /// When it was first sent, while it is not known whether it arrived.
    pub tried_at: Option<Timestamp>,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// A hash of what it says.
    pub applied: String,
    /// Whether it was pinned, or tried to be.
    pub pinned: bool,
}

/// A person's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscordPerson {
    /// The account.
    pub user: u64,
    /// The channel in which the bot speaks to it alone.
    pub direct: Option<u64>,
    /// Since when it takes no direct messages.
    pub blocked_at: Option<Timestamp>,
}

impl Reads<'_> {
    /// The channel of a room.
    pub fn discord_channel(&self, room: &RoomId) -> Result<Option<DiscordChannel>, StoreError> {
        let sql = "SELECT channel, applied, parent, private FROM discord_channels WHERE room = $1";
        self.one(sql, params![room.as_str()], |row| {
            let (parent, private) = (row.get::<Option<i64>>(2)?, row.get(3)?);
            let thread = parent.map(|parent| DiscordThread { parent: unsigned(parent), private });
            Ok(DiscordChannel { channel: unsigned(row.get(0)?), applied: row.get(1)?, thread })
        })
    }

    /// The threads of ours in a channel.
    pub fn discord_threads_in(&self, parent: u64) -> Result<Vec<u64>, StoreError> {
        let sql = "SELECT channel FROM discord_channels WHERE parent = $1 ORDER BY channel LIMIT 10000";
        self.all(sql, params![signed(parent)], |row| row.get::<i64>(0).map(i64::cast_unsigned))
    }

    /// The channels of feeds and teams that everyone may see.
    pub fn discord_feed_channels(&self) -> Result<Vec<u64>, StoreError> {
        let sql = "SELECT c.channel FROM discord_channels c JOIN rooms r ON r.id = c.room \
                   WHERE r.kind IN ('feed', 'team') AND r.private = 0 ORDER BY r.id LIMIT 100";
        self.all(sql, params![], |row| row.get::<i64>(0).map(i64::cast_unsigned))
    }

    /// The room of a channel.
    pub fn discord_room(&self, channel: u64) -> Result<Option<RoomId>, StoreError> {
        let sql = "SELECT room FROM discord_channels WHERE channel = $1";
        self.one(sql, params![signed(channel)], |row| Ok(RoomId::new(row.get::<String>(0)?)))
    }

    /// The channels of rooms that are open to talk, and of direct rooms.
    pub fn discord_open_channels(&self) -> Result<Vec<u64>, StoreError> {
        let sql = "SELECT c.channel FROM discord_channels c JOIN rooms r ON r.id = c.room \
                   WHERE r.archived_at IS NULL ORDER BY c.channel LIMIT 1000";
        self.all(sql, params![], |row| row.get::<i64>(0).map(i64::cast_unsigned))
    }

    /// The message of a room that is known by a mark.
    pub fn discord_message(&self, room: &RoomId, known_by: &str) -> Result<Option<DiscordMessage>, StoreError> {
        let sql = "SELECT channel, message, round, instead_of, tried_at, edited_at, applied, pinned \
                   FROM discord_messages WHERE room = $1 AND known_by = $2";
        self.one(sql, params![room.as_str(), known_by], RawMessage::read)?.map(RawMessage::message).transpose()
    }

    /// The last, in the order of the alphabet, of the marks in a room that begin with this and were sent.
    pub fn discord_latest(&self, room: &RoomId, beginning: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT known_by FROM discord_messages WHERE room = $1 AND known_by >= $2 AND known_by < $2 || '~' \
                   AND message IS NOT NULL ORDER BY known_by DESC LIMIT 1";
        self.one(sql, params![room.as_str(), beginning], |row| row.get(0))
    }

    /// What a message of Discord stands for: its room and the mark it is known by.
    pub fn discord_known(&self, message: u64) -> Result<Option<(RoomId, String)>, StoreError> {
        let sql = "SELECT room, known_by FROM discord_messages WHERE message = $1";
        self.one(sql, params![signed(message)], |row| Ok((RoomId::new(row.get::<String>(0)?), row.get(1)?)))
    }

    /// A person's account.
    pub fn discord_account(&self, person: &PersonId) -> Result<Option<DiscordPerson>, StoreError> {
        let sql = "SELECT user_id, dm_channel, dm_blocked_at FROM discord_people WHERE person = $1";
        let found: Option<(i64, Option<i64>, Option<i64>)> =
            self.one(sql, params![person.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let account = |(user, direct, blocked): (i64, Option<i64>, Option<i64>)| {
            let blocked_at = blocked.map(instant).transpose()?;
            Ok(DiscordPerson { user: unsigned(user), direct: direct.map(unsigned), blocked_at })
        };
        found.map(account).transpose()
    }

    /// The messages of a room that were pinned.
    pub fn discord_pinned(&self, room: &RoomId) -> Result<Vec<u64>, StoreError> {
        let sql =
            "SELECT message FROM discord_messages WHERE room = $1 AND pinned = 1 AND message IS NOT NULL LIMIT 50";
        self.all(sql, params![room.as_str()], |row| row.get::<i64>(0).map(i64::cast_unsigned))
    }

    /// Whose account it is.
    pub fn discord_person(&self, user: u64) -> Result<Option<PersonId>, StoreError> {
        let sql = "SELECT person FROM discord_people WHERE user_id = $1";
        self.one(sql, params![signed(user)], |row| Ok(PersonId::new(row.get::<String>(0)?)))
    }
}

impl Tx<'_> {
    /// Notes the channel of a room.
    ///
    /// # Errors
    /// When the database fails; a conflict when it is another room's.
    pub fn set_discord_channel(&self, room: &RoomId, is: &DiscordChannel) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO discord_channels (room, channel, applied, parent, private) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (room) DO UPDATE SET channel = excluded.channel, applied = excluded.applied, \
             parent = excluded.parent, private = excluded.private",
            params![
                room.as_str(),
                signed(is.channel),
                is.applied,
                is.thread.map(|thread| signed(thread.parent)),
                is.thread.is_some_and(|thread| thread.private),
            ],
        )?;
        Ok(())
    }

    /// Has a message pinned again when it is next shown.
    pub fn forget_pin(&self, message: u64) -> Result<(), StoreError> {
        self.run("UPDATE discord_messages SET pinned = 0 WHERE message = $1", params![signed(message)])?;
        Ok(())
    }

    /// Has it made so again who sees a channel and whether it is open.
    pub fn forget_applied(&self, channel: u64) -> Result<(), StoreError> {
        self.run("UPDATE discord_channels SET applied = '' WHERE channel = $1", params![signed(channel)])?;
        Ok(())
    }

    /// Forgets a channel that is gone.
    pub fn forget_discord_channel(&self, channel: u64) -> Result<(), StoreError> {
        self.run("DELETE FROM discord_channels WHERE channel = $1", params![signed(channel)])?;
        self.run("UPDATE discord_people SET dm_channel = NULL WHERE dm_channel = $1", params![signed(channel)])?;
        Ok(())
    }

    /// Notes how it stands with a message; none: it was never sent.
    pub fn set_discord_message(
        &self,
        room: &RoomId,
        known_by: &str,
        message: Option<&DiscordMessage>,
    ) -> Result<(), StoreError> {
        self.run("DELETE FROM discord_messages WHERE room = $1 AND known_by = $2", params![room.as_str(), known_by])?;
        let Some(is) = message else { return Ok(()) };
        self.run(
            "INSERT INTO discord_messages \
             (room, known_by, channel, message, round, instead_of, tried_at, edited_at, applied, pinned) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            params![
                room.as_str(),
                known_by,
                signed(is.channel),
                is.message.map(signed),
                signed(is.round),
                is.instead_of.map(signed),
                is.tried_at.map(millis),
                is.edited_at.map(millis),
                is.applied,
                is.pinned
            ],
        )?;
        Ok(())
    }

    /// Forgets which messages of Discord stood for ours, of those that were not edited since `before` and do not stand in a
    /// hot room that is open: some at a time. Tells how many.
    pub fn prune_discord_messages(&self, before: Timestamp, most: u32) -> Result<usize, StoreError> {
        self.run(
            "DELETE FROM discord_messages WHERE (room, known_by) IN ( \
             SELECT m.room, m.known_by FROM discord_messages m WHERE m.edited_at < $1 AND NOT EXISTS \
             (SELECT 1 FROM rooms r WHERE r.id = m.room AND r.kind = 'hot' AND r.archived_at IS NULL) LIMIT $2)",
            params![millis(before), most],
        )
    }

    /// Notes whose account it is; what was noted of this person or this account is replaced.
    pub fn set_discord_account(&self, person: &PersonId, account: &DiscordPerson) -> Result<(), StoreError> {
        let user = signed(account.user);
        self.run("DELETE FROM discord_people WHERE person = $1 OR user_id = $2", params![person.as_str(), user])?;
        self.run(
            "INSERT INTO discord_people (person, user_id, dm_channel, dm_blocked_at) VALUES ($1, $2, $3, $4)",
            params![person.as_str(), user, account.direct.map(signed), account.blocked_at.map(millis)],
        )?;
        Ok(())
    }

    /// Links a person to an account. A link that is so already keeps what else is known of it.
    pub fn link_discord(&self, person: &PersonId, user: u64) -> Result<(), StoreError> {
        if self.discord_account(person)?.is_some_and(|account| account.user == user) {
            return Ok(());
        }
        self.set_discord_account(person, &DiscordPerson { user, direct: None, blocked_at: None })
    }
}

/// A row of `discord_messages`, before its times are understood.
struct RawMessage {
    is: DiscordMessage,
    tried_at: Option<i64>,
    edited_at: Option<i64>,
}

impl RawMessage {
    fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        let is = DiscordMessage {
            channel: unsigned(row.get(0)?),
            message: row.get::<Option<i64>>(1)?.map(unsigned),
            round: unsigned(row.get(2)?),
            instead_of: row.get::<Option<i64>>(3)?.map(unsigned),
            applied: row.get(6)?,
            pinned: row.get(7)?,
            ..DiscordMessage::default()
        };
        Ok(Self { is, tried_at: row.get(4)?, edited_at: row.get(5)? })
    }

    fn message(self) -> Result<DiscordMessage, StoreError> {
        let tried_at = self.tried_at.map(instant).transpose()?;
        Ok(DiscordMessage { tried_at, edited_at: self.edited_at.map(instant).transpose()?, ..self.is })
    }
}
