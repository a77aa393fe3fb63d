//! What a card shows besides the incident's own record.

use std::collections::BTreeMap;

use super::incidents::recent_changes;
use super::incidents::status_page;
use crate::app::Context;
use crate::app::oncall::{paging, readiness};
use crate::domain::alert::Change;
use crate::domain::incident::Incident;
use crate::domain::oncall::Page;
use crate::render::CardFacts;
use crate::render::ChangeLine;
use crate::render::PageLine;
use crate::store::Reads;
use crate::store::StoreError;
use crate::store::StoredChange;

/// How many changes a card shows.
const CHANGES: usize = 5;

/// Gathers it.
pub fn facts(reads: &Reads<'_>, cx: Context<'_>, incident: &Incident) -> Result<CardFacts, StoreError> {
    let shown = status_page::shown_now(reads, cx)?;
    let components = incident.public.before.keys().filter_map(|c| Some((c.clone(), *shown.get(c)?)));
    let merged_into = match incident.merged_into {
        Some(other) => reads.incident(other)?,
        None => None,
    };
    // The room may be public: an incident that became private since is not shown in it.
    let merged_into = merged_into.filter(|other| incident.private || !other.private).map(|other| other.key.to_string());
    let on_call = match &incident.service {
        Some(service) => paging::on_call_for(reads, cx, service)?,
        None => Vec::new(),
    };
    Ok(CardFacts {
        groups: reads.groups_of_incident(incident.id)?,
        group_count: reads.count_groups_of_incident(incident.id)?,
        pages: reads.pages_of_incident(incident.id)?.iter().map(page_line).collect(),
        components: components.collect::<BTreeMap<_, _>>(),
        proofs: readiness::proof_lines(reads, cx, &on_call)?,
        on_call,
        merged_into,
        changes: recent_changes::before(reads, incident, CHANGES)?.into_iter().map(change_line).collect(),
        video: video(cx, incident),
    })
}

/// The address of the video call of an incident that is open.
pub fn video(cx: Context<'_>, incident: &Incident) -> Option<String> {
    if !incident.is_open() {
        return None;
    }
    let template = cx.config.chat.video_url.as_ref()?;
    Some(template.replace("{{key}}", &incident.key.to_string()).replace("{{id}}", &incident.id.to_string()))
}

fn change_line(stored: StoredChange) -> ChangeLine {
    let Change { at, summary, place, .. } = stored.change;
    ChangeLine { at, summary, place }
}

fn page_line(page: &Page) -> PageLine {
    PageLine { whom: page.spec.whom.clone(), state: page.state.name().into(), by: page.taken_by.clone() }
}
