//! Rooms of the configuration, of incidents and of single people.

use std::collections::BTreeMap;

use super::mirror;
use crate::{
    chat::RoomSpec,
    config::Config,
    domain::{
        Timestamp,
        alert::Route,
        ids::{PersonId, Platform, PlatformId, RoomId},
    },
    store::{
        Store, StoreError, Tx,
        chat::{Room, RoomKind},
    },
};

/// How many names are tried when the name of a hot room is taken.
const NAMES: u32 = 100;

/// The rooms and accounts that the configuration needs: incidents feed, feeds of routes, team rooms, direct rooms, and
/// accounts on other platforms.
pub struct ConfiguredRooms {
    rooms: BTreeMap<String, RoomKind>,
    people: Vec<(PersonId, BTreeMap<Platform, PlatformId>)>,
}

impl ConfiguredRooms {
    /// Lists what a configuration needs.
    pub fn new(config: &Config) -> Self {
        let further = config.chat.rooms.iter().map(|room| (room.as_str().to_owned(), RoomKind::Team));
        let of_teams = config.teams.iter().filter_map(|team| team.room.as_ref());
        let of_teams = of_teams.map(|room| (room.as_str().to_owned(), RoomKind::Team));
        let mut rooms: BTreeMap<String, RoomKind> = further.chain(of_teams).collect();
        feeds(&config.alerts.route, &mut rooms);
        if config.reports.policy.on {
            rooms.insert(config.reports.policy.feed.as_str().to_owned(), RoomKind::Feed);
        }
        rooms.insert(config.chat.incidents_feed.as_str().to_owned(), RoomKind::Feed);
        Self {
            rooms,
            people: config.people.iter().map(|person| (person.id.clone(), person.accounts.clone())).collect(),
        }
    }

    /// Creates what is missing and changes nothing else.
    pub fn make(&self, tx: &Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
        for (name, kind) in &self.rooms {
            tx.create_room(&blank(name, *kind, now))?;
        }
        for (person, accounts) in &self.people {
            direct(tx, person, now)?;
            for (platform, account) in accounts {
                tx.link_account(platform, person, account)?;
            }
        }
        Ok(())
    }
}

/// Creates what the configuration needs, at startup.
pub async fn prepare(store: &Store, config: &Config, now: Timestamp) -> Result<(), StoreError> {
    let places = ConfiguredRooms::new(config);
    store.transact_urgent(move |tx| places.make(tx, now)).await
}

fn feeds(route: &Route, kinds: &mut BTreeMap<String, RoomKind>) {
    kinds.insert(route.feed.as_str().to_owned(), RoomKind::Feed);
    for below in &route.routes {
        feeds(below, kinds);
    }
}

/// Returns the direct room of a person.
pub fn direct_room(person: &PersonId) -> RoomId {
    RoomId::new(format!("dm-{person}"))
}

/// Finds or creates the direct room of a person.
pub(in crate::chat::builtin) fn direct(tx: &Tx<'_>, person: &PersonId, now: Timestamp) -> Result<RoomId, StoreError> {
    let id = direct_room(person);
    let room = Room { private: true, ..blank(id.as_str(), RoomKind::Direct, now) };
    if tx.create_room(&room)? {
        tx.add_room_members(&id, std::slice::from_ref(person))?;
    }
    Ok(id)
}

/// Finds or creates the room of an incident. One whose incident has another key by now gets its name; its id stays.
pub(in crate::chat::builtin) fn open(tx: &mut Tx<'_>, spec: &RoomSpec) -> Result<RoomId, StoreError> {
    if let Some(incident) = spec.incident
        && let Some(room) = tx.room_of_incident(incident)?
    {
        if room.name != spec.name {
            tx.rename_room(&room.id, &spec.name, &spec.topic)?;
            mirror::room(tx, &room.id, spec.now)?;
        }
        return Ok(room.id);
    }
    for n in 1..=NAMES {
        let id = if n == 1 { spec.name.clone() } else { format!("{}-{n}", spec.name) };
        let room = Room {
            name: spec.name.clone(),
            topic: spec.topic.clone(),
            incident: spec.incident,
            private: spec.private,
            ..blank(&id, RoomKind::Hot, spec.now)
        };
        if tx.create_room(&room)? {
            tx.add_room_members(&room.id, &spec.members)?;
            mirror::room(tx, &room.id, spec.now)?;
            return Ok(room.id);
        }
    }
    Err(StoreError::Conflict(format!("{NAMES} rooms are called {} already", spec.name)))
}

fn blank(id: &str, kind: RoomKind, now: Timestamp) -> Room {
    Room {
        id: RoomId::new(id),
        name: id.to_owned(),
        kind,
        topic: String::new(),
        incident: None,
        private: false,
        created_at: now,
        archived_at: None,
        last: 0,
        messages: 0,
        last_at: None,
    }
}
