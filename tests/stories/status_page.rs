//! Status page updates from the room, and components that a resolve restores.

use serde_json::json;

use crate::world::{World, done};

#[tokio::test]
async fn one_command_tells_customers_and_resolving_restores_the_components() {
    let world = World::new().await;
    let reply = world.says("ann", "/incident declare \"Checkout is slow\" severity:sev2 service:checkout").await;
    let key = done(&reply).incident.clone().expect("an incident").to_string();
    let room = key.to_lowercase();
    let line = "/incident statuspage investigating \"We are looking into it.\" components:checkout=partial_outage";
    done(&world.says_in(&room, "ann", line).await);
    let summary = world.get("/status/api/v2/summary.json").await;
    assert_eq!(summary["status"], json!({"indicator": "major", "description": "Partial System Outage"}));
    assert_eq!(summary["incidents"][0]["name"], "Checkout incident");
    assert_eq!(summary["incidents"][0]["incident_updates"][0]["body"], "We are looking into it.");
    assert_eq!(summary["components"][0]["status"], "partial_outage");

    done(&world.says_in(&room, "ann", "/incident resolve \"rolled back\"").await);
    let summary = world.get("/status/api/v2/summary.json").await;
    assert_eq!(summary["status"]["indicator"], "none");
    assert_eq!(summary["incidents"], json!([]));
    let all = world.get("/status/api/v2/incidents.json").await;
    assert_eq!(all["incidents"][0]["status"], "resolved");
    world.end().await;
}

#[tokio::test]
async fn a_template_speaks_for_those_who_write_nothing() {
    let world = World::new().await;
    let reply = world.says("ann", "/incident declare \"Checkout is slow\" severity:sev2 service:checkout").await;
    let room = done(&reply).incident.clone().expect("an incident").to_string().to_lowercase();
    done(&world.says_in(&room, "ann", "/incident statuspage template:identified").await);
    let open = world.get("/status/api/v2/incidents/unresolved.json").await;
    let told = &open["incidents"][0]["incident_updates"][0];
    assert_eq!(told["status"], "identified");
    assert_eq!(told["body"], "We know what causes the problem with Checkout and are working on a fix.");
    world.end().await;
}
