//! `hotroom doctor`: what is wrong with the file and with the duty roster, and what can be put back.

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

/// What the doctor may change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Remedies {
    /// Send stuck rows again and make missing rooms.
    pub repair: bool,
    /// Let a restored backup send again.
    pub resume_sending: bool,
}

/// One visit: what is looked at, when, and what may be changed.
struct Round<'a> {
    scan: &'a Scan,
    /// None: it has mistakes.
    config: Option<&'a Config>,
    now: Timestamp,
    remedies: Remedies,
}

/// Looks at everything. The bot may be running meanwhile.
pub fn doctor(config: &Config, remedies: Remedies, now: Timestamp) -> Report {
    let mut report = Report::new();
    for warning in &config.warnings {
        report.find(Exit::Failed, format!("configuration: {warning}"));
    }
    examine(&config.store.path, Some(config), (remedies, now), report)
}

/// Looks at the database at `path` although the configuration has mistakes. Who would be paged cannot be known then.
pub fn doctor_despite(mistakes: &Mistakes, path: &Path, remedies: Remedies, now: Timestamp) -> Report {
    let mut report = Report::new();
    for mistake in &mistakes.0 {
        report.find(Exit::Failed, format!("configuration: {mistake}"));
    }
    report.say("the duty roster is looked at when the configuration has no mistakes");
    examine(path, None, (remedies, now), report)
}

fn examine(path: &Path, config: Option<&Config>, (remedies, now): (Remedies, Timestamp), mut report: Report) -> Report {
    let scan = match Scan::open(path) {
        Ok(scan) => scan,
        Err(error) => {
            report.find(Exit::Failed, error);
            return report;
        }
    };
    let round = Round { scan: &scan, config, now, remedies };
    for look in [file::look, incidents::look, duty::look, discord::look] {
        if let Err(error) = look(&round, &mut report) {
            report.find(Exit::Failed, format!("not everything could be looked at: {error}"));
        }
    }
    if report.exit == Exit::Good {
        report.say(format!("{} is well", path.display()));
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
