//! Pages without an incident, and what people do with a page: put it off, reassign it, add a person, resolve it.

use axum::http::StatusCode;
use hotroom::{
    chat::ReplyOutcome,
    domain::{
        ids::PageId,
        oncall::{Page, PageState},
    },
};
use serde_json::json;

use super::{Providers, declare, link, opens, page, statuses};
use crate::world::{World, done, minutes, show};

const DEE: &[(&str, &[&str])] = &[("dee", &["gateway:+4915100000004"]), ("cho", &["gateway:+4915100000003"])];

/// The page that a reply started.
async fn started(world: &World, reply: &hotroom::chat::Reply) -> Page {
    let id = done(reply).data.as_ref().and_then(|data| data["page"].as_str()).and_then(PageId::parse).expect("a page");
    stored(world, id).await
}

async fn stored(world: &World, id: PageId) -> Page {
    world.app.store.read(move |reads| reads.page(id)).await.unwrap().expect("the page")
}

#[tokio::test]
async fn a_person_is_paged_without_an_incident_and_acknowledges_by_the_link() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(DEE, false)).await;
    let asked = started(&world, &world.says_in("ops", "bob", "/page @dee \"look at the fax\"").await).await;
    assert_eq!((asked.incident(), asked.spec.key().to_string()), (None, "PAGE-1".to_owned()));
    assert_eq!(statuses(&asked), ["dee gateway accepted"], "the evidence is that of any page");

    let (number, text) = providers.texts().remove(0);
    assert_eq!(number, "+4915100000004");
    assert!(text.contains("PAGE-1") && text.contains("look at the fax"), "{text}");
    let room = world.room("ops").await;
    assert!(room.contains("PAGE-1") && room.contains("look at the fax") && room.contains("accepted"), "{room}");
    assert!(world.room("dm-dee").await.contains("calls dee"), "the chat message calls for dee");
    assert!(world.room("incidents").await.is_empty(), "it is no incident");

    let path = link(&text);
    let (status, view) = opens(&world, "GET", &path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(view.contains("Acknowledge as Dee") && view.contains("look at the fax"), "{view}");
    let (status, _) = opens(&world, "POST", &path).await;
    assert_eq!(status, StatusCode::OK);
    world.settle().await;
    let taken = stored(&world, asked.id()).await;
    assert_eq!((taken.state, taken.taken_by), (PageState::Acknowledged, Some("dee".into())));
    assert!(world.room("ops").await.contains("text message by gateway"), "the room names the way");
    world.advance(minutes(60)).await;
    assert_eq!(providers.texts().len(), 1);

    done(&world.says_in("ops", "dee", "/page resolve").await);
    assert_eq!(stored(&world, asked.id()).await.state, PageState::Resolved);
    assert!(world.room("ops").await.contains("resolved by"), "{}", world.room("ops").await);
    let late = world.says("dee", &format!("/page ack {}", asked.id())).await;
    assert_eq!(late.outcome, ReplyOutcome::Refused);
    world.end().await;
}

#[tokio::test]
async fn a_page_without_an_incident_that_nobody_answers_is_said_in_the_room_and_in_the_feed() {
    let world = World::new().await;
    let asked = started(&world, &world.says_in("ops", "bob", "/page @dee").await).await;
    world.advance(minutes(16)).await;
    let last = stored(&world, asked.id()).await;
    assert_eq!(last.people().last().map(|person| person.as_str()), Some("ann"), "the fallback is paged last");
    assert!(world.room("ops").await.contains("Now paging the fallback"), "{}", world.room("ops").await);
    world.advance(minutes(5)).await;
    assert!(stored(&world, asked.id()).await.is_exhausted());
    assert!(world.room("ops").await.contains("nobody acknowledged"), "{}", world.room("ops").await);
    assert!(world.room("incidents").await.contains("PAGE-1"), "{}", world.room("incidents").await);
    done(&world.says("dee", &format!("/page ack {}", asked.id())).await);
    assert_eq!(stored(&world, asked.id()).await.state, PageState::Acknowledged, "it can still be acknowledged");
    world.end().await;
}

