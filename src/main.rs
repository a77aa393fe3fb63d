//! The program: reads the arguments, the environment and the clock, and hands them to the library.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use hotroom::{
    cli::{self, Args, Command, Exit, Remedies, Report},
    config::Config,
    domain::Timestamp,
};

fn main() -> ExitCode {
    let args = Args::parse();
    // `std::env::vars` panics on a variable that is no text; such a one is not ours.
    let env: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let report = match args.command() {
        Command::Check { fix_hints, .. } => cli::check(args.config().as_deref(), env, fix_hints),
        command => match Config::load(args.config().as_deref(), env.clone()) {
            Err(mistakes) => {
                let mut report = Report::new();
                report.find(Exit::Wrong, mistakes);
                report
            }
            Ok(config) => act(&command, config),
        },
    };
    // What `check` and `doctor` find is their answer; what keeps another command from its work is an error.
    let answer = matches!(args.command(), Command::Check { .. } | Command::Doctor { .. }) || report.exit == Exit::Good;
    print(&report.text(), answer);
    report.exit.into()
}

fn act(command: &Command, config: Config) -> Report {
    match command {
        Command::Run | Command::Check { .. } | Command::Demo { .. } => Report::failed("this build cannot run the bot"),
        Command::Doctor { repair, resume_sending } => {
            cli::doctor(&config, Remedies { repair: *repair, resume_sending: *resume_sending }, now())
        }
        Command::Backup { file } => cli::backup(&config.store.path, file),
        Command::Invite { person } => cli::invite(&config, person, now()),
    }
}

/// The one place where the clock is read.
#[allow(clippy::disallowed_methods, reason = "everything else is handed the time")]
fn now() -> Timestamp {
    chrono::Utc::now()
}

/// Prints without minding whether anybody reads.
fn print(text: &str, answer: bool) {
    let _ = if answer { writeln!(io::stdout(), "{text}") } else { writeln!(io::stderr(), "{text}") };
}
