//! The fake Discord as a process of its own: `cargo run --example fake-discord -- [--listen ADDRESS] [--token TOKEN]
//! [--no-pace]`. Prints its base URL, and serves until it is ended.

#[path = "mod.rs"]
mod discord;

use discord::{Clock, Fake, Rules};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |name: &str| arguments.iter().position(|one| one == name).and_then(|at| arguments.get(at + 1)).cloned();
    let mut rules = Rules::default();
    if let Some(token) = after("--token") {
        rules.token = token;
    }
    if arguments.iter().any(|one| one == "--no-pace") {
        rules.identify_pace = None;
    }
    let fake = Fake::on(&after("--listen").unwrap_or_else(|| "127.0.0.1:0".into()), rules, Clock::real()).await;
    println!("{}", fake.base_url());
    std::future::pending::<()>().await;
}