#[tokio::test]
async fn pages_have_numbers_of_their_own_and_survive_a_restart() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(DEE, false)).await;
    let first = started(&world, &world.says_in("ops", "bob", "/page @dee \"the fax\"").await).await;
    done(&world.says("dee", &format!("/page ack {}", first.id())).await);
    let second = started(&world, &world.says("bob", "/page @cho \"the door\"").await).await;
    assert_eq!(second.spec.key().to_string(), "PAGE-2");
    world.was_down(minutes(60));
    world.settle().await;
    let after = stored(&world, second.id()).await;
    assert_eq!(after.attempts.len(), 2, "one step, not all of them");
    world.end().await;
}

#[tokio::test]
async fn a_reporter_pages_nobody_and_may_not_change_what_others_are_paged_for() {
    let people = "[[people]]\nid = \"ann\"\nname = \"Ann\"\naccess = \"admin\"\n\n[[people]]\nid = \"bob\"\nname = \"Bob\"\n\
                  access = \"responder\"\n\n[[people]]\nid = \"cho\"\nname = \"Cho\"\naccess = \"reporter\"\n\n[[people]]\nid = \"dee\"\n\
                  name = \"Dee\"\naccess = \"reporter\"\n";
    let world = World::with(people).await;
    assert_eq!(world.says_in("ops", "dee", "/page @bob").await.outcome, ReplyOutcome::Forbidden);
    let asked = started(&world, &world.says_in("ops", "ann", "/page @cho").await).await;
    for line in ["snooze 30m", "reassign @ann", "add @bob", "resolve"] {
        let denied = world.says("dee", &format!("/page {line} page:{}", asked.id())).await;
        assert_eq!(denied.outcome, ReplyOutcome::Forbidden, "{line}");
    }
    assert_eq!(stored(&world, asked.id()).await.state, PageState::Triggered);
    // Whoever was paged may, whatever their access.
    done(&world.says("cho", &format!("/page snooze 30m page:{}", asked.id())).await);
    world.end().await;
}

#[tokio::test]
async fn a_snoozed_page_stops_pages_again_later_and_ends_with_its_incident() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(DEE, false)).await;
    let key = declare(&world, "").await;
    let reply = world.says_in("hot-1", "cho", "/page snooze 30m").await;
    assert!(show(&done(&reply).post).contains("snoozed"), "{}", show(&reply.post));
    let put_off = page(&world, &key).await;
    assert_eq!((put_off.state, put_off.attempts.len()), (PageState::Snoozed, 1));
    assert!(world.room("hot-1").await.contains("snoozed"), "{}", world.room("hot-1").await);
    let before = providers.texts().len();
    world.advance(minutes(29)).await;
    assert_eq!(providers.texts().len(), before, "nobody is paged until then");

    world.advance(minutes(1)).await;
    let again = page(&world, &key).await;
    assert_eq!((again.state, again.attempts.len(), again.round), (PageState::Triggered, 2, 1));
    assert_eq!(providers.texts().len(), before + 1);
    done(&world.says_in("hot-1", "cho", "/page snooze 1h").await);
    done(&world.says_in("hot-1", "cho", "/incident resolve \"fixed\"").await);
    world.advance(minutes(61)).await;
    assert_eq!(page(&world, &key).await.state, PageState::Resolved);
    assert_eq!(providers.texts().len(), before + 1);
    let refused = world.says_in("hot-1", "cho", "/page snooze 30m").await;
    assert_eq!(refused.outcome, ReplyOutcome::Refused, "no page is open here");
    world.end().await;
}

#[tokio::test]
async fn a_snooze_of_a_second_or_a_week_is_refused() {
    let world = World::new().await;
    declare(&world, "").await;
    for wait in ["10s", "7d"] {
        let refused = world.says_in("hot-1", "cho", &format!("/page snooze {wait}")).await;
        assert_ne!(refused.outcome, ReplyOutcome::Done, "{wait}");
    }
    let ends = world.says_in("hot-1", "cho", "/page resolve").await;
    assert_eq!(ends.outcome, ReplyOutcome::Refused, "it ends with its incident");
    world.end().await;
}

