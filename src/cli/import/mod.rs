//! `hotroom import`: what another tool was told, as settings of `bot.toml`.

mod alertmanager;
mod muting;
#[cfg(test)]
mod tests;
mod yaml;

use std::path::Path;

use super::{Exit, Report};
use crate::config::Config;

pub use alertmanager::alertmanager;

/// The largest file that is read: a configuration is never larger.
const LARGEST: u64 = 4 << 20;

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The settings.
    pub toml: String,
    /// What could not be carried, or became something else, each with its line.
    pub remarks: Vec<(usize, String)>,
}

/// Translates an `alertmanager.yml` and writes the settings to `into`, or prints them when there is none; what could not be
/// carried is in the report. An existing file is left alone.
pub fn import_alertmanager(file: &Path, into: Option<&Path>) -> (String, Report) {
    let named = file.display();
    let text = match read(file) {
        Ok(text) => text,
        Err(error) => return (String::new(), Report::failed(format!("{named}: {error}"))),
    };
    let imported = match alertmanager(&text) {
        Ok(imported) => imported,
        Err(error) => return (String::new(), Report::failed(format!("{named}: {error}"))),
    };
    let mut report = Report::new();
    for (line, what) in &imported.remarks {
        report.say(format!("{named}:{line}: {what}"));
    }
    // The settings are held against the reader that will read them.
    if let Err(mistakes) = Config::from_text("(imported)", &imported.toml, []) {
        report.find(Exit::Failed, "the settings need a hand before hotroom takes them:");
        mistakes.lines().iter().for_each(|line| report.say(line));
    }
    let toml = format!("# Made of {named} by `hotroom import alertmanager`.\n{}", imported.toml);
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

fn read(file: &Path) -> std::io::Result<String> {
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
