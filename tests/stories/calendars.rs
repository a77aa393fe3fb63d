//! Calendar feeds of shifts: secret addresses that calendar programs read.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use hotroom::chat::{Reply, ReplyOutcome};
use http_body_util::BodyExt;

use crate::world::{World, done, minutes, show};

/// The path of the address that a reply gives.
fn path(reply: &Reply) -> String {
    let address = done(reply).data.as_ref().and_then(|data| data["url"].as_str()).expect("an address").to_owned();
    address["http://127.0.0.1:8080".len()..].to_owned()
}

struct Feed {
    status: StatusCode,
    tag: String,
    text: String,
}

async fn read(world: &World, path: &str, known: &str) -> Feed {
    let request = Request::get(path).header("host", "127.0.0.1:8080").header(header::IF_NONE_MATCH, known);
    let response = world.answers(request.body(Body::empty()).expect("a request")).await;
    let (status, headers) = (response.status(), response.headers().clone());
    let tag = headers.get(header::ETAG).map(|tag| tag.to_str().expect("a tag").to_owned()).unwrap_or_default();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    // Long lines are folded (RFC 5545, 3.1).
    let text = String::from_utf8(body.to_vec()).expect("text").replace("\r\n ", "");
    Feed { status, tag, text }
}

/// The events of a feed: the values of these properties of each.
fn events(text: &str, names: [&str; 3]) -> Vec<[String; 3]> {
    let value = |event: &str, name: &str| {
        let line = event.lines().find(|line| line.starts_with(&format!("{name}:"))).unwrap_or_default();
        line.split_once(':').map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    text.split("BEGIN:VEVENT").skip(1).map(|event| names.map(|name| value(event, name))).collect()
}

#[tokio::test]
async fn a_feed_has_the_shifts_of_a_person_and_says_which_have_changed() {
    let world = World::new().await;
    let feed = path(&world.says("ann", "/oncall calendar").await);
    let first = read(&world, &feed, "").await;
    assert_eq!(first.status, StatusCode::OK);
    let before = events(&first.text, ["UID", "DTSTART", "SEQUENCE"]);
    assert!(before.len() > 10, "{}", first.text);
    assert!(first.text.contains("SUMMARY:Ann on call") && !first.text.contains("SUMMARY:Bob"), "{}", first.text);
    assert!(!first.text.contains("RRULE"), "one event for each shift");
    assert!(before.iter().all(|[_, start, sequence]| start.ends_with('Z') && sequence == "1"), "{before:?}");

    world.advance(minutes(90)).await;
    let again = read(&world, &feed, &first.tag).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""), "nothing has changed");

    done(&world.says("ann", "/oncall override @ann until:18:00 schedule:primary").await);
    let changed = read(&world, &feed, &first.tag).await;
    let after = events(&changed.text, ["UID", "DTSTART", "SEQUENCE"]);
    let kept = before.iter().filter(|[uid, ..]| after.iter().any(|[same, ..]| same == uid)).count();
    assert!(kept + 1 >= before.len() && kept > 10, "shifts that stay keep their id: {kept} of {}", before.len());
    assert!(after.iter().any(|[_, _, sequence]| sequence == "2"), "{after:?}");
    world.end().await;
}

#[tokio::test]
async fn the_feeds_of_a_schedule_and_a_team_have_everybody_in_them() {
    let world = World::new().await;
    let schedule = read(&world, &path(&world.says("dee", "/oncall calendar schedule/primary").await), "").await;
    for person in ["Ann", "Bob"] {
        assert!(schedule.text.contains(&format!("SUMMARY:{person} on call (primary)")), "{}", schedule.text);
    }
    let unknown = world.says("dee", "/oncall calendar service/checkout").await;
    assert_eq!(unknown.outcome, ReplyOutcome::Refused);
    assert!(show(&unknown.post).contains("Which schedule?"), "{}", show(&unknown.post));
    world.end().await;
}

#[tokio::test]
async fn an_address_is_secret_ends_when_it_is_revoked_and_has_nothing_of_incidents() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Checkout is down\" severity:sev1 service:checkout private:yes").await);
    let reply = world.says("ann", "/oncall calendar").await;
    let (feed, others) = (path(&reply), path(&world.says("bob", "/oncall calendar").await));
    let text = read(&world, &feed, "").await.text;
    assert!(!text.contains("HOT-") && !text.contains("Checkout"), "{text}");
    let token = feed.trim_start_matches("/calendar/").trim_end_matches(".ics");
    let stored = std::fs::read(world.database()).expect("the database");
    assert!(!stored.windows(token.len()).any(|part| part == token.as_bytes()), "only its hash is stored");

    let ended = done(&world.says("ann", "/oncall calendar revoke:yes").await).clone();
    assert!(show(&ended.post).contains("1 calendar address"), "{}", show(&ended.post));
    assert_eq!(read(&world, &feed, "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(read(&world, &others, "").await.status, StatusCode::OK, "that of another person stays");
    assert_eq!(read(&world, "/calendar/nonsense.ics", "").await.status, StatusCode::NOT_FOUND);
    world.end().await;
}

#[tokio::test]
async fn hours_on_call_are_reported_for_payroll() {
    let world = World::new().await;
    let report = world.get("/api/v1/oncall/hours?from=2026-03-02&to=2026-03-08&timezone=Europe/Berlin").await;
    let total: f64 = report["items"].as_array().expect("a list").iter().filter_map(|line| line["hours"].as_f64()).sum();
    assert!(total >= 168.0, "somebody is on call at every hour of the week: {report}");
    assert_eq!(report["timezone"], "Europe/Berlin");
    let path = "/api/v1/oncall/hours?from=2026-03-02&to=2026-03-08&format=csv&schedule=primary";
    let (status, csv) = world.get_as("ann", path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(csv.starts_with("person,hours,night_hours,weekend_hours\r\n"), "{csv}");
    for wrong in ["from=2026-03-02&to=2026-03-01", "timezone=Mars", "schedule=none", "format=xml"] {
        let (status, problem) = world.get_as("ann", &format!("/api/v1/oncall/hours?{wrong}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {problem}");
    }
    world.end().await;
}
