//! Fields and kinds of incidents: set, shown, required, filtered, and removed.

use hotroom::{
    chat::ReplyOutcome,
    domain::incident::{Category, TimeName},
};
use serde_json::json;

use crate::{
    described::Description,
    world::{World, alert, done, minutes, show},
};

/// A field of each type that the shipped file has none of, and one that only security incidents have.
const OWN: &str = r#"
[[incident.kinds]]
id = "real"
name = "Real"
behaves = "real"
[[incident.kinds]]
id = "security"
name = "Security"
behaves = "real"
[[incident.kinds]]
id = "retrospective"
name = "Retrospective"
behaves = "retrospective"
[[incident.kinds]]
id = "maintenance"
name = "Maintenance"
behaves = "maintenance"

[[incident.fields]]
id = "detection"
name = "Detected by"
type = "choice"
choices = ["monitoring", "customer", "staff"]
[[incident.fields]]
id = "corrective"
name = "Corrective action"
type = "text"
severities = ["sev1", "sev2"]
required_at = ["resolved"]
[[incident.fields]]
id = "hosts"
name = "Hosts"
type = "list"
required_at = ["resolved"]
[[incident.fields]]
id = "cost"
name = "Cost"
type = "number"
[[incident.fields]]
id = "regions"
name = "Regions"
type = "multi_choice"
choices = ["eu", "us"]
[[incident.fields]]
id = "counsel"
name = "Counsel"
type = "person"
kinds = ["security"]
[[incident.fields]]
id = "services"
name = "Services"
type = "services"
[[incident.fields]]
id = "report_by"
name = "Report by"
type = "date"
[[incident.fields]]
id = "advisory"
name = "Advisory"
type = "url"
"#;

#[tokio::test]
async fn fields_are_set_in_the_room_and_shown_on_the_card_the_record_and_in_lists() {
    let world = World::with(OWN).await;
    done(&world.says("ann", "/incident declare \"Checkout is down\" severity:sev3 kind:security").await);
    done(&world.says("ann", "/incident declare \"Search is slow\" severity:sev4").await);
    let line = "/field set detection=customer; cost=1200; regions=us, eu; services=api, checkout; \
        report by=2026-03-05; advisory=https://example.com/a?b=1; counsel=@bob; affected=38 % of payments; cause=licence expiry";
    done(&world.says_in("hot-1", "ann", line).await);
    let room = world.room("hot-1").await;
    for shown in ["Detected by: customer", "Cost: 1200", "Regions: us, eu", "Services: API, Checkout", "Counsel: Bob"] {
        assert!(room.contains(shown), "{shown} is on the card: {room}");
    }
    assert!(room.contains("**Security**") && room.contains("Affected: 38 % of payments"), "{room}");
    let shape = world.get("/api/v1/incidents/HOT-1").await;
    Description::of(&world).await.check("GET /api/v1/incidents/{key}", 200, &shape);
    assert_eq!((&shape["kind"], &shape["own_kind"]), (&json!("real"), &json!("security")));
    assert_eq!(shape["fields"]["regions"], json!(["us", "eu"]));
    assert_eq!((&shape["fields"]["cause"], &shape["affected"]), (&json!("licence expiry"), &json!("38 % of payments")));
    let record = world.page("ann", "/incidents/HOT-1").await;
    assert!(
        record.contains("data-value=\"us, eu\"") && record.contains("href=\"https://example.com/a?b=1\""),
        "{record}"
    );

    for (filter, keys) in [
        ("detection=customer", json!(["HOT-1"])),
        ("regions=EU", json!(["HOT-1"])),
        ("cause=bug", json!([])),
        ("affected=38%20%25%20of%20payments", json!(["HOT-1"])),
    ] {
        let listed = world.get(&format!("/api/v1/incidents?field={filter}")).await;
        let found: Vec<_> = listed["items"].as_array().unwrap().iter().map(|item| item["key"].clone()).collect();
        assert_eq!(json!(found), keys, "{filter}");
    }
    let (status, problem) = world.send("GET", "/api/v1/incidents?field=budget=1", None).await;
    assert_eq!((status.as_u16(), &problem["parameter"]), (422, &json!("field")));
    let listed = show(&world.says("ann", "/incident list field:detection=customer").await.post);
    assert!(listed.contains("HOT-1") && !listed.contains("HOT-2"), "{listed}");
    let table = world.page("ann", "/incidents?field=regions%3Deu").await;
    assert!(table.contains("HOT-1") && !table.contains("HOT-2"), "{table}");
    world.end().await;
}

