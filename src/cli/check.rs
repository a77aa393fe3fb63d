//! `hotroom check`: reports every mistake at once and changes nothing. It asks Discord, the services of contact methods,
//! the issue tracker and outside pagers, and sends each webhook a test event.

mod contact;
mod live;
mod mail;
mod offline_copy;
mod pager;
mod reports;
mod status_mirrors;
mod tracker;
mod wikis;

pub use live::check_live;
pub(super) use tracker::hook_url;

use std::path::Path;

use anyhow::Context;
use serde_json::json;

use super::{Exit, Report, check_phone::check_phone, report::counted};
use crate::{
    chat::discord::{
        checkup,
        checkup::Finding,
        client::rest::{Rest, RestOptions},
        wire::registration,
    },
    command::Catalog,
    config::{Config, Mistake, Mistakes, Origin, WebhookConfig, reference},
    deliver::check_documents_folder,
    domain::{Timestamp, webhook::WebhookEvent},
    net::{HttpClient, HttpFailure, UrlOrigin, standard_webhooks::WebhookMessage},
    render::{Renderer, WebhookFacts, webhook_body},
    web::samples,
};

/// How long before its end a certificate is worth a warning.
const EXPIRES_SOON: chrono::TimeDelta = chrono::TimeDelta::days(21);

/// Checks a configuration file (`None` for the defaults) with the environment and the templates it names.
pub fn check(path: Option<&Path>, env: Vec<(String, String)>, fix_hints: bool, now: Timestamp) -> Report {
    let named = path.map_or_else(|| "the shipped bot.toml".to_owned(), |path| path.display().to_string());
    match Config::load(path, env) {
        Err(mistakes) => wrong(&mistakes, fix_hints),
        Ok(config) => good(&named, &config, now),
    }
}

fn wrong(mistakes: &Mistakes, fix_hints: bool) -> Report {
    let mut report = Report::new();
    for mistake in &mistakes.0 {
        report.find(Exit::Wrong, mistake);
        if fix_hints {
            report.lines.extend(hint(mistake));
        }
    }
    report.say(counted(mistakes.0.len() as u64, "mistake", "mistakes"));
    let line = |origin: &Origin| match origin {
        Origin::File(line) if *line > 0 => Some(*line),
        Origin::File(_) | Origin::Env(_) | Origin::Shipped(_) => None,
    };
    let one = |mistake: &Mistake| {
        let Mistake { file, origin, key, what, .. } = mistake;
        json!({ "file": file, "line": line(origin), "key": key, "what": what })
    };
    report.data = json!({ "mistakes": mistakes.0.iter().map(one).collect::<Vec<_>>() });
    report
}

/// Returns the explanation of the key from the shipped file.
fn hint(mistake: &Mistake) -> Vec<String> {
    let Some(entry) = reference::entry(&mistake.known) else { return Vec::new() };
    let under = if entry.header.is_empty() { String::new() } else { format!(" under {}", entry.header) };
    let meaning = (!entry.meaning.is_empty()).then(|| format!("    # {}", entry.meaning));
    meaning.into_iter().chain([format!("    {} = {}{under}", entry.key, entry.value)]).collect()
}

fn good(named: &str, config: &Config, now: Timestamp) -> Report {
    let mut report = Report::new();
    for warning in &config.warnings {
        report.say(format!("warning: {warning}"));
    }
    let broken = match Renderer::new(config.templates_dir.as_deref()) {
        Ok(renderer) => renderer.check(&samples()),
        Err(error) => vec![error],
    };
    if !broken.is_empty() {
        broken.iter().for_each(|error| report.find(Exit::Wrong, error));
        return report;
    }
    let count = |number: usize, one, many| counted(number as u64, one, many);
    report.say(format!(
        "{named} is valid: {}, {}, {}, {}, {}, {}; listens on {}, writes to {}",
        count(config.people.len(), "person", "people"),
        count(config.teams.len(), "team", "teams"),
        count(config.services.len(), "service", "services"),
        count(config.schedules.len(), "schedule", "schedules"),
        count(config.escalations.len(), "escalation", "escalations"),
        count(config.sources.len(), "source", "sources"),
        config.server.listen,
        config.store.path.display(),
    ));
    if let Some(proxy) = &config.net.proxy {
        report.say(format!(
            "calls to other systems go through the proxy {proxy}, which decides which addresses are reached: hotroom \
             checks no resolved address, except for the hosts of [net] no_proxy"
        ));
    }
    if let Some(tls) = &config.server.tls {
        certificate(tls.expires, now, &mut report);
    }
    if config.contact.web_push.is_some() {
        report.say(
            "web push is on: its key is in the database and in each backup of it; replacing the key ends every subscription",
        );
    }
    discord(config, &mut report);
    webhooks(config, now, &mut report);
    check_phone(config, &mut report);
    contact::check(config, &mut report);
    mail::check(config, &mut report);
    status_mirrors::check(config, now, &mut report);
    tracker::check(config, &mut report);
    pager::check(config, &mut report);
    reports::check(config, &mut report);
    documents(config, &mut report);
    wikis::check(config, &mut report);
    offline_copy::check(config, now, &mut report);
    report
}

