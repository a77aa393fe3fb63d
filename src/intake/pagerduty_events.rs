//! PagerDuty's Events API: events (version 2), change events, and version 1 events (PagerDuty `reference/events-v2`,
//! `events-v1`).
//!
//! An event is validated before it is stored, because its key determines the source, a missing `dedup_key` is generated
//! and returned, and errors are returned in PagerDuty's wording. The event is stored without its key, together with the
//! endpoint that received it.

use std::collections::BTreeMap;

use super::{
    Reading, Unreadable,
    json::{Json, JsonDocument},
    reading,
};
use crate::domain::{
    Timestamp,
    alert::{Change, SenderAction, Signal, named_fingerprint, severity_word},
    ids::{SourceId, uuid_at},
    text::{Untrusted, cut},
};

/// Maximum size of an event, in bytes.
pub const LARGEST: usize = 512_000;
/// Maximum length of a `dedup_key`, in characters.
const LONGEST_KEY: usize = 255;
/// Maximum length of a stored line, in characters.
const LONGEST_LINE: usize = 1024;

/// The endpoint that received an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// `/v2/enqueue`
    Event,
    /// `/v2/change/enqueue`
    Change,
    /// `/generic/2010-04-15/create_event.json`
    Version1,
}

impl End {
    /// Returns the stored name of the endpoint.
    fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Change => "change",
            Self::Version1 => "v1",
        }
    }

    /// Returns the names of its fields: routing key, action, alert key.
    fn fields(self) -> [&'static str; 3] {
        match self {
            Self::Event | Self::Change => ["routing_key", "event_action", "dedup_key"],
            Self::Version1 => ["service_key", "event_type", "incident_key"],
        }
    }

    /// Returns the required fields.
    fn needed(self, action: &str) -> &'static [&'static str] {
        match (self, action) {
            (Self::Event, "trigger") => &["payload.summary", "payload.source", "payload.severity"],
            (Self::Event, _) => &["dedup_key"],
            (Self::Change, _) => &["payload.summary"],
            (Self::Version1, "trigger") => &["description"],
            (Self::Version1, _) => &["incident_key"],
        }
    }
}

/// A validated event.
#[derive(Debug, PartialEq, Eq)]
pub struct EventRequest {
    /// The sender's routing key.
    pub key: String,
    /// The key of the alert, generated if the event has none; `None` for a change.
    pub dedup_key: Option<String>,
    event: Vec<(String, Json)>,
    end: End,
}

/// Validates an event. Fails with the errors in PagerDuty's wording; the list is empty if the body is no JSON object.
pub fn admit(end: End, body: &[u8], now: Timestamp) -> Result<EventRequest, Vec<String>> {
    let Ok(JsonDocument { root: Json::Object(event), .. }) = super::json::parse(body) else { return Err(Vec::new()) };
    let root = Json::Object(event.clone());
    let [key, action, dedup] = end.fields();
    let mut wrong = Vec::new();
    let word = text_at(&root, action).unwrap_or_default();
    if end != End::Change && !matches!(word.as_str(), "trigger" | "acknowledge" | "resolve") {
        wrong.push(format!(
            "'{action}' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')"
        ));
    }
    let needed = std::iter::once(key).chain(end.needed(&word).iter().copied());
    wrong.extend(
        needed.filter(|path| text_at(&root, path).is_none()).map(|path| format!("'{path}' is missing or blank")),
    );
    let said = text_at(&root, dedup);
    if said.as_ref().is_some_and(|said| said.chars().count() > LONGEST_KEY) {
        wrong.push(format!("'{dedup}' is too long (maximum is {LONGEST_KEY} characters)"));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let dedup_key = (end != End::Change).then(|| said.unwrap_or_else(|| uuid_at(now).simple().to_string()));
    let event = event.into_iter().filter(|(name, _)| name != key && name != dedup).collect();
    Ok(EventRequest { key: text_at(&root, key).unwrap_or_default(), dedup_key, event, end })
}

impl EventRequest {
    /// Builds the stored document. `scope` separates the alerts of different keys if one source accepts any key.
    pub fn stored(self, scope: &str) -> Vec<u8> {
        let text = |text: &str| Json::Text(text.to_owned());
        let frame = Json::Object(vec![
            ("end".to_owned(), text(self.end.word())),
            ("scope".to_owned(), text(scope)),
            ("dedup_key".to_owned(), self.dedup_key.as_deref().map_or(Json::Null, text)),
            ("event".to_owned(), Json::Object(self.event)),
        ]);
        frame.to_text().unwrap_or_default().into_bytes()
    }
}

/// Returns the text at a path such as `payload.summary`, if it has visible characters.
fn text_at(root: &Json, path: &str) -> Option<String> {
    let value = path.split('.').try_fold(root, |value, name| value.get(name))?;
    value.to_text().filter(|text| !Untrusted::new(text.as_str()).is_blank())
}

pub(super) fn read(source: &SourceId, frame: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let event = frame.get("event").ok_or_else(|| Unreadable::new("the stored event has no body", "/event"))?;
    let end = [End::Event, End::Change, End::Version1].into_iter();
    let word = text_at(frame, "end").unwrap_or_default();
    let end = end.into_iter().find(|end| end.word() == word);
    let end = end.ok_or_else(|| Unreadable::new("the stored event does not say where it came", "/end"))?;
    if end == End::Change {
        return Ok(Reading { orders: vec![SenderAction::Note(change(event, received)?)], ..Reading::default() });
    }
    let reader = Event { source, event, end };
    let scope = text_at(frame, "scope").unwrap_or_default();
    let key =
        text_at(frame, "dedup_key").ok_or_else(|| Unreadable::new("the stored event has no key", "/dedup_key"))?;
    let fingerprint = named_fingerprint(source, &if scope.is_empty() { key } else { format!("{scope}/{key}") });
    let [_, action, _] = end.fields();
    Ok(match text_at(event, action).as_deref() {
        Some("acknowledge") => {
            let by = text_at(event, "client").unwrap_or_else(|| source.to_string());
            Reading {
                orders: vec![SenderAction::Acknowledge { fingerprint, by: Untrusted::new(by) }],
                ..Reading::default()
            }
        }
        Some("resolve") => {
            let over = Signal { fingerprint, firing: false, ..reader.signal() };
            Reading { signals: vec![over], ..Reading::default() }
        }
        Some(_) | None => {
            let fires = Signal { fingerprint, ..reader.signal() };
            Reading { orders: vec![SenderAction::Trigger(fires)], ..Reading::default() }
        }
    })
}

/// One event.
struct Event<'a> {
    source: &'a SourceId,
    event: &'a Json,
    end: End,
}

