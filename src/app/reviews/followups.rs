//! Follow-ups: added, changed, done, dropped, and reminded of.

use std::time::Duration;

use super::digest;
use crate::{
    app::{Context, issue_relations},
    domain::{
        Timestamp,
        effect::EffectKey,
        event::Event,
        ids::{FollowUpId, PersonId},
        incident::{Incident, IncidentKind, open_tasks},
        refusal::{IncidentRefusal, Refusal, ReviewRefusal},
        review::{
            self, FollowUpClass, FollowUpCommand, FollowUpEvent, FollowUpFacts, FollowUpItem, FollowUpKind, NewFollowUp,
        },
        text::Untrusted,
    },
    store::{Append, FollowUpFilter, StoreError, Tx},
};

/// How many follow-ups of an incident are looked through.
const MOST: usize = 500;

/// What a person says of a new follow-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUpDraft {
    /// What to do; blank if it comes from a task.
    pub title: Option<Untrusted>,
    /// The number of the task that it comes from.
    pub task: Option<u32>,
    /// How much it matters.
    pub kind: FollowUpKind,
    /// What it does.
    pub class: FollowUpClass,
    /// Who does it.
    pub owner: Option<PersonId>,
    /// When it should be done; `None` for the target of the service, if it is a priority follow-up.
    pub due: Option<Timestamp>,
    /// Where its work is tracked.
    pub link: Option<Untrusted>,
}

/// What a command wrote.
#[derive(Clone, Debug)]
pub struct FollowUpUpdate {
    /// The record after it.
    pub item: FollowUpItem,
    /// The events, each with its number.
    pub events: Vec<(u64, FollowUpEvent)>,
}

/// What a command wrote, or why it was refused.
pub type FollowUpResult = Result<FollowUpUpdate, Refusal>;

