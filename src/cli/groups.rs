//! `hotroom alert list`, `show`, `why`, `ack`, `silence`, `silences` and `expire`: calls the HTTP API of a running bot.

use anyhow::bail;
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::{
    WrongArgument,
    args::{API_TOKEN, BotArgs, Running, SilenceToMake},
    client,
};
use crate::config::Config;

/// The most groups or silences in a list.
const LISTED: u32 = 200;

/// Calls a running hotroom and returns its response: lines for a person, or the JSON of the API.
pub async fn ask_bot(config: &Config, wanted: &Running) -> anyhow::Result<String> {
    let (bot, call) = call_of(wanted)?;
    let answer = call.send(config, bot).await?;
    if bot.json {
        return Ok(serde_json::to_string_pretty(&answer)?);
    }
    Ok(match wanted {
        Running::List { .. } => list(&answer, "groups of alerts", group_line),
        Running::Silences { .. } => list(&answer, "silences", silence_line),
        Running::Show { .. } | Running::Ack { .. } => group(&answer),
        Running::Why { .. } => text(&answer, "text").to_owned(),
        Running::Silence(silence) if silence.preview => format!(
            "it would match {} of {} firing alerts{}",
            answer["held"],
            answer["firing"],
            if answer["wide"] == true { "; that is most of them, so --sure is required" } else { "" }
        ),
        Running::Silence(_) | Running::Expire { .. } => silence_line(&answer),
    })
}

/// Asks a running hotroom for its boards, or one of them.
pub async fn ask_board(config: &Config, name: Option<&str>, bot: &BotArgs) -> anyhow::Result<String> {
    let line = match name {
        Some(name) if name.contains(['"', '\n']) => return Err(wrong("a board has no name with quotes")),
        Some(name) => format!("/board \"{name}\""),
        None => "/board".to_owned(),
    };
    let body = Some(json!({ "text": line }));
    let answer = Call { method: Method::POST, path: "commands".to_owned(), body }.send(config, bot).await?;
    if bot.json {
        return Ok(serde_json::to_string_pretty(&answer["data"])?);
    }
    Ok(text(&answer, "text").to_owned())
}

/// A call of the API.
struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
}

fn call_of(wanted: &Running) -> anyhow::Result<(&BotArgs, Call)> {
    let get = |path: String| Call { method: Method::GET, path, body: None };
    let post = |path: String, body: Value| Call { method: Method::POST, path, body: Some(body) };
    Ok(match wanted {
        Running::List { state, bot } => (bot, get(format!("groups?limit={LISTED}{}", filter(state.as_deref())))),
        Running::Silences { state, bot } => (bot, get(format!("silences?limit={LISTED}{}", filter(state.as_deref())))),
        Running::Show { group, bot } => (bot, get(format!("groups/{}", id(group, "list")?))),
        Running::Why { group, bot } => (bot, get(format!("groups/{}/why", id(group, "list")?))),
        Running::Ack { group, bot } => (bot, post(format!("groups/{}/ack", id(group, "list")?), json!({}))),
        Running::Expire { silence, bot } => {
            (bot, post(format!("silences/{}/expire", id(silence, "silences")?), json!({})))
        }
        Running::Silence(silence) => (&silence.bot, post("silences".to_owned(), options(silence)?)),
    })
}

fn options(wanted: &SilenceToMake) -> anyhow::Result<Value> {
    let mut options = Map::new();
    match (&wanted.group, wanted.matchers.is_empty()) {
        (Some(group), true) => options.insert("group".to_owned(), id(group, "list")?.into()),
        (None, false) => options.insert("match".to_owned(), wanted.matchers.join(", ").into()),
        (Some(_), false) => return Err(wrong("use either a group or --match")),
        (None, true) => return Err(wrong("name a group, or select alerts with --match 'service=\"api\"'")),
    };
    options.insert("wait".to_owned(), wanted.wait.as_str().into());
    if let Some(comment) = &wanted.comment {
        options.insert("comment".to_owned(), comment.as_str().into());
    }
    options.insert("preview".to_owned(), wanted.preview.into());
    options.insert("sure".to_owned(), wanted.sure.into());
    Ok(Value::Object(options))
}

fn wrong(what: impl Into<String>) -> anyhow::Error {
    WrongArgument(what.into()).into()
}

