//! Reports: in the console, by the API and for spreadsheets, from a day of incidents.

use serde_json::{Value, json};

use crate::{
    described::Description,
    world::{World, done, minutes},
};

/// An incident that ann and bob work on and resolve after an hour, one that is still open, and a drill.
async fn incidents(world: &World) {
    done(&world.says("ann", "/incident declare \"Checkout is slow\" severity:sev2 service:checkout").await);
    world.advance(minutes(4)).await;
    done(&world.says_in("hot-1", "bob", "/incident role incident_manager @bob").await);
    world.advance(minutes(6)).await;
    done(&world.says_in("hot-1", "ann", "/incident status identified").await);
    world.advance(minutes(50)).await;
    done(&world.says_in("hot-1", "ann", "/incident resolve \"Rolled back\"").await);
    done(&world.says("ann", "/incident declare \"Search is slow\" severity:sev4").await);
    done(&world.says("ann", "/incident declare \"Practice\" severity:sev4 drill:yes").await);
}

fn figure<'a>(report: &'a Value, measure: &str) -> &'a Value {
    let figures = report["figures"].as_array().expect("figures");
    figures.iter().find(|figure| figure["measure"] == measure).expect("a figure")
}

/// Returns the report, which is as its description says.
async fn report(world: &World, path: &str) -> Value {
    let found = world.get(path).await;
    Description::of(world).await.check(&format!("GET {path}"), 200, &found);
    found
}

#[tokio::test]
async fn figures_name_their_times_and_how_many_incidents_were_left_out() {
    let world = World::new().await;
    incidents(&world).await;
    let times = report(&world, "/api/v1/report/times?by=service").await;
    assert_eq!(times["incidents"], 2, "the drill is left out");
    let resolve = figure(&times, "resolve");
    assert_eq!((&resolve["from"], &resolve["until"]), (&json!("declared"), &json!("resolved")));
    assert_eq!((&resolve["incidents"], &resolve["left_out"]), (&json!(1), &json!(1)));
    assert_eq!((&resolve["seconds"]["median"], &resolve["seconds"]["p90"]), (&json!(3_600), &json!(3_600)));
    assert_eq!(
        figure(&times, "assemble")["seconds"]["median"],
        240,
        "ann manages it from the declaration on, and bob takes over"
    );
    assert_eq!(figure(&times, "diagnose")["seconds"]["median"], 600);
    let inform = figure(&times, "inform");
    assert_eq!((&inform["left_out"], &inform["seconds"]), (&json!(2), &Value::Null), "not applicable is no zero");
    let keys: Vec<&Value> = times["groups"].as_array().unwrap().iter().map(|group| &group["key"]).collect();
    assert_eq!(keys, [&json!(""), &json!("checkout")]);
    assert_eq!(report(&world, "/api/v1/report/times?drills=true").await["incidents"], 3);

    let listed = report(&world, "/api/v1/report/incidents").await;
    let keys: Vec<&str> = listed["items"].as_array().unwrap().iter().filter_map(|item| item["key"].as_str()).collect();
    assert_eq!(keys, ["HOT-2", "HOT-1"]);
    assert_eq!(listed["items"][1]["seconds"]["resolve"], 3_600);
    assert_eq!(listed["items"][0]["seconds"]["resolve"], Value::Null);
    world.end().await;
}

#[tokio::test]
async fn weeks_without_an_incident_are_shown_and_two_periods_are_compared() {
    let world = World::new().await;
    incidents(&world).await;
    let times = report(&world, "/api/v1/report/times?compare=before&zone=Asia/Tokyo").await;
    let groups = times["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 12);
    assert_eq!(groups.iter().filter(|group| group["incidents"] == json!([])).count(), 11);
    assert_eq!(times["zone"], "Asia/Tokyo");
    let other = &times["compared"];
    assert_eq!(other["incidents"], 0);
    assert!(other["figures"].as_array().unwrap().iter().all(|figure| figure["verdict"] == "too_few"), "{other}");
    for (wrong, name) in [
        ("by=colour", "by"),
        ("from=2026-02-30", "from"),
        ("from=2999-01-01", "from"),
        ("from=1990-01-01", "from"),
        ("zone=Mars", "zone"),
        ("service=nothing", "service"),
        ("format=xml", "format"),
        ("compare=never", "compare"),
    ] {
        let (status, problem) = world.send("GET", &format!("/api/v1/report/times?{wrong}"), None).await;
        assert_eq!((status.as_u16(), &problem["parameter"]), (422, &json!(name)), "{problem}");
    }
    world.end().await;
}

#[tokio::test]
async fn spreadsheets_get_one_row_for_each_incident_and_figure() {
    let world = World::new().await;
    incidents(&world).await;
    let (status, table) = world.get_as("ann", "/api/v1/report/incidents?format=csv&severity=sev2").await;
    assert_eq!(status.as_u16(), 200);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 2, "{table}");
    assert!(lines[0].starts_with("key,severity,service,impact,detected,declared"), "{table}");
    assert!(lines[1].starts_with("HOT-1,sev2,checkout,,20"), "{table}");
    let (_, table) = world.get_as("ann", "/api/v1/report/times?format=csv&by=severity").await;
    assert!(table.contains("\r\nall,resolve,declared,resolved,1,1,3600,"), "{table}");
    assert!(table.contains("\r\nsev4,resolve,declared,resolved,0,1,,,,,,,\r\n"), "{table}");
    world.end().await;
}

