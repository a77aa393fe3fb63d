//! Links in messages to contact methods.

use sha2::{Digest, Sha256};

use crate::{
    domain::{
        Timestamp,
        contact::{MethodKind, TokenAction, TokenBinding},
        ids::{ContactMethodId, PageId, PersonId},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{columns::millis, sql::params},
    },
};

/// A link that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactToken {
    /// What it is bound to.
    pub binding: TokenBinding,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

impl Reads<'_> {
    /// What a link is bound to; `None` if it was never sent, or long ago.
    pub fn contact_token(&self, token: &str) -> Result<Option<ContactToken>, StoreError> {
        let sql = "SELECT page, person, attempt, method, kind, action, expires_at, used_at FROM contact_tokens
             WHERE token = $1";
        self.one(sql, params![token_hash(token)], |row| {
            let (page, method): (String, String) = (row.get(0)?, row.get(3)?);
            let (kind, action): (String, String) = (row.get(4)?, row.get(5)?);
            let corrupt = || StoreError::Corrupt("a link of a contact method cannot be read".to_owned());
            Ok(ContactToken {
                binding: TokenBinding {
                    page: PageId::parse(&page).ok_or_else(corrupt)?,
                    person: PersonId::new(row.get::<String>(1)?),
                    attempt: u32::try_from(row.get::<i64>(2)?).unwrap_or(u32::MAX),
                    method: ContactMethodId::parse(&method).ok_or_else(corrupt)?,
                    kind: MethodKind::parse(&kind).ok_or_else(corrupt)?,
                    action: TokenAction::parse(&action).ok_or_else(corrupt)?,
                },
                expires_at: row.get(6)?,
                used_at: row.get(7)?,
            })
        })
    }
}

impl Tx<'_> {
    /// Stores a link, so that it is accepted until it ends. Storing it again changes nothing.
    pub fn add_contact_token(
        &mut self,
        token: &str,
        binding: &TokenBinding,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO contact_tokens (token, page, person, attempt, method, kind, action, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (token) DO NOTHING",
            params![
                token_hash(token),
                binding.page.to_string(),
                binding.person.as_str(),
                i64::from(binding.attempt),
                binding.method.to_string(),
                binding.kind.name(),
                binding.action.name(),
                millis(expires_at),
            ],
        )?;
        Ok(())
    }

    /// Uses a link up. Returns false if it was used before.
    pub fn use_contact_token(&mut self, token: &str, now: Timestamp) -> Result<bool, StoreError> {
        let sql = "UPDATE contact_tokens SET used_at = $1 WHERE token = $2 AND used_at IS NULL";
        Ok(self.run(sql, params![millis(now), token_hash(token)])? > 0)
    }
}
