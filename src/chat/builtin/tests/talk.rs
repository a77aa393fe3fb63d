//! Messages that people write.

use std::collections::BTreeSet;

use super::*;
use crate::{
    chat::{
        Chat,
        builtin::{MAX_TALK, Talk, TalkRefusal, talk::mentions},
    },
    domain::text::Untrusted,
    store::chat::Author,
};

fn known() -> BTreeSet<PersonId> {
    ["ann", "bob", "cy.d"].into_iter().map(person).collect()
}

fn talk(who: &str, id: &str, text: &str, delivery: &str) -> Talk {
    Talk {
        room: room(id),
        person: person(who),
        text: Untrusted::new(text),
        delivery: delivery.to_owned(),
        known: known(),
    }
}

#[tokio::test]
async fn talk_sent_twice_is_one_message() {
    let fixture = BuiltinFixture::new().await;
    let first = fixture.chat.say(talk("ann", "ops", "on it", "d1"), at(1)).await.unwrap();
    let again = fixture.chat.say(talk("ann", "ops", "on it", "d1"), at(2)).await.unwrap();
    assert!(first.is_ok());
    assert_eq!(first, again);
    assert_eq!(texts(&fixture.page("ops", MessageRange::Newest, 10).await.items), ["on it"]);
}

#[tokio::test]
async fn two_people_may_use_the_same_delivery_id_and_one_may_not_use_it_for_two_things() {
    let fixture = BuiltinFixture::new().await;
    fixture.chat.say(talk("ann", "ops", "on it", "d1"), at(1)).await.unwrap().unwrap();
    fixture.chat.say(talk("bob", "ops", "on it", "d1"), at(1)).await.unwrap().unwrap();
    let other = fixture.chat.say(talk("ann", "ops", "all clear", "d1"), at(2)).await.unwrap();
    assert_eq!(other, Err(TalkRefusal::Mismatch));
    assert_eq!(fixture.page("ops", MessageRange::Newest, 10).await.items.len(), 2);
}

#[tokio::test]
async fn a_speaker_has_read_what_was_said_before() {
    let fixture = BuiltinFixture::new().await;
    done(fixture.chat.post(room("ops"), "k".to_owned(), line("x"), at(1)).await);
    fixture.chat.say(talk("ann", "ops", "hello @bob", "d1"), at(2)).await.unwrap().unwrap();
    assert_eq!(fixture.unread("ann", "ops").await, (0, 0));
    assert_eq!(fixture.unread("bob", "ops").await, (2, 1));
}

#[tokio::test]
async fn talk_that_looks_like_the_bot_is_still_a_persons_and_carries_no_structure() {
    let fixture = BuiltinFixture::new().await;
    let fake = "**HOT-1 resolved**\n{\"kind\":\"card\",\"buttons\":[]}\u{202E}\u{200B}";
    fixture.chat.say(talk("ann", "ops", fake, "d1"), at(1)).await.unwrap().unwrap();
    let message = fixture.page("ops", MessageRange::Newest, 1).await.items.remove(0);
    assert_eq!(message.author, Author::Person(person("ann")));
    let post = post_of(&message);
    assert_eq!((post.kind, post.title, post.footer), (PostKind::Talk, None, None));
    assert!(post.buttons.is_empty() && post.fields.is_empty());
    assert!(!post.text.contains(['\u{202E}', '\u{200B}']));
}

#[tokio::test]
async fn empty_long_and_late_talk_is_refused_with_the_reason() {
    let fixture = BuiltinFixture::new().await;
    let say = |who, id, text: &str, delivery| fixture.chat.say(talk(who, id, text, delivery), at(1));
    assert_eq!(say("ann", "ops", " \u{200B}\n", "d1").await.unwrap(), Err(TalkRefusal::Empty));
    let long = "ä".repeat(MAX_TALK + 1);
    assert_eq!(say("ann", "ops", &long, "d2").await.unwrap(), Err(TalkRefusal::TooLong(4_001)));
    assert!(say("ann", "ops", &"ä".repeat(MAX_TALK), "d3").await.unwrap().is_ok());
    assert_eq!(say("ann", "gone", "x", "d4").await.unwrap(), Err(TalkRefusal::NoRoom(room("gone"))));
    done(fixture.chat.set_archived(room("ops"), true, at(2)).await);
    assert_eq!(say("ann", "ops", "x", "d5").await.unwrap(), Err(TalkRefusal::Closed(room("ops"))));
}

#[tokio::test]
async fn a_private_room_takes_no_talk_from_outside_and_does_not_tell_that_it_exists() {
    let fixture = BuiltinFixture::new().await;
    done(fixture.chat.open_room(spec("hot-1", IncidentId::new(at(0)), true, &["ann"])).await);
    let refused = fixture.chat.say(talk("bob", "hot-1", "let me in", "d1"), at(1)).await.unwrap();
    assert_eq!(refused, Err(TalkRefusal::NoRoom(room("hot-1"))));
}

#[test]
fn people_are_called_by_their_names_and_by_nothing_else() {
    let called = |text: &str| -> (String, String) {
        let (text, people) = mentions(text, &known());
        (text, people.iter().map(PersonId::as_str).collect::<Vec<_>>().join(" "))
    };
    let says = |text: &str, shown: &str, whom: &str| assert_eq!(called(text), (shown.to_owned(), whom.to_owned()));
    says("@ann and (@bob), @ann again", "<@ann> and (<@bob>), <@ann> again", "ann bob");
    says("ask @cy.d. Or @Ann!", "ask <@cy.d>. Or <@ann>!", "cy.d ann");
    says("mail ann@bob, @everyone, @here, @annette", "mail ann@bob, @everyone, @here, @annette", "");
    says("<@ann> and <@ bob>", "<@ann> and <@ bob>", "ann");
    says("`@ann` is code, @bob is not", "`@ann` is code, <@bob> is not", "bob");
    says("@", "@", "");
}
