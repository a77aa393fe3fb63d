//! Filters of chat templates. They take ids and times as stored and return text that is already escaped for chat
//! markdown.

use chrono::DateTime;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, value::Value};

use super::{
    encode::{chat_block, chat_code, chat_line, chat_link, chat_prose},
    names::RenderContextObject,
};
use crate::domain::{
    Timestamp,
    contact::MethodKind,
    ids::{Key, PersonId},
    pager::PagerKind,
    people::{ALERT_SEVERITY, RULE, TRACKER_ACCOUNT},
    text::visible,
};

pub(super) fn add_to(env: &mut Environment<'static>) {
    env.add_filter("person", person);
    env.add_filter("people", people);
    env.add_filter("actor", actor);
    env.add_filter("means", means);
    for kind in ["status", "role", "service", "component", "team", "field"] {
        env.add_filter(kind, move |state: &State<'_, '_>, id: &str| named(state, kind, id));
    }
    env.add_filter("severity", severity);
    env.add_filter("component_status", component_status);
    env.add_filter("display", display);
    env.add_filter("method", method);
    env.add_filter("pager", pager);
    env.add_filter("words", |word: &str| word.replace(['_', '-'], " "));
    env.add_filter("capital", capital);
    env.add_filter("time", |at: &str| stamp(at, 'f'));
    env.add_filter("clock", |at: &str| stamp(at, 't'));
    env.add_filter("ago", |at: &str| stamp(at, 'R'));
    env.add_filter("duration", duration);
    env.add_filter("until", until);
    env.add_filter("key", key);
    env.add_filter("room", room);
    env.add_filter("cut", cut);
    env.add_filter("block", block);
    env.add_filter("prose", prose);
    env.add_filter("quote", quote);
    env.add_filter("code", |state: &State<'_, '_>, text: &str| in_chat(state, text, |t| chat_code(t, 200)));
    env.add_filter("codes", codes);
    env.add_filter("names", names);
    env.add_filter("link", |state: &State<'_, '_>, text: &str| in_chat(state, text, chat_link));
    env.add_filter("plural", plural);
    env.add_filter("either", |state: &State<'_, '_>, words: Vec<String>| choice(state, &words, "or"));
    env.add_filter("listed", |state: &State<'_, '_>, words: Vec<String>| choice(state, &words, "and"));
}

fn wrong(what: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidOperation, what)
}

/// Runs `f` on the scene. Without a scene (a console page), ids are used as names.
fn on_stage<T>(state: &State<'_, '_>, f: impl FnOnce(Option<&RenderContextObject>) -> T) -> T {
    match state.lookup("scene") {
        Some(scene) => f(scene.downcast_object_ref::<RenderContextObject>()),
        None => f(None),
    }
}

/// Marks a text as safe for the template's output format.
fn ready(state: &State<'_, '_>, text: &str) -> Value {
    in_chat(state, text, |t| chat_line(t, 200))
}

fn is_chat(state: &State<'_, '_>) -> bool {
    matches!(state.auto_escape(), AutoEscape::Custom(place) if place == "md")
}

/// Encodes a text with `encode` for chat markdown; elsewhere returns plain text, which the template engine escapes.
fn in_chat(state: &State<'_, '_>, text: &str, encode: impl FnOnce(&str) -> String) -> Value {
    if is_chat(state) { Value::from_safe_string(encode(text)) } else { Value::from(visible(text)) }
}

/// Joins values that are already escaped; the result is marked as safe.
fn joined(state: &State<'_, '_>, parts: Vec<String>, last: &str, none: &str) -> Value {
    let text = match parts.split_last() {
        None => none.to_owned(),
        Some((only, [])) => only.clone(),
        Some((end, others)) => format!("{} {last} {end}", others.join(", ")),
    };
    if is_chat(state) { Value::from_safe_string(text) } else { Value::from(text) }
}

fn named(state: &State<'_, '_>, kind: &str, id: &str) -> Value {
    let name = on_stage(state, |stage| stage.map_or_else(|| id.to_owned(), |s| s.names.of(kind, id)));
    ready(state, &name)
}

