//! An incident from declaration to close.

use hotroom::{
    chat::{CommandInput, Post, PostKind, ReplyOutcome},
    domain::{
        event::Event,
        incident::{Category, Incident, IncidentEvent, Severity, TimeName, TimelineEvent},
    },
};

use crate::world::{World, done, minutes};

#[tokio::test]
async fn a_declared_incident_has_a_key_a_room_a_card_and_a_manager() {
    let world = World::new().await;
    let reply = world.says("ann", "/incident declare \"Checkout is slow\" severity:sev3").await;
    assert_eq!(done(&reply).incident.as_ref().map(ToString::to_string).as_deref(), Some("HOT-1"));
    let incident = world.incident("HOT-1").await;
    assert_eq!(incident.room.as_ref().map(|room| room.as_str()), Some("hot-1"));
    assert_eq!(incident.holder(&"incident_manager".into()).map(|p| p.as_str()), Some("ann"));
    let posts = world.posts_of("hot-1").await;
    assert_eq!(posts[0].kind, PostKind::Card, "the card is the first message of the room");
    assert!(posts[0].buttons.iter().any(|button| button.label == "Move to Identified"), "{:?}", posts[0].buttons);
    let feed = world.room("incidents").await;
    assert!(feed.contains("HOT-1") && feed.contains("Checkout is slow"), "{feed}");
    world.end().await;
}

#[tokio::test]
async fn the_card_stays_one_message_and_stays_true() {
    let world = World::new().await;
    world.says("ann", "/incident declare \"Checkout is slow\" severity:sev3").await;
    done(&world.presses("bob", "hot-1", "Move to Identified").await);
    done(&world.says_in("hot-1", "cho", "/incident role tech_lead @cho").await);
    let posts = world.posts_of("hot-1").await;
    let cards: Vec<_> = posts.iter().filter(|post| post.kind == PostKind::Card).collect();
    assert_eq!(cards.len(), 1);
    let card = crate::world::show(cards[0]);
    assert!(card.contains("Identified") && card.contains("Cho"), "{card}");
    assert!(!card.contains("(Move to Identified)"), "one cannot go where one is: {card}");
    world.end().await;
}

#[tokio::test]
async fn twenty_people_press_one_button_and_one_wins() {
    let world = World::new().await;
    world.says("ann", "/incident declare \"Checkout is slow\" severity:sev3").await;
    let button = world.button("hot-1", "Move to Identified").await;
    let people = ["ann", "bob", "cho", "dee"];
    let mut won = 0;
    for n in 0..20 {
        let who = people[n % 4];
        let reply = world.delivers_press(who, "hot-1", &button.command, button.version, &format!("press-{n}")).await;
        if reply.outcome == ReplyOutcome::Done {
            won += 1;
        } else {
            assert!(crate::world::show(&reply.post).contains("Ann"), "the others are told who won: {reply:?}");
        }
    }
    world.settle().await;
    assert_eq!(won, 1);
    let moves = world.incident("HOT-1").await;
    assert_eq!(moves.status.as_str(), "identified");
    world.end().await;
}

#[tokio::test]
async fn a_repeated_delivery_gets_the_saved_reply_and_changes_nothing() {
    let world = World::new().await;
    let said = CommandInput::Text("/incident declare \"Checkout is slow\"".into());
    let first = world.delivers("ann", None, said.clone(), "same").await;
    for _ in 0..5 {
        assert_eq!(world.delivers("ann", None, said.clone(), "same").await, first);
    }
    world.settle().await;
    assert_eq!(world.get("/api/v1/incidents").await["items"].as_array().unwrap().len(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_stale_button_of_a_closed_incident_explains_itself() {
    let world = World::new().await;
    world.says("ann", "/incident declare \"Checkout is slow\"").await;
    let button = world.button("hot-1", "Move to Identified").await;
    done(&world.says_in("hot-1", "ann", "/incident resolve \"restarted\"").await);
    done(&world.says_in("hot-1", "ann", "/incident status closed").await);
    let reply = world.delivers_press("bob", "hot-1", &button.command, button.version, "late").await;
    assert_eq!(reply.outcome, ReplyOutcome::Refused);
    assert!(crate::world::show(&reply.post).to_lowercase().contains("closed"), "{reply:?}");
    world.end().await;
}

#[tokio::test]
async fn a_command_in_the_wrong_place_offers_the_list() {
    let world = World::new().await;
    world.says("ann", "/incident declare \"Checkout is slow\"").await;
    let reply = world.says_in("ops", "bob", "/incident note \"hello\"").await;
    assert_eq!(reply.outcome, ReplyOutcome::Refused);
    assert!(crate::world::show(&reply.post).contains("HOT-1"), "{reply:?}");
    world.end().await;
}

#[tokio::test]
async fn a_private_incident_looks_to_outsiders_as_if_it_were_not_there() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Someone is in the database\" severity:sev3 private:yes").await);
    let seen = world.says("dee", "/incident info incident:HOT-1").await;
    let unknown = world.says("dee", "/incident info incident:HOT-9").await;
    assert_eq!(seen.outcome, ReplyOutcome::Refused);
    assert_eq!(
        crate::world::show(&seen.post).replace("HOT-1", "KEY"),
        crate::world::show(&unknown.post).replace("HOT-9", "KEY")
    );
    let list = world.says("dee", "/incident list").await;
    assert!(!crate::world::show(&list.post).contains("database"), "{list:?}");
    assert!(!world.room("incidents").await.contains("database"));
    let note = world.says("dee", "/incident note \"hm\" incident:HOT-1").await;
    assert_eq!(note.outcome, ReplyOutcome::Refused);
    done(&world.says("ann", "/incident info incident:HOT-1").await);
    world.end().await;
}

