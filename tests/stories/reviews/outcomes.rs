//! Whether it gets better: who detects incidents, which come back, and the delivery of each service.

use serde_json::{Value, json};

use crate::{
    described::Description,
    world::{World, done, minutes},
};

const SOURCE: &str = "[[sources]]\nid = \"pd\"\nkind = \"pagerduty-events\"\n";

/// Reports a deployment of checkout as build servers send it.
async fn deploys(world: &World, commit: &str, committed: Option<&str>) {
    let mut details = json!({"service": "checkout", "commit": commit});
    if let Some(at) = committed {
        details["committed_at"] = json!(at);
    }
    let change =
        json!({"routing_key": "any", "payload": {"summary": commit, "source": "jenkins", "custom_details": details}});
    let (status, told) = world.takes("POST /v2/change/enqueue", &[], change.to_string()).await;
    assert_eq!(status, 202, "{told}");
}

async fn report(world: &World) -> Value {
    let found = world.get("/api/v1/report/outcomes").await;
    Description::of(world).await.check("GET /api/v1/report/outcomes", 200, &found);
    found
}

#[tokio::test]
async fn failures_and_rework_are_only_what_people_link() {
    let world = World::with(SOURCE).await;
    assert_eq!(report(&world).await["delivery"], json!([]), "not applicable without a deployment");
    deploys(&world, "aaaaaaa1111", Some("2026-03-02T09:00:00Z")).await;
    deploys(&world, "bbbbbbb2222", Some("2026-03-02T08:00:00Z")).await;
    world.advance(minutes(10)).await;
    done(&world.says("ann", "/incident declare \"Nobody can pay\" severity:sev3 service:checkout").await);
    let unsaid = report(&world).await;
    assert_eq!(unsaid["delivery"][0]["failed"], Value::Null, "an incident says nothing of a deployment: no false zero");
    assert_eq!(unsaid["delivery"][0]["recovery_seconds"], Value::Null);
    done(&world.says_in("hot-1", "ann", "/field set deployment=BBBBBBB2; fix=ccccccc3333").await);
    world.advance(minutes(20)).await;
    deploys(&world, "ccccccc3333", None).await;
    done(&world.says_in("hot-1", "ann", "/incident resolve \"Rolled back\"").await);
    let found = report(&world).await;
    let delivery = &found["delivery"][0];
    assert_eq!((&delivery["service"], &delivery["deployments"]), (&json!("checkout"), &json!(3)));
    assert_eq!(delivery["lead_seconds"]["median"], 5_400, "an hour and two hours; one commit is not known");
    assert_eq!((&delivery["failed"], &delivery["failures"]), (&json!(1), &json!(["HOT-1"])));
    assert_eq!(delivery["recovery_seconds"]["median"], 1_800, "from the deployment to the end");
    assert_eq!(delivery["rework"], 1);
    let (_, table) = world.get_as("ann", "/api/v1/report/outcomes?format=csv").await;
    assert!(table.contains("checkout,3,5400,1,1800,1\r\n"), "{table}");
    let page = world.page("ann", "/reports/outcomes").await;
    assert!(page.contains("1 of 3") && page.contains("href=\"/incidents/HOT-1\""), "{page}");
    world.end().await;
}

#[tokio::test]
async fn what_comes_back_who_noticed_and_what_is_late_is_counted_for_those_who_may_see_it() {
    let world = World::new().await;
    for (n, cause) in [(1, "bug"), (2, "bug"), (3, "unknown"), (4, "scale")] {
        done(&world.says("ann", "/incident declare \"Nobody can pay\" severity:sev3 service:checkout").await);
        let room = format!("hot-{n}");
        done(&world.says_in(&room, "ann", &format!("/incident resolve \"Fixed\" cause:{cause}")).await);
        world.advance(minutes(60)).await;
    }
    done(&world.says_in("hot-1", "ann", "/field set detection=customer").await);
    done(&world.says_in("hot-2", "ann", "/field set detection=monitoring").await);
    done(&world.says_in("hot-4", "ann", "/field set repeat_of=HOT-1").await);
    done(&world.says("ann", "/incident declare \"Secret\" severity:sev3 service:checkout private:yes").await);
    done(&world.says_in("hot-5", "ann", "/field set cause=bug; detection=staff").await);
    done(&world.says_in("hot-1", "ann", "/followup add \"Alert on it\" due:\"2026-03-03 09:00\"").await);
    let found = report(&world).await;
    assert_eq!(found["detected_by_us"], json!({"count": 2, "of": 3}));
    assert_eq!(found["recurring_incidents"], json!(["HOT-5", "HOT-4", "HOT-2"]), "unknown says nothing");
    assert_eq!((&found["recurring"]["of"], &found["overdue_followups"]), (&json!(4), &json!(0)));
    let (_, others) = world.get_as("bob", "/api/v1/report/outcomes").await;
    assert!(!others.contains("HOT-5") && others.contains("\"incidents\":4"), "{others}");
    assert!(others.contains("{\"count\":1,\"of\":2}"), "bob does not see what the private one says: {others}");
    world.advance(minutes(3 * 24 * 60)).await;
    assert_eq!(report(&world).await["overdue_followups"], 1);
    let by_cause = world.get("/api/v1/report/times?by=cause").await;
    let parts: Vec<(&Value, usize)> = by_cause["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| (&group["key"], group["incidents"].as_array().unwrap().len()))
        .collect();
    assert_eq!(parts, [(&json!("bug"), 3), (&json!("scale"), 1), (&json!("unknown"), 1)]);
    let page = world.page("ann", "/reports?by=detection").await;
    assert!(page.contains("Detected by") && page.contains("incidents?field=detection%3Dcustomer"), "{page}");
    world.end().await;
}
