//! Clients of Opsgenie talk to hotroom without knowing it. What they are told is held against Opsgenie's own description.

use chrono::TimeDelta;
use hotroom::app::alerts::route_pending;
use serde_json::{Value, json};

use crate::{house::House, shared_files::shared, wire::Answer};

const SOURCE: &str = "[[sources]]\nid = \"og\"\nkind = \"opsgenie-api\"\ntoken = \"env:KEY\"\n";

/// Returns Opsgenie's description; `None` if it is absent.
fn description() -> Option<Value> {
    shared("specs/opsgenie-swagger2.json").map(|text| serde_json::from_str(&text).expect("the description is JSON"))
}

/// A client with a key.
pub struct Client {
    pub house: House,
    description: Option<Value>,
}

impl Client {
    pub async fn new() -> Self {
        Self { house: House::with(SOURCE, &[("KEY", "the-key")]).await, description: description() }
    }

    pub async fn ask(&self, line: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("authorization", "GenieKey the-key"), ("content-type", "application/json")];
        self.house.ask(line, &headers, body).await
    }

    /// What is told, which must be what Opsgenie's description has under this name.
    pub async fn told(&self, line: &str, as_described: &str) -> Value {
        let answer = self.ask(line, &Value::Null).await;
        assert_eq!(answer.status, 200, "{line}: {answer:?}");
        self.holds(&answer.json(), as_described);
        answer.json()
    }

    pub fn holds(&self, told: &Value, name: &str) {
        let Some(mut schema) = self.description.clone() else { return };
        schema["$ref"] = json!(format!("#/definitions/{name}"));
        let validator = jsonschema::options().with_draft(jsonschema::Draft::Draft4).build(&schema).unwrap();
        let wrong: Vec<_> = validator.iter_errors(told).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?} in {told}");
    }

    /// Calls, lets it be carried out, and answers what became of it.
    pub async fn calls(&self, line: &str, body: Value) -> Value {
        let answer = self.ask(line, &body).await;
        assert_eq!(answer.status, 202, "{line}: {answer:?}");
        self.holds(&answer.json(), "SuccessResponse");
        let request = answer.json()["requestId"].as_str().unwrap().to_owned();
        let path = format!("GET /v2/alerts/requests/{request}");
        assert_eq!(self.ask(&path, &Value::Null).await.status, 404, "it is not carried out yet");
        while route_pending(&self.house.app).await.unwrap() > 0 {}
        self.told(&path, "GetRequestStatusResponse").await["data"].clone()
    }

    async fn alert(&self, query: &str) -> Value {
        self.told(&format!("GET /v2/alerts/{query}"), "GetAlertResponse").await["data"].clone()
    }
}

fn disk() -> Value {
    json!({"message": "disk full on db-1", "alias": "disk/db-1", "description": "97 %", "entity": "db-1",
        "priority": "P1", "source": "nagios", "tags": ["db", "disk"], "details": {"service": "checkout", "host": "db-1"}})
}

#[tokio::test]
async fn an_alert_lives_from_its_creation_to_its_close() {
    let client = Client::new().await;
    let made = client.calls("POST /v2/alerts/", disk()).await;
    assert_eq!(
        (&made["isSuccess"], &made["alias"], &made["action"]),
        (&json!(true), &json!("disk/db-1"), &json!("Create"))
    );
    let id = made["alertId"].as_str().unwrap().to_owned();
    let told = client.alert("disk%2Fdb-1?identifierType=alias").await;
    assert_eq!(told, client.alert(&id).await);
    assert_eq!(told, client.alert("1?identifierType=tiny").await);
    assert_eq!((&told["status"], &told["count"], &told["priority"]), (&json!("open"), &json!(1), &json!("P1")));
    assert_eq!(told["details"], json!({"service": "checkout", "host": "db-1"}));

    let again = client.calls("POST /v2/alerts", disk()).await;
    assert_eq!(again["alertId"], id, "an open alert of the alias is counted up");
    assert_eq!(client.alert(&id).await["count"], 2);
    let now = client.house.app.clock.now();
    let group = client.house.read(move |reads| hotroom::app::alerts::list(reads, None, 9, now)).await.remove(0);
    assert_eq!((group.counts.firing, group.service.as_deref()), (1, Some("checkout")));
    assert_eq!(group.severity.map(|severity| severity.name()), Some("sev1"));

    client.calls(&format!("POST /v2/alerts/{id}/acknowledge"), json!({"user": "ann", "note": "mine"})).await;
    let told = client.alert(&id).await;
    assert_eq!((&told["acknowledged"], &told["report"]["acknowledgedBy"]), (&json!(true), &json!("ann")));
    let id_of = group.id;
    assert!(client.house.read(move |reads| reads.group(id_of)).await.unwrap().acknowledged());
    client.calls(&format!("POST /v2/alerts/{id}/unacknowledge"), json!({})).await;
    assert_eq!(client.alert(&id).await["acknowledged"], false);

    client.house.later(TimeDelta::minutes(5));
    let closed = client.calls("POST /v2/alerts/disk%2Fdb-1/close?identifierType=alias", json!({"user": "bob"})).await;
    assert_eq!(closed["status"], "Closed alert");
    let told = client.alert(&id).await;
    assert_eq!((&told["status"], &told["report"]["closedBy"]), (&json!("closed"), &json!("bob")));
    assert_eq!(told["report"]["closeTime"], 300_000);
    let late = client.calls(&format!("POST /v2/alerts/{id}/acknowledge"), json!({})).await;
    assert_eq!((&late["isSuccess"], &late["status"]), (&json!(false), &json!("Alert is already closed")));

    let fresh = client.calls("POST /v2/alerts", disk()).await;
    assert_ne!(fresh["alertId"], id, "after its close the alias opens a new alert");
    assert_eq!(client.alert("disk%2Fdb-1?identifierType=alias").await["tinyId"], "2");
}

