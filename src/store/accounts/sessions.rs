//! Signed-in browsers, links to sign in, and single named values.

use sha2::{Digest, Sha256};

use crate::{
    domain::{Timestamp, ids::PersonId},
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{instant, millis},
            sql::params,
        },
    },
};

/// From when until when something is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSpan {
    /// When it was made.
    pub from: Timestamp,
    /// When it ends, exclusive.
    pub until: Timestamp,
}

/// A signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub person: PersonId,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Tokens are 256 random bits, so a plain hash is enough: there is nothing to guess.
fn hashed(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

impl Tx<'_> {
    /// Signs a browser in. Only the hash of the token is kept.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the token is in use.
    pub fn add_session(&mut self, token: &str, person: &PersonId, span: SessionSpan) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO sessions (token, person, created_at, expires_at) VALUES ($1, $2, $3, $4)",
            params![hashed(token), person.as_str(), millis(span.from), millis(span.until)],
        )?;
        Ok(())
    }

    /// Signs a browser out. Tells whether it was signed in.
    pub fn end_session(&mut self, token: &str) -> Result<bool, StoreError> {
        Ok(self.run("DELETE FROM sessions WHERE token = $1", params![hashed(token)])? == 1)
    }

    /// Signs all browsers of a person out and voids their links. Answers how many browsers there were.
    pub fn end_sessions_of(&mut self, person: &PersonId) -> Result<usize, StoreError> {
        self.run("DELETE FROM sign_in_links WHERE person = $1", params![person.as_str()])?;
        self.run("DELETE FROM sessions WHERE person = $1", params![person.as_str()])
    }

    /// Keeps a link that signs a person in once. Only the hash of its token is kept.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the token is in use.
    pub fn add_sign_in_link(&mut self, token: &str, person: &PersonId, span: SessionSpan) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO sign_in_links (token, person, created_at, expires_at) VALUES ($1, $2, $3, $4)",
            params![hashed(token), person.as_str(), millis(span.from), millis(span.until)],
        )?;
        Ok(())
    }

    /// Makes a link that signs a person in once within an hour, and answers its token.
    ///
    /// # Errors
    /// [`StoreError::Sqlite`] when the system gives no random bytes.
    pub fn make_sign_in_link(&mut self, person: &PersonId, now: Timestamp) -> Result<String, StoreError> {
        let mut random = [0u8; 32];
        getrandom::fill(&mut random).map_err(|error| StoreError::Sqlite(format!("no random bytes: {error}")))?;
        let token = hex::encode(random);
        let span = SessionSpan { from: now, until: now + chrono::TimeDelta::hours(1) };
        self.add_sign_in_link(&token, person, span)?;
        Ok(token)
    }

    /// Uses a link up. Answers whom it signs in, or nobody when it is unknown, over, or was used before.
    pub fn use_sign_in_link(&mut self, token: &str, now: Timestamp) -> Result<Option<PersonId>, StoreError> {
        let person: Option<String> = self.one(
            "UPDATE sign_in_links SET used_at = $1 WHERE token = $2 AND used_at IS NULL AND expires_at > $1
             RETURNING person",
            params![millis(now), hashed(token)],
            |row| row.get(0),
        )?;
        Ok(person.map(PersonId::new))
    }

    /// Forgets sessions and links that are over.
    pub fn prune_sessions(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let links = self.run("DELETE FROM sign_in_links WHERE expires_at <= $1", params![millis(now)])?;
        let sessions = self.run("DELETE FROM sessions WHERE expires_at <= $1", params![millis(now)])?;
        Ok(links + sessions)
    }

    /// Keeps a named value, or forgets it.
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
    /// The session of a token, if it is still good.
    pub fn session(&self, token: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let row = self.one(
            "SELECT person, created_at, expires_at FROM sessions WHERE token = $1 AND expires_at > $2",
            params![hashed(token), millis(now)],
            |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?, row.get::<i64>(2)?)),
        )?;
        row.map(|(person, created, expires)| {
            let (created_at, expires_at) = (instant(created)?, instant(expires)?);
            Ok(Session { person: PersonId::new(person), created_at, expires_at })
        })
        .transpose()
    }

    /// Who has a signed-in browser.
    pub fn people_signed_in(&self, now: Timestamp) -> Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT DISTINCT person FROM sessions WHERE expires_at > $1 ORDER BY person LIMIT 10000";
        self.all(sql, params![millis(now)], |row| row.get(0).map(|person: String| PersonId::new(person)))
    }

    /// A named value.
    pub fn meta(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.one("SELECT value FROM meta WHERE name = $1", params![name], |row| row.get(0))
    }
}
