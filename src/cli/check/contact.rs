//! Asks the services of contact methods whether they answer and accept the credentials. Sends no message.

use tokio::runtime::Runtime;

use crate::{
    cli::{Exit, Report},
    config::Config,
    contact::ntfy,
    domain::contact::MethodKind,
    net::{HttpClient, HttpFailure},
};

/// Reports on each service that is configured.
pub(super) fn check(config: &Config, report: &mut Report) {
    let contact = &config.contact;
    links(config, report);
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

/// Warns that links in messages lead to this machine, which no phone can open.
fn links(config: &Config, report: &mut Report) {
    let kinds = [MethodKind::Mail, MethodKind::WebPush, MethodKind::Ntfy, MethodKind::Sms, MethodKind::Pushover];
    let offered = kinds.iter().any(|kind| config.contact.offers(*kind, None)) || !config.contact.gateways.is_empty();
    if offered && config.server.outside_url().is_none() {
        report.say(
            "warning: [server] public_url is not set, or is an address of this machine: the links in messages to contact methods \
             cannot be opened on a phone",
        );
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
