//! Rooms: how they are found, who sees them, what each person has read.

use super::*;
use crate::chat::Chat;

#[tokio::test]
async fn a_room_is_opened_once_for_an_incident_and_found_again() {
    let fixture = BuiltinFixture::new().await;
    let incident = IncidentId::new(at(0));
    let first = done(fixture.chat.open_room(spec("hot-1", incident, false, &["ann"])).await);
    let again = done(fixture.chat.open_room(spec("hot-1", incident, false, &["ann"])).await);
    assert_eq!((first.as_str(), again.as_str()), ("hot-1", "hot-1"));
}

#[tokio::test]
async fn a_room_whose_name_is_taken_gets_another() {
    let fixture = BuiltinFixture::new().await;
    let taken = done(fixture.chat.open_room(spec("ops", IncidentId::new(at(0)), false, &[])).await);
    assert_eq!(taken.as_str(), "ops-2");
}

#[tokio::test]
async fn a_post_is_made_once_for_its_key_however_often_it_is_sent() {
    let fixture = BuiltinFixture::new().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(done(fixture.chat.post(room("ops"), "incident/1/0".to_owned(), line("declared"), at(1)).await));
    }
    assert!(ids.iter().all(|id| id == &ids[0]));
    assert_eq!(texts(&fixture.page("ops", MessageRange::Newest, 10).await.items), ["declared"]);
}

#[tokio::test]
async fn the_same_key_may_speak_in_two_rooms() {
    let fixture = BuiltinFixture::new().await;
    fixture.team_room("feed").await;
    done(fixture.chat.post(room("ops"), "k".to_owned(), line("here"), at(1)).await);
    done(fixture.chat.post(room("feed"), "k".to_owned(), line("there"), at(1)).await);
    assert_eq!(texts(&fixture.page("feed", MessageRange::Newest, 10).await.items), ["there"]);
}

#[tokio::test]
async fn a_marked_message_is_edited_in_place_and_an_equal_edit_changes_nothing() {
    let fixture = BuiltinFixture::new().await;
    let card = |text| fixture.chat.upsert(room("ops"), "card/1".to_owned(), line(text), at(5));
    let id = done(card("sev2").await);
    done(fixture.chat.post(room("ops"), "k".to_owned(), line("later"), at(6)).await);
    assert_eq!(done(card("sev1").await), id);
    let rev = fixture.store.read(|r| r.chat_rev()).await.unwrap();
    assert_eq!(done(card("sev1").await), id);
    assert_eq!(fixture.store.read(|r| r.chat_rev()).await.unwrap(), rev, "nothing to tell");
    assert_eq!(texts(&fixture.page("ops", MessageRange::Newest, 10).await.items), ["sev1", "later"]);
}

#[tokio::test]
async fn a_post_into_a_room_that_is_not_there_is_rejected_with_a_reason() {
    let fixture = BuiltinFixture::new().await;
    let outcome = fixture.chat.post(room("nowhere"), "k".to_owned(), line("x"), at(1)).await;
    assert_eq!(outcome, Outcome::Rejected { why: "there is no room nowhere".to_owned() });
}

#[tokio::test]
async fn what_is_unread_is_counted_for_each_person_and_never_counts_back() {
    let fixture = BuiltinFixture::new().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        let post = if n == 3 { calling("look", "ann") } else { line("x") };
        let id = done(fixture.chat.post(room("ops"), format!("k{n}"), post, at(n)).await);
        ids.push(id.parse::<i64>().unwrap());
    }
    assert_eq!(fixture.unread("ann", "ops").await, (5, 1));
    assert_eq!(fixture.unread("bob", "ops").await, (5, 0));
    fixture.read_up_to("ann", "ops", ids[2]).await;
    assert_eq!(fixture.unread("ann", "ops").await, (2, 1));
    fixture.read_up_to("ann", "ops", ids[3]).await;
    fixture.read_up_to("ann", "ops", ids[0]).await;
    assert_eq!(fixture.unread("ann", "ops").await, (1, 0));
    fixture.read_up_to("ann", "ops", 1_000_000).await;
    assert_eq!(fixture.unread("ann", "ops").await, (0, 0));
    done(fixture.chat.post(room("ops"), "more".to_owned(), line("x"), at(9)).await);
    assert_eq!(
        fixture.unread("ann", "ops").await,
        (1, 0),
        "a read beyond the newest message does not swallow later ones"
    );
}

#[tokio::test]
async fn a_private_room_shows_itself_to_members_only() {
    let fixture = BuiltinFixture::new().await;
    let id = done(fixture.chat.open_room(spec("hot-1", IncidentId::new(at(0)), true, &["ann"])).await);
    done(fixture.chat.post(id.clone(), "k".to_owned(), calling("secret", "bob"), at(1)).await);
    assert!(fixture.seen("ann", "hot-1").await.is_some());
    assert!(fixture.seen("bob", "hot-1").await.is_none());
    assert_eq!(texts(&fixture.changes("ann", 0, 10).await.messages), ["secret"]);
    assert_eq!(texts(&fixture.changes("bob", 0, 10).await.messages), Vec::<String>::new());

    done(fixture.chat.invite(id.clone(), vec![person("bob")], at(1)).await);
    assert_eq!(fixture.unread("bob", "hot-1").await, (1, 1));

    done(fixture.chat.restrict(id.clone(), RoomAccess { private: true, members: vec![person("bob")] }, at(1)).await);
    assert!(fixture.seen("ann", "hot-1").await.is_none());
    done(fixture.chat.restrict(id, RoomAccess { private: false, members: vec![] }, at(1)).await);
    assert!(fixture.seen("cy", "hot-1").await.is_some());
}

