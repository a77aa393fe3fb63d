//! Silences: view, create, list, end, shelve; in chat and through the API.

use axum::http::StatusCode;
use hotroom::{chat::Reply, domain::refusal::Refusal};
use serde_json::{Value, json};

use crate::world::{World, done, minutes, show};

/// Returns an Alertmanager body with these alerts: check, service, severity.
pub fn firing(alerts: &[(&str, &str, &str)]) -> Value {
    let alerts: Vec<Value> = alerts
        .iter()
        .map(|(check, service, severity)| {
            json!({
                "status": "firing", "startsAt": "2026-03-02T09:59:00Z", "endsAt": "0001-01-01T00:00:00Z",
                "labels": {"alertname": check, "service": service, "severity": severity},
                "annotations": {"summary": format!("{check} of {service}")},
            })
        })
        .collect();
    json!({"version": "4", "status": "firing", "alerts": alerts})
}

/// Returns the id of the only group of this check.
pub async fn group_of(world: &World, check: &str) -> String {
    let groups = world.get("/api/v1/groups?limit=200").await;
    let mut groups = groups["items"].as_array().unwrap().iter();
    let group = groups.find(|group| group["labels"]["alertname"] == check).expect("a group of that check");
    group["id"].as_str().unwrap().to_owned()
}

fn refused(reply: &Reply) -> &'static str {
    let refusal: Refusal = serde_json::from_value(reply.data.clone().expect("a reason")).expect("a refusal");
    refusal.name()
}

async fn states(world: &World) -> Vec<(String, String)> {
    let alerts = world.get("/api/v1/alerts?limit=200").await;
    let one = |alert: &Value| (alert["name"].as_str().unwrap().to_owned(), alert["state"].as_str().unwrap().to_owned());
    let mut states: Vec<_> = alerts["items"].as_array().unwrap().iter().map(one).collect();
    states.sort();
    states
}

#[tokio::test]
async fn a_person_looks_what_a_silence_would_hold_makes_it_sees_it_and_ends_it() {
    let world = World::new().await;
    world
        .posts(
            "alertmanager",
            &firing(&[("Slow", "api", "warning"), ("Load", "api", "error"), ("Slow", "website", "warning")]),
        )
        .await;
    let line = r#"/alert silence match:service="api" severity=~"warn.*" wait:2h comment:the deploy"#;
    let look = world.says("bob", &format!("{line} preview:yes")).await;
    assert!(show(&done(&look).post).starts_with("This silence would match **1 firing alert** of 3."));
    assert!(states(&world).await.iter().all(|(_, state)| state == "firing"), "nothing is silenced by looking");

    let pressed = look.post.buttons[0].command.clone();
    let made = world.says("bob", &pressed).await;
    assert!(show(&done(&made).post).contains("It matches 1 firing alert now."), "{}", show(&made.post));
    world.advance(minutes(10)).await;
    let now = states(&world).await;
    assert_eq!(now.iter().filter(|(_, state)| state == "silenced").count(), 1, "{now:?}");

    let listed = show(&done(&world.says("cho", "/alert silences").await).post);
    assert!(listed.contains("Bob: the deploy · matches 1 firing"), "{listed}");

    let id = made.data.as_ref().unwrap()["id"].as_str().unwrap().to_owned();
    let ended = show(&done(&world.says("cho", &format!("/alert expire {id}")).await).post);
    assert!(ended.contains("has ended; 1 alert that it muted notifies again"), "{ended}");
    assert!(show(&world.says("cho", &format!("/alert expire {id}")).await.post).contains("already"));
    world.advance(minutes(10)).await;
    assert!(states(&world).await.iter().all(|(_, state)| state == "firing"));
    let log = world.app.store.read(move |reads| reads.events_of(&format!("silence/{id}"), 0, 10)).await.unwrap();
    let actors: Vec<_> = log.iter().filter_map(|event| event.actor.person()).map(ToString::to_string).collect();
    assert_eq!(actors, ["bob", "cho"], "the log says who made it and who ended it");
    world.end().await;
}

#[tokio::test]
async fn a_wide_silence_is_asked_about_and_one_of_everything_is_refused() {
    let world = World::new().await;
    let names: Vec<String> = (0..12).map(|n| format!("Check{n}")).collect();
    let alerts: Vec<_> = names.iter().map(|name| (name.as_str(), "api", "warning")).collect();
    world.posts("alertmanager", &firing(&alerts)).await;
    let wide = world.says("bob", "/alert silence match:service=api wait:1h").await;
    assert_eq!(refused(&wide), "wide_silence");
    assert!(show(&wide.post).contains("**12 of the 12**"));
    assert!(states(&world).await.iter().all(|(_, state)| state == "firing"));
    let sure = world.says("bob", &wide.post.buttons[0].command).await;
    done(&sure);
    world.settle().await;
    assert!(states(&world).await.iter().all(|(_, state)| state == "silenced"));
    assert_eq!(refused(&world.says("bob", "/alert silence match:service=~.* sure:yes").await), "bad_silence");
    let nothing = world.says("bob", "/alert silence match:service=nowhere wait:resolved").await;
    assert_eq!(refused(&nothing), "bad_silence");
    assert!(show(&nothing.post).contains("would end at once"));
    world.end().await;
}

