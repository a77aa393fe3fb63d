//! Text messages and calls: codes, keys, states, STOP, and callbacks that nobody may forge.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use hotroom::{
    app::{Context, contacts},
    domain::{contact::MethodKind, ids::PersonId, oncall::PageState, people::Actor},
};

use super::{declare, link, page, statuses};
use crate::{
    fake_http::Reaction,
    fake_twilio::{self, Callback, FakeTwilio},
    world::{World, done, minutes},
};

const CHO: &str = "+15550100003";
const ANN: &str = "+15550100001";
pub const URL: &str = "https://hot.example.com";
pub const SMS: &str = "https://hot.example.com/contact/twilio/sms";

/// A bot whose people have these methods, reached at a public address.
async fn house(twilio: &FakeTwilio, people: &[(&str, &[&str])], more: &str) -> World {
    house_of(twilio, people, more, "").await
}

/// The same with more in the section of Twilio.
async fn house_of(twilio: &FakeTwilio, people: &[(&str, &[&str])], more: &str, section: &str) -> World {
    let person = |id: &&str| {
        let given = people.iter().find(|(known, _)| known == id).map(|(_, contacts)| *contacts).unwrap_or_default();
        let access = if *id == "ann" { "admin" } else { "responder" };
        let name = format!("{}{}", id[..1].to_uppercase(), &id[1..]);
        format!("[[people]]\nid = \"{id}\"\nname = \"{name}\"\naccess = \"{access}\"\ncontacts = {given:?}\n")
    };
    let people: String = ["ann", "bob", "cho", "dee"].iter().map(person).collect();
    let toml = format!("{more}\n{people}\n{}{section}", twilio.toml());
    World::with_secrets(&toml, &[("TWILIO_TOKEN", fake_twilio::TOKEN)]).await
}

fn public() -> String {
    format!("[server]\npublic_url = \"{URL}\"\n")
}

fn sms(number: &str) -> String {
    format!("sms:{number}")
}

/// Hands a callback to the bot, as Twilio posts it.
pub async fn posts(world: &World, callback: &Callback) -> (StatusCode, String) {
    let request = Request::builder()
        .method("POST")
        .uri(callback.path())
        .header("host", "hot.example.com")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", &callback.signature);
    let (status, answer) = world.asks(request.body(Body::from(callback.body())).unwrap()).await;
    world.settle().await;
    (status, answer.as_str().map_or_else(|| answer.to_string(), str::to_owned))
}

/// The reply code in a text.
pub fn code(text: &str) -> String {
    let (_, rest) = text.split_once("Reply ").unwrap_or_else(|| panic!("no code in {text}"));
    rest.chars().take_while(char::is_ascii_digit).collect()
}

#[tokio::test]
async fn a_text_message_is_acknowledged_by_its_code_and_delivered_is_no_answer() {
    let twilio = FakeTwilio::start().await;
    let world = house(&twilio, &[("cho", &[&sms(CHO)])], &public()).await;
    let key = declare(&world, "").await;
    let text = twilio.texts().remove(0);
    assert!(text.body.starts_with("SEV1 Checkout: Checkout is down\nHOT-1. Reply "), "{}", text.body);
    assert!(text.body.contains("\nhttps://hot.example.com/a/"), "{}", text.body);
    assert_eq!(statuses(&page(&world, &key).await), ["cho sms accepted"]);
    for status in ["sent", "delivered", "sent"] {
        let report = twilio.report(&text.sid, status, None).expect("a callback");
        assert_eq!(posts(&world, &report).await.0, StatusCode::NO_CONTENT);
    }
    let asking = page(&world, &key).await;
    assert_eq!((statuses(&asking), asking.state), (vec!["cho sms delivered".to_owned()], PageState::Triggered));
    let reply = twilio.receive(CHO, &format!("on it, {}", code(&text.body)), SMS);
    let (status, answer) = posts(&world, &reply).await;
    assert_eq!(status, StatusCode::OK);
    assert!(answer.contains("<Message>You acknowledged HOT-1.</Message>"), "{answer}");
    let taken = page(&world, &key).await;
    assert_eq!(
        (taken.state, taken.taken_by.map(|by| by.to_string())),
        (PageState::Acknowledged, Some("cho".to_owned()))
    );
    let room = world.room("hot-1").await;
    assert!(room.contains("text message"), "{room}");
    world.end().await;
}

