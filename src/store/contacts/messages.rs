//! What was sent to contact methods, for the limits, the evidence and the profile.

use crate::{
    domain::{
        Timestamp,
        contact::{ContactOutcome, MethodKind},
        ids::{ContactMethodId, PageId, PersonId},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, millis, row_limit, to_json},
            sql::{Row, params},
        },
    },
};

/// Why a message was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessagePurpose {
    /// It paged.
    Page,
    /// It carried a code.
    Code,
    /// It was a test.
    Test,
    /// It reported that another method changed, or reminded of a post-mortem.
    Report,
}

impl MessagePurpose {
    const ALL: [Self; 4] = [Self::Page, Self::Code, Self::Test, Self::Report];

    /// The word it is stored and shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Code => "code",
            Self::Test => "test",
            Self::Report => "report",
        }
    }
}

/// A message to a contact method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactMessage {
    /// The key of its effect.
    pub effect: String,
    /// To whom.
    pub person: PersonId,
    /// By which method.
    pub method: ContactMethodId,
    /// Its kind.
    pub kind: MethodKind,
    /// Why.
    pub purpose: MessagePurpose,
    /// The page; of a test, its id.
    pub page: Option<PageId>,
    /// The number of the person's attempt.
    pub attempt: u32,
    /// When it was first tried.
    pub at: Timestamp,
    /// When its outcome became known.
    pub updated_at: Timestamp,
    /// What the provider calls it.
    pub provider: Option<String>,
    /// What is known of it.
    pub outcome: ContactOutcome,
}

const COLUMNS: &str = "effect, person, method, kind, purpose, page, attempt, at, updated_at, provider, outcome";

fn read_message(row: &Row<'_>) -> Result<ContactMessage, StoreError> {
    let effect: String = row.get(0)?;
    let (method, kind, purpose): (String, String, String) = (row.get(2)?, row.get(3)?, row.get(4)?);
    let corrupt = |what: &str| StoreError::Corrupt(format!("the contact message {effect} has no {what}"));
    Ok(ContactMessage {
        person: PersonId::new(row.get::<String>(1)?),
        method: ContactMethodId::parse(&method).ok_or_else(|| corrupt("method"))?,
        kind: MethodKind::parse(&kind).ok_or_else(|| corrupt("kind"))?,
        purpose: MessagePurpose::ALL.into_iter().find(|p| p.name() == purpose).ok_or_else(|| corrupt("purpose"))?,
        page: row.get::<Option<String>>(5)?.as_deref().and_then(PageId::parse),
        attempt: u32::try_from(row.get::<i64>(6)?).unwrap_or(u32::MAX),
        at: row.get(7)?,
        updated_at: row.get(8)?,
        provider: row.get(9)?,
        outcome: from_json(&format_args!("the contact message {effect}"), &row.get::<String>(10)?)?,
        effect,
    })
}

