//! A signal under construction: the sender's fields under the names that routes and rules use.

use super::{Unreadable, json::Json, reading};
use crate::domain::{
    Timestamp,
    alert::{Digest, Fingerprint, Signal, WarningKind, severity_word},
    ids::SourceId,
    text::Untrusted,
};

/// An incomplete signal: its times are not yet validated.
pub(super) struct Draft {
    signal: Signal,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
}

impl Draft {
    /// Creates a firing alert with the fingerprint of the sender's `key`.
    pub(super) fn new(source: &SourceId, key: &[&str], name: Untrusted) -> Self {
        let digest = Digest::new("keyed alert").part(source.as_str());
        let fingerprint = Fingerprint(key.iter().fold(digest, |digest, part| digest.part(part)).hex());
        let mut signal = reading::signal(fingerprint, true, name.clone());
        signal.labels.insert("alertname".to_owned(), name);
        Self { signal, starts_at: None, ends_at: None }
    }

    /// Sets whether it fires, by a word of the sender. `None` means that the word is unknown: it fires, with a warning.
    pub(super) fn state(self, firing: Option<bool>, word: Option<&Untrusted>) -> Self {
        let draft = if firing.is_none() { self.warn_of_state(word) } else { self };
        draft.firing(firing.unwrap_or(true))
    }

    /// Notes that the sender's word for the state is unknown.
    pub(super) fn warn_of_state(mut self, word: Option<&Untrusted>) -> Self {
        self.signal.warn(WarningKind::UnknownState, word.map_or("", Untrusted::verbatim));
        self
    }

    /// Sets whether it fires.
    pub(super) fn firing(mut self, firing: bool) -> Self {
        self.signal.firing = firing;
        self
    }

    /// Sets the severity and its label from the sender's word.
    pub(super) fn severity(self, word: Option<Untrusted>) -> Self {
        let known = word.as_ref().and_then(|word| severity_word(word.verbatim()));
        let mut draft = self.label("severity", word);
        draft.signal.severity = known.or(draft.signal.severity);
        draft
    }

    /// Sets the severity from one of hotroom's words, for senders whose own word is not commonly used.
    pub(super) fn severity_as(mut self, word: Option<&str>) -> Self {
        self.signal.severity = word.and_then(severity_word).or(self.signal.severity);
        self
    }

    /// Sets the summary to the first line of a text instead of the name.
    pub(super) fn summary(mut self, text: Option<Untrusted>) -> Self {
        if let Some(line) = reading::first_line([text.as_ref()]) {
            self.signal.summary = line;
        }
        self
    }

    /// Appends the first line of a text to the name, for senders whose texts do not name the affected object.
    pub(super) fn says(self, text: Option<&Untrusted>) -> Self {
        let line = reading::first_line([text]);
        let about = line.map(|line| Untrusted::new(format!("{}: {}", self.signal.name.verbatim(), line.verbatim())));
        self.summary(about)
    }

    /// Sets the host and its label.
    pub(super) fn host(self, host: Option<Untrusted>) -> Self {
        let mut draft = self.label("host", host);
        draft.signal.host = draft.signal.labels.get("host").cloned();
        draft
    }

    /// Sets the service, as named in `[[services]]`, and its label.
    pub(super) fn service(self, service: Option<Untrusted>) -> Self {
        let mut draft = self.label("service", service);
        draft.signal.service = draft.signal.labels.get("service").map(|name| name.verbatim().to_owned());
        draft
    }

    /// Adds a label, unless it exists or the value is empty.
    pub(super) fn label(mut self, name: &str, value: Option<Untrusted>) -> Self {
        if let Some(value) = value.filter(|value| !value.is_blank()) {
            self.signal.labels.entry(name.to_owned()).or_insert(value);
        }
        self
    }

    /// Adds labels from an object, which may include the service.
    pub(super) fn labels(self, object: Option<&Json>) -> Self {
        let members = object.and_then(Json::members).unwrap_or_default();
        let with = |draft: Self, (name, value): &(String, Json)| draft.label(name, text(value, ""));
        members.iter().fold(self, with).service(None)
    }

    /// Adds an annotation.
    pub(super) fn annotation(mut self, name: &str, value: Option<Untrusted>) -> Self {
        if let Some(value) = value.filter(|value| !value.is_blank()) {
            self.signal.annotations.insert(name.to_owned(), value);
        }
        self
    }

    /// Adds a link; the first one is shown.
    pub(super) fn link(mut self, link: Option<Untrusted>) -> Self {
        let all = self.signal.links.iter().chain(&link).map(Untrusted::verbatim);
        self.signal.links = reading::links(all);
        self
    }

    /// Sets who acknowledged the alert in the sender's system.
    pub(super) fn acknowledged(mut self, by: Option<Untrusted>) -> Self {
        self.signal.acknowledged_by = by;
        self
    }

    /// Sets the start time.
    pub(super) fn starts(mut self, at: Option<&Json>) -> Self {
        self.starts_at = reading::time(at, &mut self.signal.remarks);
        self
    }

    /// Sets the end time.
    pub(super) fn ends(mut self, at: Option<&Json>) -> Self {
        self.ends_at = reading::time(at, &mut self.signal.remarks);
        self
    }

    /// Sets the time of the last state change, for senders that give no other time. For an end it is also the start, so
    /// that late messages about an earlier state are recognised as late.
    pub(super) fn changed(mut self, at: Option<&Json>) -> Self {
        self.starts_at = reading::time(at, &mut self.signal.remarks);
        self.ends_at = if self.signal.firing { None } else { self.starts_at };
        self
    }

    /// Returns the complete signal.
    pub(super) fn signal(mut self, received: Timestamp) -> Signal {
        reading::set_times(&mut self.signal, self.starts_at, self.ends_at, received);
        self.signal
    }
}

/// Returns the text at a JSON pointer. `None` if it has no visible characters.
pub(super) fn text(value: &Json, pointer: &str) -> Option<Untrusted> {
    let text = value.pointer(pointer)?.to_text()?;
    let text = Untrusted::new(text.trim());
    (!text.is_blank()).then_some(text)
}

/// Returns the texts of a list at a JSON pointer, joined.
pub(super) fn list(value: &Json, pointer: &str) -> Option<Untrusted> {
    let items = value.pointer(pointer)?.items()?;
    let texts: Vec<String> = items.iter().filter_map(|item| Some(text(item, "")?.verbatim().to_owned())).collect();
    (!texts.is_empty()).then(|| Untrusted::new(texts.join(", ")))
}

/// Returns a required text at a JSON pointer. Fails when it is missing, with the sender in the error.
pub(super) fn need(value: &Json, pointer: &str, sender: &str) -> Result<Untrusted, Unreadable> {
    let name = pointer.rsplit('/').next().unwrap_or_default();
    text(value, pointer).ok_or_else(|| Unreadable::new(format!("{sender}'s `{name}` should stand here"), pointer))
}