#[tokio::test]
async fn a_reassigned_page_asks_the_other_person_and_the_first_is_told() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(DEE, false)).await;
    let key = declare(&world, "").await;
    done(&world.says_in("hot-1", "cho", "/page reassign @dee").await);
    let moved = page(&world, &key).await;
    assert!(moved.still_asks(&"dee".into()) && !moved.still_asks(&"cho".into()));
    assert_eq!(providers.texts().last().expect("a text").0, "+4915100000004");
    assert!(world.room("dm-cho").await.contains("reassigned"), "{}", world.room("dm-cho").await);
    assert!(world.room("hot-1").await.contains("reassigned the page to Dee"), "{}", world.room("hot-1").await);
    let before = world.posts_of("dm-cho").await.len();
    world.advance(minutes(30)).await;
    assert_eq!(world.posts_of("dm-cho").await.len(), before, "cho is not asked any more");
    done(&world.says("dee", &format!("/page ack {}", moved.id())).await);
    assert_eq!(page(&world, &key).await.taken_by, Some("dee".into()));
    world.end().await;
}

#[tokio::test]
async fn one_more_person_is_added_and_the_link_in_their_message_works() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(DEE, false)).await;
    let key = declare(&world, "").await;
    done(&world.says_in("hot-1", "cho", "/page add @dee").await);
    assert_eq!(world.says_in("hot-1", "cho", "/page add @dee").await.outcome, ReplyOutcome::Refused);
    let (number, text) = providers.texts().pop().expect("a text");
    assert_eq!(number, "+4915100000004");
    let (status, _) = opens(&world, "POST", &link(&text)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(page(&world, &key).await.taken_by, Some("dee".into()));
    world.end().await;
}

#[tokio::test]
async fn programs_page_without_an_incident_and_change_pages() {
    let world = World::new().await;
    let (status, made) =
        world.send("POST", "/api/v1/pages", Some(&json!({"whom": "@bob", "message": "the fax"}))).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!((made["key"].as_str(), made["incident"].is_null()), (Some("PAGE-1"), true), "{made}");
    let path = format!("/api/v1/pages/{}", made["id"].as_str().expect("an id"));
    let (status, snoozed) = world.send("POST", &format!("{path}/snooze"), Some(&json!({"wait": "30m"}))).await;
    assert_eq!((status, snoozed["state"].as_str()), (StatusCode::OK, Some("snoozed")), "{snoozed}");
    let (_, listed) = world.get_as("dee", "/api/v1/pages?state=snoozed").await;
    assert!(listed.contains("PAGE-1"), "{listed}");
    let (status, moved) = world.send("POST", &format!("{path}/reassign"), Some(&json!({"whom": "@cho"}))).await;
    assert_eq!((status, moved["person"].as_str()), (StatusCode::OK, Some("cho")), "{moved}");
    let (status, added) = world.send("POST", &format!("{path}/add"), Some(&json!({"person": "@dee"}))).await;
    assert_eq!((status, added["person"].as_str()), (StatusCode::OK, Some("dee")), "{added}");
    let (status, over) = world.send("POST", &format!("{path}/resolve"), None).await;
    assert_eq!((status, over["state"].as_str()), (StatusCode::OK, Some("resolved")), "{over}");
    let (status, _) = world.send("POST", &format!("{path}/sleep"), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    world.end().await;
}

#[tokio::test]
async fn a_page_of_a_private_incident_is_changed_by_its_members_alone() {
    let world = World::new().await;
    declare(&world, "private:yes").await;
    let asking = page(&world, "HOT-1").await;
    for line in ["snooze 30m", "reassign @bob", "add @bob", "resolve"] {
        let unseen = world.says("bob", &format!("/page {line} page:{}", asking.id())).await;
        assert_eq!(unseen.outcome, ReplyOutcome::Refused, "{line}");
        assert!(!show(&unseen.post).contains("HOT-1"), "{}", show(&unseen.post));
    }
    done(&world.says("cho", &format!("/page snooze 30m page:{}", asking.id())).await);
    world.end().await;
}

#[tokio::test]
async fn nobody_pages_into_the_room_of_a_private_incident_that_they_do_not_see() {
    let world = World::new().await;
    declare(&world, "private:yes").await;
    let before = world.room("hot-1").await;
    let refused = world.says_in("hot-1", "bob", "/page @ann \"hello\"").await;
    assert_eq!(refused.outcome, ReplyOutcome::Refused, "{}", show(&refused.post));
    assert_eq!(world.room("hot-1").await, before);
    world.end().await;
}