fn person(state: &State<'_, '_>, id: Option<&str>) -> Value {
    let Some(id) = id else { return Value::from("nobody") };
    let called = on_stage(state, |stage| stage.is_some_and(|s| s.mentions.contains(&PersonId::from(id))));
    let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if called && plain && is_chat(state) {
        Value::from_safe_string(format!("<@{id}>"))
    } else {
        named(state, "person", id)
    }
}

fn people(state: &State<'_, '_>, ids: Vec<String>) -> Value {
    let names = ids.iter().map(|id| person(state, Some(id)).to_string()).collect();
    joined(state, names, "and", "nobody")
}

/// Returns the names of ids: `{{ ids|names("status")|either }}`.
fn names(state: &State<'_, '_>, ids: Vec<String>, kind: &str) -> Vec<String> {
    let name = |id: &String| on_stage(state, |stage| stage.map_or_else(|| id.clone(), |s| s.names.of(kind, id)));
    ids.iter().map(name).collect()
}

/// Returns the name of a person, or of the automation that acted.
fn actor(state: &State<'_, '_>, actor: &Value) -> Result<Value, Error> {
    let person_id = actor.get_attr("person")?;
    if let Some(id) = person_id.as_str() {
        return Ok(person(state, Some(id)));
    }
    let machine = actor.get_attr("machine")?;
    let what = machine.as_str().ok_or_else(|| wrong("this is no actor"))?;
    Ok(ready(state, &automation(what)))
}

/// Names an automation. Rules are named because the operator wrote them; the bot's internal parts are not.
fn automation(what: &str) -> String {
    if let Some(account) = what.strip_prefix(TRACKER_ACCOUNT) {
        return account.to_owned();
    }
    if what.starts_with(RULE) || what == ALERT_SEVERITY { format!("hotroom ({what})") } else { "hotroom".to_owned() }
}

/// Returns the display name of an id whose kind is unknown: a role, a status, a severity or a person. A text that is no
/// such id, for example an incident's key, is returned with `_` as spaces.
fn display(state: &State<'_, '_>, id: &str) -> Value {
    let known = on_stage(state, |stage| {
        let names = &stage?.names;
        ["role", "status", "severity", "person"].iter().find_map(|kind| names.find(kind, id)).map(str::to_owned)
    });
    ready(state, &known.unwrap_or_else(|| id.replace('_', " ")))
}

/// Returns a severity as a word and a shape, because colour alone is not accessible.
fn severity(state: &State<'_, '_>, id: &str) -> Result<Value, Error> {
    let mark = match id {
        "sev1" => "◆",
        "sev2" => "▲",
        "sev3" => "■",
        "sev4" => "●",
        _ => return Err(wrong(format!("there is no severity {id}"))),
    };
    let name = on_stage(state, |stage| stage.map_or_else(|| id.to_uppercase(), |s| s.names.of("severity", id)));
    let name = if name == id.replace(['_', '-'], " ") { id.to_uppercase() } else { name };
    Ok(ready(state, &format!("{mark} {name}")))
}

/// Returns the operator's description of a severity.
fn means(state: &State<'_, '_>, id: &str) -> Value {
    named(state, "meaning", id)
}

fn component_status(status: &str) -> Result<&'static str, Error> {
    match status {
        "operational" => Ok("✓ operational"),
        "under_maintenance" => Ok("● under maintenance"),
        "degraded_performance" => Ok("■ degraded performance"),
        "partial_outage" => Ok("▲ partial outage"),
        "major_outage" => Ok("◆ major outage"),
        _ => Err(wrong(format!("there is no component status {status}"))),
    }
}

/// Returns the name of a kind of contact method within a sentence.
/// Returns the name of an outside pager.
fn pager(word: &str) -> Result<&'static str, Error> {
    PagerKind::parse(word).map(PagerKind::title).ok_or_else(|| wrong(format!("{word} is no outside pager")))
}

