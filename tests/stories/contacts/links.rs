//! Links in messages: they show with GET, act with POST, once, for one person, without a sign-in.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use hotroom::domain::oncall::PageState;

use super::{Providers, declare, link, opens, page, statuses};
use crate::{
    restart::restarted,
    world::{World, done, minutes},
};

const CHO: &[(&str, &[&str])] = &[("cho", &["gateway:+4915100000003"])];

#[tokio::test]
async fn a_link_in_a_text_message_acknowledges_after_one_confirmation() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    let key = declare(&world, "").await;
    let (number, text) = providers.texts().remove(0);
    assert_eq!(number, "+4915100000003");
    assert!(text.contains("HOT-1") && text.contains("Checkout is down"), "{text}");
    let path = link(&text);

    // A program of the mail provider, or a preview, opens it again and again.
    for _ in 0..3 {
        let (status, view) = opens(&world, "GET", &path).await;
        assert_eq!(status, StatusCode::OK);
        assert!(view.contains("Acknowledge as Cho") && view.contains("Checkout is down"), "{view}");
        let (status, _) = opens(&world, "HEAD", &path).await;
        assert_eq!(status, StatusCode::OK);
    }
    assert_eq!(page(&world, &key).await.state, PageState::Triggered, "looking changes nothing");

    let (status, view) = opens(&world, "POST", &path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(view.contains("You acknowledged this page"), "{view}");
    let taken = page(&world, &key).await;
    assert_eq!((taken.state, taken.taken_by), (PageState::Acknowledged, Some("cho".into())));
    world.settle().await;
    let room = world.room("hot-1").await;
    assert!(room.contains("text message by gateway"), "the room names the way: {room}");
    world.advance(minutes(30)).await;
    assert_eq!(providers.texts().len(), 1);
    let (_, view) = opens(&world, "POST", &path).await;
    assert!(view.contains("You acknowledged this page"), "pressing twice is no mistake: {view}");
    world.end().await;
}

#[tokio::test]
async fn of_a_link_and_a_button_one_wins_and_the_other_sees_who() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    let key = declare(&world, "").await;
    let path = link(&providers.texts()[0].1);
    let asking = page(&world, &key).await;
    let answer = format!("/page ack {}", asking.id());
    let (button, followed) = tokio::join!(world.hears("bob", None, &answer), opens(&world, "POST", &path));
    world.settle().await;
    let taken = page(&world, &key).await.taken_by.expect("somebody has it");
    if taken.as_str() == "bob" {
        done(&button);
        assert_eq!(followed.0, StatusCode::CONFLICT);
        assert!(followed.1.contains("Bob acknowledged this page"), "{}", followed.1);
    } else {
        assert_eq!(followed.0, StatusCode::OK);
    }
    world.end().await;
}

#[tokio::test]
async fn a_link_ends_with_its_page_and_a_made_up_one_is_unknown() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    let key = declare(&world, "").await;
    let path = link(&providers.texts()[0].1);
    done(&world.says("dee", &format!("/incident resolve \"fixed\" incident:{key}")).await);
    let (status, view) = opens(&world, "GET", &path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(view.contains("The incident is over") && !view.contains("<form"), "{view}");
    let (status, _) = opens(&world, "POST", &path).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(page(&world, &key).await.taken_by, None);
    for made_up in ["/a/aaaaaaaaaaaaaaaaaaaa", "/a/short", "/a/aaaaaaaaaaaaaaaaaaaaa"] {
        for method in ["GET", "POST"] {
            assert_eq!(opens(&world, method, made_up).await.0, StatusCode::NOT_FOUND, "{method} {made_up}");
        }
    }
    world.end().await;
}

/// What somebody wrote into the database is no link: links are signed.
#[tokio::test]
async fn a_row_without_a_signature_is_no_link() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    let key = declare(&world, "").await;
    use sha2::Digest;
    let forged = hex::encode(sha2::Sha256::digest("bbbbbbbbbbbbbbbbbbbb"));
    world.damages(&format!(
        "INSERT INTO contact_tokens SELECT X'{forged}', page, person, attempt, method, kind, action, expires_at, NULL
         FROM contact_tokens LIMIT 1"
    ));
    assert_eq!(opens(&world, "POST", "/a/bbbbbbbbbbbbbbbbbbbb").await.0, StatusCode::NOT_FOUND);
    assert_eq!(page(&world, &key).await.state, PageState::Triggered);
    world.end().await;
}

