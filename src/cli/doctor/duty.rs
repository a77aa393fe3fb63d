//! Checks the on-call schedules: hours without anyone on call, and people whom a page would not reach.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::{Exit, Report, Round};
use crate::{
    config::Config,
    domain::{
        Timestamp,
        ids::PersonId,
        oncall::{Override, Schedule, Target, gaps, shifts},
    },
    store::StoreError,
};

/// How far ahead schedules are checked.
const AHEAD: TimeDelta = TimeDelta::days(14);
/// How many gaps of a schedule are listed.
const NAMED: usize = 5;

pub(super) fn check(round: &Round<'_>, report: &mut Report) -> Result<(), StoreError> {
    let Some(config) = round.config else { return Ok(()) };
    let (from, to) = (round.now, round.now + AHEAD);
    let entered = round.scan.read(|r| r.overrides(from, to))?;
    let (overrides, strays): (Vec<Override>, Vec<Override>) =
        entered.into_iter().partition(|entry| config.person(&entry.person).is_some());
    for schedule in &config.schedules {
        let of_it: Vec<Override> = overrides.iter().filter(|o| o.schedule == schedule.id).cloned().collect();
        uncovered(round, report, schedule, &of_it);
    }
    for Override { person, schedule, .. } in &strays {
        let why = format!(
            "an override of schedule {schedule} names {person}, who is no longer in [[people]]: it does not count"
        );
        report.find(Exit::Failed, why);
    }
    unreachable(round, config, report, &overrides)
}

fn uncovered(round: &Round<'_>, report: &mut Report, schedule: &Schedule, overrides: &[Override]) {
    let gaps = gaps(schedule, overrides, round.now, round.now + AHEAD);
    let show = |at: Timestamp| at.with_timezone(&schedule.timezone).format("%a %d %b %H:%M %Z").to_string();
    for gap in gaps.iter().take(NAMED) {
        let (from, until) = (show(gap.from), show(gap.until));
        report.find(Exit::Failed, format!("schedule {}: nobody is on call from {from} to {until}", schedule.id));
    }
    if gaps.len() > NAMED {
        report.say(format!("schedule {}: and {} more gaps in the next 14 days", schedule.id, gaps.len() - NAMED));
    }
}

/// Reports people who would not see a page: it is a direct message, so it needs a signed-in browser. On loopback no
/// sign-in is needed, so nothing is checked.
fn unreachable(
    round: &Round<'_>,
    config: &Config,
    report: &mut Report,
    overrides: &[Override],
) -> Result<(), StoreError> {
    if config.server.listen.ip().is_loopback() {
        return Ok(());
    }
    let mut wanted = paged(config, round.now);
    wanted.extend(overrides.iter().map(|entry| entry.person.clone()));
    let now = round.now;
    let missing = round.scan.read(|r| {
        let signed_in = r.people_signed_in(now)?;
        Ok(wanted.into_iter().filter(|person| !signed_in.contains(person)).collect::<Vec<_>>())
    })?;
    for person in missing {
        report.find(
            Exit::Failed,
            format!("{person} may be paged and is signed in nowhere; send them a link: hotroom invite {person}"),
        );
    }
    Ok(())
}

/// Returns everyone whom a page may reach in the next days.
fn paged(config: &Config, now: Timestamp) -> BTreeSet<PersonId> {
    let mut people: BTreeSet<PersonId> = config.pager.fallback.iter().cloned().collect();
    for target in config.escalations.iter().flat_map(|policy| &policy.steps).flat_map(|step| &step.targets) {
        match &target.target {
            Target::Person(person) => drop(people.insert(person.clone())),
            Target::Team(team) => people.extend(config.team(team).into_iter().flat_map(|team| team.members.clone())),
            Target::Schedule(id) => {
                let shifts = config.schedule(id).map(|schedule| shifts(schedule, &[], now, now + AHEAD));
                people.extend(shifts.into_iter().flatten().map(|shift| shift.person));
            }
            Target::Room(_) | Target::Webhook(_) => {}
        }
    }
    people
}
