//! `/oncall/readiness`: who will be on call and may not be reached.

use chrono_tz::Tz;
use serde::Serialize;

use super::words::ConfigNames;
use crate::{
    app::oncall::readiness::ReadinessReport,
    domain::{
        Timestamp,
        contact::{PersonReadiness, ReadinessFault},
    },
};

/// The context of `templates/web/readiness.html`, without the frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReadinessView {
    /// The time zone of all times.
    zone: String,
    /// The last day that was looked at.
    until: String,
    /// True if a contact method is set up in `bot.toml`.
    offered: bool,
    /// How many people were looked at.
    checked: usize,
    /// Those who may not be reached.
    people: Vec<PersonLine>,
    /// When nobody is on call.
    gaps: Vec<GapLine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct PersonLine {
    id: String,
    name: String,
    first: String,
    faults: Vec<FaultLine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct FaultLine {
    /// The word of the fault.
    fault: &'static str,
    /// The kind of the method.
    kind: &'static str,
    /// Since when, or why.
    more: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct GapLine {
    schedule: String,
    from: String,
    until: String,
    /// True if the schedule ends then.
    ends: bool,
}

impl ReadinessView {
    /// The view for a reader in this time zone.
    pub fn new(words: ConfigNames<'_>, zone: Tz, report: &ReadinessReport) -> Self {
        let moment = |at: Timestamp| at.with_timezone(&zone).format("%a %-d %b %H:%M").to_string();
        let person = |line: &PersonReadiness| PersonLine {
            id: line.person.to_string(),
            name: words.person(&line.person),
            first: moment(line.first),
            faults: line.faults.iter().map(|fault| fault_line(fault, moment)).collect(),
        };
        Self {
            zone: zone.to_string(),
            until: moment(report.until),
            offered: report.offered,
            checked: report.checked,
            people: report.people.iter().map(person).collect(),
            gaps: report
                .gaps
                .iter()
                .map(|gap| GapLine {
                    schedule: gap.schedule.to_string(),
                    from: moment(gap.from),
                    until: moment(gap.until),
                    ends: gap.ends,
                })
                .collect(),
        }
    }
}

fn fault_line(fault: &ReadinessFault, moment: impl Fn(Timestamp) -> String) -> FaultLine {
    let line = |kind, more| FaultLine { fault: fault.name(), kind, more };
    match fault {
        ReadinessFault::NoMethod | ReadinessFault::NothingPrivate => line("", String::new()),
        ReadinessFault::OnlyOne { kind } => line(kind.name(), String::new()),
        ReadinessFault::NotProven { since } => line("", since.map(moment).unwrap_or_default()),
        ReadinessFault::TestFailed { kind, at } => line(kind.name(), moment(*at)),
        ReadinessFault::LastFailed { kind, why } => line(kind.name(), why.replace('_', " ")),
    }
}
