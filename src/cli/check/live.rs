//! `hotroom check --live`: who of the people on call may not be reached, and what arrived from trackers, from the database of
//! the running bot. It changes nothing.

use std::path::Path;

use super::{check, hook_url};
use crate::{
    app::{
        Context,
        oncall::readiness::{self, ReadinessReport},
        tracker::PULL_REQUESTS,
    },
    cli::{Exit, Report},
    config::Config,
    domain::{
        Timestamp,
        contact::{PersonReadiness, ReadinessFault, ScheduleGap},
        ids::TrackerId,
        people::Actor,
    },
    store::{Reads, Scan, StoreError},
};

/// Checks the configuration, and then what the database says about the next 14 days.
pub fn check_live(path: Option<&Path>, env: Vec<(String, String)>, fix_hints: bool, now: Timestamp) -> Report {
    let mut report = check(path, env.clone(), fix_hints, now);
    if let Ok(config) = Config::load(path, env) {
        readiness_of(&config, now, &mut report);
    }
    report
}

fn readiness_of(config: &Config, now: Timestamp, report: &mut Report) {
    let actor = Actor::Machine("hotroom check".to_owned());
    let read = |reads: &Reads<'_>| {
        readiness::report(reads, Context { config, now, actor: &actor, request: "cli", expect: None })
    };
    let scan = match Scan::read_only(&config.store.path) {
        Ok(scan) => scan,
        Err(error) => return report.find(Exit::Failed, error),
    };
    match scan.read(read) {
        Ok(found) => say(&found, report),
        Err(error) => report.find(Exit::Failed, format!("readiness cannot be read: {error}")),
    }
    match scan.read(|reads| trackers(config, reads)) {
        Ok(lines) => lines.into_iter().for_each(|line| report.say(line)),
        Err(error) => report.find(Exit::Failed, format!("what trackers delivered cannot be read: {error}")),
    }
}

/// When webhooks last delivered, and which boards cannot be read.
fn trackers(config: &Config, reads: &Reads<'_>) -> Result<Vec<String>, StoreError> {
    let mut lines = Vec::new();
    let mut webhook = |name: &str, id: TrackerId| -> Result<(), StoreError> {
        lines.push(match reads.tracker_state(&id)?.delivered_at {
            Some(at) => format!("{name}: the webhook last delivered on {}", moment(at)),
            None => format!("warning: {name}: the webhook has not delivered yet"),
        });
        Ok(())
    };
    if let Some(outside) = config.tracker.outside.as_ref().filter(|outside| hook_url(config, outside).is_some()) {
        webhook(outside.kind.title(), outside.id())?;
    }
    if config.tracker.pull_requests.is_some() {
        webhook("pull requests", TrackerId::from(PULL_REQUESTS))?;
    }
    for board in &config.tracker.boards {
        let state = reads.board_state(&board.id)?;
        if let Some(why) = &state.failure {
            lines.push(format!("warning: the board {} cannot be read: {why}", board.id));
        }
    }
    Ok(lines)
}

fn say(found: &ReadinessReport, report: &mut Report) {
    if !found.offered {
        report.say("warning: no contact method is set up: pages arrive only in the chat");
    } else {
        found.people.iter().for_each(|line| report.find(Exit::Failed, person_line(line)));
    }
    found.gaps.iter().for_each(|gap| report.find(Exit::Failed, gap_line(gap)));
    if found.is_clean() {
        report.say(format!("everybody on call until {} can be reached", day(found.until)));
    }
}

fn person_line(line: &PersonReadiness) -> String {
    let faults: Vec<String> = line.faults.iter().map(fault).collect();
    format!("{} is paged from {} on: {}", line.person, moment(line.first), faults.join("; "))
}

fn fault(fault: &ReadinessFault) -> String {
    match fault {
        ReadinessFault::NoMethod => "no verified contact method".to_owned(),
        ReadinessFault::OnlyOne { kind } => format!("only one contact method ({})", kind.name()),
        ReadinessFault::NotProven { since: Some(since) } => format!("not proven to be reached since {}", day(*since)),
        ReadinessFault::NotProven { since: None } => "never proven to be reached".to_owned(),
        ReadinessFault::LastFailed { kind, why } => format!("the last message by {} failed: {why}", kind.name()),
        ReadinessFault::TestFailed { kind, at } => {
            format!("the weekly test by {} on {} was not answered", kind.name(), day(*at))
        }
        ReadinessFault::NothingPrivate => "no contact method carries private incidents".to_owned(),
    }
}

fn gap_line(gap: &ScheduleGap) -> String {
    let ScheduleGap { schedule, from, until, ends } = gap;
    if *ends {
        return format!("schedule {schedule} ends: nobody is on call from {} on", moment(*from));
    }
    format!("schedule {schedule}: nobody is on call from {} to {}", moment(*from), moment(*until))
}

fn moment(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn day(at: Timestamp) -> String {
    at.format("%Y-%m-%d").to_string()
}
