//! The public page: incident, components and update change in one act.

use std::collections::BTreeMap;

use minijinja::context;

use crate::app::{Context, status_mirrors, user_reports};
use crate::command::StatusTemplate;
use crate::config::Config;
use crate::domain::Timestamp;
use crate::domain::effect::ReporterMail;
use crate::domain::ids::{ComponentId, IncidentId};
use crate::domain::incident::Incident;
use crate::domain::incident::Severity;
use crate::domain::incident::{IncidentEvent, PublicEvent, TimeName, TimelineEvent};
use crate::domain::status;
use crate::domain::status::ComponentStatus;
use crate::domain::status::ComponentStatuses;
use crate::domain::status::Maintenance;
use crate::domain::status::PublicIncident;
use crate::domain::status::PublicPost;
use crate::domain::status::PublicStatus;
use crate::domain::text::Untrusted;
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

/// How many maintenances that are not over are read.
const OPEN_MAINTENANCES: usize = 1_000;

/// What the status page shows because of maintenance and the incidents other than this one.
pub fn shown_by_others(reads: &Reads<'_>, id: IncidentId) -> Result<ComponentStatuses, StoreError> {
    shown_by(reads, |other| other != id)
}

/// The worst status of each component by maintenance and the open incidents that count.
fn shown_by(reads: &Reads<'_>, counts: impl Fn(IncidentId) -> bool) -> Result<ComponentStatuses, StoreError> {
    let incidents = reads.all_open_public_incidents()?;
    let maintenances = reads.open_maintenances(OPEN_MAINTENANCES)?;
    let maintained: Vec<ComponentStatuses> = maintenances.iter().map(Maintenance::holds).collect();
    let counted = incidents.iter().filter(|public| counts(public.incident)).map(|public| &public.holds);
    Ok(status::worst(counted.chain(&maintained)))
}

/// Shows each component as maintenance and the open incidents affect it.
pub(in crate::app) fn show_components(tx: &mut Tx<'_>, cx: Context<'_>) -> Result<(), StoreError> {
    register(tx, cx.config, cx.now)?;
    let shown = shown_by(tx, |_incident| true)?;
    save_shown(tx, cx, &shown)
}

/// Shows an event of an incident on the status page, in the transaction of the event.
pub fn show(tx: &mut Tx<'_>, cx: Context<'_>, incident: &Incident, event: &IncidentEvent) -> Result<(), StoreError> {
    match event {
        // The decision has refused it already; the page must not depend on that.
        IncidentEvent::Public(_) if !incident.kind.may_be_public() || incident.private => Ok(()),
        IncidentEvent::Public(event) => show_public(tx, cx, incident, event),
        IncidentEvent::Timeline(TimelineEvent::TimeSet { name: TimeName::Impact, .. }) => correct_start(tx, incident),
        IncidentEvent::Lifecycle(_)
        | IncidentEvent::People(_)
        | IncidentEvent::Timeline(_)
        | IncidentEvent::Paging(_)
        | IncidentEvent::Alerts(_)
        | IncidentEvent::Delivery(_)
        | IncidentEvent::Tracker(_)
        | IncidentEvent::OutsidePage(_) => Ok(()),
    }
}

fn show_public(tx: &mut Tx<'_>, cx: Context<'_>, incident: &Incident, event: &PublicEvent) -> Result<(), StoreError> {
    match event.clone() {
        PublicEvent::StatusPosted { status, body, components, title, .. } => {
            publish(tx, cx, incident, PublicPost { title: title.unwrap_or_default(), status, body, components })
        }
        PublicEvent::StatusRestored { body, title, .. } => {
            let posted = tx.public_incident(incident.id)?;
            // One that was resolved for customers before is not resolved again.
            if posted.is_none_or(|public| public.is_over() && body.is_blank()) {
                return Ok(());
            }
            let (title, status) = (title.unwrap_or_default(), PublicStatus::Resolved);
            publish(tx, cx, incident, PublicPost { title, status, body, components: Vec::new() })
        }
        PublicEvent::PublicTitleChanged { to, .. } => {
            let Some(mut public) = tx.public_incident(incident.id)? else { return Ok(()) };
            public.name = to;
            save(tx, cx, &public)
        }
        PublicEvent::StatusTakenOver { other, .. } => take_over(tx, cx, incident.id, other),
        PublicEvent::StatusMoved { .. } => Ok(()),
    }
}

/// Posts on the page: under the incident itself, and where a merged incident had a post of its own.
fn publish(tx: &mut Tx<'_>, cx: Context<'_>, incident: &Incident, post: PublicPost) -> Result<(), StoreError> {
    let stored = tx.public_incident(incident.id)?;
    let is_first = stored.is_none();
    let mut public = stored.unwrap_or_else(|| PublicIncident::begin(incident, cx.now));
    for mut merged in continued_in(tx, incident.id)? {
        let repeated = PublicPost { title: merged.name.clone(), components: Vec::new(), ..post.clone() };
        merged.post(incident, repeated, &ComponentStatuses::new(), cx.now);
        save(tx, cx, &merged)?;
        if post.status == PublicStatus::Resolved {
            user_reports::on_public_post(tx, cx, merged.incident, ReporterMail::Resolved)?;
        }
    }
    let others = shown_by_others(tx, incident.id)?;
    let is_over = post.status == PublicStatus::Resolved;
    public.post(incident, post, &others, cx.now);
    save(tx, cx, &public)?;
    if is_over {
        user_reports::on_public_post(tx, cx, incident.id, ReporterMail::Resolved)?;
    } else if is_first {
        user_reports::on_public_post(tx, cx, incident.id, ReporterMail::Published)?;
    }
    register(tx, cx.config, cx.now)?;
    save_shown(tx, cx, &status::worst([&public.holds, &others]))
}

