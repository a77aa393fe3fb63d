//! A small world for the tests of pages and endpoints: the shipped configuration, a store in a folder that goes away
//! with it, incidents declared by the domain itself, and their rooms.

use std::{collections::BTreeMap, sync::Arc};

use tempfile::TempDir;

use crate::{
    chat::{
        Chat, Outcome, Post, RoomSpec,
        local::{LocalChat, prepare},
    },
    config::Config,
    domain::{
        Timestamp,
        event::Event,
        ids::{IncidentId, PersonId, RoomId},
        incident::{self, Command, Declare, Facts, Incident, Kind, Severity, Step},
        people::Actor,
        text::Untrusted,
    },
    store::{Append, Options, Reads, Store, StoreError},
    web::pages::words::Words,
};

pub(crate) struct World {
    pub store: Store,
    pub chat: LocalChat,
    pub config: Arc<Config>,
    _folder: TempDir,
}

/// The virtual clock of these tests: seconds after a fixed noon.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_763_726_400 + second, 0).expect("in range")
}

pub(crate) fn ann() -> PersonId {
    PersonId::new("ann")
}

pub(crate) fn bob() -> PersonId {
    PersonId::new("bob")
}

pub(crate) fn line(text: &str) -> Post {
    Post { kind: "line".to_owned(), text: text.to_owned(), ..Post::default() }
}

pub(crate) fn declare(title: &str) -> Declare {
    Declare {
        title: Untrusted::new(title),
        description: Untrusted::default(),
        severity: Some(Severity::Sev2),
        judged: None,
        service: Some("checkout".into()),
        kind: Kind::Real,
        private: false,
        group: None,
        impact_since: None,
    }
}

impl World {
    pub async fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let options = Options { path: folder.path().join("hotroom.db"), queue: 1000, batch: 100 };
        let store = Store::open(&options, at(0)).expect("opens");
        let config = Arc::new(Config::shipped());
        prepare(&store, &config, at(0)).await.expect("rooms");
        Self { chat: LocalChat::new(store.clone()), store, config, _folder: folder }
    }

    /// Reads with the names of the configuration.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Reads<'_>, Words<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let config = Arc::clone(&self.config);
        self.store.read(move |reads| query(reads, Words { config: &config })).await.expect("reads")
    }

    /// Declares an incident of ann's and opens its room.
    pub async fn declares(&self, wanted: Declare, now: Timestamp) -> Incident {
        let config = Arc::clone(&self.config);
        let declared = self.store.transact(move |tx| {
            let key = tx.next_key("HOT")?;
            let actor = Actor::Person(ann());
            let components = BTreeMap::new();
            let facts = Facts { now, actor: &actor, policy: &config.policy, expect: None, components: &components };
            let decision = incident::declare((IncidentId::new(now), key), &wanted, vec![], &facts).expect("declared");
            write(tx, 0, &decision.steps, (&decision.incident, now))?;
            Ok(decision.incident)
        });
        let incident = declared.await.expect("writes");
        let spec = RoomSpec {
            name: incident.key.room_name(),
            topic: String::new(),
            incident: incident.id,
            private: incident.private,
            members: incident.members.iter().cloned().collect(),
            now,
        };
        let Outcome::Delivered(room) = self.chat.open_room(spec).await else { panic!("no room") };
        self.does(&incident, Command::RecordRoom { room }, now).await
    }

    /// Gives a command to an incident, as ann.
    pub async fn does(&self, incident: &Incident, command: Command, now: Timestamp) -> Incident {
        let (config, id) = (Arc::clone(&self.config), incident.id);
        let done = self.store.transact(move |tx| {
            let before = tx.incident(id)?.expect("is there");
            let actor = Actor::Person(ann());
            let components = BTreeMap::new();
            let facts = Facts { now, actor: &actor, policy: &config.policy, expect: None, components: &components };
            let decision = incident::decide(&before, &command, &facts).expect("allowed");
            write(tx, before.version, &decision.steps, (&decision.incident, now))?;
            Ok(decision.incident)
        });
        done.await.expect("writes")
    }

    /// The bot posts into a room.
    pub async fn posts(&self, room: &str, key: &str, text: &str) -> i64 {
        let posted = self.chat.post(RoomId::new(room), key.to_owned(), line(text), at(1)).await;
        let Outcome::Delivered(id) = posted else { panic!("{posted:?}") };
        id.parse().expect("a number")
    }
}

fn write(
    tx: &mut crate::store::Tx<'_>,
    before: u64,
    steps: &[Step],
    (incident, now): (&Incident, Timestamp),
) -> Result<(), StoreError> {
    let events: Vec<Event> = steps.iter().map(|step| Event::Incident(step.event.clone())).collect();
    let actor = Actor::Person(ann());
    let stream = Incident::stream(incident.id);
    let append = Append { stream: &stream, expected_seq: Some(before), actor: &actor, at: now, request: "test" };
    tx.append(&append, &events)?;
    tx.save_incident(incident)
}