impl Reads<'_> {
    /// The last messages to a person, newest first.
    pub fn contact_messages_to(&self, person: &PersonId, limit: usize) -> Result<Vec<ContactMessage>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM contact_messages WHERE person = $1 ORDER BY at DESC, effect DESC LIMIT $2");
        self.all(&sql, params![person.as_str(), row_limit(limit)], read_message)
    }

    /// The message with this name at the provider; the newest, if there are several.
    pub fn contact_message_of(&self, provider: &str) -> Result<Option<ContactMessage>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM contact_messages WHERE provider = $1 ORDER BY at DESC LIMIT 1");
        self.one(&sql, params![provider], read_message)
    }

    /// The last messages to a method, newest first.
    pub fn contact_messages_by(
        &self,
        method: ContactMethodId,
        limit: usize,
    ) -> Result<Vec<ContactMessage>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM contact_messages WHERE method = $1 ORDER BY at DESC, effect DESC LIMIT $2");
        self.all(&sql, params![method.to_string(), row_limit(limit)], read_message)
    }

    /// The messages of a kind since a moment that a provider has a name for, oldest first.
    pub fn contact_messages_since(
        &self,
        kind: MethodKind,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<ContactMessage>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM contact_messages WHERE at > $1 AND kind = $2 AND provider IS NOT NULL
             ORDER BY at, effect LIMIT $3"
        );
        self.all(&sql, params![millis(since), kind.name(), row_limit(limit)], read_message)
    }

    /// How many pages a method has had since a moment, besides this one. Codes, tests and reports do not keep a page back.
    pub fn count_contact_messages(
        &self,
        method: ContactMethodId,
        since: Timestamp,
        besides: &str,
    ) -> Result<u32, StoreError> {
        let sql =
            "SELECT COUNT(*) FROM contact_messages WHERE method = $1 AND at > $2 AND effect <> $3 AND purpose = 'page'";
        let count = self.one(sql, params![method.to_string(), millis(since), besides], |row| row.get::<i64>(0))?;
        Ok(u32::try_from(count.unwrap_or(0)).unwrap_or(u32::MAX))
    }

    /// How many codes a person has been sent since a moment.
    pub fn count_codes(&self, person: &PersonId, since: Timestamp) -> Result<u32, StoreError> {
        let sql = "SELECT COUNT(*) FROM contact_messages WHERE person = $1 AND at > $2 AND purpose = 'code'";
        let count = self.one(sql, params![person.as_str(), millis(since)], |row| row.get::<i64>(0))?;
        Ok(u32::try_from(count.unwrap_or(0)).unwrap_or(u32::MAX))
    }

    /// How many codes were sent to a method since a moment.
    pub fn count_codes_by(&self, method: ContactMethodId, since: Timestamp) -> Result<u32, StoreError> {
        let sql = "SELECT COUNT(*) FROM contact_messages WHERE method = $1 AND at > $2 AND purpose = 'code'";
        let count = self.one(sql, params![method.to_string(), millis(since)], |row| row.get::<i64>(0))?;
        Ok(u32::try_from(count.unwrap_or(0)).unwrap_or(u32::MAX))
    }
}

impl Tx<'_> {
    /// Writes a message: its first attempt, or what became of it.
    pub fn save_contact_message(&mut self, message: &ContactMessage) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO contact_messages
                 (effect, person, method, kind, purpose, page, attempt, at, updated_at, provider, outcome)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (effect) DO UPDATE SET updated_at = excluded.updated_at, outcome = excluded.outcome,
                 provider = COALESCE(excluded.provider, contact_messages.provider)",
            params![
                message.effect,
                message.person.as_str(),
                message.method.to_string(),
                message.kind.name(),
                message.purpose.name(),
                message.page.map(|page| page.to_string()),
                i64::from(message.attempt),
                millis(message.at),
                millis(message.updated_at),
                message.provider,
                to_json(&message.outcome)?,
            ],
        )?;
        Ok(())
    }

    /// Deletes the oldest messages, links and tests from before a moment. Returns the number of rows.
    pub fn prune_contacts(&mut self, before: Timestamp, most: usize) -> Result<usize, StoreError> {
        let messages = self.run(
            "DELETE FROM contact_messages WHERE effect IN
                 (SELECT effect FROM contact_messages WHERE at < $1 ORDER BY at LIMIT $2)",
            params![millis(before), row_limit(most)],
        )?;
        let tokens = self.run(
            "DELETE FROM contact_tokens WHERE token IN
                 (SELECT token FROM contact_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            params![millis(before), row_limit(most)],
        )?;
        let bundles = self.run(
            "DELETE FROM page_bundles WHERE bundle IN
                 (SELECT bundle FROM page_bundles WHERE at < $1 AND ended_at IS NOT NULL ORDER BY at LIMIT $2)",
            params![millis(before), row_limit(most)],
        )?;
        let tests = self.run(
            "DELETE FROM reach_tests WHERE id IN (SELECT id FROM reach_tests WHERE at < $1 ORDER BY at LIMIT $2)",
            params![millis(before), row_limit(most)],
        )?;
        Ok(messages.max(tokens).max(bundles).max(tests))
    }
}
