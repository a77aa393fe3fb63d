//! The mirror of the built-in chat against the fake, which refuses what Discord's own description forbids.

use std::sync::Arc;

use hotroom::{
    chat::{
        Button, ButtonStyle, Chat, Field, Outcome, Post, PostKind, RoomAccess, RoomSpec, Tone,
        builtin::BuiltinChat,
        discord::{
            client::rest::{Rest, RestOptions},
            outbound::{Discord, PlacementSettings},
            platform,
        },
    },
    config::{Config, Live, RoomNaming, Shape},
    domain::{
        Timestamp,
        ids::{IncidentId, PersonId, PlatformId, RoomId},
    },
    store::{Store, StoreOptions},
};
use secrecy::SecretString;
use tempfile::TempDir;

use crate::discord::{Clock, Fake, Fault, Rules, TOKEN};

struct House {
    fake: Fake,
    store: Store,
    chat: Discord,
    ann: u64,
    _folder: TempDir,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_700_000_000 + second, 0).expect("in range")
}

fn done<T: std::fmt::Debug>(outcome: Outcome<T>) -> T {
    if let Outcome::Delivered(value) = outcome { value } else { panic!("{outcome:?}") }
}

fn line(text: &str) -> Post {
    Post { kind: PostKind::Line, text: text.into(), ..Post::default() }
}

fn card(status: &str) -> Post {
    let button = |n: usize, style, confirm: Option<&str>| Button {
        label: format!("Do {n}"),
        command: format!("/incident task done:{n} incident:HOT-1"),
        style,
        confirm: confirm.map(str::to_owned),
        version: Some(3),
    };
    Post {
        kind: PostKind::Card,
        title: Some("HOT-1 checkout is down".into()),
        text: "<@ann> looks into it".into(),
        tone: Tone::Critical,
        fields: vec![Field { name: "Status".into(), value: status.into() }],
        buttons: (0..22).map(|n| button(n, ButtonStyle::Secondary, (n % 7 == 0).then_some("Sure?"))).collect(),
        mentions: vec!["ann".into()],
        footer: Some("next update at <t:1700000000:t>".into()),
        image: None,
        withdraws: false,
    }
}

impl House {
    async fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let options = StoreOptions { path: folder.path().join("hotroom.db"), queue: 1000, batch: 100 };
        let store = Store::open(&options, at(0)).expect("a store");
        let fake = Fake::with(Rules::default(), Clock::real()).await;
        let ann = fake.member("ann");
        store
            .transact(move |tx| tx.link_account(&platform(), &PersonId::new("ann"), &PlatformId::new(ann.to_string())))
            .await
            .expect("a link");
        let access = RestOptions {
            base_url: Some(fake.base_url().to_owned()),
            token: SecretString::from(TOKEN),
            about: "https://hotroom.example".into(),
            net: hotroom::net::NetSettings::direct(std::time::Duration::from_secs(10)),
        };
        let place = PlacementSettings {
            category: "Incidents".into(),
            archive: "Archive".into(),
            rooms: Shape::Channel,
            names: RoomNaming::Key,
        };
        let rest = Arc::new(Rest::new(&access).expect("a client"));
        let chat = Discord::new(rest, store.clone(), Live::new(Config::shipped()), place);
        chat.serve(fake.guild().to_string().parse().expect("an id"));
        Self { fake, store, chat, ann, _folder: folder }
    }

    async fn hot(&self, private: bool) -> RoomId {
        let spec = RoomSpec {
            name: "hot-1".into(),
            topic: "HOT-1 checkout is down".into(),
            incident: Some(IncidentId::new(at(0))),
            private,
            members: vec!["ann".into()],
            now: at(0),
        };
        done(BuiltinChat::new(self.store.clone()).open_room(spec.clone()).await);
        done(self.chat.open_room(spec).await)
    }
}

#[tokio::test]
async fn an_incident_of_messages_keeps_to_every_rule() {
    let house = House::new().await;
    let to = house.hot(false).await;
    let show = |status: &str| house.chat.upsert(to.clone(), "message/1".into(), card(status), at(1));
    let first = done(show("investigating").await);
    assert_eq!(done(show("identified").await), first);
    done(house.chat.post(to.clone(), "k".into(), line("@everyone \\*said\\*"), at(2)).await);
    let channel = house.fake.find_channel("hot-1").expect("it is there");
    assert_eq!(house.fake.texts(channel).len(), 2);
    assert_eq!(house.fake.pinned(channel).len(), 1);
    let page = Post { kind: PostKind::Page, ..card("asking") };
    done(house.chat.upsert_direct("ann".into(), "page/1".into(), page, at(3)).await);
    let user = house.ann;
    assert_eq!(house.fake.direct(user).len(), 1);
    done(house.chat.set_archived(to, true, at(4)).await);
    assert_eq!(house.fake.channels_in("Archive"), ["hot-1"]);
    assert_eq!(house.fake.invalid_requests(), 0);
}

#[tokio::test]
async fn a_private_room_is_seen_by_its_members_alone() {
    let house = House::new().await;
    let (bob, ann) = (house.fake.member("bob"), house.ann);
    let to = house.hot(true).await;
    let channel = house.fake.find_channel("hot-1").expect("it is there");
    assert!(house.fake.can_see(ann, channel) && !house.fake.can_see(bob, channel));
    done(house.chat.restrict(to.clone(), RoomAccess { private: false, members: vec![] }, at(0)).await);
    assert!(house.fake.can_see(bob, channel));
    done(house.chat.restrict(to, RoomAccess { private: true, members: vec![] }, at(0)).await);
    assert!(!house.fake.can_see(ann, channel));
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_there_once() {
    let house = House::new().await;
    let to = house.hot(false).await;
    house.fake.fail("POST /channels/*/messages", Fault::DropAfter, 1);
    let say = || house.chat.upsert(to.clone(), "message/1".into(), line("said"), at(1));
    assert!(matches!(say().await, Outcome::Unknown { .. }));
    done(say().await);
    let channel = house.fake.find_channel("hot-1").expect("it is there");
    assert_eq!(house.fake.messages(channel).len(), 1);
}
