//! kill -9 at named points of a story on Discord: the next start goes on, and the story ends the same.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use crate::{
    bot::{PEOPLE, fake},
    discord::{
        Answer, Fake, TOKEN, answer,
        state::{Id, Message, State},
    },
    process,
};

/// How often the state is looked at. The process is another one, so nothing rings when it dies.
const LOOK: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_secs(90);

/// A Discord, and a bot on it that is started again whenever it dies.
struct Stage {
    fake: Fake,
    dir: tempfile::TempDir,
    bot: process::Bot,
    deaths: u32,
}

impl Stage {
    async fn open(abort_at: &str) -> Self {
        let (fake, dir) = (fake().await, tempfile::tempdir().expect("a folder"));
        let bot = start(&fake, &dir, Some(abort_at)).await;
        Self { fake, dir, bot, deaths: 0 }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("bot.db")
    }

    /// Starts the bot again if it has died; whether it had.
    async fn keep_alive(&mut self) -> bool {
        let dead = self.bot.is_dead();
        if dead {
            self.deaths += 1;
            self.bot = start(&self.fake, &self.dir, None).await;
        }
        dead
    }

    async fn until<T>(&mut self, what: &str, see: impl Fn(&State) -> Option<T>) -> T {
        let mut tick = tokio::time::interval(LOOK);
        let look = async {
            loop {
                self.keep_alive().await;
                let seen = see(&self.fake.lock());
                if let Some(seen) = seen {
                    return seen;
                }
                tick.tick().await;
            }
        };
        match tokio::time::timeout(PATIENCE, look).await {
            Ok(seen) => seen,
            Err(_) => panic!("waited in vain for {what}: {:#?}", self.log()),
        }
    }

    fn log(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
        log.lines().rev().take(30).map(str::to_owned).collect()
    }

    /// Does something until the asker sees an answer with these words: in its place, in the room, or in private. What the
    /// bot never took in is done again, as people do.
    async fn asks(&mut self, words: &str, act: impl Fn(&Fake) -> Id) {
        for _ in 0..4 {
            self.until("a session", |state| state.hub.live().next().map(drop)).await;
            let id = act(&self.fake);
            if self.is_answered(id, words).await {
                return;
            }
        }
        panic!("{words}: never answered: {:#?}", self.log());
    }

    async fn is_answered(&mut self, id: Id, words: &str) -> bool {
        let mut tick = tokio::time::interval(LOOK);
        let looks = PATIENCE.as_millis() / LOOK.as_millis();
        for _ in 0..looks {
            if sees(&self.fake.lock(), id, words) {
                return true;
            }
            if self.keep_alive().await && !self.is_kept(id) {
                return false;
            }
            tick.tick().await;
        }
        panic!("{words}: the asker of {id} sees no answer: {:#?}", self.log());
    }

    fn is_kept(&self, id: Id) -> bool {
        process::count(&self.path(), &format!("SELECT count(*) FROM mirror_interactions WHERE id = '{id}'")) > 0
    }

    /// Lets the bot come to rest and end.
    async fn close(&mut self) {
        self.bot.until_quiet().await;
        while self.keep_alive().await {
            self.bot.until_quiet().await;
        }
        self.bot.signal("TERM");
        self.bot.until_dead().await;
    }
}

async fn start(fake: &Fake, dir: &tempfile::TempDir, abort_at: Option<&str>) -> process::Bot {
    let ids = PEOPLE.map(|name| (format!("HOTROOM_PEOPLE__{}__DISCORD", name.to_uppercase()), fake.member(name)));
    let ids = ids.map(|(name, id)| (name, id.to_string()));
    let mut env = vec![
        ("HOTROOM_DISCORD_TOKEN", TOKEN),
        ("HOTROOM_CHAT__DISCORD__BASE_URL", fake.base_url()),
        ("HOTROOM_CHAT__DISCORD__ROOM_NAMES", "key"),
    ];
    env.extend(ids.iter().map(|(name, id)| (name.as_str(), id.as_str())));
    process::Bot::start_with(dir.path(), abort_at, &env).await
}

/// Whether the asker of an interaction sees an answer with these words.
fn sees(state: &State, id: Id, words: &str) -> bool {
    let asked = &state.interactions[&id];
    let in_place = asked.settled() && Answer::of(state, id).is_some_and(|answer| answer.text().contains(words));
    let called = format!("<@{}>", asked.user);
    let late = |message: &Message| {
        message.author == state.bot && message.content() == called && answer::text(message).contains(words)
    };
    in_place || state.messages.values().any(late)
}

