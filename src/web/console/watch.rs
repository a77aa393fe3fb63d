//! What one open page is told: everything that changed since it last looked.
//!
//! Nothing is remembered between connections: the page says up to which revision it knows the messages, and rooms are
//! compared with what this connection was told of them. A slow reader therefore costs nothing but its connection.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use serde::Serialize;

use super::{
    json::{MessageView, RoomGone, RoomView},
    view,
};
use crate::{
    config::Config,
    domain::ids::{PersonId, RoomId},
    store::{Reads, StoreError, chat::VisibleRoom},
    web::pages::{frame::VERSION, words::Words},
};

/// The most messages that are sent to catch up. Who missed more starts anew.
pub const CATCH_UP: usize = 500;

/// Something a page is told.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Told {
    /// The connection stands.
    Hello {
        /// From where on changes are told.
        rev: i64,
        /// The build that serves.
        version: &'static str,
        /// Whether too much was missed to be told.
        reset: bool,
    },
    /// A new or edited message.
    Message(Box<MessageView>),
    /// A room that is new or different.
    Room(Box<RoomView>),
    /// A room that the reader may not see any more.
    Gone(RoomGone),
    /// A side bar that is different.
    Side {
        /// Whose.
        room: String,
    },
}

impl Told {
    /// The name of the event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Message(_) => "message",
            Self::Room(_) | Self::Gone(_) => "room",
            Self::Side { .. } => "side",
        }
    }
}

/// What one connection was told so far.
#[derive(Clone, Debug)]
pub struct Watch {
    reader: PersonId,
    /// Up to which revision it was told the messages.
    rev: i64,
    greeted: bool,
    /// Whether there is more than was told.
    behind: bool,
    /// Rooms as they were told last.
    rooms: BTreeMap<RoomId, VisibleRoom>,
}

impl Watch {
    /// A connection of this reader, who knows the messages up to `since`; none: everything there is.
    pub fn new(reader: PersonId, since: Option<i64>) -> Self {
        Self { reader, rev: since.unwrap_or(i64::MAX), greeted: false, behind: false, rooms: BTreeMap::new() }
    }

    /// Up to which revision the page knows the messages after what was told.
    pub fn rev(&self) -> i64 {
        self.rev
    }

    /// Whether there is more to tell without waiting for a commit.
    pub fn is_behind(&self) -> bool {
        self.behind
    }

    /// Looks for what is new to the page.
    ///
    /// # Errors
    /// When the store fails.
    pub fn look(&mut self, reads: &Reads<'_>, config: &Arc<Config>) -> Result<VecDeque<Told>, StoreError> {
        let words = Words { config };
        let mut told = VecDeque::new();
        if !self.greeted {
            told.push_back(self.greet(reads)?);
        }
        let changes = reads.chat_changes(&self.reader, self.rev, CATCH_UP)?;
        let mut sides = BTreeSet::new();
        self.rooms(reads, words, &mut told, &mut sides)?;
        for message in &changes.messages {
            // A card is edited when something its side bar shows has changed, alerts for instance.
            if message.edited_at.is_some() && self.rooms.get(&message.room).is_some_and(|seen| seen.badge.is_some()) {
                sides.insert(message.room.clone());
            }
            told.push_back(Told::Message(Box::new(view::message(words, message))));
        }
        told.extend(sides.into_iter().map(|room| Told::Side { room: room.to_string() }));
        self.rev = changes.rev;
        self.behind = changes.more;
        Ok(told)
    }

    fn greet(&mut self, reads: &Reads<'_>) -> Result<Told, StoreError> {
        let newest = reads.chat_rev()?;
        // A revision from the future is that of another database: a backup was restored.
        let known = (0..=newest).contains(&self.rev);
        let missed = known && reads.chat_changes(&self.reader, self.rev, CATCH_UP)?.more;
        let reset = missed || (!known && self.rev != i64::MAX);
        if reset || !known {
            self.rev = newest;
        }
        self.greeted = true;
        Ok(Told::Hello { rev: self.rev, version: VERSION, reset })
    }

    /// Compares the rail with what was told of it.
    fn rooms(
        &mut self,
        reads: &Reads<'_>,
        words: Words<'_>,
        told: &mut VecDeque<Told>,
        sides: &mut BTreeSet<RoomId>,
    ) -> Result<(), StoreError> {
        let mut now: BTreeMap<RoomId, VisibleRoom> = BTreeMap::new();
        for seen in reads.visible_rooms(&self.reader)? {
            now.insert(seen.room.id.clone(), seen);
        }
        for (id, before) in &self.rooms {
            if now.contains_key(id) {
                continue;
            }
            match reads.visible_room(&self.reader, id)? {
                Some(seen) if before.room.archived_at.is_none() => {
                    told.push_back(Told::Room(Box::new(view::room(words, &seen))));
                }
                Some(_) => {}
                None => told.push_back(Told::Gone(RoomGone { id: id.to_string(), gone: true })),
            }
        }
        for (id, seen) in &now {
            let before = self.rooms.get(id);
            if before == Some(seen) {
                continue;
            }
            told.push_back(Told::Room(Box::new(view::room(words, seen))));
            let version = |seen: &VisibleRoom| seen.badge.as_ref().map(|badge| badge.version);
            if before.is_some_and(|before| version(before) != version(seen)) {
                sides.insert(id.clone());
            }
        }
        self.rooms = now;
        Ok(())
    }
}
