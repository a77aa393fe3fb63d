//! Real senders against the real binary.
//!
//! `scripts/setup-tests senders` unpacks Debian's packages and installs the clients in `target/senders`; a test whose
//! program is not there is skipped with a line, unless `HOTROOM_SENDERS=required` is set, as `make test-senders` does.

mod alertmanager;
mod amtool;
mod api_document;
mod clients;
mod confluence;
/// A Cachet.
#[path = "../fakes/cachet/mod.rs"]
mod fake_cachet;
/// A Confluence.
#[path = "../fakes/confluence/mod.rs"]
mod fake_confluence;
/// A GitHub.
#[path = "../fakes/github/mod.rs"]
mod fake_github;
/// An outside system that receives.
#[path = "../fakes/http/mod.rs"]
mod fake_http;
/// A Jira.
#[path = "../fakes/jira/mod.rs"]
mod fake_jira;
/// An ntfy server.
#[path = "../fakes/ntfy/mod.rs"]
mod fake_ntfy;
/// A Pushover.
#[path = "../fakes/pushover/mod.rs"]
mod fake_pushover;
/// A mail server that refuses.
#[path = "../fakes/smtp/mod.rs"]
mod fake_smtp;
/// A Statuspage.
#[path = "../fakes/statuspage/mod.rs"]
mod fake_statuspage;
/// A Twilio.
#[path = "../fakes/twilio/mod.rs"]
mod fake_twilio;
mod feeds;
mod github;
mod icinga;
mod import;
mod jira;
mod mail;
mod nagios;
mod ntfy;
mod phone;
mod prometheus;
mod redmine;
mod rig;
mod scripts;
#[path = "../../src/shared_files.rs"]
mod shared_files;
mod status_mirrors;
mod web_push;
mod webhooks;
mod zabbix;
