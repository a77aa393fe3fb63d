//! Tests of the whole bot through its HTTP API on a virtual clock, and checks of the repository's rules.

mod background;
mod calendars;
mod characters;
mod command_line;
mod contacts;
mod customers;
mod described;
mod drills;
/// A Cachet.
#[path = "../fakes/cachet/mod.rs"]
mod fake_cachet;
/// A Confluence.
#[path = "../fakes/confluence/mod.rs"]
mod fake_confluence;
/// A GitHub.
#[path = "../fakes/github/mod.rs"]
mod fake_github;
/// An outside system that receives and fails as a story says.
#[path = "../fakes/http/mod.rs"]
mod fake_http;
/// A mailbox.
#[path = "../fakes/imap/mod.rs"]
mod fake_imap;
/// A Jira.
#[path = "../fakes/jira/mod.rs"]
mod fake_jira;
/// An ntfy server.
#[path = "../fakes/ntfy/mod.rs"]
mod fake_ntfy;
/// A PagerDuty.
#[path = "../fakes/pagerduty/mod.rs"]
mod fake_pagerduty;
/// A Pushover.
#[path = "../fakes/pushover/mod.rs"]
mod fake_pushover;
/// S3-compatible storage.
#[path = "../fakes/s3/mod.rs"]
mod fake_s3;
/// A mail server that fails as a story says.
#[path = "../fakes/smtp/mod.rs"]
mod fake_smtp;
/// A Statuspage.
#[path = "../fakes/statuspage/mod.rs"]
mod fake_statuspage;
/// A Twilio.
#[path = "../fakes/twilio/mod.rs"]
mod fake_twilio;
mod faulty;
mod fields;
mod flapping;
mod groups;
mod incident;
mod joining;
mod maintenance;
mod old_databases;
mod operation;
mod pagers;
mod paging;
mod parents;
mod previews;
mod private;
mod quiet;
mod record;
mod reopening;
mod restart;
mod reviews;
mod same_service;
mod schedules;
mod senders;
#[path = "../../src/shared_files.rs"]
mod shared_files;
mod silences;
mod state_document;
mod status_mirrors;
mod status_page;
mod storm;
mod tidy;
mod trackers;
mod transcripts;
mod user_reports;
mod web_push;
mod webhooks;
mod weight;
mod whole;
mod wording;
mod world;