#[tokio::test]
async fn the_update_clock_nudges_until_it_is_answered_even_after_hours_down() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Checkout is down\" severity:sev2").await);
    let nudges = async |world: &World| {
        let posts = world.posts_of("hot-1").await;
        let calls_ann = |post: &Post| post.mentions.iter().any(|person| person.as_str() == "ann");
        posts.iter().filter(|post| post.text.contains("update was due") && calls_ann(post)).count()
    };
    world.advance(minutes(29)).await;
    assert_eq!(nudges(&world).await, 0);
    world.advance(minutes(2)).await;
    let first = nudges(&world).await;
    assert_eq!(first, 1, "{}", world.room("hot-1").await);
    world.was_down(minutes(360));
    world.settle().await;
    assert_eq!(nudges(&world).await, 2, "six hours late, once");
    done(&world.says_in("hot-1", "ann", "/incident update \"We have rolled back\" next:1h").await);
    world.advance(minutes(59)).await;
    assert_eq!(nudges(&world).await, 2);
    done(&world.says_in("hot-1", "ann", "/incident resolve \"rolled back\"").await);
    world.advance(minutes(120)).await;
    assert_eq!(nudges(&world).await, 2);
    world.end().await;
}

/// Returns the position in the event log at which an incident got a reminder. Rooms are written concurrently; the log
/// has the order of decisions.
async fn nudged_at(world: &World, key: &str) -> i64 {
    let stream = Incident::stream(world.incident(key).await.id);
    let history = world.app.store.read(move |reads| reads.events_of(&stream, 0, 1000)).await.unwrap();
    let nudge =
        |event: &Event| matches!(event, Event::Incident(IncidentEvent::Timeline(TimelineEvent::UpdateNudged { .. })));
    history.iter().find(|recorded| nudge(&recorded.event)).expect("a reminder").log_seq
}

#[tokio::test]
async fn after_six_hours_down_each_overdue_reminder_comes_once_in_order_and_says_how_late_it_is() {
    let world = World::new().await;
    for n in 1..=10 {
        done(&world.says("ann", &format!("/incident declare \"Thing {n} is slow\" severity:sev2")).await);
        world.advance(minutes(1)).await;
    }
    let mut due = Vec::new();
    let mut before = 0;
    for n in 1..=10 {
        due.push(world.incident(&format!("HOT-{n}")).await.update_due.expect("a clock"));
        before += world.posts_of(&format!("hot-{n}")).await.len();
    }
    world.was_down(minutes(360));
    world.settle().await;
    let mut places = Vec::new();
    let mut after = 0;
    for (n, due) in (1..=10).zip(due) {
        let room = format!("hot-{n}");
        let said = world.posts_of(&room).await;
        after += said.len();
        let reminder = format!("update was due <t:{}:R>", due.timestamp());
        assert_eq!(said.iter().filter(|post| post.text.contains(&reminder)).count(), 1, "{}", world.room(&room).await);
        places.push(nudged_at(&world, &format!("HOT-{n}")).await);
    }
    assert!(places.is_sorted(), "the one that is overdue longest comes first: {places:?}");
    assert_eq!(after - before, 20, "each has one reminder and one step of its page, and no more");
    world.settle().await;
    world.end().await;
}

