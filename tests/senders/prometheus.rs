//! Debian's Prometheus with a rule that fires, sending straight to hotroom as if it were an Alertmanager.

use std::process::Command;

use crate::rig::{House, free_address, program};

/// A rule over a number that Prometheus reads from itself: whether its configuration could be loaded, which a rule file
/// that is changed and reloaded turns around.
fn rule(expression: &str) -> String {
    format!(
        "groups:\n- name: test\n  interval: 1s\n  rules:\n  - alert: CheckoutDown\n    expr: {expression}\n    labels:\n      severity: critical\n      \
         service: checkout\n    annotations:\n      summary: Nobody can pay <@1>\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_prometheus_sends_straight_here() {
    let Some(prometheus) = program(&["prometheus", "usr/bin/prometheus"]) else { return };
    let mut house = House::new();
    house.ready().await;
    let address = free_address();
    house.write("rules.yml", &rule("vector(1)"));
    let config = format!(
        "global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\nrule_files: ['rules.yml']\nalerting:\n  alertmanagers:\n  - static_configs:\n    \
         - targets: ['{}']\n",
        house.address
    );
    house.write("prometheus.yml", &config);
    let mut command = Command::new(prometheus);
    command.args(["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.enable-lifecycle"]);
    command.args(["--rules.alert.resend-delay=1s", &format!("--web.listen-address={address}")]);
    house.start("prometheus", &mut command);
    house.until("SELECT count(*) FROM alerts WHERE firing = 1 AND service = 'checkout'", 1).await;
    house.until("SELECT count(*) FROM incidents WHERE is_open = 1", 1).await;
    house.until("SELECT count(*) FROM messages WHERE room = 'alerts' AND body LIKE '%Nobody can pay%HOT-1%'", 1).await;

    house.write("rules.yml", &rule("vector(1) > 2"));
    let mut reload = Command::new("curl");
    reload.args(["-sS", "-f", "-X", "POST", &format!("http://{address}/-/reload")]);
    crate::rig::run(&mut reload).expect("Prometheus reads its rules again");
    house.until("SELECT count(*) FROM alerts WHERE firing = 0", 1).await;
    house.until("SELECT count(*) FROM alerts", 1).await;
}