#[tokio::test]
async fn what_does_not_fit_a_field_is_refused_with_what_would() {
    let world = World::with(OWN).await;
    done(&world.says("ann", "/incident declare \"Checkout is down\" severity:sev3").await);
    for (line, says) in [
        ("cost=a lot", "a number such as 1200 or 3.5"),
        ("report_by=tomorrow", "a date such as 2026-11-21"),
        ("advisory=ftp://example.com", "is not an http"),
        ("detection=nobody", "monitoring"),
        ("budget=3", "budget"),
        ("counsel=@bob", "has no field `counsel`"),
        ("cost", "a field and its value"),
    ] {
        let reply = world.says_in("hot-1", "ann", &format!("/field set fields:\"{line}\"")).await;
        assert_ne!(reply.outcome, ReplyOutcome::Done, "{line}");
        assert!(show(&reply.post).contains(says), "{line}: {}", show(&reply.post));
    }
    let reply = world.says_in("hot-1", "dee", "/field set cost=3").await;
    done(&reply);
    assert_eq!(
        world.says_in("hot-1", "dee", "/field set cost=3").await.outcome,
        ReplyOutcome::Refused,
        "it is 3 already"
    );
    let (status, problem) = world.send("PUT", "/api/v1/incidents/HOT-1/fields", Some(&json!({"cost": "x"}))).await;
    assert_eq!(status.as_u16(), 422, "{problem}");
    world.end().await;
}

#[tokio::test]
async fn a_status_asks_for_the_fields_that_it_needs_and_takes_the_hosts_from_the_alerts() {
    let world = World::with(OWN).await;
    world.posts("alertmanager", &alert("CheckoutDown", "checkout", "critical", false)).await;
    world.settle().await;
    let refused = world.says_in("hot-1", "ann", "/incident resolve \"Rolled back\"").await;
    assert_eq!(refused.outcome, ReplyOutcome::Refused);
    let text = show(&refused.post);
    assert!(text.contains("Corrective action") && !text.contains("Hosts"), "the alert names the host: {text}");
    let form = refused.form.expect("the form of what is missing");
    let names: Vec<(&str, bool)> = form.inputs.iter().map(|input| (input.name.as_str(), input.required)).collect();
    assert_eq!(names, [("fields.corrective", true), ("incident", false)]);
    let by_status = world.says_in("hot-1", "ann", "/incident status resolved").await;
    assert_eq!(by_status.outcome, ReplyOutcome::Refused, "by whatever way");
    let body = json!({"corrective": "Reverted; see\nhttps://example.com/change/7"});
    let (status, _) = world.send("PUT", "/api/v1/incidents/HOT-1/fields", Some(&body)).await;
    assert_eq!(status.as_u16(), 200);
    done(&world.says_in("hot-1", "ann", "/incident resolve \"Rolled back\" cause:change").await);
    let shape = world.get("/api/v1/incidents/HOT-1").await;
    assert_eq!(shape["fields"]["corrective"], body["corrective"]);
    assert_eq!(shape["fields"]["hosts"], json!(["web-1"]));
    assert_eq!((&shape["resolution"]["cause"], &shape["fields"]["cause"]), (&json!("change"), &json!("change")));
    assert!(!world.room("hot-1").await.contains("set **Hosts**"), "what alerts say is no news");
    world.end().await;
}

#[tokio::test]
async fn a_removed_text_leaves_the_field_the_list_and_the_history() {
    let world = World::with(OWN).await;
    done(&world.says("ann", "/incident declare \"Checkout is down\" severity:sev2").await);
    done(&world.says_in("hot-1", "ann", "/field set corrective=rotated the key s3cret; cost=7").await);
    let timeline = world.get("/api/v1/incidents/HOT-1/timeline").await;
    let items = timeline["items"].as_array().unwrap();
    let entry = items.iter().find(|item| item["event"]["event"] == "fields_changed").expect("an event");
    done(&world.says_in("hot-1", "ann", &format!("/incident timeline redact:{}", entry["seq"])).await);
    let shape = world.get("/api/v1/incidents/HOT-1").await;
    assert_eq!((&shape["fields"]["corrective"], &shape["fields"]["cost"]), (&json!(null), &json!("7")));
    for path in ["/api/v1/incidents/HOT-1/timeline", "/api/v1/incidents/HOT-1"] {
        assert!(!world.get(path).await.to_string().contains("s3cret"), "{path}");
    }
    assert!(!world.page("ann", "/incidents/HOT-1").await.contains("s3cret"));
    world.end().await;
}

