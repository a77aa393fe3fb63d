//! The words of the command line.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Parser, Subcommand};

use super::client::CA_FILE;
use crate::{config::parse_duration, intake::samples, tracker::TrackerKind};

/// The environment variable with the API token of the command line.
pub const API_TOKEN: &str = "HOTROOM_API_TOKEN";

/// Incident response from team chat: alerts, hot rooms, paging, status page.
#[derive(Debug, Clone, Parser)]
#[command(name = "hotroom", version, about, max_term_width = 100)]
pub struct Args {
    /// Configuration file [default: bot.toml if it exists, else the built-in settings]
    #[arg(long, global = true, value_name = "FILE", env = "HOTROOM_CONFIG", hide_env = true)]
    #[arg(display_order = 1000, help_heading = "Global options")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<CliCommand>,
}

/// What `hotroom` does.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum CliCommand {
    /// Start hotroom (the default without a command).
    Run {
        /// Start an empty database although the old one is missing.
        #[arg(long)]
        new: bool,
    },
    /// Validate the configuration. Changes nothing; asks Discord and sends each webhook a test event.
    #[command(args_conflicts_with_subcommands = true)]
    Check {
        /// Check something other than the configuration.
        #[command(subcommand)]
        part: Option<CheckPart>,
        /// The file. Default: the one that `run` would use.
        file: Option<PathBuf>,
        /// Show the shipped documentation of each key that is wrong.
        #[arg(long)]
        fix_hints: bool,
        /// Also read the database: who of the people on call within 14 days may not be reached.
        #[arg(long)]
        live: bool,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Play a scripted outage on a temporary instance that you can watch in the browser.
    Demo {
        /// Play it on a running hotroom at this address; use only with a test instance.
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// A PEM file of certificate authorities to trust besides the public ones.
        #[arg(long, value_name = "FILE", env = CA_FILE)]
        ca: Option<PathBuf>,
        /// Seconds between steps.
        #[arg(long, value_name = "SECONDS", default_value_t = 4)]
        pace: u64,
        /// Exit when the script ends instead of running until Ctrl-C.
        #[arg(long)]
        once: bool,
    },
    /// Find damage, stuck rows, incomplete incidents, and people or hours that a page would not reach.
    Doctor {
        /// Repair what can be repaired: send stuck rows again, create missing rooms.
        #[arg(long)]
        repair: bool,
        /// Resume sending after a backup was restored, pages from before the restore included.
        #[arg(long)]
        resume_sending: bool,
        /// Compare only the newest records with the log of events.
        #[arg(long)]
        quick: bool,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Copy the database while hotroom runs. Never overwrites a file.
    Backup {
        /// The file to write.
        file: PathBuf,
    },
    /// Write everything as JSON Lines while hotroom runs. Never overwrites a file.
    Export {
        /// The file to write.
        file: PathBuf,
    },
    /// The public status page.
    Status {
        /// What to do.
        #[command(subcommand)]
        what: StatusDo,
    },
    /// Stored alerts, and sample messages of senders.
    Alert {
        /// What to do.
        #[command(subcommand)]
        what: AlertDo,
    },
    /// Import settings from another tool, or the export of another hotroom.
    Import {
        /// What to import from.
        #[command(subcommand)]
        from: ImportFrom,
    },
    /// The issue tracker.
    Tracker {
        /// What to do.
        #[command(subcommand)]
        what: TrackerDo,
    },
    /// Create a sign-in link for a person. It works once, within an hour.
    Invite {
        /// The id of the person in `[[people]]`.
        person: String,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Commands about alerts.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum AlertDo {
    /// Replay stored alerts against another configuration and show what would change. The database is only read, and
    /// nothing is sent.
    Replay {
        /// The `bot.toml` to try.
        #[arg(long, value_name = "FILE")]
        rules: PathBuf,
        /// How far back: 12h, 7d, 4w.
        #[arg(long, value_name = "TIME", default_value = "7d", value_parser = time)]
        since: Duration,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Post a documented sample to a running hotroom, as its sender would.
    Send(SampleToSend),
    /// Query a running hotroom.
    #[command(flatten)]
    Running(Running),
}

/// Requests to a running hotroom, by its HTTP API.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Running {
    /// List alert groups, newest first.
    List {
        /// Only groups in this state.
        #[arg(long, value_name = "STATE", value_parser = ["firing", "acknowledged", "silenced", "resolved"])]
        state: Option<String>,
        /// The instance to query.
        #[command(flatten)]
        bot: BotArgs,
    },
    /// Show a group and its alerts.
    Show {
        /// The group, such as G-12.
        group: String,
        /// The instance to query.
        #[command(flatten)]
        bot: BotArgs,
    },
    /// Explain where a group is shown, what mutes it, and what it posts next.
    Why {
        /// The group, such as G-12.
        group: String,
        /// The instance to query.
        #[command(flatten)]
        bot: BotArgs,
    },
    /// Acknowledge the alerts of a group.
    Ack {
        /// The group, such as G-12.
        group: String,
        /// The instance to query.
        #[command(flatten)]
        bot: BotArgs,
    },
    /// Silence a group, or all matching alerts.
    Silence(SilenceToMake),
    /// List silences, newest first.
    Silences {
        /// Only silences in this state.
        #[arg(long, value_name = "STATE", value_parser = ["active", "pending", "expired"])]
        state: Option<String>,
        /// The instance to query.
        #[command(flatten)]
        bot: BotArgs,
    },
    /// Expire a silence.
    Expire {
        /// The id of the silence.
        silence: String,
        /// The instance to query.
        #[command(flatten)]
        bot: BotArgs,
    },
}

/// The instance to query, and the person to act as.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub struct BotArgs {
    /// The address of hotroom. Default: the one in the configuration.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The person to act as. Default: the first admin.
    #[arg(long = "as", value_name = "PERSON")]
    pub person: Option<String>,
    /// The API token. Default: `[server] api_token` of the configuration.
    #[arg(long, value_name = "TOKEN", env = API_TOKEN, hide_env_values = true)]
    pub token: Option<String>,
    /// A PEM file of certificate authorities to trust besides the public ones.
    #[arg(long, value_name = "FILE", env = CA_FILE)]
    pub ca: Option<PathBuf>,
    /// Print the JSON of the API instead of lines.
    #[arg(long)]
    pub json: bool,
}

/// A silence to create.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct SilenceToMake {
    /// The group, such as G-12.
    pub group: Option<String>,
    /// A condition on labels instead of a group, such as 'severity=~"warn.*"'. All conditions must match.
    #[arg(long = "match", value_name = "CONDITION")]
    pub matchers: Vec<String>,
    /// How long: 30m, 2h, 1d, or `resolved` for until all are resolved.
    #[arg(long = "for", value_name = "TIME", default_value = "1h")]
    pub wait: String,
    /// The reason.
    #[arg(long, value_name = "TEXT")]
    pub comment: Option<String>,
    /// Only show how many firing alerts it would match.
    #[arg(long)]
    pub preview: bool,
    /// Create it even if it matches most firing alerts.
    #[arg(long)]
    pub sure: bool,
    /// The instance to query.
    #[command(flatten)]
    pub bot: BotArgs,
}

/// A sample to send.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct SampleToSend {
    /// The kind of sender, such as grafana.
    #[arg(long, value_name = "KIND")]
    pub sample: String,
    /// Which message of the alert to send.
    #[arg(long, value_name = "STEP", default_value = "firing", value_parser = samples::STEPS)]
    pub step: String,
    /// The source to post to. Default: the first of this kind.
    #[arg(long, value_name = "ID")]
    pub source: Option<String>,
    /// The address of hotroom. Default: the one in the configuration.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// A PEM file of certificate authorities to trust besides the public ones.
    #[arg(long, value_name = "FILE", env = CA_FILE)]
    pub ca: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

fn time(text: &str) -> Result<Duration, String> {
    let time = parse_duration(text).filter(|time| !time.is_zero() && *time <= Duration::from_secs(366 * 86_400));
    time.ok_or_else(|| "use a duration such as 12h, 7d or 4w, at most a year".to_owned())
}

/// What can be imported.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ImportFrom {
    /// Everything that `hotroom export` wrote, into the database of `[store] path`, which must not exist or be empty. Sends nothing.
    Hotroom {
        /// The file.
        file: PathBuf,
    },
    /// Routes of an `alertmanager.yml`. Prints the settings, and each line that could not be imported with the reason.
    Alertmanager {
        /// The file.
        file: PathBuf,
        /// Write the settings to this new file instead.
        #[arg(long, value_name = "FILE")]
        into: Option<PathBuf>,
    },
    /// People, teams, schedules and escalations of Opsgenie. Prints the settings, and what is not carried exactly.
    Opsgenie {
        /// A folder of answers of its API: users.json, schedules.json, escalations.json, teams/*.json, overrides/*.json.
        folder: PathBuf,
        /// Write the settings to this new file instead.
        #[arg(long, value_name = "FILE")]
        into: Option<PathBuf>,
    },
    /// People, teams, services, schedules and escalations of PagerDuty. Prints the settings, and what is not carried exactly.
    Pagerduty {
        /// A folder of answers of its API: users.json, services.json, escalation_policies.json, schedules/*.json, teams.json,
        /// members/*.json, overrides/*.json.
        folder: PathBuf,
        /// Write the settings to this new file instead.
        #[arg(long, value_name = "FILE")]
        into: Option<PathBuf>,
    },
}

