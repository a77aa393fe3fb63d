//! What a new incident has in common with past ones, and which of them were shown.

use crate::{
    domain::{alert::GroupKey, ids::IncidentId, report::Likeness},
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, row_limit, to_json},
            sql::{Row, params},
        },
    },
};

fn read_id(row: &Row<'_>) -> Result<Option<IncidentId>, StoreError> {
    Ok(IncidentId::parse(&row.get::<String>(0)?))
}

impl Reads<'_> {
    /// The newest incidents that have a word, or whose follow-ups have it.
    pub fn incidents_with_word(&self, word: &str, limit: usize) -> Result<Vec<IncidentId>, StoreError> {
        let sql = "SELECT incident FROM issue_words WHERE issue_words MATCH $1 ORDER BY rowid DESC LIMIT $2";
        let wanted = format!("\"{}\"", word.replace('"', ""));
        let found = self.all(sql, params![wanted, row_limit(limit)], read_id)?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The newest incidents to which alerts of a group belonged.
    pub fn incidents_of_group_key(&self, key: &GroupKey, limit: usize) -> Result<Vec<IncidentId>, StoreError> {
        let sql = "SELECT incident FROM alert_groups WHERE key = $1 AND incident IS NOT NULL ORDER BY id DESC LIMIT $2";
        let found = self.all(sql, params![key.0, row_limit(limit)], read_id)?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The past incidents that were like an incident when it was declared, the most alike first.
    pub fn similar_incidents(&self, incident: IncidentId) -> Result<Vec<(IncidentId, Likeness)>, StoreError> {
        let sql = "SELECT other, doc FROM similar_incidents WHERE incident = $1 ORDER BY place";
        let found = self.all(sql, params![incident.to_string()], |row| {
            let likeness = from_json(&"a likeness", &row.get::<String>(1)?)?;
            Ok(read_id(row)?.map(|other| (other, likeness)))
        })?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The incidents that show another one as similar.
    pub fn shown_as_similar(&self, other: IncidentId) -> Result<Vec<IncidentId>, StoreError> {
        let sql = "SELECT incident FROM similar_incidents WHERE other = $1 ORDER BY incident";
        Ok(self.all(sql, params![other.to_string()], read_id)?.into_iter().flatten().collect())
    }
}

impl Tx<'_> {
    /// Stores which past incidents are like an incident, the most alike first.
    pub fn save_similar(&mut self, incident: IncidentId, similar: &[(IncidentId, Likeness)]) -> Result<(), StoreError> {
        for (place, (other, likeness)) in (1_i64..).zip(similar) {
            let sql = "INSERT INTO similar_incidents (incident, other, place, doc) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (incident, other) DO UPDATE SET place = excluded.place, doc = excluded.doc";
            self.run(sql, params![incident.to_string(), other.to_string(), place, to_json(likeness)?])?;
        }
        Ok(())
    }

    /// Forgets what an incident has in common with others: a text left its record.
    pub fn forget_similar(&mut self, incident: IncidentId) -> Result<(), StoreError> {
        let sql = "DELETE FROM similar_incidents WHERE incident = $1 OR other = $1";
        self.overwriting(|tx| tx.run(sql, params![incident.to_string()])).map(drop)
    }
}
