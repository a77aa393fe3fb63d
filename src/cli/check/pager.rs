//! Asks outside pagers whether hotroom can page there. Pages nobody, and changes nothing.

use crate::{
    cli::{Exit, Report},
    config::Config,
    net::{HttpClient, HttpFailure},
    pager::PagerFinding,
};

/// Reports on each outside pager that is configured.
pub(super) fn check(config: &Config, report: &mut Report) {
    let pagers = &config.pager.routes.outside;
    if pagers.is_empty() {
        return;
    }
    let client = HttpClient::new(&config.net).map_err(HttpFailure::Unsent);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (http, runtime) = match (client, runtime) {
        (Ok(http), Ok(runtime)) => (http, runtime),
        (Err(failure), _) => return report.find(Exit::Failed, format!("[net]: {failure}")),
        (_, Err(error)) => return report.find(Exit::Failed, format!("cannot start: {error}")),
    };
    for pager in pagers {
        let kind = pager.client.kind();
        let hook_url = format!("{}/hooks/{kind}", config.server.public_url);
        for finding in runtime.block_on(pager.client.probe(&http, &hook_url)) {
            match finding {
                PagerFinding::Good(text) => report.say(format!("{}: {text}", kind.title())),
                PagerFinding::Warning(text) => report.say(format!("warning: {}: {text}", kind.title())),
                PagerFinding::Wrong(text) => report.find(Exit::Failed, format!("{}: {text}", kind.title())),
            }
        }
        without_account(config, kind, report);
    }
}

fn without_account(config: &Config, kind: crate::domain::pager::PagerKind, report: &mut Report) {
    let unknown = config.people.iter().filter(|person| !person.pager_accounts.contains_key(&kind));
    let names: Vec<&str> = unknown.map(|person| person.id.as_str()).collect();
    if !names.is_empty() {
        report.say(format!(
            "warning: {}: no account is known of {}; write accounts = {{ {kind} = \"…\" }} in [[people]], or their answers \
             there are shown by the name of the account",
            kind.title(),
            names.join(", ")
        ));
    }
}
