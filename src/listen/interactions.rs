//! Interactions: kept, answered within three seconds, carried out once.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::Instant;

use super::DiscordInbound;
use crate::{
    chat::{
        Inbound, Said,
        discord::{
            client::{routes, snowflake::InteractionId},
            wire::{
                custom_id::CustomId,
                interaction,
                interaction::{Did, Entry, Interaction},
            },
        },
    },
    config::Config,
    domain::{ids::RoomId, people::Person, text::Untrusted},
    store::StoreError,
};

/// Within how long the first answer has to be there; Discord gives three seconds.
const FIRST: Duration = Duration::from_millis(2_500);
/// Most names offered while someone types.
const OFFERED: usize = 25;
/// The longest name and value that is offered.
const LONGEST: usize = 100;
/// How much of a message becomes a title.
const TITLE: usize = 100;
/// How many refusals of outsiders are written into the audit log within which time.
const NOTED: (usize, Duration) = (10, Duration::from_secs(60));
/// Seen by the asker alone.
pub(super) const EPHEMERAL: u64 = 1 << 6;

impl DiscordInbound {
    /// Takes an interaction in. `fresh`: it came just now, and Discord waits for the first answer.
    pub(super) async fn on_interaction(&self, data: Value, fresh: bool) {
        match interaction::read(&data) {
            Ok(did) if did.account.bot => {}
            Ok(did) => {
                let Some(_under_way) = self.take_up(did.id) else { return };
                match did.did {
                    Did::Types { .. } => self.offer(&did).await,
                    Did::Said { .. } | Did::Pressed(_) | Did::Filled { .. } | Did::Picked { .. } => {
                        self.carry_out(&did, &data, fresh).await;
                    }
                }
            }
            Err(error) => {
                metrics::counter!("hotroom_discord_unreadable_total", "what" => "interaction").increment(1);
                tracing::warn!("{error}");
            }
        }
    }

    /// Carries on with what was kept and not answered when the program ended. A session can begin while interactions of
    /// the last one are under way: those are left alone.
    pub(super) async fn answer_the_rest(&self) {
        let kept = self.app.store.read(|reads| reads.unanswered_interactions(1_000)).await.unwrap_or_default();
        for data in kept.iter().filter_map(|body| serde_json::from_str(body).ok()) {
            self.begin(data, false);
        }
    }

    /// Takes an interaction up, unless it is under way.
    fn take_up(&self, id: InteractionId) -> Option<UnderWay> {
        let new = self.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        new.then(|| UnderWay { id, all: Arc::clone(&self.under_way) })
    }

    async fn carry_out(&self, did: &Interaction, data: &Value, fresh: bool) {
        if self.is_outsider(did) {
            self.note_outsider(did).await;
            return self.say_at_once(did, &self.app.elsewhere().post).await;
        }
        if fresh && !self.keep(did, data).await {
            return;
        }
        if let Did::Pressed(button) = &did.did
            && button.ask
        {
            self.ask_first(did, button).await;
        } else {
            self.decide(did, fresh).await;
        }
        self.done_with(did).await;
    }

    async fn decide(&self, did: &Interaction, fresh: bool) {
        let mut inbound = match self.inbound(did).await {
            Ok(inbound) => inbound,
            Err(error) => return self.say_at_once(did, &self.app.busy(&error).post).await,
        };
        if fresh && self.app.asks(&inbound).await.unwrap_or_default() {
            return match self.app.on_command(inbound).await {
                Ok(reply) => self.open_form(did, &reply).await,
                Err(error) => self.say_at_once(did, &self.app.busy(&error).post).await,
            };
        }
        if fresh {
            let defer = json!({ "type": 5, "data": { "flags": EPHEMERAL } });
            if let Err(failure) = self.first(did, &defer).await {
                // The work is done all the same; its answer goes to the room.
                tracing::warn!(interaction = %did.id, %failure, "an interaction could not be acknowledged in time");
            }
        }
        fail::fail_point!("listen.deferred");
        if let Did::Picked { entry: Entry::Timeline, message } = &did.did {
            inbound.about = self.about(message).await.map(Box::new);
        }
        match self.app.on_command(inbound).await {
            Ok(reply) => self.answer(did, &reply).await,
            Err(error) => self.answer(did, &self.app.busy(&error)).await,
        }
    }

