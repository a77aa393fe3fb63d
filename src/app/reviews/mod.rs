//! Post-mortems: opened by command or when an incident is resolved, written, reviewed, published and reminded of.

mod completion;
mod digest;
mod documents;
mod followups;
mod prefill;
mod redaction;
mod reminders;
mod writing;

use super::Context;
use crate::{
    domain::{
        effect::{EffectKey, Timer},
        event::Event,
        ids::{IncidentId, PersonId, RoomId},
        incident::{Category, INCIDENTS_FEED, Incident, IncidentKind},
        people::Access,
        refusal::{Refusal, ReviewRefusal},
        review::{self, NewPostmortem, Postmortem, PostmortemCommand, PostmortemEvent, PostmortemFacts},
    },
    render::Renderer,
    store::{Append, Reads, StoreError, Tx},
};

pub use digest::{FollowUpDigest, digest};
pub(in crate::app) use digest::{digest_due, note_pull_request};
pub use documents::replace_documents;
pub use followups::{FollowUpDraft, FollowUpResult, FollowUpUpdate, add_followup, change_followup};
pub(in crate::app) use followups::{follow_issue, followup_due};
pub use prefill::{blame_hints, shown, template, timeline};
pub(in crate::app) use redaction::redact;
use reminders::ContactReminder;
pub use writing::{PostmortemEdit, SectionVersion, versions};

/// What a command wrote.
#[derive(Clone, Debug)]
pub struct PostmortemUpdate {
    /// The record after it.
    pub postmortem: Postmortem,
    /// The events, each with its number.
    pub events: Vec<(u64, PostmortemEvent)>,
}

/// What a command wrote, or why it was refused.
pub type PostmortemResult = Result<PostmortemUpdate, Refusal>;

/// Opens the post-mortem of an incident that is resolved or closed.
pub fn open(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    renderer: &Renderer,
    incident: &Incident,
) -> Result<PostmortemResult, StoreError> {
    if !may_have_one(incident) {
        return Ok(Err(ReviewRefusal::NotResolved { key: incident.key.clone() }.into()));
    }
    let before = tx.postmortem(incident.id)?;
    let spec = new_postmortem(cx, renderer, incident);
    let update = match review::open(before.as_ref(), spec) {
        Ok(events) => write(tx, cx, incident, before, events)?,
        Err(refusal) => return Ok(Err(refusal)),
    };
    completion::follow(tx, cx, renderer, incident, &update)?;
    Ok(Ok(update))
}

/// Gives a command to the post-mortem of an incident. A document that is submitted or published puts down what the record
/// says in the sections that nobody has written.
pub fn command(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    renderer: &Renderer,
    incident: &Incident,
    command: &PostmortemCommand,
) -> Result<PostmortemResult, StoreError> {
    let Some(before) = tx.postmortem(incident.id)? else {
        return Ok(Err(ReviewRefusal::NoPostmortem { key: incident.key.clone() }.into()));
    };
    if let Err(refusal) = check_members(incident, command) {
        return Ok(Err(refusal));
    }
    let managers = managers(cx, incident);
    let is_admin = cx.actor.person().is_none_or(|person| is_admin(cx, person));
    let facts =
        PostmortemFacts { now: cx.now, actor: cx.actor, is_admin, policy: &cx.config.postmortem, managers: &managers };
    let mut events = Vec::new();
    if matches!(command, PostmortemCommand::Submit | PostmortemCommand::Publish { .. }) {
        let sections = prefill::texts(tx, cx, renderer, incident, &before)?;
        events = review::decide(&before, &PostmortemCommand::Prefill { sections }, &facts).unwrap_or_default();
    }
    let filled = fold(Some(before.clone()), &events, cx).unwrap_or_else(|| before.clone());
    match review::decide(&filled, command, &facts) {
        Ok(decided) => events.extend(decided),
        Err(refusal) => return Ok(Err(refusal)),
    }
    let update = write(tx, cx, incident, Some(before), events)?;
    completion::follow(tx, cx, renderer, incident, &update)?;
    Ok(Ok(update))
}

