//! What a test looks at, and how it waits: for a condition, woken at every change, never for longer than [`PATIENCE`].

use std::time::Duration;

use super::{
    House,
    answer::text,
    limits,
    permissions::{VIEW_CHANNEL, in_channel},
    server::Request,
    state::{Audit, CATEGORY, Channel, Command, DM, Id, Message, State},
};

/// How long a test waits for what should come.
const PATIENCE: Duration = Duration::from_secs(60);

impl House {
    /// Waits until `see` sees something in the state.
    ///
    /// # Panics
    /// When it does not in time; `what` says what was waited for.
    pub async fn until<T>(&self, what: &str, mut see: impl FnMut(&State) -> Option<T>) -> T {
        let mut changes = self.changed.subscribe();
        let look = async {
            loop {
                changes.borrow_and_update();
                let seen = see(&self.lock());
                if let Some(seen) = seen {
                    return seen;
                }
                changes.changed().await.expect("the fake is there");
            }
        };
        if let Ok(seen) = tokio::time::timeout(PATIENCE, look).await {
            return seen;
        }
        panic!("waited in vain for {what}; last requests:\n{}", self.last_requests());
    }

    fn last_requests(&self) -> String {
        let requests = self.requests();
        let last = requests.iter().rev().take(15).rev();
        last.map(|one| format!("{} {} {} {}", one.status, one.method, one.path, one.body))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The guild the test works in.
    pub fn guild(&self) -> Id {
        self.guild
    }

    /// Its owner.
    pub fn owner(&self) -> Id {
        self.lock().guilds[&self.guild].owner
    }

    /// The bot's user.
    pub fn bot(&self) -> Id {
        self.lock().bot
    }

    /// The channel of this name, as soon as there is one.
    pub async fn channel(&self, name: &str) -> Id {
        self.until(&format!("the channel {name}"), |state| named(state, name)).await
    }

    /// The channel of this name, if there is one now.
    pub fn find_channel(&self, name: &str) -> Option<Id> {
        named(&self.lock(), name)
    }

    /// A channel, as it is.
    ///
    /// # Panics
    /// When there is none.
    pub fn channel_of(&self, id: Id) -> Channel {
        self.lock().channels.get(&id).cloned().unwrap_or_else(|| panic!("there is no channel {id}"))
    }

    /// The names of the channels in a category.
    pub fn channels_in(&self, category: &str) -> Vec<String> {
        let state = self.lock();
        let parent = state.channels.values().find(|one| one.kind == CATEGORY && one.name == category).map(|one| one.id);
        let inside = state.channels.values().filter(|one| parent.is_some() && one.parent == parent);
        inside.map(|one| one.name.clone()).collect()
    }

    /// The messages of a channel that everybody sees, oldest first.
    pub fn messages(&self, channel: Id) -> Vec<Message> {
        self.lock().history(channel).cloned().collect()
    }

    /// What people and bots have written in a channel, oldest first: contents and embeds. What Discord itself says, such
    /// as that a message was pinned, is left out.
    pub fn texts(&self, channel: Id) -> Vec<String> {
        self.lock().history(channel).filter(|message| !message.is_notice()).map(text).collect()
    }

    /// The first message of a channel that holds these words, as soon as there is one.
    pub async fn posted(&self, channel: Id, words: &str) -> Message {
        let what = format!("a message with `{words}` in channel {channel}");
        self.until(&what, |state| state.history(channel).find(|message| text(message).contains(words)).cloned()).await
    }

    /// A message, if it is still there.
    pub fn message(&self, id: Id) -> Option<Message> {
        self.lock().messages.get(&id).cloned()
    }

    /// The pinned messages of a channel, oldest pin first.
    pub fn pinned(&self, channel: Id) -> Vec<Message> {
        let mut found: Vec<_> = self.messages(channel).into_iter().filter(|message| message.pinned.is_some()).collect();
        found.sort_by_key(|message| message.pinned);
        found
    }

    /// What the bot and somebody said to each other in private, oldest first.
    pub fn direct(&self, user: Id) -> Vec<Message> {
        let state = self.lock();
        let channel = state.channels.values().find(|one| one.kind == DM && one.recipients == [user]).map(|one| one.id);
        channel.map_or_else(Vec::new, |channel| state.history(channel).cloned().collect())
    }

    /// Whether somebody sees a channel.
    pub fn can_see(&self, user: Id, channel: Id) -> bool {
        let state = self.lock();
        state.channels.get(&channel).is_some_and(|one| in_channel(&state, one, user) & VIEW_CHANNEL != 0)
    }

    /// The commands registered for the test's guild and for all.
    pub fn commands(&self) -> Vec<Command> {
        let state = self.lock();
        state.commands.iter().filter(|one| one.guild.is_none_or(|guild| guild == self.guild)).cloned().collect()
    }

    /// Waits until a command can be given.
    pub async fn registered(&self, name: &str) {
        let guild = self.guild;
        let here = |state: &State| {
            let ours = state.commands.iter().filter(|one| one.guild.is_none_or(|id| id == guild));
            ours.clone().any(|one| one.body["name"] == name).then_some(())
        };
        self.until(&format!("the command {name}"), here).await;
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Request> {
        self.lock().requests.clone()
    }

    /// How many requests there were so far.
    pub fn requests_made(&self) -> usize {
        self.lock().requests.len()
    }

    /// How often a route was called; `route` as in [`House::fail`].
    pub fn calls(&self, route: &str) -> usize {
        let state = self.lock();
        state.requests.iter().filter(|one| super::faults::fits(route, &one.method, &one.path)).count()
    }

    /// Reasons in the audit log.
    pub fn audit(&self) -> Vec<Audit> {
        self.lock().audit.clone()
    }

    /// Answers with 401, 403 or 429 that were not a shared limit, in the last ten minutes.
    pub fn invalid_requests(&self) -> usize {
        self.lock().limits.invalid()
    }

    /// Requests that Discord forbids, and answers of the fake that Discord would not give. Taking them is looking at
    /// them: what is taken does not fail the test.
    pub fn violations(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().violations)
    }

    /// Plans a failure: the next `times` requests of a route such as `POST /channels/:id/messages` meet it.
    pub fn fail(&self, route: &str, fault: super::Fault, times: usize) {
        self.faults.lock().expect("not poisoned").add(route, fault, times);
    }

    /// Takes back every planned failure.
    pub fn heal(&self) {
        self.faults.lock().expect("not poisoned").clear();
    }

    /// Whether rate limits apply from now on.
    pub fn limits(&self, on: bool) {
        self.change(|state| state.rules.limits = on);
    }

    /// Uses up a channel's renames, as people do.
    pub fn rename_limit_used(&self, channel: Id) {
        self.change(|state| state.channels[&channel].renames = vec![state.now; limits::RENAMES]);
    }
}

fn named(state: &State, name: &str) -> Option<Id> {
    state.channels.values().find(|channel| channel.name == name).map(|channel| channel.id)
}