    /// Whether someone is not served. The words of the refusal are the same for all of them, and tell nothing.
    fn is_outsider(&self, did: &Interaction) -> bool {
        let outside = match did.guild {
            Some(guild) => self.home().guild != Some(guild),
            None => self.listed(&self.app.config.current(), did.account.id).is_none(),
        };
        if outside {
            tracing::warn!(account = %did.account.id, guild = ?did.guild, "someone from outside was refused");
        }
        outside
    }

    /// Writes a refusal into the audit log; of many within a minute the first few, so that nobody can fill it.
    async fn note_outsider(&self, did: &Interaction) {
        metrics::counter!("hotroom_discord_outsiders_total").increment(1);
        if !self.may_note() {
            return;
        }
        let noted = self.app.note_outsider(did.account.id.to_string(), did.guild.map(|guild| guild.to_string()));
        if let Err(error) = noted.await {
            tracing::warn!(%error, "the refusal of an outsider could not be written into the audit log");
        }
    }

    fn may_note(&self) -> bool {
        let now = Instant::now();
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.retain(|at| now - *at < NOTED.1);
        let few = noted.len() < NOTED.0;
        noted.extend(few.then_some(now));
        few
    }

    /// Whether it is ours to carry out: it is new, and on disk.
    async fn keep(&self, did: &Interaction, data: &Value) -> bool {
        let (id, body, now) = (did.id.to_string(), data.to_string(), self.app.clock.now());
        let kept = self.app.store.transact_urgent(move |tx| tx.keep_interaction(&id, &body, now)).await;
        fail::fail_point!("listen.kept");
        match kept {
            Ok(new) => new,
            Err(error) => {
                self.say_at_once(did, &self.app.busy(&error).post).await;
                false
            }
        }
    }

    async fn done_with(&self, did: &Interaction) {
        let (id, now) = (did.id.to_string(), self.app.clock.now());
        if let Err(error) = self.app.store.transact_urgent(move |tx| tx.interaction_answered(&id, now)).await {
            tracing::warn!(%error, "an answered interaction could not be noted; it is answered again after a restart");
        }
    }

    /// What was done, as something said to the bot.
    async fn inbound(&self, did: &Interaction) -> Result<Inbound, StoreError> {
        let person = self.person(&self.app.config.current(), &did.account).await?;
        let room = self.room_of(did).await?;
        let said = match &did.did {
            Did::Said { command, options } if options.is_empty() => Said::Text(format!("/{command}")),
            Did::Said { command, options } | Did::Filled { command, options } => {
                Said::Options { command: command.clone(), options: self.people_named(options), version: None }
            }
            Did::Pressed(button) => Said::Press { command: button.command.clone(), version: button.version },
            Did::Picked { entry, message } => picked(*entry, message, &self.app.config.current()),
            Did::Types { command, .. } => Said::Text(format!("/{command}")),
        };
        Ok(self.spoken(did, person, room, said))
    }

    fn spoken(&self, did: &Interaction, person: Person, room: Option<RoomId>, said: Said) -> Inbound {
        let delivery = did.id.to_string();
        let request = format!("discord-{}", did.id);
        let (actor, guest) = (person.id.clone(), Some(person));
        Inbound { source: "discord", delivery, actor, guest, room, said, about: None, request }
    }

    async fn room_of(&self, did: &Interaction) -> Result<Option<RoomId>, StoreError> {
        let Some(channel) = did.channel else { return Ok(None) };
        self.discord.room_of(channel).await
    }

    /// `<@123>` in an option is the person of that account.
    fn people_named(&self, options: &[(String, String)]) -> Vec<(String, String)> {
        let config = self.app.config.current();
        let named = |value: &str| super::messages::with_people(value, &config);
        options.iter().map(|(name, value)| (name.clone(), named(value))).collect()
    }

    /// Offers what can stand for the option that is being typed.
    async fn offer(&self, did: &Interaction) {
        let Did::Types { command, option, typed } = &did.did else { return };
        if self.is_outsider(did) {
            return;
        }
        let Ok(inbound) = self.inbound(did).await else { return };
        let known = self.app.offers(inbound, (command.clone(), option.clone())).await.unwrap_or_default();
        let choices: Vec<Value> =
            fitting(&known, typed).into_iter().map(|(value, label)| json!({ "name": label, "value": value })).collect();
        self.first(did, &json!({ "type": 8, "data": { "choices": choices } })).await.ok();
    }

