//! `hotroom check` for Discord: identity, permissions, what is missing, and how to fix it.

use serde_json::Value;

use super::{
    client::{
        rest::{Failure, Rest},
        routes,
        snowflake::{GuildId, RoleId, Snowflake, UserId},
    },
    outbound::capacity::{MAX_CHANNELS, capacity},
};
use crate::chat::bot::Capacity;

/// The permissions that the bot needs, with their names in the developer portal.
const NEEDED: [(u64, &str); 12] = [
    (1 << 4, "Manage Channels"),
    (1 << 6, "Add Reactions"),
    (1 << 10, "View Channels"),
    (1 << 11, "Send Messages"),
    (1 << 14, "Embed Links"),
    (1 << 16, "Read Message History"),
    (1 << 28, "Manage Roles"),
    (1 << 34, "Manage Threads"),
    (1 << 35, "Create Public Threads"),
    (1 << 36, "Create Private Threads"),
    (1 << 38, "Send Messages in Threads"),
    (1 << 51, "Pin Messages"),
];
const ADMINISTRATOR: u64 = 1 << 3;
/// The flags of an application with the Message Content Intent: for bots on few servers, and for verified ones.
const MESSAGE_CONTENT: u64 = 1 << 18 | 1 << 19;

/// All needed permissions as the number in an invite link.
pub const PERMISSIONS: u64 = {
    let (mut all, mut n) = (0, 0);
    while n < NEEDED.len() {
        all |= NEEDED[n].0;
        n += 1;
    }
    all
};

/// A finding of the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// No problem.
    Good(String),
    /// A problem that does no harm yet.
    Warning(String),
    /// A problem that must be fixed.
    Wrong(String),
}

/// Runs all checks that change nothing.
pub async fn examine(rest: &Rest, guild: Option<u64>) -> Vec<Finding> {
    let application = match rest.call(routes::application()).await {
        Ok(application) => application,
        Err(failure) => return vec![Finding::Wrong(unreached(&failure))],
    };
    let name = application["name"].as_str().unwrap_or("the bot");
    let mut found = vec![Finding::Good(format!("Discord: the token is {name}'s")), intent(&application)];
    found.push(Finding::Good(format!("Discord: invite link {}", invite(&application, guild))));
    match guild.and_then(Snowflake::new).map(GuildId) {
        Some(guild) => found.extend(on_guild(rest, guild).await),
        None => found.extend(on_only_guild(rest).await),
    }
    found
}

/// Checks the only server of a bot that is configured for none.
async fn on_only_guild(rest: &Rest) -> Vec<Finding> {
    let guilds = match rest.call(routes::my_guilds()).await {
        Ok(guilds) => guilds,
        Err(failure) => return vec![Finding::Wrong(unreached(&failure))],
    };
    let guilds: Vec<(Option<GuildId>, &str)> = guilds
        .as_array()
        .into_iter()
        .flatten()
        .map(|guild| {
            let id = guild["id"].as_str().and_then(|id| id.parse().ok()).map(GuildId);
            (id, guild["name"].as_str().unwrap_or("a server"))
        })
        .collect();
    match guilds[..] {
        [] => vec![Finding::Wrong("Discord: the bot is on no server: open the invite link".to_owned())],
        [(Some(id), name)] => {
            let mut found = vec![Finding::Good(format!("Discord: the bot is on the server {name} ({id})"))];
            found.extend(on_guild(rest, id).await);
            found
        }
        _ => {
            let names: Vec<String> = guilds
                .iter()
                .map(|(id, name)| format!("{name} ({})", id.map(|id| id.to_string()).unwrap_or_default()))
                .collect();
            vec![Finding::Wrong(format!(
                "Discord: the bot is on {} servers and serves one: set [chat.discord] guild to one of {}",
                guilds.len(),
                names.join(", ")
            ))]
        }
    }
}

fn unreached(failure: &Failure) -> String {
    format!("Discord: {failure}")
}

fn intent(application: &Value) -> Finding {
    let flags = application["flags"].as_u64().unwrap_or(0);
    if flags & MESSAGE_CONTENT != 0 {
        return Finding::Good("Discord: Message Content Intent is on".to_owned());
    }
    Finding::Wrong(
        "Discord: Message Content Intent is off: open the developer portal, page Bot, and switch it on; without it \
         Discord ends the connection"
            .to_owned(),
    )
}

/// Returns the link that invites the bot with the permissions it needs.
fn invite(application: &Value, guild: Option<u64>) -> String {
    let id = application["id"].as_str().unwrap_or_default();
    let guild = guild.map(|guild| format!("&guild_id={guild}")).unwrap_or_default();
    format!(
        "https://discord.com/oauth2/authorize?client_id={id}&scope=bot+applications.commands&permissions={PERMISSIONS}{guild}"
    )
}

