//! Clients of Alertmanager and PagerDuty talk to hotroom without knowing it.

use chrono::TimeDelta;
use hotroom::{
    app::alerts::{list, route_pending},
    domain::alert::AlertGroup,
};
use serde_json::{Value, json};

use crate::{house::House, wire::Answer};

const SOURCES: &str = "[[sources]]\nid = \"api\"\nkind = \"alertmanager-api\"\ntoken = \"env:PUSH\"\n\
    [[sources]]\nid = \"pd\"\nkind = \"pagerduty-events\"\ntoken = \"env:NEW\"\nold_token = \"env:OLD\"\n\
    [[sources]]\nid = \"pd-other\"\nkind = \"pagerduty-events\"\ntoken = \"env:OTHER\"\n";
const SECRETS: [(&str, &str); 5] =
    [("PUSH", "push"), ("NEW", "new-key"), ("OLD", "old-key"), ("OTHER", "other-key"), ("ALL", "the-token-of-the-api")];

impl House {
    /// One source of each kind with a secret of its own.
    async fn compatible() -> Self {
        Self::with(SOURCES, &SECRETS).await
    }

    /// What was posted is made alerts of.
    async fn routes(&self) {
        while route_pending(&self.app).await.unwrap() > 0 {}
    }

    async fn posts(&self, path: &str, body: &Value) -> Answer {
        self.ask(&format!("POST {path}"), &[("content-type", "application/json")], body.to_string()).await
    }

    /// Posts, and looks at the one group that there is then.
    async fn group_after(&self, path: &str, body: &Value) -> AlertGroup {
        let answer = self.posts(path, body).await;
        assert!(matches!(answer.status, 200 | 202), "{answer:?}");
        self.routes().await;
        self.groups().await.remove(0)
    }

    /// The groups in which something fires, and those in which it did.
    async fn groups(&self) -> Vec<AlertGroup> {
        let now = self.app.clock.now();
        self.read(move |reads| {
            let mut all = list(reads, None, 50, now)?;
            all.extend(list(reads, Some(hotroom::domain::alert::AlertState::Resolved), 50, now)?);
            Ok(all)
        })
        .await
    }
}

fn event(action: &str, key: &str) -> Value {
    json!({
        "routing_key": "new-key", "event_action": action, "dedup_key": key, "client": "Grafana",
        "payload": {"summary": "[FIRING:1] disk full", "source": "db-1", "severity": "critical",
                    "custom_details": {"service": "checkout"}},
    })
}

#[tokio::test]
async fn a_pagerduty_client_triggers_acknowledges_and_resolves() {
    let house = House::compatible().await;
    let told = house.posts("/v2/enqueue", &event("trigger", "disk/db-1")).await;
    assert_eq!(told.status, 202);
    assert_eq!(told.json(), json!({"status": "success", "message": "Event processed", "dedup_key": "disk/db-1"}));
    house.routes().await;
    let group = house.groups().await.remove(0);
    assert_eq!((group.counts.firing, group.service.as_deref(), group.acknowledged()), (1, Some("checkout"), false));
    let alert = house.read(move |reads| reads.alerts_of_group(&group, 9)).await.remove(0);
    assert_eq!(alert.host.unwrap().verbatim(), "db-1");

    let mut again = event("trigger", "disk/db-1");
    again["payload"]["summary"] = json!("[FIRING:2] disk full");
    let group = house.group_after("/v2/enqueue", &again).await;
    assert_eq!(house.groups().await.len(), 1, "an open alert keeps its name, and so its group");
    assert_eq!(group.counts.firing, 1);

    let group = house.group_after("/v2/enqueue", &event("acknowledge", "disk/db-1")).await;
    assert!(group.acknowledged() && group.counts.firing == 1);
    let group = house.group_after("/v2/enqueue", &event("resolve", "disk/db-1")).await;
    assert_eq!((group.counts.firing, group.counts.resolved), (0, 1));
    house.later(TimeDelta::minutes(1));
    let group = house.group_after("/v2/enqueue", &event("trigger", "disk/db-1")).await;
    assert_eq!((group.counts.firing, group.acknowledged()), (1, false), "after its end the key opens a new alert");
}

#[tokio::test]
async fn what_is_said_of_an_alert_that_nobody_triggered_means_nothing() {
    let house = House::compatible().await;
    for action in ["acknowledge", "resolve"] {
        assert_eq!(house.posts("/v2/enqueue", &event(action, "unknown")).await.status, 202);
    }
    house.routes().await;
    assert_eq!(house.groups().await, []);
    assert_eq!(house.read(|reads| reads.unreadable_deliveries(9)).await, []);
}

