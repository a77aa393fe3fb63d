//! The command line: arguments, and every command except the running bot itself.
//!
//! Each command is a function that returns a [`Report`]; `main` prints it and returns the exit code.

mod alert;
mod args;
mod backup;
mod bounces;
mod check;
mod check_phone;
mod check_rules;
mod client;
mod clock;
mod demo;
mod doctor;
mod export;
mod groups;
mod import;
mod invite;
mod logging;
mod reload;
mod replay;
mod report;
mod run;
mod status_export;
mod tracker;

pub use alert::send_sample;
pub use args::{
    API_TOKEN, AlertDo, Args, BotArgs, CheckPart, CliCommand, ImportFrom, Running, SampleToSend, SilenceToMake,
    StatusDo, TrackerDo,
};
pub use backup::backup;
pub use bounces::{read_mailbox, read_report_mailbox, watch_bounces, watch_reports};
pub use check::{check, check_live};
pub use check_rules::check_rules;
pub use client::CA_FILE;
pub use clock::{running_clock, watch_clock};
pub use demo::{Demo, DemoStage, demo, quiet};
pub use doctor::{Remedies, doctor, doctor_despite};
pub use export::{export, import_export};
pub use groups::{ask_board, ask_bot};
pub use import::{ImportResult, alertmanager, import_alertmanager, import_opsgenie, import_pagerduty};
pub use invite::invite;
pub use logging::{LogGuard, start_log};
pub use reload::{hear_hangup, on_hangup};
pub use replay::{ReplayOptions, replay};
pub use report::{Exit, Report, WrongArgument};
pub use run::{
    after_reload, discord, keep_offline_copy, listen, platforms, poll_alarms, prepare, prune, prune_now, route,
    send_heartbeats, verify, watch_disk,
};

pub use status_export::export_status;
pub use tracker::tracker_setup;

#[cfg(test)]
mod tests;
