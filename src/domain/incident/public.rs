//! What customers read of an incident: its posts on the status page, and the title above them.

use super::{
    Command, Facts, Incident, IncidentEvent, LifecycleEvent, PublicEvent, PublicRecord,
    rules::{MAX_TEXT, MAX_TITLE, must_be_open, text},
};
use crate::domain::{
    ids::{IncidentId, Key},
    refusal::{IncidentRefusal, Refusal},
    status::{ComponentStatus, PublicStatus},
    text::Untrusted,
};

type Events = Result<Vec<IncidentEvent>, Refusal>;

/// `/incident statuspage`: title, text, public status and components at once. The title never comes from the incident's
/// own; one that nobody gave is blank, and the page then shows the name of a component.
pub(super) fn post(incident: &Incident, command: &Command, facts: &Facts<'_>) -> Events {
    let Command::PostStatus { status, body, components, title } = command else { return Ok(Vec::new()) };
    may_be_public(incident)?;
    must_be_open(incident)?;
    let body = text("message", body, MAX_TEXT)?;
    let title = match title {
        Some(title) => text("title", title, MAX_TITLE)?,
        None => incident.public.title.clone().unwrap_or_default(),
    };
    let mut before = Vec::new();
    for (component, _) in components {
        let Some(shown) = facts.components.get(component) else {
            let known = facts.components.keys().cloned().collect();
            return Err(IncidentRefusal::UnknownComponent { component: component.clone(), known }.into());
        };
        before.push((component.clone(), *shown));
    }
    if *status == PublicStatus::Resolved && incident.public.posted {
        let retitled = incident.public.title.as_ref() != Some(&title);
        let mut events: Vec<IncidentEvent> = retitled.then(|| changed(incident, &title)).into_iter().collect();
        events.push(ended(incident, body, title, facts));
        return Ok(events);
    }
    let (status, components, title) = (*status, components.clone(), Some(title));
    Ok(vec![PublicEvent::StatusPosted { status, body, components, before, title }.into()])
}

/// `/incident rename`: the title inside, and only if asked the one that customers read.
pub(super) fn rename(incident: &Incident, title: &Untrusted, public: bool) -> Events {
    let to = text("title", title, MAX_TITLE)?;
    if public {
        may_be_public(incident)?;
    }
    let mut events = Vec::new();
    if to != incident.title {
        events.push(LifecycleEvent::Renamed { from: incident.title.clone(), to: to.clone() }.into());
    }
    if public && incident.public.title.as_ref() != Some(&to) {
        events.push(changed(incident, &to));
    }
    if events.is_empty() {
        return Err(IncidentRefusal::Already { what: "the title".into(), value: to.shown(MAX_TITLE), by: None }.into());
    }
    Ok(events)
}

fn changed(incident: &Incident, to: &Untrusted) -> IncidentEvent {
    PublicEvent::PublicTitleChanged { from: incident.public.title.clone(), to: to.clone() }.into()
}

/// Ends the post of an incident that is over, if it has one, and releases its components.
pub(super) fn restored(incident: &Incident, message: Option<Untrusted>, facts: &Facts<'_>) -> Option<IncidentEvent> {
    let title = incident.public.title.clone().unwrap_or_default();
    incident.public.posted.then(|| ended(incident, message.unwrap_or_default(), title, facts))
}

fn ended(incident: &Incident, body: Untrusted, title: Untrusted, facts: &Facts<'_>) -> IncidentEvent {
    let shown = |id| facts.others.get(id).copied().unwrap_or(ComponentStatus::Operational);
    let components = incident.public.before.keys().map(|id| (id.clone(), shown(id))).collect();
    PublicEvent::StatusRestored { body, components, title: Some(title) }.into()
}

/// Hands the post of a merged incident to the one that continues.
pub(super) fn moved(incident: &Incident, into: IncidentId, key: &Key) -> Option<IncidentEvent> {
    incident.public.posted.then(|| PublicEvent::StatusMoved { into, key: key.clone() }.into())
}

/// Takes over the post of an incident that was merged into this one. A title that customers read here stays.
pub(super) fn taken_over(
    incident: &Incident,
    other: IncidentId,
    key: &Key,
    public: &PublicRecord,
) -> Option<IncidentEvent> {
    if !public.posted {
        return None;
    }
    let own = if incident.public.posted { incident.public.title.clone() } else { None };
    let before = public.before.iter().map(|(id, status)| (id.clone(), *status)).collect();
    let title = own.or_else(|| public.title.clone());
    Some(PublicEvent::StatusTakenOver { other, key: key.clone(), title, before }.into())
}

/// Refuses what customers may never read.
fn may_be_public(incident: &Incident) -> Result<(), Refusal> {
    let key = || incident.key.clone();
    if !incident.kind.may_be_public() {
        return Err(IncidentRefusal::DrillStaysInside { key: key() }.into());
    }
    if incident.private {
        return Err(IncidentRefusal::PrivateStaysInside { key: key() }.into());
    }
    Ok(())
}