#[tokio::test]
async fn a_link_is_kept_out_of_caches_referrers_and_search_engines_and_works_from_another_site() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    declare(&world, "").await;
    let path = link(&providers.texts()[0].1);
    let request = Request::builder()
        .method("POST")
        .uri(&path)
        .header("host", "127.0.0.1:8080")
        .header("origin", "https://ntfy.example.com")
        .header("sec-fetch-site", "cross-site")
        .header("accept", "application/json");
    let response = world.answers(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("referrer-policy").as_deref(), Some("no-referrer"));
    assert_eq!(header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(header("x-robots-tag").as_deref(), Some("noindex, nofollow"));
    let body = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
    let report: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((report["state"].as_str(), report["page"].as_str()), (Some("done"), Some("acknowledged")));
    world.settle().await;
    world.end().await;
}

#[tokio::test]
async fn a_browser_that_has_shown_a_page_says_so_and_that_acknowledges_nothing() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    let key = declare(&world, "").await;
    let path = link(&providers.texts()[0].1);
    assert_eq!(opens(&world, "POST", &format!("{path}/shown")).await.0, StatusCode::NO_CONTENT);
    world.settle().await;
    let shown = page(&world, &key).await;
    assert_eq!((shown.state, statuses(&shown)), (PageState::Triggered, vec!["cho gateway shown".to_owned()]));
    assert!(world.room("hot-1").await.contains("text message by gateway shown"));
    assert_eq!(opens(&world, "POST", "/a/aaaaaaaaaaaaaaaaaaaa/shown").await.0, StatusCode::NOT_FOUND);
    world.end().await;
}

#[tokio::test]
async fn whoever_tries_links_is_limited_and_a_real_link_works_all_the_same() {
    let providers = Providers::start().await;
    let world = World::with(&providers.settings(CHO, false)).await;
    let key = declare(&world, "").await;
    let opens_from = async |address: &str, method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080");
        let request = request.header("x-forwarded-for", address).header("accept", "application/json");
        world.answers(request.body(Body::empty()).unwrap()).await
    };
    for n in 0..20 {
        let method = if n % 2 == 0 { "GET" } else { "POST" };
        let guess = opens_from("203.0.113.9", method, &format!("/a/AAAAAAAAAAAAAAAAAA{n:02}")).await;
        assert_eq!(guess.status(), StatusCode::NOT_FOUND, "{n}");
    }
    let limited = opens_from("203.0.113.9", "GET", "/a/AAAAAAAAAAAAAAAAAA99").await;
    assert_eq!(limited.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(limited.headers().contains_key("retry-after"));
    let elsewhere = opens_from("198.51.100.7", "GET", "/a/AAAAAAAAAAAAAAAAAA99").await;
    assert_eq!(elsewhere.status(), StatusCode::NOT_FOUND, "others are not limited");
    let real = opens_from("203.0.113.9", "POST", &link(&providers.texts()[0].1)).await;
    assert_eq!(real.status(), StatusCode::OK, "an office shares one address");
    assert_eq!(page(&world, &key).await.state, PageState::Acknowledged);
    world.pass(minutes(11));
    let later = opens_from("203.0.113.9", "GET", "/a/AAAAAAAAAAAAAAAAAA99").await;
    assert_eq!(later.status(), StatusCode::NOT_FOUND);
    world.end().await;
}

#[tokio::test]
async fn a_link_works_after_a_restart_and_once() {
    let providers = Providers::start().await;
    let settings = providers.settings(CHO, false);
    let world = World::with(&settings).await;
    let key = declare(&world, "").await;
    let path = link(&providers.texts()[0].1);
    let after = restarted(world, &settings, minutes(1)).await;
    assert_eq!(opens(&after, "POST", &path).await.0, StatusCode::OK);
    assert_eq!(page(&after, &key).await.state, PageState::Acknowledged);
    let snooze = format!("/page snooze 30m page:{}", page(&after, &key).await.id());
    done(&after.says("cho", &snooze).await);
    assert_eq!(opens(&after, "POST", &path).await.0, StatusCode::CONFLICT, "it was used");
    assert_eq!(page(&after, &key).await.state, PageState::Snoozed);
    after.settle().await;
    after.end().await;
}
