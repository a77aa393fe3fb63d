//! Published post-mortems as pages of Confluence and of a wiki that bot.toml describes.

use std::time::Duration;

use hotroom::chat::ReplyOutcome;

use super::{postmortem, refused, resolved, section, writes};
use crate::{
    fake_confluence::{self, FakeConfluence},
    fake_http::{FakeHttp, Reaction},
    world::{World, done},
};

async fn with_confluence(wiki: &FakeConfluence, more: &str) -> World {
    World::with_secrets(&wiki.toml(more), &[fake_confluence::SECRET]).await
}

async fn published(world: &World) {
    resolved(world).await;
    assert_eq!(writes(world, "lessons", "Alert on the **pool** <at> once.", 1).await.0, 200);
    approved(world).await;
}

async fn approved(world: &World) {
    world.says_in("hot-1", "ann", "/postmortem submit").await;
    done(&world.says_in("hot-1", "bob", "/postmortem approve").await);
    done(&world.says_in("hot-1", "ann", "/postmortem publish").await);
}

/// Changes the lessons and publishes again.
async fn republished(world: &World, lessons: &str) {
    let version = section(&postmortem(world).await, "lessons")["version"].as_u64().unwrap();
    assert_eq!(writes(world, "lessons", lessons, version).await.0, 200);
    approved(world).await;
}

#[tokio::test]
async fn a_published_post_mortem_is_a_page_in_both_editions_of_confluence() {
    for cloud in [true, false] {
        let wiki = FakeConfluence::start(cloud).await;
        let world = with_confluence(&wiki, "").await;
        published(&world).await;
        let page = wiki.pages().remove(0);
        assert_eq!(page.title, "HOT-1: Checkout is slow");
        assert!(
            page.body.contains("<h2>Lessons</h2><p>Alert on the <strong>pool</strong> &lt;at&gt; once.</p>"),
            "{}",
            page.body
        );
        assert!(page.body.contains("/incidents/HOT-1/postmortem") && !page.body.contains("Message for customers"));
        assert_eq!(page.labels, ["postmortem"]);
        republished(&world, "Another lesson.").await;
        let page = wiki.pages().remove(0);
        assert!(wiki.pages().len() == 1 && page.version == 2 && page.body.contains("Another lesson."), "{page:?}");
        world.end().await;
    }
}

#[tokio::test]
async fn a_page_that_was_made_in_an_attempt_whose_end_is_unknown_is_found_again() {
    let wiki = FakeConfluence::start(true).await;
    let world = with_confluence(&wiki, "").await;
    wiki.react_change(1, Reaction::answer(502, "<html>"), true);
    published(&world).await;
    wiki.search_is_behind(true);
    world.advance(Duration::from_secs(30)).await;
    assert_eq!(wiki.pages()[0].labels, Vec::<String>::new(), "the search does not show the page yet");
    wiki.search_is_behind(false);
    world.advance(Duration::from_secs(600)).await;
    assert_eq!((wiki.pages().len(), wiki.pages()[0].labels.len()), (1, 1));
    world.end().await;
}

