//! What people and other bots write, and do with what is written.

use serde_json::{Map, Value, json};

use super::{
    House,
    compose::{self, Draft},
    multipart::File,
    permissions::{SEND_MESSAGES, SEND_MESSAGES_IN_THREADS, in_channel},
    rest::{change, dm, remove, set_pin, set_reaction},
    state::{DM, Id, State, User},
};

impl House {
    /// Somebody writes in a channel.
    ///
    /// # Panics
    /// When they may not.
    pub fn says(&self, user: Id, channel: Id, text: &str) -> Id {
        self.posts(user, channel, (&json!({"content": text}), &[]))
    }

    /// Somebody writes something with a file.
    pub fn says_with_file(&self, user: Id, channel: Id, text: &str, (name, bytes): (&str, &[u8])) -> Id {
        let file =
            File { number: 0, name: name.into(), kind: "application/octet-stream".into(), bytes: bytes.to_vec() };
        self.posts(user, channel, (&json!({"content": text}), &[file]))
    }

    /// Somebody answers a message.
    pub fn replies(&self, user: Id, message: Id, text: &str) -> Id {
        let channel = self.lock().messages[&message].channel;
        let body = json!({"content": text, "message_reference": {"message_id": message.to_string()}});
        self.posts(user, channel, (&body, &[]))
    }

    /// A bot of the guild posts a message of its own making.
    pub fn bot_says(&self, bot: Id, channel: Id, message: &Value) -> Id {
        self.posts(bot, channel, (message, &[]))
    }

    fn posts(&self, user: Id, channel: Id, (body, files): (&Value, &[File])) -> Id {
        self.change(|state| {
            may_write(state, user, channel);
            let draft = Draft { channel, author: user, body: Some(body), files, ..Draft::default() };
            compose::post(state, draft).unwrap_or_else(|refusal| panic!("{}", refusal.message))
        })
    }

    /// Somebody writes to the bot in private.
    pub fn says_direct(&self, user: Id, text: &str) -> Id {
        let channel = self.change(|state| {
            let found = state.channels.values().find(|one| one.kind == DM && one.recipients == [user]);
            found.map(|one| one.id).unwrap_or_else(|| dm(state, user))
        });
        self.says(user, channel, text)
    }

    /// A webhook posts a message; its name is in `username`. A webhook of an application has that as `application_id`.
    pub fn webhook_says(&self, channel: Id, webhook: Id, message: &Value) -> Id {
        let name = message["username"].as_str().unwrap_or("webhook").to_owned();
        let mut more = Map::new();
        more.insert("webhook_id".into(), webhook.to_string().into());
        if let Some(application) = message.get("application_id") {
            more.insert("application_id".into(), application.clone());
        }
        self.change(|state| {
            state.users.entry(webhook).or_insert(User { id: webhook, name, bot: true, blocks: false });
            let draft = Draft { channel, author: webhook, body: Some(message), more, ..Draft::default() };
            compose::post(state, draft).unwrap_or_else(|refusal| panic!("{}", refusal.message))
        })
    }

    /// The author of a message edits it.
    pub fn edits(&self, message: Id, text: &str) {
        self.rewrites(message, &json!({"content": text}));
    }

    /// The author of a message replaces parts of it, such as its embeds.
    pub fn rewrites(&self, message: Id, parts: &Value) {
        let changed = self.change(|state| change(state, message, (parts, &[])));
        changed.unwrap_or_else(|refusal| panic!("{}", refusal.message));
    }

    /// Somebody deletes a message.
    pub fn deletes(&self, message: Id) {
        self.change(|state| remove(state, message));
    }

    /// Somebody pins a message; the channel is told by a message of its own.
    pub fn pins(&self, user: Id, message: Id) {
        self.change(|state| set_pin(state, message, Some(user)));
    }

    /// Somebody unpins a message.
    pub fn unpins(&self, message: Id) {
        self.change(|state| set_pin(state, message, None));
    }

    /// Somebody reacts to a message.
    pub fn reacts(&self, user: Id, message: Id, emoji: &str) {
        self.change(|state| set_reaction(state, message, (user, emoji, true)));
    }

    /// Somebody takes a reaction back.
    pub fn unreacts(&self, user: Id, message: Id, emoji: &str) {
        self.change(|state| set_reaction(state, message, (user, emoji, false)));
    }
}

fn may_write(state: &State, user: Id, channel: Id) {
    let Some(found) = state.channels.get(&channel) else { panic!("there is no channel {channel}") };
    let bit = if found.is_thread() { SEND_MESSAGES_IN_THREADS } else { SEND_MESSAGES };
    let name = state.users.get(&user).map_or("nobody", |user| user.name.as_str());
    assert!(in_channel(state, found, user) & bit != 0, "{name} may not write in {}", found.name);
}
