//! kill -9 at each step of the way of a page to a contact method: it arrives, and where nobody knows whether it had arrived,
//! the second message says so.

use serde_json::Value;

use crate::{
    bot::{Bot, check_invariants, count},
    fake_http::{FakeHttp, Reaction},
    kill::alert,
};

/// Where the process dies, on the way of each effect.
const POINTS: [&str; 5] =
    ["deliver.claiming", "deliver.claimed", "deliver.prepared", "deliver.acted", "deliver.answered"];
/// At which passes of a point: the page is among the first effects, because it is claimed first.
const PASSES: [u32; 6] = [1, 2, 3, 4, 5, 6];

fn settings(gateway: &str) -> String {
    let person = |id: &str| {
        let contacts = if id == "ann" { "contacts = [\"gateway:+4915100000001\"]\n" } else { "" };
        format!("[[people]]\nid = \"{id}\"\nname = \"{id}\"\naccess = \"admin\"\n{contacts}")
    };
    let people: String = ["ann", "bob", "cho", "dee"].map(person).concat();
    format!(
        "{people}\n[[escalations]]\nid = \"default\"\nrepeat = 0\n[[escalations.steps]]\ntargets = [\"person:ann\"]\n\
         delay = \"1h\"\n[[contact_gateways]]\nid = \"sms\"\nmethod = \"POST\"\nurl = \"{gateway}/sms\"\n\
         content_type = \"application/json\"\nbody = '{{\"to\": \"{{{{number}}}}\", \"text\": \"{{{{text}}}}\", \"id\": \"{{{{id}}}}\"}}'\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_by_a_contact_method_arrives_wherever_the_process_died() {
    let mut repeated = 0;
    for point in POINTS {
        for pass in PASSES {
            let gateway = FakeHttp::start(|_| Reaction::answer(200, "{}")).await;
            let dir = tempfile::tempdir().expect("a folder");
            std::fs::write(dir.path().join("bot.toml"), settings(&gateway.url)).expect("it is written");
            let mut bot = Bot::start(dir.path(), Some(&format!("{point}#{pass}"))).await;
            bot.post("/intake/alertmanager", "alert-1", "ann", &alert(false)).await;
            bot.until_quiet().await;
            if bot.is_dead() {
                bot = Bot::start(dir.path(), None).await;
                bot.until_quiet().await;
            }
            bot.kill().await;
            let why = format!("{point}#{pass}");
            let texts: Vec<Value> = gateway.received().iter().map(|request| request.json()).collect();
            assert!((1..=2).contains(&texts.len()), "{why}: {texts:?}");
            if let [first, second] = &texts[..] {
                repeated += 1;
                assert_eq!(first["id"], second["id"], "{why}");
                let says = |text: &Value| text["text"].to_string().to_lowercase().contains("possible repeat");
                assert!(!says(first) && says(second), "{why}: {texts:?}");
            }
            let path = dir.path().join("bot.db");
            let accepted = "SELECT count(*) FROM contact_messages WHERE outcome LIKE '%accepted%'";
            assert_eq!(count(&path, accepted), 1, "{why}");
            check_invariants(&path).await;
        }
    }
    assert!(repeated > 0, "no process died between the call and its record");
}
