//! hotroom's documented JSON (`docs/senders/generic.md`), and any other JSON through a field mapping.

use std::collections::BTreeMap;

use super::{MOST_ALERTS, Reading, Unreadable, alertmanager, json::Json, reading};
use crate::{
    config::{FieldMapping, Source},
    domain::{
        Timestamp,
        alert::{
            Change, Digest, Fingerprint, Remark, SenderAction, Signal, is_resolved_word, named_fingerprint,
            severity_word,
        },
        ids::SourceId,
        text::Untrusted,
    },
};

/// States that report a change.
const CHANGED: [&str; 3] = ["change", "changed", "deployed"];

pub(super) fn read(source: &Source, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let mapping = source.mapping.clone().unwrap_or_default();
    let mut parsed = Reading::default();
    for (items, place) in lists(&mapping, root)? {
        let fields = |item| Fields { source: &source.id, mapping: &mapping, item, received };
        let told = reading::each(items, &place, |item| fields(item).told());
        parsed.signals.extend(told.signals);
        parsed.orders.extend(told.orders);
        parsed.complaints.extend(told.complaints);
        if parsed.signals.len() + parsed.orders.len() > MOST_ALERTS {
            parsed.signals.truncate(MOST_ALERTS);
            parsed.orders.truncate(MOST_ALERTS);
            let what = format!("more than {MOST_ALERTS} alerts in one body; the first {MOST_ALERTS} were taken");
            parsed.complaints.push(Unreadable::new(what, place));
            break;
        }
    }
    Ok(parsed)
}

/// Returns the lists of alerts of a body, each with its position.
fn lists<'a>(mapping: &FieldMapping, root: &'a Json) -> Result<Vec<(&'a [Json], String)>, Unreadable> {
    let found = match (&mapping.alerts, root) {
        (Some(pointer), _) => {
            let found = pointed(root, pointer);
            if found.is_empty() {
                return Err(Unreadable::new("the body has no such field", pointer.as_str()));
            }
            found
        }
        (None, Json::List(_)) => vec![(root, String::new())],
        (None, Json::Object(_)) => match root.get("alerts") {
            Some(list @ Json::List(_)) => vec![(list, "/alerts".to_owned())],
            Some(_) | None => return Ok(vec![(std::slice::from_ref(root), String::new())]),
        },
        (None, Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_)) => {
            return Err(Unreadable::new(format!("an alert should stand here, not {}", root.sort()), "/"));
        }
    };
    found.into_iter().map(|(value, place)| list(value, place)).collect()
}

/// Returns the values at a JSON pointer, each with its position; the token `*` matches every item of a list.
fn pointed<'a>(root: &'a Json, pointer: &str) -> Vec<(&'a Json, String)> {
    pointer.split('/').skip(1).fold(vec![(root, String::new())], |found, token| {
        found.into_iter().flat_map(|(value, place)| step(value, &place, token)).collect()
    })
}

fn step<'a>(value: &'a Json, place: &str, token: &str) -> Vec<(&'a Json, String)> {
    match (value, token) {
        (Json::List(items), "*") => {
            items.iter().enumerate().map(|(number, item)| (item, format!("{place}/{number}"))).collect()
        }
        _ => Vec::from_iter(value.pointer(&format!("/{token}")).map(|found| (found, format!("{place}/{token}")))),
    }
}

/// Returns a list of alerts; a single alert counts as a list.
fn list(value: &Json, place: String) -> Result<(&[Json], String), Unreadable> {
    match value {
        Json::List(items) => Ok((items, place)),
        Json::Object(_) => Ok((std::slice::from_ref(value), place)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => {
            Err(Unreadable::new(format!("a list of alerts should stand here, not {}", value.sort()), place))
        }
    }
}

/// Reads labels: an object, or a list of tags. A tag is a text `name:value` or `name=value`, a bare `name`, which means
/// `true`, or an object with `name` (or `key`, `tag`) and `value`.
fn labels(value: Option<&Json>) -> Result<BTreeMap<String, Untrusted>, Unreadable> {
    let Some(tags) = value.and_then(Json::items) else { return reading::texts(value, "/labels") };
    Ok(tags.iter().filter_map(tag).collect())
}

fn tag(tag: &Json) -> Option<(String, Untrusted)> {
    let (name, value) = match tag {
        Json::Object(_) => (tag.first_of(&["name", "key", "tag"])?.to_text()?, tag.get("value")?.to_text()?),
        Json::Text(text) => match text.split_once([':', '=']) {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (text.clone(), "true".to_owned()),
        },
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::List(_) => return None,
    };
    let (name, value) = (name.trim(), value.trim());
    (!name.is_empty() && !value.is_empty()).then(|| (name.to_owned(), Untrusted::new(value)))
}

struct Fields<'a> {
    source: &'a SourceId,
    mapping: &'a FieldMapping,
    item: &'a Json,
    received: Timestamp,
}

