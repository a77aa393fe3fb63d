//! Signatures, as a receiver verifies them with the example of the documentation.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use hotroom::cli::{Exit, Report};
use serde_json::{Value, json};

use super::{Receiver, SECRET, declare, shapes::assert_valid};
use crate::world::{World, start};

/// Runs the Python block of docs/webhooks.md on a message; `None` where there is no Python. The clock is that of the story.
fn verify(message: &Value, now: i64) -> Option<Result<String, String>> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/webhooks.md")).unwrap();
    let block = text.split("```python\n").nth(1).expect("the example").split("```").next().expect("its end");
    let run = "import json, sys\nm = json.load(sys.stdin)\n\
               try:\n    print(verify(m['secret'], m['headers'], m['body'].encode()))\n\
               except ValueError as error:\n    sys.exit(str(error))\n";
    let script = format!("{block}\ntime.time = lambda: {now}\n{run}");
    let mut python = Command::new("python3");
    python.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut python) = python.spawn() else {
        println!("skipped: there is no python3");
        return None;
    };
    python.stdin.take().expect("its input").write_all(message.to_string().as_bytes()).expect("written");
    let done = python.wait_with_output().expect("it ends");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    Some(if done.status.success() { Ok(said(&done.stdout)) } else { Err(said(&done.stderr)) })
}

#[tokio::test]
async fn the_example_of_the_documentation_verifies_messages() {
    let receiver = Receiver::start("crm").await;
    let world = World::with(&receiver.webhook_in_rotation()).await;
    declare(&world, "Größer als ☃").await;
    let request = receiver.http.received().remove(0);
    let body = String::from_utf8(request.body).expect("text");
    let now = world.now().timestamp();
    let message = json!({"secret": SECRET, "headers": request.headers, "body": body});
    world.end().await;
    let Some(valid) = verify(&message, now + 299) else { return };
    assert_eq!(valid, Ok(request.headers["webhook-id"].clone()));
    assert_eq!(request.headers["webhook-signature"].split(' ').count(), 2, "the old secret signs as well");
    let with = |key: &str, value: Value| {
        let mut other = message.clone();
        other[key] = value;
        other
    };
    let no_match = Some(Err("no signature matches".to_owned()));
    assert_eq!(verify(&with("body", body.replace("sev3", "sev1").into()), now), no_match);
    assert_eq!(verify(&with("secret", "whsec_c29tZSBvdGhlciBzZWNyZXQgb2YgbWluZQ==".into()), now), no_match);
    let old = verify(&message, now + 301).expect("python3").expect_err("too old");
    assert!(old.contains("too old"), "{old}");
}

#[tokio::test]
async fn the_check_of_the_configuration_sends_a_signed_test_event() {
    let receiver = Receiver::start("crm").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bot.toml");
    std::fs::write(&path, receiver.webhook("[\"page.*\"]", "")).unwrap();
    let check = async || -> Report {
        let path = path.clone();
        let check = move || hotroom::cli::check(Some(&path), Vec::new(), false, start());
        tokio::task::spawn_blocking(check).await.unwrap()
    };
    let report = check().await;
    assert_eq!(report.exit, Exit::Good, "{}", report.text());
    assert!(report.text().contains("webhook crm took the test event webhook.test"), "{}", report.text());
    let [body]: [Value; 1] = receiver.bodies().try_into().expect("one message");
    assert_valid(&body);
    let request = receiver.http.received().remove(0);
    let message = json!({"secret": SECRET, "headers": request.headers, "body": body.to_string()});
    if let Some(verified) = verify(&message, start().timestamp()) {
        assert_eq!(verified, Ok(request.headers["webhook-id"].clone()));
    }
    receiver.answers(401);
    let report = check().await;
    assert_eq!(report.exit, Exit::Failed);
    assert!(
        report.text().contains("webhook crm did not take the test event webhook.test: HTTP 401"),
        "{}",
        report.text()
    );
}
