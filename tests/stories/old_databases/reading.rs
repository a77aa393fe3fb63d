//! A bot that starts on an old database shows every list and every record, and sends pending effects.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use hotroom::{
    cli::{Remedies, doctor},
    config::Config,
};
use serde_json::Value;

use super::{BEFORE_REDESIGN, Database};
use crate::{
    described::Description,
    world::{World, done, minutes},
};

/// The people of the dump. Each reads what they have access to.
const PEOPLE: [&str; 5] = ["ann", "bob", "cho", "dee", "eve"];

/// How a GET of the API is tested.
enum Reading {
    /// A list, page by page: `field` of its items has these values.
    List { field: &'static str, values: &'static str },
    /// One record for each of these values in the path.
    Records { values: &'static str },
    /// A response that names no row.
    Whole,
}

const KEYS: &str = "SELECT prefix || '-' || number FROM incidents";
const OVERRIDES: &str = "SELECT id FROM overrides WHERE removed_at IS NULL AND until_at > (SELECT MAX(at) FROM events)";
const GROUPS: &str = "SELECT id FROM alert_groups";

/// Returns how a path of the API description is tested. A new path needs an arm.
fn reading(path: &str) -> Reading {
    match path {
        "/api/v1/alerts" => Reading::List { field: "id", values: "SELECT id FROM alerts" },
        "/api/v1/changes" => Reading::List { field: "id", values: "SELECT id FROM changes" },
        "/api/v1/groups" => Reading::List { field: "id", values: GROUPS },
        "/api/v1/groups/{id}" | "/api/v1/groups/{id}/why" => Reading::Records { values: GROUPS },
        "/api/v1/incidents" => Reading::List { field: "key", values: KEYS },
        "/api/v1/incidents/{key}"
        | "/api/v1/incidents/{key}/timeline"
        | "/api/v1/incidents/{key}/similar"
        | "/api/v1/incidents/{key}/transcript" => Reading::Records { values: KEYS },
        "/api/v1/oncall/overrides" => Reading::List { field: "id", values: OVERRIDES },
        "/api/v1/pages" => Reading::List { field: "id", values: "SELECT id FROM pages" },
        "/api/v1/report/noise" => Reading::List { field: "day", values: "SELECT day FROM noise" },
        "/api/v1/report/incidents" | "/api/v1/report/load" | "/api/v1/report/outcomes" | "/api/v1/report/times" => {
            Reading::Whole
        }
        "/api/v1/silences" => Reading::List { field: "id", values: "SELECT id FROM silences" },
        "/api/v1/oncall" | "/api/v1/oncall/hours" | "/api/v1/oncall/readiness" | "/api/v1/profile" => Reading::Whole,
        "/api/v1/pages/{id}" => Reading::Records { values: "SELECT id FROM pages" },
        // An old database has no post-mortems and no follow-ups.
        "/api/v1/reports" => Reading::List { field: "number", values: "SELECT '' WHERE 1 = 0" },
        "/api/v1/reports/{number}" => Reading::Records { values: "SELECT '' WHERE 1 = 0" },
        "/api/v1/issues" => Reading::List { field: "key", values: KEYS },
        "/api/v1/followups" => Reading::List { field: "id", values: "SELECT '' WHERE 1 = 0" },
        "/api/v1/postmortems" => Reading::List { field: "incident", values: "SELECT '' WHERE 1 = 0" },
        "/api/v1/incidents/{key}/postmortem" | "/api/v1/incidents/{key}/postmortem/sections/{section}" => {
            Reading::Records { values: "SELECT '' WHERE 1 = 0" }
        }
        // An old database has no contact methods; those who have none are listed all the same.
        "/api/v1/people/{id}/contacts" => Reading::Records { values: "SELECT 'ann'" },
        other => panic!("{other}: say in `reading` which rows of an old database it shows"),
    }
}

/// HTML pages outside the API, with the values for `{}`.
const PAGES: [(&str, &str); 32] = [
    ("/", ""),
    ("/incidents", ""),
    ("/incidents/{}", KEYS),
    ("/incidents/{}/postmortem", KEYS),
    ("/incidents/{}/state", KEYS),
    ("/followups", ""),
    ("/reports", ""),
    ("/reports/load", ""),
    ("/reports/outcomes", ""),
    ("/alerts", ""),
    ("/oncall", ""),
    ("/oncall/readiness", ""),
    ("/profile", ""),
    ("/health", ""),
    ("/rooms/{}", "SELECT id FROM rooms"),
    ("/console/state", ""),
    ("/console/rooms/{}", "SELECT id FROM rooms"),
    ("/console/rooms/{}/messages", "SELECT id FROM rooms"),
    ("/console/rooms/{}/side", "SELECT room FROM incidents WHERE room IS NOT NULL"),
    ("/status", ""),
    ("/status/history.atom", ""),
    ("/status/history.rss", ""),
    ("/status/api/v2/summary.json", ""),
    ("/status/api/v2/incidents.json", ""),
    ("/status/api/v2/components.json", ""),
    ("/api/v2/alerts", ""),
    ("/api/v2/alerts/groups", ""),
    ("/api/v2/silences", ""),
    ("/api/v2/silence/{}", "SELECT id FROM silences"),
    ("/v2/alerts", ""),
    ("/v2/alerts/{}", "SELECT alert FROM tickets"),
    ("/v2/heartbeats", ""),
];

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// Returns the API's response to a person; `None` if there is nothing for them.
async fn read(world: &World, who: &str, path: &str) -> Option<Value> {
    let (status, body) = world.get_as(who, path).await;
    assert!(status == StatusCode::OK || status == StatusCode::NOT_FOUND, "{path} as {who}: {status} {body}");
    let told: Value = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}"));
    if path.starts_with("/api/v1/") {
        Description::of(world).await.check(&format!("GET {path}"), status.as_u16(), &told);
    }
    (status == StatusCode::OK).then_some(told)
}

