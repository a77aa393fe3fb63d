//! Personal rules: which method when, and what ends them.

use hotroom::{
    app::{Context, contacts},
    domain::{
        contact::{PersonalRule, QuietHours, Urgency},
        ids::PersonId,
        oncall::PageState,
        people::Actor,
    },
};

use super::{Providers, declare, page, statuses};
use crate::world::{World, done, minutes};

const BOTH: &[&str] = &["ntfy:cho-topic-1", "gateway:+4915100000003"];

#[tokio::test]
async fn a_push_goes_at_once_and_a_text_message_two_minutes_later_if_nobody_answers() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(&[("cho", BOTH)], false)).await;
    let key = declare(&world, "").await;
    assert_eq!(providers.pushes().len(), 1);
    assert!(providers.texts().is_empty());
    assert_eq!(statuses(&page(&world, &key).await), ["cho ntfy accepted", "cho gateway planned"]);
    world.advance(minutes(1)).await;
    assert!(providers.texts().is_empty());
    world.advance(minutes(1)).await;
    assert_eq!(providers.texts().len(), 1);
    assert_eq!(statuses(&page(&world, &key).await), ["cho ntfy accepted", "cho gateway accepted"]);
    let room = world.room("hot-1").await;
    assert!(room.contains("ntfy accepted") && room.contains("text message by gateway accepted"), "{room}");
    let id = page(&world, &key).await.id();
    let shape = world.get(&format!("/api/v1/pages/{id}")).await;
    assert_eq!(shape["attempts"][0]["contacts"][1]["status"], "accepted");
    assert_eq!(shape["urgency"], "high");
    world.end().await;
}

#[tokio::test]
async fn what_is_planned_is_not_sent_after_an_acknowledgement() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(&[("cho", BOTH)], false)).await;
    let key = declare(&world, "").await;
    let id = page(&world, &key).await.id();
    done(&world.says("bob", &format!("/page ack {id}")).await);
    world.advance(minutes(10)).await;
    assert!(providers.texts().is_empty());
    let over = page(&world, &key).await;
    assert_eq!(statuses(&over), ["cho ntfy accepted", "cho gateway not_needed"]);
    let last = providers.pushes().pop().expect("a push");
    assert!(last.1.contains("Bob acknowledged"), "the push is replaced: {last:?}");
    world.end().await;
}

#[tokio::test]
async fn the_rules_of_people_in_earlier_steps_go_on_until_the_page_is_exhausted() {
    let providers = Providers::start().await;
    let people: &[(&str, &[&str])] = &[("cho", &["gateway:+4915100000003"]), ("ann", &["gateway:+4915100000001"])];
    let world = World::with(&providers.settings(people, false)).await;
    let cho = PersonId::from("cho");
    let late = move |tx: &mut hotroom::store::Tx<'_>| {
        let method = tx.contact_methods_of(&cho)?.remove(0).id;
        let rule = |after| PersonalRule { urgency: Urgency::High, after, method };
        contacts::rules::set_rules(tx, &cho, Urgency::High, vec![rule(0), rule(8 * 60)])
    };
    world.app.store.transact(late).await.unwrap().expect("the rules are saved");
    let key = declare(&world, "").await;
    let numbers = |providers: &Providers| providers.texts().into_iter().map(|(number, _)| number).collect::<Vec<_>>();
    assert_eq!(numbers(&providers), ["+4915100000003"]);
    world.advance(minutes(5)).await;
    // The next step pages the whole team, cho once more.
    assert_eq!(numbers(&providers)[1..].len(), 2);
    world.advance(minutes(3)).await;
    assert_eq!(numbers(&providers).len(), 4, "the eighth minute of the first step: {:?}", numbers(&providers));
    world.advance(minutes(60)).await;
    let over = page(&world, &key).await;
    assert!(over.is_exhausted());
    let sent = providers.texts().len();
    world.advance(minutes(60)).await;
    assert_eq!(providers.texts().len(), sent, "an exhausted page sends nothing any more");
    assert!(statuses(&over).iter().all(|line| !line.ends_with("delayed")), "{:?}", statuses(&over));
    world.end().await;
}

#[tokio::test]
async fn when_a_limit_is_reached_the_next_method_is_used_at_once_and_without_one_the_page_waits() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(&[("cho", &["gateway:+4915100000003"])], false)).await;
    // Five text messages in 15 minutes are the limit.
    for _ in 0..5 {
        let key = declare(&world, "").await;
        done(&world.says("cho", &format!("/page ack {}", page(&world, &key).await.id())).await);
        world.advance(minutes(2)).await;
    }
    let sixth = declare(&world, "").await;
    assert_eq!(statuses(&page(&world, &sixth).await), ["cho gateway delayed"]);
    assert!(world.room("hot-6").await.contains("the limit of this contact method is reached"));
    world.advance(minutes(12)).await;
    assert_eq!(statuses(&page(&world, &sixth).await)[0], "cho gateway accepted", "without another method it waits");
    world.end().await;

    let providers = Providers::start().await;
    let both: &[&str] = &["gateway:+4915100000003", "ntfy:cho-topic-1"];
    let world = World::with(&providers.settings(&[("cho", both)], false)).await;
    let cho = PersonId::from("cho");
    let telephone_first = move |tx: &mut hotroom::store::Tx<'_>| {
        let methods = tx.contact_methods_of(&cho)?;
        let rule = |n: usize, after| PersonalRule { urgency: Urgency::High, after, method: methods[n].id };
        contacts::rules::set_rules(tx, &cho, Urgency::High, vec![rule(0, 0), rule(1, 240)])
    };
    world.app.store.transact(telephone_first).await.unwrap().expect("the rules are saved");
    for _ in 0..5 {
        let key = declare(&world, "").await;
        done(&world.says("cho", &format!("/page ack {}", page(&world, &key).await.id())).await);
        world.advance(minutes(2)).await;
    }
    assert!(providers.pushes().is_empty());
    let sixth = declare(&world, "").await;
    assert_eq!(providers.pushes().len(), 1, "its time was in four minutes");
    assert_eq!(statuses(&page(&world, &sixth).await), ["cho gateway limited", "cho ntfy accepted"]);
    world.end().await;
}