/// The rooms that a post-mortem is published in, besides the hot room. Those of private incidents and drills stay there.
pub fn rooms(cx: Context<'_>, incident: &Incident) -> Vec<RoomId> {
    if incident.private || incident.kind == IncidentKind::Drill {
        return Vec::new();
    }
    let feed = RoomId::from(INCIDENTS_FEED);
    let named = cx.config.postmortem.rooms.iter().filter(|room| **room != cx.config.chat.incidents_feed);
    std::iter::once(feed).chain(named.cloned()).collect()
}

/// An incident was resolved or closed. If its severity requires a post-mortem, it is opened a moment later.
pub(in crate::app) fn incident_over(tx: &mut Tx<'_>, cx: Context<'_>, id: IncidentId) -> Result<(), StoreError> {
    let Some(incident) = tx.incident(id)? else { return Ok(()) };
    if !is_required(cx, &incident) || tx.postmortem(id)?.is_some() {
        return Ok(());
    }
    let key = EffectKey::new(&format!("{}/postmortem", Incident::stream(id)), incident.version, 0);
    tx.enqueue(&key, &Timer::PostmortemDue { incident: id }.into(), cx.now).map(drop)
}

/// Opens a required post-mortem, or reminds of the present step of one.
pub(in crate::app) fn on_wake(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    renderer: &Renderer,
    id: IncidentId,
) -> Result<(), StoreError> {
    let Some(incident) = tx.incident(id)? else { return Ok(()) };
    let done = if tx.postmortem(id)?.is_some() {
        command(tx, cx, renderer, &incident, &PostmortemCommand::Remind)?
    } else if is_required(cx, &incident) {
        open(tx, cx, renderer, &incident)?
    } else {
        return Ok(());
    };
    if let Err(refusal) = done {
        tracing::debug!(key = %incident.key, %refusal, "a timer of a post-mortem had nothing to do");
    }
    Ok(())
}

/// True if an incident is over in a way that leaves something to learn.
pub fn may_have_one(incident: &Incident) -> bool {
    match incident.category {
        Category::Resolved | Category::Closed => true,
        Category::Triage | Category::Active | Category::Declined | Category::Merged | Category::Cancelled => false,
    }
}

fn is_required(cx: Context<'_>, incident: &Incident) -> bool {
    let rule = cx.config.postmortem.rule(incident.severity);
    rule.required && incident.kind.is_counted() && may_have_one(incident)
}

fn is_admin(cx: Context<'_>, person: &PersonId) -> bool {
    cx.config.person(person).is_some_and(|person| person.access == Access::Admin)
}

fn new_postmortem(cx: Context<'_>, renderer: &Renderer, incident: &Incident) -> NewPostmortem {
    let rule = cx.config.postmortem.rule(incident.severity);
    let template = prefill::template(incident);
    NewPostmortem {
        incident: incident.id,
        key: incident.key.clone(),
        owner: owner(cx, incident),
        approvers: approvers(cx, incident),
        needs_approval: rule.approval,
        sections: prefill::sections(renderer, &template),
        template,
        targets: rule.targets,
    }
}

/// Who writes it: the incident manager; else who opens it or declared the incident; else an admin.
fn owner(cx: Context<'_>, incident: &Incident) -> PersonId {
    let known = |person: &&PersonId| cx.config.person(person).is_some() && incident.visible_to(person);
    let candidates = [incident.holder(cx.config.policy.manager()), cx.actor.person(), incident.declared_by.person()];
    let chosen = candidates.into_iter().flatten().find(known).cloned();
    chosen.or_else(|| admins(cx, incident).into_iter().next()).unwrap_or_else(|| PersonId::from("hotroom"))
}

/// Who may approve it: the team of the service and the incident manager; without them the admins.
fn approvers(cx: Context<'_>, incident: &Incident) -> Vec<PersonId> {
    let service = incident.service.as_ref().and_then(|service| cx.config.service(service.as_str()));
    let team = service.and_then(|service| service.team.as_ref()).and_then(|team| cx.config.team(team));
    let mut people: Vec<PersonId> = team.map(|team| team.members.clone()).unwrap_or_default();
    people.extend(incident.holder(cx.config.policy.manager()).cloned());
    people.retain(|person| incident.visible_to(person));
    people.sort();
    people.dedup();
    if people.is_empty() { admins(cx, incident) } else { people }
}