impl<'a> Fields<'a> {
    /// Finds the mapped field, or else the first documented name.
    fn find(&self, mapped: Option<&String>, names: &[&str]) -> Option<&'a Json> {
        match mapped {
            Some(pointer) => self.item.pointer(pointer).filter(|value| **value != Json::Null),
            None => self.item.first_of(names),
        }
    }

    fn text(&self, mapped: Option<&String>, names: &[&str]) -> Option<Untrusted> {
        let text = self.find(mapped, names)?.to_text()?;
        (!text.trim().is_empty()).then(|| Untrusted::new(text.trim()))
    }

    fn told(&self) -> Result<reading::ListItem, Unreadable> {
        if self.is_change() {
            return Ok(reading::ListItem::SenderAction(SenderAction::Note(self.change()?)));
        }
        self.signal().map(reading::ListItem::Alert)
    }

    /// True if the item reports a change instead of an alert. If the mapping lists the resolved words, every other word
    /// means firing.
    fn is_change(&self) -> bool {
        let word = self.text(self.mapping.state.as_ref(), &["state", "status"]);
        let told = word.is_some_and(|word| CHANGED.iter().any(|known| known.eq_ignore_ascii_case(word.verbatim())));
        told && self.mapping.resolved_values.is_empty()
    }

    fn change(&self) -> Result<Change, Unreadable> {
        let said = self.said()?;
        let (at, _) = self.times(&mut Vec::new());
        let mut details = said.labels;
        details.extend(said.annotations);
        if let Some(service) = said.service {
            details.insert("service".to_owned(), service);
        }
        Ok(Change {
            // A fast sender clock must not place a change after the alerts that it may have caused.
            at: at.map_or(self.received, |at| at.min(self.received)),
            summary: said.summary.unwrap_or(said.name),
            place: said.host.unwrap_or_default(),
            details,
            links: self.links(),
        })
    }

    fn signal(&self) -> Result<Signal, Unreadable> {
        if self.item.members().is_none() {
            return Err(Unreadable::new(format!("an alert should stand here, not {}", self.item.sort()), ""));
        }
        let said = self.said()?;
        let mut remarks = Vec::new();
        let (starts_at, ends_at) = self.times(&mut remarks);
        let mut signal = Signal {
            fingerprint: self.fingerprint(&said),
            firing: self.firing(ends_at)?,
            severity: said.severity.as_ref().and_then(|word| severity_word(word.verbatim())),
            summary: reading::first_line([said.summary.as_ref(), said.annotations.get("summary"), Some(&said.name)])
                .unwrap_or_default(),
            links: self.links(),
            labels: said.all_labels(),
            service: said.service.map(|name| name.verbatim().to_owned()),
            host: said.host,
            name: said.name,
            annotations: said.annotations,
            starts_at: None,
            ends_at: None,
            acknowledged_by: self.text(self.mapping.acknowledged_by.as_ref(), &["acknowledged_by"]),
            remarks,
        };
        reading::set_times(&mut signal, starts_at, ends_at, self.received);
        Ok(signal)
    }

    fn said(&self) -> Result<AlertFields, Unreadable> {
        let mapping = self.mapping;
        let labels = labels(self.find(mapping.labels.as_ref(), &["labels", "tags"]))?;
        let annotations = reading::texts(self.item.get("annotations"), "/annotations")?;
        let summary = self.text(mapping.summary.as_ref(), &["summary", "message", "description"]);
        let or_label =
            |said: Option<Untrusted>, names: &[&str]| said.or_else(|| reading::first_label(&labels, names).cloned());
        let name = or_label(self.text(mapping.name.as_ref(), &["name", "alertname", "title"]), &["alertname"])
            .or_else(|| reading::first_line([summary.as_ref()]))
            .ok_or_else(|| Unreadable::new("the alert has no name", self.place(mapping.name.as_ref(), "/name")))?;
        Ok(AlertFields {
            name,
            service: or_label(self.text(mapping.service.as_ref(), &["service"]), &["service"]),
            host: or_label(
                self.text(mapping.host.as_ref(), &["host", "hostname", "instance"]),
                &alertmanager::HOST_LABELS,
            ),
            severity: or_label(self.text(mapping.severity.as_ref(), &["severity", "priority", "level"]), &["severity"]),
            summary,
            labels,
            annotations,
        })
    }

    fn place(&self, mapped: Option<&String>, documented: &str) -> String {
        mapped.cloned().unwrap_or_else(|| documented.to_owned())
    }

    /// Returns the alert's identity: the sender's own key, otherwise name, service, host and labels. The severity is
    /// excluded, so that an alert whose severity rises, or that resolves without one, stays the same.
    fn fingerprint(&self, said: &AlertFields) -> Fingerprint {
        if let Some(name) = self.text(self.mapping.fingerprint.as_ref(), &["fingerprint", "dedup_key"]) {
            return named_fingerprint(self.source, name.verbatim());
        }
        let kept: Vec<_> = said
            .labels
            .iter()
            .filter(|(label, _)| !matches!(label.as_str(), "severity" | "alertname" | "service" | "host"))
            .map(|(label, value)| (label.as_str(), value.verbatim()))
            .collect();
        let text =
            |value: &Option<Untrusted>| value.as_ref().map_or_else(String::new, |text| text.verbatim().to_owned());
        let digest = Digest::new("generic alert").part(self.source.as_str()).part(said.name.verbatim());
        Fingerprint(digest.part(&text(&said.service)).part(&text(&said.host)).labels(kept.into_iter()).hex())
    }

    /// True if the alert fires; without a state, an end in the past means that it is resolved.
    fn firing(&self, ends_at: Option<Timestamp>) -> Result<bool, Unreadable> {
        let Some(word) = self.text(self.mapping.state.as_ref(), &["state", "status"]) else {
            return Ok(ends_at.is_none_or(|end| self.received < end));
        };
        let word = word.verbatim();
        if self.mapping.resolved_values.iter().any(|value| value.eq_ignore_ascii_case(word)) {
            return Ok(false);
        }
        match is_resolved_word(word) {
            Some(resolved) => Ok(!resolved),
            // If the mapping lists the resolved words, every other word means firing.
            None if !self.mapping.resolved_values.is_empty() => Ok(true),
            None => {
                let shown: String = word.chars().take(40).collect();
                let place = self.place(self.mapping.state.as_ref(), "/state");
                Err(Unreadable::new(format!("`{shown}` is neither firing nor resolved"), place))
            }
        }
    }

    fn links(&self) -> Vec<Untrusted> {
        let mut found: Vec<String> = Vec::new();
        if let Some(link) = self.text(self.mapping.link.as_ref(), &["link", "url", "generatorURL"]) {
            found.push(link.verbatim().to_owned());
        }
        let more = self.item.get("links").and_then(Json::items).unwrap_or_default();
        found.extend(more.iter().filter_map(Json::to_text));
        reading::links(found.iter().map(String::as_str))
    }

    fn times(&self, remarks: &mut Vec<Remark>) -> (Option<Timestamp>, Option<Timestamp>) {
        let started = self.find(self.mapping.starts_at.as_ref(), &["starts_at", "startsAt", "started_at"]);
        let ended = self.find(self.mapping.ends_at.as_ref(), &["ends_at", "endsAt", "ended_at"]);
        (reading::time(started, remarks), reading::time(ended, remarks))
    }
}

/// The values of an alert's fields.
struct AlertFields {
    name: Untrusted,
    service: Option<Untrusted>,
    host: Option<Untrusted>,
    severity: Option<Untrusted>,
    summary: Option<Untrusted>,
    labels: BTreeMap<String, Untrusted>,
    annotations: BTreeMap<String, Untrusted>,
}

impl AlertFields {
    /// Returns the labels, plus the separate fields under the names that routes and rules use.
    fn all_labels(&self) -> BTreeMap<String, Untrusted> {
        let mut labels = self.labels.clone();
        let fields = [
            ("alertname", Some(&self.name)),
            ("service", self.service.as_ref()),
            ("host", self.host.as_ref()),
            ("severity", self.severity.as_ref()),
        ];
        for (label, value) in fields {
            if let Some(value) = value {
                labels.entry(label.to_owned()).or_insert_with(|| value.clone());
            }
        }
        labels
    }
}
