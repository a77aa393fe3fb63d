//! Channels of the mirror.

use serde_json::json;

use super::*;
use crate::{
    domain::incident::{Fallback, Shortage},
    store::Misplacement,
};

fn overwrites(channel: &serde_json::Value) -> Vec<(String, u64, u64)> {
    let bits = |value: &serde_json::Value| value.as_str().unwrap().parse::<u64>().unwrap();
    let each = |o: &serde_json::Value| (o["id"].as_str().unwrap().to_owned(), bits(&o["allow"]), bits(&o["deny"]));
    channel["permission_overwrites"].as_array().unwrap().iter().map(each).collect()
}

const VIEW: u64 = 1 << 10;
const SEND: u64 = 1 << 11;
const HISTORY: u64 = 1 << 16;

#[tokio::test]
async fn a_hot_room_is_a_channel_in_its_category() {
    let fixture = DiscordFixture::new().await;
    fixture.hot("hot-1", false, &["ann"]).await;
    let (channel, category) = (fixture.guild.channel("hot-1"), fixture.guild.channel("Incidents"));
    assert_eq!((&channel["parent_id"], &channel["type"]), (&category["id"], &json!(0)));
    assert!(channel["topic"].as_str().unwrap().starts_with("all about hot-1 · ref "), "{channel}");
    assert_eq!(overwrites(&channel), []);
    let reason = fixture.guild.peer.seen().last().unwrap().headers["x-audit-log-reason"].clone();
    assert_eq!(reason, "hot-1");
}

#[tokio::test]
async fn a_private_room_is_never_seen_by_others() {
    let fixture = DiscordFixture::new().await;
    fixture.hot("hot-1", true, &["ann", "cleo"]).await;
    let asked = fixture.guild.peer.seen().into_iter().filter(|seen| seen.body["name"] == "hot-1").collect::<Vec<_>>();
    assert_eq!(asked.len(), 1);
    let full = VIEW | SEND | HISTORY;
    let expected =
        [("1", 0, VIEW), ("2", full, 0), ("11", full, 0)].map(|(id, allow, deny)| (id.to_owned(), allow, deny));
    assert_eq!(overwrites(&asked[0].body), expected);
}

#[tokio::test]
async fn a_channel_that_was_made_unseen_is_found_by_its_mark() {
    let mut fixture = DiscordFixture::new().await;
    fixture.hot("hot-0", false, &[]).await;
    fixture.guild.breaks("POST /guilds", Fault::DoneAndDropped);
    let local = BuiltinChat::new(fixture.store.clone());
    let spec = RoomSpec {
        name: "hot-1".into(),
        topic: String::new(),
        incident: Some(IncidentId::new(at(0))),
        private: false,
        members: vec![],
        now: at(0),
    };
    done(local.open_room(spec.clone()).await);
    assert!(matches!(fixture.chat.open_room(spec.clone()).await, Outcome::Unknown { .. }));
    fixture.restart();
    done(fixture.chat.open_room(spec).await);
    let names = fixture.guild.state().channels.values().filter(|channel| channel["name"] == "hot-1").count();
    assert_eq!(names, 1);
}

#[tokio::test]
async fn a_room_that_is_opened_by_many_at_once_is_made_once() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-0", false, &[]).await;
    fixture.store.transact(|tx| tx.forget_mirror_channel(&platform(), &PlatformId::from("0"))).await.unwrap();
    let channel = channel_id("hot-0", &fixture);
    fixture.store.transact(move |tx| tx.forget_mirror_channel(&platform(), &channel)).await.unwrap();
    fixture.guild.state().channels.clear();
    let say = |n: usize| fixture.chat.upsert(to.clone(), format!("message/{n}"), line("x"), at(1));
    for outcome in futures_util::future::join_all((0..8).map(say)).await {
        done(outcome);
    }
    assert_eq!(fixture.guild.messages("hot-0").len(), 8);
    assert_eq!(fixture.guild.state().channels.len(), 2, "a category and a channel");
}

