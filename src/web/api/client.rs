//! Runs commands on behalf of API clients and converts their replies.

use std::collections::BTreeMap;

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, request::Parts},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    chat::{CommandInput, Inbound, Reply, ReplyOutcome},
    command::{Form, Input},
    domain::{
        ids::{RoomId, uuid_at},
        refusal::Refusal,
        text::{cut, visible},
    },
    render::{MessageRenderer, safe_html},
    web::{Caller, Problem, RequestId, State, problem::Kind},
};

/// The header that makes a retried request safe: it has an effect only once.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The parts of a request that running a command needs.
pub(super) struct ApiClient {
    pub state: State,
    pub caller: Caller,
    pub id: RequestId,
    /// The client's id of this request.
    pub key: Option<String>,
}

/// Options as a JSON object: strings, numbers and booleans; a list is joined with commas.
pub(super) type Options = BTreeMap<String, Value>;

impl FromRequestParts<State> for ApiClient {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let id = RequestId::from_request_parts(parts, state).await?;
        let key = match parts.headers.get(IDEMPOTENCY_KEY).map(HeaderValue::as_bytes) {
            None => None,
            Some(key) if (1..=200).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic) => {
                Some(String::from_utf8_lossy(key).into_owned())
            }
            Some(_) => {
                let words = "`Idempotency-Key` must be 1 to 200 visible ASCII characters without spaces.";
                return Err(Problem::new(Kind::BadValue).because(words));
            }
        };
        Ok(Self { state: state.clone(), caller, id, key })
    }
}

impl ApiClient {
    /// Runs a command with options; `fixed` are those from the path.
    pub(super) async fn command(
        &self,
        command: &str,
        fixed: &[(&str, String)],
        mut given: Options,
    ) -> Result<Reply, Problem> {
        let version = match given.remove("version") {
            None | Some(Value::Null) => None,
            Some(version) => Some(version.as_u64().ok_or_else(|| super::listing::bad("version", "?", "a number"))?),
        };
        let mut options: Vec<(String, String)> =
            fixed.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        for (name, value) in given {
            if let Some(value) = option_text(&name, value)? {
                options.push((name, value));
            }
        }
        self.say(CommandInput::Options { command: command.to_owned(), options, version }, None).await
    }

    /// Runs a command, in a room or in none.
    pub(super) async fn say(&self, said: CommandInput, room: Option<RoomId>) -> Result<Reply, Problem> {
        let fresh = || uuid_at(self.state.app.clock.now()).to_string();
        let person = &self.caller.person.id;
        let inbound = Inbound {
            about: None,
            source: "api",
            // Ids are scoped to the person: the same id from two people does not collide.
            delivery: self.key.as_ref().map_or_else(fresh, |key| format!("{person}/{key}")),
            actor: person.clone(),
            guest: None,
            room,
            said,
            request: self.id.as_str().to_owned(),
        };
        let reply = self.state.app.on_command(inbound).await?;
        match reply.outcome {
            ReplyOutcome::Done => Ok(reply),
            ReplyOutcome::Asked | ReplyOutcome::Misunderstood | ReplyOutcome::Refused | ReplyOutcome::Forbidden => {
                Err(self.problem(&reply))
            }
        }
    }

    /// The problem of a command that did not succeed, with the text that chat shows.
    fn problem(&self, reply: &Reply) -> Problem {
        let refusal: Option<Refusal> = reply.data.clone().and_then(|data| serde_json::from_value(data).ok());
        let usage = reply.data.as_ref().and_then(|data| data.get("mistake")).and_then(Value::as_str);
        let kind = match reply.outcome {
            ReplyOutcome::Forbidden => Kind::Forbidden,
            ReplyOutcome::Asked | ReplyOutcome::Misunderstood => Kind::Misunderstood,
            ReplyOutcome::Refused if reply.data.is_none() && self.key.is_some() => return Kind::DeliveryReused.into(),
            ReplyOutcome::Refused | ReplyOutcome::Done => Kind::Refused,
        };
        let mut problem = Problem::new(kind).because(plain(&reply.post.text));
        if let Some(refusal) = &refusal {
            problem.name = refusal.name().into();
            problem.status = refusal_status(refusal, problem.status);
        } else if let Some(name) = usage {
            problem.name = name.to_owned().into();
        }
        if let Some(form) = &reply.form {
            if reply.outcome == ReplyOutcome::Asked {
                problem = problem.because(what_is_missing(form));
            }
            problem = problem.with("form", form);
        }
        match (&reply.data, refusal.is_some() || usage.is_some()) {
            (Some(data), true) => problem.with("reason", data),
            _ => problem,
        }
    }
}

