//! Statuspage and Cachet: clients of others read what hotroom has published, and drive the fakes of the tests.

use std::process::Command;

use hotroom::{
    domain::{
        Timestamp,
        status::{ComponentStatus, Impact, MirroredComponent, MirroredIncident, MirroredUpdate, PublicStatus},
    },
    status_mirror::{
        RequestPace, StatusMirrorClient, StatusMirrorContext, cachet::CachetSettings, statuspage::StatuspageSettings,
    },
};
use secrecy::SecretString;

use crate::{
    fake_cachet::{self, CachetVersion, FakeCachet},
    fake_http::table::client,
    fake_statuspage::{self, FakeStatuspage, PAGE},
    rig::{program, required, root, run},
};

const REFERENCE: &str = "abcdefghijkl";

/// A script of `tests/senders/clients`; `None` where the package is not installed.
fn script(name: &str, package: &str) -> Option<Command> {
    let installed = root().join("target/senders");
    let Some(python) = program(&["python3"]).filter(|_| installed.join(package).exists()) else {
        return required(package);
    };
    let mut command = Command::new(python);
    command.env("PYTHONPATH", installed.join("python")).current_dir(&installed);
    command.arg(root().join("tests/senders/clients").join(name));
    Some(command)
}

/// Publishes an incident with its end, in two steps as they happen.
async fn publish(mirror: &StatusMirrorClient, component: &str) {
    let (http, pace) = (client(), RequestPace::default());
    let cx = StatusMirrorContext { http: &http, pace: &pace, now: Timestamp::UNIX_EPOCH };
    let update = |number, status, body: &str| MirroredUpdate { number, status, body: body.to_owned() };
    let begun = MirroredIncident {
        reference: REFERENCE.to_owned(),
        name: "Payments fail".to_owned(),
        status: PublicStatus::Investigating,
        impact: Impact::Major,
        started_at: Timestamp::UNIX_EPOCH,
        updates: vec![update(1, PublicStatus::Investigating, "We look into it & more")],
        components: vec![MirroredComponent { remote: component.to_owned(), status: ComponentStatus::PartialOutage }],
        notify: true,
    };
    let post = mirror.publish(cx, &begun, None).await.expect("published");
    let mut over = MirroredIncident { status: PublicStatus::Resolved, ..begun };
    over.updates.push(update(2, PublicStatus::Resolved, "Fixed"));
    over.components[0].status = ComponentStatus::Operational;
    mirror.publish(cx, &over, Some(&post)).await.expect("published");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_generated_client_of_statuspage_reads_what_was_published_and_is_at_home_with_the_fake() {
    let Some(mut client) = script("statuspage_client.py", "python/atlassian_statuspage") else { return };
    let page = FakeStatuspage::start().await;
    let token = SecretString::from(fake_statuspage::TOKEN);
    let settings = StatuspageSettings { url: page.api(), token, page: PAGE.to_owned() };
    publish(&StatusMirrorClient::Statuspage(settings), fake_statuspage::COMPONENTS[0].0).await;
    let arguments = [&page.api(), fake_statuspage::TOKEN, PAGE, REFERENCE];
    let said = run(client.args(arguments)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(said.trim(), "all as Statuspage does it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_cachet_reads_what_was_published_and_is_at_home_with_the_fake() {
    let Some(mut client) = script("cachet_client.py", "python/cachetclient") else { return };
    let page = FakeCachet::start(CachetVersion::V2).await;
    let settings = CachetSettings { url: page.http.url.clone(), token: SecretString::from(fake_cachet::TOKEN) };
    publish(&StatusMirrorClient::Cachet(settings), "1").await;
    let arguments = [&page.http.url, fake_cachet::TOKEN, REFERENCE];
    let said = run(client.args(arguments)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(said.trim(), "all as Cachet does it");
    assert!(page.is_enabled(1), "a change of its status does not hide a component");
}
