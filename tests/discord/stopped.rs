//! Time that passes only when told, for the bot, its client and Discord alike, while sockets and the file stay real.
//!
//! Time is moved only when nothing is left to be done at the moment that it shows: nothing waits to be routed, nothing that
//! is due waits to be claimed, and what is under way waits for a limit of Discord. How fast the machine is therefore changes
//! how long a test takes, and not what happens in it.

use std::{sync::mpsc, time::Duration};

use hotroom::store::Reads;
use tokio::time::{advance, pause, sleep};

use crate::bot::Bot;

/// How far time moves at once.
const STEP: Duration = Duration::from_millis(100);
/// What the runtime rounds the ends of timers up to.
const TICK: Duration = Duration::from_millis(1);
/// How many rows the delivery loop carries at once.
const IN_FLIGHT: usize = 64;
/// Looks without any change after which what is under way is taken to wait for a call that waits for a limit.
const LOOKS: usize = 2_000;
/// How long one step may take on the clock of the machine; a test that hangs for longer has its own waits run out.
const PATIENCE: Duration = Duration::from_secs(120);

/// Stopped time. It needs a runtime of one thread.
pub struct Stopped<'a> {
    bot: &'a Bot,
    /// While it is there and is told of each step, no timer fires by itself.
    held: mpsc::Sender<()>,
}

/// What is left to be done.
#[derive(Debug, PartialEq, Eq)]
struct Left {
    unrouted: usize,
    leased: usize,
    due: bool,
    waiting: usize,
    requests: usize,
}

impl Left {
    fn is_quiet(&self) -> bool {
        self.unrouted == 0 && self.leased <= self.waiting && (!self.due || self.leased >= IN_FLIGHT)
    }
}

impl<'a> Stopped<'a> {
    /// Stops the time of a bot that has nothing to do.
    pub fn at(bot: &'a Bot) -> Self {
        pause();
        bot.clock.stop();
        // Discord's clock is never behind that of the client, not even by what is cut off of a millisecond.
        bot.clock.advance(TICK);
        // A task that blocks keeps the runtime from moving its clock when all others wait for a socket or for the file.
        let (held, released) = mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || while released.recv_timeout(PATIENCE).is_ok() {});
        Self { bot, held }
    }

    /// Lets time pass.
    pub async fn passes(&self, by: Duration) {
        for _ in 0..by.as_millis() / STEP.as_millis() {
            self.quiet().await;
            self.bot.clock.advance(STEP);
            let after = sleep(STEP - TICK);
            advance(STEP).await;
            // Timers fire in the order of their ends: all others of this step have woken their tasks by then.
            after.await;
            self.held.send(()).ok();
        }
        self.quiet().await;
    }

    /// Waits until nothing is left to be done at this moment.
    async fn quiet(&self) {
        let (mut last, mut looks) = (self.left().await, 0);
        while !last.is_quiet() && (last.waiting == 0 || looks < LOOKS) {
            if last.due {
                // What has become due is looked for when something is committed, or within a second.
                self.bot
                    .app
                    .store
                    .transact(|tx| tx.set_meta("looked_at", Some("now")))
                    .await
                    .expect("the file is open");
            }
            tokio::task::yield_now().await;
            let left = self.left().await;
            looks = if left == last { looks + 1 } else { 0 };
            last = left;
        }
    }

    async fn left(&self) -> Left {
        let now = self.bot.app.clock.now();
        let look = move |reads: &Reads<'_>| {
            let leased = reads.open_rows(10_000)?.iter().filter(|row| row.state == "leased").count();
            let due = reads.next_due()?.is_some_and(|due| due <= now);
            Ok((reads.count_pending_deliveries(1)?, leased, due))
        };
        let (unrouted, leased, due) = self.bot.app.store.read(look).await.expect("the file is open");
        let requests = self.bot.requests_made();
        Left { unrouted, leased, due, waiting: self.bot.calls_waiting(), requests }
    }
}
