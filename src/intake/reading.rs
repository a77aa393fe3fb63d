//! Functions shared by the readers of all senders.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime};

use super::{MOST_ALERTS, Reading, Unreadable, json::Json};
use crate::domain::{
    Timestamp,
    alert::{Fingerprint, Remark, SenderAction, SenderWarning, Signal, WarningKind, episode, severity_word},
    text::{Untrusted, cut},
};

/// Maximum number of links stored per alert.
const MOST_LINKS: usize = 5;
/// Maximum length of a stored link.
const LONGEST_LINK: usize = 2048;
/// Maximum number of labels in a name made of labels, and its maximum length in characters.
const NAME: (usize, usize) = (8, 200);

/// The content of a list item.
pub(super) enum ListItem {
    /// An alert.
    Alert(Signal),
    /// An action on an existing alert, or a change.
    SenderAction(SenderAction),
    /// Something that is to be ignored.
    Nothing,
}

impl From<Signal> for ListItem {
    fn from(signal: Signal) -> Self {
        Self::Alert(signal)
    }
}

/// Reads each alert of a list separately: an error in one does not affect the others. `place` is the position of the
/// list in the body.
pub(super) fn each<'a, T: Into<ListItem>>(
    items: &'a [Json],
    place: &str,
    mut read: impl FnMut(&'a Json) -> Result<T, Unreadable>,
) -> Reading {
    let mut parsed = Reading::default();
    if items.len() > MOST_ALERTS {
        let what = format!("{} alerts in one body; the first {MOST_ALERTS} were taken", items.len());
        parsed.complaints.push(Unreadable::new(what, format!("{place}/{MOST_ALERTS}")));
    }
    for (number, item) in items.iter().take(MOST_ALERTS).enumerate() {
        match read(item).map(Into::into) {
            Ok(ListItem::Alert(signal)) => parsed.signals.push(signal),
            Ok(ListItem::SenderAction(order)) => parsed.orders.push(order),
            Ok(ListItem::Nothing) => {}
            Err(error) => {
                let alone = items.len() == 1 && place.is_empty();
                let at = if alone { String::new() } else { format!("{place}/{number}") };
                parsed.complaints.push(Unreadable::new(error.what, format!("{at}{}", error.place)));
            }
        }
    }
    parsed
}

/// Returns the value at a JSON pointer as text, if it has visible characters.
pub(super) fn text(document: &Json, pointer: &str) -> Option<String> {
    let text = document.pointer(pointer)?.to_text()?;
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}

/// Sets the severity from the sender's word, and adds name, service, host and that word as the labels that routes and
/// rules use, unless the sender has set them.
pub(super) fn labelled(mut signal: Signal, severity: Option<&str>) -> Signal {
    signal.severity = severity.and_then(severity_word);
    let fields = [
        ("alertname", Some(signal.name.clone())),
        ("service", signal.service.as_deref().map(Untrusted::new)),
        ("host", signal.host.clone()),
        ("severity", severity.map(Untrusted::new)),
    ];
    for (label, value) in fields {
        if let Some(value) = value {
            signal.labels.entry(label.to_owned()).or_insert(value);
        }
    }
    signal
}

/// Reads an object of texts, such as labels: null and empty values are dropped, as in Alertmanager, and other values
/// are taken as written.
pub(super) fn texts(value: Option<&Json>, place: &str) -> Result<BTreeMap<String, Untrusted>, Unreadable> {
    let value = match value {
        None | Some(Json::Null) => return Ok(BTreeMap::new()),
        Some(value) => value,
    };
    let wrong = || Unreadable::new(format!("an object should stand here, not {}", value.sort()), place);
    let members = value.members().ok_or_else(wrong)?;
    let mut texts = BTreeMap::new();
    for (name, value) in members {
        match value.to_text().filter(|text| !text.is_empty()) {
            Some(text) => texts.insert(name.clone(), Untrusted::new(text)),
            None => texts.remove(name),
        };
    }
    Ok(texts)
}

/// Reads an optional object of texts; one of another type is left out, with a warning.
pub(super) fn texts_or_warn(
    value: Option<&Json>,
    place: &str,
    warnings: &mut Vec<SenderWarning>,
) -> BTreeMap<String, Untrusted> {
    texts(value, place).unwrap_or_else(|_| {
        warnings.push(SenderWarning::new(WarningKind::OddField, place.trim_start_matches('/')));
        BTreeMap::new()
    })
}