/// What a command needs that would open this form in chat.
fn what_is_missing(form: &Form) -> String {
    let empty: Vec<&Input> =
        form.inputs.iter().filter(|input| input.kind != "hidden" && input.value.is_empty()).collect();
    let names = |inputs: &[&Input]| inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>().join(", ");
    let required: Vec<&Input> = empty.iter().copied().filter(|input| input.required).collect();
    if required.is_empty() {
        return format!("/{} opens a form in chat. With one of its options it runs: {}.", form.command, names(&empty));
    }
    format!("/{} opens a form in chat. Without it, give: {}.", form.command, names(&required))
}

/// The problem of a refusal, with the text that chat shows.
pub(in crate::web) fn refusal_problem(state: &State, refusal: &Refusal) -> Problem {
    let config = state.app.config.current();
    let post = MessageRenderer::new(&state.app.renderer, &config, state.app.clock.now()).refusal(refusal);
    let mut problem = Problem::new(Kind::Refused).because(plain(&post.text));
    problem.name = refusal.name().into();
    problem.status = refusal_status(refusal, problem.status);
    problem.with("reason", refusal)
}

/// 404 for a missing object, 422 for invalid input, 403 for a missing permission, 409 for a conflict with the current
/// state.
fn refusal_status(refusal: &Refusal, usual: StatusCode) -> StatusCode {
    match refusal.name() {
        "unknown_incident" | "unknown_override" | "unknown_group" | "unknown_page" | "unknown_task"
        | "unknown_silence" | "unknown_section" | "unknown_comment" | "unknown_follow_up" | "unknown_report"
        | "no_postmortem" => StatusCode::NOT_FOUND,
        "not_allowed" | "not_approver" => StatusCode::FORBIDDEN,
        "empty" | "too_long" | "in_future" | "out_of_order" | "bad_wait" | "bad_silence" | "reason_needed"
        | "bad_link" | "due_in_past" | "message_needed" => StatusCode::UNPROCESSABLE_ENTITY,
        name if name.starts_with("unknown_") || name.starts_with("which_") => StatusCode::UNPROCESSABLE_ENTITY,
        _ => usual,
    }
}

fn option_text(name: &str, value: Value) -> Result<Option<String>, Problem> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::Bool(yes) => if yes { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text,
        Value::Array(items) => {
            let texts: Result<Vec<_>, _> = items.into_iter().map(|item| option_text(name, item)).collect();
            texts?.into_iter().flatten().collect::<Vec<_>>().join(",")
        }
        Value::Object(_) => {
            return Err(super::listing::bad(name, "{…}", "a text, a number, true, false or a list of these"));
        }
    };
    Ok(Some(text))
}

/// The result of a command.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Done)]
pub struct CommandReply {
    /// Always `done`; any other outcome is a problem.
    #[schema(example = "done")]
    pub outcome: &'static str,
    /// The reply, as plain text.
    pub text: String,
    /// The key of its incident.
    pub incident: Option<String>,
    /// The room to open.
    pub room: Option<String>,
    /// The reply as chat shows it, in chat markdown, with its fields and buttons.
    #[schema(value_type = Object)]
    pub post: crate::chat::Post,
    /// The machine-readable result; null for most commands.
    #[schema(value_type = Option<Object>)]
    pub data: Option<Value>,
}

