//! Zabbix: the body of the media type in `docs/senders/zabbix-media-type.yaml`, and the common webhook body with host,
//! severity, status, item, trigger and a link.

use super::{
    Reading, Unreadable,
    draft::{self, Draft},
    json::Json,
};
use crate::domain::{Timestamp, alert::is_resolved_word, ids::SourceId, text::Untrusted};

const SENDER: &str = "Zabbix";

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let draft = if root.get("event_id").is_some() { event(source, root)? } else { Some(trigger(source, root)?) };
    Ok(draft.map_or_else(Reading::default, |draft| Reading::one(draft.signal(received))))
}

/// Returns the text at a pointer. `None` if Zabbix did not expand the macro.
fn text(root: &Json, pointer: &str) -> Option<Untrusted> {
    let text = draft::text(root, pointer)?;
    let inner = text.verbatim().strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let is_macro = |name: &str| name.chars().all(|c| matches!(c, 'A'..='Z' | '0'..='9' | '.' | '_' | '$' | '#'));
    (text.verbatim() != "*UNKNOWN*" && !inner.is_some_and(is_macro)).then_some(text)
}

fn need(root: &Json, pointer: &str) -> Result<Untrusted, Unreadable> {
    let missing = || Unreadable::new(format!("Zabbix's `{}` should stand here", &pointer[1..]), pointer);
    text(root, pointer).ok_or_else(missing)
}

/// Reads an event of the media type. Updates and the recovery have the event id of the problem. `None` for discovery
/// and registration, which are not alerts.
fn event(source: &SourceId, root: &Json) -> Result<Option<Draft>, Unreadable> {
    let id = need(root, "/event_id")?;
    if matches!(text(root, "/event_source").as_ref().map(Untrusted::verbatim), Some("1" | "2")) {
        return Ok(None);
    }
    let value = text(root, "/event_value");
    let known = match value.as_ref().map(Untrusted::verbatim) {
        Some("1") => Some(true),
        Some("0") => Some(false),
        Some(_) | None => None,
    };
    let firing = known.unwrap_or(true);
    let name = text(root, "/event_name").unwrap_or_else(|| id.clone());
    let draft = Draft::new(source, &["event", id.verbatim()], name)
        .state(known, value.as_ref())
        .host(text(root, "/host"))
        .label("host_groups", text(root, "/host_groups"))
        .annotation("address", text(root, "/host_ip"))
        .annotation("operational_data", text(root, "/operational_data"))
        .annotation("description", text(root, "/trigger_description"))
        .annotation("comment", text(root, "/update_message"))
        .link(text(root, "/link"))
        .link(text(root, "/trigger_url"))
        .acknowledged(holder(root))
        .starts(text(root, "/event_timestamp").and_then(|_| root.get("event_timestamp")));
    let draft = graded(draft, text(root, "/event_severity")).severity_as(severity_by_number(root));
    let draft = tags(root).fold(draft, |draft, (name, value)| draft.label(&name, value)).service(None);
    let recovered = text(root, "/recovery_timestamp").and_then(|_| root.get("recovery_timestamp"));
    let ended = if firing { None } else { recovered };
    Ok(Some(draft.ends(ended)))
}

/// Returns the severity by its number, which does not change when Zabbix' names are changed or translated.
fn severity_by_number(root: &Json) -> Option<&'static str> {
    match text(root, "/event_nseverity")?.verbatim() {
        "5" => Some("critical"),
        "4" => Some("error"),
        "3" | "2" => Some("warning"),
        "1" | "0" => Some("info"),
        _ => None,
    }
}

fn graded(draft: Draft, severity: Option<Untrusted>) -> Draft {
    let classified = severity.as_ref().is_none_or(|word| word.verbatim() != "Not classified");
    draft.severity_as(if classified { None } else { Some("info") }).severity(severity)
}

/// Returns who acknowledged; Zabbix names them only in the acknowledgement message.
fn holder(root: &Json) -> Option<Untrusted> {
    let acknowledged = text(root, "/acknowledged").is_some_and(|word| word.verbatim().eq_ignore_ascii_case("yes"));
    let name = || text(root, "/update_user").unwrap_or_else(|| Untrusted::new(SENDER));
    acknowledged.then(name)
}

/// Returns the tags of an event, as names and values.
fn tags(root: &Json) -> impl Iterator<Item = (String, Option<Untrusted>)> {
    let items = root.get("tags").and_then(Json::items).unwrap_or_default();
    items.iter().filter_map(|item| Some((text(item, "/tag")?.verbatim().to_owned(), text(item, "/value"))))
}

/// Reads the common body. An OK has a new event id, so that only the trigger identifies the problem: the trigger id in
/// the link, otherwise the host and the item.
fn trigger(source: &SourceId, root: &Json) -> Result<Draft, Unreadable> {
    let name = need(root, "/trigger")?;
    let status = text(root, "/status");
    let resolved = status.as_ref().and_then(|word| is_resolved_word(word.verbatim()));
    let (host, item, link) = (text(root, "/hostname"), text(root, "/item"), text(root, "/link"));
    let draft = match link.as_ref().and_then(|link| parameter(link.verbatim(), "triggerid")) {
        Some(id) => Draft::new(source, &["trigger", id], name),
        None => {
            let [host, item] = [&host, &item].map(|text| text.clone().unwrap_or_default());
            Draft::new(source, &["item", host.verbatim(), item.verbatim()], name)
        }
    };
    let draft = draft.state(resolved.map(|resolved| !resolved), status.as_ref());
    Ok(graded(draft.host(host).annotation("item", item).link(link), text(root, "/severity")))
}

/// Returns a query parameter of a URL.
fn parameter<'a>(link: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = link.split_once('?')?;
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    (!value.is_empty()).then_some(value)
}