impl Event<'_> {
    fn text(&self, path: &str) -> Option<Untrusted> {
        text_at(self.event, path).map(|text| Untrusted::new(cut(&text, LONGEST_LINE)))
    }

    /// Returns the sender's custom details.
    fn details(&self) -> Option<&Json> {
        match self.end {
            End::Event | End::Change => self.event.get("payload").and_then(|payload| payload.get("custom_details")),
            End::Version1 => self.event.get("details"),
        }
    }

    /// Builds the alert of the event. Like PagerDuty, it uses the order of events as the start time: a time given by
    /// the sender may be older than the end of the previous alert.
    fn signal(&self) -> Signal {
        let summary = self.text("payload.summary").or_else(|| self.text("description")).unwrap_or_default();
        let name = self.text("payload.class").unwrap_or_else(|| summary.clone());
        let annotations = texts(self.details());
        let severity = self.text("payload.severity");
        let service = annotations.get("service").cloned();
        let host = self.text("payload.source");
        let labels = [
            ("alertname", Some(name.clone())),
            ("severity", severity.clone()),
            ("service", service.clone()),
            ("host", host.clone()),
            ("component", self.text("payload.component")),
            ("group", self.text("payload.group")),
            ("class", self.text("payload.class")),
            ("client", self.text("client")),
        ];
        let labels = labels.into_iter().filter_map(|(label, value)| Some((label.to_owned(), value?)));
        Signal {
            severity: severity.and_then(|word| severity_word(word.verbatim())),
            service: service.map(|name| name.verbatim().to_owned()),
            host,
            labels: labels.collect(),
            annotations,
            summary,
            links: links(self.event),
            ..reading::signal(named_fingerprint(self.source, ""), true, name)
        }
    }
}

/// Returns details as texts: the members of an object, or any other value as a whole.
fn texts(details: Option<&Json>) -> BTreeMap<String, Untrusted> {
    match details {
        None | Some(Json::Null) => BTreeMap::new(),
        Some(Json::Object(_)) => reading::texts(details, "").unwrap_or_default(),
        Some(other) => {
            let text = other.to_text().map(|text| ("details".to_owned(), Untrusted::new(text)));
            text.into_iter().collect()
        }
    }
}

/// Returns the links of an event: its source URL, its links, its images.
fn links(event: &Json) -> Vec<Untrusted> {
    let mut found: Vec<String> = event.get("client_url").and_then(Json::to_text).into_iter().collect();
    for list in ["links", "images", "contexts"] {
        let items = event.get(list).and_then(Json::items).unwrap_or_default();
        found.extend(items.iter().filter_map(|item| item.first_of(&["href", "src"])?.to_text()));
    }
    reading::links(found.iter().map(String::as_str))
}

fn change(event: &Json, received: Timestamp) -> Result<Change, Unreadable> {
    let payload = event.get("payload").ok_or_else(|| Unreadable::new("a change without payload", "/event/payload"))?;
    let text = |name| text_at(payload, name).map(|text| Untrusted::new(cut(&text, LONGEST_LINE)));
    let at = reading::time(payload.get("timestamp"), &mut Vec::new());
    Ok(Change {
        // A fast sender clock must not place a change after the alerts that it may have caused.
        at: at.map_or(received, |at| at.min(received)),
        summary: text("summary").unwrap_or_default(),
        place: text("source").unwrap_or_default(),
        details: texts(payload.get("custom_details")),
        links: links(event),
    })
}
