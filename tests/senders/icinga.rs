//! Debian's Icinga 2, which is made to think that a service fails, through the shipped script.

use std::{io::Write as _, path::Path, process::Command};

use crate::rig::{House, packages, pasted, program, run, seconds};

/// One host and one service that only hear what they are told.
const OBJECTS: &str = r#"
object CheckCommand "nothing" { command = [ "/bin/true" ] }
object Host "web-1" {
  address = "10.0.0.1"
  check_command = "nothing"
  enable_active_checks = false
  max_check_attempts = 1
  vars.hotroom_service = "checkout"
}
object Service "HTTP" {
  host_name = "web-1"
  check_command = "nothing"
  enable_active_checks = false
  max_check_attempts = 1
}
"#;

fn start(house: &mut House, icinga: &Path, notifications: &str) {
    let at = |name: &str| house.dir().join(name).display().to_string();
    let features = format!(
        "object CheckerComponent \"checker\" {{ }}\nobject NotificationComponent \"notification\" {{ }}\n\
         object ExternalCommandListener \"command\" {{ command_path = \"{}\" }}\nconst NodeName = \"test\"\n",
        at("icinga.cmd")
    );
    house.write("icinga.conf", &[&features, OBJECTS, notifications].concat());
    let user = run(Command::new("id").arg("-un")).expect("a user");
    let group = run(Command::new("id").arg("-gn")).expect("a group");
    let mut command = Command::new(icinga);
    command.args(["daemon", "-c", "icinga.conf"]).arg("-I").arg(packages().join("usr/share/icinga2/include"));
    for folder in ["DataDir", "LogDir", "CacheDir", "SpoolDir", "InitRunDir", "ConfigDir"] {
        std::fs::create_dir_all(house.dir().join(folder)).expect("made");
        command.arg("-D").arg(format!("{folder}={}", at(folder)));
    }
    command.arg("-D").arg(format!("RunAsUser={}", user.trim())).arg("-D").arg(format!("RunAsGroup={}", group.trim()));
    let libraries = packages().join("usr/lib/x86_64-linux-gnu");
    command.env("LD_LIBRARY_PATH", libraries);
    house.start("icinga", &mut command);
}

/// Writes a line into Icinga's command file, as soon as it is there.
async fn command(house: &House, line: &str) {
    let pipe = house.dir().join("icinga.cmd");
    house.eventually("Icinga listens", || pipe.exists()).await;
    let mut file = std::fs::OpenOptions::new().append(true).open(pipe).expect("the command file");
    writeln!(file, "[{}] {line}", seconds()).expect("written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_icinga_goes_from_problem_over_acknowledgement_to_recovery() {
    let Some(icinga) = program(&["usr/lib/x86_64-linux-gnu/icinga2/sbin/icinga2"]) else { return };
    let mut house = House::new();
    house.ready().await;
    let notifications = pasted("icinga.md", 1, &house);
    start(&mut house, &icinga, &notifications);
    command(&house, "PROCESS_SERVICE_CHECK_RESULT;web-1;HTTP;2;Connection \"refused\" \\ <@1> $(id) ü").await;
    house.until("SELECT count(*) FROM alerts WHERE firing = 1 AND service = 'checkout' AND doc LIKE '%HTTP: Connection%refused%'", 1).await;
    command(&house, "ACKNOWLEDGE_SVC_PROBLEM;web-1;HTTP;1;1;0;ann;I look").await;
    house
        .until("SELECT count(*) FROM alerts WHERE firing = 1 AND doc LIKE '%\"acknowledged_there\":\"ann\"%'", 1)
        .await;
    command(&house, "PROCESS_SERVICE_CHECK_RESULT;web-1;HTTP;0;OK").await;
    house.until("SELECT count(*) FROM alerts WHERE firing = 0", 1).await;
    command(&house, "PROCESS_HOST_CHECK_RESULT;web-1;1;no answer").await;
    house.until("SELECT count(*) FROM alerts WHERE firing = 1 AND doc LIKE '%web-1: no answer%'", 1).await;
    house.until("SELECT count(*) FROM inbox WHERE state <> 'done'", 0).await;
}