#[tokio::test]
async fn a_code_counts_only_from_the_number_it_was_sent_to_and_for_an_open_page() {
    let twilio = FakeTwilio::start().await;
    let world = house(&twilio, &[("cho", &[&sms(CHO)]), ("ann", &[&sms(ANN)])], &public()).await;
    let key = declare(&world, "").await;
    let code = code(&twilio.texts()[0].body);
    let (_, answer) = posts(&world, &twilio.receive(ANN, &code, SMS)).await;
    assert!(answer.contains("No open page has this code."), "{answer}");
    for stranger in ["+15550100404", "12345"] {
        let (status, answer) = posts(&world, &twilio.receive(stranger, &code, SMS)).await;
        assert_eq!(status, StatusCode::OK);
        assert!(!answer.contains("<Message>"), "strangers cost nothing: {answer}");
    }
    let (_, answer) = posts(&world, &twilio.receive(CHO, "0000 0000", SMS)).await;
    assert!(!answer.contains("<Message>"), "{answer}");
    assert_eq!(page(&world, &key).await.state, PageState::Triggered);
    done(&world.says("bob", &format!("/page ack {}", page(&world, &key).await.id())).await);
    let (_, answer) = posts(&world, &twilio.receive(CHO, &code, SMS)).await;
    assert!(answer.contains("Bob acknowledged HOT-1 before."), "{answer}");
    done(&world.says("bob", &format!("/incident resolve \"fixed\" incident:{key}")).await);
    let (_, answer) = posts(&world, &twilio.receive(CHO, &code, SMS)).await;
    assert!(answer.contains("HOT-1"), "{answer}");
    assert_eq!(page(&world, &key).await.taken_by.map(|by| by.to_string()), Some("bob".to_owned()));
    world.end().await;
}

#[tokio::test]
async fn a_call_is_acknowledged_by_the_4_and_a_completed_call_is_no_answer() {
    let twilio = FakeTwilio::start().await;
    let voice = format!("voice:{CHO}");
    let world = house(&twilio, &[("cho", &[&voice])], &public()).await;
    let key = declare(&world, "").await;
    let call = twilio.calls().remove(0);
    let (status, script) = posts(&world, &twilio.answer(&call)).await;
    assert_eq!(status, StatusCode::OK);
    assert!(script.contains("<Say>hotroom page, SEV1. Checkout. Checkout is down.</Say>"), "{script}");
    assert_eq!(script.matches("press 4").count(), 2);
    let digit = script.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an action");
    let digit = digit.replace("&#x2f;", "/");
    for status in ["in-progress", "completed"] {
        posts(&world, &twilio.report(&call.sid, status, None).expect("a callback")).await;
    }
    let asking = page(&world, &key).await;
    assert_eq!((statuses(&asking), asking.state), (vec!["cho voice delivered".to_owned()], PageState::Triggered));
    let (_, script) = posts(&world, &twilio.press(&call, &digit, "5")).await;
    assert!(script.contains("no meaning") && script.contains("<Redirect"), "{script}");
    assert_eq!(page(&world, &key).await.state, PageState::Triggered);
    let pressed = twilio.press(&call, &digit, "4");
    let (_, script) = posts(&world, &pressed).await;
    assert!(script.contains("You have acknowledged HOT-1."), "{script}");
    let (status, script) = posts(&world, &pressed).await;
    assert_eq!(status, StatusCode::OK);
    assert!(script.contains("You have acknowledged HOT-1."), "a replay changes nothing: {script}");
    assert_eq!(page(&world, &key).await.taken_by.map(|by| by.to_string()), Some("cho".to_owned()));
    let (_, script) = posts(&world, &twilio.answer(&call)).await;
    assert!(script.contains("Cho has acknowledged HOT-1 already"), "{script}");
    world.end().await;
}

