//! What is known of alerts besides what senders say.

use super::{Fixture, alert, graded};
use crate::domain::alert::Enrichment;

const KNOWN: &str = r#"
[[alerts.enrich]]
matchers = ["instance=~db-.*"]
service = "checkout"
team = "ops"

[[alerts.enrich]]
service = "{app}"
runbook = "https://runbooks.example/{alertname}"
graph = "https://grafana.example/d/x?host={instance}&app={app}"

[[alerts.route.routes]]
matchers = ["service=checkout"]
feed = "shop"
"#;

#[tokio::test]
async fn the_service_that_rules_know_is_routed_grouped_and_declared_by() {
    let mut desk = Fixture::with(KNOWN);
    let mut down = graded("Down", "db-1", "critical", (0, None));
    down["labels"].as_object_mut().expect("labels").remove("service");
    desk.posts(&[down.clone()]).await;
    let group = desk.group().await;
    assert_eq!((group.service.as_deref(), group.feed.as_str()), (Some("checkout"), "shop"));
    assert_eq!(desk.incidents().await.len(), 1, "the service is critical");
    desk.until(60).await;
    down["status"] = "resolved".into();
    down["endsAt"] = super::stamp(50).into();
    desk.posts(&[down]).await;
    assert_eq!(desk.group().await.counts.firing, 0, "it is the same alert all the same");
}

#[tokio::test]
async fn the_first_entry_that_has_it_counts_and_a_label_that_is_missing_says_nothing() {
    let mut desk = Fixture::with(KNOWN);
    let mut load = alert("Load/1", "web-1", 0, None);
    load["labels"]["app"] = "api".into();
    load["annotations"]["runbook_url"] = "https://other.example/".into();
    load["annotations"]["image_url"] = "http://insecure.example/a.png".into();
    load["generatorURL"] = "https://prometheus.example/chart.png?g0=1".into();
    desk.posts(&[load]).await;
    assert_eq!(desk.group().await.service.as_deref(), Some("api"));
    let config = desk.app.config.current();
    let alerts = desk.alerts().await;
    let known = Enrichment::collect(&config.alerts.enrich, &alerts);
    let shown =
        |all: &[crate::domain::text::Untrusted]| all.iter().map(|one| one.verbatim().to_owned()).collect::<Vec<_>>();
    assert_eq!(shown(&known.runbooks), ["https://runbooks.example/Load%2F1"]);
    assert_eq!(shown(&known.graphs), ["https://grafana.example/d/x?host=web%2D1&app=api"]);
    assert_eq!(known.image.expect("a picture").verbatim(), "https://prometheus.example/chart.png?g0=1");
    assert_eq!(known.team, None);
    let mut desk = Fixture::with(KNOWN);
    let mut plain = alert("Load", "web-1", 0, None);
    plain["annotations"]["dashboard_url"] = "https://grafana.example/d/y".into();
    plain["annotations"]["runbook_url"] = "javascript:alert(1)".into();
    desk.posts(&[plain]).await;
    let known = Enrichment::collect(&desk.app.config.current().alerts.enrich, &desk.alerts().await);
    assert_eq!(shown(&known.graphs), ["https://grafana.example/d/y"], "the sender's own, without the label app");
    assert_eq!(desk.group().await.service.as_deref(), Some("checkout"), "as its label says");
}

#[test]
fn a_label_may_not_choose_the_host_and_an_empty_entry_is_a_mistake() {
    let said = |text: &str| crate::config::Config::from_text("bot.toml", text, []).expect_err("a mistake").to_string();
    for template in ["https://{a}/", "https://{a}.example/", "ftp://a/{b}", "{a}"] {
        let said = said(&format!("[[alerts.enrich]]\nrunbook = \"{template}\"\n"));
        assert!(said.contains("must begin with https://"), "{template}: {said}");
    }
    assert!(said("[[alerts.enrich]]\nmatchers = [\"a=b\"]\n").contains("service, team, runbook or graph"));
    assert!(said("[[alerts.enrich]]\nteam = \"opps\"\n").contains("did you mean"));
}
