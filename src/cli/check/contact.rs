//! Asks the services of contact methods whether they answer and accept the credentials. Sends no message.

use tokio::runtime::Runtime;

use crate::{
    cli::{Exit, Report},
    config::Config,
    contact::ntfy,
    net::{HttpClient, HttpFailure},
};

/// Reports on each service that is configured.
pub(super) fn check(config: &Config, report: &mut Report) {
    let contact = &config.contact;
    for gateway in &contact.gateways {
        report.say(format!("contact gateway {} is described; it is tried only by a test message", gateway.id));
    }
    if contact.ntfy.is_none() {
        return;
    }
    let client = HttpClient::new(&config.net).map_err(HttpFailure::Unsent);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match (client, runtime) {
        (Ok(client), Ok(runtime)) => check_ntfy(config, &client, &runtime, report),
        (Err(failure), _) => report.find(Exit::Failed, format!("[net]: {failure}")),
        (_, Err(error)) => report.find(Exit::Failed, format!("cannot start: {error}")),
    }
}

fn check_ntfy(config: &Config, client: &HttpClient, runtime: &Runtime, report: &mut Report) {
    let Some(settings) = &config.contact.ntfy else { return };
    match runtime.block_on(ntfy::check_server(client, settings)) {
        Ok(()) if settings.token.is_some() => {
            report.say(format!("ntfy server {} answers and accepts the token", settings.server));
        }
        Ok(()) => report.say(format!("ntfy server {} answers", settings.server)),
        Err(why) => report.find(Exit::Failed, format!("ntfy server {}: {why}", settings.server)),
    }
}
