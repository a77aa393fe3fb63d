//! Uptime Kuma webhooks: `{heartbeat, monitor, msg}`, also sent as a form or in the URL, see [`super::form`]. Source:
//! louislam/uptime-kuma, `server/notification-providers/webhook.js`.

use super::{Reading, Unreadable, json::Json, reading};
use crate::domain::{
    Timestamp,
    alert::{Signal, WarningKind, named_fingerprint},
    ids::SourceId,
    text::Untrusted,
};

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let beat = root.get("heartbeat").filter(|beat| beat.members().is_some());
    let Some(beat) = beat else {
        // Its test message has only a text.
        return match root.get("msg") {
            Some(_) => Ok(Reading::default()),
            None => Err(Unreadable::new("Uptime Kuma's object `heartbeat` should stand here", "/heartbeat")),
        };
    };
    let status = reading::text(beat, "/status");
    let known = match status.as_deref() {
        Some("0") => Some(true),
        Some("1") => Some(false),
        // Pending or under maintenance: neither down nor up.
        Some("2" | "3") => return Ok(Reading::default()),
        _ => None,
    };
    let mut signal = monitor(source, root, known.unwrap_or(true))?;
    if known.is_none() {
        signal.warn(WarningKind::UnknownState, status.as_deref().unwrap_or_default());
    }
    Ok(Reading { signals: vec![timed(signal, beat, received)], ..Reading::default() })
}

fn monitor(source: &SourceId, root: &Json, firing: bool) -> Result<Signal, Unreadable> {
    let text = |pointer| reading::text(root, pointer);
    let id = text("/monitor/id").or_else(|| text("/heartbeat/monitorID"));
    let id = id.ok_or_else(|| Unreadable::new("the monitor has no id", "/monitor/id"))?;
    let name = text("/monitor/name").unwrap_or_else(|| format!("monitor {id}"));
    let mut labels: std::collections::BTreeMap<String, Untrusted> = tags(root).collect();
    for (label, pointer) in [("type", "/monitor/type"), ("path", "/monitor/pathName")] {
        labels.extend(text(pointer).map(|value| (label.to_owned(), Untrusted::new(value))));
    }
    let said = reading::signal(named_fingerprint(source, &id), firing, name.as_str());
    let why = text("/heartbeat/msg").map(|why| Untrusted::new(format!("{name}: {why}")));
    let address = text("/monitor/url").filter(|url| url.len() > "https://".len());
    let signal = Signal {
        service: labels.get("service").map(|name| name.verbatim().to_owned()),
        host: text("/monitor/hostname").or_else(|| address.as_deref().and_then(host)).map(Untrusted::new),
        summary: reading::first_line([why.as_ref()]).unwrap_or_else(|| said.name.clone()),
        links: reading::links(address.as_deref()),
        ..said
    };
    let severity = labels.get("severity").or_else(|| labels.get("priority")).map(|word| word.verbatim().to_owned());
    Ok(reading::labelled(Signal { labels, ..signal }, severity.as_deref()))
}

/// Sets the times; heartbeats use UTC without a time zone.
fn timed(mut signal: Signal, beat: &Json, received: Timestamp) -> Signal {
    let said = reading::text(beat, "/time").map(|time| Json::Text(format!("{}Z", time.trim_end_matches('Z'))));
    let mut remarks = Vec::new();
    let at = reading::time(said.as_ref(), &mut remarks);
    let (starts_at, ends_at) = if signal.firing { (at, None) } else { (None, at) };
    reading::set_times(&mut signal, starts_at, ends_at, received);
    signal
}

fn tags(root: &Json) -> impl Iterator<Item = (String, Untrusted)> {
    let tags = root.pointer("/monitor/tags").and_then(Json::items).unwrap_or_default();
    tags.iter().filter_map(|tag| {
        let value = reading::text(tag, "/value").unwrap_or_else(|| "true".to_owned());
        Some((reading::text(tag, "/name")?, Untrusted::new(value)))
    })
}

fn host(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    (!host.is_empty()).then(|| host.to_owned())
}