#[tokio::test]
async fn the_console_draws_every_incident_and_says_the_same_in_a_table() {
    let world = World::new().await;
    let empty = world.page("ann", "/reports").await;
    assert!(empty.contains("No incident in this period"), "{empty}");
    incidents(&world).await;
    let page = world.page("ann", "/reports").await;
    assert!(page.contains("<title>HOT-1: 1 h</title>") && page.contains("role=\"img\""), "{page}");
    assert!(page.contains("<a href=\"/incidents/HOT-1\">HOT-1</a>") && page.contains("Left out"), "{page}");
    assert!(page.contains("Not applicable") && !page.contains(" style="), "{page}");
    let inform = world.page("ann", "/reports?measure=inform&by=team&compare=before").await;
    assert!(inform.contains("no incident has both times") && inform.contains("Fewer than 20 incidents"), "{inform}");
    let (status, text) = world.get_signed_in(&world.signs_in("ann").await, "/reports?zone=Mars").await;
    assert_eq!(status.as_u16(), 422, "{text}");
    world.end().await;
}

#[tokio::test]
async fn private_incidents_count_for_their_members_only() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Leak\" severity:sev2 service:checkout private:yes").await);
    for (who, count) in [("ann", 1), ("dee", 0)] {
        let (_, text) = world.get_as(who, "/api/v1/report/times").await;
        let times: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(times["incidents"], count, "{who}");
        assert_eq!(world.page(who, "/reports").await.contains("HOT-1"), count == 1, "{who}");
    }
    done(&world.says("ann", "/incident private no incident:HOT-1").await);
    assert!(world.page("dee", "/reports").await.contains("HOT-1"));
    world.end().await;
}

#[tokio::test]
async fn the_load_of_a_person_is_shown_to_that_person_and_of_a_team_as_a_sum() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Checkout is slow\" severity:sev4").await);
    done(&world.says_in("hot-1", "ann", "/incident page @bob").await);
    world.advance(minutes(2)).await;
    let page = world.get("/api/v1/pages").await["items"][0]["id"].as_str().expect("a page").to_owned();
    done(&world.says("bob", &format!("/page ack {page}")).await);
    let load = async |who: &str| -> Value {
        serde_json::from_str(&world.get_as(who, "/api/v1/report/load").await.1).expect("JSON")
    };
    let bob = load("bob").await;
    assert_eq!((&bob["own"]["pages"], &bob["own"]["acknowledged"]), (&json!(1), &json!(1)), "{bob}");
    assert_eq!(bob["own"]["seconds"]["median"], 120);
    let cho = load("cho").await;
    assert_eq!((&cho["own"]["pages"], &cho["own"]["seconds"]), (&json!(0), &Value::Null), "not applicable is no zero");
    assert_eq!(cho["teams"][0]["counts"]["pages"], 1, "the team has four people: {cho}");
    assert!(!cho.to_string().contains("bob"), "{cho}");
    report(&world, "/api/v1/report/load").await;
    let (_, table) = world.get_as("bob", "/api/v1/report/load?format=csv").await;
    assert!(table.contains("\r\nyou,1,1,"), "{table}");
    assert!(world.page("bob", "/reports/load").await.contains("You acknowledged 1 of 1"));
    assert!(world.page("cho", "/reports/load").await.contains("you acknowledged no page"));

    done(&world.says_in("hot-1", "ann", "/incident private yes").await);
    assert_eq!(load("bob").await["own"]["pages"], 1, "bob is a member");
    assert_eq!(load("cho").await["teams"][0]["counts"]["pages"], 0, "cho is none");
    world.end().await;
}
