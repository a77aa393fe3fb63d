use axum::http::StatusCode;
use serde_json::json;

use super::World;
use crate::domain::{
    incident::{Command, IncidentKind, Severity},
    status::{ComponentStatus, PublicStatus},
};

#[tokio::test]
async fn a_group_stands_before_its_components_and_shows_the_worst_of_them() {
    let world = World::new().await;
    let down = world.declare("Website is down", Severity::Sev1, IncidentKind::Real).await;
    world.posts(down, PublicStatus::Investigating, "Down.", &[("website", ComponentStatus::MajorOutage)]).await;
    let document = world.json("components.json").await;
    let lines: Vec<String> = document["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            format!(
                "{} {} {} {}",
                c["position"],
                c["name"].as_str().unwrap(),
                c["group"],
                c["status"].as_str().unwrap()
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    1 Shop true major_outage
    2 Checkout false operational
    3 Website false major_outage
    4 API false operational
    ");
    let all = document["components"].as_array().unwrap();
    assert_eq!(all[0]["components"], json!([all[1]["id"], all[2]["id"]]));
    assert_eq!(all[1]["group_id"], all[0]["id"]);
}

#[tokio::test]
async fn resolving_restores_what_this_incident_changed_and_the_worst_of_the_others_remains() {
    let world = World::new().await;
    let first = world.declare("Checkout is down", Severity::Sev1, IncidentKind::Real).await;
    let second = world.declare("Checkout is slow", Severity::Sev2, IncidentKind::Real).await;
    world
        .posts(
            first,
            PublicStatus::Investigating,
            "Down.",
            &[("checkout", ComponentStatus::MajorOutage), ("api", ComponentStatus::PartialOutage)],
        )
        .await;
    world
        .posts(second, PublicStatus::Investigating, "Slow.", &[("checkout", ComponentStatus::DegradedPerformance)])
        .await;
    assert_eq!(world.shows("Checkout").await, "major_outage");
    world.says(first, Command::Resolve { summary: None, cause: None }).await.unwrap();
    assert_eq!(world.shows("Checkout").await, "degraded_performance", "the other incident still holds it");
    assert_eq!(world.shows("API").await, "operational");
    world.says(second, Command::Resolve { summary: None, cause: None }).await.unwrap();
    assert_eq!(world.shows("Checkout").await, "operational");
    let status = world.json("status.json").await;
    assert_eq!(status["status"], json!({"indicator": "none", "description": "All Systems Operational"}));
}

#[tokio::test]
async fn drills_never_appear_and_what_became_private_disappears() {
    let world = World::new().await;
    let drill = world.declare("Secret drill", Severity::Sev1, IncidentKind::Drill).await;
    let post =
        Command::PostStatus { status: PublicStatus::Investigating, body: "x".into(), components: vec![], title: None };
    assert!(world.says(drill, post).await.is_err());
    let real = world.declare("Secret breach", Severity::Sev1, IncidentKind::Real).await;
    world.posts(real, PublicStatus::Investigating, "Secret text", &[("api", ComponentStatus::PartialOutage)]).await;
    assert!(world.ask("/status", &[]).await.2.contains("Secret text"));
    world.says(real, Command::Resolve { summary: None, cause: None }).await.unwrap();
    world.says(real, Command::SetPrivate { private: true }).await.unwrap();
    let documents = ["summary", "incidents", "incidents/unresolved"].map(|name| format!("/status/api/v2/{name}.json"));
    let pages = ["/status", "/status/history.atom", "/status/history.rss"].map(str::to_owned);
    for path in pages.iter().chain(&documents) {
        let (status, _, body) = world.ask(path, &[]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(!body.contains("Secret"), "{path}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_404_with_nothing_in_it() {
    let world = World::new().await;
    for path in ["nope.json", "incidents/x.json", "summary", "summary.json/x"] {
        let (status, headers, body) = world.ask(&format!("/status/api/v2/{path}"), &[("accept", "text/html")]).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_FOUND, ""), "{path}");
        assert_eq!(headers["access-control-allow-origin"], "*");
    }
    assert_eq!(world.ask("/status/incidents/nope", &[]).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_answer_is_sent_again_only_when_it_changed() {
    let world = World::new().await;
    let (_, headers, _) = world.ask("/status/api/v2/summary.json", &[]).await;
    let tag = headers["etag"].to_str().unwrap().to_owned();
    world.minutes(1);
    let (status, _, body) = world.ask("/status/api/v2/summary.json", &[("if-none-match", &tag)]).await;
    assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let any = format!("\"other\", W/{tag}");
    for known in ["*", any.as_str()] {
        let (status, _, body) = world.ask("/status/api/v2/summary.json", &[("if-none-match", known)]).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{known}");
    }
    let slow = world.declare("Slow", Severity::Sev2, IncidentKind::Real).await;
    world.posts(slow, PublicStatus::Investigating, "We look.", &[]).await;
    let (status, headers, _) = world.ask("/status/api/v2/summary.json", &[("if-none-match", &tag)]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["cache-control"], "public, no-cache");
}

#[tokio::test]
async fn the_page_reads_without_script_and_runs_nothing() {
    let world = World::new().await;
    let slow = world.declare("<script>alert(1)</script> & \u{202E}co", Severity::Sev2, IncidentKind::Real).await;
    world
        .posts(
            slow,
            PublicStatus::Investigating,
            "We <b>look</b>.\nSoon more.",
            &[("checkout", ComponentStatus::PartialOutage)],
        )
        .await;
    let title = "<script>alert(1)</script> & \u{202E}co".into();
    world.says(slow, Command::Rename { title, public: true }).await.unwrap();
    let (status, headers, body) = world.ask("/status", &[]).await;
    assert_eq!(status, StatusCode::OK);
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!body.contains("<script") && !body.contains("style=") && !body.contains("<b>"), "{body}");
    assert!(!body.contains('\u{202E}'));
    for text in [
        "Some services are down.",
        "Active incidents",
        "&lt;script&gt;",
        "Affects Checkout",
        "Partial outage",
        "Soon more.",
    ] {
        assert!(body.contains(text), "{text} is not on the page");
    }
    world.minutes(60 * 24);
    world.says(slow, Command::Resolve { summary: None, cause: None }).await.unwrap();
    let (_, _, body) = world.ask("/status", &[]).await;
    assert!(body.contains("All systems operational") && body.contains("<details"), "{body}");
    let link = world.json("incidents.json").await["incidents"][0]["shortlink"].as_str().unwrap().to_owned();
    let path = &link[link.find("/status").unwrap()..];
    let (status, _, one) = world.ask(path, &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(one.contains("Resolved") && one.contains("Soon more."));
}

#[tokio::test]
async fn feeds_have_one_entry_for_each_incident() {
    let world = World::new().await;
    let slow = world.declare("Slow & steady", Severity::Sev2, IncidentKind::Real).await;
    world.posts(slow, PublicStatus::Investigating, "We <look>.", &[]).await;
    world.says(slow, Command::Rename { title: "Slow & steady".into(), public: true }).await.unwrap();
    world.minutes(3);
    world.posts(slow, PublicStatus::Identified, "Found.", &[]).await;
    let (_, headers, atom) = world.ask("/status/history.atom", &[]).await;
    assert_eq!(headers["content-type"], "application/atom+xml; charset=utf-8");
    assert_eq!(atom.matches("<entry>").count(), 1);
    assert!(atom.contains("<updated>2026-11-21T09:03:00Z</updated>"), "{atom}");
    assert!(atom.contains("&lt;strong&gt;Identified&lt;") && atom.contains("We &amp;lt;look&amp;gt;."), "{atom}");
    let (_, headers, rss) = world.ask("/status/history.rss", &[]).await;
    assert_eq!(headers["content-type"], "application/rss+xml; charset=utf-8");
    assert!(
        rss.contains("<title>Slow &amp; steady</title>") && rss.contains("Sat, 21 Nov 2026 09:03:00 +0000"),
        "{rss}"
    );
}
