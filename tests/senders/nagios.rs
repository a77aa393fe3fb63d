//! Debian's Nagios 4, which is made to think that a service fails, through the shipped script.

use std::{io::Write as _, process::Command};

use crate::rig::{House, pasted, program, run, seconds};

/// Objects for one host and one service that only hear what they are told, and the contact of `docs/senders/nagios.md`.
const OBJECTS: &str = "
define timeperiod {
    timeperiod_name 24x7
    alias           always
    sunday 00:00-24:00
    monday 00:00-24:00
    tuesday 00:00-24:00
    wednesday 00:00-24:00
    thursday 00:00-24:00
    friday 00:00-24:00
    saturday 00:00-24:00
}
define command {
    command_name check-nothing
    command_line /bin/true
}
define host {
    host_name              web-1
    address                10.0.0.1
    check_command          check-nothing
    active_checks_enabled  0
    max_check_attempts     1
    check_period           24x7
    notification_period    24x7
    notification_interval  0
    contacts               hotroom
    _HOTROOM_SERVICE       checkout
}
define service {
    host_name              web-1
    service_description    HTTP
    check_command          check-nothing
    active_checks_enabled  0
    max_check_attempts     1
    check_interval         1
    retry_interval         1
    check_period           24x7
    notification_period    24x7
    notification_interval  0
    contacts               hotroom
}
";

fn start(house: &mut House, nagios: &std::path::Path, objects: &str, environment: bool) {
    house.write("objects.cfg", objects);
    std::fs::create_dir_all(house.dir().join("results")).expect("made");
    let user = run(Command::new("id").arg("-un")).expect("a user");
    let group = run(Command::new("id").arg("-gn")).expect("a group");
    let at = |name: &str| house.dir().join(name).display().to_string();
    let config = format!(
        "log_file={}\ncfg_file={}\nobject_cache_file={}\nprecached_object_file={}\nstatus_file={}\ntemp_file={}\ntemp_path={}\n\
         command_file={}\nlock_file={}\ncheck_result_path={}\nstate_retention_file={}\nquery_socket={}\nuse_syslog=0\n\
         nagios_user={}\nnagios_group={}\ncheck_external_commands=1\ncheck_for_updates=0\ninterval_length=1\nenable_flap_detection=0\n\
         enable_notifications=1\nenable_environment_macros={}\nillegal_macro_output_chars=`~$&|'\"<>\n",
        at("nagios.log"),
        at("objects.cfg"),
        at("objects.cache"),
        at("objects.precache"),
        at("status.dat"),
        at("nagios.tmp"),
        at("."),
        at("nagios.cmd"),
        at("nagios.lock"),
        at("results"),
        at("retention.dat"),
        at("nagios.qh"),
        user.trim(),
        group.trim(),
        i32::from(environment),
    );
    house.write("nagios.cfg", &config);
    house.start("nagios", Command::new(nagios).arg("nagios.cfg"));
}

/// Writes a line into Nagios' command file, as soon as it is there.
async fn command(house: &House, line: &str) {
    let pipe = house.dir().join("nagios.cmd");
    house.eventually("Nagios listens", || pipe.exists()).await;
    let mut file = std::fs::OpenOptions::new().append(true).open(pipe).expect("the command file");
    writeln!(file, "[{}] {line}", seconds()).expect("written");
}

async fn goes_from_problem_over_acknowledgement_to_recovery(house: &House) {
    command(house, "PROCESS_SERVICE_CHECK_RESULT;web-1;HTTP;2;Connection \"refused\" \\ <@1> $(id) ü").await;
    house.until("SELECT count(*) FROM alerts WHERE firing = 1 AND service = 'checkout' AND doc LIKE '%HTTP: Connection%refused%'", 1).await;
    house.until("SELECT count(*) FROM incidents WHERE is_open = 1", 1).await;
    command(house, "ACKNOWLEDGE_SVC_PROBLEM;web-1;HTTP;1;1;0;ann;I look").await;
    house
        .until("SELECT count(*) FROM alerts WHERE firing = 1 AND doc LIKE '%\"acknowledged_there\":\"ann\"%'", 1)
        .await;
    house
        .until(
            "SELECT count(*) FROM messages WHERE room = 'alerts' AND body LIKE '%Acknowledged where it came from%'",
            1,
        )
        .await;
    command(house, "PROCESS_SERVICE_CHECK_RESULT;web-1;HTTP;0;OK").await;
    house.until("SELECT count(*) FROM alerts WHERE firing = 0", 1).await;
    command(house, "PROCESS_HOST_CHECK_RESULT;web-1;1;no answer").await;
    house.until("SELECT count(*) FROM alerts WHERE firing = 1 AND doc LIKE '%web-1: no answer%'", 1).await;
    house.until("SELECT count(*) FROM alerts", 2).await;
    house.until("SELECT count(*) FROM inbox WHERE state <> 'done'", 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_nagios_tells_by_arguments() {
    let Some(nagios) = program(&["nagios4", "usr/sbin/nagios4"]) else { return };
    let mut house = House::new();
    let objects = OBJECTS.to_owned() + &pasted("nagios.md", 1, &house);
    start(&mut house, &nagios, &objects, false);
    goes_from_problem_over_acknowledgement_to_recovery(&house).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_nagios_tells_by_its_environment() {
    let Some(nagios) = program(&["nagios4", "usr/sbin/nagios4"]) else { return };
    let mut house = House::new();
    let line = pasted("nagios.md", 2, &house);
    let contact = pasted("nagios.md", 1, &house);
    let contact = &contact[contact.find("define contact").expect("a contact")..];
    let command = |name: &str| format!("define command {{\n    command_name notify-hotroom-{name}\n    {line}}}\n");
    let objects = [OBJECTS, &command("host"), &command("service"), contact].concat();
    start(&mut house, &nagios, &objects, true);
    goes_from_problem_over_acknowledgement_to_recovery(&house).await;
}