/// The pinned card of a room, when it says these words.
fn card(state: &State, room: Id, words: &str) -> Option<()> {
    let mut here = state.messages.values().filter(|message| message.channel == room);
    here.any(|message| message.pinned.is_some() && answer::text(message).contains(words)).then_some(())
}

/// Declare, a room with its card, a press, talk, a command: all of it on Discord.
async fn tell(stage: &mut Stage) -> Id {
    stage.until("the commands", |state| (!state.commands.is_empty()).then_some(())).await;
    let general = stage.fake.channel("general").await;
    let asked = [("title", "Checkout is down"), ("severity", "sev2"), ("service", "checkout")];
    stage.asks("HOT-1", |fake| fake.gives_command(fake.member("bob"), general, "incident declare", &asked)).await;
    let named = |state: &State| state.channels.values().find(|one| one.name == "hot-1").map(|one| one.id);
    let room = stage.until("the room", named).await;
    stage.until("the card", |state| card(state, room, "Checkout is down")).await;
    stage.asks("Identified", |fake| fake.presses(fake.member("bob"), room, "Move to Identified")).await;
    stage.until("the card to be identified", |state| card(state, room, "Identified")).await;
    stage.fake.says(stage.fake.member("ann"), room, "I look at the database");
    let to = [("to", "monitoring")];
    stage.asks("Monitoring", |fake| fake.gives_command(fake.member("ann"), room, "incident status", &to)).await;
    stage.until("the card to be monitoring", |state| card(state, room, "Monitoring")).await;
    room
}

/// One of each thing, however often the process died.
async fn check(stage: &Stage, room: Id, why: &str) {
    let path = stage.path();
    let once = |what: &str, sql: &str| assert_eq!(process::count(&path, sql), 1, "{why}: {what}");
    once("one incident", "SELECT count(*) FROM incidents");
    once("one hot room", "SELECT count(*) FROM rooms WHERE kind = 'hot'");
    once("one line", "SELECT count(*) FROM messages WHERE room = 'hot-1' AND body LIKE '%I look at the database%'");
    let moves = process::count(&path, "SELECT count(*) FROM events WHERE body LIKE '%status_changed%'");
    assert_eq!(moves, 2, "{why}: to identified, and to monitoring");
    let rooms = stage.fake.lock().channels.values().filter(|one| one.name == "hot-1").count();
    assert_eq!(rooms, 1, "{why}: channels");
    assert_eq!(stage.fake.pinned(room).len(), 1, "{why}: cards");
    for channel in [Some(room), stage.fake.find_channel("incidents")].into_iter().flatten() {
        let texts: Vec<String> = stage.fake.texts(channel).iter().map(|text| without_mark(text)).collect();
        let different: BTreeSet<&String> = texts.iter().collect();
        assert_eq!(different.len(), texts.len(), "{why}: a line twice: {texts:#?}");
    }
    // A new process does not know which limits the last one had used up.
    assert!(
        stage.fake.invalid_requests() <= 4,
        "{why}: {} calls that count against the bot",
        stage.fake.invalid_requests()
    );
    process::check_invariants(&path).await;
}

/// What a message says, without the mark by which it is known.
fn without_mark(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("ref ")).collect::<Vec<_>>().join("\n")
}

async fn survives(point: &str, passes: &[u32]) {
    for pass in passes {
        let abort_at = format!("{point}#{pass}");
        let mut stage = Stage::open(&abort_at).await;
        let room = tell(&mut stage).await;
        stage.close().await;
        assert_eq!(stage.deaths, 1, "{abort_at}: it dies once");
        check(&stage, room, &abort_at).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_after_an_interaction_is_kept_leaves_nobody_without_an_answer() {
    survives("inbound.stored", &[1, 2, 3]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_after_an_interaction_is_acknowledged_leaves_nobody_without_an_answer() {
    survives("inbound.deferred", &[1, 2, 3]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_before_a_row_is_carried_doubles_nothing() {
    survives("deliver.claimed", &[1, 3, 8, 13]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_after_discord_has_taken_something_doubles_nothing() {
    survives("deliver.acted", &[1, 3, 5, 8, 13]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_before_an_end_is_written_down_doubles_nothing() {
    survives("deliver.answered", &[1, 3, 8, 13]).await;
}