#[tokio::test]
async fn a_page_that_a_person_edited_is_left_alone_until_somebody_says_replace() {
    let wiki = FakeConfluence::start(true).await;
    let world = with_confluence(&wiki, "").await;
    published(&world).await;
    wiki.edit(&wiki.pages()[0].id, "<p>By hand.</p>");
    republished(&world, "Another lesson.").await;
    assert_eq!(wiki.pages()[0].body, "<p>By hand.</p>");
    let room = world.room("hot-1").await;
    assert!(room.contains("somebody edited the Confluence page") && room.contains("/postmortem replace"), "{room}");
    done(&world.says_in("hot-1", "ann", "/postmortem replace").await);
    assert!(wiki.pages()[0].body.contains("Another lesson."));
    assert_eq!(wiki.pages()[0].version, 3);
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_page_that_was_deleted_or_whose_title_is_taken_needs_a_person_too() {
    let wiki = FakeConfluence::start(true).await;
    let world = with_confluence(&wiki, "").await;
    wiki.add_page("HOT-1: Checkout is slow", "<p>Somebody's notes</p>");
    published(&world).await;
    assert!(world.room("hot-1").await.contains("Confluence has another page"), "{}", world.room("hot-1").await);
    assert_eq!(wiki.pages()[0].body, "<p>Somebody's notes</p>");
    wiki.delete(&wiki.pages()[0].id);
    done(&world.says_in("hot-1", "ann", "/postmortem replace").await);
    let page = wiki.pages().remove(0);
    wiki.delete(&page.id);
    republished(&world, "Another lesson.").await;
    assert!(wiki.pages().is_empty());
    assert!(world.room("hot-1").await.contains("somebody deleted the page"), "{}", world.room("hot-1").await);
    done(&world.says_in("hot-1", "ann", "/postmortem replace").await);
    assert!(wiki.pages()[0].body.contains("Another lesson."));
    world.end_with_given_up().await;
}

#[tokio::test]
async fn confluence_may_be_away_for_a_while() {
    let wiki = FakeConfluence::start(false).await;
    let world = with_confluence(&wiki, "").await;
    wiki.react_always(Some(Reaction::answer(503, "")));
    published(&world).await;
    world.advance(Duration::from_secs(120)).await;
    assert!(wiki.pages().is_empty());
    wiki.react_always(None);
    world.advance(Duration::from_secs(600)).await;
    assert_eq!(wiki.pages().len(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_private_incident_has_a_page_only_where_that_is_configured_and_a_drill_has_none() {
    for (more, declare, pages) in [
        ("", "severity:sev1 private:yes", 0),
        ("private = true\n", "severity:sev1 private:yes", 1),
        ("private = true\n", "severity:sev1 drill:yes", 0),
    ] {
        let wiki = FakeConfluence::start(true).await;
        let world = with_confluence(&wiki, more).await;
        done(&world.says("ann", &format!("/incident declare \"A leak\" {declare}")).await);
        done(&world.says("ann", "/incident resolve \"Closed\" incident:HOT-1").await);
        world.says("ann", "/postmortem open incident:HOT-1").await;
        for line in ["submit", "approve", "publish"] {
            world.says("ann", &format!("/postmortem {line} incident:HOT-1")).await;
        }
        assert_eq!(wiki.pages().len(), pages, "{more} {declare}");
        assert!(pages > 0 || wiki.http.lines().is_empty(), "{:?}", wiki.http.lines());
        world.end().await;
    }
}

#[tokio::test]
async fn any_other_wiki_is_described_by_its_request() {
    let wiki = FakeHttp::start(|_| Reaction::answer(200, "{}")).await;
    let toml = format!(
        "[documents.wiki]\nurl = \"{}/api/pages/{{{{key}}}}\"\nauthorization = \"env:WIKI\"\n\
         body = '{{\"title\": \"{{{{title}}}}\", \"text\": \"{{{{markdown}}}}\", \"source\": \"{{{{link}}}}\"}}'\n",
        wiki.url
    );
    let world = World::with_secrets(&toml, &[("WIKI", "Bearer the-token")]).await;
    published(&world).await;
    let request = wiki.received().remove(0);
    assert_eq!(
        (request.line().as_str(), request.headers["authorization"].as_str()),
        ("PUT /api/pages/HOT-1", "Bearer the-token")
    );
    let body = request.json();
    assert_eq!(body["title"], "HOT-1: Checkout is slow");
    assert!(body["text"].as_str().unwrap().contains("## Lessons\n\nAlert on the **pool**"), "{body}");
    assert!(body["source"].as_str().unwrap().ends_with("/incidents/HOT-1/postmortem"));
    done(&world.says_in("hot-1", "ann", "/postmortem replace").await);
    assert_eq!(wiki.received().len(), 2);
    world.end().await;
}

#[tokio::test]
async fn nothing_is_replaced_before_it_is_published_or_where_nothing_is_kept() {
    let wiki = FakeConfluence::start(true).await;
    let world = with_confluence(&wiki, "").await;
    resolved(&world).await;
    let reply = world.says_in("hot-1", "ann", "/postmortem replace").await;
    assert_eq!(reply.outcome, ReplyOutcome::Refused);
    assert!(refused(&reply).contains("draft"), "{}", refused(&reply));
    world.end().await;
    let world = World::new().await;
    published(&world).await;
    let reply = world.says_in("hot-1", "ann", "/postmortem replace").await;
    assert!(refused(&reply).contains("names no folder and no wiki"), "{}", refused(&reply));
    world.end().await;
}

#[tokio::test]
async fn what_is_redacted_leaves_the_file_and_the_page_too_and_the_reply_says_what_stays() {
    let wiki = FakeConfluence::start(true).await;
    let folder = tempfile::tempdir().unwrap();
    let toml = format!("[documents]\nfolder = \"{}\"\n{}", folder.path().display(), wiki.toml(""));
    let hook = "[[webhooks]]\nid = \"crm\"\nurl = \"http://127.0.0.1:9/\"\nevents = [\"incident.*\"]\nsecrets = [\"env:HOOK\"]\n";
    let secrets = [fake_confluence::SECRET, ("HOOK", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")];
    let world = World::with_secrets(&format!("{toml}{hook}"), &secrets).await;
    resolved(&world).await;
    done(&world.says_in("hot-1", "ann", "/incident note \"the password is hunter2\"").await);
    assert_eq!(writes(&world, "lessons", "Somebody wrote: the password is hunter2", 1).await.0, 200);
    approved(&world).await;
    let file = || std::fs::read_to_string(folder.path().join("HOT-1.md")).unwrap();
    assert!(file().contains("hunter2") && wiki.pages()[0].body.contains("hunter2"));
    let timeline = world.get("/api/v1/incidents/HOT-1/timeline").await;
    let entries = timeline["items"].as_array().unwrap();
    let note = entries
        .iter()
        .find(|entry| entry["event"].to_string().contains("note_added") && entry.to_string().contains("hunter2"));
    let note = note.unwrap()["seq"].as_u64().unwrap();
    let reply = world.says_in("hot-1", "ann", &format!("/incident timeline redact:{note} reason:secret")).await;
    let text = crate::world::show(&done(&reply).post);
    assert!(text.contains("Not taken back") && text.contains("webhooks crm"), "{text}");
    assert!(!file().contains("hunter2"), "{}", file());
    assert!(!wiki.pages()[0].body.contains("hunter2"), "{}", wiki.pages()[0].body);
    world.end_with_given_up().await;
}
