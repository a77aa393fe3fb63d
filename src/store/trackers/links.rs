//! The links between incidents and issues, and the keys that incidents had before.

use crate::{
    domain::{
        ids::{IncidentId, Key, TrackerId},
        tracker::IssueLink,
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, signed, to_json},
            sql::{Row, params},
        },
    },
};

fn read_link(row: &Row<'_>) -> Result<IssueLink, StoreError> {
    from_json(&format_args!("the issue of incident {}", row.get::<String>(0)?), &row.get::<String>(1)?)
}

impl Reads<'_> {
    /// The link of an incident.
    pub fn issue_link(&self, incident: IncidentId) -> Result<Option<IssueLink>, StoreError> {
        let sql = "SELECT incident, doc FROM issue_links WHERE incident = $1";
        self.one(sql, params![incident.to_string()], read_link)
    }

    /// The link of an issue.
    pub fn link_of_issue(&self, tracker: &TrackerId, issue: &str) -> Result<Option<IssueLink>, StoreError> {
        let sql = "SELECT incident, doc FROM issue_links WHERE tracker = $1 AND issue = $2";
        self.one(sql, params![tracker.as_str(), issue], read_link)
    }

    /// The incident that had a key before it got that of its issue.
    pub(in crate::store) fn incident_of_former_key(&self, key: &Key) -> Result<Option<IncidentId>, StoreError> {
        let sql = "SELECT incident FROM former_keys WHERE prefix = $1 AND number = $2";
        let found = self.one(sql, params![key.prefix, signed(key.number)], |row| row.get::<String>(0))?;
        Ok(found.and_then(|id| IncidentId::parse(&id)))
    }
}

impl Tx<'_> {
    /// Writes the link of an incident.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the issue belongs to another incident.
    pub fn save_issue_link(&mut self, link: &IssueLink) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO issue_links (incident, tracker, issue, doc) VALUES ($1, $2, $3, $4)
             ON CONFLICT (incident) DO UPDATE SET tracker = excluded.tracker, issue = excluded.issue, doc = excluded.doc",
            params![
                link.incident.to_string(),
                link.tracker.as_str(),
                link.issue.as_ref().map(|issue| issue.id.as_str()),
                to_json(link)?,
            ],
        )
        .map(drop)
    }

    /// Keeps a key that an incident had, so that it still leads to it.
    pub fn keep_former_key(&mut self, key: &Key, incident: IncidentId) -> Result<(), StoreError> {
        let sql = "INSERT INTO former_keys (prefix, number, incident) VALUES ($1, $2, $3)
             ON CONFLICT (prefix, number) DO NOTHING";
        self.run(sql, params![key.prefix, signed(key.number), incident.to_string()]).map(drop)
    }
}
