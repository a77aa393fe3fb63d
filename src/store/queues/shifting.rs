//! Moves due times when the clock of the machine was set.

use chrono::TimeDelta;

use crate::{
    domain::alert::AlertGroup,
    store::{StoreError, Tx, engine::sql::params},
};

impl Tx<'_> {
    /// Moves what is due after a time, so that it remains as far away as it was: outbox rows and their leases, alert groups,
    /// and the ends of alerts that are not repeated. What people named by the clock stays: ends of silences, and when the
    /// next update of an incident is due. Pages move by events of their own.
    pub fn shift_due_times(&mut self, by: TimeDelta) -> Result<(), StoreError> {
        let millis = by.num_milliseconds();
        self.run(
            "UPDATE outbox SET ready_at = ready_at + $1, due = due + $1
             WHERE settled_at IS NULL AND lane NOT LIKE 'wake/update/%' AND lane NOT LIKE 'wake/silence/%'",
            params![millis],
        )?;
        self.run("UPDATE alerts SET rule_due = rule_due + $1 WHERE rule_due IS NOT NULL", params![millis])?;
        if by > TimeDelta::zero() {
            // After a step back an alert ends later than it should, which is the safe side.
            self.extend_alerts(by)?;
        }
        for group in self.groups_where("is_open = 1", params![])? {
            self.save_group(&moved(group, by))?;
        }
        Ok(())
    }

    /// Lets firing alerts end later by a time in which nobody could repeat them.
    pub fn extend_alerts(&mut self, by: TimeDelta) -> Result<(), StoreError> {
        let sql = "UPDATE alerts SET expires_at = expires_at + $1 WHERE firing = 1";
        self.run(sql, params![by.num_milliseconds()]).map(drop)
    }
}

fn moved(mut group: AlertGroup, by: TimeDelta) -> AlertGroup {
    let schedule = &mut group.schedule;
    let times = [
        &mut schedule.flushed_at,
        &mut schedule.ticked_at,
        &mut schedule.next_flush,
        &mut schedule.edit_due,
        &mut schedule.edit_debt,
        &mut schedule.declare_due,
        &mut schedule.expire_due,
    ];
    for time in times {
        *time = time.map(|time| time + by);
    }
    group
}
