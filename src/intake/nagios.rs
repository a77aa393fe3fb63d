//! Nagios and Icinga 2, as the notification scripts in `docs/senders/` post them.
//!
//! Both say when a host or a service came to be as it is, so that the newest word counts whatever the order of arrival.
//! Their types of notification are those of `base/notifications.c` (Nagios) and `lib/icinga/notification.cpp` (Icinga).

use super::{
    Parsed, Unreadable,
    draft::{Draft, need, text, unknown},
    json::Json,
};
use crate::domain::{Timestamp, ids::SourceId, text::Untrusted};

/// What a notification means for alerts.
enum Meaning {
    /// The state it names holds.
    State,
    /// Someone has the problem.
    Acknowledged,
    /// The state changes so often that no notification of it is sent.
    Flaps,
    /// The state it names holds again, and was perhaps not told before.
    FlapsNoMore,
    /// Neither an alert nor the end of one: downtimes, and what people send by hand.
    Nothing,
}

/// Reads what the script of `sender` posted.
pub(super) fn read(source: &SourceId, sender: &str, root: &Json, received: Timestamp) -> Result<Parsed, Unreadable> {
    let kind = need(root, "/type", sender)?;
    let flapping = match meaning(&kind, sender)? {
        Meaning::Nothing => return Ok(Parsed::default()),
        Meaning::State => None,
        Meaning::Acknowledged => {
            let author = text(root, "/author").unwrap_or_else(|| Untrusted::new(sender));
            let held = check(source, sender, root)?.acknowledged(Some(author));
            return Ok(Parsed::one(held.signal(received)));
        }
        Meaning::Flaps => Some(true),
        Meaning::FlapsNoMore => Some(false),
    };
    let mut parsed = Parsed::one(check(source, sender, root)?.signal(received));
    if let Some(flaps) = flapping {
        parsed.signals.push(flap(source, sender, root)?.firing(flaps).signal(received));
    }
    Ok(parsed)
}

fn meaning(kind: &Untrusted, sender: &str) -> Result<Meaning, Unreadable> {
    match kind.verbatim() {
        "PROBLEM" | "RECOVERY" => Ok(Meaning::State),
        "ACKNOWLEDGEMENT" => Ok(Meaning::Acknowledged),
        "FLAPPINGSTART" => Ok(Meaning::Flaps),
        "FLAPPINGSTOP" | "FLAPPINGEND" | "FLAPPINGDISABLED" => Ok(Meaning::FlapsNoMore),
        "DOWNTIMESTART" | "DOWNTIMEEND" | "DOWNTIMECANCELLED" | "CUSTOM" => Ok(Meaning::Nothing),
        _ => Err(unknown(kind, "/type", sender)),
    }
}

/// The host or service and its state.
fn check(source: &SourceId, sender: &str, root: &Json) -> Result<Draft, Unreadable> {
    let state = need(root, "/state", sender)?;
    let severity = match state.verbatim() {
        "OK" | "UP" => None,
        "CRITICAL" | "DOWN" => Some("critical"),
        "UNREACHABLE" => Some("error"),
        "WARNING" | "UNKNOWN" => Some("warning"),
        _ => return Err(unknown(&state, "/state", sender)),
    };
    let draft = named(source, "state", root, sender)?;
    Ok(draft
        .firing(severity.is_some())
        .severity_as(severity)
        .severity(Some(state).filter(|_| severity.is_some()))
        .says(text(root, "/output").as_ref())
        .changed(root.get("since").filter(|since| since.to_text().is_some_and(|text| text != "0"))))
}

/// That the host or service flaps: an alert of its own beside its state.
fn flap(source: &SourceId, sender: &str, root: &Json) -> Result<Draft, Unreadable> {
    let draft = named(source, "flapping", root, sender)?;
    Ok(draft.severity_as(Some("warning")).says(Some(&Untrusted::new("flapping"))).changed(root.get("time")))
}

/// What is the same whatever is said of a host or service. A host is named by itself, a service by its description.
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

/// Nagios writes the line ends of long output as a backslash and an n.
fn lines(text: &Untrusted) -> Untrusted {
    Untrusted::new(text.verbatim().replace("\\n", "\n"))
}
