//! Links to calendar feeds, and how often schedules have changed.

use sha2::{Digest, Sha256};

use crate::{
    domain::{
        Timestamp,
        ids::{PersonId, ScheduleId},
        oncall::CalendarSubject,
    },
    store::{
        Reads, StoreError, Tx,
        engine::{columns::millis, sql::params},
    },
};

/// The length of a token: 256 random bits as hexadecimal digits.
pub const CALENDAR_TOKEN_LENGTH: usize = 64;

/// A calendar feed that a link opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarLink {
    /// For whom it was made.
    pub person: PersonId,
    /// Whose shifts it has.
    pub subject: CalendarSubject,
}

/// A version of the shifts of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleRevision {
    /// The hash of what the shifts are computed from.
    pub digest: Vec<u8>,
    /// Its number, from 1.
    pub revision: i64,
    /// Since when it is so.
    pub changed_at: Timestamp,
}

fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

impl Reads<'_> {
    /// The feed that a token opens.
    pub fn calendar_link(&self, token: &str) -> Result<Option<CalendarLink>, StoreError> {
        let sql = "SELECT person, subject FROM calendar_links WHERE token = $1";
        self.one(sql, params![token_hash(token)], |row| {
            let subject: String = row.get(1)?;
            let subject = CalendarSubject::parse(&subject);
            let corrupt = || StoreError::Corrupt("a link to a calendar cannot be read".to_owned());
            Ok(CalendarLink { person: PersonId::new(row.get::<String>(0)?), subject: subject.ok_or_else(corrupt)? })
        })
    }

    /// The version of a schedule that feeds showed last.
    pub fn schedule_revision(&self, schedule: &ScheduleId) -> Result<Option<ScheduleRevision>, StoreError> {
        let sql = "SELECT digest, revision, changed_at FROM schedule_revisions WHERE schedule = $1";
        self.one(sql, params![schedule.as_str()], |row| {
            Ok(ScheduleRevision { digest: row.get(0)?, revision: row.get(1)?, changed_at: row.get(2)? })
        })
    }
}

impl Tx<'_> {
    /// Creates a link to a calendar feed, and returns its token.
    pub fn create_calendar_link(&mut self, link: &CalendarLink, now: Timestamp) -> Result<String, StoreError> {
        let mut random = [0u8; CALENDAR_TOKEN_LENGTH / 2];
        getrandom::fill(&mut random).map_err(|error| StoreError::Sqlite(format!("no random bytes: {error}")))?;
        let token = hex::encode(random);
        self.run(
            "INSERT INTO calendar_links (token, person, subject, created_at) VALUES ($1, $2, $3, $4)",
            params![token_hash(&token), link.person.as_str(), link.subject.to_string(), millis(now)],
        )?;
        Ok(token)
    }

    /// Deletes the links of a person. Returns how many there were.
    pub fn delete_calendar_links(&mut self, person: &PersonId) -> Result<usize, StoreError> {
        self.run("DELETE FROM calendar_links WHERE person = $1", params![person.as_str()])
    }

    /// Stores that the shifts of a schedule have changed.
    pub fn save_schedule_revision(
        &mut self,
        schedule: &ScheduleId,
        digest: &[u8],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO schedule_revisions (schedule, digest, revision, changed_at) VALUES ($1, $2, 1, $3)
             ON CONFLICT (schedule) DO UPDATE
             SET digest = excluded.digest, revision = schedule_revisions.revision + 1, changed_at = excluded.changed_at",
            params![schedule.as_str(), digest.to_vec(), millis(now)],
        )
        .map(drop)
    }
}
