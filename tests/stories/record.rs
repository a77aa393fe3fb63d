//! The record of an incident: what was given at the declaration, redaction, and advice that works.

use std::time::Duration;

use hotroom::{
    chat::ReplyOutcome,
    cli::{Exit, Remedies, doctor},
    config::Config,
};
use serde_json::json;

use crate::world::{World, alert, done, minutes, show};

#[tokio::test]
async fn every_text_that_people_wrote_can_be_taken_out_of_the_record() {
    let world = World::new().await;
    let said = "/incident declare \"token hunter1\" description:\"password hunter2\" severity:sev2 service:checkout";
    done(&world.says("ann", said).await);
    for line in [
        "/incident task \"ask hunter3\"",
        "/incident statuspage investigating \"hunter4 fails\" title:\"hunter5\" components:checkout=partial_outage",
        "/incident status identified \"hunter6\"",
        "/incident rename \"token hunter1 again\"",
        "/incident severity sev1 \"hunter7\"",
        "/incident resolve \"revoked hunter8\"",
        "/incident reopen \"hunter9\"",
    ] {
        done(&world.says_in("hot-1", "ann", line).await);
    }
    let timeline = world.get("/api/v1/incidents/HOT-1/timeline").await;
    let entries = timeline["items"].as_array().expect("entries").clone();
    let secret: Vec<u64> = entries
        .iter()
        .filter(|e| e["event"].to_string().contains("hunter"))
        .map(|e| e["seq"].as_u64().unwrap())
        .collect();
    assert!(secret.len() >= 8, "{secret:?}");
    for entry in secret {
        let reply = world.says_in("hot-1", "ann", &format!("/incident timeline redact:{entry}")).await;
        // The resolution and its status share their words: they go together.
        assert!(reply.outcome == ReplyOutcome::Done || show(&reply.post).contains("has no text"), "{reply:?}");
    }
    for path in [
        "/api/v1/incidents/HOT-1",
        "/api/v1/incidents/HOT-1/timeline",
        "/incidents/HOT-1",
        "/status",
        "/status/history.atom",
        "/status/api/v2/incidents.json",
        "/api/v1/incidents?q=hunter",
    ] {
        let (_, page) = world.get_as("ann", path).await;
        assert!(!page.contains("hunter"), "{path}: {page}");
    }
    for room in ["hot-1", "incidents"] {
        let posts = world.room(room).await;
        assert!(!posts.contains("hunter"), "{room}: {posts}");
    }
    let record = world.get("/api/v1/incidents/HOT-1").await;
    assert_eq!((&record["title"], &record["tasks"][0]["text"]), (&json!("(removed)"), &json!("(removed)")));
    assert!(world.get("/status/api/v2/incidents.json").await["incidents"][0]["name"] == "Checkout incident");
    world.end().await;
}

#[tokio::test]
async fn what_was_given_at_the_declaration_is_kept() {
    let world = World::new().await;
    let body = json!({"title": "t", "impact": "significant", "urgency": "high", "affected": "about 40"});
    let (status, shape) = world.send("POST", "/api/v1/incidents", Some(&body)).await;
    assert_eq!(status, 201, "{shape}");
    assert_eq!(shape["judgement"], json!({"impact": "significant", "urgency": "high"}));
    assert_eq!(shape["affected"], "about 40");
    world.settle().await;
    let card = show(&world.posts_of("hot-1").await[0]);
    assert!(card.contains("significant") && card.contains("high") && card.contains("about 40"), "{card}");
    let timeline = world.get("/api/v1/incidents/HOT-1/timeline").await;
    assert_eq!(timeline["items"][0]["event"]["judgement"]["urgency"], "high");
    world.end().await;
}

#[tokio::test]
async fn a_future_start_is_refused_where_it_was_dropped() {
    let world = World::new().await;
    let (status, problem) =
        world.send("POST", "/api/v1/incidents", Some(&json!({"title": "a", "since": "in 2h"}))).await;
    assert_eq!((status.as_u16(), problem["reason"]["refusal"].as_str()), (422, Some("in_future")), "{problem}");
    assert_eq!(world.get("/api/v1/incidents").await["items"], json!([]), "nothing was declared, no number is used up");
    world.end().await;
}