/// Returns all items of a list that a person sees.
async fn items(world: &World, who: &str, path: &str) -> Vec<Value> {
    // The noise report is a single page for a number of days.
    let (asked, mut found) = (if path.ends_with("noise") { "days=366" } else { "limit=7" }, Vec::new());
    let mut next = format!("{path}?{asked}");
    loop {
        let page = read(world, who, &next).await.unwrap_or_else(|| panic!("{next} is not there"));
        found.extend(page["items"].as_array().expect("items").iter().cloned());
        let Some(cursor) = page["next"].as_str() else { return found };
        next = format!("{path}?{asked}&cursor={cursor}");
    }
}

/// Returns the values of a field of a list, over all people.
async fn values(world: &World, path: &str, field: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for who in PEOPLE {
        seen.extend(items(world, who, path).await.iter().map(|item| text(&item[field])));
    }
    seen
}

/// Reads every GET path that the API describes.
async fn read_api(world: &World, old: &Database) {
    let described = world.get("/api/openapi.json").await;
    let paths =
        described["paths"].as_object().expect("paths").iter().filter(|(_, methods)| methods.get("get").is_some());
    for (path, _) in paths {
        match reading(path) {
            Reading::List { field, values: wanted } => {
                assert_eq!(values(world, path, field).await, old.texts(wanted), "{path}");
            }
            Reading::Records { values } => {
                for value in old.texts(values) {
                    let path = path.replace("{id}", &value).replace("{key}", &value);
                    assert_ne!(readers(world, &path).await, Vec::<&str>::new(), "nobody reads {path}");
                }
            }
            Reading::Whole => drop(read(world, "ann", path).await.expect("it is there")),
        }
    }
}

/// Returns the people who can read a path.
async fn readers(world: &World, path: &str) -> Vec<&'static str> {
    let mut readers = Vec::new();
    for who in PEOPLE {
        readers.extend(read(world, who, path).await.map(|_| who));
    }
    readers
}

