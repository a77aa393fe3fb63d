//! `hotroom doctor`: checks the database and the on-call schedules, and repairs what it can.

mod discord;
mod duty;
mod file;
mod incidents;

use std::path::Path;

use super::{Exit, Report};
use crate::{
    config::{Config, Mistakes},
    domain::{
        Timestamp,
        event::{Event, SystemEvent},
        people::Actor,
    },
    store::{Append, Scan, StoreError, Tx},
};

/// The repairs that are allowed, and how much is compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Remedies {
    /// Send stuck rows again and create missing rooms.
    pub repair: bool,
    /// Allow a restored backup to send again.
    pub resume_sending: bool,
    /// Compare only the newest records with the log.
    pub quick: bool,
}

/// One run: what is checked, when, and which repairs are allowed.
struct Round<'a> {
    scan: &'a Scan,
    /// `None` if it has mistakes.
    config: Option<&'a Config>,
    now: Timestamp,
    remedies: Remedies,
}

/// Runs all checks. The bot may be running.
pub fn doctor(config: &Config, remedies: Remedies, now: Timestamp) -> Report {
    let mut report = Report::new();
    for warning in &config.warnings {
        report.find(Exit::Failed, format!("configuration: {warning}"));
    }
    examine(&config.store.path, Some(config), remedies, now, report)
}

/// Checks the database at `path` when the configuration has mistakes. Whom a page would reach is not checked.
pub fn doctor_despite(mistakes: &Mistakes, path: &Path, remedies: Remedies, now: Timestamp) -> Report {
    let mut report = Report::new();
    for mistake in &mistakes.0 {
        report.find(Exit::Failed, format!("configuration: {mistake}"));
    }
    report.say("the on-call schedules are checked once the configuration has no mistakes");
    examine(path, None, remedies, now, report)
}

fn examine(path: &Path, config: Option<&Config>, remedies: Remedies, now: Timestamp, mut report: Report) -> Report {
    let scan = match Scan::open(path) {
        Ok(scan) => scan,
        Err(error) => {
            report.find(Exit::Failed, error);
            return report;
        }
    };
    let round = Round { scan: &scan, config, now, remedies };
    for check in [file::check, incidents::check, duty::check, discord::check] {
        if let Err(error) = check(&round, &mut report) {
            report.find(Exit::Failed, format!("not everything could be checked: {error}"));
        }
    }
    if report.exit == Exit::Good {
        report.say(format!("{} is healthy", path.display()));
    }
    report
}

impl Round<'_> {
    /// Changes something and writes into the log of events what.
    fn repaired(&self, what: &str, work: impl Fn(&mut Tx<'_>) -> Result<bool, StoreError>) -> Result<bool, StoreError> {
        self.scan.write(|tx| {
            if !work(tx)? {
                return Ok(false);
            }
            let actor = Actor::Machine("hotroom doctor".to_owned());
            let append = Append { stream: "system", expected_seq: None, actor: &actor, at: self.now, request: "cli" };
            tx.append(&append, &[Event::System(SystemEvent::Repaired { what: what.to_owned() })])?;
            Ok(true)
        })
    }
}
