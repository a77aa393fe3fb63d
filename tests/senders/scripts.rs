//! The shipped scripts, called as Checkmk and Cacti call them.

use std::process::Command;

use crate::rig::{House, program, root, run};

/// How many alerts are in this state, by the start of their documents.
fn alerts(firing: bool, like: &str) -> String {
    format!("SELECT count(*) FROM alerts WHERE firing = {} AND doc LIKE '%{like}%'", u8::from(firing))
}

#[tokio::test]
async fn checkmk_runs_the_script_with_its_notification_in_the_environment() {
    let Some(_) = program(&["curl"]) else { return };
    let house = House::new();
    house.ready().await;
    let notify = |kind: &str, state: &str, since: &str| {
        let mut script = Command::new("sh");
        script.arg(root().join("docs/senders/hotroom-notify"));
        script.env("NOTIFY_PARAMETER_1", format!("http://{}/intake/checkmk", house.address));
        script.envs([("NOTIFY_WHAT", "SERVICE"), ("NOTIFY_HOSTNAME", "web-1"), ("NOTIFY_SERVICEDESC", "CPU load")]);
        script.envs([("NOTIFY_NOTIFICATIONTYPE", kind), ("NOTIFY_SERVICESTATE", state)]);
        script.envs([("NOTIFY_LASTSERVICESTATECHANGE", since), ("NOTIFY_SERVICEOUTPUT", "15min load \"9.3\"")]);
        script.env("NOTIFY_HOSTLABEL_hotroom_service", "checkout");
        run(&mut script).expect("posted");
    };
    notify("PROBLEM", "CRITICAL", "1767225600");
    house.until(&alerts(true, "15min load"), 1).await;
    house.until(&alerts(true, "\"service\":\"checkout\""), 1).await;
    notify("RECOVERY", "OK", "1767226200");
    house.until(&alerts(false, "CPU load"), 1).await;
}

#[tokio::test]
async fn cacti_runs_the_script_with_the_threshold_in_the_environment() {
    let Some(_) = program(&["curl"]) else { return };
    let house = House::new();
    house.ready().await;
    let thold = |event: &[&str], more: &[(&str, &str)]| {
        let mut script = Command::new("sh");
        script.arg(root().join("docs/senders/hotroom-cacti")).args(event);
        script.env("HOTROOM_URL", format!("http://{}/intake/cacti", house.address));
        script.envs([("THOLD_DESCRIPTION", "web-1"), ("THOLD_HOSTNAME", "10.0.0.7")]);
        script.envs(more.iter().copied());
        run(&mut script).expect("posted");
    };
    let load = [("THOLD_THRESHOLDNAME", "CPU [load]"), ("THOLD_SUBJECT", "load is \"high\"")];
    thold(&["breached"], &load);
    house.until(&alerts(true, "CPU [load]"), 1).await;
    thold(&[], &[("THOLD_DOWNUP", "DOWN")]);
    house.until(&alerts(true, "web-1 is down"), 1).await;
    thold(&["normal"], &load);
    thold(&[], &[("THOLD_DOWNUP", "UP")]);
    house.until("SELECT count(*) FROM alerts WHERE firing = 1", 0).await;
    house.until("SELECT count(*) FROM alerts WHERE firing = 0", 2).await;
}
