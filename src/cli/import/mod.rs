//! `hotroom import`: converts the configuration of another tool to settings of `bot.toml`.

mod alertmanager;
mod locate;
mod muting;
#[cfg(test)]
mod tests;
mod yaml;

use std::path::Path;

use super::{Exit, Report};
use crate::config::Config;

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
    // The settings are checked by the reader that will load them.
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
