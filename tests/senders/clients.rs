//! Clients of PagerDuty's events and of Opsgenie's alerts, unmodified: only the address is hotroom's.

use std::process::Command;

use crate::rig::{House, KEY, program, required, root, run};

const SOURCES: &str = "[[sources]]\nid = \"pd\"\nkind = \"pagerduty-events\"\ntoken = \"env:SENDER_KEY\"\n";

/// A command that runs a script of `tests/senders/clients` with what is installed in `target/senders`.
fn client(house: &House, script: &str) -> Option<Command> {
    let installed = root().join("target/senders");
    let (interpreter, mark) =
        if script.ends_with(".py") { ("python3", "python/pdpyras.py") } else { ("node", "node_modules/opsgenie-sdk") };
    let Some(interpreter) = program(&[interpreter]).filter(|_| installed.join(mark).exists()) else {
        return required(mark);
    };
    let mut command = Command::new(interpreter);
    command.env("PYTHONPATH", installed.join("python")).current_dir(&installed);
    command.arg(root().join("tests/senders/clients").join(script));
    command.arg(format!("http://{}", house.address)).arg(KEY);
    Some(command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pdpyras_triggers_acknowledges_and_resolves() {
    let house = House::configured(SOURCES);
    let say = |action: &str| client(&house, "pagerduty.py").map(|mut command| run(command.arg(action)).expect(action));
    if client(&house, "pagerduty.py").is_none() {
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
