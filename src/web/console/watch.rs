//! Computes what changed for one open page since its last query.
//!
//! Nothing is stored between connections: the page sends the revision up to which it knows the messages, and rooms are
//! compared with what this connection has sent. A slow reader therefore costs only its connection.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use serde::Serialize;

use super::{
    alarm::{self, AskingPage},
    json::{MessageView, RoomGone, RoomView},
    view,
};
use crate::{
    config::Config,
    domain::ids::{PersonId, RoomId},
    store::{AskingMark, Reads, StoreError, chat::VisibleRoom},
    web::{VERSION, pages::words::ConfigNames},
};

/// Maximum number of messages sent to catch up. A reader that missed more reloads the room.
pub const CATCH_UP: usize = 500;

/// An event for a page.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum StreamEvent {
    /// The first event of a connection.
    Hello {
        /// The revision from which changes follow.
        rev: i64,
        /// The running build.
        version: &'static str,
        /// True if the page missed too much to catch up.
        reset: bool,
        /// The on-call pages that wait for the reader.
        pages: Vec<AskingPage>,
    },
    /// Other on-call pages wait for the reader than before.
    Pages {
        /// All of them.
        pages: Vec<AskingPage>,
    },
    /// A new or edited message.
    Message(Box<MessageView>),
    /// A new or changed room.
    Room(Box<RoomView>),
    /// A room that the reader may no longer see.
    Gone(RoomGone),
    /// A changed side bar.
    Side {
        /// The room it belongs to.
        room: String,
    },
}

impl StreamEvent {
    /// The name of the event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Message(_) => "message",
            Self::Room(_) | Self::Gone(_) => "room",
            Self::Side { .. } => "side",
            Self::Pages { .. } => "pages",
        }
    }
}

/// What one connection has sent so far.
#[derive(Clone, Debug)]
pub struct StreamState {
    reader: PersonId,
    /// The revision up to which messages were sent.
    rev: i64,
    greeted: bool,
    /// True if more changes are already stored.
    behind: bool,
    /// Rooms as they were last sent.
    rooms: BTreeMap<RoomId, VisibleRoom>,
    /// On-call pages as they were last sent, with the mark at which they were read.
    pages: Vec<AskingPage>,
    mark: AskingMark,
}

impl StreamState {
    /// Starts a connection of a reader who knows the messages up to `since`; `None` if the page has just loaded.
    pub fn new(reader: PersonId, since: Option<i64>) -> Self {
        Self {
            reader,
            rev: since.unwrap_or(i64::MAX),
            greeted: false,
            behind: false,
            rooms: BTreeMap::new(),
            pages: Vec::new(),
            mark: AskingMark::default(),
        }
    }

    /// The revision up to which the page knows the messages.
    pub fn rev(&self) -> i64 {
        self.rev
    }

    /// True if there is more to send without waiting for a commit.
    pub fn is_behind(&self) -> bool {
        self.behind
    }

    /// Reads what changed for the page.
    pub fn read_changes(
        &mut self,
        reads: &Reads<'_>,
        config: &Arc<Config>,
    ) -> Result<VecDeque<StreamEvent>, StoreError> {
        let words = ConfigNames { config };
        let mut told = VecDeque::new();
        if !self.greeted {
            told.push_back(self.greet(reads, words)?);
        }
        let changes = reads.chat_changes(&self.reader, self.rev, CATCH_UP)?;
        let mut sides = BTreeSet::new();
        self.rooms(reads, words, &mut told, &mut sides)?;
        for message in &changes.messages {
            // A card is edited when something in its side bar changes, such as an alert.
            if message.edited_at.is_some() && self.rooms.get(&message.room).is_some_and(|seen| seen.badge.is_some()) {
                sides.insert(message.room.clone());
            }
            told.push_back(StreamEvent::Message(Box::new(view::message(words, message))));
        }
        told.extend(sides.into_iter().map(|room| StreamEvent::Side { room: room.to_string() }));
        self.pages(reads, words, &mut told)?;
        self.rev = changes.rev;
        self.behind = changes.more;
        Ok(told)
    }

    /// Compares the on-call pages with what was sent. They are read when one of them has changed, or something that the
    /// reader sees, such as the severity of an incident.
    fn pages(
        &mut self,
        reads: &Reads<'_>,
        words: ConfigNames<'_>,
        told: &mut VecDeque<StreamEvent>,
    ) -> Result<(), StoreError> {
        let mark = reads.asking_mark()?;
        if mark == self.mark && told.is_empty() {
            return Ok(());
        }
        let pages = alarm::read(reads, words, &self.reader)?;
        if pages != self.pages {
            told.push_back(StreamEvent::Pages { pages: pages.clone() });
        }
        (self.mark, self.pages) = (mark, pages);
        Ok(())
    }

    fn greet(&mut self, reads: &Reads<'_>, words: ConfigNames<'_>) -> Result<StreamEvent, StoreError> {
        let newest = reads.chat_rev()?;
        // A revision from the future belongs to another database: a backup was restored.
        let known = (0..=newest).contains(&self.rev);
        let missed = known && reads.chat_changes(&self.reader, self.rev, CATCH_UP)?.more;
        let reset = missed || (!known && self.rev != i64::MAX);
        if reset || !known {
            self.rev = newest;
        }
        self.greeted = true;
        (self.mark, self.pages) = (reads.asking_mark()?, alarm::read(reads, words, &self.reader)?);
        Ok(StreamEvent::Hello { rev: self.rev, version: VERSION, reset, pages: self.pages.clone() })
    }

    /// Compares the room list with what was sent.
    fn rooms(
        &mut self,
        reads: &Reads<'_>,
        words: ConfigNames<'_>,
        told: &mut VecDeque<StreamEvent>,
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
                    told.push_back(StreamEvent::Room(Box::new(view::room(words, &seen))));
                }
                Some(_) => {}
                None => told.push_back(StreamEvent::Gone(RoomGone { id: id.to_string(), gone: true })),
            }
        }
        for (id, seen) in &now {
            let before = self.rooms.get(id);
            if before == Some(seen) {
                continue;
            }
            told.push_back(StreamEvent::Room(Box::new(view::room(words, seen))));
            let version = |seen: &VisibleRoom| seen.badge.as_ref().map(|badge| badge.version);
            if before.is_some_and(|before| version(before) != version(seen)) {
                sides.insert(id.clone());
            }
        }
        self.rooms = now;
        Ok(())
    }
}