/// Commands about the issue tracker.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum TrackerDo {
    /// Print what has to be created at the tracker: account, permissions, webhook. Changes nothing.
    Setup {
        /// jira, github or redmine
        #[arg(value_parser = tracker_kind)]
        kind: TrackerKind,
    },
    /// Show the boards of a running hotroom, or one of them.
    Board {
        /// Which board.
        name: Option<String>,
        /// The instance to query.
        #[command(flatten)]
        bot: BotArgs,
    },
}

fn tracker_kind(text: &str) -> Result<TrackerKind, String> {
    let known = TrackerKind::WORDS.into_iter().filter(|(_, kind)| *kind != TrackerKind::Builtin);
    let found = known.clone().find(|(word, _)| *word == text);
    let words: Vec<&str> = known.map(|(word, _)| word).collect();
    found.map(|(_, kind)| kind).ok_or_else(|| format!("there are {}", words.join(", ")))
}

/// Other checks.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum CheckPart {
    /// Try the rules of Discord sources on saved messages and show what each became, or why not.
    Rules {
        /// A message, or a list of messages, in the JSON of Discord's API.
        messages: PathBuf,
    },
}

/// What to do with the status page.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum StatusDo {
    /// Write a static copy of the status page, its API and feeds, while hotroom runs. A web server shows it at the root of a
    /// host.
    Export {
        /// The folder to write to.
        folder: PathBuf,
    },
}

