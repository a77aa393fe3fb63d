//! Groups that are told within another: by patterns, and because of what services depend on.

use serde_json::{Value, json};

use super::{Fixture, alert, graded, stamp};
use crate::{
    app::{
        alerts,
        commands::declare_from_group,
        incidents::{self, IncidentUpdate},
    },
    domain::{
        alert::AlertGroup,
        effect::{ChatEffect, Effect},
        ids::GroupId,
        incident::{Command, Declare, IncidentKind},
    },
};

const BY_HOST: &str = r#"
[[alerts.correlate]]
name = "host"
labels = ["instance"]
window = "10m"
"#;

const SERVICES: &str = r#"
[[services]]
id = "database"
name = "Database"
[[services]]
id = "api"
name = "API"
depends_on = ["database"]
[[services]]
id = "checkout"
name = "Checkout"
critical = true
depends_on = ["api"]
"#;

impl Fixture {
    async fn of_name(&self, name: &str) -> AlertGroup {
        let groups = self.groups().await;
        let named = |group: &&AlertGroup| group.labels["alertname"].verbatim() == name;
        groups.iter().rfind(named).expect("a group of that name").clone()
    }

    /// Of two groups the one that tells both, and the other.
    async fn upper_and_lower(&self) -> (AlertGroup, AlertGroup) {
        let mut groups = self.groups().await;
        groups.sort_by_key(|group| group.display.parent.is_some());
        (groups[0].clone(), groups[1].clone())
    }

    async fn declares_from(&self, group: GroupId) -> IncidentUpdate {
        let blank = Declare {
            title: "".into(),
            group: None,
            impact_since: None,
            severity: None,
            judged: None,
            affected: None,
            service: None,
            description: Default::default(),
            kind: IncidentKind::Real,
            own_kind: None,
            private: false,
        };
        self.by("ann", move |tx, cx, work, _| declare_from_group(tx, cx, work, group, &blank)).await.expect("declared")
    }

    async fn rule_of(&self, name: &str) -> Option<(String, GroupId)> {
        self.of_name(name).await.display.parent.map(|parent_link| (parent_link.rule, parent_link.parent))
    }

    fn told(&self) -> Vec<GroupId> {
        let of = |(_, effect): &(i64, Effect)| {
            if let Effect::Chat(ChatEffect::GroupMessage { group, .. }) = effect { Some(*group) } else { None }
        };
        let mut told: Vec<GroupId> = self.sent.iter().filter_map(of).collect();
        told.sort();
        told.dedup();
        told
    }
}

fn on(service: &str, name: &str, starts: i64) -> Value {
    let mut alert = alert(name, service, starts, None);
    alert["labels"]["service"] = service.into();
    alert
}

fn over(mut alert: Value, ends: i64) -> Value {
    alert["status"] = "resolved".into();
    alert["endsAt"] = stamp(ends).into();
    alert
}

#[tokio::test]
async fn groups_of_one_host_are_told_in_one_message_that_says_why() {
    let mut desk = Fixture::with(BY_HOST);
    desk.posts(&[alert("Load", "web-1", 0, None), alert("Disk", "web-1", 0, None)]).await;
    desk.posts(&[alert("Ping", "web-1", 100, None), alert("Ping", "web-2", 100, None)]).await;
    desk.until(200).await;
    let first =
        desk.groups().await.into_iter().find(|group| group.counts.children_alerts > 0).expect("one tells it all");
    let others: Vec<AlertGroup> = desk.groups().await.into_iter().filter(|group| group.id != first.id).collect();
    assert_eq!(desk.told(), [first.id], "the others are told in the message of the first");
    for other in &others {
        let parent_link = other.display.parent.as_ref().expect("folded");
        assert_eq!((parent_link.parent, parent_link.rule.as_str(), parent_link.hidden), (first.id, "host", true));
        assert_eq!(parent_link.values["instance"].verbatim(), "web-1");
    }
    assert_eq!(
        first.counts.children_firing as usize,
        others.iter().map(|group| group.counts.firing as usize).sum::<usize>()
    );
    desk.check().await;
}

