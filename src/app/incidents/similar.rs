//! Past incidents that are like a new one, with what was done then.

use std::collections::BTreeMap;

use crate::{
    app::Context,
    domain::{
        alert::AlertGroup,
        effect::{ChatEffect, EffectKey},
        ids::{IncidentId, PersonId},
        incident::{Category, Incident, IncidentKind},
        report::{Likeness, MOST_SIMILAR, choose, telling_words},
    },
    store::{IncidentFilter, Reads, StoreError, Tx},
};

/// How many groups of a new incident are compared.
const GROUPS: usize = 3;
/// How many past incidents each reason may bring.
const EACH: usize = 10;
/// A word that more issues have is not rare.
const COMMON: usize = 50;
/// How many rare words are looked for.
const RARE: usize = 4;
/// How many labels are named.
const LABELS: usize = 3;

/// A past incident that is like another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimilarIncident {
    /// The past incident.
    pub incident: Incident,
    /// Why it is like the other one.
    pub likeness: Likeness,
    /// True if it has a post-mortem.
    pub has_postmortem: bool,
}

/// Finds the past incidents that a new one is like, and plans the message that shows them with what changed before.
pub(super) fn note(tx: &mut Tx<'_>, cx: Context<'_>, incident: &Incident) -> Result<(), StoreError> {
    let found = find(tx, incident)?;
    tx.save_similar(incident.id, &found)?;
    show(tx, cx, incident.id, incident.version)
}

fn show(tx: &mut Tx<'_>, cx: Context<'_>, incident: IncidentId, version: u64) -> Result<(), StoreError> {
    let key = EffectKey::new(&format!("{}/background", Incident::stream(incident)), version, 0);
    tx.enqueue(&key, &ChatEffect::Background { incident }.into(), cx.now).map(drop)
}

/// An incident became private, or public again: the rooms that show it as similar have to follow.
pub(in crate::app) fn visibility_changed(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    other: IncidentId,
) -> Result<(), StoreError> {
    let Some(changed) = tx.incident(other)? else { return Ok(()) };
    for incident in tx.shown_as_similar(other)? {
        let key = format!("{}/background/{other}", Incident::stream(incident));
        let effect = ChatEffect::Background { incident }.into();
        tx.enqueue(&EffectKey::new(&key, changed.version, 0), &effect, cx.now)?;
    }
    Ok(())
}

/// Texts left the record of an incident: nothing is shown any more that may repeat them.
pub(in crate::app) fn redacted(tx: &mut Tx<'_>, cx: Context<'_>, incident: IncidentId) -> Result<(), StoreError> {
    let mut rooms = tx.shown_as_similar(incident)?;
    rooms.push(incident);
    tx.forget_similar(incident)?;
    let version = tx.incident(incident)?.map_or(0, |incident| incident.version);
    for room in rooms {
        let key = format!("{}/background/redacted/{incident}", Incident::stream(room));
        let effect = ChatEffect::Background { incident: room }.into();
        tx.enqueue(&EffectKey::new(&key, version, 0), &effect, cx.now)?;
    }
    Ok(())
}

/// The past incidents that a room may show: its people may change, so that a private one is never among them.
pub fn for_room(reads: &Reads<'_>, incident: IncidentId) -> Result<Vec<SimilarIncident>, StoreError> {
    shown(reads, incident, |other| !other.private)
}

/// The past incidents that a person may see.
pub fn for_person(
    reads: &Reads<'_>,
    incident: IncidentId,
    person: &PersonId,
) -> Result<Vec<SimilarIncident>, StoreError> {
    shown(reads, incident, |other| other.visible_to(person))
}

fn shown(
    reads: &Reads<'_>,
    incident: IncidentId,
    may_see: impl Fn(&Incident) -> bool,
) -> Result<Vec<SimilarIncident>, StoreError> {
    let mut similar = Vec::new();
    for (other, likeness) in reads.similar_incidents(incident)? {
        let Some(other) = reads.incident(other)? else { continue };
        if similar.len() < MOST_SIMILAR && may_see(&other) {
            let has_postmortem = reads.postmortem(other.id)?.is_some();
            similar.push(SimilarIncident { incident: other, likeness, has_postmortem });
        }
    }
    Ok(similar)
}

