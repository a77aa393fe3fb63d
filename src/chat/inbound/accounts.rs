//! Finds the person behind an account of a platform.

use std::collections::{BTreeMap, BTreeSet};

use super::InboundCore;
use crate::{
    config::Config,
    domain::{
        ids::{PersonId, Platform, PlatformId},
        people::{Access, Person},
    },
    store::{StoreError, Tx},
};

/// How many unlisted people of one name get a number. After that the account id is part of the name.
const MAX_NUMBERED: u32 = 20;
/// The longest name of an unlisted person.
const MAX_NAME: usize = 40;

/// An account as a platform describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformAccount {
    /// Its id, which identifies the person.
    pub id: PlatformId,
    /// Its name, which may change.
    pub name: String,
    /// What its roles on the platform allow.
    pub access: Access,
}

impl InboundCore {
    /// Returns the person of `[[people]]` that names an account.
    pub fn listed<'a>(&self, config: &'a Config, account: &PlatformId) -> Option<&'a Person> {
        config.people.iter().find(|person| person.account(&self.platform) == Some(account))
    }

    /// Returns an unlisted person under a name that stays with the account.
    pub async fn guest(&self, config: &Config, account: &PlatformAccount) -> Result<Person, StoreError> {
        let taken: BTreeSet<PersonId> = config.people.iter().map(|person| person.id.clone()).collect();
        let (platform, account_id) = (self.platform.clone(), account.id.clone());
        let known = self.store.read(move |reads| reads.mirror_person(&platform, &account_id)).await?;
        let id = match known {
            Some(id) if !taken.contains(&id) => id,
            Some(_) | None => {
                let (platform, account_id, wanted) = (self.platform.clone(), account.id.clone(), plain(&account.name));
                let name = move |tx: &mut Tx<'_>| {
                    let id = free_name(tx, &platform, &wanted, &taken)?
                        .unwrap_or_else(|| PersonId::new(format!("{wanted}-{account_id}")));
                    tx.link_account(&platform, &id, &account_id)?;
                    Ok(id)
                };
                self.store.transact_urgent(name).await?
            }
        };
        Ok(Person {
            id,
            name: account.name.clone(),
            access: account.access,
            timezone: chrono_tz::Tz::UTC,
            accounts: [(self.platform.clone(), account.id.clone())].into(),
            tracker_accounts: BTreeMap::new(),
            pager_accounts: BTreeMap::new(),
            contacts: Vec::new(),
        })
    }
}

/// Returns an unused name. It is stored with the account: names on platforms change hands, and a new owner must not
/// become the person who had the name before.
fn free_name(
    tx: &Tx<'_>,
    platform: &Platform,
    wanted: &str,
    taken: &BTreeSet<PersonId>,
) -> Result<Option<PersonId>, StoreError> {
    let numbered = (2..=MAX_NUMBERED).map(|n| format!("{wanted}-{n}"));
    for name in std::iter::once(wanted.to_owned()).chain(numbered).map(PersonId::new) {
        if !taken.contains(&name) && tx.mirror_account(platform, &name)?.is_none() {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Returns the part of a name that can be used in commands.
fn plain(name: &str) -> String {
    let allowed = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let kept: String = name.to_lowercase().chars().filter(allowed).take(MAX_NAME).collect();
    if kept.is_empty() { "guest".to_owned() } else { kept }
}
