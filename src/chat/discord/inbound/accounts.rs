//! Finds the person behind a Discord account.

use super::DiscordInbound;
use crate::{
    chat::{
        discord::{client::snowflake::UserId, platform, wire::interaction::Account},
        inbound::PlatformAccount,
    },
    config::{Config, DiscordConfig as Settings},
    domain::people::{Access, Person},
    store::StoreError,
};

impl DiscordInbound {
    /// Returns the person of an account: a listed or an unlisted one. A role in the guild may allow more than
    /// `[[people]]` does.
    pub(super) async fn person(&self, config: &Config, account: &Account) -> Result<Person, StoreError> {
        let by_role = config.chat.discord.as_ref().map_or(Access::Reporter, |settings| access(settings, account));
        if let Some(person) = self.listed(config, account.id) {
            return Ok(Person { access: person.access.max(by_role), ..person.clone() });
        }
        let account = PlatformAccount { id: account.id.to_platform(), name: account.name.clone(), access: by_role };
        self.core.guest(config, &account).await
    }

    /// Returns the person of `[[people]]` that names an account. While no admin names an account, the owner of the
    /// guild is the first admin.
    pub(super) fn listed<'a>(&self, config: &'a Config, id: UserId) -> Option<&'a Person> {
        self.core.listed(config, &id.to_platform()).or_else(|| {
            let mut admins = config.people.iter().filter(|person| person.access == Access::Admin);
            let first = admins.clone().next()?;
            let unlinked = admins.all(|admin| admin.account(&platform()).is_none());
            (unlinked && self.guild().owner == Some(id)).then_some(first)
        })
    }
}

fn access(settings: &Settings, account: &Account) -> Access {
    let has = |role: Option<u64>| role.is_some_and(|role| account.roles.iter().any(|have| have.0.get() == role));
    if has(settings.admin_role) {
        Access::Admin
    } else if has(settings.responder_role) {
        Access::Responder
    } else {
        Access::Reporter
    }
}
