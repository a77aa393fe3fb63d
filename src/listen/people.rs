//! Who someone on Discord is here.

use std::collections::BTreeSet;

use super::DiscordInbound;
use crate::{
    chat::discord::{client::snowflake::UserId, wire::interaction::Account},
    config::{Config, Discord as Settings},
    domain::{
        ids::PersonId,
        people::{Access, Person},
    },
    store::{StoreError, Tx},
};

/// How many guests of one name get a number; after that the name has the account's id in it.
const MOST_ALIKE: u32 = 20;

impl DiscordInbound {
    /// The person of an account: the one of `[[people]]` that names it; the owner of the server stands in for the first
    /// admin while no admin names an account; anyone else is a guest, under a name that stays that account's. A role on the
    /// server may allow more than the list does.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn person(&self, config: &Config, account: &Account) -> Result<Person, StoreError> {
        let by_role = config.chat.discord.as_ref().map_or(Access::Reporter, |settings| role(settings, account));
        if let Some(person) = self.listed(config, account.id) {
            return Ok(Person { access: person.access.max(by_role), ..person.clone() });
        }
        let taken: BTreeSet<PersonId> = config.people.iter().map(|person| person.id.clone()).collect();
        let (user, wanted) = (account.id.0.get(), plain(&account.name));
        let known = self.app.store.read(move |reads| reads.discord_person(user)).await?;
        let id = match known.filter(|id| !taken.contains(id)) {
            Some(id) => id,
            None => self.app.store.transact_urgent(move |tx| name_guest(tx, user, (&wanted, &taken))).await?,
        };
        let discord = Some(user);
        Ok(Person { id, name: account.name.clone(), access: by_role, timezone: chrono_tz::Tz::UTC, discord })
    }

    pub(super) fn listed<'a>(&self, config: &'a Config, id: UserId) -> Option<&'a Person> {
        let named = config.people.iter().find(|person| person.discord == Some(id.0.get()));
        named.or_else(|| {
            let mut admins = config.people.iter().filter(|person| person.access == Access::Admin);
            let first = admins.clone().next()?;
            let alone = admins.all(|admin| admin.discord.is_none());
            (alone && self.home().owner == Some(id)).then_some(first)
        })
    }
}

fn role(settings: &Settings, account: &Account) -> Access {
    let has = |role: Option<u64>| role.is_some_and(|role| account.roles.iter().any(|have| have.0.get() == role));
    if has(settings.admin_role) {
        Access::Admin
    } else if has(settings.responder_role) {
        Access::Responder
    } else {
        Access::Reporter
    }
}

/// A name for someone who is not listed, kept with the account: names on Discord change hands, and whoever takes one over
/// must not become the person who had it.
fn name_guest(
    tx: &mut Tx<'_>,
    user: u64,
    (wanted, taken): (&str, &BTreeSet<PersonId>),
) -> Result<PersonId, StoreError> {
    let numbered = (2..=MOST_ALIKE).map(|n| format!("{wanted}-{n}"));
    let mut id = PersonId::new(format!("{wanted}-{user}"));
    for name in std::iter::once(wanted.to_owned()).chain(numbered).map(PersonId::new) {
        if !taken.contains(&name) && tx.discord_account(&name)?.is_none() {
            id = name;
            break;
        }
    }
    tx.link_discord(&id, user)?;
    Ok(id)
}

/// The part of a name that can stand in commands.
fn plain(name: &str) -> String {
    let kept: String =
        name.to_lowercase().chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')).take(40).collect();
    if kept.is_empty() { "guest".to_owned() } else { kept }
}