/// Compares the timeline of each incident with its stored events.
async fn read_timelines(world: &World, old: &Database) {
    for key in old.texts(KEYS) {
        let path = format!("/api/v1/incidents/{key}/timeline");
        let who = readers(world, &path).await[0];
        let entries = items(world, who, &path).await;
        let (prefix, number) = key.split_once('-').expect("a key");
        let sql = format!(
            "SELECT body FROM events WHERE stream = (SELECT 'incident/' || id FROM incidents
             WHERE prefix = '{prefix}' AND number = {number}) ORDER BY seq"
        );
        let stored: Vec<Value> = old.column(&sql).iter().map(|body| serde_json::from_str(body).unwrap()).collect();
        let timeline: Vec<&Value> = entries.iter().map(|entry| &entry["event"]).collect();
        for event in &stored {
            let shown = timeline.iter().any(|entry| super::contents::differences(event, entry, "").is_empty());
            assert!(shown, "{key}: {event} is not on the timeline");
        }
    }
}

/// Reads every page outside the API, signed in.
async fn read_pages(world: &World, old: &Database) {
    let mut cookies = Vec::new();
    for who in PEOPLE {
        cookies.push(world.signs_in(who).await);
    }
    for (pattern, values) in PAGES {
        let values = if values.is_empty() { BTreeSet::from([String::new()]) } else { old.texts(values) };
        for value in values {
            let path = pattern.replace("{}", &value);
            let mut seen = false;
            for cookie in &cookies {
                let (status, body) = world.get_signed_in(cookie, &path).await;
                assert!(!status.is_server_error(), "{path}: {status} {body}");
                seen |= status == StatusCode::OK;
            }
            assert!(seen, "nobody sees {path}");
        }
    }
    read_public_incidents(world, &cookies[0]).await;
}

