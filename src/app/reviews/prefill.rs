//! What the record of an incident says in the sections of its post-mortem.

use chrono::TimeDelta;

use crate::{
    app::Context,
    domain::{
        incident::{Incident, IncidentKind, TimeName},
        review::{NewSection, Postmortem, PostmortemSection, SectionPrefill, blaming_sentences},
        text::Untrusted,
    },
    render::{MessageRenderer, Renderer, ReviewFacts},
    store::{ChangeFilter, Reads, StoreError},
};

/// How long before an incident began changes belong to what led up to it.
const BEFORE: TimeDelta = TimeDelta::hours(6);
/// The section with the timeline.
const TIMELINE: &str = "timeline";
/// How many of them are named.
const CHANGES: usize = 20;

/// Returns the name of the template for an incident, by its kind and severity.
pub fn template(incident: &Incident) -> String {
    match incident.kind {
        IncidentKind::Drill => "drill".to_owned(),
        IncidentKind::Real | IncidentKind::Retrospective | IncidentKind::Maintenance => {
            incident.severity.name().to_owned()
        }
    }
}

/// Returns the sections of a template.
pub(super) fn sections(renderer: &Renderer, template: &str) -> Vec<NewSection> {
    renderer.postmortem_sections(template)
}

/// Returns what the record says in the sections that nobody has written.
pub(super) fn texts(
    reads: &Reads<'_>,
    cx: Context<'_>,
    renderer: &Renderer,
    incident: &Incident,
    postmortem: &Postmortem,
) -> Result<Vec<SectionPrefill>, StoreError> {
    let untouched: Vec<&PostmortemSection> = postmortem.sections.iter().filter(|section| section.prefilled).collect();
    if untouched.is_empty() {
        return Ok(Vec::new());
    }
    let facts = facts(reads, incident)?;
    let voice = MessageRenderer::new(renderer, cx.config, cx.now);
    let text = |section: &&PostmortemSection| SectionPrefill {
        section: section.id.clone(),
        text: Untrusted::new(voice.prefilled_section(&section.id, incident, &facts)),
    };
    Ok(untouched.iter().map(text).filter(|prefill| !prefill.text.is_blank()).collect())
}

/// Returns the sections as people see them: in a draft, those that nobody has written show what the record says now.
pub fn shown(
    reads: &Reads<'_>,
    cx: Context<'_>,
    renderer: &Renderer,
    incident: &Incident,
    postmortem: &Postmortem,
) -> Result<Vec<PostmortemSection>, StoreError> {
    let live = postmortem.sections.iter().any(|section| section.prefilled && section.text.is_blank());
    let texts = if live { texts(reads, cx, renderer, incident, postmortem)? } else { Vec::new() };
    let filled = |section: &PostmortemSection| {
        let prefill = texts.iter().find(|prefill| prefill.section == section.id && section.text.is_blank());
        let text = prefill.map_or_else(|| section.text.clone(), |prefill| prefill.text.clone());
        PostmortemSection { text, ..section.clone() }
    };
    Ok(postmortem.sections.iter().map(filled).collect())
}

/// Returns the entries of the timeline to choose from, in Markdown.
pub fn timeline(
    reads: &Reads<'_>,
    cx: Context<'_>,
    renderer: &Renderer,
    incident: &Incident,
) -> Result<Vec<String>, StoreError> {
    let facts = facts(reads, incident)?;
    let text = MessageRenderer::new(renderer, cx.config, cx.now).prefilled_section(TIMELINE, incident, &facts);
    Ok(text.lines().map(str::to_owned).filter(|line| !line.trim().is_empty()).collect())
}

/// Returns the sentences of a section that name a person beside words of fault, unless the configuration turns hints off.
/// The timeline says who did what.
pub fn blame_hints(cx: Context<'_>, renderer: &Renderer, section: &PostmortemSection) -> Vec<String> {
    if !cx.config.documents.blame_hints || section.id == TIMELINE || section.prefilled {
        return Vec::new();
    }
    let faults = renderer.render("postmortem/blame.txt", ()).unwrap_or_default();
    let faults: Vec<String> =
        faults.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let people = cx.config.people.iter();
    let names: Vec<String> = people.flat_map(|person| [person.name.clone(), person.id.to_string()]).collect();
    blaming_sentences(&section.text.shown(usize::MAX), &names, &faults)
}

fn facts(reads: &Reads<'_>, incident: &Incident) -> Result<ReviewFacts, StoreError> {
    let first = |name| incident.times.get(&name).map(|time| time.first);
    let declared = first(TimeName::Declared).unwrap_or(incident.status_at);
    let began = first(TimeName::Impact).map_or(declared, |impact| impact.min(declared));
    let filter = ChangeFilter {
        from: Some(began - BEFORE),
        until: Some(declared + TimeDelta::milliseconds(1)),
        limit: CHANGES,
        ..ChangeFilter::default()
    };
    let of_service = |stored: &crate::store::StoredChange| match (&incident.service, &stored.service) {
        (Some(own), Some(changed)) => own == changed,
        (None, _) | (_, None) => true,
    };
    let changes = reads.list_changes(&filter)?.into_iter().filter(of_service).map(|stored| stored.change);
    Ok(ReviewFacts {
        events: reads.events_of(&Incident::stream(incident.id), 0, usize::MAX)?,
        groups: reads.groups_of_incident(incident.id)?,
        pages: reads.pages_of_incident(incident.id)?,
        changes: changes.collect(),
    })
}