/// Adds a follow-up to an incident.
pub fn add_followup(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: &Incident,
    draft: &FollowUpDraft,
) -> Result<FollowUpResult, StoreError> {
    let title = match title(incident, draft) {
        Ok(title) => title,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Err(refusal) = check_owner(incident, draft.owner.as_ref()) {
        return Ok(Err(refusal));
    }
    let target = || if draft.kind == FollowUpKind::Priority { Some(cx.now + target(cx, incident)) } else { None };
    let spec = NewFollowUp {
        id: FollowUpId::new(cx.now),
        incident: incident.id,
        key: incident.key.clone(),
        number: tx.last_followup_number(incident.id)? + 1,
        title,
        kind: draft.kind,
        class: draft.class,
        owner: draft.owner.clone(),
        due: draft.due.or_else(target),
        link: draft.link.clone(),
        postmortem: false,
    };
    match review::new_followup(spec, cx.now) {
        Ok(events) => write(tx, cx, None, events),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Gives a command to a follow-up of an incident.
pub fn change_followup(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: &Incident,
    number: u32,
    command: &FollowUpCommand,
) -> Result<FollowUpResult, StoreError> {
    let Some(item) = tx.followup_by_number(incident.id, number)? else {
        return Ok(Err(ReviewRefusal::UnknownFollowUp { key: incident.key.clone(), number }.into()));
    };
    if let FollowUpCommand::Change { owner, .. } = command
        && let Err(refusal) = check_owner(incident, owner.as_ref())
    {
        return Ok(Err(refusal));
    }
    run(tx, cx, item, command)
}

/// Reminds the owner of a follow-up, if it is time. Nobody is reminded of what a drill left.
pub(in crate::app) fn followup_due(tx: &mut Tx<'_>, cx: Context<'_>, id: FollowUpId) -> Result<(), StoreError> {
    let Some(item) = tx.followup(id)? else { return Ok(()) };
    let drill = tx.incident(item.incident)?.is_none_or(|incident| incident.kind == IncidentKind::Drill);
    if drill {
        return Ok(());
    }
    if let Err(refusal) = run(tx, cx, item, &FollowUpCommand::Remind)? {
        tracing::debug!(%id, %refusal, "a timer of a follow-up had nothing to do");
    }
    Ok(())
}

/// Gives a command that follows from the issue of a follow-up. A refusal means that there is nothing to do.
pub(in crate::app) fn follow_issue(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    id: FollowUpId,
    command: &FollowUpCommand,
) -> Result<(), StoreError> {
    let Some(item) = tx.followup(id)? else { return Ok(()) };
    if let Err(refusal) = run(tx, cx, item, command)? {
        tracing::debug!(%id, %refusal, "a follow-up is as its issue already");
    }
    Ok(())
}

/// The follow-up for the completion of the post-mortem of an incident.
pub(super) fn completion(tx: &Tx<'_>, incident: &Incident) -> Result<Option<FollowUpItem>, StoreError> {
    let filter = FollowUpFilter { incident: Some(incident.id), limit: MOST, ..FollowUpFilter::default() };
    Ok(tx.list_followups(&filter)?.items.into_iter().find(|item| item.postmortem))
}

/// Adds that follow-up. It has no date of its own: the post-mortem reminds of its steps.
pub(super) fn add_completion(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: &Incident,
    title: Untrusted,
    owner: PersonId,
) -> Result<(), StoreError> {
    let spec = NewFollowUp {
        id: FollowUpId::new(cx.now),
        incident: incident.id,
        key: incident.key.clone(),
        number: tx.last_followup_number(incident.id)? + 1,
        title,
        kind: FollowUpKind::Improvement,
        class: FollowUpClass::Investigate,
        owner: Some(owner),
        due: None,
        link: None,
        postmortem: true,
    };
    if let Ok(events) = review::new_followup(spec, cx.now) {
        write(tx, cx, None, events)?.ok();
    }
    Ok(())
}

/// The title that was given, or the text of the task.
fn title(incident: &Incident, draft: &FollowUpDraft) -> Result<Untrusted, Refusal> {
    let task = draft.task.map(|number| {
        let found = open_tasks(incident).find(|task| task.number == number).map(|task| task.text.clone());
        found.ok_or(IncidentRefusal::UnknownTask { number })
    });
    let of_task = task.transpose()?;
    Ok(draft.title.clone().or(of_task).unwrap_or_default())
}

/// The owner of a follow-up of a private incident is a member of it.
fn check_owner(incident: &Incident, owner: Option<&PersonId>) -> Result<(), Refusal> {
    match owner.filter(|owner| !incident.visible_to(owner)) {
        Some(owner) => Err(ReviewRefusal::NotMember { person: owner.clone() }.into()),
        None => Ok(()),
    }
}

/// How long a priority follow-up may take: the target of the service, or the general one.
fn target(cx: Context<'_>, incident: &Incident) -> Duration {
    let service = incident.service.as_ref().and_then(|service| cx.config.service(service.as_str()));
    service.and_then(|service| service.followup_target).unwrap_or(cx.config.followups.target)
}

fn run(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    item: FollowUpItem,
    command: &FollowUpCommand,
) -> Result<FollowUpResult, StoreError> {
    let facts = FollowUpFacts { now: cx.now, policy: &cx.config.followups };
    match review::decide_followup(&item, command, facts) {
        Ok(events) => write(tx, cx, Some(item), events),
        Err(refusal) => Ok(Err(refusal)),
    }
}

fn write(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    before: Option<FollowUpItem>,
    events: Vec<FollowUpEvent>,
) -> Result<FollowUpResult, StoreError> {
    let first = before.as_ref().map_or(0, |item| item.version);
    let (mut item, mut written) = (before, Vec::new());
    for (seq, event) in (first + 1..).zip(events) {
        item = review::apply_followup(item, &event, cx.now, cx.actor);
        let Some(record) = &item else { continue };
        let stream = FollowUpItem::stream(record.id);
        let expected_seq = Some(seq - 1);
        let append = Append { stream: &stream, expected_seq, actor: cx.actor, at: cx.now, request: cx.request };
        tx.append(&append, &[Event::FollowUp(event.clone())])?;
        let effects = review::followup_effects(record, &event, &cx.config.followups, cx.now);
        for (n, plan) in effects.into_iter().enumerate() {
            tx.enqueue(&EffectKey::new(&stream, seq, n), &plan.effect, plan.due)?;
        }
        written.push((seq, event));
    }
    let item = item.ok_or_else(|| StoreError::Corrupt("a follow-up was never added".to_owned()))?;
    if !written.is_empty() {
        tx.save_followup(&item)?;
        digest::schedule(tx, cx, &item)?;
    }
    for (_, event) in &written {
        issue_relations::of_follow_up(tx, cx, &item, event)?;
    }
    Ok(Ok(FollowUpUpdate { item, events: written }))
}