#[tokio::test]
async fn an_incident_is_acknowledged_when_a_page_or_its_alerts_are_not_when_a_role_is_taken() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"by a person\" severity:sev1 service:checkout").await);
    let acknowledged =
        async |key: &str| world.get(&format!("/api/v1/incidents/{key}")).await["times"]["acknowledged"].clone();
    done(&world.says_in("hot-1", "ann", "/incident role scribe me").await);
    assert!(acknowledged("HOT-1").await.is_null(), "the page is unanswered");
    world.advance(minutes(2)).await;
    let page = world.get("/api/v1/pages").await["items"][0]["id"].as_str().unwrap().to_owned();
    done(&world.says("bob", &format!("/page ack {page}")).await);
    assert_eq!(acknowledged("HOT-1").await["first"], "2026-03-02T10:02:00Z");

    world.posts("alertmanager", &alert("TooManyReads", "website", "warning", false)).await;
    world.advance(Duration::from_secs(30)).await;
    done(&world.says("ann", "/incident declare \"of alerts\" severity:sev3").await);
    let group = world.get("/api/v1/groups").await["items"][0]["id"].as_str().unwrap().to_owned();
    done(&world.says("ann", &format!("/incident link {group} incident:HOT-2")).await);
    world.advance(minutes(3)).await;
    let now = world.now();
    done(&world.says("bob", &format!("/alert ack {group}")).await);
    let first = acknowledged("HOT-2").await["first"].as_str().expect("acknowledged").to_owned();
    assert_eq!(first.parse::<hotroom::domain::Timestamp>().unwrap(), now);
    world.end().await;
}

#[tokio::test]
async fn refusals_name_keys_and_names_as_people_can_use_them() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"a\" severity:sev3").await);
    done(&world.says_in("hot-1", "ann", "/incident status identified").await);
    let second = show(&world.says_in("hot-1", "bob", "/incident status identified").await.post);
    assert!(second.contains("HOT-1 is already **Identified**"), "{second}");
    let role = show(&world.says_in("hot-1", "bob", "/incident role manager @ann").await.post);
    assert!(role.contains("Ann is already **Incident manager**"), "{role}");
    world.end().await;
}