#[tokio::test]
async fn low_urgency_waits_for_the_end_of_quiet_hours_and_high_urgency_does_not() {
    let providers = Providers::start().await;
    let urgency = "\n[[pager.urgency]]\nseverities = [\"sev2\"]\nurgency = \"low\"\n\
                   [[pager.urgency]]\nseverities = [\"sev1\", \"sev3\", \"sev4\"]\nurgency = \"high\"\n";
    let settings = providers.settings(&[("cho", &["ntfy:cho-topic-1"])], false) + urgency;
    let world = World::with(&settings).await;
    let cho = PersonId::from("cho");
    let quiet = move |tx: &mut hotroom::store::Tx<'_>| {
        let time = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        contacts::rules::set_quiet_hours(tx, &cho, Some(QuietHours { from: time(9), until: time(11) }))
    };
    world.app.store.transact(quiet).await.unwrap();
    done(&world.says("dee", "/incident declare \"Slow\" severity:sev2 service:checkout").await);
    assert!(providers.pushes().is_empty(), "it is 10:00");
    declare(&world, "").await;
    assert_eq!(providers.pushes().len(), 1);
    assert_eq!(providers.pushes()[0].2, 5);
    world.advance(minutes(61)).await;
    let slow = page(&world, "HOT-1").await;
    assert!(statuses(&slow).iter().any(|line| line == "cho ntfy accepted"), "{:?}", statuses(&slow));
    world.end().await;
}

#[tokio::test]
async fn a_method_that_is_not_verified_or_whose_owner_is_gone_is_never_paged() {
    let providers = Providers::start().await;
    let settings = providers.settings(&[("cho", &["ntfy:cho-topic-1"])], false);
    let world = World::with(&settings).await;
    let (config, now) = (world.app.config.current(), world.now());
    let add = move |tx: &mut hotroom::store::Tx<'_>| {
        let (cho, actor) = (PersonId::from("cho"), Actor::Person("cho".into()));
        let cx = Context { config: &config, now, actor: &actor, request: "test", expect: None };
        let wanted = contacts::NewContact {
            kind: hotroom::domain::contact::MethodKind::Gateway,
            address: "+49 151 0000 0009".to_owned(),
            label: String::new(),
            gateway: None,
        };
        contacts::add(tx, cx, &cho, wanted)
    };
    let method = world.app.store.transact(add).await.unwrap().expect("it is added");
    world.settle().await;
    let codes = providers.texts();
    assert!(codes.len() == 1 && codes[0].0 == "+4915100000009", "a code goes to it: {codes:?}");
    assert!(
        providers.pushes().iter().any(|(_, title, _)| title.contains("contact methods changed")),
        "others are told"
    );
    declare(&world, "").await;
    world.advance(minutes(4)).await;
    assert_eq!(providers.texts().len(), 1, "nothing but the code");

    let code: String = codes[0].1.chars().filter(char::is_ascii_digit).take(6).collect();
    let (config, now) = (world.app.config.current(), world.now());
    let verify = move |tx: &mut hotroom::store::Tx<'_>| {
        let (cho, actor) = (PersonId::from("cho"), Actor::Person("cho".into()));
        let cx = Context { config: &config, now, actor: &actor, request: "test", expect: None };
        let wrong = contacts::verification::verify(tx, cx, &cho, method.id, "000000")?;
        assert!(wrong.is_err(), "{wrong:?}");
        contacts::verification::verify(tx, cx, &cho, method.id, &code)
    };
    assert!(world.app.store.transact(verify).await.unwrap().is_ok());
    world.advance(minutes(1)).await;
    let key = declare(&world, "").await;
    world.advance(minutes(3)).await;
    assert!(providers.texts().len() > 1, "verified, it is paged: {:?}", statuses(&page(&world, &key).await));
    world.end().await;
}

#[tokio::test]
async fn after_downtime_what_is_overdue_is_sent_once_and_what_ended_is_not() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(&[("cho", BOTH)], false)).await;
    let key = declare(&world, "").await;
    world.was_down(minutes(4));
    world.settle().await;
    assert_eq!(providers.texts().len(), 1, "it was due at the second minute");
    world.settle().await;
    assert_eq!(providers.texts().len(), 1);
    assert_eq!(page(&world, &key).await.state, PageState::Triggered);
    world.end().await;
}

#[tokio::test]
async fn a_clock_that_is_set_hurries_no_message_and_makes_none_overdue() {
    for hours in [1, -1] {
        let providers = Providers::start().await;
        let world = World::with(&providers.settings(&[("cho", BOTH)], false)).await;
        let key = declare(&world, "").await;
        world.disturbs(chrono::TimeDelta::hours(hours), chrono::TimeDelta::zero()).await;
        world.settle().await;
        world.advance(minutes(1)).await;
        assert!(providers.texts().is_empty(), "{hours} h: its time is in a minute");
        world.advance(minutes(1)).await;
        let texts = providers.texts();
        assert_eq!(texts.len(), 1, "{hours} h: {texts:?}");
        assert!(!texts[0].1.to_lowercase().contains("overdue"), "{hours} h: {texts:?}");
        assert_eq!(page(&world, &key).await.attempts.len(), 1, "{hours} h: the step has its whole time");
        done(&world.says("bob", &format!("/page ack {}", page(&world, &key).await.id())).await);
        world.end().await;
    }
}