#[tokio::test]
async fn a_key_is_made_where_the_sender_has_none_and_keys_of_two_senders_are_apart() {
    let house = House::compatible().await;
    let mut nameless = event("trigger", "");
    nameless.as_object_mut().unwrap().remove("dedup_key");
    let first = house.posts("/v2/enqueue", &nameless).await.json()["dedup_key"].as_str().unwrap().to_owned();
    let second = house.posts("/v2/enqueue", &nameless).await.json()["dedup_key"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    let mut other = event("resolve", &first);
    other["routing_key"] = json!("other-key");
    house.posts("/v2/enqueue", &other).await;
    house.routes().await;
    assert_eq!(house.groups().await[0].counts.firing, 2);
    // The key before the present one is still taken, and means the same sender.
    other["routing_key"] = json!("old-key");
    let group = house.group_after("/v2/enqueue", &other).await;
    assert_eq!(group.counts.firing, 1);
}

#[tokio::test]
async fn what_is_wrong_with_an_event_is_told_as_pagerduty_tells_it() {
    let house = House::compatible().await;
    let wrong = house.posts("/v2/enqueue", &json!({"routing_key": "new-key", "event_action": "shout"})).await;
    assert_eq!(wrong.status, 400);
    assert_eq!(wrong.json()["status"], "invalid event");
    assert_eq!(wrong.json()["message"], "Event object is invalid");
    let errors = wrong.json()["errors"].to_string();
    assert!(errors.contains("'event_action' is invalid") && errors.contains("'dedup_key' is missing"), "{errors}");

    let broken = house.ask("POST /v2/enqueue", &[("accept", "text/html")], "{").await;
    assert_eq!((broken.status, &broken.json()["status"]), (400, &json!("Unrecognized object")));

    let mut stranger = event("trigger", "x");
    stranger["routing_key"] = json!("someone else's");
    let refused = house.posts("/v2/enqueue", &stranger).await;
    assert_eq!((refused.status, &refused.json()["errors"]), (400, &json!(["Invalid routing key"])));
    let large = json!({"routing_key": "new-key", "x": "x".repeat(512_000)});
    assert_eq!(house.posts("/v2/enqueue", &large).await.status, 413);
    assert_eq!(house.get("/v2/enqueue").await.status, 405);
    assert_eq!(house.stored("pd").await, 0);
}

#[tokio::test]
async fn odd_clients_of_pagerduty_are_borne() {
    let house = House::compatible().await;
    for (path, kind) in [("/v2/enqueue/", "text/plain"), ("//v2/enqueue", "application/x-www-form-urlencoded")] {
        let headers = [("content-type", kind), ("authorization", "Token token=None")];
        let taken = house.ask(&format!("POST {path}"), &headers, event("trigger", "k").to_string()).await;
        assert_eq!(taken.status, 202, "{taken:?}");
    }
    let kept = house.read(|reads| reads.pending_deliveries(&["pd"], 9, usize::MAX)).await;
    assert_eq!(kept.len(), 2);
    assert!(!String::from_utf8(kept[0].body.clone()).unwrap().contains("new-key"), "keys are not kept");
}

#[tokio::test]
async fn version_one_of_pagerdutys_events_is_spoken() {
    let house = House::compatible().await;
    let mut event = json!({
        "service_key": "new-key", "event_type": "trigger", "incident_key": "srv01/http",
        "description": "http is down", "client": "Nagios", "client_url": "https://nagios.example/srv01",
        "details": {"state": "CRITICAL"}, "contexts": [{"type": "link", "href": "https://wiki.example/http"}],
    });
    let path = "/generic/2010-04-15/create_event.json";
    let told = house.posts(path, &event).await;
    assert_eq!(told.status, 200);
    assert_eq!(told.json()["incident_key"], "srv01/http");
    house.routes().await;
    let group = house.groups().await.remove(0);
    let alert = house.read(move |reads| reads.alerts_of_group(&group, 9)).await.remove(0);
    assert_eq!((alert.name.verbatim(), alert.links.len()), ("http is down", 2));
    event["event_type"] = json!("resolve");
    assert_eq!(house.group_after(path, &event).await.counts.firing, 0);
}

#[tokio::test]
async fn a_change_opens_nothing_and_is_kept() {
    let house = House::compatible().await;
    let change = json!({"routing_key": "new-key", "payload": {"summary": "checkout v42", "source": "jenkins",
        "timestamp": "2026-11-21T08:59:00Z"}, "links": [{"href": "https://ci.example/42", "text": "build"}]});
    let told = house.posts("/v2/change/enqueue", &change).await;
    assert_eq!((told.status, &told.json()["message"]), (202, &json!("Change event processed")));
    house.routes().await;
    assert_eq!(house.groups().await, []);
    let filter = hotroom::store::ChangeFilter { limit: 9, ..Default::default() };
    let kept = house.read(move |reads| reads.list_changes(&filter)).await.remove(0);
    assert_eq!((kept.source.as_str(), kept.change.summary.verbatim()), ("pd", "checkout v42"));
    assert_eq!(kept.change.at.to_rfc3339(), "2026-11-21T08:59:00+00:00");
}

fn alert(name: &str) -> Value {
    json!({"labels": {"alertname": name, "service": "checkout", "instance": "web-1", "empty": ""},
           "annotations": {"summary": "it is slow"}, "generatorURL": "http://prometheus.example/graph"})
}

#[tokio::test]
async fn prometheus_sends_straight_to_hotroom() {
    let house = House::new().await;
    let mut sent = alert("Slow");
    let posted = house.posts("/api/v2/alerts", &json!([sent])).await;
    assert_eq!((posted.status, posted.body.as_str()), (200, ""));
    house.routes().await;
    let told = house.get("/api/v2/alerts").await.json();
    assert_eq!(told[0]["labels"], json!({"alertname": "Slow", "service": "checkout", "instance": "web-1"}));
    assert_eq!(told[0]["status"]["state"], "active");
    assert_eq!(told[0]["receivers"], json!([{"name": "alerts"}]));
    assert_eq!(told[0]["startsAt"], "2026-11-21T09:00:00.000Z");
    assert_eq!(told[0]["endsAt"], "2026-11-22T09:00:00.000Z", "it times out as [alerts] resolve_timeout says");
    let kept = house.read(|reads| reads.delivery(hotroom::store::InboxId(1))).await;
    assert_eq!(kept, None, "what is repeated every minute is not kept");
    let groups = house.get("/api/v2/alerts/groups/").await.json();
    assert_eq!(groups[0]["labels"], json!({"alertname": "Slow", "service": "checkout"}));
    assert_eq!(groups[0]["alerts"][0]["fingerprint"], told[0]["fingerprint"]);

    house.later(TimeDelta::minutes(1));
    sent["startsAt"] = json!("2026-11-21T09:00:00Z");
    sent["endsAt"] = json!("2026-11-21T09:01:00Z");
    let group = house.group_after("/api/v2/alerts", &json!([sent])).await;
    assert_eq!((group.counts.firing, group.counts.resolved), (0, 1));
    assert_eq!(house.get("/api/v2/alerts").await.json(), json!([]));
}

#[tokio::test]
async fn of_a_batch_the_valid_alerts_are_taken_and_it_is_still_told() {
    let house = House::new().await;
    let wrong =
        json!({"labels": {"alertname": "B"}, "startsAt": "2026-11-21T09:00:00Z", "endsAt": "2026-11-21T08:00:00Z"});
    let posted = house.posts("/api/v2/alerts", &json!([alert("A"), wrong, {"labels": {}}])).await;
    assert_eq!(posted.status, 400);
    assert!(posted.json().as_str().unwrap().starts_with("start time must be before end time at /1"), "{posted:?}");
    house.routes().await;
    assert_eq!(house.groups().await[0].counts.firing, 1);
    for body in ["{}", "", "[", "nul"] {
        let refused = house.ask("POST /api/v2/alerts", &[], body).await;
        assert!(refused.status == 400 && refused.json().is_string(), "{body}: {refused:?}");
    }
    assert_eq!(house.posts("/api/v2/alerts", &json!([])).await.status, 200);
}

#[tokio::test]
async fn lists_of_alerts_are_filtered_as_alertmanager_does() {
    let house = House::new().await;
    house.posts("/api/v2/alerts", &json!([alert("A"), alert("B")])).await;
    house.routes().await;
    let asked = async |query: &str| {
        let told = house.get(&format!("/api/v2/alerts?{query}")).await.json();
        told.as_array()
            .unwrap()
            .iter()
            .map(|alert| alert["labels"]["alertname"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(asked("filter=alertname%3D%22A%22").await, ["A"]);
    assert_eq!(asked("filter=alertname%3D~%22A%7CB%22&filter=instance%21%3Dweb-1").await, [""; 0]);
    assert_eq!(asked("receiver=al.*&unprocessed=true").await.len(), 2);
    assert_eq!(asked("receiver=alert").await, [""; 0], "a receiver is matched as a whole");
    assert_eq!(asked("active=false").await, [""; 0]);
    for query in ["active=perhaps", "filter=nonsense", "receiver=("] {
        let refused = house.get(&format!("/api/v2/alerts?{query}")).await;
        assert!(refused.status == 400 && refused.json().is_string(), "{query}: {refused:?}");
    }
}

#[tokio::test]
async fn a_list_of_any_length_is_told_in_full() {
    let house = House::new().await;
    for batch in 0..3 {
        let many: Vec<Value> = (0..500)
            .map(|n| {
                let mut one = alert("Many");
                one["labels"]["n"] = json!(format!("{batch}-{n}"));
                one["annotations"]["description"] = json!("x".repeat(1000));
                one
            })
            .collect();
        assert_eq!(house.posts("/api/v2/alerts", &json!(many)).await.status, 200);
    }
    house.routes().await;
    let mut client = crate::wire::Client::open(house.at).await;
    client.send("GET /api/v2/alerts HTTP/1.0\r\nhost: localhost\r\n\r\n").await;
    let whole = client.rest().await;
    let (_, body) = whole.split_once("\r\n\r\n").unwrap();
    let told: Value = serde_json::from_str(body).unwrap();
    let names: std::collections::BTreeSet<_> =
        told.as_array().unwrap().iter().map(|one| one["labels"]["n"].to_string()).collect();
    assert_eq!(names.len(), 1500);
}

#[tokio::test]
async fn whoever_has_the_api_token_reads_and_whoever_has_the_sources_posts() {
    let house = House::with(&format!("[server]\napi_token = \"env:ALL\"\n{SOURCES}"), &SECRETS).await;
    let basic = |password: &str| {
        use base64::{Engine, prelude::BASE64_STANDARD};
        format!("Basic {}", BASE64_STANDARD.encode(format!("prometheus:{password}")))
    };
    let ask = async |line: &str, auth: &str| {
        house.ask(line, &[("authorization", auth)], if line.starts_with("POST") { "[]" } else { "" }).await.status
    };
    assert_eq!(ask("GET /api/v2/alerts", "Bearer the-token-of-the-api").await, 200);
    assert_eq!(ask("GET /api/v2/status", &basic("the-token-of-the-api")).await, 200);
    assert_eq!(ask("GET /api/v2/alerts", "Bearer push").await, 401, "whoever may post may not read");
    assert_eq!(ask("POST /api/v2/alerts", "Bearer push").await, 200);
    assert_eq!(ask("POST /api/v2/alerts", &basic("the-token-of-the-api")).await, 200);
    assert_eq!(ask("POST /api/v2/alerts", "Bearer other").await, 401);
    assert_eq!(house.get("/api/v2/receivers").await.status, 401);
    assert!(house.get("/api/v2/receivers").await.json().is_string());
    let route =
        json!(house.ask("GET /api/v2/status", &[("authorization", "Bearer the-token-of-the-api")], "").await.json());
    let original: Value = serde_json::from_str(route["config"]["original"].as_str().unwrap()).unwrap();
    assert_eq!(original["route"]["receiver"], "alerts");
    assert_eq!((house.get("/-/healthy").await.status, house.get("/-/ready").await.status), (200, 200));
}

fn silence(matchers: &Value) -> Value {
    json!({"matchers": matchers, "startsAt": "2026-11-21T09:00:00Z", "endsAt": "2026-11-21T11:00:00Z",
        "createdBy": "ann", "comment": "known"})
}

#[tokio::test]
async fn silences_are_made_changed_listed_and_ended_as_in_alertmanager() {
    let house = House::new().await;
    house.posts("/api/v2/alerts", &json!([alert("A"), alert("B")])).await;
    house.routes().await;
    let one = json!([{"name": "alertname", "value": "A|X", "isRegex": true, "isEqual": true}]);
    let made = house.posts("/api/v2/silences", &silence(&one)).await;
    assert_eq!(made.status, 200, "{made:?}");
    let id = made.json()["silenceID"].as_str().unwrap().to_owned();
    let told = house.get(&format!("/api/v2/silence/{id}")).await.json();
    assert_eq!((&told["matchers"], &told["status"]), (&one, &json!({"state": "active"})));
    assert_eq!((&told["endsAt"], &told["createdBy"]), (&json!("2026-11-21T11:00:00.000Z"), &json!("ann")));
    assert_eq!(house.get("/api/v2/silences").await.json(), json!([told]));
    assert_eq!(house.get("/api/v2/silences?filter=alertname%3D%22B%22").await.json(), json!([]));

    let quiet = house.get("/api/v2/alerts?active=false").await.json();
    assert_eq!((&quiet[0]["labels"]["alertname"], quiet.as_array().unwrap().len()), (&json!("A"), 1));
    assert_eq!(quiet[0]["status"]["silencedBy"], json!([id]));
    assert_eq!(quiet[0]["status"]["state"], "suppressed");

    let mut longer = silence(&one);
    longer["id"] = json!(id);
    longer["endsAt"] = json!("2026-11-21T12:00:00Z");
    assert_eq!(house.posts("/api/v2/silences", &longer).await.json()["silenceID"], id, "its end may change");
    longer["matchers"][0]["value"] = json!("B");
    let other = house.posts("/api/v2/silences", &longer).await.json()["silenceID"].as_str().unwrap().to_owned();
    assert_ne!(other, id, "with other matchers it is another one");
    assert_eq!(house.get(&format!("/api/v2/silence/{id}")).await.json()["status"]["state"], "expired");

    let ended = house.ask(&format!("DELETE /api/v2/silence/{other}"), &[], "").await;
    assert_eq!((ended.status, ended.body.as_str()), (200, ""));
    assert_eq!(house.get("/api/v2/alerts?active=false").await.json(), json!([]));
}

#[tokio::test]
async fn a_silence_takes_the_regular_expressions_of_alertmanager() {
    let house = House::new().await;
    let mut path = alert("A");
    path["labels"]["path"] = json!("/api/{id}/orders");
    house.posts("/api/v2/alerts", &json!([path])).await;
    house.routes().await;
    for (pattern, silenced) in [("/api/{id}/.*", true), ("/api/{,3}/.*", false), ("\\Q/api/{id}\\E/\\w+", true)] {
        let matchers = json!([{"name": "path", "value": pattern, "isRegex": true}]);
        let made = house.posts("/api/v2/silences", &silence(&matchers)).await;
        assert_eq!(made.status, 200, "{pattern}: {made:?}");
        let id = made.json()["silenceID"].as_str().unwrap().to_owned();
        assert_eq!(house.get(&format!("/api/v2/silence/{id}")).await.json()["matchers"][0]["value"], pattern);
        let quiet = house.get("/api/v2/alerts?active=false").await.json();
        assert_eq!(!quiet.as_array().unwrap().is_empty(), silenced, "{pattern}");
        assert_eq!(house.ask(&format!("DELETE /api/v2/silence/{id}"), &[], "").await.status, 200);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_silence_is_told_as_alertmanager_tells_it() {
    let house = House::new().await;
    let any = json!([{"name": "a", "value": ".*", "isRegex": true}]);
    let mut past = silence(&json!([{"name": "a", "value": "b", "isRegex": false}]));
    past["startsAt"] = json!("2026-11-20T09:00:00Z");
    past["endsAt"] = json!("2026-11-20T10:00:00Z");
    let mut zoneless = silence(&any);
    zoneless["startsAt"] = json!("2026-11-21T09:00:00");
    let mut odd = silence(&any);
    odd["endsAt"] = json!("tomorrow");
    for (body, why) in [
        (silence(&json!([])), "at least one matcher required"),
        (silence(&any), "must not match the empty string"),
        (silence(&json!([{"name": "a", "value": "(", "isRegex": true}])), "is not a regular expression"),
        (past, "end time can't be in the past"),
        (json!({"matchers": []}), "missing field"),
        (zoneless, "startsAt \"2026-11-21T09:00:00\" has no time zone: write one such as \"2026-01-31T10:00:00Z\""),
        (odd, "endsAt \"tomorrow\" is not a time"),
    ] {
        let refused = house.posts("/api/v2/silences", &body).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        assert!(refused.json().as_str().unwrap().contains(why), "{refused:?}");
    }
    for line in ["GET /api/v2/silence/none", "DELETE /api/v2/silence/01977000-0000-7000-8000-000000000000"] {
        assert_eq!(house.ask(line, &[], "").await.status, 404, "{line}");
    }
}