#[tokio::test]
async fn a_callback_without_the_signature_of_twilio_changes_nothing() {
    let twilio = FakeTwilio::start().await;
    let voice = format!("voice:{CHO}");
    let world = house(&twilio, &[("cho", &[&sms(CHO), &voice])], &public()).await;
    let key = declare(&world, "").await;
    let text = twilio.texts().remove(0);
    let report = twilio.report(&text.sid, "failed", Some(30005)).expect("a callback");
    let reply = twilio.receive(CHO, &code(&text.body), SMS);
    let elsewhere = Callback { url: reply.url.replace("/sms", "/status"), ..reply.clone() };
    let stranger = reply.changed("AccountSid", "AC00000000000000000000000000000000");
    for forged in [report.forged(), report.changed("ErrorCode", "21610"), reply.forged(), elsewhere, stranger] {
        assert_eq!(posts(&world, &forged).await.0, StatusCode::FORBIDDEN, "{forged:?}");
    }
    let unsigned = Callback { signature: String::new(), ..reply.clone() };
    assert_eq!(posts(&world, &unsigned).await.0, StatusCode::FORBIDDEN);
    let asking = page(&world, &key).await;
    assert_eq!((statuses(&asking)[0].as_str(), asking.state), ("cho sms accepted", PageState::Triggered));
    // A token of a text message opens no call.
    let token = link(&text.body).replace("/a/", "");
    let call =
        Callback::signed(&format!("{URL}/contact/twilio/digit/{token}"), reply.fields.clone(), fake_twilio::TOKEN);
    assert_eq!(posts(&world, &call).await.0, StatusCode::NOT_FOUND);
    world.end().await;
}

#[tokio::test]
async fn a_replayed_reply_acknowledges_once() {
    let twilio = FakeTwilio::start().await;
    let world = house(&twilio, &[("cho", &[&sms(CHO)])], &public()).await;
    let key = declare(&world, "").await;
    let reply = twilio.receive(CHO, &code(&twilio.texts()[0].body), SMS);
    for _ in 0..3 {
        let (_, answer) = posts(&world, &reply).await;
        assert!(answer.contains("You acknowledged HOT-1."), "{answer}");
    }
    let id = page(&world, &key).await.id();
    let stream = hotroom::domain::oncall::Page::stream(id);
    let events = world.app.store.read(move |reads| reads.events_of(&stream, 0, 100)).await.unwrap();
    let taken = events.iter().filter(|recorded| format!("{:?}", recorded.event).contains("PageAcknowledged"));
    assert_eq!(taken.count(), 1);
    world.end().await;
}

