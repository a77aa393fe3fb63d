//! The words of the command line.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Parser, Subcommand};

use crate::config::parse_duration;

/// Incident response from team chat: alerts, hot rooms, paging, status page.
#[derive(Debug, Clone, Parser)]
#[command(name = "hotroom", version, about, max_term_width = 100)]
pub struct Args {
    /// The configuration file; without it `bot.toml` in this directory, and without that the shipped defaults.
    #[arg(long, global = true, value_name = "FILE", env = "HOTROOM_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What `hotroom` is told to do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Run the bot (also without any command).
    Run,
    /// Name every mistake of a configuration, and change nothing.
    #[command(args_conflicts_with_subcommands = true)]
    Check {
        /// Something else than the configuration.
        #[command(subcommand)]
        part: Option<CheckPart>,
        /// The file; without it the one that `run` would take.
        file: Option<PathBuf>,
        /// Show what the shipped file says about each key that is wrong.
        #[arg(long)]
        fix_hints: bool,
    },
    /// Play a scripted outage on a bot of its own, to be watched in the browser.
    Demo {
        /// Play it on a bot that runs already, at this address; it must be a bot for trying out.
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// Seconds between steps.
        #[arg(long, value_name = "SECONDS", default_value_t = 4)]
        pace: u64,
        /// End when the script does, instead of going on until Ctrl-C.
        #[arg(long)]
        once: bool,
    },
    /// Look for damage, stuck rows, half-made incidents, and people or hours that a page would not reach.
    Doctor {
        /// Put back what can be put back: stuck rows are sent again, missing rooms are made.
        #[arg(long)]
        repair: bool,
        /// Let a restored backup send again.
        #[arg(long)]
        resume_sending: bool,
    },
    /// Copy the database while the bot runs. Nothing is overwritten.
    Backup {
        /// Where to.
        file: PathBuf,
    },
    /// Alerts that are stored, and samples of what senders say.
    Alert {
        /// What about them.
        #[command(subcommand)]
        what: AlertDo,
    },
    /// Translate what another tool was told into settings of `bot.toml`.
    Import {
        /// Which tool.
        #[command(subcommand)]
        from: ImportFrom,
    },
    /// Make a link that signs a person in once, within an hour.
    Invite {
        /// The id of the person in `[[people]]`.
        person: String,
    },
}

/// What can be done about alerts.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum AlertDo {
    /// Hear the stored alerts again by the rules of another file, and compare what would have come of it. The database is
    /// only read, and nothing is sent.
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
    /// Post a documented sample to a bot that runs, as its sender would.
    Send(SampleToSend),
    /// What is asked of a bot that runs.
    #[command(flatten)]
    Running(Running),
}

/// What is asked of a bot that runs, by its HTTP API.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Running {
    /// List groups of alerts, the newest first.
    List {
        /// Only those that are firing, acknowledged, silenced or resolved.
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
        /// Which bot.
        #[command(flatten)]
        bot: Bot,
    },
    /// Show a group and its alerts.
    Show {
        /// The id of the group.
        group: String,
        /// Which bot.
        #[command(flatten)]
        bot: Bot,
    },
    /// Say why a group is where it is, what keeps it quiet, and what it tells next.
    Why {
        /// The id of the group.
        group: String,
        /// Which bot.
        #[command(flatten)]
        bot: Bot,
    },
    /// Say that somebody has the alerts of a group.
    Ack {
        /// The id of the group.
        group: String,
        /// Which bot.
        #[command(flatten)]
        bot: Bot,
    },
    /// Silence a group, or all alerts that match.
    Silence(SilenceToMake),
    /// List silences, the newest first.
    Silences {
        /// Only those that are active, pending or expired.
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
        /// Which bot.
        #[command(flatten)]
        bot: Bot,
    },
    /// End a silence.
    Expire {
        /// The id of the silence.
        silence: String,
        /// Which bot.
        #[command(flatten)]
        bot: Bot,
    },
}

/// Which bot is asked, and as whom. The token is the `api_token` of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub struct Bot {
    /// The address of the bot; without it the one of the configuration.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The person to act as; without it the first admin.
    #[arg(long = "as", value_name = "PERSON")]
    pub person: Option<String>,
    /// Print the JSON of the API instead of lines.
    #[arg(long)]
    pub json: bool,
}

/// A silence to make.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct SilenceToMake {
    /// The id of the group.
    pub group: Option<String>,
    /// Instead of a group a condition on labels, such as 'severity=~"warn.*"'; all that are given must hold.
    #[arg(long = "match", value_name = "CONDITION")]
    pub matchers: Vec<String>,
    /// For how long: 30m, 2h, 1d, or resolved for until they are over.
    #[arg(long = "for", value_name = "TIME", default_value = "1h")]
    pub wait: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub comment: Option<String>,
    /// Only say how many alerts it would hold now.
    #[arg(long)]
    pub preview: bool,
    /// Also when it holds most of what fires.
    #[arg(long)]
    pub sure: bool,
    /// Which bot.
    #[command(flatten)]
    pub bot: Bot,
}

/// What a sender can say.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct SampleToSend {
    /// The kind of sender, such as grafana.
    #[arg(long, value_name = "KIND")]
    pub sample: String,
    /// firing, update or resolved.
    #[arg(long, value_name = "STEP", default_value = "firing")]
    pub step: String,
    /// The source to post to; without it the first of the kind.
    #[arg(long, value_name = "ID")]
    pub source: Option<String>,
    /// The address of the bot; without it the one of the configuration.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

fn time(text: &str) -> Result<Duration, String> {
    let time = parse_duration(text).filter(|time| !time.is_zero() && *time <= Duration::from_secs(366 * 86_400));
    time.ok_or_else(|| "write 12h, 7d or 4w; a year is the most".to_owned())
}

/// What can be imported.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ImportFrom {
    /// Routes of an `alertmanager.yml`. The settings are printed, and what could not be carried is said line by line.
    Alertmanager {
        /// The file.
        file: PathBuf,
        /// Write the settings to this new file instead.
        #[arg(long, value_name = "FILE")]
        into: Option<PathBuf>,
    },
}

/// What else can be checked.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum CheckPart {
    /// Try the rules of the sources on Discord on saved messages, and say what each became or why not.
    Rules {
        /// A message as Discord's API gives it, or a list of them, in JSON.
        messages: PathBuf,
    },
}

impl Args {
    /// What to do.
    pub fn command(&self) -> Command {
        self.command.clone().unwrap_or(Command::Run)
    }

    /// The configuration file: the one that was named, or `bot.toml` if there is one here.
    pub fn config(&self) -> Option<PathBuf> {
        let usual = || Some(PathBuf::from("bot.toml")).filter(|path| path.exists());
        match self.command() {
            Command::Check { file: Some(file), .. } => Some(file),
            Command::Check { .. }
            | Command::Run
            | Command::Demo { .. }
            | Command::Doctor { .. }
            | Command::Alert { .. }
            | Command::Backup { .. }
            | Command::Import { .. }
            | Command::Invite { .. } => self.config.as_deref().map(Path::to_owned).or_else(usual),
        }
    }
}
