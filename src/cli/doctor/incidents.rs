//! Checks incidents: unfinished ones, and records that differ from their events.

use chrono::TimeDelta;

use super::{Exit, Report, Round};
use crate::{
    app::incidents::StrandedIncidents,
    cli::report::counted,
    domain::{
        effect::{ChatEffect, EffectKey},
        incident::{Incident, TimeName},
    },
    store::{Comparison, IncidentFilter, RecordFault, StoreError, Tx},
};

/// After this time an incident without a room is unfinished.
const HALF_MADE: TimeDelta = TimeDelta::minutes(1);
/// How many of the newest records are compared with their events with `--quick`.
const SAMPLE: usize = 200;

pub(super) fn check(round: &Round<'_>, report: &mut Report) -> Result<(), StoreError> {
    let open = IncidentFilter { open: Some(true), limit: 500, ..IncidentFilter::default() };
    for incident in round.scan.read(|r| r.list_incidents(&open))?.items {
        half_made(round, report, &incident)?;
    }
    if let Some(config) = round.config {
        let StrandedIncidents { unattended, lost_status } = round.scan.read(|r| StrandedIncidents::find(r, config))?;
        for key in unattended {
            let what = format!("nobody who may act on {key} can see it; an admin can: /admin join {key} reason:…");
            report.find(Exit::Failed, what);
        }
        for key in lost_status {
            report.find(Exit::Failed, format!("the status of {key} is not in the workflow any more; set another one"));
        }
    }
    if !round.scan.read(|r| r.has_current_records())? {
        // They cannot be compared, and a rebuild here would be overwritten while an older program is running.
        report.say("records were stored by another version of hotroom; its next start rebuilds them from their events");
        return Ok(());
    }
    compare(round, report)
}

fn compare(round: &Round<'_>, report: &mut Report) -> Result<(), StoreError> {
    let what = if round.remedies.quick { Comparison::Newest(SAMPLE) } else { Comparison::Everything };
    let found = round.scan.read(|r| r.compare_with_log(what))?;
    for fault in &found.faults {
        match fault {
            RecordFault::Incident { id, key } => {
                mend(round, report, &format!("the record of {key}"), |tx| tx.rebuild_incident(*id))?;
            }
            RecordFault::Page { id } => {
                mend(round, report, &format!("the record of page {id}"), |tx| tx.rebuild_page(*id))?;
            }
            RecordFault::Postmortem { id } => {
                mend(round, report, &format!("the post-mortem of {id}"), |tx| tx.rebuild_postmortem(*id))?;
            }
            RecordFault::FollowUp { id } => {
                mend(round, report, &format!("the record of follow-up {id}"), |tx| tx.rebuild_followup(*id))?;
            }
            RecordFault::Maintenance { id } => {
                mend(round, report, &format!("the record of maintenance {id}"), |tx| tx.rebuild_maintenance(*id))?;
            }
            RecordFault::Other(what) => report.find(Exit::Failed, format!("{what}; restore the latest backup")),
        }
    }
    let incidents = counted(found.incidents, "record", "records");
    let pages = counted(found.pages, "page", "pages");
    let rest = if round.remedies.quick {
        format!("{pages} as well; older ones are left out by --quick")
    } else {
        format!("{pages} and {} of the outbox as well", counted(found.rows, "row", "rows"))
    };
    report.say(format!("{incidents} of incidents compared with the log, {rest}"));
    Ok(())
}

/// Rebuilds a record that differs from its events, or reports it.
fn mend(
    round: &Round<'_>,
    report: &mut Report,
    record: &str,
    rebuild: impl Fn(&mut Tx<'_>) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    if !round.remedies.repair {
        let what = format!("{record} differs from its history; to rebuild it: hotroom doctor --repair");
        report.find(Exit::Failed, what);
        return Ok(());
    }
    let what = format!("{record} is rebuilt from its history");
    match round.repaired(&what, rebuild) {
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
