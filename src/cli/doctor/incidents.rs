//! Checks incidents: unfinished ones, and records that differ from their events.

use chrono::TimeDelta;

use super::{Exit, Report, Round};
use crate::{
    cli::report::counted,
    domain::{
        effect::{ChatEffect, EffectKey},
        incident::{Incident, TimeName},
    },
    store::{IncidentFilter, Reads, StoreError},
};

/// After this time an incident without a room is unfinished.
const HALF_MADE: TimeDelta = TimeDelta::minutes(1);
/// How many of the newest records are compared with their events.
const SAMPLE: usize = 200;

pub(super) fn check(round: &Round<'_>, report: &mut Report) -> Result<(), StoreError> {
    let open = IncidentFilter { open: Some(true), limit: 500, ..IncidentFilter::default() };
    for incident in round.scan.read(|r| r.list_incidents(&open))?.items {
        half_made(round, report, &incident)?;
    }
    if !round.scan.read(|r| r.has_current_records())? {
        // They cannot be compared, and a rebuild here would be overwritten while an older program is running.
        report.say("records were stored by another version of hotroom; its next start rebuilds them from their events");
        return Ok(());
    }
    compare(round, report)
}

fn compare(round: &Round<'_>, report: &mut Report) -> Result<(), StoreError> {
    let newest = IncidentFilter { limit: SAMPLE, ..IncidentFilter::default() };
    let sample = round.scan.read(|r| r.list_incidents(&newest))?.items;
    for incident in &sample {
        match round.scan.read(|r| difference(r, incident))? {
            Difference::None => {}
            Difference::NoHistory => {
                report.find(Exit::Failed, format!("{} has a record and no history", incident.key));
            }
            Difference::Record => mend(round, report, incident)?,
        }
    }
    let records = counted(sample.len() as u64, "record", "records");
    report.say(format!("{records} of incidents compared with the log"));
    Ok(())
}

/// Rebuilds a record that differs from its events, or reports it.
fn mend(round: &Round<'_>, report: &mut Report, incident: &Incident) -> Result<(), StoreError> {
    let key = &incident.key;
    if !round.remedies.repair {
        let what = format!("the record of {key} differs from its history; to rebuild it: hotroom doctor --repair");
        report.find(Exit::Failed, what);
        return Ok(());
    }
    let what = format!("the record of {key} is rebuilt from its history");
    match round.repaired(&what, |tx| tx.rebuild_incident(incident.id)) {
        Ok(_) => report.say(what),
        Err(StoreError::Conflict(why)) => report.find(Exit::Failed, why),
        Err(error) => return Err(error),
    }
    Ok(())
}

fn half_made(round: &Round<'_>, report: &mut Report, incident: &Incident) -> Result<(), StoreError> {
    let declared = incident.times.get(&TimeName::Declared).map_or(incident.status_at, |time| time.first);
    if incident.room.is_some() || round.now - declared < HALF_MADE {
        return Ok(());
    }
    let key = &incident.key;
    if !round.remedies.repair {
        report.find(Exit::Failed, format!("{key} has no room; to make one: hotroom doctor --repair"));
        return Ok(());
    }
    let effect = ChatEffect::OpenRoom { incident: incident.id }.into();
    // The row needs a new key: the first one is settled, or waits behind another row and will find the room.
    let again = EffectKey(format!("doctor/{}/room/{}", incident.id, round.now.timestamp_millis()));
    round.repaired(&format!("the room of {key} is made"), |tx| tx.enqueue(&again, &effect, round.now))?;
    report.say(format!("the room of {key} is being made"));
    Ok(())
}

/// How a record differs from its events.
enum Difference {
    None,
    NoHistory,
    Record,
}

fn difference(reads: &Reads<'_>, incident: &Incident) -> Result<Difference, StoreError> {
    Ok(match reads.replay_incident(incident.id)? {
        Some(replayed) if &replayed == incident => Difference::None,
        Some(_) => Difference::Record,
        None => Difference::NoHistory,
    })
}
