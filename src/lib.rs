//! hotroom: incident response from team chat.
//!
//! # Modules, in reading order
//!
//! | module | what it does |
//! |---|---|
//! | [`domain`] | Decides: events, records, effects and refusals as data. Pure: no clock, SQL, async or chat platform. |
//! | [`net`] | Speaks TLS and HTTP to outside hosts, within limits. |
//! | [`contact`] | Clients of the services that reach people outside the chat. |
//! | [`tracker`] | Clients of issue trackers. |
//! | [`pager`] | Clients of outside pagers. |
//! | [`status_mirror`] | Clients of status pages of other products, which mirror ours. |
//! | [`wiki`] | Clients of wikis that show published post-mortems. |
//! | [`config`] | Reads `bot.toml` and collects every mistake in it. |
//! | [`command`] | Turns text, buttons and forms into requests, by the catalog in `commands/`. |
//! | [`store`] | Keeps everything in one SQLite file: one writer, many readers, an inbox, a log and an outbox. |
//! | [`intake`] | Parses what each sender of alerts posts. |
//! | [`chat`] | The ports of chat platforms, the built-in chat, and Discord. |
//! | [`render`] | Renders events, refusals and effects into posts and documents from `templates/`. |
//! | [`app`] | The use cases: gather facts in the transaction, decide, write. |
//! | [`deliver`] | Sends what the outbox holds, through one adapter for each destination. |
//! | [`web`] | Serves intake, console, status page, API and metrics. |
//! | [`cli`] | The commands of the `hotroom` program. |
//!
//! A module imports only modules above it in this list (`config`, `command` and `store` not each other).
//!
//! # The path of one command
//!
//! `/incident severity sev1`, typed in the console:
//!
//! 1. [`web`] checks the session and passes a [`chat::Inbound`] to [`app::App::on_command`].
//! 2. [`command::parse`] returns a request; its access is compared with the person's.
//! 3. In one [`store::Store::transact`] the incident is loaded, [`domain::incident::decide`] returns events or a refusal, and
//!    events, record, effects and reply are written together. The reply leaves after the commit.
//! 4. [`deliver`] claims the effects, renders each from the record as it is then, and settles it by its outcome.
//!
//! The invariants and the reasons are in `docs/architecture.md`; the words are in `docs/glossary.md`.

pub mod app;
pub mod chat;
pub mod cli;
pub mod command;
pub mod config;
pub mod contact;
pub mod deliver;
pub mod domain;
pub mod intake;
pub mod net;
pub mod pager;
pub mod render;
pub mod status_mirror;
pub mod store;
pub mod tracker;
pub mod web;
pub mod wiki;

/// A Cachet for tests.
#[cfg(test)]
#[path = "../tests/fakes/cachet/mod.rs"]
mod fake_cachet;
/// A Confluence for tests.
#[cfg(test)]
#[path = "../tests/fakes/confluence/mod.rs"]
mod fake_confluence;
/// A GitHub for tests.
#[cfg(test)]
#[path = "../tests/fakes/github/mod.rs"]
mod fake_github;
/// An outside system for tests, with the table of failures that every adapter must pass.
#[cfg(test)]
#[path = "../tests/fakes/http/mod.rs"]
mod fake_http;
/// A mailbox for tests.
#[cfg(test)]
#[path = "../tests/fakes/imap/mod.rs"]
mod fake_imap;
/// A Jira for tests.
#[cfg(test)]
#[path = "../tests/fakes/jira/mod.rs"]
mod fake_jira;
/// An ntfy server for tests.
#[cfg(test)]
#[path = "../tests/fakes/ntfy/mod.rs"]
mod fake_ntfy;
/// A PagerDuty for tests.
#[cfg(test)]
#[path = "../tests/fakes/pagerduty/mod.rs"]
mod fake_pagerduty;
/// A Pushover for tests.
#[cfg(test)]
#[path = "../tests/fakes/pushover/mod.rs"]
mod fake_pushover;
/// A Redmine for tests.
#[cfg(test)]
#[path = "../tests/fakes/redmine/mod.rs"]
mod fake_redmine;
/// A mail server for tests.
#[cfg(test)]
#[path = "../tests/fakes/smtp/mod.rs"]
mod fake_smtp;
/// A Statuspage for tests.
#[cfg(test)]
#[path = "../tests/fakes/statuspage/mod.rs"]
mod fake_statuspage;
/// A Twilio for tests.
#[cfg(test)]
#[path = "../tests/fakes/twilio/mod.rs"]
mod fake_twilio;
#[cfg(test)]
mod shared_files;

// Files under `tests/fakes` are part of the unit tests too, and name the crate as other test programs do.
#[cfg(test)]
extern crate self as hotroom;
