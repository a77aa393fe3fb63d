//! Debian's `prometheus-alertmanager`, fed by `amtool`.

use std::{net::SocketAddr, path::Path, process::Command};

use crate::rig::{House, free_address, program, root, run, seconds};

/// The configuration of `docs/senders/alertmanager.md`, with short intervals.
fn start(house: &mut House, alertmanager: &Path) -> SocketAddr {
    let bot = house.address;
    let receivers = format!(
        "receivers:\n- name: hotroom\n  webhook_configs:\n  - url: http://{bot}/intake/alertmanager\n    send_resolved: true\n"
    );
    start_with(house, alertmanager, &receivers)
}

/// Starts Alertmanager with these receivers, of which `hotroom` gets everything.
fn start_with(house: &mut House, alertmanager: &Path, receivers: &str) -> SocketAddr {
    let address = free_address();
    let route = "route:\n  receiver: hotroom\n  group_by: ['alertname']\n  group_wait: 0s\n  group_interval: 1s\n  repeat_interval: 1h\n";
    house.write("alertmanager.yml", &format!("{route}{receivers}"));
    let mut command = Command::new(alertmanager);
    command.args(["--config.file=alertmanager.yml", "--storage.path=alertmanager", "--cluster.listen-address="]);
    house.start("alertmanager", command.arg(format!("--web.listen-address={address}")));
    address
}

/// Tells Alertmanager of the alert, as soon as it takes it.
async fn feed(house: &House, amtool: &Path, address: SocketAddr, more: &[&str]) {
    let mut command = Command::new(amtool);
    command
        .arg(format!("--alertmanager.url=http://{address}"))
        .args(["alert", "add", "alertname=Down", "service=checkout", "severity=critical", "instance=web-1"])
        .arg("--annotation=summary=Nobody can pay <@1> @everyone")
        .args(more);
    house.eventually("Alertmanager takes the alert", || run(&mut command).is_ok()).await;
}

/// Now, as amtool reads it.
fn now() -> String {
    let now = chrono::DateTime::from_timestamp(seconds(), 0).expect("in range");
    now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_alertmanager_fires_and_resolves() {
    let (Some(alertmanager), Some(amtool)) = (program(&["prometheus-alertmanager"]), program(&["amtool"])) else {
        return;
    };
    let mut house = House::new();
    let address = start(&mut house, &alertmanager);

    let start = format!("--start={}", now());
    feed(&house, &amtool, address, &[&start]).await;
    house.until("SELECT count(*) FROM alerts WHERE firing = 1", 1).await;
    house.until("SELECT count(*) FROM incidents WHERE is_open = 1 AND number = 1", 1).await;
    house.until("SELECT count(*) FROM messages WHERE room = 'alerts' AND body LIKE '%Nobody can pay%HOT-1%'", 1).await;
    house.until("SELECT count(*) FROM messages WHERE room = 'alerts' AND body LIKE '%<@1>%'", 0).await;

    let end = format!("--end={}", now());
    feed(&house, &amtool, address, &[&start, &end]).await;
    house.until("SELECT count(*) FROM alerts WHERE firing = 0", 1).await;
    house.until("SELECT count(*) FROM alerts", 1).await;
    house.until("SELECT count(*) FROM messages WHERE room = 'alerts' AND body LIKE '%Resolved%'", 1).await;
    house.until("SELECT count(*) FROM events WHERE body LIKE '%alerts_cleared%'", 1).await;
    house.until("SELECT count(*) FROM incidents WHERE is_open = 1", 1).await;
    house.until("SELECT count(*) FROM inbox WHERE state <> 'done'", 0).await;
}

/// The block of `docs/compatible.md` with these words, with hotroom's address in the test.
fn documented(words: &str, house: &House) -> String {
    let text = std::fs::read_to_string(root().join("docs/compatible.md")).expect("a document");
    let mut blocks = text.split("```").skip(1).step_by(2);
    let block = blocks.find(|block| block.contains(words)).unwrap_or_else(|| panic!("no block with {words}"));
    let (_, block) = block.split_once('\n').expect("lines");
    block.replace("localhost:8080", &house.address.to_string())
}

/// Without the alert's name, severity and service no rule for critical services would page anybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_receivers_for_pagerduty_and_opsgenie_keep_name_severity_and_service() {
    let (Some(alertmanager), Some(amtool)) = (program(&["prometheus-alertmanager"]), program(&["amtool"])) else {
        return;
    };
    for receiver in ["pagerduty_configs:", "opsgenie_configs:"] {
        let mut house = House::new();
        let receivers = documented(receiver, &house);
        let address = start_with(&mut house, &alertmanager, &receivers);
        house.ready().await;
        feed(&house, &amtool, address, &[&format!("--start={}", now())]).await;
        house.until("SELECT count(*) FROM incidents WHERE is_open = 1 AND number = 1", 1).await;
        let client = hotroom::net::tls::client().build().expect("a client");
        let asked = client.get(format!("http://{}/api/v1/alerts", house.address)).send().await.expect("an answer");
        let alerts: serde_json::Value = asked.json().await.expect("JSON");
        let alert = &alerts["items"][0];
        let read = ["name", "severity", "service", "host"].map(|field| alert[field].as_str().unwrap_or_default());
        assert_eq!(read, ["Down", "sev1", "checkout", "web-1"], "{receiver} {alert:#}");
    }
}
