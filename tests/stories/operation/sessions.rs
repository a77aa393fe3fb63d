//! Sessions and sign-in links: how long they last, and who can end them.

use std::time::Duration;

use axum::http::StatusCode;
use hotroom::app::system::reload::end_sessions_of_removed;

use crate::world::{World, done, show};

const DAY: Duration = Duration::from_secs(86_400);

async fn status(world: &World, cookie: &str) -> u16 {
    world.get_signed_in(cookie, "/incidents").await.0.as_u16()
}

#[tokio::test]
async fn an_admin_ends_all_sessions_and_links_of_a_person() {
    let world = World::new().await;
    let (bob, ann) = (world.signs_in("bob").await, world.signs_in("ann").await);
    let invited = world.says("ann", "/admin invite @bob").await;
    let link = link_in(&show(&invited.post));
    let out = world.says("ann", "/admin sign-out @bob").await;
    assert!(show(&done(&out).post).contains("Bob is signed out of 1 browser"), "{}", show(&out.post));
    assert_ne!(status(&world, &bob).await, 200);
    assert_eq!(status(&world, &ann).await, 200);
    assert_eq!(world.send("POST", &link, None).await.0, StatusCode::GONE);
    world.end().await;
}

#[tokio::test]
async fn a_session_ends_when_it_was_not_used_for_two_weeks() {
    let world = World::new().await;
    let cookie = world.signs_in("bob").await;
    for _ in 0..2 {
        world.pass(DAY * 13);
        assert_eq!(status(&world, &cookie).await, 200, "using it keeps it");
    }
    let other = world.signs_in("bob").await;
    world.pass(DAY * 15);
    assert_ne!(status(&world, &other).await, 200);
    world.end().await;
}

#[tokio::test]
async fn how_long_a_session_may_be_unused_is_a_setting() {
    let world = World::with("[server]\nsession_idle = \"1d\"\n").await;
    let cookie = world.signs_in("bob").await;
    world.pass(DAY - Duration::from_secs(60));
    assert_eq!(status(&world, &cookie).await, 200);
    world.pass(DAY + Duration::from_secs(60));
    assert_ne!(status(&world, &cookie).await, 200);
    world.end().await;
}

#[tokio::test]
async fn coming_back_after_a_removal_revives_no_session() {
    let world = World::new().await;
    let cookie = world.signs_in("dee").await;
    let mut others = hotroom::config::Config::shipped();
    others.people.retain(|person| person.id.as_str() != "dee");
    // What a start and a reload do with such a file; afterwards she is in it again.
    let removed = move |tx: &mut hotroom::store::Tx<'_>| end_sessions_of_removed(tx, &others);
    world.app.store.transact(removed).await.unwrap();
    assert_ne!(status(&world, &cookie).await, 200);
    world.end().await;
}

#[tokio::test]
async fn a_sign_in_link_states_its_lifetime_and_is_not_in_the_database() {
    let world = World::new().await;
    let press = |n: &'static str| {
        let said = hotroom::chat::CommandInput::Text("/admin invite @bob".to_owned());
        world.delivers("ann", None, said, n)
    };
    let first = press("invite-1").await;
    let text = show(&first.post);
    let token = link_in(&text).rsplit('/').next().unwrap().to_owned();
    let until = (world.now() + chrono::TimeDelta::hours(1)).timestamp();
    assert!(text.contains(&format!("<t:{until}:f>")), "{text}");
    let again = show(&press("invite-1").await.post);
    assert!(again.contains("was shown once") && !again.contains(&token), "{again}");
    let file = rusqlite::Connection::open(world.database()).unwrap();
    let kept: i64 = file
        .query_row("SELECT count(*) FROM inbox WHERE instr(COALESCE(reply, ''), $1) > 0", [&token], |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 0);
    world.end().await;
}

/// The path of the link in a text.
fn link_in(text: &str) -> String {
    let at = text.find("/sign-in/").expect("a link");
    text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || "/-".contains(*c)).collect()
}
