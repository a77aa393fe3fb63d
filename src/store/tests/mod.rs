//! Unit tests of the store.

mod alone;
mod disks;
mod events;
mod inbox;
mod incidents;
mod joins;
mod maintenance;
mod mirrored;
mod oncall;
mod opening;
mod outbox;
mod outbox_model;
mod rebuild;
mod sessions;
mod silences;
#[cfg(feature = "failpoints")]
mod stops;
mod writer;

use std::{path::Path, sync::mpsc, time::Duration};

use rusqlite::Connection;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::{OpenError, Store, StoreError, StoreOptions, engine::open::Waits};
use crate::domain::{
    Timestamp,
    ids::{IncidentId, Key, PersonId, ServiceId, StatusId},
    incident::{self, Category, Incident, IncidentEvent, IncidentKind, LifecycleEvent, Severity},
    people::Actor,
};

/// A store in a temporary folder.
struct Home {
    store: Store,
    options: StoreOptions,
    _folder: TempDir,
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_timestamp_millis(1_700_000_000_000 + millis).expect("in range")
}

fn home() -> Home {
    home_with(1000, 100, &Waits::default())
}

fn home_with(queue: usize, batch: usize, waits: &Waits) -> Home {
    let folder = TempDir::new().expect("a folder");
    let options = StoreOptions { path: folder.path().join("hotroom.db"), queue, batch };
    let store = Store::open_with(&options, waits, at(0)).expect("opens");
    Home { store, options, _folder: folder }
}

impl Home {
    /// A connection of another program to the same file.
    fn foreign(&self) -> Connection {
        Connection::open(&self.options.path).expect("opens")
    }

    fn path(&self) -> &Path {
        &self.options.path
    }
}

/// A transaction that keeps the writer busy until it is released.
struct BlockedWriter {
    release: mpsc::Sender<()>,
    task: JoinHandle<Result<(), StoreError>>,
}

async fn block_writer(store: &Store) -> BlockedWriter {
    let (release, released) = mpsc::channel::<()>();
    let (begun, mut running) = tokio::sync::mpsc::unbounded_channel();
    let store = store.clone();
    let task = tokio::spawn(async move {
        store
            .transact(move |_| {
                begun.send(()).expect("the test waits");
                released.recv().map_err(|error| StoreError::Sqlite(error.to_string()))
            })
            .await
    });
    running.recv().await.expect("the writer runs it");
    BlockedWriter { release, task }
}

impl BlockedWriter {
    async fn release(self) {
        self.release.send(()).expect("the writer waits");
        self.task.await.expect("no panic").expect("committed");
    }
}

/// Waits until this many jobs are in the queue.
async fn until_queued(store: &Store, wanted: usize) {
    while store.health().queued < wanted {
        tokio::task::yield_now().await;
    }
}

/// The first event of an incident.
fn declaration(number: u64) -> IncidentEvent {
    LifecycleEvent::Declared {
        id: IncidentId::new(declared_at(number)),
        key: Key::new("HOT", number),
        title: format!("Thing {number} is down").as_str().into(),
        description: "".into(),
        status: StatusId::from("investigating"),
        category: Category::Active,
        severity: Severity::Sev2,
        kind: IncidentKind::Real,
        own_kind: None,
        private: false,
        service: Some(ServiceId::from("shop")),
        impact_since: None,
        judgement: None,
        affected: None,
    }
    .into()
}

fn declared_at(number: u64) -> Timestamp {
    at(i64::try_from(number).expect("small") * 1000)
}

/// A freshly declared incident.
fn incident(number: u64) -> Incident {
    let actor = Actor::Person(PersonId::from("ann"));
    incident::apply(None, &declaration(number), declared_at(number), &actor).expect("declared")
}
