//! Links that show the state of an incident without a sign-in.

use sha2::{Digest, Sha256};

use crate::{
    domain::{
        Timestamp,
        ids::{IncidentId, PersonId},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{millis, unsigned},
            sql::params,
        },
    },
};

/// The length of a token: 128 random bits as hexadecimal digits.
pub const STATE_TOKEN_LENGTH: usize = 32;

fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

impl Reads<'_> {
    /// The incident whose state a token shows, unless the link has expired.
    pub fn state_link(&self, token: &str, now: Timestamp) -> Result<Option<IncidentId>, StoreError> {
        let sql = "SELECT incident FROM state_links WHERE token = $1 AND until > $2";
        let id: Option<String> = self.one(sql, params![token_hash(token), millis(now)], |row| row.get(0))?;
        Ok(id.and_then(|id| IncidentId::parse(&id)))
    }

    /// The number of links to the state of an incident that have not expired.
    pub fn count_state_links(&self, incident: IncidentId, now: Timestamp) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM state_links WHERE incident = $1 AND until > $2";
        Ok(self.one(sql, params![incident.to_string(), millis(now)], |row| row.get(0))?.map_or(0, unsigned))
    }
}

impl Tx<'_> {
    /// Creates a link to the state of an incident and returns its token. Expired links are deleted.
    pub fn create_state_link(
        &mut self,
        incident: IncidentId,
        person: &PersonId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<String, StoreError> {
        let mut random = [0u8; STATE_TOKEN_LENGTH / 2];
        getrandom::fill(&mut random).map_err(|error| StoreError::Sqlite(format!("no random bytes: {error}")))?;
        let token = hex::encode(random);
        self.run("DELETE FROM state_links WHERE until <= $1", params![millis(now)])?;
        self.run(
            "INSERT INTO state_links (token, incident, person, created_at, until) VALUES ($1, $2, $3, $4, $5)",
            params![token_hash(&token), incident.to_string(), person.as_str(), millis(now), millis(until)],
        )?;
        Ok(token)
    }

    /// Revokes all links to the state of an incident. Returns how many there were.
    pub fn delete_state_links(&mut self, incident: IncidentId) -> Result<usize, StoreError> {
        self.run("DELETE FROM state_links WHERE incident = $1", params![incident.to_string()])
    }
}
