//! Debian's `prometheus-alertmanager`, fed by `amtool`.

use std::{net::SocketAddr, path::Path, process::Command};

use crate::rig::{House, free_address, program, run, seconds};

/// The configuration of `docs/senders/alertmanager.md`, with short intervals.
fn start(house: &mut House, alertmanager: &Path) -> SocketAddr {
    let (address, bot) = (free_address(), house.address);
    let config = format!(
        "route:\n  receiver: hotroom\n  group_by: ['alertname']\n  group_wait: 0s\n  group_interval: 1s\n  repeat_interval: 1h\n\
         receivers:\n- name: hotroom\n  webhook_configs:\n  - url: http://{bot}/intake/alertmanager\n    send_resolved: true\n"
    );
    house.write("alertmanager.yml", &config);
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
