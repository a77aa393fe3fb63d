//! The accounts of people on other platforms.

use super::{optional_id, platform_id};
use crate::{
    domain::{
        Timestamp,
        ids::{PersonId, Platform, PlatformId},
    },
    store::{Reads, StoreError, Tx, engine::sql::params},
};

/// The account of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorAccount {
    /// The account.
    pub account: PlatformId,
    /// The channel in which the bot writes to it alone.
    pub direct_channel: Option<PlatformId>,
    /// Since when it accepts no direct messages.
    pub blocked_at: Option<Timestamp>,
}

impl Reads<'_> {
    /// Returns the account of a person.
    pub fn mirror_account(&self, platform: &Platform, person: &PersonId) -> Result<Option<MirrorAccount>, StoreError> {
        let sql = "SELECT account, direct_channel, blocked_at FROM mirror_accounts WHERE platform = $1 AND person = $2";
        self.one(sql, params![platform.as_str(), person.as_str()], |row| {
            let (account, direct_channel) = (platform_id(row, 0)?, optional_id(row, 1)?);
            Ok(MirrorAccount { account, direct_channel, blocked_at: row.get(2)? })
        })
    }

    /// True if a person has an account on any platform.
    pub fn has_mirror_account(&self, person: &PersonId) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM mirror_accounts WHERE person = $1 LIMIT 1";
        Ok(self.one(sql, params![person.as_str()], |_| Ok(()))?.is_some())
    }

    /// Returns the person of an account.
    pub fn mirror_person(&self, platform: &Platform, account: &PlatformId) -> Result<Option<PersonId>, StoreError> {
        let sql = "SELECT person FROM mirror_accounts WHERE platform = $1 AND account = $2";
        self.one(sql, params![platform.as_str(), account.as_str()], |row| Ok(PersonId::new(row.get::<String>(0)?)))
    }
}

impl Tx<'_> {
    /// Stores the account of a person, and replaces what was stored of this person or this account.
    pub fn set_mirror_account(
        &self,
        platform: &Platform,
        person: &PersonId,
        account: &MirrorAccount,
    ) -> Result<(), StoreError> {
        let id = account.account.as_str();
        let sql = "DELETE FROM mirror_accounts WHERE platform = $1 AND (person = $2 OR account = $3)";
        self.run(sql, params![platform.as_str(), person.as_str(), id])?;
        let direct_channel = account.direct_channel.as_ref().map(PlatformId::as_str);
        self.run(
            "INSERT INTO mirror_accounts (platform, person, account, direct_channel, blocked_at) \
             VALUES ($1, $2, $3, $4, $5)",
            params![platform.as_str(), person.as_str(), id, direct_channel, account.blocked_at],
        )?;
        Ok(())
    }

    /// Links a person to an account. A link that exists already keeps what else is known of it.
    pub fn link_account(&self, platform: &Platform, person: &PersonId, account: &PlatformId) -> Result<(), StoreError> {
        if self.mirror_account(platform, person)?.is_some_and(|known| known.account == *account) {
            return Ok(());
        }
        let account = MirrorAccount { account: account.clone(), direct_channel: None, blocked_at: None };
        self.set_mirror_account(platform, person, &account)
    }
}
