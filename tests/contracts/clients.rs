//! Clients of Discord that nobody wrote for this project, each with a bot of a few lines: they decode what the fake
//! says as strictly as they decode Discord, so what they accept is what a bot meets.
//!
//! discord.js and discord.py are put into `target/judges` by `scripts/setup-tests`; where they could not be, their tests
//! are skipped with a line, unless `HOTROOM_SHARED=required` is set.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    discord::{Clock, Fake, Rules, TOKEN, state::Message},
    twilight,
};

/// A client's process, which ends with the test.
pub struct Running(pub std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// What each client is put through.
async fn story(fake: &Fake) {
    let (ann, general) = (fake.member("ann"), fake.channel("general").await);
    fake.connected().await;
    fake.registered("probe").await;

    let answer = fake.slash(ann, general, "/probe", &[("text", "hello")]).await;
    assert_eq!((answer.ephemeral, answer.content.as_str()), (true, "done in probe-room"));
    let room = fake.channel("probe-room").await;
    assert_eq!(fake.channel_of(room).topic(), Some("made by a client"));
    assert!(fake.audit().iter().any(|line| line.reason == "a probe"), "{:?}", fake.audit());
    assert_eq!(fake.texts(room), ["hello, edited\nProbe\nState: new"]);
    assert_eq!(fake.pinned(room).len(), 1);

    let pressed = fake.press(ann, room, "Press").await;
    assert_eq!(pressed.content, "pressed by ann");
    assert!(pressed.components.is_empty());

    fake.says(ann, general, "echo back");
    fake.until("the reply", |state| state.history(general).find(|one| one.content() == "back").map(|_| ())).await;
    fake.cuts();
    fake.resumed(1).await;
    fake.says(ann, general, "echo resumed");
    let resumed = |one: &&Message| one.content() == "resumed";
    fake.until("the reply after the resume", |state| state.history(general).find(resumed).map(|_| ())).await;
}

fn judges() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/judges")
}

/// Whether a client is installed.
fn installed(what: &str, proof: &Path) -> bool {
    let here = proof.exists();
    let required = std::env::var("HOTROOM_SHARED").is_ok_and(|value| value == "required");
    assert!(here || !required, "{what} is required: run scripts/setup-tests");
    if !here {
        println!("skipped: {what} is not installed (scripts/setup-tests)");
    }
    here
}

/// These clients send fields that Discord passes over, and may identify as fast as they like.
async fn discord() -> Fake {
    Fake::with(Rules { identify_pace: None, strict: false, ..Rules::default() }, Clock::real()).await
}

async fn client(mut program: Command) {
    let fake = discord().await;
    let log = tempfile::NamedTempFile::new().expect("a log");
    let out = || Stdio::from(log.reopen().expect("a log"));
    program.env("DISCORD_URL", fake.base_url()).env("DISCORD_TOKEN", TOKEN);
    let _running = Running(program.stdin(Stdio::null()).stdout(out()).stderr(out()).spawn().expect("it starts"));
    let told = std::panic::AssertUnwindSafe(story(&fake));
    let told = futures_util::FutureExt::catch_unwind(told).await;
    let said = std::fs::read_to_string(log.path()).unwrap_or_default();
    assert!(told.is_ok(), "the client said:\n{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discord_js() {
    let modules = judges().join("node_modules");
    if !installed("discord.js", &modules.join("discord.js/package.json")) {
        return;
    }
    let mut program = Command::new("node");
    program.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts/judges/bot.js")).env("NODE_PATH", modules);
    client(program).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discord_py() {
    let packages = judges().join("python");
    if !installed("discord.py", &packages.join("discord/__init__.py")) {
        return;
    }
    let mut program = Command::new("python3");
    program
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts/judges/bot.py"))
        .env("PYTHONPATH", packages);
    program.env("PYTHONDONTWRITEBYTECODE", "1");
    client(program).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twilight() {
    let fake = discord().await;
    let bot = twilight::bot(fake.base_url().trim_start_matches("http://").to_owned());
    tokio::select! {
        () = story(&fake) => {}
        error = bot => panic!("the client ended: {error}"),
    }
}
