//! Discord under load: the real binary against a fake Discord on loopback, which runs in this process and validates
//! each request against Discord's specification. Its work is part of each figure.

#[path = "../../tests/fakes/discord/mod.rs"]
mod fake;

use std::time::{Duration, Instant};

use fake::{
    Clock, Fake, Rules, TOKEN, answer,
    state::{Id, Message},
};

use crate::{
    alert_body,
    bot::Bot,
    client::{Load, run_load},
};

/// How many interactions are sent in a second, and for how long.
const PACE: u64 = 50;
const SPAN: Duration = Duration::from_secs(10);
/// After this time without a call the bot is considered finished.
const CALM: Duration = Duration::from_secs(10);
/// A storm: how many bodies, one a second, and how many alerts in each.
const BODIES: u64 = 60;
const IN_ONE: usize = 167;

/// A fake Discord with people, and a bot connected to it.
struct Stage {
    fake: Fake,
    bot: Bot,
    ann: Id,
    general: Id,
}

impl Stage {
    async fn open() -> Self {
        let fake = Fake::with(Rules { identify_pace: None, ..Rules::default() }, Clock::real()).await;
        let people = ["ann", "bob", "cho", "dee"].map(|name| (name, fake.member(name).to_string()));
        let names = people.each_ref().map(|(name, _)| format!("HOTROOM_PEOPLE__{}__DISCORD", name.to_uppercase()));
        let mut env = vec![("HOTROOM_DISCORD_TOKEN", TOKEN), ("HOTROOM_CHAT__DISCORD__BASE_URL", fake.base_url())];
        env.extend(names.iter().map(String::as_str).zip(people.iter().map(|(_, id)| id.as_str())));
        let bot = Bot::start(&env).await;
        fake.registered("incident").await;
        let (ann, general) = (fake.member("ann"), fake.channel("general").await);
        Self { fake, bot, ann, general }
    }

    /// Declares the first incident and waits for its room.
    async fn declares(&self, severity: &str) -> Id {
        let asked = [("title", "Checkout is slow"), ("severity", severity), ("service", "checkout")];
        self.fake.slash(self.ann, self.general, "incident declare", &asked).await;
        self.fake.channel("hot-1").await
    }

    /// Returns the number of calls once no more come.
    async fn calls(&self) -> usize {
        let (mut calls, mut since) = (self.fake.requests_made(), Instant::now());
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        while since.elapsed() < CALM {
            tick.tick().await;
            let now = self.fake.requests_made();
            if now != calls {
                (calls, since) = (now, Instant::now());
            }
        }
        calls
    }
}

/// Runs all parts.
pub async fn discord() {
    interactions().await;
    life().await;
    storm().await;
}

/// Measures the time from a person's command to the committed reply.
async fn interactions() {
    println!("\n## Discord: {PACE} commands a second for {} s", SPAN.as_secs());
    let stage = Stage::open().await;
    let room = stage.declares("sev3").await;
    let (began, mut asked) = (Instant::now(), tokio::task::JoinSet::new());
    let mut tick = tokio::time::interval(Duration::from_secs(1) / u32::try_from(PACE).expect("small"));
    for n in 0..PACE * SPAN.as_secs() {
        tick.tick().await;
        let (house, ann) = (stage.fake.house(), stage.ann);
        asked.spawn(async move {
            let sent = Instant::now();
            house.slash(ann, room, "incident note", &[("text", &format!("note {n}"))]).await;
            sent.elapsed()
        });
    }
    let mut took = asked.join_all().await;
    took.sort_unstable();
    let at = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)].as_secs_f64() * 1_000.0;
    let rate = took.len() as f64 / began.elapsed().as_secs_f64();
    println!("{:<58} {rate:>9.0}/s  p50 {:>7.2} ms  p99 {:>7.2} ms", "command to answer", at(50), at(99));
}

/// Counts the calls of one incident from declaration to close.
async fn life() {
    println!("\n## Discord: calls of one incident");
    let stage = Stage::open().await;
    let (fake, ann) = (&stage.fake, stage.ann);
    let mut before = stage.calls().await;
    let room = stage.declares("sev2").await;
    let mut told = async |what: &str| {
        let calls = stage.calls().await;
        println!("{what:<58} {:>9} calls", calls - before);
        before = calls;
    };
    told("declared, with its room, card and page").await;
    let page = fake.until("a page", |state| {
        let asks = |one: &&Message| answer::text(one).contains("can you take this?");
        let alone = |one: &&Message| !state.channels[&one.channel].recipients.is_empty();
        state.messages.values().find(|one| asks(one) && alone(one)).map(|one| (one.id, one.channel))
    });
    let (page, channel) = page.await;
    let asked = fake.lock().channels[&channel].recipients.first().copied().unwrap_or(ann);
    fake.press_on(asked, page, "Acknowledge page").await;
    told("page acknowledged").await;
    fake.slash(ann, room, "incident update", &[("text", "A rollback is under way")]).await;
    told("update").await;
    fake.slash(ann, room, "incident resolve", &[("summary", "Rolled back")]).await;
    told("resolved").await;
    fake.slash(ann, room, "incident close", &[]).await;
    told("closed").await;
}

/// Counts the calls in a storm. `tests/discord/storm.rs` tests the same on a stopped clock.
async fn storm() {
    println!("\n## Discord: {} alerts in {BODIES} s", BODIES * IN_ONE as u64);
    let stage = Stage::open().await;
    let before = stage.calls().await;
    let load = Load::post("/intake/alertmanager", |n| alert_body(n, IN_ONE)).connections(1).pace(1).total(BODIES);
    let summary = run_load(stage.bot.addr, &load).await;
    assert_eq!(summary.failed, 0, "every body is taken");
    println!("{:<58} {:>9} calls", "of 8 groups", stage.calls().await - before);
    assert_eq!(stage.fake.invalid_requests(), 0, "none is refused");
}