/// Writes the public side of an incident, and has the mirrors follow.
fn save(tx: &mut Tx<'_>, cx: Context<'_>, public: &PublicIncident) -> Result<(), StoreError> {
    tx.save_public_incident(public)?;
    status_mirrors::enqueue(tx, cx, public.incident)
}

/// The open posts of incidents that were merged into this one.
fn continued_in(reads: &Reads<'_>, id: IncidentId) -> Result<Vec<PublicIncident>, StoreError> {
    let open = reads.all_open_public_incidents()?;
    Ok(open.into_iter().filter(|public| public.continued_in == Some(id)).collect())
}

/// Continues the post of a merged incident. If the target has no open post, the post moves to it with its public address;
/// otherwise both stay, and the target holds the components of both.
fn take_over(tx: &mut Tx<'_>, cx: Context<'_>, into: IncidentId, from: IncidentId) -> Result<(), StoreError> {
    for mut merged in continued_in(tx, from)? {
        merged.continued_in = Some(into);
        tx.save_public_incident(&merged)?;
    }
    let Some(mut moved) = tx.public_incident(from)?.filter(|public| !public.is_over()) else { return Ok(()) };
    match tx.public_incident(into)? {
        Some(mut own) if !own.is_over() => {
            own.absorb(&mut moved);
            save(tx, cx, &own)?;
        }
        own => {
            tx.delete_public_incident(from)?;
            moved.posted_as = Some(moved.public_id());
            moved.incident = into;
            // What the target posted before it was reopened stays in the history, under its own address.
            if let Some(mut own) = own {
                own.posted_as = Some(own.public_id());
                own.incident = from;
                tx.save_public_incident(&own)?;
            }
        }
    }
    save(tx, cx, &moved)
}

fn correct_start(tx: &mut Tx<'_>, incident: &Incident) -> Result<(), StoreError> {
    let Some(mut public) = tx.public_incident(incident.id)? else { return Ok(()) };
    public.correct_start(incident);
    tx.save_public_incident(&public)
}

/// Removes texts from what customers read: the post of an event, and the title if it is one of the texts.
pub fn redact(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: IncidentId,
    is_removed: impl Fn(&Untrusted) -> bool,
) -> Result<(), StoreError> {
    let Some(mut public) = tx.public_incident(incident)? else { return Ok(()) };
    let bodies = public.updates.iter_mut().map(|update| &mut update.body);
    for text in bodies.chain([&mut public.name]).filter(|text| is_removed(text)) {
        *text = Untrusted::default();
    }
    save(tx, cx, &public)
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

/// The title customers read if nobody gave one: never the incident's own.
pub fn default_title(renderer: &Renderer, component: Option<&str>) -> String {
    match renderer.render("status/title.txt", context! { component }) {
        Ok(text) => text.trim().to_owned(),
        Err(error) => {
            tracing::error!(%error, "the template of public titles failed");
            String::new()
        }
    }
}

/// The title that the next post of an incident has if nobody gives one. `components`: those it changes, the first names it.
pub fn next_title<'a>(
    renderer: &Renderer,
    config: &'a Config,
    incident: &Incident,
    components: impl IntoIterator<Item = &'a ComponentId>,
) -> Untrusted {
    if let Some(title) = incident.public.title.as_ref().filter(|title| !title.is_blank()) {
        return title.clone();
    }
    let service = incident.service.as_ref().and_then(|service| config.service(service.as_str()));
    let of_service = service.and_then(|service| service.component.as_ref());
    let named = components.into_iter().chain(of_service).find_map(|id| {
        let known = config.status_page.components.iter().find(|known| known.id == *id);
        known.map(|known| known.name.as_str())
    });
    Untrusted::new(default_title(renderer, named))
}

/// The longest text of an update that is shown.
const LONGEST: usize = 4_000;

/// Fills in the text of updates without one, from the template of their status, and the title if there is none.
pub fn with_texts(mut incident: PublicIncident, renderer: &Renderer, config: &Config) -> PublicIncident {
    for update in &mut incident.updates {
        let own = (!update.body.is_blank()).then(|| update.body.shown(LONGEST));
        let text = own.or_else(|| body_of(renderer, update.status, None)).unwrap_or_default();
        update.body = Untrusted::new(text);
    }
    let named = config.status_page.components.iter().find(|known| incident.components.contains(&known.id));
    let name = if incident.name.is_blank() {
        default_title(renderer, named.map(|component| component.name.as_str()))
    } else {
        incident.name.shown(300)
    };
    incident.name = Untrusted::new(name);
    incident
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
