//! Change events, and alerts that follow them.

use serde_json::{Value, json};

use crate::world::{World, minutes};

const SOURCE: &str = "[[sources]]\nid = \"pd\"\nkind = \"pagerduty-events\"\n";

/// Sends a change event as build servers send it to PagerDuty.
async fn deploys(world: &World, what: &str, service: &str) {
    let mut change = json!({"routing_key": "any", "payload": {"summary": what, "source": "jenkins", "custom_details": {}},
        "links": [{"href": "https://ci.example/42", "text": "build"}]});
    if !service.is_empty() {
        change["payload"]["custom_details"]["service"] = json!(service);
    }
    let (status, told) = world.takes("POST /v2/change/enqueue", &[], change.to_string()).await;
    assert_eq!(status, 202, "{told}");
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|change| change["summary"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_incident_tells_what_was_changed_shortly_before_it() {
    let world = World::with(SOURCE).await;
    deploys(&world, "checkout v40", "checkout").await;
    world.advance(minutes(361)).await;
    deploys(&world, "checkout v42 </td><script>alert(1)</script> @everyone", "Checkout").await;
    deploys(&world, "search v7", "search").await;
    deploys(&world, "firewall rules", "").await;
    assert_eq!(world.alerts().await, "", "a change opens nothing");
    world.advance(minutes(5)).await;
    world.says("ann", "/incident declare \"Nobody can pay\" severity:sev2 service:checkout").await;
    world.advance(minutes(1)).await;
    deploys(&world, "checkout v43", "checkout").await;
    world.says_in("hot-1", "ann", "/incident severity sev1").await;

    let card = world.room("hot-1").await;
    for told in ["Changed before", "checkout v42", "firewall rules", "jenkins"] {
        assert!(card.contains(told), "{told}: {card}");
    }
    for hidden in ["v40", "search v7", "v43", "<@everyone>"] {
        assert!(!card.contains(hidden), "{hidden}: too old, of another service, or made after it: {card}");
    }
    for path in ["/incidents/HOT-1", "/console/rooms/hot-1/side"] {
        let page = world.page("ann", path).await;
        assert!(page.contains("checkout v42") && page.contains("firewall rules"), "{page}");
        assert!(page.contains("href=\"https:&#x2f;&#x2f;ci.example&#x2f;42\""), "{page}");
        assert!(!page.contains("<script>alert(1)") && !page.contains("search v7"), "{page}");
    }
    world.end().await;
}

#[tokio::test]
async fn changes_are_listed_in_pages_and_by_service() {
    let world = World::with(SOURCE).await;
    for n in 0..5 {
        deploys(&world, &format!("v{n}"), if n % 2 == 0 { "checkout" } else { "" }).await;
        world.advance(minutes(n % 3)).await;
    }
    let all = world.get("/api/v1/changes").await;
    assert_eq!(names(&all), ["v4", "v3", "v2", "v1", "v0"]);
    assert_eq!(all["next"], Value::Null);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.get(&format!("/api/v1/changes?limit=2{cursor}")).await;
        seen.extend(names(&page).into_iter().map(ToOwned::to_owned));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ["v4", "v3", "v2", "v1", "v0"], "each once, whichever of equal times");
    assert_eq!(names(&world.get("/api/v1/changes?service=checkout").await), ["v4", "v2", "v0"]);
    assert_eq!(names(&world.get("/api/v1/changes?service=").await), ["v3", "v1"]);
    assert_eq!(names(&world.get("/api/v1/changes?from=2026-03-02T10:01:00Z&source=pd").await), ["v4", "v3", "v2"]);
    assert_eq!(names(&world.get("/api/v1/changes?until=2026-03-02T10:01:00Z").await), ["v1", "v0"]);
    assert_eq!(names(&world.get("/api/v1/changes?source=other").await), [""; 0]);
    for wrong in ["from=yesterday", "cursor=x", "limit=0", "sevice=x"] {
        let (status, told) = world.send("GET", &format!("/api/v1/changes?{wrong}"), None).await;
        assert!(status.is_client_error(), "{wrong}: {told}");
    }
    world.end().await;
}

#[tokio::test]
async fn any_program_tells_a_change_by_the_generic_door() {
    let world = World::new().await;
    let body = json!([
        {"state": "deployed", "name": "checkout v42", "service": "checkout", "link": "https://ci.example/42",
            "starts_at": "2026-03-02T09:50:00Z", "labels": {"commit": "9af2"}},
        {"state": "change", "summary": "new firewall rules", "host": "fw-1"},
        {"state": "firing", "name": "Slow"},
    ]);
    for _ in 0..2 {
        let again = [("idempotency-key", "1")];
        assert_eq!(world.takes("POST /intake/generic", &again, body.to_string()).await.0, 202);
    }
    assert_eq!((world.alerts().await.as_str(), world.unreadable().await), ("Slow firing", Vec::new()));
    let told = world.get("/api/v1/changes").await;
    assert_eq!(names(&told), ["new firewall rules", "checkout v42"]);
    let (rules, deploy) = (&told["items"][0], &told["items"][1]);
    assert_eq!((&rules["place"], &rules["service"]), (&json!("fw-1"), &Value::Null));
    assert_eq!((&deploy["service"], &deploy["at"]), (&json!("checkout"), &json!("2026-03-02T09:50:00Z")));
    assert_eq!((&deploy["details"]["commit"], &deploy["links"][0]), (&json!("9af2"), &json!("https://ci.example/42")));
    world.end().await;
}