#[tokio::test]
async fn resolve_and_reopen_keep_both_times() {
    let world = World::new().await;
    world.says("ann", "/incident declare \"Checkout is slow\" severity:sev3").await;
    world.advance(minutes(10)).await;
    done(&world.says_in("hot-1", "ann", "/incident resolve \"restarted\" cause:Bug").await);
    let first = world.now();
    world.advance(minutes(10)).await;
    done(&world.says_in("hot-1", "bob", "/incident reopen \"it is back\"").await);
    world.advance(minutes(10)).await;
    done(&world.says_in("hot-1", "bob", "/incident resolve \"really\"").await);
    let incident = world.incident("HOT-1").await;
    let resolved = incident.times[&TimeName::Resolved];
    assert_eq!((resolved.first, resolved.last), (first, world.now()));
    assert_eq!(incident.category, Category::Resolved);
    world.end().await;
}

#[tokio::test]
async fn merging_moves_people_and_ends_the_other() {
    let world = World::new().await;
    world.says("ann", "/incident declare \"Checkout is slow\"").await;
    world.says("bob", "/incident declare \"Payments fail\"").await;
    done(&world.says("bob", "/incident merge HOT-1 incident:HOT-2").await);
    assert_eq!(world.incident("HOT-2").await.category, Category::Merged);
    assert!(world.incident("HOT-1").await.members.contains(&"bob".into()));
    let back = world.says("bob", "/incident reopen \"no\" incident:HOT-2").await;
    assert_eq!(back.outcome, ReplyOutcome::Refused);
    world.end().await;
}

#[tokio::test]
async fn a_private_incident_and_an_open_one_are_not_merged_because_each_would_tell_of_the_other() {
    let world = World::new().await;
    world.says("ann", "/incident declare \"Someone is in the database\" severity:sev3 private:yes").await;
    world.says("ann", "/incident declare \"Search is slow\" severity:sev3").await;
    for said in ["/incident merge HOT-1 incident:HOT-2", "/incident merge HOT-2 incident:HOT-1"] {
        let reply = world.says("ann", said).await;
        assert_eq!(reply.outcome, ReplyOutcome::Refused, "{said}");
        assert!(reply.post.text.contains("/incident private on incident:HOT-2"), "{}", reply.post.text);
    }
    done(&world.says("ann", "/incident private on incident:HOT-2").await);
    done(&world.says("ann", "/incident merge HOT-1 incident:HOT-2").await);
    for room in ["hot-2", "incidents", "ops"] {
        let told = world.room(room).await;
        assert!(room == "hot-2" || !told.contains("HOT-1"), "{room} tells of the private one: {told}");
    }
    world.end().await;
}

#[tokio::test]
async fn severity_raises_the_page_that_was_not_sent_before() {
    let world = World::new().await;
    world.says("ann", "/incident declare \"Checkout is slow\" severity:sev3 service:checkout").await;
    assert!(world.incident("HOT-1").await.pages.is_empty());
    done(&world.says_in("hot-1", "ann", "/incident severity sev1").await);
    let incident = world.incident("HOT-1").await;
    assert_eq!((incident.severity, incident.pages.len()), (Severity::Sev1, 1));
    done(&world.says_in("hot-1", "ann", "/incident resolve \"restarted\"").await);
    world.end().await;
}

#[tokio::test]
async fn text_from_people_cannot_ping_link_or_forge() {
    let world = World::new().await;
    let title = "@everyone <@123> [ok](http://evil.example) **bold** `code` \u{202E}desrever discord.gg/abc";
    world.says("ann", &format!("/incident declare title:\"{title}\" severity:sev3")).await;
    for room in ["hot-1", "incidents"] {
        for post in world.posts_of(room).await {
            let shown = crate::world::show(&post);
            for bad in ["@everyone", "<@123>", "](http", "\u{202E}", "discord.gg/abc"] {
                assert!(!shown.contains(bad), "{room} shows {bad}: {shown}");
            }
            assert!(post.mentions.is_empty(), "nobody is called by a title: {post:?}");
        }
    }
    world.end().await;
}