#[tokio::test]
async fn the_fifty_first_room_opens_a_second_category() {
    let fixture = DiscordFixture::new().await;
    fixture.hot("hot-1", false, &[]).await;
    let category = fixture.guild.channel("Incidents")["id"].clone();
    for n in 0..49_u64 {
        let other =
            json!({ "id": (50_000 + n).to_string(), "type": 0, "name": "x", "topic": null, "parent_id": category });
        fixture.guild.state().channels.insert(50_000 + n, other);
    }
    fixture.hot("hot-2", false, &[]).await;
    assert_eq!(fixture.guild.channel("hot-2")["parent_id"], fixture.guild.channel("Incidents 2")["id"]);
    fixture.hot("hot-3", false, &[]).await;
    assert_eq!(fixture.guild.channel("hot-3")["parent_id"], fixture.guild.channel("Incidents 2")["id"]);
}

#[tokio::test]
async fn a_full_server_is_said_and_waited_for() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    let channel = number(&fixture.guild.channel("hot-1")["id"]);
    let known = PlatformId::new(channel.to_string());
    fixture.store.transact(move |tx| tx.forget_mirror_channel(&platform(), &known)).await.unwrap();
    fixture.guild.state().channels.remove(&channel);
    fixture.places().await;
    for (line, code) in [("POST /guilds", 30013), ("POST /channels", 160_006)] {
        fixture.guild.breaks(line, Fault::Instead(400, code));
    }
    let told = fixture.upsert(&to, line("x"), 1).await;
    assert!(matches!(told, Outcome::Retry { .. }), "{told:?}");
    assert!(why(told).contains("delete archived channels"));
    let lacking = fixture.store.read(|reads| reads.misplaced_rooms(&platform())).await.unwrap();
    assert_eq!(lacking, [(to.clone(), Misplacement { fallback: Fallback::Nowhere, shortage: Shortage::Channels })]);
    done(fixture.upsert(&to, line("x"), 2).await);
    assert_eq!(fixture.store.read(|reads| reads.misplaced_rooms(&platform())).await.unwrap(), []);
}

#[tokio::test]
async fn a_room_for_which_there_is_no_channel_is_a_thread_of_the_feed() {
    let fixture = DiscordFixture::new().await;
    fixture.places().await;
    done(fixture.chat.upsert(room("incidents"), "message/1".into(), line("x"), at(1)).await);
    fixture.guild.breaks("POST /guilds", Fault::Instead(400, 30013));
    let to = fixture.hot("hot-1", false, &["ann"]).await;
    let thread = fixture.guild.channel("hot-1");
    assert_eq!((&thread["type"], &thread["parent_id"]), (&json!(11), &fixture.guild.channel("incidents")["id"]));
    let lacking = fixture.store.read(|reads| reads.misplaced_rooms(&platform())).await.unwrap();
    assert_eq!(lacking, [(to, Misplacement { fallback: Fallback::Thread, shortage: Shortage::Channels })]);
    fixture.hot("hot-2", false, &[]).await;
    assert_eq!(fixture.guild.channel("hot-2")["type"], 0, "the next one is tried in a channel again");
}

#[tokio::test]
async fn without_a_place_for_a_category_a_room_stands_beside_them() {
    let fixture = DiscordFixture::new().await;
    for n in 0..499_u64 {
        let other = json!({ "id": (50_000 + n).to_string(), "type": 0, "name": "x", "topic": null, "parent_id": null });
        fixture.guild.state().channels.insert(50_000 + n, other);
    }
    fixture.hot("hot-1", false, &[]).await;
    assert_eq!(fixture.guild.channel("hot-1")["parent_id"], json!(null));
    assert_eq!(fixture.chat.used(), Some(500));
}

#[tokio::test]
async fn a_channel_deleted_by_hand_is_made_again_and_filled() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    done(fixture.upsert(&to, line("one"), 1).await);
    let channel = number(&fixture.guild.channel("hot-1")["id"]);
    fixture.guild.state().channels.remove(&channel);
    for second in [2, 3] {
        let outcome = fixture.upsert(&to, line("two"), second).await;
        if second == 2 {
            assert_eq!(
                why(outcome),
                format!("the channel {channel} was deleted on Discord; another is made in its place")
            );
        } else {
            done(outcome);
        }
    }
    assert_eq!(fixture.guild.texts("hot-1"), ["two"]);
}

