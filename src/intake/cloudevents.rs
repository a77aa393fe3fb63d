//! CloudEvents 1.0, single or batched; binary-mode events are converted to structured ones first, see [`super::form`].
//! `data` is read as the documented JSON, or through the mapping of the source. Source: cloudevents/spec, `spec.md`.

use super::{Reading, Unreadable, generic, json::Json, reading};
use crate::{
    config::Source,
    domain::{
        Timestamp,
        alert::{is_resolved_word, named_fingerprint},
        text::Untrusted,
    },
};

/// Attributes that every event must have.
const REQUIRED: [&str; 4] = ["id", "source", "specversion", "type"];
/// Attributes that become labels.
const LABELS: [(&str, &str); 3] = [("ce_source", "source"), ("ce_type", "type"), ("ce_subject", "subject")];

pub(super) fn read(source: &Source, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let events = root.items().unwrap_or(std::slice::from_ref(root));
    let place = if root.items().is_some() { "" } else { "/" };
    let mut parsed = Reading::default();
    for (number, event) in events.iter().take(super::MOST_ALERTS).enumerate() {
        let at = |error: Unreadable| Unreadable::new(error.what, format!("/{number}{}", error.place));
        match one(source, event, received) {
            Ok(read) => {
                parsed.signals.extend(read.signals);
                parsed.complaints.extend(read.complaints.into_iter().map(at));
            }
            Err(error) if place == "/" => return Err(error),
            Err(error) => parsed.complaints.push(at(error)),
        }
    }
    if events.len() > super::MOST_ALERTS {
        let what = format!("{} events in one batch; the first {} were taken", events.len(), super::MOST_ALERTS);
        parsed.complaints.push(Unreadable::new(what, format!("/{}", super::MOST_ALERTS)));
    }
    Ok(parsed)
}

fn one(source: &Source, event: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    if let Some(missing) = REQUIRED.iter().find(|name| reading::text(event, &format!("/{name}")).is_none()) {
        return Err(Unreadable::new(format!("a CloudEvent must have `{missing}`"), format!("/{missing}")));
    }
    if let Some(version) = reading::text(event, "/specversion").filter(|version| !version.starts_with("1.")) {
        let shown: String = version.chars().take(20).collect();
        return Err(Unreadable::new(format!("version {shown} of CloudEvents is not known"), "/specversion"));
    }
    let Some(alert) = alert(source, event) else { return Ok(Reading::default()) };
    let mut parsed = generic::read(source, &alert, received)?;
    for signal in &mut parsed.signals {
        let labels =
            LABELS.iter().filter_map(|(label, name)| Some((*label, reading::text(event, &format!("/{name}"))?)));
        signal.labels.extend(labels.map(|(label, value)| (label.to_owned(), Untrusted::new(value))));
    }
    name_alone(source, event, &mut parsed);
    Ok(parsed)
}

/// Gives events of one source and subject the same fingerprint, unless the data contain one.
fn name_alone(source: &Source, event: &Json, parsed: &mut Reading) {
    let named = source.mapping.as_ref().is_some_and(|mapping| !mapping.fingerprint.is_empty())
        || event.get("data").is_some_and(generic::has_key);
    let (from, about) = (reading::text(event, "/source"), reading::text(event, "/subject"));
    if let (Some(from), Some(about), [signal], false) = (from, about, parsed.signals.as_mut_slice(), named) {
        signal.fingerprint = named_fingerprint(&source.id, &format!("{} {from} {about}", from.len()));
    }
}

/// Returns the data, completed from the attributes. `None` if the event reports neither a problem nor its end.
fn alert(source: &Source, event: &Json) -> Option<Json> {
    if let (Some(data), Some(_)) = (event.get("data"), &source.mapping) {
        return Some(data.clone());
    }
    let data = event.get("data").filter(|data| data.members().is_some());
    if data.is_some_and(|data| data.get("alerts").is_some()) {
        return data.cloned();
    }
    let kind = reading::text(event, "/type").unwrap_or_default();
    let last = kind.rsplit('.').next().unwrap_or_default();
    let word = data.and_then(|data| data.first_of(&["state", "status"]).and_then(Json::to_text));
    let over = match &word {
        // An unknown state is a state: it is read as one, with a warning.
        Some(word) => is_resolved_word(word).unwrap_or(false),
        None => is_resolved_word(last)?,
    };
    let mut members = data.and_then(Json::members).unwrap_or_default().to_vec();
    let has = |names: &[&str]| data.is_some_and(|data| data.first_of(names).is_some());
    let mut add = |missing: bool, name: &str, value: Option<String>| {
        if let (true, Some(value)) = (missing, value) {
            members.push((name.to_owned(), Json::Text(value)));
        }
    };
    let subject = reading::text(event, "/subject");
    let state = if over { "resolved" } else { "firing" };
    add(word.is_none(), "state", Some(state.to_owned()));
    add(!has(&["name", "alertname", "title"]), "name", subject.or_else(|| Some(kind.clone())));
    let timed = if over { ["ends_at", "endsAt", "ended_at"] } else { ["starts_at", "startsAt", "started_at"] };
    add(!has(&timed), timed[0], reading::text(event, "/time"));
    Some(Json::Object(members))
}
