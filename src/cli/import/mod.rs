//! `hotroom import`: converts the configuration of another tool to settings of `bot.toml`.

mod alertmanager;
mod locate;
mod muting;
mod on_call;
mod opsgenie;
mod pagerduty;
#[cfg(test)]
mod tests;
mod yaml;

use std::path::Path;

use chrono::{DateTime, Utc};

use super::{Exit, Report};
use crate::config::Config;
use on_call::{FindingSort, ImportFinding, OnCallImport, OnCallSettings};

pub use alertmanager::alertmanager;

/// The largest file; no configuration is larger.
const LARGEST: u64 = 4 << 20;

/// The result of a conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportResult {
    /// The settings.
    pub toml: String,
    /// Where in the file the configuration is, if it is a text in a Secret or the like: lines are counted in that text.
    pub text_in: Option<String>,
    /// Settings that were changed or left out.
    pub remarks: Vec<ImportRemark>,
}

/// A setting that was changed or left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImportRemark {
    /// Its line.
    pub line: usize,
    /// True if alerts go elsewhere without it, or nowhere.
    pub lost: bool,
    /// What became of it.
    pub text: String,
}

/// Converts an `alertmanager.yml` and writes the settings to `into`, or returns them for printing if it is `None`. The
/// report lists what could not be converted. An existing file is not overwritten.
pub fn import_alertmanager(file: &Path, into: Option<&Path>) -> (String, Report) {
    let named = file.display();
    let text = match read_file(file) {
        Ok(text) => text,
        Err(error) => return (String::new(), Report::failed(format!("{named}: {error}"))),
    };
    let imported = match alertmanager(&text) {
        Ok(imported) => imported,
        Err(error) => return (String::new(), Report::failed(format!("{named}: {error}"))),
    };
    let mut report = Report::new();
    let within = imported.text_in.as_ref().map(|path| format!(" ({path})")).unwrap_or_default();
    for ImportRemark { line, lost, text } in &imported.remarks {
        let (exit, sort) = if *lost { (Exit::Failed, "error: ") } else { (Exit::Good, "") };
        report.find(exit, format!("{named}{within}:{line}: {sort}{text}"));
    }
    finish(&named.to_string(), &imported.toml, into, report)
}

/// Converts a folder of answers of Opsgenie's API, in the same way.
pub fn import_opsgenie(folder: &Path, into: Option<&Path>, now: DateTime<Utc>) -> (String, Report) {
    reported(folder, into, opsgenie::opsgenie(folder, now))
}

/// Converts a folder of answers of PagerDuty's API, in the same way.
pub fn import_pagerduty(folder: &Path, into: Option<&Path>, now: DateTime<Utc>) -> (String, Report) {
    reported(folder, into, pagerduty::pagerduty(folder, now))
}

/// Lists the findings, then what was carried.
fn reported(folder: &Path, into: Option<&Path>, imported: Result<OnCallImport, String>) -> (String, Report) {
    let imported = match imported {
        Ok(imported) => imported,
        Err(error) => return (String::new(), Report::failed(error)),
    };
    let mut report = Report::new();
    for ImportFinding { sort, text } in &imported.findings {
        let exit = if *sort == FindingSort::Lost { Exit::Failed } else { Exit::Good };
        report.find(exit, format!("{}: {text}", sort.word()));
    }
    let OnCallSettings { people, teams, services, schedules, policies, .. } = &imported.settings;
    report.say(format!(
        "carried: {}, {}, {}, {}, {}",
        counted(people.len(), "person", "people"),
        counted(teams.len(), "team", "teams"),
        counted(services.len(), "service", "services"),
        counted(schedules.len(), "schedule", "schedules"),
        counted(policies.len(), "escalation", "escalations"),
    ));
    finish(&folder.display().to_string(), &imported.settings.to_toml(), into, report)
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Checks the settings by the reader that will load them, and writes or returns them.
fn finish(named: &str, toml: &str, into: Option<&Path>, mut report: Report) -> (String, Report) {
    if let Err(mistakes) = Config::from_text("(imported)", toml, []) {
        report.find(Exit::Failed, "the settings need a hand before hotroom takes them:");
        mistakes.lines().iter().for_each(|line| report.say(line));
    }
    let toml = format!("# Made of {named} by `hotroom import`.\n{toml}");
    match into.map(|into| (into, write_new(into, &toml))) {
        None => (toml, report),
        Some((into, Ok(()))) => {
            report.say(format!("{} holds the settings", into.display()));
            (String::new(), report)
        }
        Some((into, Err(error))) => {
            report.find(Exit::Failed, format!("{} was not written: {error}", into.display()));
            (String::new(), report)
        }
    }
}

fn read_file(file: &Path) -> std::io::Result<String> {
    let size = std::fs::metadata(file)?.len();
    if size > LARGEST {
        return Err(std::io::Error::other(format!("larger than {LARGEST} bytes")));
    }
    std::fs::read_to_string(file)
}

fn write_new(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    std::fs::File::create_new(file)?.write_all(text.as_bytes())
}