#[tokio::test]
async fn a_form_with_a_mistake_comes_back_with_the_mistake_beside_its_field() {
    let world = World::new().await;
    let options =
        vec![("title".to_owned(), "Checkout is slow".to_owned()), ("service".to_owned(), "chekout".to_owned())];
    let said = CommandInput::Options { command: "incident declare".into(), options, version: None };
    let reply = world.delivers("ann", None, said, "form-1").await;
    assert_eq!(reply.outcome, ReplyOutcome::Misunderstood);
    let form = reply.form.expect("the form comes back");
    let input = |name: &str| form.inputs.iter().find(|input| input.name == name).unwrap();
    assert_eq!(input("title").value, "Checkout is slow", "what was typed is kept");
    assert!(input("service").error.as_deref().is_some_and(|error| error.contains("checkout")), "{form:?}");
    assert!(input("title").error.is_none());
    world.end().await;
}

#[tokio::test]
async fn a_reporter_joins_by_the_button_of_the_feed_and_brings_in_nobody_else() {
    let reporter = "[[people]]\nid = \"ann\"\naccess = \"admin\"\n[[people]]\nid = \"bob\"\naccess = \"responder\"\n\
        [[people]]\nid = \"cho\"\naccess = \"responder\"\n[[people]]\nid = \"dee\"\naccess = \"reporter\"\n";
    let world = World::with(reporter).await;
    done(&world.says("ann", "/incident declare \"Checkout is slow\" severity:sev3").await);
    done(&world.presses("dee", "incidents", "Join HOT-1").await);
    assert!(world.incident("HOT-1").await.members.contains(&"dee".into()));
    done(&world.presses("dee", "incidents", "Join HOT-1").await);
    let other = world.says("dee", "/incident invite @bob incident:HOT-1").await;
    assert_eq!(other.outcome, ReplyOutcome::Forbidden, "{other:?}");

    done(&world.says("ann", "/incident declare \"A leak\" severity:sev3 private:yes").await);
    let hidden = world.says("dee", "/incident join incident:HOT-2").await;
    assert_eq!(hidden.outcome, ReplyOutcome::Refused, "what one cannot see one cannot join: {hidden:?}");
    assert!(!world.incident("HOT-2").await.members.contains(&"dee".into()));
    world.end().await;
}

#[tokio::test]
async fn a_list_of_what_is_resolved_is_not_hidden_by_what_was_closed_since() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"The old one\" severity:sev3").await);
    done(&world.says("ann", "/incident resolve \"mended\" incident:HOT-1").await);
    for n in 2..=22 {
        let who = ["ann", "bob", "cho"][n % 3];
        done(&world.says(who, "/incident declare \"Noise\" severity:sev4").await);
        done(&world.says("ann", &format!("/incident close duplicate incident:HOT-{n}")).await);
    }
    let list = world.says("ann", "/incident list resolved").await;
    let text = crate::world::show(&list.post);
    assert!(text.contains("The old one") && !text.contains("Noise"), "{text}");
    let over = crate::world::show(&world.says("ann", "/incident list over").await.post);
    assert!(over.contains("Noise") && !over.contains("The old one"), "{over}");
    world.end().await;
}

#[tokio::test]
async fn a_time_that_was_noted_wrongly_is_corrected_and_did_not_happen_twice() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Checkout is slow\" severity:sev3").await);
    world.advance(minutes(30)).await;
    done(&world.says("ann", "/incident status monitoring incident:HOT-1").await);
    done(&world.says("ann", "/incident timeline \"10m ago\" marks:mitigated incident:HOT-1").await);
    let mitigated = world.incident("HOT-1").await.times[&TimeName::Mitigated];
    assert_eq!((mitigated.first, mitigated.last), (mitigated.first, mitigated.first));
    assert_eq!(world.now() - mitigated.first, chrono::TimeDelta::minutes(10));
    assert!(!world.room("hot-1").await.contains("mitigated again"));
    world.end().await;
}

#[tokio::test]
async fn a_merge_by_someone_who_did_not_see_the_latest_status_is_refused() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"One\" severity:sev3").await);
    done(&world.says("ann", "/incident declare \"Two\" severity:sev3").await);
    let seen = world.incident("HOT-1").await.version;
    done(&world.says("bob", "/incident status identified incident:HOT-1").await);
    let late = world.delivers_press("ann", "hot-1", "/incident merge HOT-2", Some(seen), "late").await;
    assert_eq!(late.outcome, ReplyOutcome::Refused, "{late:?}");
    assert!(world.incident("HOT-1").await.is_open());
    world.settle().await;
    world.end().await;
}