#[tokio::test]
async fn a_merged_incident_points_to_the_one_that_continues() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"src\" severity:sev3").await);
    done(&world.says("ann", "/incident declare \"dst\" severity:sev3").await);
    done(&world.says_in("hot-1", "ann", "/incident merge HOT-2").await);
    for line in ["/incident reopen \"x\"", "/incident severity sev2", "/page @bob"] {
        let told = show(&world.says_in("hot-1", "ann", line).await.post);
        assert!(told.contains("HOT-2") && !told.contains("/incident reopen"), "{line}: {told}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_reporter_who_declares_does_not_run_the_incident() {
    let world = World::with("[[people]]\nid = \"rep\"\nname = \"Rep\"\naccess = \"reporter\"\n[[people]]\nid = \"ann\"\nname = \"Ann\"\naccess = \"admin\"\n[[teams]]\nid = \"ops\"\nname = \"Operations\"\nmembers = [\"ann\"]\n[[schedules]]\nid = \"primary\"\ntimezone = \"UTC\"\n[[schedules.layers]]\npeople = [\"ann\"]\nstart = \"2026-01-05 09:00\"\nturn = \"1w\"\n[pager]\nfallback = \"ann\"\n").await;
    let told = show(&done(&world.says("rep", "/incident declare \"printer\" severity:sev3").await).post);
    assert!(!told.contains("You are incident manager"), "{told}");
    let room = world.room("hot-1").await;
    assert!(room.contains("Incident manager: **nobody**") && room.contains("(Take incident manager)"), "{room}");
    assert_eq!(world.get("/api/v1/incidents/HOT-1").await["roles"], json!({}));
    world.end().await;
}

#[tokio::test]
async fn the_room_is_archived_a_while_after_the_last_close() {
    let world = World::new().await;
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    let archived = async || {
        let room = hotroom::domain::ids::RoomId::from("hot-1");
        let read = world.app.store.read(move |reads| reads.room(&room)).await.unwrap();
        read.expect("a room").archived_at.is_some()
    };
    done(&world.says("ann", "/incident declare \"a\" severity:sev3").await);
    done(&world.says_in("hot-1", "ann", "/incident close duplicate").await);
    world.advance(hours(8)).await;
    done(&world.says_in("hot-1", "ann", "/incident reopen \"x\"").await);
    done(&world.says_in("hot-1", "ann", "/incident close duplicate").await);
    world.advance(hours(17)).await;
    assert!(!archived().await, "it was closed 17 hours ago");
    world.advance(hours(8)).await;
    assert!(archived().await);
    world.end().await;
}

/// People, the smallest set-up that a private incident and a reload need.
fn people(dee: bool) -> String {
    let person = |id: &str, access: &str| {
        format!("[[people]]\nid = \"{id}\"\nname = \"{id}\"\naccess = \"{access}\"\ntimezone = \"UTC\"\n")
    };
    let mut toml = person("ann", "admin") + &person("rep", "reporter");
    if dee {
        toml += &person("dee", "responder");
    }
    toml + "[[teams]]\nid = \"ops\"\nname = \"Operations\"\nmembers = [\"ann\"]\n[[schedules]]\nid = \"primary\"\ntimezone = \"UTC\"\n\
        [[schedules.layers]]\npeople = [\"ann\"]\nstart = \"2026-01-05 09:00\"\nturn = \"1w\"\n[pager]\nfallback = \"ann\"\n"
}

#[tokio::test]
async fn somebody_who_may_act_sees_every_incident() {
    let world = World::with(&people(true)).await;
    done(&world.says("rep", "/incident declare \"something private\" private:yes severity:sev4").await);
    let members = world.incident("HOT-1").await.members;
    assert!(members.contains(&"ann".into()), "the fallback of the pager may act on it: {members:?}");

    done(&world.says("dee", "/incident declare \"of dee\" private:yes severity:sev4").await);
    world.rewrites(&people(false));
    let reload = show(&done(&world.says("ann", "/admin reload").await).post);
    assert!(reload.contains("/admin join HOT-2") && !reload.contains("HOT-1"), "{reload}");
    let copy = world.database().with_file_name("copy.db");
    world.damages(&format!("VACUUM INTO '{}'", copy.display()));
    let settings = format!("{}[store]\npath = \"{}\"\n", people(false), copy.display());
    let found = doctor(&Config::from_text("bot.toml", &settings, []).unwrap(), Remedies::default(), world.now());
    assert!(found.exit == Exit::Failed && found.text().contains("act on HOT-2 can see it"), "{}", found.text());
    assert!(!found.text().contains("act on HOT-1"), "{}", found.text());
    let hidden = world.says("ann", "/incident info incident:HOT-2").await;
    assert_eq!(hidden.outcome, ReplyOutcome::Refused);
    done(&world.says("ann", "/admin join HOT-2 reason:\"dee has left\"").await);
    done(&world.says("ann", "/incident info incident:HOT-2").await);
    let room = world.room("hot-2").await;
    assert!(room.contains("joined as an admin: dee has left"), "{room}");
    let again = show(&done(&world.says("ann", "/admin reload").await).post);
    assert!(!again.contains("HOT-2"), "{again}");
    let refused = world.says("rep", "/admin join HOT-2 reason:x").await;
    assert_eq!(refused.outcome, ReplyOutcome::Forbidden);
    world.end().await;
}

#[tokio::test]
async fn a_reload_names_incidents_whose_status_is_gone() {
    let shipped = include_str!("../../bot.toml");
    let renamed = shipped.replace("id = \"identified\"", "id = \"fixing\"").replace("\"identified\"", "\"fixing\"");
    let renamed = renamed.replace("public = \"fixing\"", "public = \"identified\"");
    let world = World::with(&renamed).await;
    done(&world.says("ann", "/incident declare \"a\" severity:sev3").await);
    done(&world.says_in("hot-1", "ann", "/incident status fixing").await);
    world.rewrites("");
    let reload = show(&done(&world.says("ann", "/admin reload").await).post);
    assert!(reload.contains("HOT-1"), "{reload}");
    let form = world.says_in("hot-1", "ann", "/incident status").await.form.expect("a form");
    assert!(form.inputs[0].choices.iter().any(|(id, _)| id == "monitoring"), "{form:?}");
    done(&world.says_in("hot-1", "ann", "/incident status monitoring").await);
    world.end().await;
}

#[tokio::test]
async fn a_name_that_fits_two_people_reaches_neither() {
    let twice = "[[people]]\nid = \"alex1\"\nname = \"Alex Kim\"\naccess = \"responder\"\n[[people]]\nid = \"alex2\"\nname = \"Alex Kim\"\naccess = \"responder\"\n";
    let world = World::with(&format!("{twice}{}", people(true))).await;
    done(&world.says("ann", "/incident declare \"x\" severity:sev4").await);
    for line in ["/page whom:\"Alex Kim\"", "/incident role scribe \"Alex Kim\"", "/incident invite \"Alex Kim\""] {
        let reply = world.says_in("hot-1", "ann", line).await;
        let told = show(&reply.post);
        assert_eq!(reply.outcome, ReplyOutcome::Misunderstood, "{line}: {told}");
        assert!(told.contains("`@alex1` (Alex Kim) or `@alex2` (Alex Kim)"), "{line}: {told}");
    }
    done(&world.says_in("hot-1", "ann", "/page @alex2").await);
    let pages = world.get("/api/v1/pages").await;
    assert_eq!(pages["items"].as_array().map(Vec::len), Some(1), "{pages}");
    let other = world.says_in("hot-1", "ann", "/incident note came from incident:HOT-41 payroll dump").await;
    assert_eq!(other.outcome, ReplyOutcome::Misunderstood, "{other:?}");
    world.end().await;
}

#[tokio::test]
async fn of_two_overrides_the_one_entered_later_wins_also_after_the_clock_was_set_back() {
    let world = World::with(&people(true)).await;
    let on_call = async || world.get("/api/v1/oncall").await["items"][0]["people"].clone();
    world.pass(minutes(120));
    done(&world.says("ann", "/oncall override @rep until:2026-03-02T20:00:00Z").await);
    world.sets_back(minutes(120));
    let reply = world.says("ann", "/oncall override @dee until:2026-03-02T20:00:00Z").await;
    assert!(reply.data.as_ref().is_some_and(|data| data["override"].is_string()), "{reply:?}");
    world.pass(minutes(180));
    assert_eq!(on_call().await, json!(["dee"]));
    for n in 0..8 {
        let who = if n % 2 == 0 { "ann" } else { "rep" };
        done(&world.hears("ann", None, &format!("/oncall override @{who} until:2026-03-02T20:00:00Z")).await);
    }
    world.settle().await;
    assert_eq!(on_call().await, json!(["rep"]), "entered last, within one millisecond");
    world.end().await;
}

#[tokio::test]
async fn an_override_from_earlier_today_starts_now_and_says_both_dates() {
    let world = World::with(&people(true)).await;
    let reply = show(&done(&world.says("ann", "/oncall override @dee from:09:00 until:23:00").await).post);
    let (from, until) = (world.now().timestamp(), world.now().timestamp() + 13 * 3600);
    assert!(reply.contains(&format!("<t:{from}:f>")) && reply.contains(&format!("<t:{until}:f>")), "{reply}");
    let reply = show(&done(&world.says("ann", "/oncall override @dee until:2h").await).post);
    assert!(reply.contains(&format!("<t:{}:f>", from + 2 * 3600)), "{reply}");
    let wrong = show(&world.says("ann", "/oncall override @dee until:soon").await.post);
    assert!(wrong.contains("tomorrow 09:00") && !wrong.contains("yesterday"), "{wrong}");
    world.end().await;
}

#[tokio::test]
async fn the_api_names_the_room_at_the_declaration_and_the_text_of_a_card() {
    let world = World::new().await;
    let (status, shape) = world.send("POST", "/api/v1/incidents", Some(&json!({"title": "a"}))).await;
    assert_eq!((status.as_u16(), &shape["room"]), (201, &json!("hot-1")));
    let note = json!({"text": "/incident note at once", "room": "hot-1"});
    let (status, reply) = world.send("POST", "/api/v1/commands", Some(&note)).await;
    assert_eq!(status, 200, "{reply}");
    let info = json!({"text": "/incident info incident:HOT-1"});
    let (_, reply) = world.send("POST", "/api/v1/commands", Some(&info)).await;
    assert!(
        reply["text"].as_str().is_some_and(|text| text.contains("HOT-1") && text.contains("Investigating")),
        "{reply}"
    );
    world.end().await;
}
