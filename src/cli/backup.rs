//! `hotroom backup FILE`: a copy of one moment, while the bot goes on.

use std::path::Path;

use super::Report;
use crate::store::Visit;

/// Copies the database file at `from` to `to`, whether a bot has it open or not.
pub fn backup(from: &Path, to: &Path) -> Report {
    let visit = match Visit::open(from) {
        Ok(visit) => visit,
        Err(error) => return Report::failed(error),
    };
    if let Err(error) = visit.backup(to) {
        return Report::failed(format!("no backup was made: {error}"));
    }
    let size = std::fs::metadata(to).map_or(0, |meta| meta.len());
    let mut report = Report::good(format!("{} holds a copy of {}, {size} bytes", to.display(), from.display()));
    report.say("A bot that is started on the copy sends nothing until `hotroom doctor --resume-sending`.");
    report
}
