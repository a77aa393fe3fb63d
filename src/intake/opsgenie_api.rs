//! Opsgenie's Alert API (opsgenie-oas `paths/alert.yaml`): a request is validated on arrival, stored together with its
//! action, and processed after the response.

use std::collections::BTreeMap;

use super::{Reading, Unreadable, json::Json, reading};
use crate::domain::{
    Timestamp,
    alert::{OpsgenieAction, OpsgenieDraft, OpsgenieReference, OpsgenieRequest, OpsgenieResponder},
    ids::AlertId,
    text::{Untrusted, cut},
};

/// Maximum number of tags and actions.
const MOST_TAGS: usize = 20;
/// Maximum text lengths in characters: message, alias, description, note; everything else.
pub(super) const MESSAGE: usize = 130;
const ALIAS: usize = 512;
pub(super) const DESCRIPTION: usize = 15_000;
const NOTE: usize = 25_000;
const OTHER: usize = 512;

/// Builds the stored document of a request. `named` is the identifier and its type; `name` is the alias of an alert
/// without one.
pub fn frame(action: &str, named: Option<(&str, &str)>, body: Json, name: &str) -> Json {
    let text = |text: &str| Json::Text(text.to_owned());
    let (identifier, kind) = named.unwrap_or((name, "alias"));
    Json::Object(vec![
        ("action".to_owned(), text(action)),
        ("identifier".to_owned(), text(identifier)),
        ("identifierType".to_owned(), text(kind)),
        ("body".to_owned(), body),
    ])
}

pub(super) fn read(frame: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    Ok(Reading { calls: vec![call(frame, received)?], ..Reading::default() })
}

/// Reads a request. Fails with the missing or invalid field.
pub fn call(frame: &Json, received: Timestamp) -> Result<OpsgenieRequest, Unreadable> {
    let none = Json::Object(Vec::new());
    let body = frame.get("body").filter(|body| body.members().is_some()).unwrap_or(&none);
    let text = |name, most| text(body, name, most);
    let need = |name: &'static str, most| {
        text(name, most).ok_or_else(|| Unreadable::new(format!("{name} can not be empty"), format!("/body/{name}")))
    };
    let action = match word(frame, "action").as_str() {
        "create" => OpsgenieAction::Create(OpsgenieDraft { message: need("message", MESSAGE)?, ..draft(body)? }),
        "close" => OpsgenieAction::Close,
        "acknowledge" => OpsgenieAction::Acknowledge,
        "unacknowledge" => OpsgenieAction::Unacknowledge,
        "snooze" => OpsgenieAction::Snooze(end_time(body, received)?),
        "notes" => {
            need("note", NOTE)?;
            OpsgenieAction::AddNote
        }
        "assign" => OpsgenieAction::Assign(owner(body)?),
        "responders" => OpsgenieAction::AddResponder(one_responder(body, "responder", "")?),
        "teams" => OpsgenieAction::AddTeam(one_responder(body, "team", "team")?),
        "escalate" => OpsgenieAction::Escalate(one_responder(body, "escalation", "escalation")?),
        "tags" => OpsgenieAction::AddTags(list(body, "tags")),
        "remove-tags" => OpsgenieAction::RemoveTags(list(body, "tags")),
        "details" => OpsgenieAction::AddDetails(details(body)?),
        "remove-details" => {
            OpsgenieAction::RemoveDetails(list(body, "keys").iter().map(|key| key.verbatim().to_owned()).collect())
        }
        "message" => OpsgenieAction::SetMessage(need("message", MESSAGE)?),
        "description" => OpsgenieAction::SetDescription(need("description", DESCRIPTION)?),
        "priority" => OpsgenieAction::SetPriority(priority(body, "priority")?),
        other => return Err(Unreadable::new(format!("there is no action {}", cut(other, 40)), "/action")),
    };
    // A new alert without an alias gets a generated identifier.
    let given = if matches!(action, OpsgenieAction::Create(_)) { alias(body) } else { None };
    let whom = given.map_or_else(|| whom(frame), Ok)?;
    Ok(OpsgenieRequest {
        whom,
        action,
        user: text("user", OTHER).unwrap_or_default(),
        note: text("note", NOTE).unwrap_or_default(),
    })
}

fn word(frame: &Json, name: &str) -> String {
    frame.get(name).and_then(Json::to_text).unwrap_or_default()
}

pub(super) fn text(body: &Json, name: &str, most: usize) -> Option<Untrusted> {
    let text = body.get(name)?.to_text().map(|text| Untrusted::new(cut(text.trim(), most)))?;
    (!text.is_blank()).then_some(text)
}

