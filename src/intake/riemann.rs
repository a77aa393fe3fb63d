//! Riemann: an event, or a list of them, as `docs/senders/riemann.md` posts them (riemann.io/concepts.html).

use super::{
    Parsed, Unreadable,
    draft::{Draft, list, need, text},
    json::Json,
    reading,
};
use crate::domain::{Timestamp, ids::SourceId};

const SENDER: &str = "Riemann";
/// The fields that Riemann gives every event; all others are the user's own.
const STANDARD: [&str; 8] = ["host", "service", "state", "description", "metric", "time", "ttl", "tags"];

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Parsed, Unreadable> {
    let Some(events) = root.items() else {
        return Ok(Parsed::one(event(source, root)?.signal(received)));
    };
    Ok(reading::each(events, "", |item| Ok(event(source, item)?.signal(received))))
}

/// An event. One whose time to live ran out, `expired`, fires: whoever sent it has fallen silent.
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
    // Riemann repeats that all is well for ever. Without a beginning such a word ends what fires, and is else forgotten.
    Ok(if firing { draft.starts(event.get("time")) } else { draft.ends(event.get("time")) })
}
