//! Clients of PagerDuty's events and of Opsgenie's alerts, unmodified: only the address is hotroom's.

use std::process::Command;

use crate::rig::{House, KEY, program, required, root, run};

const SOURCES: &str = "[[sources]]\nid = \"pd\"\nkind = \"pagerduty-events\"\ntoken = \"env:SENDER_KEY\"\n";

/// A command that runs a script of `tests/senders/clients` with what is installed in `target/senders`.
fn client(house: &House, script: &str) -> Option<Command> {
    client_at(&format!("http://{}", house.address), script)
}

fn client_at(address: &str, script: &str) -> Option<Command> {
    let installed = root().join("target/senders");
    let (interpreter, mark) = match script {
        "elastalert_defaults.py" => ("python3", "elastalert/elastalert"),
        "pagerduty_events.py" => ("python3", "python/pagerduty"),
        "pagerduty.js" => ("node", "node_modules/@pagerduty/pdjs"),
        python if python.ends_with(".py") => ("python3", "python/pdpyras.py"),
        _ => ("node", "node_modules/opsgenie-sdk"),
    };
    let Some(interpreter) = program(&[interpreter]).filter(|_| installed.join(mark).exists()) else {
        return required(mark);
    };
    let packages = if script == "elastalert_defaults.py" { "elastalert" } else { "python" };
    let authority = root().join("tests/fixtures/tls/ca.pem");
    let mut command = Command::new(interpreter);
    command.env("PYTHONPATH", installed.join(packages)).current_dir(&installed);
    for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
        command.env(name, &authority);
    }
    command.env_remove("SSL_CERT_DIR");
    command.arg(root().join("tests/senders/clients").join(script)).arg(address).arg(KEY);
    Some(command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pdpyras_triggers_acknowledges_and_resolves() {
    let house = House::configured(SOURCES);
    let say =
        |action: &str| client(&house, "pdpyras_events.py").map(|mut command| run(command.arg(action)).expect(action));
    if client(&house, "pdpyras_events.py").is_none() {
        return;
    }
    house.ready().await;
    say("trigger");
    house.until("SELECT count(*) FROM alerts WHERE firing = 1 AND doc LIKE '%Nobody can pay%'", 1).await;
    house.until("SELECT count(*) FROM messages WHERE room = 'alerts' AND body LIKE '%Nobody can pay%'", 1).await;
    say("acknowledge");
    house
        .until("SELECT count(*) FROM alerts WHERE firing = 1 AND doc NOT LIKE '%\"acknowledged_there\":null%'", 1)
        .await;
    say("resolve");
    house.until("SELECT count(*) FROM alerts WHERE firing = 0", 1).await;
    let made = say("unnamed").expect("a key");
    assert!(made.trim().len() >= 16, "hotroom made a key of its own: {made}");
    house.until("SELECT count(*) FROM alerts WHERE firing = 1", 1).await;
    say("change");
    house.until("SELECT count(*) FROM changes WHERE doc LIKE '%Deployed shop 17%'", 1).await;
}

const OPSGENIE: &str = "[[sources]]\nid = \"og\"\nkind = \"opsgenie-api\"\ntoken = \"env:SENDER_KEY\"\n";

/// Runs a whole alert through one of Opsgenie's own clients, from created over acknowledged to closed.
async fn an_alert_goes_its_way(script: &str) {
    let house = House::configured(OPSGENIE);
    let Some(mut command) = client(&house, script) else { return };
    house.ready().await;
    let said = run(&mut command).unwrap_or_else(|error| panic!("{script}: {error}"));
    assert!(said.contains("all as Opsgenie does it"), "{said}");
    let closed =
        "SELECT count(*) FROM alerts WHERE firing = 0 AND doc LIKE '%Disk is full%\"acknowledged_there\":\"ann\"%'";
    house.until(closed, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_client_of_opsgenie_is_at_home() {
    an_alert_goes_its_way("opsgenie.py").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_node_client_of_opsgenie_is_at_home() {
    an_alert_goes_its_way("opsgenie.js").await;
}

/// Runs an event through an official client of PagerDuty, which insists on https.
async fn an_event_goes_its_way_over_tls(script: &str) {
    let folder = root().join("tests/fixtures/tls").display().to_string();
    let tls = format!("[server]\ntls_cert = \"{folder}/localhost.pem\"\ntls_key = \"{folder}/localhost.key\"\n");
    let house = House::configured(&format!("{tls}{SOURCES}"));
    let address = format!("https://localhost:{}", house.address.port());
    let say = |action: &str| client_at(&address, script).map(|mut command| run(command.arg(action)).expect(action));
    if client_at(&address, script).is_none() {
        return;
    }
    house.ready().await;
    say("trigger");
    house.until("SELECT count(*) FROM alerts WHERE firing = 1 AND doc LIKE '%Nobody can pay%'", 1).await;
    say("acknowledge");
    let acknowledged = "SELECT count(*) FROM alerts WHERE firing = 1 AND doc NOT LIKE '%\"acknowledged_there\":null%'";
    house.until(acknowledged, 1).await;
    say("resolve");
    house.until("SELECT count(*) FROM alerts WHERE firing = 0", 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_python_client_of_pagerduty_is_at_home_over_tls() {
    an_event_goes_its_way_over_tls("pagerduty_events.py").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_node_client_of_pagerduty_is_at_home_over_tls() {
    an_event_goes_its_way_over_tls("pagerduty.js").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn elastalert_posts_with_its_default_settings() {
    let house = House::new();
    let Some(mut command) = client(&house, "elastalert_defaults.py") else { return };
    house.ready().await;
    run(&mut command).expect("taken");
    house.until("SELECT count(*) FROM alerts WHERE firing = 1 AND doc LIKE '%Error rate%'", 1).await;
    house.until("SELECT count(*) FROM incidents WHERE is_open = 1", 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promtool_finds_nothing_wrong_with_the_metrics() {
    let Some(tool) = program(&["promtool", "usr/bin/promtool"]) else { return };
    let house = House::new();
    house.ready().await;
    let client = hotroom::net::tls::client().build().expect("a client");
    let address = format!("http://{}/metrics", house.address);
    client.get(&address).send().await.expect("an answer");
    let numbers = client.get(&address).send().await.expect("an answer").text().await.expect("a text");
    let file = house.write("metrics", &numbers);
    let input = std::fs::File::open(file).expect("a file");
    run(Command::new(tool).args(["check", "metrics"]).stdin(input)).unwrap_or_else(|said| panic!("{said}\n{numbers}"));
    assert!(numbers.contains("alertmanager_build_info{version=\"0.25.0\""), "{numbers}");
}