fn alias(body: &Json) -> Option<OpsgenieReference> {
    text(body, "alias", ALIAS).map(|alias| OpsgenieReference::Alias(alias.verbatim().to_owned()))
}

/// Returns the alert that a request refers to. Fails when the identifier does not match its type.
pub fn whom(frame: &Json) -> Result<OpsgenieReference, Unreadable> {
    let identifier = word(frame, "identifier");
    let wrong = || Unreadable::new("Identifier is not valid", "/identifier");
    match word(frame, "identifierType").as_str() {
        "" | "id" => AlertId::parse(&identifier).map(OpsgenieReference::Id).ok_or_else(wrong),
        "tiny" => identifier.parse().map(OpsgenieReference::Tiny).map_err(|_| wrong()),
        "alias" => Ok(OpsgenieReference::Alias(cut(identifier.trim(), ALIAS))),
        _ => Err(Unreadable::new("Identifier type must be one of id, tiny, alias", "/identifierType")),
    }
}

fn draft(body: &Json) -> Result<OpsgenieDraft, Unreadable> {
    let text = |name, most| text(body, name, most).unwrap_or_default();
    Ok(OpsgenieDraft {
        message: Untrusted::default(),
        description: text("description", DESCRIPTION),
        entity: text("entity", OTHER),
        source: text("source", OTHER),
        priority: if body.get("priority").is_some() { priority(body, "priority")? } else { "P3".to_owned() },
        tags: list(body, "tags"),
        details: if body.get("details").is_some() { details(body)? } else { BTreeMap::new() },
        actions: list(body, "actions"),
        responders: responders(body),
    })
}

pub(super) fn priority(body: &Json, field: &str) -> Result<String, Unreadable> {
    let said = word(body, field);
    let known = ["P1", "P2", "P3", "P4", "P5"].contains(&said.as_str());
    if known {
        Ok(said)
    } else {
        Err(Unreadable::new("Priority should be one of [ P1, P2, P3, P4, P5 ]", format!("/body/{field}")))
    }
}

fn details(body: &Json) -> Result<BTreeMap<String, Untrusted>, Unreadable> {
    reading::texts(body.get("details"), "/body/details")
}

pub(super) fn list(body: &Json, name: &str) -> Vec<Untrusted> {
    let items = body.get(name).and_then(Json::items).unwrap_or_default();
    let texts = items.iter().filter_map(Json::to_text).map(|text| Untrusted::new(cut(text.trim(), OTHER)));
    texts.filter(|text| !text.is_blank()).take(MOST_TAGS).collect()
}

/// Reads the members `responders` and `teams`; entries that name nobody are ignored.
fn responders(body: &Json) -> Vec<OpsgenieResponder> {
    let items = |name: &str| body.get(name).and_then(Json::items).unwrap_or_default().iter();
    let named = items("responders").filter_map(|item| responder(item, ""));
    named.chain(items("teams").filter_map(|item| responder(item, "team"))).take(MOST_TAGS).collect()
}

fn one_responder(body: &Json, member: &'static str, kind: &str) -> Result<OpsgenieResponder, Unreadable> {
    let named = body.get(member).and_then(|item| responder(item, kind));
    let wrong = || Unreadable::new(format!("{member} must have a type and a name or an id"), format!("/body/{member}"));
    named.ok_or_else(wrong)
}

/// Reads a responder; `kind` is the default type.
fn responder(item: &Json, kind: &str) -> Option<OpsgenieResponder> {
    let name = ["name", "username", "id"].iter().find_map(|member| text(item, member, OTHER))?;
    let said = Some(word(item, "type")).filter(|said| !said.is_empty()).unwrap_or_else(|| kind.to_owned());
    let known = ["user", "team", "escalation", "schedule"].contains(&said.as_str());
    known.then_some(OpsgenieResponder { kind: said, name })
}

fn owner(body: &Json) -> Result<Untrusted, Unreadable> {
    let owner = body.get("owner");
    let named = owner.and_then(|owner| text(owner, "username", OTHER).or_else(|| text(owner, "id", OTHER)));
    named.ok_or_else(|| Unreadable::new("owner must have a username or an id", "/body/owner"))
}

fn end_time(body: &Json, received: Timestamp) -> Result<Timestamp, Unreadable> {
    let end = reading::time(body.get("endTime"), &mut Vec::new()).filter(|end| received < *end);
    end.ok_or_else(|| Unreadable::new("endTime must be a time in the future", "/body/endTime"))
}
