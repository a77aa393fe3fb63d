//! Confluence: independent clients drive the fake of the tests, and read what hotroom writes.

use std::{path::Path, process::Command};

use hotroom::{
    domain::review::WikiPage,
    wiki::{
        Publication, WikiClient, WikiDocument,
        confluence::{ConfluenceCredentials, ConfluenceEdition, ConfluenceSettings},
    },
};
use secrecy::SecretString;

use crate::{
    fake_confluence::{FakeConfluence, MAIL, PARENT, SPACE, TOKEN},
    fake_http::table::client,
    rig::{program, required, root, run},
};

/// A script of `tests/senders/clients`; `None` where what it needs is not installed.
fn script(name: &str, folder: &str, package: &str) -> Option<Command> {
    let installed = root().join("target/senders").join(folder);
    let interpreter = if Path::new(name).extension().is_some_and(|kind| kind == "py") { "python3" } else { "node" };
    let Some(interpreter) = program(&[interpreter]).filter(|_| installed.join(package).exists()) else {
        return required(package);
    };
    let mut command = Command::new(interpreter);
    command.env("PYTHONPATH", &installed).current_dir(&installed);
    command.arg(root().join("tests/senders/clients").join(name));
    Some(command)
}

/// Publishes a document as hotroom does.
async fn published(wiki: &FakeConfluence, edition: ConfluenceEdition) -> WikiPage {
    let token = SecretString::from(TOKEN);
    let credentials = match edition {
        ConfluenceEdition::Cloud => ConfluenceCredentials::ApiToken { email: MAIL.to_owned(), token },
        ConfluenceEdition::DataCenter => ConfluenceCredentials::Bearer(token),
    };
    let settings = ConfluenceSettings {
        url: wiki.url(),
        edition,
        credentials,
        space: SPACE.to_owned(),
        parent: Some(PARENT.to_owned()),
        labels: vec!["postmortem".to_owned()],
    };
    let document = WikiDocument {
        mark: "0199-1".to_owned(),
        key: "HOT-1".to_owned(),
        title: "HOT-1: Checkout is slow".to_owned(),
        link: "https://hot.example.com/incidents/HOT-1/postmortem".to_owned(),
        markdown: "## Impact\n\n**42** orders & <more>\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```sh\necho ']]>'\n```"
            .to_owned(),
    };
    let publication = Publication { document: &document, known: None, replace: false };
    WikiClient::Confluence(settings).publish(&client(), publication).await.expect("published")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_python_client_of_confluence_is_at_home_with_the_fake_and_reads_the_page() {
    let Some(mut client) = script("confluence_client.py", "jira", "atlassian") else { return };
    let wiki = FakeConfluence::start(false).await;
    let page = published(&wiki, ConfluenceEdition::DataCenter).await;
    let said = run(client.args([&wiki.http.url, TOKEN, PARENT, &page.id])).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(said.trim(), "all as Confluence does it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_checks_every_answer_is_at_home_with_the_fake_and_reads_the_page() {
    let Some(mut client) = script("confluence_client.mjs", "confluence_js", "node_modules/confluence.js") else {
        return;
    };
    let wiki = FakeConfluence::start(true).await;
    let page = published(&wiki, ConfluenceEdition::Cloud).await;
    let said =
        run(client.args([&wiki.http.url, MAIL, TOKEN, PARENT, &page.id])).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(said.trim(), "all as Confluence does it");
}