#[tokio::test]
async fn a_retrospective_incident_has_a_record_and_people_set_its_times() {
    let world = World::with(OWN).await;
    let line = "/incident declare \"Last week's outage\" severity:sev1 service:checkout kind:retrospective since:\"yesterday 10:00\"";
    done(&world.says("ann", line).await);
    let feed = world.room("incidents").await;
    assert!(!feed.contains("outage"), "nobody is told: {feed}");
    let incident = world.incident("HOT-1").await;
    assert!(incident.room.is_none() && incident.pages.is_empty() && incident.update_due.is_none());
    let page = world.says("ann", "/page @bob incident:HOT-1").await;
    assert_eq!(page.outcome, ReplyOutcome::Refused);
    assert!(show(&page.post).contains("nobody is paged"), "{}", show(&page.post));
    for mark in ["10:05 marks:detected", "10:06 marks:declared", "10:20 marks:diagnosed", "10:30 marks:mitigated"] {
        done(&world.says("ann", &format!("/incident timeline yesterday {mark} incident:HOT-1")).await);
    }
    done(&world.says("ann", "/field set incident:HOT-1 corrective=none; hosts=db-1").await);
    done(&world.says("ann", "/incident resolve \"It was DNS\" incident:HOT-1").await);
    let incident = world.incident("HOT-1").await;
    assert_eq!(incident.category, Category::Resolved);
    assert!(!incident.times.contains_key(&TimeName::Resolved), "nobody said when");
    let report = world.get("/api/v1/report/times").await;
    let mitigate = report["figures"].as_array().unwrap().iter().find(|figure| figure["measure"] == "mitigate").unwrap();
    assert_eq!((&report["incidents"], &mitigate["seconds"]["median"]), (&json!(1), &json!(1_500)));
    world.advance(minutes(5)).await;
    assert_eq!(world.get("/api/v1/postmortems").await["items"][0]["incident"], "HOT-1", "there is something to learn");
    world.end().await;
}

#[tokio::test]
async fn maintenance_pages_nobody_by_itself_and_is_left_out_of_figures() {
    let world = World::with(OWN).await;
    done(&world.says("ann", "/incident declare \"Swap the database\" severity:sev1 kind:maintenance").await);
    assert!(world.incident("HOT-1").await.pages.is_empty());
    assert_eq!(world.get("/api/v1/report/times").await["incidents"], 0);
    assert_eq!(world.get("/api/v1/report/times?drills=true").await["incidents"], 1);
    let both = world.says("ann", "/incident declare \"x\" kind:maintenance drill:yes").await;
    assert_eq!(both.outcome, ReplyOutcome::Misunderstood);
    world.end().await;
}

#[tokio::test]
async fn who_knows_the_cause_says_so_with_a_button_and_the_first_time_stays_after_a_reopen() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Checkout is down\" severity:sev3").await);
    world.advance(minutes(7)).await;
    let button = world.button("hot-1", "We know why").await;
    done(&world.presses("ann", "hot-1", "We know why").await);
    let first = world.incident("HOT-1").await.times[&TimeName::Diagnosed];
    assert_eq!(first.first, world.now());
    let again = world.delivers_press("bob", "hot-1", &button.command, button.version, "second").await;
    assert_eq!(again.outcome, ReplyOutcome::Refused, "the second of two who press it moves nothing");
    assert!(!world.room("hot-1").await.contains("We know why"));
    done(&world.says_in("hot-1", "ann", "/incident resolve \"Rolled back\"").await);
    world.advance(minutes(10)).await;
    done(&world.says_in("hot-1", "ann", "/incident reopen \"It is back\"").await);
    world.advance(minutes(10)).await;
    done(&world.presses("bob", "hot-1", "We know why").await);
    let both = world.incident("HOT-1").await.times[&TimeName::Diagnosed];
    assert_eq!((both.first, both.last), (first.first, world.now()), "the first and the last are kept");
    world.end().await;
}