/// Checks the folder of documents, if there is one.
fn documents(config: &Config, report: &mut Report) {
    let Some(folder) = &config.documents.folder else { return };
    match check_documents_folder(folder) {
        Ok(()) => report.say(format!("published post-mortems are written to {}", folder.display())),
        Err(why) => report.find(Exit::Failed, format!("[documents] folder: {why}")),
    }
}

/// Reports a certificate that expires soon or has expired.
fn certificate(expires: Timestamp, now: Timestamp, report: &mut Report) {
    let date = expires.format("%Y-%m-%d %H:%M UTC");
    if expires <= now {
        let why = "so clients refuse to connect; renew it, then send SIGHUP";
        report.find(Exit::Failed, format!("the certificate of [server] tls_cert expired on {date}, {why}"));
    } else if expires < now + EXPIRES_SOON {
        report.say(format!(
            "warning: the certificate of [server] tls_cert expires on {date}; renew it, then send SIGHUP to hotroom"
        ));
    } else {
        report.say(format!("the certificate of [server] tls_cert is valid until {date}"));
    }
}

/// Runs the Discord checks, if there is a token.
fn discord(config: &Config, report: &mut Report) {
    let Some(settings) = &config.chat.discord else {
        return report
            .say("Discord is not set up: set HOTROOM_DISCORD_TOKEN, or token under [chat.discord], to use it");
    };
    if config.server.outside_url().is_none() {
        report.say(
            "warning: [server] public_url is not set, or is an address of this machine: messages on Discord have no links to \
             the console",
        );
    }
    for wrong in registration::refused(&registration::commands(&Catalog::shipped())) {
        report.find(Exit::Wrong, format!("Discord: {wrong}"));
    }
    let access = RestOptions {
        base_url: settings.base_url.clone(),
        token: settings.token.clone(),
        about: config.server.public_url.clone(),
        net: config.net.clone(),
    };
    let asked = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start").and_then(
        |runtime| {
            let rest = Rest::new(&access).context("[chat.discord]")?;
            Ok(runtime.block_on(checkup::examine(&rest, settings.guild)))
        },
    );
    match asked {
        Err(error) => report.find(Exit::Wrong, format!("{error:#}")),
        Ok(findings) => findings.into_iter().for_each(|finding| match finding {
            Finding::Good(said) => report.say(said),
            Finding::Warning(said) => report.say(format!("warning: {said}")),
            Finding::Wrong(said) => report.find(Exit::Failed, said),
        }),
    }
}

/// Sends each webhook a signed test event.
fn webhooks(config: &Config, now: Timestamp, report: &mut Report) {
    if config.webhooks.is_empty() {
        return;
    }
    let client = HttpClient::new(&config.net).map_err(HttpFailure::Unsent);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (client, runtime) = match (client, runtime) {
        (Ok(client), Ok(runtime)) => (client, runtime),
        (Err(failure), _) => return report.find(Exit::Failed, format!("[net]: {failure}")),
        (_, Err(error)) => return report.find(Exit::Failed, format!("cannot start: {error}")),
    };
    for webhook in &config.webhooks {
        let id = &webhook.id;
        match runtime.block_on(test_message(config, webhook, now).post(&client, now)) {
            Ok(()) => report.say(format!("webhook {id} took the test event webhook.test")),
            Err(failure) => {
                report.find(Exit::Failed, format!("webhook {id} did not take the test event webhook.test: {failure}"));
            }
        }
    }
}

fn test_message(config: &Config, webhook: &WebhookConfig, now: Timestamp) -> WebhookMessage {
    WebhookMessage {
        url: webhook.url.clone(),
        origin: UrlOrigin::Config,
        id: format!("evt_test_{}", now.timestamp_millis()),
        body: webhook_body(config, WebhookEvent::WebhookTest, now, &WebhookFacts::Test).unwrap_or_default(),
        secrets: webhook.secrets.clone(),
    }
}
