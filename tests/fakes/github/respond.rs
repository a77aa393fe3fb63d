//! Answers requests of the REST interface.

use std::{
    collections::{BTreeMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

use chrono::DateTime;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{
    BOT, INSTALLATION_TOKEN, REPOSITORY, TOKEN, board,
    issues::invalid,
    state::{CommentState, EventState, GitHubState, IssueState, text},
};
use crate::fake_http::{Reaction, Received};

type Query = BTreeMap<String, String>;

/// Answers a request.
pub fn respond(state: &mut GitHubState, request: &Received) -> Reaction {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let parts: Vec<String> = path
        .trim_matches('/')
        .split('/')
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    if let Some(reaction) = app(state, request, &parts) {
        return reaction;
    }
    let authorization = request.headers.get("authorization").map(String::as_str).unwrap_or_default();
    if ![format!("Bearer {TOKEN}"), format!("Bearer {INSTALLATION_TOKEN}")].iter().any(|good| good == authorization) {
        return answer(state, 401, json!({"message": "Bad credentials"}));
    }
    if request.headers.get("x-github-api-version").map(String::as_str) != Some("2022-11-28") {
        return answer(state, 400, json!({"message": "the test wants a version of the interface"}));
    }
    if request.method == "GET" {
        return read(state, request, &parts, &fields_of(query));
    }
    match state.reactions.pop_front() {
        Some((reaction, carried_out)) => {
            if carried_out {
                write(state, request, &parts);
            }
            reaction
        }
        None => write(state, request, &parts),
    }
}

fn fields_of(query: &str) -> Query {
    query.split('&').filter_map(|field| field.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

/// What an App calls before it has a token.
fn app(state: &mut GitHubState, request: &Received, parts: &[&str]) -> Option<Reaction> {
    let is_signed = request.headers.get("authorization").is_some_and(|value| value.matches('.').count() == 2);
    match (request.method.as_str(), parts) {
        ("GET", ["meta"]) => Some(answer(state, 200, json!({"verifiable_password_authentication": false}))),
        ("GET", ["app"]) if is_signed => Some(answer(state, 200, json!({"slug": "hotroom", "id": 1}))),
        ("POST", ["app", "installations", "77", "access_tokens"]) if is_signed => {
            let until = text(state.now + chrono::TimeDelta::hours(1));
            Some(answer(state, 201, json!({"token": INSTALLATION_TOKEN, "expires_at": until})))
        }
        _ => None,
    }
}

fn read(state: &mut GitHubState, request: &Received, parts: &[&str], query: &Query) -> Reaction {
    let body = match parts {
        ["user"] => json!({"login": BOT, "id": 41, "type": "User"}),
        ["repos", owner, name, rest @ ..]
            if !state.is_hidden && format!("{owner}/{name}").eq_ignore_ascii_case(REPOSITORY) =>
        {
            match repository(state, rest, query) {
                Ok(body) => body,
                Err(reaction) => return reaction,
            }
        }
        _ => return answer(state, 404, json!({"message": "Not Found"})),
    };
    let mut hasher = DefaultHasher::new();
    body.to_string().hash(&mut hasher);
    let etag = format!("W/\"{:016x}\"", hasher.finish());
    if request.headers.get("if-none-match") == Some(&etag) {
        return Reaction::with_header(304, "etag", etag);
    }
    state.counted += 1;
    let mut reaction = answer(state, 200, body);
    if let Reaction::Answer { headers, .. } = &mut reaction {
        headers.push(("etag", etag));
    }
    reaction
}

fn repository(state: &mut GitHubState, rest: &[&str], query: &Query) -> Result<Value, Reaction> {
    let missing = |state: &GitHubState| answer(state, 404, json!({"message": "Not Found"}));
    match rest {
        [] => Ok(json!({
            "full_name": REPOSITORY, "has_issues": state.has_issues, "private": true,
            "permissions": {"pull": true, "triage": state.may_triage, "push": state.may_triage},
        })),
        ["hooks"] => Ok(json!(state.hooks)),
        ["labels", name] => match state.labels.iter().find(|(label, _)| label.eq_ignore_ascii_case(name)) {
            Some((name, color)) => Ok(json!({"name": name, "color": color})),
            None => Err(missing(state)),
        },
        ["assignees", login] if state.assignable.iter().any(|name| name == login) => {
            Err(Reaction::Answer { status: 204, headers: Vec::new(), body: Vec::new() })
        }
        ["issues"] => Ok(list(state, query)),
        ["issues", number, rest @ ..] => {
            let number = number.parse().unwrap_or(0);
            let Some(issue) = state.issue(number) else { return Err(missing(state)) };
            match rest {
                [] => Ok(state.shown(issue)),
                ["comments"] => Ok(page(&issue.comments.iter().map(comment).collect::<Vec<_>>(), query)),
                ["events"] => Ok(page(&issue.events.iter().map(event).collect::<Vec<_>>(), query)),
                _ => Err(missing(state)),
            }
        }
        _ => Err(missing(state)),
    }
}

fn list(state: &GitHubState, query: &Query) -> Value {
    let since = query.get("since").and_then(|since| DateTime::parse_from_rfc3339(since).ok());
    let mut issues: Vec<&IssueState> = state.issues.iter().collect();
    issues.retain(|issue| since.is_none_or(|since| issue.updated >= since));
    let by_update = query.get("sort").map(String::as_str) == Some("updated");
    issues.sort_by_key(|issue| if by_update { issue.updated } else { issue.created });
    if query.get("direction").map(String::as_str) != Some("asc") {
        issues.reverse();
    }
    page(&issues.into_iter().map(|issue| state.shown(issue)).collect::<Vec<_>>(), query)
}

fn page(items: &[Value], query: &Query) -> Value {
    let number = |name: &str, usual| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (size, page): (usize, usize) = (number("per_page", 30), number("page", 1));
    json!(items.iter().skip(size * (page - 1)).take(size).collect::<Vec<_>>())
}

fn comment(comment: &CommentState) -> Value {
    json!({
        "id": comment.id, "body": comment.body, "user": {"login": comment.author, "id": 1},
        "created_at": text(comment.created), "updated_at": text(comment.updated),
    })
}

fn event(event: &EventState) -> Value {
    let mut shown = event.details.clone();
    shown["id"] = json!(event.id);
    shown["event"] = json!(event.event);
    shown["actor"] = json!({"login": event.actor, "id": 1});
    shown["created_at"] = json!(text(event.created));
    shown
}

fn write(state: &mut GitHubState, request: &Received, parts: &[&str]) -> Reaction {
    state.counted += 1;
    let body = request.json();
    match (request.method.as_str(), parts) {
        ("POST", ["graphql"]) => board::graphql(state, &body),
        (method, ["repos", owner, name, rest @ ..]) if format!("{owner}/{name}").eq_ignore_ascii_case(REPOSITORY) => {
            write_issue(state, method, rest, &body)
        }
        _ => answer(state, 404, json!({"message": "Not Found"})),
    }
}

fn write_issue(state: &mut GitHubState, method: &str, rest: &[&str], body: &Value) -> Reaction {
    match (method, rest) {
        ("POST" | "PATCH", ["issues", ..]) if !state.has_issues => {
            answer(state, 410, json!({"message": "Issues are disabled for this repo"}))
        }
        ("POST", ["labels"]) => {
            let (name, color) = (body["name"].as_str().unwrap_or_default(), body["color"].as_str().unwrap_or_default());
            if name.is_empty() || name.chars().count() > 50 || color.len() != 6 {
                return answer(state, 422, invalid("name", "invalid"));
            }
            if state.labels.keys().any(|label| label.eq_ignore_ascii_case(name)) {
                return answer(state, 422, invalid("name", "already_exists"));
            }
            state.labels.insert(name.to_owned(), color.to_owned());
            answer(state, 201, json!({"name": name, "color": color}))
        }
        ("POST", ["issues"]) => match state.create(BOT, body) {
            Ok(number) => shown(state, 201, number),
            Err(refusal) => answer(state, 422, refusal),
        },
        ("PATCH", ["issues", number]) if state.issue(number.parse().unwrap_or(0)).is_some() => {
            let number = number.parse().unwrap_or(0);
            if let Err(refusal) = state.check(body) {
                return answer(state, 422, refusal);
            }
            state.edit(number, BOT, body);
            shown(state, 200, number)
        }
        ("POST", ["issues", number, "comments"]) if state.issue(number.parse().unwrap_or(0)).is_some() => {
            let (number, text) = (number.parse().unwrap_or(0), body["body"].as_str().unwrap_or_default());
            if text.is_empty() || text.chars().count() > 65_536 {
                return answer(state, 422, invalid("body", "invalid"));
            }
            state.comment(number, BOT, text);
            let made = state.issue(number).and_then(|issue| issue.comments.last()).map(comment);
            answer(state, 201, json!(made))
        }
        _ => answer(state, 404, json!({"message": "Not Found"})),
    }
}

fn shown(state: &GitHubState, status: u16, number: u64) -> Reaction {
    answer(state, status, state.shown(state.issue(number).expect("there is such an issue")))
}

fn answer(state: &GitHubState, status: u16, body: Value) -> Reaction {
    let headers = vec![
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("date", state.now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
    ];
    Reaction::Answer { status, headers, body: body.to_string().into_bytes() }
}
