//! `hotroom backup FILE`: a consistent copy of the database while the bot runs.

use std::path::Path;

use super::Report;
use crate::{
    domain::Timestamp,
    store::{Scan, StoreError},
    web::pages::health::LAST_BACKUP,
};

/// Copies the database file at `from` to `to`, whether or not a bot has it open.
pub fn backup(from: &Path, to: &Path, now: Timestamp) -> Report {
    let scan = match Scan::open(from) {
        Ok(scan) => scan,
        Err(error) => return Report::failed(error),
    };
    if let Err(error) = scan.backup(to) {
        let why = if let StoreError::Conflict(why) = error { why } else { error.to_string() };
        return Report::failed(format!("no backup was made: {why}"));
    }
    let size = std::fs::metadata(to).map_or(0, |meta| meta.len());
    let mut report = Report::good(format!("{} holds a copy of {}, {size} bytes", to.display(), from.display()));
    // The health page shows the age of the latest copy.
    let millis = now.timestamp_millis().to_string();
    if let Err(error) = scan.write(|tx| tx.set_meta(LAST_BACKUP, Some(&millis))) {
        report.say(format!("The health page does not show this backup: {error}"));
    }
    report.say(
        "hotroom started on the copy sends nothing until `/admin resume` (what is new) or `hotroom doctor --resume-sending` \
         (everything).",
    );
    report
}
