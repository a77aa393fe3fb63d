//! The console in a real browser: the whole incident by keyboard and mouse, broken connections, small screens, and what a
//! reader with eyes, a thumb or a screen reader needs. Debian's chromium and chromedriver are used; screenshots are saved
//! to `target/screenshots`.

mod alarm;
mod axe;
mod broken;
mod completing;
mod contrast;
mod devtools;
/// An outside system that receives.
#[path = "../fakes/http/mod.rs"]
mod fake_http;
mod postmortem;
mod profile;
mod push;
mod reading;
mod rig;
mod walk;
mod window;

use tokio::sync::{Mutex, MutexGuard};

use rig::{Bot, Driver};

/// Browsers are heavy: one test drives them at a time.
static TURN: Mutex<()> = Mutex::const_new(());

/// A driver, a bot, and the right to use them alone; none when there is no chromedriver.
pub async fn stage() -> Option<(Driver, Bot, MutexGuard<'static, ()>)> {
    stage_with("").await
}

/// The same, with more in the `bot.toml` of the bot.
pub async fn stage_with(more: &str) -> Option<(Driver, Bot, MutexGuard<'static, ()>)> {
    let turn = TURN.lock().await;
    let driver = Driver::start()?;
    Some((driver, Bot::start(more).await, turn))
}