fn method(kind: &str) -> Result<&'static str, Error> {
    Ok(match MethodKind::parse(kind).ok_or_else(|| wrong(format!("{kind} is no kind of contact method")))? {
        MethodKind::Mail => "mail",
        MethodKind::WebPush => "web push",
        MethodKind::Ntfy => "ntfy",
        MethodKind::Sms => "text message",
        MethodKind::Voice => "call",
        MethodKind::Pushover => "Pushover",
        MethodKind::Webhook => "webhook",
        MethodKind::Gateway => "text message by gateway",
    })
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn instant(at: &str) -> Result<Timestamp, Error> {
    DateTime::parse_from_rfc3339(at).map(|t| t.to_utc()).map_err(|e| wrong(format!("{at:?} is no time: {e}")))
}

/// Returns a timestamp token that the reader's client shows in the reader's time zone.
fn stamp(at: &str, style: char) -> Result<Value, Error> {
    Ok(Value::from_safe_string(format!("<t:{}:{style}>", instant(at)?.timestamp())))
}

/// Formats a duration, given in seconds or as stored: `1 h 12 min`.
fn duration(value: &Value) -> Result<String, Error> {
    let seconds = match value.as_i64() {
        Some(seconds) => seconds,
        None => value.get_attr("secs")?.as_i64().ok_or_else(|| wrong("this is no length of time"))?,
    };
    Ok(super::post::span(u64::try_from(seconds).unwrap_or(0)))
}

/// Formats the duration between two times: `{{ begin|until(end) }}`.
fn until(from: &str, to: &str) -> Result<String, Error> {
    let seconds = (instant(to)? - instant(from)?).num_seconds();
    Ok(super::post::span(u64::try_from(seconds).unwrap_or(0)))
}

/// Formats an issue key, from its two parts or as a whole.
fn key(value: &Value) -> Result<String, Error> {
    if let Some(text) = value.as_str() {
        return Ok(text.to_owned());
    }
    let (prefix, number) = (value.get_attr("prefix")?, value.get_attr("number")?);
    match (prefix.as_str(), number.as_i64()) {
        (Some(prefix), Some(number)) => Ok(Key::new(prefix, number.unsigned_abs()).to_string()),
        _ => Err(wrong("this is no issue key")),
    }
}

/// Returns a room as a token that the chat platform turns into a link.
fn room(state: &State<'_, '_>, id: &str) -> Value {
    let plain = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if plain && is_chat(state) { Value::from_safe_string(format!("<#{id}>")) } else { ready(state, id) }
}

fn cut(state: &State<'_, '_>, text: &str, max: usize) -> Value {
    if is_chat(state) {
        return Value::from_safe_string(chat_line(text, max));
    }
    Value::from(crate::domain::text::cut(&visible(text), max))
}

/// Escapes a text and keeps its lines.
fn block(state: &State<'_, '_>, text: &str, max: Option<usize>) -> Value {
    in_chat(state, text, |t| chat_block(t, max.unwrap_or(1500)))
}

/// Escapes a text that a person wrote, and keeps its lines and its formatting.
fn prose(state: &State<'_, '_>, text: &str, max: Option<usize>) -> Value {
    in_chat(state, text, |t| chat_prose(t, max.unwrap_or(1500)))
}

/// Escapes a text and quotes each line.
fn quote(state: &State<'_, '_>, text: &str, max: Option<usize>) -> Value {
    in_chat(state, text, |t| {
        let lines = chat_block(t, max.unwrap_or(1500));
        lines.split('\n').map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
    })
}

fn plural(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Joins words as alternatives or as a list: `a, b or c`.
fn choice(state: &State<'_, '_>, words: &[String], last: &str) -> Value {
    let words = words.iter().map(|w| ready(state, w).to_string()).collect();
    joined(state, words, last, "nothing")
}

/// Joins words that can be typed as alternatives in code spans, each with an optional prefix.
fn codes(state: &State<'_, '_>, words: Vec<String>, before: Option<&str>) -> Value {
    let before = before.unwrap_or_default();
    let code = |word: &String| in_chat(state, &format!("{before}{word}"), |t| chat_code(t, 100)).to_string();
    joined(state, words.iter().map(code).collect(), "or", "nothing")
}
