//! A signal in the making: what a sender's own fields say, under the names that routes and rules use.

use super::{Unreadable, json::Json, reading};
use crate::domain::{
    Timestamp,
    alert::{Digest, Fingerprint, Signal, severity_word},
    ids::SourceId,
    text::Untrusted,
};

/// The longest word of a sender shown in a complaint, in characters.
const SHOWN: usize = 40;

/// A signal that is not whole yet: its times are still the sender's.
pub(super) struct Draft {
    signal: Signal,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
}

impl Draft {
    /// An alert that fires, under what makes it the same alert to its sender.
    pub(super) fn new(source: &SourceId, key: &[&str], name: Untrusted) -> Self {
        let digest = Digest::new("keyed alert").part(source.as_str());
        let fingerprint = Fingerprint(key.iter().fold(digest, |digest, part| digest.part(part)).hex());
        let mut signal = reading::signal(fingerprint, true, name.clone());
        signal.labels.insert("alertname".to_owned(), name);
        Self { signal, starts_at: None, ends_at: None }
    }

    /// Whether it fires.
    pub(super) fn firing(mut self, firing: bool) -> Self {
        self.signal.firing = firing;
        self
    }

    /// How grave, in the sender's word, which becomes a label.
    pub(super) fn severity(self, word: Option<Untrusted>) -> Self {
        let known = word.as_ref().and_then(|word| severity_word(word.verbatim()));
        let mut draft = self.label("severity", word);
        draft.signal.severity = known.or(draft.signal.severity);
        draft
    }

    /// How grave, in one of hotroom's words, where the sender's own is none that many senders share.
    pub(super) fn severity_as(mut self, word: Option<&str>) -> Self {
        self.signal.severity = word.and_then(severity_word).or(self.signal.severity);
        self
    }

    /// The first line of what it says, in place of its name.
    pub(super) fn summary(mut self, text: Option<Untrusted>) -> Self {
        if let Some(line) = reading::first_line([text.as_ref()]) {
            self.signal.summary = line;
        }
        self
    }

    /// The first line of what it says, after its name, for senders whose texts do not tell what they are about.
    pub(super) fn says(self, text: Option<&Untrusted>) -> Self {
        let line = reading::first_line([text]);
        let about = line.map(|line| Untrusted::new(format!("{}: {}", self.signal.name.verbatim(), line.verbatim())));
        self.summary(about)
    }

    /// The host, also a label.
    pub(super) fn host(self, host: Option<Untrusted>) -> Self {
        let mut draft = self.label("host", host);
        draft.signal.host = draft.signal.labels.get("host").cloned();
        draft
    }

    /// The service as `[[services]]` has it, also a label.
    pub(super) fn service(self, service: Option<Untrusted>) -> Self {
        let mut draft = self.label("service", service);
        draft.signal.service = draft.signal.labels.get("service").map(|name| name.verbatim().to_owned());
        draft
    }

    /// A label, unless there is one of this name or nothing to say.
    pub(super) fn label(mut self, name: &str, value: Option<Untrusted>) -> Self {
        if let Some(value) = value.filter(|value| !value.is_blank()) {
            self.signal.labels.entry(name.to_owned()).or_insert(value);
        }
        self
    }

    /// An object of labels; among them may be the service.
    pub(super) fn labels(self, object: Option<&Json>) -> Self {
        let members = object.and_then(Json::members).unwrap_or_default();
        let with = |draft: Self, (name, value): &(String, Json)| draft.label(name, text(value, ""));
        members.iter().fold(self, with).service(None)
    }

    /// A further text.
    pub(super) fn annotation(mut self, name: &str, value: Option<Untrusted>) -> Self {
        if let Some(value) = value.filter(|value| !value.is_blank()) {
            self.signal.annotations.insert(name.to_owned(), value);
        }
        self
    }

    /// Where to read more; the first link given is the one that is shown.
    pub(super) fn link(mut self, link: Option<Untrusted>) -> Self {
        let all = self.signal.links.iter().chain(&link).map(Untrusted::verbatim);
        self.signal.links = reading::links(all);
        self
    }

    /// Who has it where it came from.
    pub(super) fn acknowledged(mut self, by: Option<Untrusted>) -> Self {
        self.signal.acknowledged_by = by;
        self
    }

    /// When it began.
    pub(super) fn starts(mut self, at: Option<&Json>) -> Self {
        self.starts_at = reading::time(at, &mut self.signal.remarks);
        self
    }

    /// When it ended.
    pub(super) fn ends(mut self, at: Option<&Json>) -> Self {
        self.ends_at = reading::time(at, &mut self.signal.remarks);
        self
    }

    /// When it came to be as it is, of a sender that says no more. An end then stands for the beginning too, so that a
    /// late word of what came before it is known as late.
    pub(super) fn changed(mut self, at: Option<&Json>) -> Self {
        self.starts_at = reading::time(at, &mut self.signal.remarks);
        self.ends_at = self.starts_at.filter(|_| !self.signal.firing);
        self
    }

    /// The whole signal.
    pub(super) fn signal(mut self, received: Timestamp) -> Signal {
        reading::set_times(&mut self.signal, self.starts_at, self.ends_at, received);
        self.signal
    }
}

/// The text at a JSON pointer; none when there is nothing to see.
pub(super) fn text(value: &Json, pointer: &str) -> Option<Untrusted> {
    let text = value.pointer(pointer)?.to_text()?;
    let text = Untrusted::new(text.trim());
    (!text.is_blank()).then_some(text)
}

/// The texts of a list at a JSON pointer, as one.
pub(super) fn list(value: &Json, pointer: &str) -> Option<Untrusted> {
    let items = value.pointer(pointer)?.items()?;
    let texts: Vec<String> = items.iter().filter_map(|item| Some(text(item, "")?.verbatim().to_owned())).collect();
    (!texts.is_empty()).then(|| Untrusted::new(texts.join(", ")))
}

/// The text at a JSON pointer without which the body means nothing.
///
/// # Errors
/// When it is not there; says so in the words of the sender.
pub(super) fn need(value: &Json, pointer: &str, sender: &str) -> Result<Untrusted, Unreadable> {
    let name = pointer.rsplit('/').next().unwrap_or_default();
    text(value, pointer).ok_or_else(|| Unreadable::new(format!("{sender}'s `{name}` should stand here"), pointer))
}

/// A word of the sender that hotroom does not know.
pub(super) fn unknown(word: &Untrusted, pointer: &str, sender: &str) -> Unreadable {
    Unreadable::new(format!("`{}` is no state of {sender}'s that is known", word.shown(SHOWN)), pointer)
}