impl CommandReply {
    pub(super) fn of(reply: Reply) -> Self {
        Self {
            outcome: "done",
            text: whole_text(&reply.post),
            incident: reply.incident.map(|key| key.to_string()),
            room: reply.room.map(|room| room.to_string()),
            post: reply.post,
            data: reply.data,
        }
    }
}

/// The text of a post; of one that has only a title and fields, such as a card, these.
fn whole_text(post: &crate::chat::Post) -> String {
    if !post.text.trim().is_empty() {
        return plain(&post.text);
    }
    let fields = post.fields.iter().map(|field| format!("{}: {}", plain(&field.name), plain(&field.value)));
    post.title.iter().map(|title| plain(title)).chain(fields).collect::<Vec<_>>().join("\n")
}

/// Tags that end a line.
const BREAKS: [&str; 5] = ["<br>", "<ul>", "</li>", "<blockquote>", "</blockquote>"];

/// Converts chat markdown to plain text: the text that its HTML shows.
pub(super) fn plain(markdown: &str) -> String {
    let html = safe_html(markdown, &|_| None);
    let html = BREAKS.into_iter().fold(html, |html, tag| html.replace(tag, "\n")).replace("<li>", "- ");
    let mut out = String::with_capacity(html.len());
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            _ if !inside => out.push(c),
            _ => {}
        }
    }
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&#x2f;", "/"),
        ("&amp;", "&"),
    ];
    let text = entities.into_iter().fold(out, |text, (entity, c)| text.replace(entity, c));
    cut(&visible(once(text.trim()).as_str()), 8_000)
}

/// The length of a time as plain text has it: `2026-11-30 08:00 UTC`.
const TIME: usize = 20;

/// Drops a time in brackets that was given before: how long ago it was is shown by chat only.
fn once(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(" (") {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let time = after.get(2..2 + TIME).filter(|time| time.ends_with(" UTC"));
        if time.is_some_and(|time| after[2 + TIME..].starts_with(')') && out.contains(time)) {
            rest = &after[TIME + 3..];
        } else {
            out.push_str(" (");
            rest = &after[2..];
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_chat_says_is_said_in_plain_words() {
        let said = "Nothing to do: the *status* is already **resolved**, by <@ann>.\n`/incident list` shows a \\*b\\* <c> & \"d\".";
        assert_eq!(
            plain(said),
            "Nothing to do: the status is already resolved, by @ann.\n/incident list shows a *b* <c> & \"d\"."
        );
    }

    #[test]
    fn a_time_stands_once() {
        let time = "2026-11-30 08:00 UTC";
        assert_eq!(once(&format!("until {time} ({time}); then (Cho)")), format!("until {time}; then (Cho)"));
        assert_eq!(
            once(&format!("{time} is still to come ({time}). Say when")),
            format!("{time} is still to come. Say when")
        );
        let other = "2026-11-30 09:00 UTC";
        assert_eq!(once(&format!("{time} and another ({other})")), format!("{time} and another ({other})"));
        assert_eq!(once("until 08:00 UTC (in 2 hours) (x"), "until 08:00 UTC (in 2 hours) (x");
    }

    #[test]
    fn quotes_and_lists_stand_on_lines_of_their_own() {
        assert_eq!(plain("Investigating\n> We look into it.\nNext"), "Investigating\nWe look into it.\nNext");
        assert_eq!(plain("Two:\n- a\n- b"), "Two:\n- a\n- b");
    }

    #[test]
    fn options_are_texts_numbers_flags_and_lists() {
        let text = |json: &str| option_text("x", serde_json::from_str(json).unwrap()).map_err(|p| p.status.as_u16());
        assert_eq!(text("\"a\""), Ok(Some("a".into())));
        assert_eq!(text("true"), Ok(Some("yes".into())));
        assert_eq!(text("12"), Ok(Some("12".into())));
        assert_eq!(text("[\"a\", \"b\"]"), Ok(Some("a,b".into())));
        assert_eq!(text("null"), Ok(None));
        assert_eq!(text("{}"), Err(422));
    }
}