/// Returns a name for an alert that has none: its labels as `name=value`. `None` if it has no labels.
pub(super) fn name_of_labels(labels: &BTreeMap<String, Untrusted>) -> Option<Untrusted> {
    let pairs = labels.iter().take(NAME.0).map(|(name, value)| format!("{name}={}", value.verbatim()));
    let name = cut(&pairs.collect::<Vec<_>>().join(" "), NAME.1);
    (!name.is_empty()).then(|| Untrusted::new(name))
}

/// Creates a minimal signal; readers add the rest.
pub(super) fn signal(fingerprint: Fingerprint, firing: bool, name: impl Into<Untrusted>) -> Signal {
    let name = name.into();
    Signal {
        fingerprint,
        firing,
        summary: name.clone(),
        name,
        severity: None,
        service: None,
        host: None,
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        starts_at: None,
        ends_at: None,
        links: Vec::new(),
        acknowledged_by: None,
        remarks: Vec::new(),
        truncated: 0,
        warnings: Vec::new(),
    }
}

/// Parses a time in any common format: RFC 3339 with or without a time zone, RFC 2822, Go's text, Unix seconds to
/// nanoseconds.
pub(super) fn time(value: Option<&Json>, remarks: &mut Vec<Remark>) -> Option<Timestamp> {
    let text = value?.to_text()?;
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if let Some(time) = unix_time(text).or_else(|| zoned_time(text)) {
        return Some(time);
    }
    let bare = text.trim_end_matches("UTC").trim_end_matches('Z').trim_end();
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let naive = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(bare, format).ok());
    match naive {
        Some(time) => {
            if bare == text {
                remarks.push(Remark::NoZone);
            }
            Some(time.and_utc())
        }
        None => {
            remarks.push(Remark::OddTime);
            None
        }
    }
}

fn zoned_time(text: &str) -> Option<Timestamp> {
    // Go prints `2026-01-01 00:00:00.5 +0000 UTC m=+0.1`; the offset counts.
    let of_go = || text.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .or_else(|_| DateTime::parse_from_str(&of_go(), "%Y-%m-%d %H:%M:%S%.f %z"))
        .ok()
        .map(|time| time.to_utc())
}

/// Parses a Unix time: up to eleven digits are seconds, up to fourteen milliseconds, up to sixteen microseconds, more
/// nanoseconds.
fn unix_time(text: &str) -> Option<Timestamp> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || whole.len() > 19 || !whole.chars().chain(part.chars()).all(|c| c.is_ascii_digit()) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    match whole.len() {
        ..=11 => {
            let millis: i64 = format!("{part:0<3}").get(..3)?.parse().ok()?;
            Timestamp::from_timestamp_millis(number.checked_mul(1000)?.checked_add(millis)?)
        }
        12..=14 => Timestamp::from_timestamp_millis(number),
        15..=16 => Timestamp::from_timestamp_micros(number),
        _ => Timestamp::from_timestamp_millis(number / 1_000_000),
    }
}

/// Sets the times of the signal, without implausible ones.
pub(super) fn set_times(
    signal: &mut Signal,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    received: Timestamp,
) {
    let sane = episode::check_times(signal.firing, starts_at, ends_at, received);
    signal.starts_at = sane.starts_at;
    signal.ends_at = sane.ends_at;
    signal.remarks.extend(sane.remarks);
    signal.remarks.sort();
    signal.remarks.dedup();
}

/// Returns the valid links among the texts: http and https only, without characters that could end a link early.
pub(super) fn links<'a>(candidates: impl IntoIterator<Item = &'a str>) -> Vec<Untrusted> {
    let mut links: Vec<Untrusted> = Vec::new();
    for text in candidates {
        let link = Untrusted::new(text.trim());
        if is_link(link.verbatim()) && !links.contains(&link) && links.len() < MOST_LINKS {
            links.push(link);
        }
    }
    links
}

fn is_link(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let clean = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | '"' | '`' | '\\');
    text.len() <= LONGEST_LINK && rest.is_some_and(|rest| !rest.is_empty()) && text.chars().all(clean)
}

/// Returns the first line of the first text with visible characters.
pub(super) fn first_line<'a>(candidates: impl IntoIterator<Item = Option<&'a Untrusted>>) -> Option<Untrusted> {
    let shown = candidates.into_iter().flatten().find(|text| !text.is_blank())?;
    let line = shown.verbatim().lines().map(str::trim).find(|line| !Untrusted::new(*line).is_blank());
    line.map(Untrusted::new)
}

/// Returns the value of the first label that exists.
pub(super) fn first_label<'a>(labels: &'a BTreeMap<String, Untrusted>, names: &[&str]) -> Option<&'a Untrusted> {
    names.iter().find_map(|name| labels.get(*name))
}