#[tokio::test]
async fn what_clients_change_is_told_again() {
    let client = Client::new().await;
    client.calls("POST /v2/alerts", disk()).await;
    let at = "/v2/alerts/1";
    let of = "?identifierType=tiny";
    for (line, body) in [
        ("POST notes", json!({"note": "looking", "user": "ann"})),
        ("POST tags", json!({"tags": ["urgent", "db"]})),
        ("POST details", json!({"details": {"rack": "7"}})),
        ("POST assign", json!({"owner": {"username": "bob"}})),
        ("PUT priority", json!({"priority": "P2"})),
        ("PUT message", json!({"message": "disk nearly full"})),
        ("PUT description", json!({"description": "91 %"})),
    ] {
        let (method, action) = line.split_once(' ').unwrap();
        let done = client.calls(&format!("{method} {at}/{action}{of}"), body).await;
        assert_eq!(done["isSuccess"], true, "{line}: {done}");
    }
    for path in ["tags?tags=disk,none", "details?keys=host"] {
        let done = client.calls(&format!("DELETE {at}/{path}&identifierType=tiny&note=away"), Value::Null).await;
        assert_eq!(done["isSuccess"], true, "{path}: {done}");
    }
    let told = client.alert("1?identifierType=tiny").await;
    assert_eq!(told["tags"], json!(["db", "urgent"]));
    assert_eq!(told["details"], json!({"service": "checkout", "rack": "7"}));
    assert_eq!((&told["owner"], &told["priority"]), (&json!("bob"), &json!("P2")));
    assert_eq!((&told["message"], &told["description"]), (&json!("disk nearly full"), &json!("91 %")));
    let notes = client.told(&format!("GET {at}/notes{of}&order=asc"), "ListAlertNotesResponse").await["data"].clone();
    let said: Vec<_> = notes.as_array().unwrap().iter().map(|note| note["note"].as_str().unwrap()).collect();
    assert_eq!(said, ["looking", "away", "away"]);
    assert_eq!(notes[0]["owner"], "ann");
}

