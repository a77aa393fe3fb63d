//! The state of an incident on one page, and the link that shares it.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};

use crate::world::{World, done, minutes};

const DAY: u64 = 24 * 60;

/// Sends the form of the page and returns the status of the answer with its text.
async fn sends(world: &World, cookie: &str, form: &str) -> (StatusCode, String) {
    let request = Request::builder().method("POST").uri("/incidents/HOT-1/state");
    let request = request.header("host", "localhost").header("cookie", cookie);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = world.answers(request.body(Body::from(form.to_owned())).unwrap()).await;
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8_lossy(&body).replace("&#x2f;", "/"))
}

fn token_of<'t>(page: &'t str, name: &str, end: char) -> &'t str {
    page.split_once(name).unwrap_or_else(|| panic!("no {name}: {page}")).1.split(end).next().unwrap()
}

/// What somebody without a sign-in gets.
async fn opens(world: &World, path: &str) -> (StatusCode, String, String) {
    let request = Request::builder().uri(path).header("host", "localhost").body(Body::empty()).unwrap();
    let answer = world.answers(request).await;
    let status = answer.status();
    let robots = answer.headers().get("x-robots-tag").map(|value| value.to_str().unwrap().to_owned());
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8_lossy(&body).into_owned(), robots.unwrap_or_default())
}

async fn declared(more: &str) -> World {
    let world = World::new().await;
    done(&world.says("ann", &format!("/incident declare \"Checkout is <slow>\" severity:sev2 {more}")).await);
    done(&world.says_in("hot-1", "ann", "/incident role incident_manager @bob").await);
    done(&world.says_in("hot-1", "ann", "/incident task \"Check the queue\" person:@cho").await);
    done(
        &world
            .says_in("hot-1", "ann", "/incident update \"We roll back\" impact:\"One in five payments fails\" next:30m")
            .await,
    );
    world
}

#[tokio::test]
async fn the_page_says_what_is_known_done_and_next_and_is_shared_by_a_link_that_expires() {
    let world = declared("").await;
    let cookie = world.signs_in("ann").await;
    let (_, page) = world.get_signed_in(&cookie, "/incidents/HOT-1/state").await;
    for part in [
        "HOT-1: Checkout is &lt;slow&gt;",
        "We roll back",
        "One in five payments fails",
        "Bob",
        "Check the queue",
        "Next update",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let csrf = token_of(&page, "name=\"csrf\" value=\"", '"').to_owned();
    let (status, _) = sends(&world, &cookie, "act=share&days=7&csrf=wrong").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _) = sends(&world, &cookie, &format!("act=share&days=400&csrf={csrf}")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, made) = sends(&world, &cookie, &format!("act=share&days=7&csrf={csrf}")).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    let token = token_of(&made, "/state/", '<').to_owned();
    assert_eq!(token.len(), 32, "128 bits");
    let file = std::fs::read(world.database()).unwrap();
    assert!(!file.windows(32).any(|window| window == token.as_bytes()), "only its hash is stored");

    let path = format!("/state/{token}");
    let (status, shared, robots) = opens(&world, &path).await;
    assert_eq!((status, robots.as_str()), (StatusCode::OK, "noindex, nofollow"));
    assert!(
        shared.contains("We roll back") && !shared.contains("csrf\" value") && !shared.contains("/incidents/HOT-1"),
        "{shared}"
    );
    done(&world.says_in("hot-1", "ann", "/incident update \"Rolled back\"").await);
    assert!(opens(&world, &path).await.1.contains("Rolled back"), "it is live");

    world.advance(minutes(8 * DAY)).await;
    assert_eq!(opens(&world, &path).await.0, StatusCode::NOT_FOUND, "it has expired");
    world.end().await;
}

#[tokio::test]
async fn a_link_is_revoked_and_guesses_are_slowed_down() {
    let world = declared("").await;
    let cookie = world.signs_in("ann").await;
    let (_, page) = world.get_signed_in(&cookie, "/incidents/HOT-1/state").await;
    let csrf = token_of(&page, "name=\"csrf\" value=\"", '"').to_owned();
    let (_, made) = sends(&world, &cookie, &format!("act=share&days=1&csrf={csrf}")).await;
    let path = format!("/state/{}", token_of(&made, "/state/", '<'));
    assert_eq!(opens(&world, &path).await.0, StatusCode::OK);
    let (_, page) = sends(&world, &cookie, &format!("act=revoke&csrf={csrf}")).await;
    assert!(!page.contains("Revoke"), "{page}");
    assert_eq!(opens(&world, &path).await.0, StatusCode::NOT_FOUND);
    let mut last = StatusCode::NOT_FOUND;
    for n in 0..40 {
        last = opens(&world, &format!("/state/{n:032}")).await.0;
    }
    assert_eq!(last, StatusCode::SERVICE_UNAVAILABLE, "too many attempts");
    world.end().await;
}

#[tokio::test]
async fn a_private_incident_is_never_shared() {
    let world = declared("").await;
    let cookie = world.signs_in("ann").await;
    let (_, page) = world.get_signed_in(&cookie, "/incidents/HOT-1/state").await;
    let csrf = token_of(&page, "name=\"csrf\" value=\"", '"').to_owned();
    let (_, made) = sends(&world, &cookie, &format!("act=share&days=7&csrf={csrf}")).await;
    let path = format!("/state/{}", token_of(&made, "/state/", '<'));
    done(&world.says_in("hot-1", "ann", "/incident private yes").await);
    assert_eq!(opens(&world, &path).await.0, StatusCode::NOT_FOUND, "a link that was made before shows nothing");
    let (status, refused) = sends(&world, &cookie, &format!("act=share&days=7&csrf={csrf}")).await;
    assert!(status == StatusCode::CONFLICT && refused.contains("private"), "{status} {refused}");
    let stranger = world.signs_in("dee").await;
    assert_eq!(world.get_signed_in(&stranger, "/incidents/HOT-1/state").await.0, StatusCode::NOT_FOUND);
    world.end().await;
}

#[tokio::test]
async fn an_open_incident_has_a_video_call_of_its_own() {
    let world = World::with("[chat]\nvideo_url = \"https://meet.example.com/hotroom-{{key}}-{{id}}\"\n").await;
    done(&world.says("ann", "/incident declare \"Checkout is slow\" severity:sev2").await);
    let id = world.incident("HOT-1").await.id;
    let link = format!("https://meet.example.com/hotroom-HOT-1-{id}");
    assert!(world.room("hot-1").await.contains(&link), "{}", world.room("hot-1").await);
    done(&world.says("ann", "/incident close duplicate incident:HOT-1").await);
    assert!(!world.room("hot-1").await.contains(&link), "it is over");
    world.end().await;
}