#[tokio::test]
async fn another_host_and_another_time_are_told_by_themselves() {
    let mut desk = Fixture::with(&format!("{BY_HOST}slides = false\n"));
    desk.posts(&[alert("Load", "web-1", 0, None), alert("Disk", "web-2", 0, None)]).await;
    desk.until(700).await;
    desk.posts(&[alert("Ping", "web-1", 599, None)]).await;
    desk.posts(&[alert("Late", "web-1", 600, None)]).await;
    desk.posts(&[alert("Next", "web-1", 650, None)]).await;
    assert_eq!(desk.rule_of("Disk").await, None);
    assert_eq!(desk.rule_of("Ping").await.map(|(_, parent)| parent), Some(desk.of_name("Load").await.id));
    assert_eq!(desk.rule_of("Late").await, None, "the window is measured between beginnings, its end excluded");
    assert_eq!(desk.rule_of("Next").await.map(|(_, parent)| parent), Some(desk.of_name("Late").await.id));
}

#[tokio::test]
async fn a_window_slides_on_with_what_comes_in_its_last_half_and_no_longer_than_allowed() {
    let mut desk = Fixture::with(&format!("{BY_HOST}longest = \"16m\"\n"));
    desk.posts(&[alert("Load", "web-1", 0, None)]).await;
    desk.posts(&[alert("Early", "web-1", 200, None)]).await;
    desk.posts(&[alert("Half", "web-1", 300, None)]).await;
    desk.until(1000).await;
    desk.posts(&[alert("Slid", "web-1", 890, None)]).await;
    desk.posts(&[alert("Capped", "web-1", 960, None)]).await;
    let first = desk.of_name("Load").await.id;
    for name in ["Early", "Half", "Slid"] {
        assert_eq!(desk.rule_of(name).await.map(|(_, parent)| parent), Some(first), "{name}");
    }
    assert_eq!(desk.rule_of("Capped").await, None);
}

#[tokio::test]
async fn the_longest_window_names_it_and_the_allowance_ends_it() {
    let more = format!(
        "{BY_HOST}most = 2\n[[alerts.correlate]]\nname = \"service\"\nlabels = [\"service\"]\nwindow = \"1h\"\nmost = 3\n"
    );
    let mut desk = Fixture::with(&more);
    for name in ["One", "Two", "Three", "Four"] {
        desk.posts(&[alert(name, "web-1", 0, None)]).await;
    }
    let first = desk.of_name("One").await.id;
    assert_eq!(desk.rule_of("Two").await, Some(("service".to_owned(), first)));
    assert_eq!(desk.rule_of("Three").await, Some(("service".to_owned(), first)));
    assert_eq!(desk.rule_of("Four").await, None, "three alerts are all that may be joined");
}

#[tokio::test]
async fn sources_and_matchers_choose_and_a_label_that_is_missing_joins_nothing() {
    let more = "[[alerts.correlate]]\nname = \"site\"\nsources = [\"alertmanager\"]\nlabels = [\"site\"]\n\
                matchers = [\"severity=warning\"]\nwindow = \"1h\"\n";
    let mut desk = Fixture::with(more);
    let at = |name: &str, severity: &str, site: Option<&str>| {
        let mut alert = graded(name, "a", severity, (0, None));
        alert["labels"]["service"] = "website".into();
        if let Some(site) = site {
            alert["labels"]["site"] = site.into();
        }
        alert
    };
    desk.posts(&[at("One", "warning", Some("x"))]).await;
    desk.posts(&[at("Two", "warning", Some("x")), at("Three", "critical", Some("x")), at("Four", "warning", None)])
        .await;
    let generic = json!({"name": "Five", "severity": "warning", "labels": {"site": "x", "alertname": "Five"}});
    desk.receives("generic", &generic).await;
    desk.settle().await;
    assert!(desk.rule_of("Two").await.is_some());
    for name in ["Three", "Four", "Five"] {
        assert_eq!(desk.rule_of(name).await, None, "{name}");
    }
}

#[tokio::test]
async fn while_something_fires_below_the_message_stays_and_it_closes_with_the_last() {
    let mut desk = Fixture::with(BY_HOST);
    desk.posts(&[alert("Load", "web-1", 0, None), alert("Disk", "web-1", 0, None)]).await;
    desk.until(60).await;
    let (first, second) = desk.upper_and_lower().await;
    let (one, two) =
        (first.labels["alertname"].verbatim().to_owned(), second.labels["alertname"].verbatim().to_owned());
    desk.posts(&[alert(&one, "web-1", 0, Some(50))]).await;
    desk.until(5000).await;
    let first = desk.of_name(&one).await;
    assert!(first.open && first.fires(), "{first:?}");
    desk.posts(&[alert(&two, "web-1", 0, Some(4990))]).await;
    desk.until(6000).await;
    assert!(desk.groups().await.iter().all(|group| !group.open && !group.fires()));
    assert_eq!(desk.told(), [first.id]);
}