async fn on_guild(rest: &Rest, guild: GuildId) -> Vec<Finding> {
    let looked = async {
        let me = rest.call(routes::me()).await?;
        let me = me["id"].as_str().and_then(|id| id.parse().ok()).map(UserId);
        let Some(me) = me else { return Ok(Vec::new()) };
        let member = rest.call(routes::member(guild, me)).await?;
        let roles = rest.call(routes::roles(guild)).await?;
        let channels = rest.call(routes::channels(guild)).await?;
        Ok(vec![permissions(guild, &member, &roles), space(&channels)])
    };
    looked.await.unwrap_or_else(|failure: Failure| {
        let why = match &failure {
            Failure::Refused(_) => format!("the bot is not on the server {guild}; open the invite link ({failure})"),
            Failure::NotNow { .. } | Failure::Impossible(_) | Failure::Unknown(_) => failure.to_string(),
        };
        vec![Finding::Wrong(format!("Discord: {why}"))]
    })
}

/// Checks the bot's permissions with all 64 bits: @everyone and its own roles combined.
fn permissions(guild: GuildId, member: &Value, roles: &Value) -> Finding {
    let own: Vec<RoleId> =
        member["roles"].as_array().into_iter().flatten().filter_map(|id| id.as_str()?.parse().ok()).collect();
    let held = roles.as_array().into_iter().flatten().filter(|role| {
        let id: Option<RoleId> = role["id"].as_str().and_then(|id| id.parse().ok());
        id.is_some_and(|id| id.0 == guild.0 || own.contains(&id))
    });
    let bits = |role: &Value| role["permissions"].as_str().and_then(|bits| bits.parse::<u64>().ok()).unwrap_or(0);
    let held = held.fold(0, |all, role| all | bits(role));
    if held & ADMINISTRATOR != 0 {
        return Finding::Warning(
            "Discord: the bot is Administrator; it works, but it needs far less: see docs/discord.md".to_owned(),
        );
    }
    let missing: Vec<&str> = NEEDED.iter().filter(|(bit, _)| held & bit == 0).map(|(_, name)| *name).collect();
    if missing.is_empty() {
        return Finding::Good("Discord: the bot has every permission it needs".to_owned());
    }
    let missing = missing.join(", ");
    Finding::Wrong(format!("Discord: the bot lacks {missing}: open the invite link again, or give them to its role"))
}

fn space(channels: &Value) -> Finding {
    let used = channels.as_array().map_or(0, Vec::len);
    let told = format!("Discord: {used} of {MAX_CHANNELS} channels are used");
    match capacity(used) {
        Capacity::Ample => Finding::Good(told),
        Capacity::Tight => Finding::Warning(format!(
            "{told}; delete those of closed incidents: when none is left, new rooms are threads of the incidents feed"
        )),
        Capacity::Full => Finding::Wrong(format!(
            "{told}: new rooms are threads of the incidents feed; delete channels of closed incidents to make room"
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_docs_name_the_number_and_every_permission() {
        let docs = include_str!("../../../docs/discord.md");
        assert!(docs.contains(&PERMISSIONS.to_string()), "{PERMISSIONS}");
        let missing: Vec<_> = NEEDED.iter().filter(|(_, name)| !docs.contains(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    fn holding(bits: u64) -> Finding {
        let roles = json!([{ "id": "2", "permissions": "1024" }, { "id": "7", "permissions": bits.to_string() },
            { "id": "8", "permissions": u64::MAX.to_string() }]);
        permissions("2".parse().unwrap(), &json!({ "roles": ["7"] }), &roles)
    }

    #[test]
    fn what_the_bot_lacks_is_named_up_to_the_highest_bit() {
        assert!(matches!(holding(PERMISSIONS), Finding::Good(_)));
        let Finding::Wrong(said) = holding(PERMISSIONS & !(1 << 51 | 1 << 4)) else { panic!("something is missing") };
        assert!(said.contains("lacks Manage Channels, Pin Messages"), "{said}");
        assert!(matches!(holding(ADMINISTRATOR), Finding::Warning(_)));
    }

    #[test]
    fn the_invite_asks_for_what_is_needed_and_no_more() {
        let link = invite(&json!({ "id": "55" }), Some(2));
        assert!(
            link.ends_with(&format!(
                "client_id=55&scope=bot+applications.commands&permissions={PERMISSIONS}&guild_id=2"
            ))
        );
    }

    #[test]
    fn a_missing_intent_and_a_full_server_are_told() {
        assert!(matches!(intent(&json!({ "flags": 1u64 << 19 })), Finding::Good(_)));
        assert!(matches!(intent(&json!({ "flags": 0 })), Finding::Wrong(_)));
        assert!(matches!(space(&json!(vec![0; 450])), Finding::Good(_)));
        assert!(matches!(space(&json!(vec![0; 451])), Finding::Warning(_)));
        assert!(matches!(space(&json!(vec![0; 500])), Finding::Wrong(_)));
    }
}
