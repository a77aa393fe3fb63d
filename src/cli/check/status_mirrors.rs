//! Asks the mirrors of the status page whether they answer, accept the credentials and know the components. Writes the name of
//! a component that it has already: nothing else proves the right to write.

use tokio::runtime::Runtime;

use crate::{
    cli::{Exit, Report},
    config::Config,
    domain::Timestamp,
    net::{HttpClient, HttpFailure},
    status_mirror::{RequestPace, StatusMirror, StatusMirrorContext, StatusMirrorDescription, StatusMirrorFailure},
};

/// Reports on each mirror.
pub(super) fn check(config: &Config, now: Timestamp, report: &mut Report) {
    if config.status_mirrors.is_empty() {
        return;
    }
    let client = HttpClient::new(&config.net).map_err(HttpFailure::Unsent);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (http, runtime) = match (client, runtime) {
        (Ok(client), Ok(runtime)) => (client, runtime),
        (Err(failure), _) => return report.find(Exit::Failed, format!("[net]: {failure}")),
        (_, Err(error)) => return report.find(Exit::Failed, format!("cannot start: {error}")),
    };
    let pace = RequestPace::default();
    let cx = StatusMirrorContext { http: &http, pace: &pace, now };
    for mirror in &config.status_mirrors {
        match runtime.block_on(mirror.client.describe(cx)) {
            Ok(there) => {
                report.say(format!("status mirror {}: {} answers", mirror.id, there.name));
                report_components(config, mirror, &there, report);
                prove_access(&runtime, cx, mirror, &there, report);
            }
            Err(failure) => report.find(Exit::Failed, format!("status mirror {}: {}", mirror.id, advice(failure))),
        }
    }
}

/// Lists what has no counterpart.
fn report_components(config: &Config, mirror: &StatusMirror, there: &StatusMirrorDescription, report: &mut Report) {
    let id = &mirror.id;
    for component in &config.status_page.components {
        match mirror.components.get(&component.id) {
            Some(remote) if there.components.contains_key(remote) => {}
            Some(remote) => report.find(
                Exit::Failed,
                format!(
                    "status mirror {id}: component {} is mapped to {remote}, which does not exist there",
                    component.id
                ),
            ),
            None => {
                let namesake = there.components.iter().find(|(_, name)| name.eq_ignore_ascii_case(&component.name));
                let hint = namesake.map_or_else(String::new, |(remote, name)| {
                    format!("; \"{name}\" there has the id {remote}, so write {} = \"{remote}\"", component.id)
                });
                report.say(format!("warning: status mirror {id}: component {} has no counterpart{hint}", component.id));
            }
        }
    }
}

fn prove_access(
    runtime: &Runtime,
    cx: StatusMirrorContext<'_>,
    mirror: &StatusMirror,
    there: &StatusMirrorDescription,
    report: &mut Report,
) {
    let id = &mirror.id;
    let mapped = mirror.components.values().find_map(|remote| there.components.get_key_value(remote));
    let Some((remote, name)) = mapped else {
        return report.say(format!(
            "warning: status mirror {id}: no component is mapped, so that the right to write was not proved"
        ));
    };
    match runtime.block_on(mirror.client.prove_access(cx, remote, name)) {
        Ok(()) => report.say(format!("status mirror {id}: the token may write")),
        Err(failure) => {
            report.find(Exit::Failed, format!("status mirror {id}: the token may not write: {}", advice(failure)));
        }
    }
}

/// What failed, with what to do about it.
fn advice(failure: StatusMirrorFailure) -> String {
    let hint = match failure.status() {
        Some(401 | 403) => "; check token",
        Some(404) => "; check url and page",
        Some(_) | None => "",
    };
    format!("{failure}{hint}")
}
