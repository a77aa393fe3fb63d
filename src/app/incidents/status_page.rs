//! The public page: incident, components and update change in one act.

use std::collections::BTreeMap;

use minijinja::context;

use crate::app::Context;
use crate::command::StatusTemplate;
use crate::config::Config;
use crate::domain::Timestamp;
use crate::domain::ids::ComponentId;
use crate::domain::incident::Incident;
use crate::domain::incident::IncidentKind;
use crate::domain::incident::Severity;
use crate::domain::incident::{IncidentEvent, PublicEvent};
use crate::domain::status;
use crate::domain::status::ComponentStatus;
use crate::domain::status::ComponentStatuses;
use crate::domain::status::PublicIncident;
use crate::domain::status::PublicPost;
use crate::domain::status::PublicStatus;
use crate::render::Renderer;
use crate::store::Reads;
use crate::store::StoreError;
use crate::store::Tx;

/// What each component of the configuration shows now.
pub fn shown_now(reads: &Reads<'_>, cx: Context<'_>) -> Result<BTreeMap<ComponentId, ComponentStatus>, StoreError> {
    let stored = reads.stored_components()?;
    let shown = |id: &ComponentId| stored.get(id).map_or(ComponentStatus::Operational, |stored| stored.status);
    Ok(cx.config.status_page.components.iter().map(|known| (known.id.clone(), shown(&known.id))).collect())
}

/// The component of the affected service with the status that the severity suggests, for an incident that is not on the
/// page yet.
pub fn suggested(config: &Config, incident: &Incident) -> Option<(ComponentId, ComponentStatus)> {
    let service = incident.service.as_ref().and_then(|service| config.service(service.as_str()))?;
    let status = match incident.severity {
        Severity::Sev1 => ComponentStatus::MajorOutage,
        Severity::Sev2 => ComponentStatus::PartialOutage,
        Severity::Sev3 | Severity::Sev4 => ComponentStatus::DegradedPerformance,
    };
    let component = service.component.clone()?;
    if incident.is_open() && !incident.public.posted { Some((component, status)) } else { None }
}

/// Shows an event of an incident on the status page, in the transaction of the event.
pub fn show(tx: &mut Tx<'_>, cx: Context<'_>, incident: &Incident, event: &IncidentEvent) -> Result<(), StoreError> {
    let post = if let IncidentEvent::Public(PublicEvent::StatusPosted { status, body, components, .. }) = event {
        // The decision has refused it already; the page must not depend on that.
        if incident.kind == IncidentKind::Drill || incident.private {
            return Ok(());
        }
        PublicPost { status: *status, body: body.clone(), components: components.clone() }
    } else if let IncidentEvent::Public(PublicEvent::StatusRestored { body, .. }) = event {
        PublicPost { status: PublicStatus::Resolved, body: body.clone(), components: Vec::new() }
    } else {
        return Ok(());
    };
    let stored = tx.public_incident(incident.id)?;
    let ended = matches!(event, IncidentEvent::Public(PublicEvent::StatusRestored { .. }));
    if ended && stored.as_ref().is_none_or(|public| public.is_over() && post.body.is_blank()) {
        return Ok(());
    }
    let mut public = stored.unwrap_or_else(|| PublicIncident::begin(incident, cx.now));
    let holding = tx.all_open_public_incidents()?;
    let others = status::worst(holding.iter().filter(|other| other.incident != incident.id).map(|other| &other.holds));
    public.post(incident, post, &others, cx.now);
    tx.save_public_incident(&public)?;
    register(tx, cx.config, cx.now)?;
    save_shown(tx, cx, &status::worst([&public.holds, &others]))
}

/// Stores every component of the configuration, so that the page can show since when it exists.
pub fn register(tx: &mut Tx<'_>, config: &Config, now: Timestamp) -> Result<(), StoreError> {
    let stored = tx.stored_components()?;
    for component in config.status_page.components.iter().filter(|known| !stored.contains_key(&known.id)) {
        tx.save_component(&component.id, ComponentStatus::Operational, now)?;
    }
    Ok(())
}

fn save_shown(tx: &mut Tx<'_>, cx: Context<'_>, shown: &ComponentStatuses) -> Result<(), StoreError> {
    for (id, stored) in tx.stored_components()? {
        let status = shown.get(&id).copied().unwrap_or(ComponentStatus::Operational);
        if status != stored.status {
            tx.save_component(&id, status, cx.now)?;
        }
    }
    Ok(())
}

/// The texts that can be picked for a post, ready to be sent or changed.
pub fn templates(renderer: &Renderer, config: &Config, incident: Option<&Incident>) -> Vec<StatusTemplate> {
    let service = incident.and_then(|incident| incident.service.as_ref());
    let service = service.and_then(|service| config.service(service.as_str())).map(|service| service.name.as_str());
    let template = |status: PublicStatus| {
        let body = body_of(renderer, status, service)?;
        let word = status.name();
        let name = format!("{}{}", word[..1].to_uppercase(), &word[1..]);
        Some(StatusTemplate { id: word.to_owned(), name, status, body })
    };
    PublicStatus::ALL.into_iter().filter_map(template).collect()
}

/// The text of a public status for those who wrote none.
pub fn body_of(renderer: &Renderer, status: PublicStatus, service: Option<&str>) -> Option<String> {
    let name = format!("status/updates/{}.txt", status.name());
    match renderer.render(&name, context! { service }) {
        Ok(text) => Some(text.trim().to_owned()),
        Err(error) => {
            tracing::error!(template = name, %error, "a template failed");
            None
        }
    }
}