#[tokio::test]
async fn a_group_in_another_feed_keeps_its_message_and_shares_the_incident() {
    let more = format!("{BY_HOST}[[alerts.route.routes]]\nmatchers = [\"alertname=Disk\"]\nfeed = \"storage\"\n");
    let mut desk = Fixture::with(&more);
    desk.posts(&[alert("Load", "web-1", 0, None)]).await;
    desk.posts(&[alert("Disk", "web-1", 0, None)]).await;
    desk.until(60).await;
    let (load, disk) = (desk.of_name("Load").await, desk.of_name("Disk").await);
    assert!(
        disk.display.parent.as_ref().is_some_and(|parent_link| parent_link.parent == load.id && !parent_link.hidden)
    );
    assert_eq!(desk.told().len(), 2);
    let id = load.id;
    let declared = desk.declares_from(id).await;
    assert_eq!(desk.of_name("Disk").await.incident, Some(declared.incident.id));
    desk.posts(&[alert("Ping", "web-1", 60, None)]).await;
    assert_eq!(desk.of_name("Ping").await.incident, Some(declared.incident.id), "who joins later joins it, too");
}

#[tokio::test]
async fn whoever_takes_the_message_takes_all_that_is_told_in_it() {
    let mut desk = Fixture::with(BY_HOST);
    desk.posts(&[alert("Load", "web-1", 0, None)]).await;
    desk.posts(&[alert("Disk", "web-1", 0, None)]).await;
    let id = desk.of_name("Load").await.id;
    desk.by("bob", move |tx, cx, work, person| alerts::acknowledge(tx, cx, work, id, person)).await.unwrap();
    assert!(desk.of_name("Disk").await.acknowledged());
    desk.until(100).await;
    desk.posts(&[alert("Ping", "web-1", 100, None)]).await;
    assert!(!desk.of_name("Load").await.acknowledged(), "more began to fire since");
}

#[tokio::test]
async fn what_depends_on_a_service_that_fires_is_told_there() {
    let mut desk = Fixture::with(SERVICES);
    desk.posts(&[on("database", "Down", 0)]).await;
    desk.posts(&[on("checkout", "Errors", 0), on("api", "Slow", 0)]).await;
    let root = desk.of_name("Down").await.id;
    assert_eq!(desk.rule_of("Slow").await, Some(("depends_on".to_owned(), root)));
    let errors = desk.of_name("Errors").await.display.parent.expect("folded");
    assert_eq!((errors.parent, errors.values["service"].verbatim()), (root, "checkout"));
    desk.until(100).await;
    assert_eq!(desk.told(), [root]);
    desk.posts(&[over(on("database", "Down", 0), 90)]).await;
    desk.posts(&[on("api", "More", 100)]).await;
    assert_eq!(desk.rule_of("More").await, None, "it fires no more");
}

#[tokio::test]
async fn symptoms_that_come_first_are_folded_when_the_cause_shows_before_they_are_told() {
    let mut desk = Fixture::with(SERVICES);
    desk.posts(&[on("api", "Slow", 0)]).await;
    desk.until(10).await;
    desk.posts(&[on("database", "Down", 5)]).await;
    desk.until(100).await;
    let root = desk.of_name("Down").await;
    assert_eq!(desk.rule_of("Slow").await, Some(("depends_on".to_owned(), root.id)));
    assert_eq!((root.counts.children_firing, desk.told()), (1, vec![root.id]));
    desk.check().await;
}

#[tokio::test]
async fn one_incident_is_opened_for_all_and_a_rule_below_opens_it_above() {
    let mut desk = Fixture::with(SERVICES);
    desk.posts(&[on("database", "Down", 0)]).await;
    let mut errors = on("checkout", "Errors", 0);
    errors["labels"]["severity"] = "critical".into();
    desk.posts(&[on("api", "Slow", 0), errors]).await;
    desk.until(10).await;
    let incidents = desk.incidents().await;
    assert_eq!((incidents.len(), incidents[0].groups.len()), (1, 3));
    assert!(desk.groups().await.iter().all(|group| group.incident == Some(incidents[0].id)));
    let id = incidents[0].id;
    let close = Command::Close { reason: Some("resolved".into()) };
    desk.by("ann", move |tx, cx, work, _| incidents::command_in(tx, cx, work, id, &close)).await.unwrap();
    desk.until(5000).await;
    assert_eq!(desk.incidents().await.len(), 1);
}

