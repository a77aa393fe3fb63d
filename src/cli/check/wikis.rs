//! Asks the wikis of `[documents]` whether they answer, accept the credentials and have what bot.toml names. Changes nothing.

use tokio::runtime::Runtime;

use crate::{
    cli::{Exit, Report},
    config::Config,
    net::{HttpClient, HttpFailure},
    wiki::{
        WikiClient,
        confluence::{ConfluenceSettings, setup_hint},
        template::WikiTemplate,
    },
};

/// Reports on each wiki.
pub(super) fn check(config: &Config, report: &mut Report) {
    if config.documents.wikis.is_empty() {
        return;
    }
    let client = HttpClient::new(&config.net).map_err(HttpFailure::Unsent);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (http, runtime) = match (client, runtime) {
        (Ok(client), Ok(runtime)) => (client, runtime),
        (Err(failure), _) => return report.find(Exit::Failed, format!("[net]: {failure}")),
        (_, Err(error)) => return report.find(Exit::Failed, format!("cannot start: {error}")),
    };
    for wiki in &config.documents.wikis {
        match &wiki.client {
            WikiClient::Confluence(settings) => check_confluence(&runtime, &http, settings, report),
            WikiClient::Template(template) => check_template(&runtime, &http, template, report),
        }
    }
}

fn check_confluence(runtime: &Runtime, http: &HttpClient, settings: &ConfluenceSettings, report: &mut Report) {
    let there = match runtime.block_on(settings.describe(http)) {
        Ok(there) => there,
        Err(failure) => return report.find(Exit::Failed, format!("[documents.confluence]: {failure}")),
    };
    let below = there.parent.map_or_else(String::new, |title| format!(", below the page \"{title}\""));
    report.say(format!("post-mortems are published in the Confluence space \"{}\"{below}", there.space));
    let hint = setup_hint(settings.edition);
    match there.may_create {
        Some(true) => report.say("Confluence: our account may add pages"),
        Some(false) => {
            report.find(Exit::Failed, format!("Confluence: our account may not add pages in the space; {hint}"));
        }
        None => report
            .say(format!("warning: Confluence does not say whether our account may add pages; if it may not, {hint}")),
    }
}

fn check_template(runtime: &Runtime, http: &HttpClient, template: &WikiTemplate, report: &mut Report) {
    match runtime.block_on(template.probe(http)) {
        Ok(status @ (401 | 403)) => {
            let why = "the wiki does not accept the sign-in: check authorization";
            report.find(Exit::Failed, format!("[documents.wiki]: HTTP {status}; {why}"));
        }
        Ok(status @ 500..) => {
            report.find(Exit::Failed, format!("[documents.wiki]: the wiki answers with HTTP {status}"))
        }
        Ok(status) => report.say(format!(
            "the wiki of [documents.wiki] answers (HTTP {status}); whether it takes a page shows when one is published"
        )),
        Err(failure) => report.find(Exit::Failed, format!("[documents.wiki]: {failure}")),
    }
}
