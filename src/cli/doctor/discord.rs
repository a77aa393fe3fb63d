//! Compares Discord with the record. Repairs go through the outbox, so that a running bot makes them, or the next start
//! does.

use std::time::Duration;

use anyhow::Context;
use serde_json::Value;

use super::{Exit, Report, Round};
use crate::{
    chat::{
        builtin,
        discord::{
            client::{
                rest::{Failure, Rest, RestOptions},
                routes,
                routes::RestRequest,
                snowflake::{ApplicationId, ChannelId, GuildId, Snowflake},
            },
            platform,
            wire::{registration, registration::REGISTERED},
        },
    },
    command::Catalog,
    config::{Config, DiscordConfig},
    domain::ids::{PlatformId, RoomId},
    store::{Reads, StoreError},
};

/// How many rooms are checked: the newest open ones.
const ROOMS: u32 = 50;
/// The permission to see a channel.
const VIEW: u64 = 1 << 10;
const UNKNOWN_CHANNEL: u64 = 10003;
/// How often a rate-limited call is tried, and the longest wait between tries.
const TRIES: usize = 5;
const WAIT: Duration = Duration::from_secs(10);

/// An open hot room in the record.
struct Hot {
    room: RoomId,
    channel: PlatformId,
    /// The accounts that may see its channel; `None` if everyone may, or if it is a thread.
    only: Option<Vec<u64>>,
    pinned: Vec<PlatformId>,
}

/// A difference between Discord and the record.
enum Fault {
    Commands(String),
    Gone { room: RoomId, channel: PlatformId },
    Unpinned { room: RoomId, message: PlatformId },
    Seen { room: RoomId, channel: PlatformId },
}

/// The client and the guild to check.
struct Line {
    rest: Rest,
    guild: GuildId,
    repair: bool,
}

pub(super) fn check(round: &Round<'_>, report: &mut Report) -> Result<(), StoreError> {
    let Some((config, settings)) = round.config.and_then(|c| Some((c, c.chat.discord.as_ref()?))) else {
        return Ok(());
    };
    let registered = round.scan.read(|r| r.meta(REGISTERED))?;
    let Some(guild) = settings.guild.or_else(|| guild_of(registered.as_deref()?)).and_then(Snowflake::new) else {
        report.say("Discord: no server is known yet; start the bot, or set [chat.discord] guild");
        return Ok(());
    };
    let hot = round.scan.read(hot)?;
    match ask(config, settings, Server { guild: GuildId(guild), registered, hot: &hot }, round.remedies.repair) {
        Err(error) => report.find(Exit::Failed, format!("Discord: {error:#}")),
        Ok(faults) if faults.is_empty() => {
            report.say(format!("Discord: {} open rooms are as they should be", hot.len()))
        }
        Ok(faults) => {
            for fault in faults {
                judge(round, report, fault)?;
            }
        }
    }
    Ok(())
}

/// Returns the guild of the last registration: `application/guild/digest`.
fn guild_of(registered: &str) -> Option<u64> {
    registered.split('/').nth(1)?.parse().ok()
}

fn hot(reads: &Reads<'_>) -> Result<Vec<Hot>, StoreError> {
    let mut found = Vec::new();
    for room in reads.open_hot_rooms(ROOMS)? {
        let Some(known) = reads.mirror_channel(&platform(), &room)? else { continue };
        let private = reads.is_room_private(&room)? && known.thread.is_none();
        let mut members = Vec::new();
        let people = if private { reads.room_members(&room)? } else { Vec::new() };
        for person in &people {
            let account = reads.mirror_account(&platform(), person)?;
            members.extend(account.and_then(|account| account.account.as_str().parse::<u64>().ok()));
        }
        let pinned = reads.mirror_pins(&platform(), &room)?;
        found.push(Hot { room, channel: known.channel, only: private.then_some(members), pinned });
    }
    Ok(found)
}

/// The server as the database knows it.
struct Server<'a> {
    guild: GuildId,
    registered: Option<String>,
    hot: &'a [Hot],
}