#[tokio::test]
async fn a_changed_pattern_joins_nothing_to_what_the_old_one_held() {
    let mut desk = Fixture::with(BY_HOST);
    desk.posts(&[alert("Load", "web-1", 0, None)]).await;
    desk.posts(&[alert("Disk", "web-1", 0, None)]).await;
    let before = desk.rule_of("Disk").await;
    let changed = format!("{}{}", super::CONFIG, BY_HOST.replace("10m", "20m"));
    desk.app.config.replace(crate::config::Config::from_text("bot.toml", &changed, []).expect("no mistake"));
    desk.posts(&[alert("Ping", "web-1", 10, None)]).await;
    assert_eq!(desk.rule_of("Ping").await, None);
    assert_eq!(desk.rule_of("Disk").await, before);
}

#[tokio::test]
async fn whoever_silences_the_group_that_tells_silences_what_it_tells_also_what_joins_later() {
    let rule = "\n[[alerts.declare]]\nname = \"slow\"\nmatchers = [\"severity=warning\"]\nafter = \"20m\"\n";
    let mut desk = Fixture::with(&format!("{BY_HOST}{rule}"));
    desk.posts(&[alert("Load", "web-1", 0, None)]).await;
    desk.posts(&[alert("Disk", "web-1", 10, None)]).await;
    desk.until(100).await;
    let upper = desk.of_name("Load").await;
    desk.silences("bob", upper.id, 60).await.unwrap();
    desk.until(200).await;
    desk.posts(&[alert("Ping", "web-1", 200, None)]).await;
    desk.until(3000).await;
    for name in ["Load", "Disk", "Ping"] {
        let group = desk.of_name(name).await;
        assert_eq!(group.state(super::at(3000)).name(), "silenced", "{name}");
        assert_eq!(group.display.parent.is_some(), name != "Load");
    }
    assert_eq!(desk.incidents().await.len(), 0, "a silenced group opens no incident");
    desk.until(4000).await;
    for name in ["Load", "Disk", "Ping"] {
        assert_eq!(desk.of_name(name).await.state(super::at(4000)).name(), "firing", "{name}");
    }
    assert_eq!(desk.incidents().await.len(), 1, "and opens one when the silence is over");
}

#[tokio::test]
async fn a_silence_of_the_telling_group_until_it_is_over_lasts_until_what_it_tells_is_over() {
    let mut desk = Fixture::with(BY_HOST);
    desk.posts(&[alert("Load", "web-1", 0, None)]).await;
    desk.posts(&[alert("Disk", "web-1", 10, None)]).await;
    desk.until(100).await;
    let upper = desk.of_name("Load").await;
    desk.silences_group("bob", (upper.id, None, false)).await.unwrap();
    desk.posts(&[alert("Load", "web-1", 0, Some(100))]).await;
    desk.until(1000).await;
    let at = super::at(1000);
    assert_eq!(desk.of_name("Disk").await.state(at).name(), "silenced");
    desk.posts(&[alert("Disk", "web-1", 10, Some(1000))]).await;
    assert!(!desk.of_name("Load").await.silenced(at) && !desk.of_name("Disk").await.silenced(at));
}

#[tokio::test]
async fn an_incident_that_becomes_private_posts_no_message_for_a_group_shown_in_another() {
    let mut desk = Fixture::with(BY_HOST);
    desk.posts(&[alert("Load", "web-1", 0, None)]).await;
    desk.posts(&[alert("Disk", "web-1", 0, None)]).await;
    desk.until(60).await;
    let (parent, child) = (desk.of_name("Load").await, desk.of_name("Disk").await);
    assert_eq!(child.shown_in_parent(), Some(parent.id));
    let incident = desk.declares_from(parent.id).await.incident.id;
    desk.settle().await;
    for private in [true, false] {
        desk.sent.clear();
        let command = Command::SetPrivate { private };
        desk.by("ann", move |tx, cx, work, _| incidents::command_in(tx, cx, work, incident, &command)).await.unwrap();
        desk.settle().await;
        assert_eq!(desk.told(), [parent.id], "private: {private}");
        assert_eq!(desk.of_name("Disk").await.display.message, None);
    }
}
