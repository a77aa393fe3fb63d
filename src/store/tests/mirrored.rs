//! Tests of pruning the links to other platforms.

use super::*;
use crate::{
    domain::ids::{Platform, PlatformId, RoomId},
    store::{
        MirrorMessage, Tx,
        chat::{Room, RoomKind},
    },
};

/// Rows that one step deletes.
const STEP: usize = 500;
const OLD: i64 = 1_000;
const BEFORE: i64 = 2_000;

fn room(id: &str, kind: RoomKind) -> Room {
    Room {
        id: RoomId::new(id),
        name: id.to_owned(),
        kind,
        topic: String::new(),
        incident: None,
        private: false,
        created_at: at(0),
        archived_at: None,
        last: 0,
        messages: 0,
        last_at: None,
    }
}

fn discord() -> Platform {
    Platform::from("discord")
}

/// Stores a message that was last edited then; `None`: it is not known whether it arrived.
fn note(tx: &Tx<'_>, (room, known_by): (&str, &str), id: u64, edited: Option<i64>) -> Result<(), StoreError> {
    let is = MirrorMessage {
        message: edited.map(|_| PlatformId::new(id.to_string())),
        tried_at: edited.is_none().then(|| at(OLD)),
        edited_at: edited.map(at),
        ..MirrorMessage::new(PlatformId::from("7"))
    };
    tx.set_mirror_message(&discord(), &RoomId::new(room), known_by, Some(&is))
}

/// An open and a closed hot room, a feed and a direct room.
async fn with_rooms() -> Home {
    let home = home();
    let make = |tx: &mut Tx<'_>| {
        for (id, kind) in [
            ("hot-1", RoomKind::Hot),
            ("hot-2", RoomKind::Hot),
            ("alerts", RoomKind::Feed),
            ("dm-ann", RoomKind::Direct),
        ] {
            tx.create_room(&room(id, kind))?;
        }
        tx.archive_room(&RoomId::new("hot-2"), Some(at(OLD))).map(drop)
    };
    home.store.transact(make).await.unwrap();
    home
}

async fn is_known(home: &Home, room: &'static str, known_by: &'static str) -> bool {
    let read = home.store.read(move |reads| reads.mirror_message(&discord(), &RoomId::new(room), known_by));
    read.await.unwrap().is_some()
}

#[tokio::test]
async fn old_links_are_deleted_and_those_that_are_needed_are_kept() {
    let home = with_rooms().await;
    let rows = |tx: &mut Tx<'_>| {
        note(tx, ("hot-1", "card"), 1, Some(OLD))?;
        note(tx, ("hot-2", "card"), 2, Some(OLD))?;
        note(tx, ("alerts", "old"), 3, Some(OLD))?;
        note(tx, ("alerts", "at the edge"), 4, Some(BEFORE))?;
        note(tx, ("alerts", "tried"), 5, None)?;
        note(tx, ("dm-ann", "old"), 6, Some(OLD))?;
        note(tx, ("dm-ann", "new"), 7, Some(BEFORE + 1))
    };
    home.store.transact(rows).await.unwrap();
    home.store.prune(at(BEFORE)).await.unwrap();
    for (room, known_by, why) in [
        ("hot-1", "card", "the card of an open incident is still edited"),
        ("alerts", "at the edge", "it is just young enough"),
        ("alerts", "tried", "it is searched for before it is sent again"),
        ("dm-ann", "new", "it is young"),
    ] {
        assert!(is_known(&home, room, known_by).await, "{room} {known_by}: {why}");
    }
    for (room, known_by) in [("hot-2", "card"), ("alerts", "old"), ("dm-ann", "old")] {
        assert!(!is_known(&home, room, known_by).await, "{room} {known_by}");
    }
}

#[tokio::test]
async fn links_are_deleted_in_steps_until_none_is_left() {
    let home = with_rooms().await;
    let many = 2 * STEP as u64 + 4;
    let rows = move |tx: &mut Tx<'_>| (1..=many).try_for_each(|n| note(tx, ("alerts", &n.to_string()), n, Some(OLD)));
    home.store.transact(rows).await.unwrap();
    let step = home.store.transact(|tx| tx.prune_mirror_messages(at(BEFORE), 3)).await;
    assert_eq!(step, Ok(3), "a step deletes at most its limit");
    let before = *home.store.commits().borrow();
    home.store.prune(at(BEFORE)).await.unwrap();
    let steps = *home.store.commits().borrow() - before;
    assert!(steps >= 3, "other writes go between the steps: {steps}");
    let count: i64 = home.foreign().query_row("SELECT COUNT(*) FROM mirror_messages", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 0);
}