#[tokio::test]
async fn the_bot_speaks_to_a_person_in_a_room_that_nobody_else_sees() {
    let fixture = BuiltinFixture::new().await;
    done(fixture.chat.direct(person("ann"), "page/1".to_owned(), calling("wake up", "ann"), at(1)).await);
    done(fixture.chat.direct(person("ann"), "page/1".to_owned(), calling("wake up", "ann"), at(2)).await);
    assert_eq!(fixture.unread("ann", "dm-ann").await, (1, 1));
    assert!(fixture.seen("bob", "dm-ann").await.is_none());
}

#[tokio::test]
async fn an_archived_room_leaves_the_rail_and_can_still_be_read() {
    let fixture = BuiltinFixture::new().await;
    done(fixture.chat.post(room("ops"), "k".to_owned(), line("old"), at(1)).await);
    done(fixture.chat.set_archived(room("ops"), true, at(2)).await);
    assert_eq!(fixture.store.read(|r| r.visible_rooms(&person("ann"))).await.unwrap(), vec![]);
    assert_eq!(fixture.seen("ann", "ops").await.unwrap().room.archived_at, Some(at(2)));
    assert_eq!(texts(&fixture.page("ops", MessageRange::Newest, 10).await.items), ["old"]);
    done(fixture.chat.set_archived(room("ops"), false, at(3)).await);
    assert_eq!(fixture.store.read(|r| r.visible_rooms(&person("ann"))).await.unwrap().len(), 1);
}

#[tokio::test]
async fn after_a_lost_connection_edits_come_as_well_as_new_messages_and_each_once() {
    let fixture = BuiltinFixture::new().await;
    let edit = |text| fixture.chat.upsert(room("ops"), "card/1".to_owned(), line(text), at(5));
    done(edit("one firing").await);
    done(fixture.chat.post(room("ops"), "a".to_owned(), line("a"), at(1)).await);
    let since = fixture.changes("ann", 0, 10).await.rev;
    assert_eq!(fixture.changes("ann", since, 10).await, ChatChanges { rev: since, ..ChatChanges::default() });

    done(fixture.chat.post(room("ops"), "b".to_owned(), line("b"), at(2)).await);
    for count in ["two firing", "three firing", "resolved"] {
        done(edit(count).await);
    }
    let missed = fixture.changes("ann", since, 10).await;
    assert_eq!(texts(&missed.messages), ["b", "resolved"]);
    assert!(!missed.more);

    let first = fixture.changes("ann", since, 1).await;
    assert_eq!((texts(&first.messages), first.more), (vec!["b".to_owned()], true));
    let rest = fixture.changes("ann", first.rev, 1).await;
    assert_eq!((texts(&rest.messages), rest.more, rest.rev), (vec!["resolved".to_owned()], false, missed.rev));
}

#[tokio::test]
async fn a_room_of_ten_thousand_messages_is_read_in_pages_by_its_indexes() {
    let fixture = BuiltinFixture::new().await;
    let fill = |tx: &mut crate::store::Tx<'_>| {
        let ops = room("ops");
        for n in 0..10_000 {
            let body = serde_json::to_string(&line(&n.to_string())).expect("writes");
            let author = crate::store::chat::Author::Bot;
            let message = crate::store::chat::NewMessage { room: &ops, author, at: at(n), body: &body, mentions: &[] };
            tx.post_message(&message, None)?;
        }
        Ok(())
    };
    fixture.store.transact(fill).await.unwrap();
    let newest = fixture.page("ops", MessageRange::Newest, 50).await;
    assert_eq!((newest.items.len(), newest.more_before, newest.more_after), (50, true, false));
    assert_eq!(texts(&newest.items)[49], "9999");

    let mut before = newest.items[0].id;
    let mut read = newest.items.len();
    loop {
        let page = fixture.page("ops", MessageRange::Before(before), 200).await;
        read += page.items.len();
        assert!(page.items.iter().all(|message| message.id < before));
        if !page.more_before {
            break;
        }
        before = page.items[0].id;
    }
    assert_eq!(read, 10_000);

    let middle = fixture.page("ops", MessageRange::Around(5_000), 20).await;
    assert_eq!(middle.items.len(), 20);
    assert!(middle.items.iter().any(|message| message.id == 5_000));
    assert!(middle.more_before && middle.more_after);
    let after = fixture.page("ops", MessageRange::After(9_990), 20).await;
    assert_eq!((after.items.len(), after.more_after), (10, false));
    assert_eq!(fixture.unread("ann", "ops").await, (10_000, 0));
}

#[tokio::test]
async fn no_query_of_the_chat_reads_a_whole_table() {
    let fixture = BuiltinFixture::new().await;
    let plans = fixture.store.read(|r| r.chat_plans()).await.unwrap();
    for (what, plan) in plans {
        for step in plan {
            let scans = step.starts_with("SCAN") && !step.contains("USING INDEX rooms_open");
            assert!(!scans, "{what}: {step}");
        }
    }
}
