//! Legal holds: incidents of which nothing may be deleted or redacted.

use crate::{
    domain::{Timestamp, ids::IncidentId, text::Untrusted},
    store::{
        Reads, StoreError, Tx,
        engine::{columns::millis, sql::params},
    },
};

/// A hold on an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegalHold {
    /// Since when.
    pub at: Timestamp,
    /// Who set it.
    pub person: String,
    /// Why.
    pub reason: Untrusted,
}

impl Reads<'_> {
    /// The hold on an incident; `None` if there is none.
    pub fn legal_hold(&self, incident: IncidentId) -> Result<Option<LegalHold>, StoreError> {
        let sql = "SELECT at, person, reason FROM legal_holds WHERE incident = $1";
        self.one(sql, params![incident.to_string()], |row| {
            let reason = Untrusted::new(row.get::<String>(2)?);
            Ok(LegalHold { at: row.get(0)?, person: row.get(1)?, reason })
        })
    }
}

impl Tx<'_> {
    /// Sets the hold on an incident, or lifts it.
    pub fn save_legal_hold(&mut self, incident: IncidentId, hold: Option<&LegalHold>) -> Result<(), StoreError> {
        self.run("DELETE FROM legal_holds WHERE incident = $1", params![incident.to_string()])?;
        let Some(LegalHold { at, person, reason }) = hold else { return Ok(()) };
        let sql = "INSERT INTO legal_holds (incident, at, person, reason) VALUES ($1, $2, $3, $4)";
        self.run(sql, params![incident.to_string(), millis(*at), person, reason.verbatim()]).map(drop)
    }
}