#[tokio::test]
async fn stop_switches_the_method_off_and_the_other_methods_are_told() {
    let twilio = FakeTwilio::start().await;
    let other = "+15550100033";
    let world = house(&twilio, &[("cho", &[&sms(CHO), &sms(other)])], &public()).await;
    posts(&world, &twilio.receive(CHO, "STOP", SMS)).await;
    let told = twilio.texts();
    assert_eq!((told.len(), told[0].to.as_str()), (1, other));
    assert!(told[0].body.contains("switched off"), "{}", told[0].body);
    // One text message a minute is the limit.
    world.advance(minutes(2)).await;
    declare(&world, "").await;
    let paged: Vec<String> = twilio.texts().into_iter().skip(1).map(|text| text.to).collect();
    assert_eq!(paged, [other]);
    let (_, answer) = posts(&world, &twilio.receive(CHO, "START", SMS)).await;
    assert!(answer.contains("again"), "{answer}");
    world.advance(minutes(2)).await;
    declare(&world, "").await;
    assert!(twilio.texts().iter().skip(2).any(|text| text.to == CHO), "it is used again");
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_stop_that_twilio_knows_of_switches_the_method_off_as_well() {
    let twilio = FakeTwilio::start().await;
    let other = "+15550100033";
    let world = house(&twilio, &[("cho", &[&sms(CHO), &sms(other)])], &public()).await;
    // The callback of the STOP was lost.
    drop(twilio.receive(CHO, "STOP", SMS));
    let key = declare(&world, "").await;
    let shown = world.room("hot-1").await;
    assert!(shown.contains("21610 the person has answered STOP"), "{shown}");
    assert!(statuses(&page(&world, &key).await).contains(&"cho sms failed".to_owned()));
    let bodies: Vec<String> = twilio.texts().into_iter().map(|text| text.body).collect();
    assert!(bodies.iter().any(|body| body.contains("switched off")), "{bodies:?}");
    let (id, kind) = (PersonId::from("cho"), MethodKind::Sms);
    let methods = world.app.store.read(move |reads| reads.contact_methods_of(&id)).await.unwrap();
    let off: Vec<&str> =
        methods.iter().filter(|m| m.kind == kind && m.disabled.is_some()).map(|m| m.address.as_str()).collect();
    assert_eq!(off, [CHO]);
    world.end().await;
}

#[tokio::test]
async fn a_message_that_does_not_arrive_is_shown_with_the_meaning_of_its_code() {
    let twilio = FakeTwilio::start().await;
    let world = house(&twilio, &[("cho", &[&sms(CHO)])], &public()).await;
    let key = declare(&world, "").await;
    let text = twilio.texts().remove(0);
    posts(&world, &twilio.report(&text.sid, "undelivered", Some(30003)).expect("a callback")).await;
    assert_eq!(statuses(&page(&world, &key).await)[0], "cho sms failed");
    let room = world.room("hot-1").await;
    assert!(room.contains("30003 unreachable"), "{room}");
    // What comes too late does not undo it.
    posts(&world, &twilio.report(&text.sid, "sent", None).expect("a callback")).await;
    assert_eq!(statuses(&page(&world, &key).await)[0], "cho sms failed");
    world.end().await;
}

#[tokio::test]
async fn a_wrong_number_fails_at_once_without_being_shown() {
    let twilio = FakeTwilio::start().await;
    let world = house(&twilio, &[("cho", &[&sms(CHO)])], &public()).await;
    twilio.refuse(CHO, 21211);
    let key = declare(&world, "").await;
    assert_eq!(statuses(&page(&world, &key).await)[0], "cho sms failed");
    let room = world.room("hot-1").await;
    assert!(room.contains("21211 invalid number") && !room.contains(CHO), "{room}");
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_repeated_once_and_says_so() {
    let twilio = FakeTwilio::start().await;
    let world = house(&twilio, &[("cho", &[&sms(CHO)])], &public()).await;
    twilio.react_next(Reaction::Close, true);
    declare(&world, "").await;
    world.advance(minutes(2)).await;
    let bodies: Vec<String> = twilio.texts().into_iter().map(|text| text.body).collect();
    assert_eq!(bodies.len(), 2, "{bodies:?}");
    assert!(bodies[1].starts_with("Possible repeat: SEV1") && !bodies[0].contains("Possible"), "{bodies:?}");
    assert_eq!(code(&bodies[0]), code(&bodies[1]), "either code works");
    world.end().await;
}

#[tokio::test]
async fn a_private_page_by_phone_says_key_severity_and_link_only_and_nothing_where_that_is_not_allowed() {
    let voice = format!("voice:{CHO}");
    for private in [false, true] {
        let twilio = FakeTwilio::start().await;
        let more = public();
        let people: &[(&str, &[&str])] = &[("cho", &[&sms(CHO), &voice]), ("ann", &[&voice])];
        let section = if private { "private = true\n" } else { "" };
        let world = house_of(&twilio, people, &more, section).await;
        declare(&world, "private:yes").await;
        world.advance(minutes(20)).await;
        if !private {
            assert!(twilio.texts().is_empty() && twilio.calls().is_empty());
            world.end().await;
            continue;
        }
        let mut said: Vec<String> = twilio.texts().into_iter().map(|text| text.body).collect();
        for call in twilio.calls() {
            said.push(posts(&world, &twilio.answer(&call)).await.1);
        }
        assert!(said.len() > 1 && said[0].contains("SEV1") && said[0].contains("HOT-1"), "{said:?}");
        for secret in ["Checkout", "checkout", "down", "Dee"] {
            assert!(said.iter().all(|said| !said.contains(secret)), "{secret} leaks: {said:?}");
        }
        world.end().await;
    }
}

#[tokio::test]
async fn a_drill_by_phone_says_drill_first() {
    let twilio = FakeTwilio::start().await;
    let voice = format!("voice:{CHO}");
    let world = house(&twilio, &[("cho", &[&sms(CHO), &voice])], &public()).await;
    declare(&world, "drill:yes").await;
    world.advance(minutes(5)).await;
    let text = twilio.texts().remove(0).body;
    assert!(text.starts_with("DRILL SEV1"), "{text}");
    let script = posts(&world, &twilio.answer(&twilio.calls()[0])).await.1;
    assert!(script.contains("<Say>DRILL. "), "{script}");
    world.end().await;
}

#[tokio::test]
async fn without_a_public_address_a_message_has_no_code_and_a_call_no_key() {
    let twilio = FakeTwilio::start().await;
    let voice = format!("voice:{CHO}");
    let world = house(&twilio, &[("cho", &[&sms(CHO), &voice])], "").await;
    declare(&world, "").await;
    world.advance(minutes(5)).await;
    let text = twilio.texts().remove(0);
    assert!(!text.body.contains("Reply") && text.status_callback.is_none(), "{}", text.body);
    let script = twilio.calls().remove(0).twiml.expect("it is given");
    assert!(script.contains("Checkout is down") && !script.contains("Gather"), "{script}");
    world.end().await;
}

#[tokio::test]
async fn a_number_is_verified_by_the_code_that_is_sent_to_it() {
    let twilio = FakeTwilio::start().await;
    let world = house(&twilio, &[], &public()).await;
    for (kind, number) in [(MethodKind::Sms, CHO), (MethodKind::Voice, CHO)] {
        let config = world.app.config.current();
        let (now, wanted) = (
            world.now(),
            contacts::NewContact { kind, address: number.to_owned(), label: String::new(), gateway: None },
        );
        let add = move |tx: &mut hotroom::store::Tx<'_>| {
            let (cho, actor) = (PersonId::from("cho"), Actor::Person("cho".into()));
            let cx = Context { config: &config, now, actor: &actor, request: "add", expect: None };
            contacts::add(tx, cx, &cho, wanted.clone())
        };
        let added = world.app.store.transact(add).await.unwrap().expect("added");
        world.settle().await;
        let said = if kind == MethodKind::Sms {
            twilio.texts().pop().expect("a text").body
        } else {
            twilio.calls().pop().and_then(|call| call.twiml).expect("a script")
        };
        let (_, rest) = said.split_once("code").expect("a code");
        let code: String = rest.chars().filter(char::is_ascii_digit).take(6).collect();
        let config = world.app.config.current();
        let verify = move |tx: &mut hotroom::store::Tx<'_>| {
            let (cho, actor) = (PersonId::from("cho"), Actor::Person("cho".into()));
            let cx = Context { config: &config, now, actor: &actor, request: "verify", expect: None };
            contacts::verification::verify(tx, cx, &cho, added.id, &code)
        };
        let verified = world.app.store.transact(verify).await.unwrap().expect("the code is right");
        assert!(verified.verified_at.is_some());
        world.settle().await;
    }
    world.end().await;
}

#[tokio::test]
async fn after_five_wrong_codes_a_number_is_not_read_for_ten_minutes() {
    let twilio = FakeTwilio::start().await;
    let world = house(&twilio, &[("cho", &[&sms(CHO)])], &public()).await;
    let key = declare(&world, "").await;
    let right = code(&twilio.texts()[0].body);
    let wrong = if right == "0000" { "0001" } else { "0000" };
    for n in 1..=5 {
        let (_, answer) = posts(&world, &twilio.receive(CHO, wrong, SMS)).await;
        assert_eq!(answer.contains("No open page"), n < 5, "{n}: {answer}");
        assert_eq!(answer.contains("Too many wrong codes"), n == 5, "{n}: {answer}");
    }
    let (_, answer) = posts(&world, &twilio.receive(CHO, &right, SMS)).await;
    assert!(!answer.contains("<Message>"), "answers cost money: {answer}");
    assert_eq!(page(&world, &key).await.state, PageState::Triggered);
    world.pass(minutes(10));
    let (_, answer) = posts(&world, &twilio.receive(CHO, &right, SMS)).await;
    assert!(answer.contains("You acknowledged HOT-1."), "{answer}");
    world.end().await;
}
