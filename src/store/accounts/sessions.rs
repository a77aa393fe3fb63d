//! Sessions of browsers, sign-in links, and single named values.

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use crate::{
    domain::{Timestamp, ids::PersonId},
    store::{
        Reads, StoreError, Tx,
        engine::{columns::millis, sql::params},
    },
};

/// How long a sign-in link is valid.
pub const LINK_VALID: TimeDelta = TimeDelta::hours(1);

/// How old the note of a session's last use may get before it is written again.
const SEEN_EVERY: TimeDelta = TimeDelta::hours(1);

/// The time for which a session or link is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSpan {
    /// When it was created.
    pub from: Timestamp,
    /// When it ends, exclusive.
    pub until: Timestamp,
}

/// A signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who is signed in.
    pub person: PersonId,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, to the hour; `None` if that is not known.
    pub seen_at: Option<Timestamp>,
}

impl Session {
    /// True if it was not used for longer than `limit`.
    pub fn is_idle(&self, limit: TimeDelta, now: Timestamp) -> bool {
        self.seen_at.is_some_and(|seen| now - seen > limit)
    }

    /// True if its last use should be written.
    pub fn needs_note(&self, now: Timestamp) -> bool {
        self.seen_at.is_none_or(|seen| now - seen >= SEEN_EVERY)
    }
}

/// Hashes a token. Tokens are 256 random bits, so a plain hash is enough: they cannot be guessed.
fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

impl Tx<'_> {
    /// Signs a browser in. Only the hash of the token is stored.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the token is in use.
    pub fn add_session(&mut self, token: &str, person: &PersonId, span: SessionSpan) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO sessions (token, person, created_at, expires_at, seen_at) VALUES ($1, $2, $3, $4, $3)",
            params![token_hash(token), person.as_str(), millis(span.from), millis(span.until)],
        )?;
        Ok(())
    }

    /// Signs a browser out. Returns whether it was signed in.
    pub fn end_session(&mut self, token: &str) -> Result<bool, StoreError> {
        Ok(self.run("DELETE FROM sessions WHERE token = $1", params![token_hash(token)])? == 1)
    }

    /// Signs out all browsers of a person and deletes their links. Returns the number of browsers.
    pub fn end_sessions_of_person(&mut self, person: &PersonId) -> Result<usize, StoreError> {
        self.run("DELETE FROM sign_in_links WHERE person = $1", params![person.as_str()])?;
        self.run("DELETE FROM sessions WHERE person = $1", params![person.as_str()])
    }

    /// Stores a link that signs a person in once. Only the hash of its token is stored.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the token is in use.
    pub fn add_sign_in_link(&mut self, token: &str, person: &PersonId, span: SessionSpan) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO sign_in_links (token, person, created_at, expires_at) VALUES ($1, $2, $3, $4)",
            params![token_hash(token), person.as_str(), millis(span.from), millis(span.until)],
        )?;
        Ok(())
    }

    /// Creates a link that signs a person in once within an hour, and returns its token.
    pub fn create_sign_in_link(&mut self, person: &PersonId, now: Timestamp) -> Result<String, StoreError> {
        let mut random = [0u8; 32];
        getrandom::fill(&mut random).map_err(|error| StoreError::Sqlite(format!("no random bytes: {error}")))?;
        let token = hex::encode(random);
        let span = SessionSpan { from: now, until: now + LINK_VALID };
        self.add_sign_in_link(&token, person, span)?;
        Ok(token)
    }

    /// Uses up a link and returns the person it signs in; `None` if it is unknown, expired or used.
    pub fn redeem_sign_in_link(&mut self, token: &str, now: Timestamp) -> Result<Option<PersonId>, StoreError> {
        let person: Option<String> = self.one(
            "UPDATE sign_in_links SET used_at = $1 WHERE token = $2 AND used_at IS NULL AND expires_at > $1
             RETURNING person",
            params![millis(now), token_hash(token)],
            |row| row.get(0),
        )?;
        Ok(person.map(PersonId::new))
    }

    /// Notes that a session is in use.
    pub fn note_session_seen(&mut self, token: &str, now: Timestamp) -> Result<(), StoreError> {
        self.run("UPDATE sessions SET seen_at = $1 WHERE token = $2", params![millis(now), token_hash(token)]).map(drop)
    }

    /// Ends the sessions and links of everyone who is not in `known`. Returns who they are.
    pub fn end_sessions_of_others(&mut self, known: &[PersonId]) -> Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT person FROM sessions UNION SELECT person FROM sign_in_links ORDER BY 1 LIMIT 10000";
        let people = self.all(sql, params![], |row| row.get(0).map(|person: String| PersonId::new(person)))?;
        let gone: Vec<PersonId> = people.into_iter().filter(|person| !known.contains(person)).collect();
        for person in &gone {
            self.end_sessions_of_person(person)?;
        }
        Ok(gone)
    }

    /// Deletes expired and idle sessions, and expired links.
    pub fn prune_sessions(&mut self, now: Timestamp, idle: TimeDelta) -> Result<usize, StoreError> {
        let links = self.run("DELETE FROM sign_in_links WHERE expires_at <= $1", params![millis(now)])?;
        let sessions = self.run(
            "DELETE FROM sessions WHERE expires_at <= $1 OR (seen_at > 0 AND seen_at < $2)",
            params![millis(now), millis(now - idle)],
        )?;
        Ok(links + sessions)
    }

    /// Stores a named value, or deletes it.
    pub fn set_meta(&mut self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        match value {
            Some(value) => self.run(
                "INSERT INTO meta (name, value) VALUES ($1, $2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                params![name, value],
            )?,
            None => self.run("DELETE FROM meta WHERE name = $1", params![name])?,
        };
        Ok(())
    }
}

impl Reads<'_> {
    /// The session of a token; `None` if there is none or it has expired.
    pub fn session(&self, token: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let sql = "SELECT person, created_at, expires_at, NULLIF(seen_at, 0) FROM sessions
             WHERE token = $1 AND expires_at > $2";
        self.one(sql, params![token_hash(token), millis(now)], |row| {
            let person = PersonId::new(row.get::<String>(0)?);
            Ok(Session { person, created_at: row.get(1)?, expires_at: row.get(2)?, seen_at: row.get(3)? })
        })
    }

    /// The people with a signed-in browser.
    pub fn people_signed_in(&self, now: Timestamp) -> Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT DISTINCT person FROM sessions WHERE expires_at > $1 ORDER BY person LIMIT 10000";
        self.all(sql, params![millis(now)], |row| row.get(0).map(|person: String| PersonId::new(person)))
    }

    /// A named value.
    pub fn meta(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.one("SELECT value FROM meta WHERE name = $1", params![name], |row| row.get(0))
    }
}