/// To whom an overdue step escalates: the managers of the team of the service; without them the admins. A drill escalates
/// to nobody.
fn managers(cx: Context<'_>, incident: &Incident) -> Vec<PersonId> {
    if incident.kind == IncidentKind::Drill {
        return Vec::new();
    }
    let service = incident.service.as_ref().and_then(|service| cx.config.service(service.as_str()));
    let team = service.and_then(|service| service.team.as_ref()).and_then(|team| cx.config.team(team));
    let mut people: Vec<PersonId> = team.map(|team| team.managers.clone()).unwrap_or_default();
    people.retain(|person| incident.visible_to(person));
    if people.is_empty() { admins(cx, incident) } else { people }
}

fn admins(cx: Context<'_>, incident: &Incident) -> Vec<PersonId> {
    let admins = cx.config.people.iter().filter(|person| person.access == Access::Admin);
    admins.map(|person| person.id.clone()).filter(|person| incident.visible_to(person)).collect()
}

/// Owner and approvers of the post-mortem of a private incident are members of it.
fn check_members(incident: &Incident, command: &PostmortemCommand) -> Result<(), Refusal> {
    let PostmortemCommand::Assign { owner, approvers } = command else { return Ok(()) };
    let stranger = owner.iter().chain(approvers.iter().flatten()).find(|person| !incident.visible_to(person));
    match stranger {
        Some(person) => Err(ReviewRefusal::NotMember { person: person.clone() }.into()),
        None => Ok(()),
    }
}

fn fold(before: Option<Postmortem>, events: &[PostmortemEvent], cx: Context<'_>) -> Option<Postmortem> {
    events.iter().fold(before, |postmortem, event| review::apply(postmortem, event, cx.now, cx.actor))
}

/// Writes events, record and outbox rows.
fn write(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: &Incident,
    before: Option<Postmortem>,
    events: Vec<PostmortemEvent>,
) -> Result<PostmortemUpdate, StoreError> {
    let stream = Postmortem::stream(incident.id);
    let first = before.as_ref().map_or(0, |postmortem| postmortem.version);
    let stored: Vec<Event> = events.iter().cloned().map(Event::Review).collect();
    let append =
        Append { stream: &stream, expected_seq: Some(first), actor: cx.actor, at: cx.now, request: cx.request };
    tx.append(&append, &stored)?;
    let (mut postmortem, mut written) = (before, Vec::new());
    for (seq, event) in (first + 1..).zip(events) {
        postmortem = review::apply(postmortem, &event, cx.now, cx.actor);
        let Some(record) = &postmortem else { continue };
        let effects = review::consequences(record, &event, &cx.config.postmortem, cx.now);
        for (n, plan) in effects.into_iter().enumerate() {
            tx.enqueue(&EffectKey::new(&stream, seq, n), &plan.effect, plan.due)?;
        }
        if let PostmortemEvent::PostmortemReminded { people, managers, .. } = &event {
            let people = people.iter().chain(managers).collect();
            let key = format!("{stream}/reminder/{seq}");
            reminders::by_contact(tx, cx, &ContactReminder { incident: incident.id, key, people })?;
        }
        if matches!(event, PostmortemEvent::PostmortemPublished { .. }) {
            documents::enqueue(tx, cx, incident, Some(seq))?;
        }
        written.push((seq, event));
    }
    let missing = || StoreError::Corrupt(format!("the post-mortem of {} was never opened", incident.key));
    let postmortem = postmortem.ok_or_else(missing)?;
    if !written.is_empty() {
        tx.save_postmortem(&postmortem)?;
    }
    Ok(PostmortemUpdate { postmortem, events: written })
}

/// The post-mortem of an incident, unless none was opened.
pub fn of_incident(reads: &Reads<'_>, incident: &Incident) -> Result<Result<Postmortem, Refusal>, StoreError> {
    let none = || ReviewRefusal::NoPostmortem { key: incident.key.clone() }.into();
    Ok(reads.postmortem(incident.id)?.ok_or_else(none))
}