#[tokio::test]
async fn lists_are_searched_and_counted() {
    let client = Client::new().await;
    for (message, priority) in [("one", "P1"), ("two", "P3"), ("three", "P3")] {
        client.calls("POST /v2/alerts", json!({"message": message, "priority": priority, "tags": [message]})).await;
    }
    client.calls("POST /v2/alerts/2/close?identifierType=tiny", json!({})).await;
    let asked = async |query: &str| {
        let told = client.told(&format!("GET /v2/alerts?{query}"), "ListAlertsResponse").await;
        let names = told["data"].as_array().unwrap().iter().map(|alert| alert["message"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(asked("").await, ["three", "two", "one"]);
    assert_eq!(asked("query=status%3Aopen").await, ["three", "one"]);
    assert_eq!(asked("query=status%3Dopen%20AND%20priority%3AP3").await, ["three"]);
    assert_eq!(asked("query=tag%3Atwo").await, ["two"]);
    assert_eq!(asked("limit=1&offset=1").await, ["two"]);
    assert_eq!(asked("order=asc").await, ["one", "two", "three"]);
    assert_eq!(asked("sort=message&order=asc&limit=2").await, ["one", "three"]);
    assert_eq!(asked("sort=message&order=asc&limit=2&offset=2").await, ["two"]);
    assert_eq!(asked("sort=status&query=priority%3AP3").await, ["three", "two"]);
    for (query, names) in [
        ("status: open", vec!["three", "one"]),
        ("status : open AND tag: one", vec!["one"]),
        ("tag: (one OR three)", vec!["three", "one"]),
        ("NOT status: closed AND NOT tag: three", vec!["one"]),
        ("message: t*", vec!["three", "two"]),
        ("priority: P1 OR status: closed", vec!["two", "one"]),
        ("createdAt < 1795251600001 AND createdAt > 1795251599999 AND status: open", vec!["three", "one"]),
        ("createdAt > 1795251600000", vec![]),
        ("lastOccurredAt: 21-11-2026 and tinyId >= 2", vec!["three", "two"]),
        ("updatedAt >= 2026-11-21T09:00:00Z count: 1 isSeen: false", vec!["three", "two", "one"]),
        ("integration.name: og (details.key: x OR alertId: x)", vec![]),
        ("\"wo\"", vec!["two"]),
    ] {
        let encoded: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(asked(&format!("query={encoded}")).await, names, "{query}");
    }
    let counted = client.told("GET /v2/alerts/count?query=status%3Aclosed", "GetCountAlertsResponse").await;
    assert_eq!(counted["data"]["count"], 1);
    for query in [
        "query=recipients%3Aops",
        "query=status%3A",
        "query=%7C%7C",
        "sort=beauty",
        "order=up",
        "limit=0",
        "limit=101",
        "offset=20000",
        "offset=18446744073709551615",
    ] {
        let refused = client.ask(&format!("GET /v2/alerts?{query}"), &Value::Null).await;
        assert_eq!(refused.status, 422, "{query}");
        client.holds(&refused.json(), "ErrorResponse");
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_as_opsgenie_tells_it() {
    let client = Client::new().await;
    for (line, body, status) in [
        ("POST /v2/alerts", json!({"alias": "x"}), 422),
        ("POST /v2/alerts", json!({"message": "x", "priority": "urgent"}), 422),
        ("POST /v2/alerts", json!([]), 400),
        ("POST /v2/alerts/x/close", json!({}), 422),
        ("POST /v2/alerts/x/close?identifierType=name", json!({}), 422),
        ("POST /v2/alerts/1/snooze?identifierType=tiny", json!({"endTime": "2020-01-01T00:00:00Z"}), 422),
        ("POST /v2/alerts/1/dance?identifierType=tiny", json!({}), 404),
        ("POST /v2/alerts/1/create?identifierType=tiny", json!({"message": "x"}), 404),
        ("POST /v2/alerts/1/priority?identifierType=tiny", json!({"priority": "P1"}), 404),
        ("GET /v2/alerts/9?identifierType=tiny", Value::Null, 404),
        ("GET /v2/alerts/requests/none", Value::Null, 404),
        ("PATCH /v2/alerts", json!({}), 405),
    ] {
        let refused = client.ask(line, &body).await;
        assert_eq!(refused.status, status, "{line} {body}: {refused:?}");
        client.holds(&refused.json(), "ErrorResponse");
        assert!(refused.json()["message"].as_str().is_some_and(|message| !message.is_empty()), "{refused:?}");
    }
    for authorization in ["GenieKey other", "Bearer the-key", "the-key", "GenieKey"] {
        let refused = client.house.ask("GET /v2/alerts", &[("authorization", authorization)], "").await;
        assert_eq!((refused.status, &refused.json()["message"]), (401, &json!("Could not authenticate")));
    }
    assert_eq!(client.house.get("/v2/alerts").await.status, 401);
    let lost = client.calls("POST /v2/alerts/none/close?identifierType=alias", json!({})).await;
    assert_eq!((&lost["isSuccess"], &lost["status"]), (&json!(false), &json!("Alert does not exist")));
}

#[tokio::test]
async fn a_snoozed_alert_makes_no_noise_for_a_while() {
    let client = Client::new().await;
    client.calls("POST /v2/alerts", disk()).await;
    let until = json!({"endTime": "2026-11-21T10:00:00Z", "user": "ann"});
    client.calls("POST /v2/alerts/1/snooze?identifierType=tiny", until).await;
    let told = client.alert("1?identifierType=tiny").await;
    assert_eq!((&told["snoozed"], &told["snoozedUntil"]), (&json!(true), &json!("2026-11-21T10:00:00.000Z")));
    let quiet = client.house.get("/api/v2/alerts?active=false").await.json();
    assert_eq!(quiet[0]["status"]["state"], "suppressed");
    client.house.later(TimeDelta::hours(2));
    assert_eq!(client.alert("1?identifierType=tiny").await["snoozed"], false);
}

#[tokio::test]
async fn heartbeats_are_told_as_opsgenie_tells_them() {
    let client = Client::new().await;
    let plan = json!({"name": "back/up", "interval": 10, "intervalUnit": "minutes", "enabled": true});
    let made = client.ask("POST /v2/heartbeats", &plan).await;
    assert_eq!(made.status, 201, "{made:?}");
    client.holds(&made.json(), "CreateHeartbeatResponse");
    assert_eq!(client.ask("POST /v2/heartbeats/", &plan).await.status, 422, "there is one of the name");
    for method in ["GET", "POST", "PUT", "PATCH"] {
        let pong = client.ask(&format!("{method} /v2/heartbeats/back%2Fup/ping"), &Value::Null).await;
        assert_eq!((pong.status, &pong.json()["result"]), (202, &json!("PONG - Heartbeat received")), "{method}");
        client.holds(&pong.json(), "SuccessResponse");
    }
    let told = client.told("GET /v2/heartbeats/back%2Fup", "GetHeartbeatResponse").await["data"].clone();
    assert_eq!((&told["name"], &told["lastPingTime"]), (&json!("back/up"), &json!("2026-11-21T09:00:00.000Z")));
    assert_eq!(client.told("GET /v2/heartbeats", "ListHeartbeatResponse").await["data"]["heartbeats"], json!([told]));
    for (line, body, name) in [
        ("PATCH /v2/heartbeats/back%2Fup", json!({"interval": 2, "intervalUnit": "hours"}), "UpdateHeartbeatResponse"),
        ("PUT /v2/heartbeats/back%2Fup", json!({"alertPriority": "P5"}), "UpdateHeartbeatResponse"),
        ("POST /v2/heartbeats/back%2Fup/disable", json!({}), "DisableHeartbeatResponse"),
        ("POST /v2/heartbeats/back%2Fup/enable", Value::Null, "EnableHeartbeatResponse"),
    ] {
        let changed = client.ask(line, &body).await;
        assert_eq!(changed.status, 200, "{line}: {changed:?}");
        client.holds(&changed.json(), name);
    }
    let told = client.told("GET /v2/heartbeats/back%2Fup", "GetHeartbeatResponse").await["data"].clone();
    assert_eq!(
        (&told["interval"], &told["intervalUnit"], &told["alertPriority"]),
        (&json!(2), &json!("hours"), &json!("P5"))
    );
    client.told("DELETE /v2/heartbeats/back%2Fup", "SuccessResponse").await;
    for (line, body, status) in [
        ("GET /v2/heartbeats/back%2Fup", Value::Null, 404),
        ("POST /v2/heartbeats/back%2Fup/ping", Value::Null, 404),
        ("POST /v2/heartbeats", json!({"name": "x"}), 422),
        ("POST /v2/heartbeats", json!([]), 400),
        ("POST /v2/heartbeats/x/dance", json!({}), 404),
        ("POST /v2/heartbeats/x", json!({}), 405),
    ] {
        let refused = client.ask(line, &body).await;
        assert_eq!(refused.status, status, "{line}: {refused:?}");
        client.holds(&refused.json(), "ErrorResponse");
    }
    assert_eq!(client.house.get("/v2/heartbeats/x/ping").await.status, 401, "without a key");
}

#[tokio::test]
async fn whom_clients_name_is_kept_shown_and_found() {
    let client = Client::new().await;
    let named = json!({"message": "disk full", "alias": "d", "responders": [
        {"type": "team", "name": "storage"}, {"type": "user", "username": "ann@example.com"}, {"type": "none"}, {"type": "team"}]});
    client.calls("POST /v2/alerts", named).await;
    let of = "?identifierType=alias";
    for (action, body, status) in [
        ("teams", json!({"team": {"name": "network"}}), "Added team"),
        ("teams", json!({"team": {"name": "network"}}), "Added team"),
        ("responders", json!({"responder": {"type": "schedule", "id": "nights"}}), "Added responder"),
        ("escalate", json!({"escalation": {"name": "managers"}}), "Noted escalation"),
    ] {
        let done = client.calls(&format!("POST /v2/alerts/d/{action}{of}"), body).await;
        assert_eq!((&done["isSuccess"], &done["status"]), (&json!(true), &json!(status)));
    }
    let told = client.alert(&format!("d{of}")).await;
    let responders = told["responders"].as_array().unwrap().iter();
    let responders: Vec<_> =
        responders.map(|one| (one["type"].as_str().unwrap(), one["id"].as_str().unwrap())).collect();
    let all = [
        ("team", "storage"),
        ("user", "ann@example.com"),
        ("team", "network"),
        ("schedule", "nights"),
        ("escalation", "managers"),
    ];
    assert_eq!(responders, all);
    assert_eq!(told["teams"].as_array().unwrap().len(), 2);
    let labels = client.house.get("/api/v1/alerts").await.json()["items"][0]["labels"].clone();
    assert_eq!(labels["team"], "storage,network");
    assert_eq!(labels["responders"], "storage,ann@example.com,network,nights,managers");
    for (query, count) in [("team%3Anetwork", 1), ("responders%3Anights", 1), ("teams%3Anights", 0)] {
        let counted = client.told(&format!("GET /v2/alerts/count?query={query}"), "GetCountAlertsResponse").await;
        assert_eq!(counted["data"]["count"], count, "{query}");
    }
    for action in ["teams", "responders", "escalate"] {
        let refused = client.ask(&format!("POST /v2/alerts/d/{action}{of}"), &json!({})).await;
        assert_eq!(refused.status, 422, "{action}: {refused:?}");
    }
}

#[tokio::test]
async fn a_snooze_that_is_refused_says_why() {
    let client = Client::new().await;
    let details: serde_json::Map<_, _> = (0..150).map(|n| (format!("d{n}"), json!("x"))).collect();
    client.calls("POST /v2/alerts", json!({"message": "disk full", "details": details})).await;
    let soon = json!({"endTime": "2026-11-21T09:00:05Z"});
    let called = client.ask("POST /v2/alerts/1/snooze?identifierType=tiny", &soon).await;
    // It is carried out after its end.
    client.house.later(TimeDelta::seconds(10));
    while route_pending(&client.house.app).await.unwrap() > 0 {}
    let path = format!("GET /v2/alerts/requests/{}", called.json()["requestId"].as_str().unwrap());
    let refused = client.told(&path, "GetRequestStatusResponse").await["data"].clone();
    assert_eq!(refused["isSuccess"], false, "{refused}");
    assert!(
        refused["status"].as_str().is_some_and(|status| status.starts_with("Alert was not snoozed: ")),
        "{refused}"
    );
    assert_eq!(client.alert("1?identifierType=tiny").await["snoozed"], false);
}

#[tokio::test]
async fn the_operator_says_how_grave_a_priority_is() {
    let source = "[[sources]]\nid = \"og\"\nkind = \"opsgenie-api\"\nseverity = {p3 = \"sev1\", default = \"sev4\"}\n\
        [[sources]]\nid = \"pd\"\nkind = \"pagerduty-events\"\nseverity = {warning = \"sev1\"}\n";
    let house = House::with(source, &[]).await;
    let event = r#"{"routing_key":"k","event_action":"trigger","payload":{"summary":"slow","source":"h","severity":"warning"}}"#;
    let calls = [
        ("POST /v2/alerts", r#"{"message":"usual","alias":"a"}"#, "usual", "sev1"),
        ("POST /v2/alerts", r#"{"message":"grave","priority":"P2"}"#, "grave", "sev2"),
        ("POST /v2/enqueue", event, "slow", "sev1"),
        ("PUT /v2/alerts/a/priority?identifierType=alias", r#"{"priority":"P5"}"#, "usual", "sev4"),
    ];
    for (line, body, name, severity) in calls {
        assert_eq!(house.ask(line, &[], body).await.status, 202, "{line}");
        while route_pending(&house.app).await.unwrap() > 0 {}
        let told = house.get("/api/v1/alerts").await.json();
        let of_name = told["items"].as_array().unwrap().iter().find(|alert| alert["name"] == name).unwrap();
        assert_eq!(of_name["severity"], severity, "{line} {body}");
    }
}
