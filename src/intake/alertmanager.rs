//! Alertmanager webhooks, version 4, as sent by 0.25 to 0.34. Unknown fields are ignored.

use super::{Reading, Unreadable, json::Json, reading};
use crate::domain::{
    Timestamp,
    alert::{SenderWarning, Signal, WarningKind, is_resolved_word, label_fingerprint, severity_word},
    ids::SourceId,
    text::Untrusted,
};

/// Labels that name the host, most specific first.
pub(super) const HOST_LABELS: [&str; 4] = ["host", "hostname", "instance", "node"];
/// Annotations that summarise the problem, most specific first.
const SUMMARIES: [&str; 4] = ["summary", "title", "message", "description"];

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let parsed = reading::each(list(root)?, "/alerts", |item| signal(source, item, received));
    let mut parsed = with_truncated(parsed, root);
    if let Some(version) = root.get("version").and_then(Json::to_text).filter(|version| version != "4") {
        let shown: String = version.chars().take(20).collect();
        parsed.complaints.push(Unreadable::new(format!("version {shown} is not known; it was read as 4"), "/version"));
    }
    Ok(parsed)
}

/// Notes how many alerts the sender left out because of `max_alerts`: their ends never arrive.
pub(super) fn with_truncated(mut parsed: Reading, root: &Json) -> Reading {
    let truncated: u32 =
        reading::text(root, "/truncatedAlerts").and_then(|count| count.parse().ok()).unwrap_or_default();
    if truncated > 0 {
        parsed.signals.iter_mut().for_each(|signal| signal.truncated = truncated);
        let receiver = reading::text(root, "/receiver").unwrap_or_default();
        let warning = SenderWarning::new(WarningKind::Truncated, &receiver);
        parsed.warnings.push(SenderWarning { count: truncated, ..warning });
    }
    parsed
}

/// Returns the alerts of a body.
pub(super) fn list(root: &Json) -> Result<&[Json], Unreadable> {
    root.get("alerts").and_then(Json::items).ok_or_else(|| {
        let seen = root.members().map_or(root.sort(), |_| "an object without it");
        Unreadable::new(format!("Alertmanager's list `alerts` should stand here, not {seen}"), "/alerts")
    })
}

/// Reads one alert of a webhook.
pub(super) fn signal(source: &SourceId, item: &Json, received: Timestamp) -> Result<Signal, Unreadable> {
    let word = item.get("status").and_then(Json::to_text);
    let resolved = word.as_deref().map_or(Some(false), is_resolved_word);
    let mut signal = read_alert(source, item, received, resolved != Some(true))?;
    if resolved.is_none() {
        signal.warn(WarningKind::UnknownState, word.as_deref().unwrap_or_default());
    }
    Ok(signal)
}

/// Reads one alert in the format that the webhook and the API share.
pub(super) fn read_alert(
    source: &SourceId,
    item: &Json,
    received: Timestamp,
    firing: bool,
) -> Result<Signal, Unreadable> {
    if item.members().is_none() {
        return Err(Unreadable::new(format!("an alert should stand here, not {}", item.sort()), ""));
    }
    let labels = reading::texts(item.get("labels"), "/labels")?;
    let mut warnings = Vec::new();
    let annotations = reading::texts_or_warn(item.get("annotations"), "/annotations", &mut warnings);
    if labels.is_empty() {
        return Err(Unreadable::new("an alert without labels has no name", "/labels"));
    }
    let title = || reading::first_line(["summary", "title"].map(|name| annotations.get(name)));
    let name = labels.get("alertname").filter(|name| !name.is_blank()).cloned().or_else(title);
    let name = name.or_else(|| reading::name_of_labels(&labels)).unwrap_or_default();
    let summary = reading::first_line(SUMMARIES.map(|name| annotations.get(name)));
    let said = item.get("fingerprint").and_then(Json::to_text);
    let generator = item.get("generatorURL").and_then(Json::to_text);
    let fires = reading::signal(label_fingerprint(source, said.as_deref(), &labels), firing, name);
    let mut signal = Signal {
        severity: labels.get("severity").and_then(|word| severity_word(word.verbatim())),
        service: labels.get("service").map(|name| name.verbatim().to_owned()),
        host: reading::first_label(&labels, &HOST_LABELS).cloned(),
        summary: summary.unwrap_or_else(|| fires.name.clone()),
        links: reading::links(generator.as_deref().into_iter().chain(annotations.values().map(Untrusted::verbatim))),
        labels,
        annotations,
        warnings,
        ..fires
    };
    let starts_at = reading::time(item.get("startsAt"), &mut signal.remarks);
    let ends_at = reading::time(item.get("endsAt"), &mut signal.remarks);
    reading::set_times(&mut signal, starts_at, ends_at, received);
    Ok(signal)
}