fn filter(state: Option<&str>) -> String {
    state.map_or_else(String::new, |state| format!("&state={state}"))
}

/// Checks that a text is an id, so that it can be part of a path.
fn id<'t>(text: &'t str, list: &str) -> anyhow::Result<&'t str> {
    let given = uuid::Uuid::try_parse(text);
    given.map(|_| text).map_err(|_| wrong(format!("{text:?} is not an id; `hotroom alert {list}` shows them")))
}

impl Call {
    async fn send(self, config: &Config, bot: &BotArgs) -> anyhow::Result<Value> {
        let base = bot.url.as_deref().unwrap_or(&config.server.public_url).trim_end_matches('/');
        let address = format!("{base}/api/v1/{}", self.path);
        let mut request = client::client(bot.ca.as_deref())?.request(self.method, &address);
        let token =
            bot.token.as_deref().or_else(|| config.server.api_token.as_ref().map(|token| token.expose_secret()));
        let with_token = token.is_some();
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(person) = &bot.person {
            request = request.header("x-hotroom-person", person.trim_start_matches('@'));
        }
        if let Some(body) = self.body {
            request = request.json(&body);
        }
        let answer = client::send(request, base).await?;
        let (status, said) = (answer.status(), client::text(answer, base).await?);
        let value: Option<Value> = serde_json::from_str(&said).ok();
        match value {
            Some(value) if status.is_success() => Ok(value),
            Some(_) | None if status == StatusCode::UNAUTHORIZED && !with_token => {
                bail!("hotroom does not trust requests without a token; set {API_TOKEN} to its [server] api_token")
            }
            Some(problem) => bail!("{}", problem_text(&problem)),
            None => bail!("{base} answered {status} without JSON; is this hotroom?"),
        }
    }
}

/// Returns a problem document as one line. Advice about the request is for programs that write it themselves.
fn problem_text(problem: &Value) -> String {
    let word = |name: &str| problem[name].as_str().filter(|text| !text.is_empty());
    let advice = word("what_to_do").filter(|advice| !advice.contains("openapi"));
    let said: Vec<&str> = [word("detail").or(word("title")), advice].into_iter().flatten().collect();
    if said.is_empty() { "hotroom refused the request without a reason".to_owned() } else { said.join(" ") }
}

fn list(answer: &Value, what: &str, line: impl Fn(&Value) -> String) -> String {
    let items = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut lines: Vec<String> = items.iter().map(line).collect();
    if lines.is_empty() {
        lines.push(format!("no {what}"));
    }
    if !answer["next"].is_null() {
        lines.push(format!("and more; these are the newest {LISTED}"));
    }
    lines.join("\n")
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

fn group_line(group: &Value) -> String {
    let severity = group["severity"].as_str().unwrap_or("-");
    let mut line =
        format!("{}  {:<12}  {severity:<4}  {}", text(group, "id"), text(group, "state"), text(group, "title"));
    line.push_str(&format!("  ({} firing, {} resolved)", group["counts"]["firing"], group["counts"]["resolved"]));
    for (name, before) in [("acknowledged_by", "acknowledged by"), ("incident", "incident")] {
        if let Some(value) = group[name].as_str() {
            line.push_str(&format!("; {before} {value}"));
        }
    }
    line
}

fn group(answer: &Value) -> String {
    let mut lines = vec![group_line(answer)];
    for alert in answer["alerts"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let since = text(alert, "starts_at");
        lines.push(format!("  {:<12}  {}  since {since}", text(alert, "state"), text(alert, "summary")));
    }
    lines.join("\n")
}

fn silence_line(silence: &Value) -> String {
    let one = |matcher: &Value| format!("{}{}{}", text(matcher, "label"), text(matcher, "op"), matcher["value"]);
    let matchers = silence["matchers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let what = matchers.iter().map(one).collect::<Vec<_>>().join(" ");
    let until = silence["until"].as_str().map_or_else(|| "the alerts resolve".to_owned(), ToOwned::to_owned);
    let comment = silence["comment"].as_str().map(|why| format!(": {why}")).unwrap_or_default();
    let (id, state, by) = (text(silence, "id"), text(silence, "state"), text(silence, "by"));
    format!("{id}  {state:<8}  {what}  until {until}, by {by}{comment}; matches {} firing", silence["holds"])
}
