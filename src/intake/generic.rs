//! hotroom's documented JSON (`docs/senders/generic.md`), and any other JSON through a field mapping.

mod labels;
mod lists;

use std::collections::BTreeMap;

use super::{MOST_ALERTS, Reading, Unreadable, alertmanager, json::Json, reading};
use crate::{
    config::{FieldMapping, Source},
    domain::{
        Timestamp,
        alert::{
            Change, Digest, Fingerprint, Remark, SenderAction, SenderWarning, Signal, WarningKind,
            is_acknowledged_word, is_resolved_word, named_fingerprint, severity_word,
        },
        ids::SourceId,
        text::Untrusted,
    },
};

/// States that report a change.
const CHANGED: [&str; 3] = ["change", "changed", "deployed"];
/// Names of the field with the sender's own key. The first two are the documented ones; the others are those of Grafana
/// OnCall, incident.io, Opsgenie, PagerDuty and many others.
const KEYS: [&str; 7] = ["fingerprint", "dedup_key", "alert_uid", "deduplication_key", "alias", "incident_key", "id"];
/// How many of them a body has that is read through a mapping: there an `id` may be that of the event.
const MAPPED_KEYS: usize = 2;
/// Names of the fields with a text that can stand for the name.
const TITLES: [&str; 3] = ["summary", "message", "description"];

pub(super) fn read(source: &Source, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let documented = FieldMapping::default();
    let mapping = source.mapping.as_ref().unwrap_or(&documented);
    let keys = if source.mapping.is_some() { &KEYS[..MAPPED_KEYS] } else { &KEYS[..] };
    let mut parsed = Reading::default();
    for (items, place) in lists::alert_lists(mapping.alerts.as_deref(), root)? {
        let fields = |item| Fields { source: &source.id, mapping, keys, item, received };
        let told = reading::each(items, &place, |item| fields(item).list_item());
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

/// True if the data of an event have their sender's own key; their `id` is that of something else.
pub(super) fn has_key(data: &Json) -> bool {
    KEYS.iter().any(|name| *name != "id" && data.get(name).is_some_and(|value| *value != Json::Null))
}

struct Fields<'a> {
    source: &'a SourceId,
    mapping: &'a FieldMapping,
    keys: &'static [&'static str],
    item: &'a Json,
    received: Timestamp,
}

/// Whether an alert fires, and whether somebody takes care of it.
#[derive(Clone, Copy)]
struct StateReading {
    firing: bool,
    acknowledged: bool,
}