#[tokio::test]
async fn a_feed_takes_the_channel_that_has_its_name_and_leaves_it_as_it_is() {
    let fixture = DiscordFixture::new().await;
    let theirs = json!([{ "id": "5", "type": 0, "allow": "0", "deny": "1024" }]);
    let there = json!({ "id": "77", "type": 0, "name": "alerts", "topic": "ours", "parent_id": null, "permission_overwrites": theirs });
    fixture.guild.state().channels.insert(77, there.clone());
    fixture.places().await;
    done(fixture.chat.upsert(room("alerts"), "message/1".into(), line("x"), at(1)).await);
    done(
        fixture.chat.restrict(room("alerts"), RoomAccess { private: false, members: vec![person("ann")] }, at(0)).await,
    );
    done(fixture.chat.set_archived(room("alerts"), false, at(2)).await);
    assert_eq!(fixture.guild.channel("alerts"), there);
    assert_eq!(fixture.guild.texts("alerts"), ["x"]);
}

#[tokio::test]
async fn who_is_let_in_sees_a_private_room() {
    let fixture = DiscordFixture::new().await;
    let (secret, open) = (fixture.hot("hot-1", true, &[]).await, fixture.hot("hot-2", false, &[]).await);
    fixture.guild.writes();
    for to in [secret, open] {
        done(fixture.chat.invite(to, vec![person("ann"), person("cleo")], at(0)).await);
    }
    let channel = fixture.guild.channel("hot-1");
    let id = channel["id"].as_str().unwrap();
    assert_eq!(fixture.guild.writes(), [format!("PUT /channels/{id}/permissions/11")]);
    assert!(overwrites(&channel).contains(&("11".to_owned(), VIEW | SEND | HISTORY, 0)));
}

#[tokio::test]
async fn a_room_that_becomes_private_is_shut_in_one_call_and_opened_again() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    fixture.guild.writes();
    for _ in 0..2 {
        done(
            fixture.chat.restrict(to.clone(), RoomAccess { private: true, members: vec![person("bob")] }, at(0)).await,
        );
    }
    let channel = fixture.guild.channel("hot-1");
    assert_eq!(fixture.guild.writes(), [format!("PATCH /channels/{}", channel["id"].as_str().unwrap())]);
    let ids: Vec<String> = overwrites(&channel).into_iter().map(|(id, ..)| id).collect();
    assert_eq!(ids, ["1", &BOT.to_string(), "12"]);
    done(fixture.chat.restrict(to, RoomAccess { private: false, members: vec![] }, at(0)).await);
    assert_eq!(overwrites(&fixture.guild.channel("hot-1")), []);
}

#[tokio::test]
async fn an_archived_room_moves_and_nobody_writes_in_it_but_the_bot() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    let category = number(&fixture.guild.channel("Incidents")["id"]);
    // A permission bit that no current library knows must be preserved.
    let role = json!([{ "id": "5", "type": 0, "allow": (1_u64 << 51 | SEND).to_string(), "deny": "0" }]);
    fixture.guild.state().channels.get_mut(&category).unwrap()["permission_overwrites"] = role.clone();
    done(fixture.chat.set_archived(to.clone(), true, at(1)).await);
    let channel = fixture.guild.channel("hot-1");
    assert_eq!(channel["parent_id"], fixture.guild.channel("Archive")["id"]);
    assert_eq!(overwrites(&channel), [("1".to_owned(), 0, SEND), ("2".to_owned(), VIEW | SEND | HISTORY, 0)]);
    done(fixture.upsert(&to, line("a word after"), 2).await);

    done(fixture.chat.set_archived(to, false, at(3)).await);
    let channel = fixture.guild.channel("hot-1");
    assert_eq!(channel["parent_id"], fixture.guild.channel("Incidents")["id"]);
    assert_eq!(channel["permission_overwrites"], role);
    assert_eq!(channel["name"], "hot-1");
}

#[tokio::test]
async fn a_room_that_is_not_in_the_record_is_not_made() {
    let fixture = DiscordFixture::new().await;
    let told = fixture.chat.upsert(room("nowhere"), "m".into(), line("x"), at(1)).await;
    assert_eq!(why(told), "there is no room nowhere");
    assert_eq!(fixture.guild.writes(), Vec::<String>::new());
}
