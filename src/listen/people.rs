//! Who someone on Discord is here.

use super::Listener;
use crate::{
    chat::discord::{interaction::Account, snowflake::UserId},
    config::{Config, Discord as Settings},
    domain::{
        ids::PersonId,
        people::{Access, Person},
    },
};

impl Listener {
    /// The person of an account: the one of `[[people]]` that names it; the owner of the server stands in for the first
    /// admin while no admin names an account; anyone else is a guest under the account's own name. A role on the server
    /// may allow more than the list does.
    pub(super) fn person(&self, config: &Config, account: &Account) -> Person {
        let by_role = config.chat.discord.as_ref().map_or(Access::Reporter, |settings| role(settings, account));
        match self.listed(config, account.id) {
            Some(person) => Person { access: person.access.max(by_role), ..person.clone() },
            None => guest(config, account, by_role),
        }
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

/// Someone who is not listed. The name of an account is unique on Discord; one that is a listed person's id is marked, so
/// that nobody can pass for that person.
fn guest(config: &Config, account: &Account, access: Access) -> Person {
    let plain: String =
        account.name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')).take(40).collect();
    let own = PersonId::new(plain.to_lowercase());
    let taken = plain.is_empty() || config.person(&own).is_some();
    let id = if taken { PersonId::new(format!("{own}-{}", account.id)) } else { own };
    Person { id, name: account.name.clone(), access, timezone: chrono_tz::Tz::UTC, discord: Some(account.id.0.get()) }
}