#[tokio::test]
async fn a_noisy_group_is_put_away_with_a_reason_and_told_afresh_when_that_time_is_over() {
    let world = World::new().await;
    world.posts("alertmanager", &firing(&[("Noise", "api", "warning")])).await;
    world.advance(minutes(5)).await;
    let group = group_of(&world, "Noise").await;
    let asks = world.says("bob", &format!("/alert shelve {group} 2h")).await;
    assert_eq!(asks.outcome, hotroom::chat::ReplyOutcome::Asked, "it wants a reason");
    done(&world.says("bob", &format!("/alert shelve {group} 2h the vendor mends it")).await);
    world.advance(minutes(110)).await;
    assert_eq!(world.posts_of("alerts").await.len(), 1);
    world.advance(minutes(20)).await;
    let posts = world.posts_of("alerts").await;
    assert_eq!(posts.len(), 2, "a fresh message");
    assert!(posts[1].title.as_deref().unwrap().contains("Firing"));
    world.end().await;
}

#[tokio::test]
async fn a_list_of_silences_says_when_there_are_more_than_it_shows() {
    let world = World::new().await;
    let silence = async |n: usize| {
        let wanted = json!({"match": format!("service=\"s{n}\""), "wait": "1h"});
        assert_eq!(world.send("POST", "/api/v1/silences", Some(&wanted)).await.0, 201);
    };
    let listed = async || show(&done(&world.says("cho", "/alert silences").await).post);
    for n in 0..20 {
        silence(n).await;
    }
    let all = listed().await;
    assert!(all.contains("20 silences") && !all.contains("newest") && !all.contains("There are more"), "{all}");
    silence(20).await;
    let some = listed().await;
    assert!(some.contains("The newest 20 silences") && some.contains("There are more in the console."), "{some}");
    for n in 21..=100 {
        silence(n).await;
    }
    let page = world.page("cho", "/alerts").await;
    assert!(
        page.contains("These are the newest.") && page.contains("s100&quot;") && !page.contains("s0&quot;"),
        "{page}"
    );
    world.end().await;
}

#[tokio::test]
async fn programs_make_list_and_end_silences_by_the_api() {
    let world = World::new().await;
    world.posts("alertmanager", &firing(&[("Slow", "api", "warning"), ("Slow", "website", "warning")])).await;
    let wanted = json!({"match": "service=\"api\"", "wait": "2h", "comment": "deploy", "preview": true});
    let (status, reach) = world.send("POST", "/api/v1/silences", Some(&wanted)).await;
    assert_eq!((status, reach), (StatusCode::OK, json!({"held": 1, "looked_at": 2, "firing": 2, "wide": false})));
    let wanted = json!({"match": "service=\"api\"", "wait": "resolved", "comment": "deploy"});
    let (status, made) = world.send("POST", "/api/v1/silences", Some(&wanted)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(made["matchers"], json!([{"label": "service", "op": "=", "value": "api"}]));
    assert_eq!((&made["holds"], &made["until"], &made["comment"]), (&json!(1), &Value::Null, &json!("deploy")));
    let listed = world.get("/api/v1/silences?state=active").await;
    assert_eq!(listed["items"], json!([made]));
    let path = format!("/api/v1/silences/{}/expire", made["id"].as_str().unwrap());
    let (status, ended) = world.send("POST", &path, None).await;
    assert_eq!((status, &ended["state"]), (StatusCode::OK, &json!("expired")));
    for (path, body, wanted) in [
        ("/api/v1/silences", json!({"match": "service"}), 422),
        ("/api/v1/silences", json!({"match": "service=~.*", "wait": "1h"}), 422),
        ("/api/v1/silences", json!({}), 422),
        ("/api/v1/silences/nonsense/expire", json!({}), 404),
        ("/api/v1/silences/01930000-0000-7000-8000-000000000000/expire", json!({}), 404),
    ] {
        let (status, answer) = world.send("POST", path, Some(&body)).await;
        assert_eq!(status.as_u16(), wanted, "{path} {body}: {answer}");
    }
    let group = group_of(&world, "Slow").await;
    let (status, _) = world
        .send("POST", &format!("/api/v1/groups/{group}/shelve"), Some(&json!({"wait": "1h", "reason": "known"})))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(world.get(&format!("/api/v1/groups/{group}")).await["state"], "silenced");
    world.end().await;
}
