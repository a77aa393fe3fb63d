//! Stories of the events that open pages receive.

mod alarm;
mod http;
mod private;
mod streams;

use std::{collections::VecDeque, sync::Arc};

use super::watch::{CATCH_UP, StreamEvent, StreamState};
use crate::{
    chat::{Chat, Outcome},
    domain::{
        ids::{PersonId, RoomId},
        incident::{Command, Severity},
    },
    web::world::{World, ann, at, bob, declare, line},
};

/// The shipped rooms that one person sees: alerts, incidents, ops, and the direct room.
const ROOMS: usize = 4;

/// Queries once, and returns the events in short form.
async fn look(world: &World, watch: StreamState) -> (StreamState, Vec<String>) {
    let config = Arc::clone(&world.config);
    let looked = world.store.read(move |reads| {
        let mut watch = watch;
        let told = watch.read_changes(reads, &config)?;
        Ok((watch, told))
    });
    let (watch, told): (StreamState, VecDeque<StreamEvent>) = looked.await.expect("reads");
    (watch, told.iter().map(short).collect())
}

fn short(told: &StreamEvent) -> String {
    match told {
        StreamEvent::Hello { reset, .. } => format!("hello{}", if *reset { ", start anew" } else { "" }),
        StreamEvent::Message(message) => format!("{}: {}", message.room, message.post.text),
        StreamEvent::Room(room) => format!("{} ({} unread)", room.id, room.unread),
        StreamEvent::Gone(gone) => format!("{} is gone", gone.id),
        StreamEvent::Side { room } => format!("side of {room}"),
        StreamEvent::Pages { pages } => {
            format!("pages: {}", pages.iter().map(|page| page.key.as_str()).collect::<Vec<_>>().join(", "))
        }
    }
}

fn person(id: &str) -> PersonId {
    PersonId::new(id)
}

#[tokio::test]
async fn a_page_is_greeted_told_its_rooms_and_then_only_what_is_new() {
    let world = World::new().await;
    let (watch, told) = look(&world, StreamState::new(ann(), None)).await;
    assert_eq!(told, ["hello", "alerts (0 unread)", "dm-ann (0 unread)", "incidents (0 unread)", "ops (0 unread)"]);
    let (watch, told) = look(&world, watch).await;
    assert_eq!(told, Vec::<String>::new());
    world.posts("ops", "k", "news").await;
    let (_, told) = look(&world, watch).await;
    assert_eq!(told, ["ops (1 unread)", "ops: news"]);
}

#[tokio::test]
async fn after_a_lost_connection_the_gap_is_told_edits_included_and_nothing_twice() {
    let world = World::new().await;
    let card = |text| world.chat.upsert(RoomId::new("ops"), "card".to_owned(), line(text), at(2));
    card("two firing").await;
    let (watch, _) = look(&world, StreamState::new(ann(), None)).await;
    world.posts("ops", "k", "said while away").await;
    card("one firing").await;
    card("resolved").await;

    let (again, told) = look(&world, StreamState::new(ann(), Some(watch.rev()))).await;
    assert_eq!(told[0], "hello");
    assert_eq!(&told[ROOMS + 1..], ["ops: said while away", "ops: resolved"]);
    let (_, told) = look(&world, StreamState::new(ann(), Some(again.rev()))).await;
    assert_eq!(told.len(), 1 + ROOMS, "greeting and rooms only: {told:?}");
}

#[tokio::test]
async fn who_missed_too_much_or_comes_from_another_database_starts_anew() {
    let world = World::new().await;
    for n in 0..=CATCH_UP {
        world.posts("ops", &format!("k{n}"), "x").await;
    }
    for since in [Some(0), Some(1_000_000), Some(-7)] {
        let (watch, told) = look(&world, StreamState::new(ann(), since)).await;
        assert_eq!(told[0], "hello, start anew");
        assert_eq!(told.len(), 1 + ROOMS, "no message is sent that the page fetches anyway");
        assert_eq!(watch.rev(), i64::try_from(CATCH_UP).unwrap() + 1);
    }
    let (_, told) = look(&world, StreamState::new(ann(), Some(1))).await;
    assert_eq!((told[0].as_str(), told.len()), ("hello", 1 + ROOMS + CATCH_UP));
}

#[tokio::test]
async fn a_change_of_the_incident_is_told_to_the_rail_and_to_the_side_bar() {
    let world = World::new().await;
    let incident = world.declares(declare("Checkout is slow"), at(1)).await;
    let (watch, _) = look(&world, StreamState::new(bob(), None)).await;
    world.does(&incident, Command::SetSeverity { to: Severity::Sev1, reason: None }, at(2)).await;
    let (watch, told) = look(&world, watch).await;
    assert_eq!(told, ["hot-1 (0 unread)", "side of hot-1"]);
    let card = |text| world.chat.upsert(RoomId::new("hot-1"), "card".to_owned(), line(text), at(2));
    card("2 alerts").await;
    let (watch, told) = look(&world, watch).await;
    assert_eq!(told, ["hot-1 (1 unread)", "hot-1: 2 alerts"]);
    card("1 alert").await;
    let (_, told) = look(&world, watch).await;
    assert_eq!(told, ["hot-1: 1 alert", "side of hot-1"], "an edited card says that the alerts have changed");
}

#[tokio::test]
async fn a_room_that_turns_private_goes_at_once_and_nothing_said_in_it_is_told() {
    let world = World::new().await;
    let incident = world.declares(declare("Leak"), at(1)).await;
    let (watch, told) = look(&world, StreamState::new(bob(), None)).await;
    assert!(told.contains(&"hot-1 (0 unread)".to_owned()));
    // The record turns private in the transaction; the room follows when the outbox is delivered.
    world.does(&incident, Command::SetPrivate { private: true }, at(2)).await;
    world.posts("hot-1", "k", "secret").await;
    let (watch, told) = look(&world, watch).await;
    assert_eq!(told, ["hot-1 is gone"]);
    let (_, told) = look(&world, StreamState::new(bob(), Some(0))).await;
    assert!(told.iter().all(|told| !told.contains("hot-1") && !told.contains("secret")), "{told:?}");
    let (_, told) = look(&world, watch).await;
    assert_eq!(told, Vec::<String>::new());
    let (_, told) = look(&world, StreamState::new(ann(), Some(0))).await;
    assert!(told.contains(&"hot-1: secret".to_owned()));
}

#[tokio::test]
async fn an_archived_room_is_told_once_as_archived() {
    let world = World::new().await;
    let (watch, _) = look(&world, StreamState::new(person("cho"), None)).await;
    assert_eq!(world.chat.set_archived(RoomId::new("ops"), true, at(3)).await, Outcome::Delivered(()));
    let (watch, told) = look(&world, watch).await;
    assert_eq!(told, ["ops (0 unread)"]);
    let (_, told) = look(&world, watch).await;
    assert_eq!(told, Vec::<String>::new());
}