impl<'a> Fields<'a> {
    /// Returns the values of a field, the mapped ones or else those of the documented names.
    fn values(&self, mapped: &[String], names: &[&str]) -> impl Iterator<Item = &'a Json> {
        let found: Vec<&'a Json> = match mapped {
            [] => names.iter().filter_map(|name| self.item.get(name)).collect(),
            pointers => pointers.iter().filter_map(|pointer| self.item.pointer(pointer)).collect(),
        };
        found.into_iter().filter(|value| **value != Json::Null)
    }

    /// Returns the first text of a field that is not blank, or what its expression finds in it.
    fn text(&self, field: &str, mapped: &[String], names: &[&str]) -> Option<Untrusted> {
        let mut texts = self.values(mapped, names).filter_map(Json::to_text).filter(|text| !text.trim().is_empty());
        match self.mapping.find.get(field) {
            None => texts.next().map(|text| Untrusted::new(text.trim())),
            Some(pattern) => {
                let found = |text: String| Some(Untrusted::new(pattern.captures(&text)?.get(1)?.as_str().trim()));
                texts.find_map(found).filter(|text| !text.is_blank())
            }
        }
    }

    fn list_item(&self) -> Result<reading::ListItem, Unreadable> {
        if self.item.members().is_none() {
            return Err(Unreadable::new(format!("an alert should stand here, not {}", self.item.sort()), ""));
        }
        if !self.is_wanted() {
            return Ok(reading::ListItem::Nothing);
        }
        if self.is_change() {
            return Ok(reading::ListItem::SenderAction(SenderAction::Note(self.change()?)));
        }
        self.signal().map(reading::ListItem::Alert)
    }

    /// True if the conditions of the mapping hold.
    fn is_wanted(&self) -> bool {
        let value = |pointer: &str| self.item.pointer(pointer).and_then(Json::to_text).unwrap_or_default();
        self.mapping.when.iter().all(|matcher| matcher.accepts(value(&matcher.label).trim()))
    }

    fn state_word(&self) -> Option<Untrusted> {
        self.text("state", &self.mapping.state, &["state", "status"])
    }

    /// True if the item reports a change instead of an alert. If the mapping lists the resolved words, every other word
    /// means firing.
    fn is_change(&self) -> bool {
        let changed = |word: Untrusted| CHANGED.iter().any(|known| known.eq_ignore_ascii_case(word.verbatim()));
        self.mapping.resolved_values.is_empty() && self.state_word().is_some_and(changed)
    }

    fn change(&self) -> Result<Change, Unreadable> {
        let said = self.alert_fields(&mut Vec::new())?;
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
        let (mut warnings, mut remarks) = (Vec::new(), Vec::new());
        let said = self.alert_fields(&mut warnings)?;
        let (starts_at, ends_at) = self.times(&mut remarks);
        let state = self.state(ends_at, &mut warnings);
        let holder = self.text("acknowledged_by", &self.mapping.acknowledged_by, &["acknowledged_by"]);
        let source = || Untrusted::new(self.source.as_str());
        let mut signal = Signal {
            fingerprint: self.fingerprint(&said),
            firing: state.firing,
            severity: said.severity.as_ref().and_then(|word| severity_word(word.verbatim())),
            summary: reading::first_line([said.summary.as_ref(), said.annotations.get("summary"), Some(&said.name)])
                .unwrap_or_default(),
            links: self.links(),
            labels: said.all_labels(),
            service: said.service.map(|name| name.verbatim().to_owned()),
            host: said.host,
            acknowledged_by: holder.or_else(|| state.acknowledged.then(source)),
            annotations: said.annotations,
            remarks,
            warnings,
            ..reading::signal(Fingerprint(String::new()), state.firing, said.name)
        };
        reading::set_times(&mut signal, starts_at, ends_at, self.received);
        Ok(signal)
    }

    fn alert_fields(&self, warnings: &mut Vec<SenderWarning>) -> Result<AlertFields, Unreadable> {
        let mapping = self.mapping;
        let labels = self.labels(warnings);
        let annotations = match self.item.get("annotations") {
            Some(Json::Text(text)) => BTreeMap::from([("description".to_owned(), Untrusted::new(text.trim()))]),
            other => reading::texts_or_warn(other, "/annotations", warnings),
        };
        let summary = self.text("summary", &mapping.summary, &TITLES);
        let or_label =
            |said: Option<Untrusted>, names: &[&str]| said.or_else(|| reading::first_label(&labels, names).cloned());
        let name = or_label(self.text("name", &mapping.name, &["name", "alertname", "title"]), &["alertname"])
            .or_else(|| reading::first_line([annotations.get("summary"), annotations.get("title"), summary.as_ref()]))
            .or_else(|| reading::name_of_labels(&labels))
            // A resolve needs nothing but the key.
            .or_else(|| self.key().map(Untrusted::new));
        let place = || mapping.name.first().cloned().unwrap_or_else(|| "/name".to_owned());
        Ok(AlertFields {
            name: name.ok_or_else(|| Unreadable::new("the alert has no name", place()))?,
            service: or_label(self.text("service", &mapping.service, &["service"]), &["service"]),
            host: or_label(
                self.text("host", &mapping.host, &["host", "hostname", "instance"]),
                &alertmanager::HOST_LABELS,
            ),
            severity: or_label(
                self.text("severity", &mapping.severity, &["severity", "priority", "level"]),
                &["severity"],
            ),
            summary,
            labels,
            annotations,
        })
    }

    fn labels(&self, warnings: &mut Vec<SenderWarning>) -> BTreeMap<String, Untrusted> {
        let names = ["labels", "tags"];
        let mut all = BTreeMap::new();
        let found: Vec<&Json> = self.values(&self.mapping.labels, &names).collect();
        // Of the documented names only one counts.
        let most = if self.mapping.labels.is_empty() { 1 } else { found.len() };
        for value in found.into_iter().take(most) {
            match labels::parse_labels(value) {
                Some(labels) => all.extend(labels),
                None => warnings.push(SenderWarning::new(WarningKind::OddField, "labels")),
            }
        }
        for (name, pointers) in &self.mapping.fields {
            all.extend(self.text(name, pointers, &[]).map(|value| (name.clone(), value)));
        }
        all
    }

    /// Returns the sender's own key. Of a mapped key with several parts all count, also those that are missing.
    fn key(&self) -> Option<String> {
        let parts: Vec<String> = match self.mapping.fingerprint.as_slice() {
            [] => return self.text("fingerprint", &[], self.keys).map(|key| key.verbatim().to_owned()),
            pointers => pointers.iter().map(|pointer| reading::text(self.item, pointer).unwrap_or_default()).collect(),
        };
        match parts.as_slice() {
            parts if parts.iter().all(String::is_empty) => None,
            [one] => Some(one.clone()),
            parts => Some(parts.iter().map(|part| format!("{} {part} ", part.len())).collect()),
        }
    }

    /// Returns the alert's identity: the sender's own key, otherwise name, service, host and labels. The severity is
    /// excluded, so that an alert whose severity rises, or that resolves without one, stays the same.
    fn fingerprint(&self, said: &AlertFields) -> Fingerprint {
        if let Some(key) = self.key() {
            return named_fingerprint(self.source, &key);
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

    /// Returns the state. Without one, an end in the past means that the alert is resolved. An unknown one means that
    /// it fires, with a warning unless the mapping lists the resolved words.
    fn state(&self, ends_at: Option<Timestamp>, warnings: &mut Vec<SenderWarning>) -> StateReading {
        let Some(word) = self.state_word() else {
            return StateReading { firing: ends_at.is_none_or(|end| self.received < end), acknowledged: false };
        };
        let word = word.verbatim();
        let among = |values: &[String]| values.iter().any(|value| value.eq_ignore_ascii_case(word));
        if among(&self.mapping.resolved_values) {
            return StateReading { firing: false, acknowledged: false };
        }
        if among(&self.mapping.acknowledged_values) || is_acknowledged_word(word) {
            return StateReading { firing: true, acknowledged: true };
        }
        let resolved = is_resolved_word(word);
        if resolved.is_none() && self.mapping.resolved_values.is_empty() {
            warnings.push(SenderWarning::new(WarningKind::UnknownState, word));
        }
        StateReading { firing: resolved != Some(true), acknowledged: false }
    }

    fn links(&self) -> Vec<Untrusted> {
        let mut found: Vec<String> = Vec::new();
        if let Some(link) = self.text("link", &self.mapping.link, &["link", "url", "generatorURL"]) {
            found.push(link.verbatim().to_owned());
        }
        let more = self.item.get("links").and_then(Json::items).unwrap_or_default();
        found.extend(more.iter().filter_map(Json::to_text));
        reading::links(found.iter().map(String::as_str))
    }

    fn times(&self, remarks: &mut Vec<Remark>) -> (Option<Timestamp>, Option<Timestamp>) {
        let started = self.values(&self.mapping.starts_at, &["starts_at", "startsAt", "started_at"]).next();
        let ended = self.values(&self.mapping.ends_at, &["ends_at", "endsAt", "ended_at"]).next();
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
