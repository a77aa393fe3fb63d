//! The fake as another process drives it.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{clients::Running, discord::Fake, raw::ask};

async fn tell(fake: &Fake, name: &str, body: Value) -> (u16, Value) {
    let client = hotroom::net::tls::client().build().expect("a client");
    let answer = client.post(format!("{}/_fake/{name}", fake.base_url())).json(&body).send().await.unwrap();
    (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
}

#[tokio::test]
async fn another_process_talks_looks_and_breaks_things() {
    let fake = Fake::start().await;
    let ann = tell(&fake, "member", json!({"name": "ann"})).await.1;
    let general = tell(&fake, "channel", json!({"name": "general"})).await.1;
    let (_, message) = tell(&fake, "says", json!({"user": ann, "channel": general, "text": "hello"})).await;
    let (_, list) = tell(&fake, "messages", json!({"channel": general})).await;
    assert_eq!((&list[0]["id"], &list[0]["content"]), (&message, &json!("hello")));
    tell(&fake, "fail", json!({"route": "GET /gateway", "fault": "status", "status": 502, "times": 1})).await;
    assert_eq!(ask(&fake, "GET", "/gateway", Value::Null).await.0, 502);
    assert_eq!(ask(&fake, "GET", "/gateway", Value::Null).await.0, 200);
    assert_eq!(tell(&fake, "calls", json!({"route": "GET /gateway"})).await.1, 2);
}

#[tokio::test]
async fn a_mistake_of_the_other_process_is_answered() {
    let fake = Fake::start().await;
    let (status, error) = tell(&fake, "slash", json!({"user": "1", "channel": "2", "line": "help"})).await;
    assert_eq!((status, &error["error"]), (422, &json!("there is no channel 2")));
    let (status, error) = tell(&fake, "dance", json!({})).await;
    assert_eq!((status, &error["error"]), (422, &json!("`dance` is not something the fake does")));
}

/// Starts the fake as a program; `None`, with a line, if it is not built.
fn program() -> Option<Command> {
    let test = std::env::current_exe().expect("this program");
    let program = test.parent().and_then(|deps| deps.parent()).expect("a target folder").join("examples/fake-discord");
    if !program.exists() {
        let required = std::env::var("HOTROOM_SHARED").is_ok_and(|value| value == "required");
        assert!(!required, "build the example fake-discord");
        println!("skipped: the example fake-discord is not built");
        return None;
    }
    Some(Command::new(program))
}

/// Starts the fake, closes its output once it said where it is, and asks it something.
async fn says_where_it_is(program: &mut Command) {
    let mut child = Running(program.stdout(Stdio::piped()).spawn().expect("it starts"));
    let mut line = String::new();
    BufReader::new(child.0.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    let client = hotroom::net::tls::client().build().expect("a client");
    let answer =
        client.get(format!("{}/api/v10/gateway", line.trim())).header("user-agent", "DiscordBot (u, 1)").send();
    let body: Value = serde_json::from_str(&answer.await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(body["url"], line.trim().replace("http", "ws"));
}

#[tokio::test]
async fn a_process_of_its_own_says_where_it_is() {
    if let Some(mut program) = program() {
        says_where_it_is(&mut program).await;
    }
}

#[tokio::test]
async fn a_process_of_its_own_works_without_shared_files() {
    let nothing = tempfile::tempdir().expect("a folder");
    if let Some(mut program) = program() {
        let program = program.env("HOTROOM_SHARED_DIR", nothing.path()).env_remove("HOTROOM_SHARED");
        says_where_it_is(program.stderr(Stdio::null())).await;
    }
}
