//! Reports from users: the form, its protection, triage, and what reporters read.

mod form;
mod outside;
mod triage;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use hotroom::chat::Reply;
use mail_parser::MessageParser;

use crate::{fake_smtp::TakenMail, world::World};

/// Settings with a form for people of the console.
const SIGNED_IN: &str = "[reports]\nform = \"signed_in\"\n";

/// Settings with a form for everybody and a mail server.
fn public(smtp: u16) -> String {
    format!(
        "[reports]\nform = \"public\"\n[mail]\nserver = \"localhost:{smtp}\"\nfrom = \"hotroom <hotroom@example.com>\"\n"
    )
}

/// Sends the form as a browser does, from an address, signed in if there is a cookie.
async fn submits(world: &World, fields: &[(&str, &str)], from: &str, cookie: Option<&str>) -> (StatusCode, String) {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let mut request = Request::post("/report-incident")
        .header("host", "127.0.0.1:8080")
        .header("accept", "text/html")
        .header("x-forwarded-for", from)
        .header("content-type", "application/x-www-form-urlencoded");
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    let (status, page) = world.asks(request.body(Body::from(pairs.join("&"))).unwrap()).await;
    world.settle().await;
    (status, page.as_str().map_or_else(|| page.to_string(), str::to_owned))
}

fn fields<'a>(title: &'a str, address: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("title", title), ("details", "Since noon."), ("name", "Zoe"), ("address", address)]
}

fn text(mail: &TakenMail) -> String {
    let message = MessageParser::default().parse(mail.text.as_bytes()).expect("a message");
    message.body_text(0).expect("a text").into_owned()
}

/// The path of the link in a mail.
fn link(mail: &TakenMail) -> String {
    let text = text(mail);
    let at = text.find("/report-incident/verify/").unwrap_or_else(|| panic!("no link in {text}"));
    text[at..].split_whitespace().next().expect("a path").to_owned()
}

fn refused(reply: &Reply) -> String {
    reply.data.as_ref().and_then(|data| data["refusal"].as_str()).expect("a refusal").to_owned()
}
