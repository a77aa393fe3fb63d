//! The script of the shipped media type in Zabbix' own engine (`zabbix_js`).

use std::{collections::BTreeMap, process::Command};

use crate::rig::{House, program, root, run};

/// The parameters and the script of the media type. The file has one layout, which is read by its indentation.
fn media_type() -> (BTreeMap<String, String>, String) {
    let text = std::fs::read_to_string(root().join("docs/senders/zabbix-media-type.yaml")).expect("the media type");
    let (head, rest) = text.split_once("      script: |\n").expect("a script");
    let value = |line: &str, key: &str| Some(line.trim().strip_prefix(key)?.trim_matches('\'').to_owned());
    let names = head.lines().filter(|line| line.starts_with("          ")).filter_map(|line| value(line, "name: "));
    let values = head.lines().filter(|line| line.starts_with("          ")).filter_map(|line| value(line, "value: "));
    let script: Vec<&str> = rest.lines().take_while(|line| line.is_empty() || line.starts_with("        ")).collect();
    (names.zip(values).collect(), script.join("\n"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_media_type_tells_of_a_problem_its_acknowledgement_and_its_recovery() {
    let Some(zabbix_js) = program(&["zabbix_js", "usr/bin/zabbix_js"]) else { return };
    let house = House::new();
    house.ready().await;
    let (parameters, script) = media_type();
    house.write("script.js", &script);
    let say = |changes: &[(&str, &str)]| {
        let mut parameters = parameters.clone();
        parameters.insert("url".into(), format!("http://{}/intake/zabbix", house.address));
        for (name, value) in changes {
            assert!(parameters.insert((*name).to_owned(), (*value).to_owned()).is_some(), "{name} is a parameter");
        }
        house.write("value.json", &serde_json::to_string(&parameters).expect("JSON"));
        run(Command::new(&zabbix_js).current_dir(house.dir()).args(["-s", "script.js", "-i", "value.json"]))
    };
    let problem = [
        ("zabbix_url", "https://zabbix.example/"),
        ("event_id", "10528"),
        ("event_source", "0"),
        ("event_value", "1"),
        ("event_name", "Disk is full on \"db-1\" \\ <@1>"),
        ("event_severity", "High"),
        ("tags", r#"[{"tag":"service","value":"api"}]"#),
        ("host", "db-1"),
        ("trigger_id", "14032"),
        ("acknowledged", "No"),
    ];
    let said = say(&problem).expect("hotroom takes it");
    assert!(said.contains("OK"), "{said}");
    house.until("SELECT count(*) FROM alerts WHERE firing = 1 AND service = 'api' AND doc LIKE '%tr_events.php?triggerid=14032&eventid=10528%'", 1).await;
    say(&[&problem[..], &[("acknowledged", "Yes"), ("update_user", "Ann (ann)")]].concat()).expect("taken");
    house
        .until("SELECT count(*) FROM alerts WHERE firing = 1 AND doc LIKE '%\"acknowledged_there\":\"Ann (ann)\"%'", 1)
        .await;
    say(&[&problem[..], &[("event_value", "0")]].concat()).expect("taken");
    house.until("SELECT count(*) FROM alerts WHERE firing = 0", 1).await;
    house.until("SELECT count(*) FROM inbox WHERE state <> 'done'", 0).await;
    let refused = say(&[("url", &format!("http://{}/intake/nowhere", house.address))]).expect_err("Zabbix tries again");
    assert!(refused.contains("hotroom answered 404"), "{refused}");
}
