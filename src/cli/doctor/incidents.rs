//! Incidents: half-made ones, and records that differ from their history.

use chrono::TimeDelta;

use super::{Exit, Report, Round};
use crate::{
    cli::report::counted,
    domain::{
        effect::{ChatEffect, EffectKey},
        event::Event,
        incident::{self, Incident, IncidentEvent, TimeName},
    },
    store::{IncidentFilter, Reads, StoreError},
};

/// After so long an incident without a room is half-made.
const HALF_MADE: TimeDelta = TimeDelta::minutes(1);
/// How many of the newest records are compared with their history.
const SAMPLE: usize = 200;
/// More events than this has no incident that is compared.
const EVENTS: usize = 10_000;

pub(super) fn look(round: &Round<'_>, report: &mut Report) -> Result<(), StoreError> {
    let open = IncidentFilter { open: Some(true), limit: 500, ..IncidentFilter::default() };
    for incident in round.scan.read(|r| r.list_incidents(&open))?.items {
        half_made(round, report, &incident)?;
    }
    let newest = IncidentFilter { limit: SAMPLE, ..IncidentFilter::default() };
    let differing = round.scan.read(|r| {
        let sample = r.list_incidents(&newest)?.items;
        let differing = sample.iter().filter_map(|i| differs(r, i).transpose()).collect::<Result<Vec<_>, _>>()?;
        Ok((sample.len(), differing))
    })?;
    for what in &differing.1 {
        report.find(Exit::Failed, what);
    }
    let records = counted(differing.0 as u64, "record", "records");
    report.say(format!("{records} of incidents compared with the log"));
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
    // A row of its own: the first one is settled, or waits behind something and will find the room made.
    let again = EffectKey(format!("doctor/{}/room/{}", incident.id, round.now.timestamp_millis()));
    round.repaired(&format!("the room of {key} is made"), |tx| tx.enqueue(&again, &effect, round.now))?;
    report.say(format!("the room of {key} is being made"));
    Ok(())
}

/// What is wrong with a record, if its history says otherwise.
fn differs(reads: &Reads<'_>, incident: &Incident) -> Result<Option<String>, StoreError> {
    let recorded = reads.events_of(&Incident::stream(incident.id), 0, EVENTS)?;
    let history = recorded.iter().filter_map(|row| Some((of_incident(&row.event)?, row.at, &row.actor)));
    let key = &incident.key;
    Ok(match incident::replay(history) {
        Some(replayed) if &replayed == incident => None,
        Some(_) => Some(format!("the record of {key} differs from its history; its history is what happened")),
        None => Some(format!("{key} has a record and no history")),
    })
}

fn of_incident(event: &Event) -> Option<&IncidentEvent> {
    match event {
        Event::Incident(event) => Some(event),
        Event::OnCall(_) | Event::Alert(_) | Event::System(_) => None,
    }
}
