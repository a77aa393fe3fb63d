//! Messages of webhooks, verified by the libraries of Standard Webhooks, unmodified.

use std::{
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use hotroom::{
    contact::webhook::PersonalWebhook,
    domain::{Timestamp, effect::Outcome},
    net::{HttpClient, NetSettings, UrlOrigin, standard_webhooks::WebhookSecret},
};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::{
    fake_http::{FakeHttp, Reaction, Received},
    rig::{House, program, required, root, seconds},
};

const OLD: &str = "whsec_b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xk";
const NEW: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A library, run on a message; `None` where it is not installed.
fn verifier(script: &str) -> Option<Command> {
    let installed = root().join("target/senders");
    let (interpreter, mark) = if script.ends_with(".py") {
        ("python3", "python/standardwebhooks")
    } else {
        ("node", "node_modules/standardwebhooks")
    };
    let Some(interpreter) = program(&[interpreter]).filter(|_| installed.join(mark).exists()) else {
        return required(mark);
    };
    let mut command = Command::new(interpreter);
    command.env("PYTHONPATH", installed.join("python")).current_dir(&installed);
    command.arg(root().join("tests/senders/clients").join(script));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Some(command)
}

/// Has a library verify a request that was signed with this secret.
fn assert_verified(script: &str, request: &Received, secret: &str, event: &str) {
    let body = String::from_utf8(request.body.clone()).expect("text");
    let mut library = verifier(script).expect("it was there").spawn().expect("it starts");
    let message = json!({"secret": secret, "headers": request.headers, "body": body, "type": event});
    library.stdin.take().expect("its input").write_all(message.to_string().as_bytes()).expect("written");
    let done = library.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.trim() == "verified", "{script}: {said}");
}

/// Posts a page to a personal webhook, and has it verified with the secret that the person was given.
async fn a_page_is_verified_by(script: &str) {
    if verifier(script).is_none() {
        return;
    }
    let receiver = FakeHttp::start(|_| Reaction::answer(200, "")).await;
    let secret = WebhookSecret::generate().expect("random bytes");
    let webhook =
        PersonalWebhook::new(&format!("{}/hook", receiver.url), UrlOrigin::Config, &secret).expect("a secret");
    let http = HttpClient::new(&NetSettings::direct(Duration::from_secs(10))).expect("a client");
    let body = json!({"type": "page.notification", "text": "sev3: Größer als ☃"}).to_string().into_bytes();
    let now = Timestamp::from_timestamp(seconds(), 0).expect("a time");
    let outcome = webhook.post(&http, "msg_1", body, now).await;
    assert!(matches!(outcome, Outcome::Delivered(_)), "{outcome:?}");
    assert_verified(script, &receiver.received().remove(0), secret.expose_secret(), "page.notification");
}

/// Declares an incident at the real binary, and has the message that arrives verified with the secret before a rotation and
/// with the one after it.
async fn is_verified_by(script: &str) {
    if verifier(script).is_none() {
        return;
    }
    let receiver = FakeHttp::start(|_| Reaction::answer(200, "")).await;
    let secrets = tempfile::tempdir().expect("a folder");
    let secret = |name: &str, text: &str| {
        let file = secrets.path().join(name);
        std::fs::write(&file, text).expect("written");
        format!("\"file:{}\"", file.display())
    };
    let (old, new) = (secret("old", OLD), secret("new", NEW));
    let house = House::configured(&format!(
        "[[webhooks]]\nid = \"test\"\nurl = \"{}/hook\"\nsecrets = [{old}, {new}]\nevents = [\"incident.declared\"]\n",
        receiver.url
    ));
    house.ready().await;
    let declare = json!({"title": "Größer als ☃", "severity": "sev3"});
    let client = hotroom::net::tls::client().build().expect("a client");
    let made = client.post(format!("http://{}/api/v1/incidents", house.address)).json(&declare);
    let made = made.send().await.expect("an answer");
    assert!(made.status().is_success(), "{}", made.text().await.unwrap_or_default());
    receiver.until(|request| request.path == "/hook").await;
    let request = receiver.received().remove(0);
    for secret in [OLD, NEW] {
        assert_verified(script, &request, secret, "incident.declared");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_library_verifies_messages() {
    is_verified_by("webhooks.py").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_javascript_library_verifies_messages() {
    is_verified_by("webhooks.js").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_library_verifies_pages_of_personal_webhooks() {
    a_page_is_verified_by("webhooks.py").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_javascript_library_verifies_pages_of_personal_webhooks() {
    a_page_is_verified_by("webhooks.js").await;
}
