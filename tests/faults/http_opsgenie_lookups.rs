//! What clients of Opsgenie look up besides alerts: logs, recipients, the account, people, teams, and who is on call. The
//! responses are held against Opsgenie's own description.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::http_opsgenie::Client;

#[tokio::test]
async fn the_record_of_an_alert_is_told_as_opsgenie_tells_it() {
    let client = Client::new().await;
    let responders = json!([{"type": "user", "username": "ann"}, {"type": "team", "name": "ops"}]);
    client.calls("POST /v2/alerts", json!({"message": "disk full", "alias": "d", "responders": responders})).await;
    let of = "identifierType=alias";
    client.house.later(TimeDelta::minutes(1));
    client.calls(&format!("POST /v2/alerts/d/notes?{of}"), json!({"note": "looking", "user": "bob"})).await;
    client.house.later(TimeDelta::minutes(1));
    client.calls(&format!("POST /v2/alerts/d/acknowledge?{of}"), json!({"user": "bob"})).await;
    client.house.later(TimeDelta::minutes(1));
    client.calls(&format!("POST /v2/alerts/d/close?{of}"), json!({"user": "ann"})).await;
    let logs = async |query: &str| {
        let told = client.told(&format!("GET /v2/alerts/d/logs?{of}{query}"), "ListAlertLogsResponse").await;
        let data = told["data"].as_array().unwrap().clone();
        (data.iter().map(|entry| entry["log"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), data)
    };
    let (texts, _) = logs("").await;
    assert_eq!(texts, ["Alert closed", "Alert acknowledged", "looking", "Alert created"]);
    let (first, entries) = logs("&order=asc&limit=2").await;
    assert_eq!((first, &entries[1]["owner"]), (vec!["Alert created".to_owned(), "looking".to_owned()], &json!("bob")));
    let (rest, _) = logs(&format!("&order=asc&offset={}", entries[1]["offset"].as_str().unwrap())).await;
    assert_eq!(rest, ["Alert acknowledged", "Alert closed"]);

    let people = client.told(&format!("GET /v2/alerts/d/recipients?{of}"), "ListAlertRecipientsResponse").await;
    assert_eq!((people["data"].as_array().unwrap().len(), &people["data"][0]["user"]["username"]), (1, &json!("ann")));
    let files = client.told(&format!("GET /v2/alerts/d/attachments?{of}"), "ListAlertAttachmentsResponse").await;
    assert_eq!(files["data"], json!([]));
    let searches = client.told("GET /v2/alerts/saved-searches", "ListSavedSearchesResponse").await;
    assert_eq!(searches["data"], json!([]));
}

#[tokio::test]
async fn the_account_its_people_and_who_is_on_call_are_told_as_opsgenie_tells_them() {
    let client = Client::new().await;
    let account = client.told("GET /v2/account", "GetAccountInfoResponse").await;
    let users = client.told("GET /v2/users", "ListUsersResponse").await;
    assert_eq!((&users["totalCount"], &users["data"][0]["username"]), (&account["data"]["userCount"], &json!("ann")));
    client.told("GET /v2/users/ann", "GetUserResponse").await;
    let teams = client.told("GET /v2/teams", "ListTeamsResponse").await;
    let team = teams["data"][0]["id"].as_str().unwrap();
    client.told(&format!("GET /v2/teams/{team}?identifierType=id"), "GetTeamResponse").await;
    let schedules = client.told("GET /v2/schedules", "ListSchedulesResponse").await;
    let schedule = schedules["data"][0]["name"].as_str().unwrap();
    client.told(&format!("GET /v2/schedules/{schedule}?identifierType=name"), "GetScheduleResponse").await;
    let on_call = client
        .told(&format!("GET /v2/schedules/{schedule}/on-calls?scheduleIdentifierType=name"), "GetOnCallResponse")
        .await;
    let person = on_call["data"]["onCallParticipants"][0]["id"].clone();
    let own = client.house.get("/api/v1/oncall").await.json();
    assert_eq!(own["items"][0]["people"][0], person, "the same as hotroom's own API");
    let flat = client.told(&format!("GET /v2/schedules/{schedule}/on-calls?flat=true"), "GetOnCallResponse").await;
    assert_eq!(flat["data"]["onCallRecipients"], json!([person]));
    let all = client.told("GET /v2/schedules/on-calls", "ListOnCallsResponse").await;
    assert_eq!(all["data"].as_array().map(Vec::len), Some(1));
    let text = users.to_string() + &on_call.to_string();
    assert!(!text.contains("accounts") && !text.contains("discord"), "names only: {text}");
}

#[tokio::test]
async fn what_hotroom_does_not_do_is_refused_in_opsgenies_shape() {
    let client = Client::new().await;
    client.calls("POST /v2/alerts", json!({"message": "disk full", "alias": "d"})).await;
    for (line, status) in [
        ("POST /v2/alerts/d/actions/restart?identifierType=alias", 422),
        ("POST /v2/alerts/d/attachments?identifierType=alias", 422),
        ("GET /v2/alerts/d/attachments/1?identifierType=alias", 404),
        ("GET /v2/alerts/none/logs?identifierType=alias", 404),
        ("GET /v2/alerts/d/logs?identifierType=alias&limit=101", 422),
        ("POST /v2/alerts/saved-searches", 422),
        ("GET /v2/alerts/saved-searches/mine", 404),
        ("GET /v2/alerts?searchIdentifier=mine", 404),
        ("GET /v2/alerts/count?searchIdentifier=mine", 404),
        ("POST /v1/incidents/create", 422),
        ("GET /v2/users/nobody", 404),
        ("GET /v2/teams/nobody", 404),
        ("GET /v2/schedules/none", 404),
        ("GET /v2/schedules/none/on-calls", 404),
        ("GET /v2/schedules/on-calls?date=2020-01-01T00:00:00Z", 422),
        ("POST /v2/users", 405),
        ("GET /v2/escalations", 404),
        ("GET /v2/integrations", 404),
        ("GET /v2", 404),
    ] {
        let refused = client.ask(line, &Value::Null).await;
        assert_eq!(refused.status, status, "{line}: {refused:?}");
        client.holds(&refused.json(), "ErrorResponse");
        assert!(refused.json()["message"].as_str().is_some_and(|said| !said.is_empty()), "{line}: {refused:?}");
    }
    for path in ["/v2/account", "/v2/users", "/v2/teams", "/v2/schedules/on-calls", "/v2/alerts/saved-searches"] {
        assert_eq!(client.house.get(path).await.status, 401, "{path} without a key");
    }
}