impl Args {
    /// What to do.
    pub fn command(&self) -> CliCommand {
        self.command.clone().unwrap_or(CliCommand::Run { new: false })
    }

    /// True if the report of the command is printed as JSON. `alert` commands print their own.
    pub fn json(&self) -> bool {
        matches!(
            self.command(),
            CliCommand::Check { json: true, .. }
                | CliCommand::Doctor { json: true, .. }
                | CliCommand::Invite { json: true, .. }
        )
    }

    /// The configuration file: the one that was named, or `bot.toml` if there is one here.
    pub fn config(&self) -> Option<PathBuf> {
        let usual = || Some(PathBuf::from("bot.toml")).filter(|path| path.exists());
        match self.command() {
            CliCommand::Check { file: Some(file), .. } => Some(file),
            CliCommand::Check { .. }
            | CliCommand::Run { .. }
            | CliCommand::Demo { .. }
            | CliCommand::Doctor { .. }
            | CliCommand::Alert { .. }
            | CliCommand::Backup { .. }
            | CliCommand::Export { .. }
            | CliCommand::Status { .. }
            | CliCommand::Import { .. }
            | CliCommand::Tracker { .. }
            | CliCommand::Invite { .. } => self.config.as_deref().map(Path::to_owned).or_else(usual),
        }
    }
}
