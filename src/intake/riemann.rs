//! Riemann: an event or a list of events, posted as in `docs/senders/riemann.md` (riemann.io/concepts.html).

use super::{
    Reading, Unreadable,
    draft::{Draft, list, need, text},
    json::Json,
    reading,
};
use crate::domain::{Timestamp, ids::SourceId};

const SENDER: &str = "Riemann";
/// Standard fields of a Riemann event; all others are custom.
const STANDARD: [&str; 8] = ["host", "service", "state", "description", "metric", "time", "ttl", "tags"];

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let Some(events) = root.items() else {
        return Ok(Reading::one(event(source, root)?.signal(received)));
    };
    Ok(reading::each(events, "", |item| Ok(event(source, item)?.signal(received))))
}

/// Reads an event. An `expired` one fires: its time to live ran out, so its source has stopped sending.
fn event(source: &SourceId, event: &Json) -> Result<Draft, Unreadable> {
    let service = need(event, "/service", SENDER)?;
    let state = need(event, "/state", SENDER)?;
    let host = text(event, "/host");
    let firing = !matches!(state.verbatim(), "ok" | "normal" | "up");
    let key = [host.clone().unwrap_or_default(), service.clone()];
    let draft = Draft::new(source, &[key[0].verbatim(), key[1].verbatim()], service)
        .firing(firing)
        .says(text(event, "/description").or_else(|| (state.verbatim() == "expired").then(|| state.clone())).as_ref())
        .severity(Some(state))
        .host(host)
        .label("tags", list(event, "/tags"))
        .annotation("metric", text(event, "/metric"));
    let own = event.members().unwrap_or_default().iter().filter(|(name, _)| !STANDARD.contains(&name.as_str()));
    let draft = own.fold(draft, |draft, (name, value)| draft.label(name, text(value, "")));
    // Riemann repeats `ok` events forever. Without a start time such an event only resolves a firing alert and is
    // otherwise ignored.
    Ok(if firing { draft.starts(event.get("time")) } else { draft.ends(event.get("time")) })
}