    /// Sends the first answer.
    pub(super) async fn first(
        &self,
        did: &Interaction,
        answer: &Value,
    ) -> Result<Value, crate::chat::discord::client::rest::Failure> {
        self.discord.rest().call(routes::answer(did.id, &did.token, answer).within(FIRST)).await
    }

    /// Asks whether a press that cannot be undone is meant.
    async fn ask_first(&self, did: &Interaction, button: &CustomId) {
        let words = self.app.confirmation(&button.command);
        let meant = button.clone().meant();
        let Some(id) = meant.write() else { return };
        let sure = json!({ "type": 2, "style": 4, "label": words.1, "custom_id": id });
        let data = json!({ "content": words.0, "flags": EPHEMERAL, "allowed_mentions": { "parse": [] },
            "components": [{ "type": 1, "components": [sure] }] });
        if let Err(failure) = self.first(did, &json!({ "type": 4, "data": data })).await {
            tracing::warn!(interaction = %did.id, %failure, "a question could not be asked");
        }
    }
}

/// An interaction that is under way, as long as this lives.
struct UnderWay {
    id: InteractionId,
    all: Arc<Mutex<HashSet<InteractionId>>>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// What a message's menu says to the bot.
fn picked(entry: Entry, message: &Value, config: &Config) -> Said {
    let words = super::marks::said(message, config);
    let at = message["timestamp"].as_str().unwrap_or_default().to_owned();
    let (command, options) = match entry {
        Entry::Declare => {
            let title = Untrusted::from(words.lines().next().unwrap_or_default()).shown(TITLE);
            ("incident declare", vec![("title", title), ("description", words.clone())])
        }
        Entry::Timeline => ("incident timeline", vec![("at", at), ("text", words)]),
    };
    let options = options.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Said::Options { command: command.to_owned(), options, version: None }
}

/// The names that fit what was typed, those that begin with it first. After a comma the last one is completed.
fn fitting(known: &[(String, String)], typed: &str) -> Vec<(String, String)> {
    let (before, last) = typed.rsplit_once(',').map_or(("", typed), |(before, last)| (before, last));
    let wanted = last.trim().trim_start_matches('@').to_lowercase();
    let rank = |(value, label): &(String, String)| {
        let (value, label) = (value.to_lowercase(), label.to_lowercase());
        let begins = value.trim_start_matches('@').starts_with(&wanted) || label.starts_with(&wanted);
        match (begins, value.contains(&wanted) || label.contains(&wanted)) {
            (true, _) => Some(0),
            (false, true) => Some(1),
            (false, false) => None,
        }
    };
    let mut found: Vec<_> = known.iter().filter_map(|known| Some((rank(known)?, known))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    let whole = |value: &str| match before.is_empty() {
        true => value.to_owned(),
        false => format!("{}, {value}", before.trim_end()),
    };
    let fits = |(value, _): &(String, String)| !value.is_empty() && value.chars().count() <= LONGEST;
    let offered = found.into_iter().map(|(_, (value, label))| (whole(value), label.chars().take(LONGEST).collect()));
    offered.filter(fits).take(OFFERED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<(String, String)> {
        let pairs = [("ann", "Ann"), ("bob", "Bob"), ("joann", "Jo Ann"), ("", "None")];
        pairs.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec()
    }

    fn offered(typed: &str) -> Vec<String> {
        fitting(&known(), typed).into_iter().map(|(value, _)| value).collect()
    }

    #[test]
    fn what_begins_with_the_typed_comes_first() {
        assert_eq!(offered("an"), ["ann", "joann"]);
        assert_eq!(offered(""), ["ann", "bob", "joann"]);
        assert_eq!(offered("zz"), Vec::<String>::new());
    }

    #[test]
    fn after_a_comma_the_next_name_is_completed() {
        assert_eq!(offered("ann, b"), ["ann, bob"]);
    }

    #[test]
    fn at_most_what_discord_takes_is_offered() {
        let many: Vec<_> = (0..60).map(|n| (format!("v{n}"), "x".repeat(300))).collect();
        let made = fitting(&many, "v");
        assert_eq!(made.len(), OFFERED);
        assert!(made.iter().all(|(_, label)| label.chars().count() <= LONGEST));
    }
}