/// The best public ones and, for their members, the best private ones.
pub fn find(reads: &Reads<'_>, incident: &Incident) -> Result<Vec<(IncidentId, Likeness)>, StoreError> {
    let mut groups = Vec::new();
    for id in incident.groups.iter().take(GROUPS) {
        groups.extend(reads.group(*id)?);
    }
    let mut found: BTreeMap<IncidentId, Likeness> = BTreeMap::new();
    for group in &groups {
        for other in reads.incidents_of_group_key(&group.key, EACH)? {
            found.entry(other).or_default().group = true;
        }
    }
    for (word, incidents) in rare_words(reads, incident)? {
        for other in incidents {
            let likeness = found.entry(other).or_default();
            if !likeness.words.contains(&word) {
                likeness.words.push(word.clone());
            }
        }
    }
    if let Some(service) = &incident.service {
        let filter = IncidentFilter {
            open: Some(false),
            service: Some(service.clone()),
            limit: EACH,
            ..IncidentFilter::default()
        };
        for other in reads.list_incidents(&filter)?.items {
            found.entry(other.id).or_default().service = true;
        }
    }
    let (mut public, mut private) = (BTreeMap::new(), BTreeMap::new());
    for (id, mut likeness) in found {
        let Some(other) = reads.incident(id)?.filter(|other| is_past(incident, other)) else { continue };
        likeness.service = incident.service.is_some() && incident.service == other.service;
        likeness.labels = common_labels(reads, &groups, id)?;
        let kept = if other.private { &mut private } else { &mut public };
        kept.insert(id, likeness);
    }
    let mut chosen = choose(public);
    chosen.extend(choose(private));
    chosen.sort_by_key(|(id, likeness)| std::cmp::Reverse((likeness.weight(), *id)));
    Ok(chosen)
}

/// True if something can be learned from it: it was real, and is over.
fn is_past(incident: &Incident, other: &Incident) -> bool {
    let over = match other.category {
        Category::Resolved | Category::Closed => true,
        Category::Triage | Category::Active | Category::Declined | Category::Merged | Category::Cancelled => false,
    };
    over && other.id != incident.id && other.kind == IncidentKind::Real
}

/// The rarest words of an incident that others have, with those others.
fn rare_words(reads: &Reads<'_>, incident: &Incident) -> Result<Vec<(String, Vec<IncidentId>)>, StoreError> {
    let text = format!("{}\n{}", incident.title.verbatim(), incident.description.verbatim());
    let mut rare = Vec::new();
    for word in telling_words(&text) {
        let found = reads.incidents_with_word(&word, COMMON + 1)?;
        let others: Vec<IncidentId> = found.iter().copied().filter(|other| *other != incident.id).collect();
        if found.len() <= COMMON && !others.is_empty() {
            rare.push((word, others));
        }
    }
    rare.sort_by_key(|(_, others)| others.len());
    rare.truncate(RARE);
    rare.iter_mut().for_each(|(_, others)| others.truncate(EACH));
    Ok(rare)
}

/// The labels that the alerts of both incidents agree in. The severity says nothing about what it is.
fn common_labels(reads: &Reads<'_>, groups: &[AlertGroup], other: IncidentId) -> Result<Vec<String>, StoreError> {
    let mut common: Vec<String> = Vec::new();
    if groups.is_empty() {
        return Ok(common);
    }
    for theirs in reads.groups_of_incident(other)?.iter().take(GROUPS) {
        for (name, value) in groups.iter().flat_map(|group| &group.labels) {
            let label = format!("{name}={}", value.shown(100));
            if name != "severity" && theirs.labels.get(name) == Some(value) && !common.contains(&label) {
                common.push(label);
            }
        }
    }
    common.truncate(LABELS);
    Ok(common)
}
