//! Nagios, Icinga 2 and Checkmk, as posted by the notification scripts in `docs/senders/`.
//!
//! Both send the time of the last state change, so that the latest state wins whatever the order of arrival. Their
//! notification types are those of `base/notifications.c` (Nagios) and `lib/icinga/notification.cpp` (Icinga).

use super::{
    Reading, Unreadable,
    draft::{Draft, need, text},
    json::Json,
};
use crate::domain::{Timestamp, ids::SourceId, text::Untrusted};

/// The effect of a notification on alerts.
enum Meaning {
    /// Sets the state it names.
    State,
    /// Acknowledges the problem.
    Acknowledged,
    /// The state flaps; state notifications are suspended.
    Flaps,
    /// Flapping has stopped; the state it names may not have been sent before.
    FlapsNoMore,
    /// No effect: downtimes and custom notifications.
    Nothing,
}

/// Reads a notification posted by the script of `sender`.
pub(super) fn read(source: &SourceId, sender: &str, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let kind = need(root, "/type", sender)?;
    let meaning = meaning(&kind);
    let unknown = if meaning.is_none() { Some(&kind) } else { None };
    let flapping = match meaning.unwrap_or(Meaning::State) {
        Meaning::Nothing => return Ok(Reading::default()),
        Meaning::State => None,
        Meaning::Acknowledged => {
            let author = text(root, "/author").unwrap_or_else(|| Untrusted::new(sender));
            let held = check(source, sender, root)?.acknowledged(Some(author));
            return Ok(Reading::one(held.signal(received)));
        }
        Meaning::Flaps => Some(true),
        Meaning::FlapsNoMore => Some(false),
    };
    let check = check(source, sender, root)?;
    // The state counts, whatever kind of notification names it.
    let check = if unknown.is_some() { check.warn_of_state(unknown) } else { check };
    let mut parsed = Reading::one(check.signal(received));
    if let Some(flaps) = flapping {
        parsed.signals.push(flap(source, sender, root)?.firing(flaps).signal(received));
    }
    Ok(parsed)
}

/// Returns the meaning of a notification type; `None` if it is unknown.
fn meaning(kind: &Untrusted) -> Option<Meaning> {
    match kind.verbatim() {
        "PROBLEM" | "RECOVERY" => Some(Meaning::State),
        "ACKNOWLEDGEMENT" => Some(Meaning::Acknowledged),
        "FLAPPINGSTART" => Some(Meaning::Flaps),
        "FLAPPINGSTOP" | "FLAPPINGEND" | "FLAPPINGDISABLED" => Some(Meaning::FlapsNoMore),
        "DOWNTIMESTART" | "DOWNTIMEEND" | "DOWNTIMECANCELLED" | "CUSTOM" => Some(Meaning::Nothing),
        _ => None,
    }
}

/// Reads the host or service and its state.
fn check(source: &SourceId, sender: &str, root: &Json) -> Result<Draft, Unreadable> {
    let state = text(root, "/state");
    let (firing, severity) = match state.as_ref().map_or("", Untrusted::verbatim) {
        "OK" | "UP" => (Some(false), None),
        "CRITICAL" | "CRIT" | "DOWN" => (Some(true), Some("critical")),
        "UNREACHABLE" | "UNREACH" => (Some(true), Some("error")),
        "WARNING" | "WARN" | "UNKNOWN" | "UNKN" => (Some(true), Some("warning")),
        _ => (None, None),
    };
    let draft = named(source, "state", root, sender)?;
    Ok(draft
        .state(firing, state.as_ref())
        .severity_as(severity)
        .severity(if firing == Some(false) { None } else { state })
        .says(text(root, "/output").as_ref())
        .changed(root.get("since").filter(|since| since.to_text().is_some_and(|text| text != "0"))))
}

/// Reads flapping as a separate alert beside the state.
fn flap(source: &SourceId, sender: &str, root: &Json) -> Result<Draft, Unreadable> {
    let draft = named(source, "flapping", root, sender)?;
    Ok(draft.severity_as(Some("warning")).says(Some(&Untrusted::new("flapping"))).changed(root.get("time")))
}

/// Reads the fields common to all notifications. A host is identified by its name, a service by host and description.
fn named(source: &SourceId, about: &str, root: &Json, sender: &str) -> Result<Draft, Unreadable> {
    let host = need(root, "/host", sender)?;
    let service = text(root, "/service");
    let draft = match &service {
        Some(name) => Draft::new(source, &[about, "service", host.verbatim(), name.verbatim()], name.clone()),
        None => Draft::new(source, &[about, "host", host.verbatim()], host.clone()),
    };
    Ok(draft
        .host(Some(host.clone()))
        .service(text(root, "/hotroom_service"))
        .label("groups", text(root, "/groups"))
        .annotation("address", text(root, "/address"))
        .annotation("problem_id", text(root, "/problem_id"))
        .annotation("comment", text(root, "/comment"))
        .annotation("long_output", text(root, "/long_output").map(|text| lines(&text)))
        .link(text(root, "/action_url"))
        .link(text(root, "/notes_url")))
}

/// Restores line breaks: Nagios writes those of long output as a backslash and an n.
fn lines(text: &Untrusted) -> Untrusted {
    Untrusted::new(text.verbatim().replace("\\n", "\n"))
}
