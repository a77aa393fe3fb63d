//! The ntfy server of the tests and what hotroom publishes there, judged by a client of ntfy, unmodified.

use std::{process::Command, time::Duration};

use hotroom::{
    contact::ntfy::{NtfyAction, NtfyMessage, NtfyPriority, NtfySettings, NtfyTarget, NtfyTopic, SequenceId, publish},
    domain::{Timestamp, effect::Outcome},
    net::{HttpClient, NetSettings},
};
use secrecy::SecretString;

use crate::{
    fake_ntfy::FakeNtfy,
    rig::{program, required, root, run},
};

const TOKEN: &str = "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_ntfy_reads_what_is_published_and_drives_the_same_server() {
    let folder = root().join("target/senders/ntfy");
    let Some(python) = program(&["python3"]) else { return };
    if !folder.join("aiontfy").exists() {
        return required("aiontfy").unwrap_or_default();
    }
    let ntfy = FakeNtfy::start().await;
    ntfy.require_token(TOKEN);
    let settings =
        NtfySettings { server: ntfy.url().to_owned(), token: Some(SecretString::from(TOKEN)), private: false };
    let topic = NtfyTopic::propose().expect("random bytes");
    let target = NtfyTarget::parse(topic.as_str(), &settings, None).expect("a topic");
    let http = HttpClient::new(&NetSettings::direct(Duration::from_secs(10))).expect("a client");
    let link = |path: &str| format!("https://hotroom.example.com/{path}");
    let page = NtfyMessage {
        sequence_id: SequenceId::of("page 1"),
        title: "sev1: Checkout is down".to_owned(),
        text: "Größer als ☃".to_owned(),
        priority: NtfyPriority::Urgent,
        click: Some(link("a/1")),
        attach: Some(link("graph/1")),
        actions: vec![NtfyAction { label: "Acknowledge".to_owned(), url: link("a/t0k3n") }],
    };
    let text = "Ben acknowledged".to_owned();
    let update = NtfyMessage { text, priority: NtfyPriority::Low, actions: Vec::new(), ..page.clone() };
    for message in [page, update] {
        let outcome = publish(&http, &target, &message, Timestamp::UNIX_EPOCH).await;
        assert!(matches!(outcome, Outcome::Delivered(_)), "{outcome:?}");
    }
    let mut client = Command::new(python);
    client.env("PYTHONPATH", folder).arg(root().join("tests/senders/clients/ntfy.py"));
    client.args([ntfy.url(), TOKEN, topic.as_str()]);
    let said = tokio::task::spawn_blocking(move || run(&mut client)).await.expect("it ends");
    assert_eq!(said.as_deref().map(str::trim), Ok("agreed"));
}