/// The status page names its incidents by ids of its own.
async fn read_public_incidents(world: &World, cookie: &str) {
    let listed = world.get("/status/api/v2/incidents.json").await;
    let incidents = listed["incidents"].as_array().expect("public incidents");
    assert!(!incidents.is_empty(), "{listed}");
    for incident in incidents {
        let path = format!("/status/incidents/{}", incident["id"].as_str().expect("an id"));
        let (status, body) = world.get_signed_in(cookie, &path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
    }
}

/// Starts a bot on the dump.
async fn world(database: &Database) -> World {
    World::on(&database.path, BEFORE_REDESIGN.toml, database.after()).await
}

#[tokio::test]
async fn every_list_and_every_record_is_read() {
    let old = Database::of(&BEFORE_REDESIGN);
    let world = world(&old).await;
    read_api(&world, &old).await;
    read_timelines(&world, &old).await;
    read_pages(&world, &old).await;
    world.end_with_given_up().await;
}

/// Fields that were added to records later; older records lack them.
const LATER_FIELDS: [(&str, &[&str]); 4] = [
    (
        "alert_groups",
        &[
            "acknowledged_there",
            "muted",
            "flapping",
            "folded",
            "folded_firing",
            "folded_muted",
            "folded_alerts",
            "tellings",
            "acknowledged_until",
            "remind",
            "silenced_until_over",
            "storm",
        ],
    ),
    ("alerts", &["timed_out", "acknowledged_there", "remarks", "flapping"]),
    ("pages", &["by", "lapsed", "stepped_version", "pushed_by", "pushed_at"]),
    ("tickets", &["draft.responders"]),
];

#[tokio::test]
async fn records_from_before_a_field_existed_are_read() {
    let old = Database::of(&BEFORE_REDESIGN);
    for (table, fields) in LATER_FIELDS {
        for field in fields {
            let had = old.rows(&format!("SELECT 1 FROM {table} WHERE json_type(doc, '$.{field}') IS NOT NULL"));
            assert!(!had.is_empty(), "no record of {table} has {field}");
            old.run(&format!("UPDATE {table} SET doc = json_remove(doc, '$.{field}')"));
        }
    }
    let world = world(&old).await;
    read_api(&world, &old).await;
    read_pages(&world, &old).await;
    world.end_with_given_up().await;
}

#[tokio::test]
async fn what_was_waiting_is_sent() {
    let old = Database::of(&BEFORE_REDESIGN);
    let world = world(&old).await;
    let stuck = async || {
        let rows = world.app.store.read(|reads| reads.stuck_rows(1_000)).await.unwrap();
        rows.into_iter().map(|row| (row.key.to_string(), row.why)).collect::<BTreeSet<_>>()
    };
    let before = stuck().await;
    world.advance(minutes(60)).await;
    let after = stuck().await;
    assert_eq!(after.difference(&before).collect::<Vec<_>>(), Vec::<&(String, Option<String>)>::new());
    let open = world.app.store.read(|reads| reads.open_rows(10_000)).await.unwrap();
    let late: Vec<_> = open.iter().filter(|row| row.due <= world.now()).collect();
    assert!(late.is_empty(), "due and not sent: {late:#?}");
    assert_still_listed(&world, &old).await;
    world.end_with_given_up().await;
}

/// Checks that the groups and incidents of the dump are still listed.
async fn assert_still_listed(world: &World, old: &Database) {
    let (groups, incidents) =
        (values(world, "/api/v1/groups", "id").await, values(world, "/api/v1/incidents", "key").await);
    assert!(groups.is_superset(&old.texts(GROUPS)), "{groups:?}");
    assert!(incidents.is_superset(&old.texts(KEYS)), "{incidents:?}");
}

/// Returns the report of `hotroom doctor` on the database of a bot.
async fn doctor_lines(world: &World) -> Vec<String> {
    let env = [("HOTROOM_STORE__PATH".to_owned(), world.database().display().to_string())];
    let config =
        Config::from_text("bot.toml", BEFORE_REDESIGN.toml, env).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let now = world.now();
    tokio::task::spawn_blocking(move || doctor(&config, Remedies::default(), now).lines).await.unwrap()
}

#[tokio::test]
async fn the_doctor_finds_no_difference_between_old_records_and_their_history() {
    let old = Database::of(&BEFORE_REDESIGN);
    let world = world(&old).await;
    let title = &old.column("SELECT title FROM incidents WHERE number = 1")[0];
    let before = doctor_lines(&world).await;
    assert!(before.len() > 2, "{before:?}");
    world.damages("UPDATE incidents SET doc = json_set(doc, '$.title', 'another') WHERE number = 1");
    let found: Vec<_> = doctor_lines(&world).await.into_iter().filter(|line| !before.contains(line)).collect();
    assert!(found.len() == 1 && found[0].contains("HOT-1 "), "a record that differs is found: {found:?}");
    for key in old.texts(KEYS) {
        let differs = found[0].replace("HOT-1 ", &format!("{key} "));
        assert!(!before.contains(&differs), "{differs}");
    }
    world.damages(&format!("UPDATE incidents SET doc = json_set(doc, '$.title', '{title}') WHERE number = 1"));
    world.end_with_given_up().await;
}

#[tokio::test]
async fn the_title_that_customers_have_read_stays_theirs() {
    let world = world(&Database::of(&BEFORE_REDESIGN)).await;
    for line in [
        "/incident reopen \"it is back\" incident:HOT-3",
        "/incident rename \"the root password leaked\" incident:HOT-3",
        "/incident statuspage investigating \"Looking again.\" incident:HOT-3",
    ] {
        done(&world.says("ann", line).await);
    }
    let open = world.get("/status/api/v2/incidents/unresolved.json").await;
    assert_eq!(open["incidents"][0]["name"], "Nobody in Europe can pay", "{open}");
    world.end_with_given_up().await;
}