fn ask(config: &Config, settings: &DiscordConfig, server: Server<'_>, repair: bool) -> anyhow::Result<Vec<Fault>> {
    let Server { guild, registered, hot } = server;
    let access = RestOptions {
        base_url: settings.base_url.clone(),
        token: settings.token.clone(),
        about: config.server.public_url.clone(),
        net: config.net.clone(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let line = Line { rest: Rest::new(&access).context("[chat.discord]")?, guild, repair };
    Ok(runtime.block_on(line.examine(registered, hot))?)
}

impl Line {
    /// Makes a call. A running bot shares the rate limits, so the call may have to wait.
    async fn call(&self, request: impl Fn() -> RestRequest) -> Result<Value, Failure> {
        for _ in 1..TRIES {
            match self.rest.call(request()).await {
                Err(Failure::NotNow { after: Some(wait), .. }) if wait <= WAIT => tokio::time::sleep(wait).await,
                done => return done,
            }
        }
        self.rest.call(request()).await
    }

    async fn examine(&self, registered: Option<String>, hot: &[Hot]) -> Result<Vec<Fault>, Failure> {
        let mut faults: Vec<Fault> = self.commands(registered).await?.into_iter().collect();
        let me = self.call(routes::me).await?["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(0);
        for hot in hot {
            faults.extend(self.room(hot, me).await?);
        }
        Ok(faults)
    }

    /// Compares the registered slash commands with those of this program, and registers them if a repair is requested.
    async fn commands(&self, registered: Option<String>) -> Result<Option<Fault>, Failure> {
        let application = self.call(routes::application).await?;
        let Some(id) = application["id"].as_str().and_then(|id| id.parse().ok()).map(ApplicationId) else {
            return Ok(None);
        };
        let wanted = registration::commands(&Catalog::shipped());
        let now = format!("{id}/{}/{}", self.guild, registration::digest(&wanted));
        let there = self.call(|| routes::commands(id, self.guild)).await?;
        let names =
            |all: &[Value]| all.iter().map(|one| one["name"].to_string()).collect::<std::collections::BTreeSet<_>>();
        let complete = names(there.as_array().map(Vec::as_slice).unwrap_or_default()) == names(&wanted);
        if complete && registered.as_deref() == Some(&now) {
            return Ok(None);
        }
        if self.repair {
            self.call(|| routes::set_commands(id, self.guild, &wanted)).await?;
        }
        Ok(Some(Fault::Commands(now)))
    }

    async fn room(&self, hot: &Hot, me: u64) -> Result<Vec<Fault>, Failure> {
        let Some(channel) = ChannelId::from_platform(&hot.channel) else { return Ok(Vec::new()) };
        let gone = || vec![Fault::Gone { room: hot.room.clone(), channel: hot.channel.clone() }];
        let is = match self.call(|| routes::channel(channel)).await {
            Err(failure) if failure.code() == Some(UNKNOWN_CHANNEL) => return Ok(gone()),
            is => is?,
        };
        let mut faults = Vec::new();
        if hot.only.as_ref().is_some_and(|only| !is_seen_by(&is, self.guild.0.get(), only, me)) {
            faults.push(Fault::Seen { room: hot.room.clone(), channel: hot.channel.clone() });
        }
        if !hot.pinned.is_empty() {
            let pins = self.call(|| routes::pins(channel)).await?.to_string();
            let lost = hot.pinned.iter().filter(|message| !pins.contains(&format!("\"{message}\"")));
            faults.extend(lost.map(|message| Fault::Unpinned { room: hot.room.clone(), message: message.clone() }));
        }
        Ok(faults)
    }
}

/// True if a channel is hidden from everyone, and visible to these accounts and the bot but to no other member or role.
fn is_seen_by(channel: &Value, guild: u64, only: &[u64], me: u64) -> bool {
    let overwrites = channel["permission_overwrites"].as_array().map(Vec::as_slice).unwrap_or_default();
    let bits = |one: &Value, name: &str| one[name].as_str().and_then(|bits| bits.parse::<u64>().ok()).unwrap_or(0);
    let id = |one: &Value| one["id"].as_str().and_then(|id| id.parse::<u64>().ok()).unwrap_or(0);
    let hidden = overwrites.iter().any(|one| id(one) == guild && bits(one, "deny") & VIEW != 0);
    let mut seen: Vec<u64> = overwrites.iter().filter(|one| bits(one, "allow") & VIEW != 0).map(id).collect();
    let mut wanted: Vec<u64> = only.iter().copied().chain([me]).collect();
    seen.sort_unstable();
    wanted.sort_unstable();
    hidden && seen == wanted
}

/// Reports a difference, or repairs it and reports that.
fn judge(round: &Round<'_>, report: &mut Report, fault: Fault) -> Result<(), StoreError> {
    let wrong = match &fault {
        Fault::Commands(_) => "Discord: the slash commands are missing or old".to_owned(),
        Fault::Gone { room, .. } => format!("Discord: the channel of {room} is gone"),
        Fault::Unpinned { room, .. } => format!("Discord: the card of {room} is not pinned"),
        Fault::Seen { room, .. } => {
            format!("Discord: {room} is private, and others see its channel, or members do not")
        }
    };
    if !round.remedies.repair {
        report.find(Exit::Failed, format!("{wrong}; to fix it: hotroom doctor --repair"));
        return Ok(());
    }
    let now = round.now;
    round.repaired(&wrong, |tx| {
        let room = match &fault {
            Fault::Commands(registered) => return tx.set_meta(REGISTERED, Some(registered)).map(|()| true),
            Fault::Gone { room, channel } => tx.forget_mirror_channel(&platform(), channel).map(|()| room),
            Fault::Unpinned { room, message } => tx.forget_pin(&platform(), message).map(|()| room),
            Fault::Seen { room, channel } => tx.forget_applied(&platform(), channel).map(|()| room),
        }?;
        builtin::mirror_again(tx, &platform(), room, now).map(|()| true)
    })?;
    report.say(format!("{wrong}; fixed now, or at the next start of hotroom"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_private_channel_is_seen_by_its_members_and_the_bot_and_nobody_else() {
        let one = |id: &str, allow: &str, deny: &str| json!({ "id": id, "allow": allow, "deny": deny });
        let good = vec![one("1", "0", "1024"), one("2", "1024", "0"), one("11", "68608", "0")];
        let seen = |all: &[Value]| is_seen_by(&json!({ "permission_overwrites": all }), 1, &[11], 2);
        assert!(seen(&good));
        assert!(!seen(&good[1..]), "everyone sees it");
        assert!(!seen(&good[..2]), "a member does not see it");
        assert!(!seen(&[good.clone(), vec![one("12", "1024", "0")]].concat()), "someone else sees it");
        assert_eq!(guild_of("7/8/abc"), Some(8));
    }
}
