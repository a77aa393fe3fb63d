//! Asks the outside tracker what hotroom may do there. Changes nothing.

use crate::{
    cli::{Exit, Report},
    config::{BoardConfig, Config, OutsideTracker, client_of},
    domain::tracker::{BoardColumn, TrackerPerson},
    net::{HttpClient, HttpFailure},
    tracker::{IssueTracker, TrackerFailure, TrackerFinding, TrackerKind, TrackerReport},
};

/// Reports on the tracker, if one is configured.
pub(super) fn check(config: &Config, report: &mut Report) {
    let Some(outside) = &config.tracker.outside else { return };
    without_account(config, outside, report);
    let client = HttpClient::new(&config.net).map_err(HttpFailure::Unsent);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match (client, runtime) {
        (Ok(http), Ok(runtime)) => {
            let url = hook_url(config, outside);
            let client = client_of(&outside.settings);
            let found = runtime.block_on(client.probe(&http, url.as_deref()));
            findings(config, outside, found, report);
            for board in config.tracker.boards.iter().filter(|board| board.kind == outside.kind) {
                board_finding(board, runtime.block_on(client.read_board(&http, &board.query)), report);
            }
        }
        (Err(failure), _) => report.find(Exit::Failed, format!("[net]: {failure}")),
        (_, Err(error)) => report.find(Exit::Failed, format!("cannot start: {error}")),
    }
}

/// The address that the webhook of a tracker calls; `None` if it has no webhooks.
pub fn hook_url(config: &Config, outside: &OutsideTracker) -> Option<String> {
    match outside.kind {
        TrackerKind::Jira | TrackerKind::Github => {
            Some(format!("{}/hooks/{}", config.server.public_url, outside.kind.word()))
        }
        TrackerKind::Builtin | TrackerKind::Redmine => None,
    }
}

/// Whether a board can be read, and its columns with their limits.
fn board_finding(board: &BoardConfig, read: Result<Vec<BoardColumn>, TrackerFailure>, report: &mut Report) {
    match read {
        Ok(columns) => {
            let shown = |column: &BoardColumn| match column.limit {
                Some(limit) => format!("{} (at most {limit})", column.name),
                None => column.name.clone(),
            };
            let columns: Vec<String> = columns.iter().map(shown).collect();
            report.say(format!("board {}: {}", board.id, columns.join(", ")));
        }
        Err(failure) => {
            let what = "let the account of hotroom see the board and the projects on it";
            report.find(Exit::Failed, format!("board {}: {failure}; {what}", board.id));
        }
    }
}

fn findings(config: &Config, outside: &OutsideTracker, found: TrackerReport, report: &mut Report) {
    let title = outside.kind.title();
    if let Some(account) = &found.account {
        report.say(format!("{title}: hotroom is {}", account.name));
        of_person(config, outside, account, report);
    }
    for finding in found.findings {
        match finding {
            TrackerFinding::Good(text) => report.say(format!("{title}: {text}")),
            TrackerFinding::Warning(text) => report.say(format!("warning: {title}: {text}")),
            TrackerFinding::Wrong(text) => report.find(Exit::Failed, format!("{title}: {text}")),
        }
    }
}

/// With the token of a person, what hotroom writes looks as if that person had written it.
fn of_person(config: &Config, outside: &OutsideTracker, account: &TrackerPerson, report: &mut Report) {
    let is_it = |person: &&crate::domain::people::Person| {
        person.tracker_accounts.get(&outside.id()).is_some_and(|known| known.0.eq_ignore_ascii_case(&account.account.0))
    };
    if let Some(person) = config.people.iter().find(is_it) {
        report.say(format!(
            "warning: {}: the token belongs to {}, who is one of [[people]]; give hotroom an account of its own, so that \
             people see who did what",
            outside.kind.title(),
            person.name
        ));
    }
}

fn without_account(config: &Config, outside: &OutsideTracker, report: &mut Report) {
    let unknown = config.people.iter().filter(|person| !person.tracker_accounts.contains_key(&outside.id()));
    let names: Vec<&str> = unknown.map(|person| person.id.as_str()).collect();
    if !names.is_empty() {
        let kind = outside.kind.word();
        report.say(format!(
            "warning: {}: no account is known of {}; write accounts = {{ {kind} = \"…\" }} in [[people]], or they are \
             never assigned and only named",
            outside.kind.title(),
            names.join(", ")
        ));
    }
}
