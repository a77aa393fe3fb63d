//! Pages: a rule or a person starts one, timers escalate it, and the first person to answer has it.
//!
//! A page has its own stream and record. What people should see of it is recorded in its incident, whose events make the
//! lines in the room and in the feed.

use std::{collections::BTreeMap, time::Duration};

use super::{contacting, outside, recording::record, schedule::Roster, targets};
use crate::{
    app::{Context, reactor::WorkList, webhooks},
    command::{PageResponse, Whom},
    domain::{
        contact::{MethodKind, Urgency},
        effect::EffectKey,
        event::Event,
        ids::{PageId, PersonId, ServiceId},
        incident::{Incident, IncidentKind},
        oncall,
        oncall::{
            AttemptOutcome, EscalationPolicy, EscalationStep, NO_SERVICE, NewPage, OnCallEvent, Page, PageCommand,
            PageDecision, PageFacts, PageSubject, PageTarget, Target,
        },
        pager::OutsideRoute,
        people::Access,
        refusal::{IncidentRefusal, OnCallRefusal, Refusal},
        text::Untrusted,
    },
    store::{Append, Reads, StoreError, Tx},
};

pub use super::schedule::{
    NewOverride, add_override, cancel_override, coming_gaps, coming_overrides, hand_over, on_call_for, on_call_now,
    overrides_in_force, take_over,
};

/// How long a person who was paged by hand has to answer before the page is repeated.
const ASK_AGAIN: Duration = Duration::from_secs(5 * 60);
/// How often a page by hand is repeated.
const REPEAT: u32 = 2;

/// Whom a person wants to page, and why.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest<'a> {
    /// Whom.
    pub whom: &'a Whom,
    /// What the page says.
    pub message: Option<&'a Untrusted>,
}

/// What a person answers to a page.
#[derive(Clone, Copy, Debug)]
pub struct PageAnswer<'a> {
    /// The page.
    pub page: PageId,
    /// Who answers.
    pub person: &'a PersonId,
    /// The answer.
    pub answer: PageResponse,
    /// The contact method whose link, button or digit was used.
    pub via: Option<MethodKind>,
}

/// How one attempt to reach a person ended.
#[derive(Clone, Debug)]
pub struct AttemptResult {
    /// The page.
    pub page: PageId,
    /// The person.
    pub person: PersonId,
    /// The number of the attempt.
    pub attempt: u32,
    /// How it ended.
    pub outcome: AttemptOutcome,
}

/// Starts a page because a person asked for it. What people see of it is recorded in its incident.
pub fn start_page(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    incident: &Incident,
    request: PageRequest<'_>,
) -> Result<Result<(), Refusal>, StoreError> {
    if !incident.is_open() {
        let (key, status) = (incident.key.clone(), incident.status.clone());
        return Ok(Err(IncidentRefusal::NotOpen { key, status }.into()));
    }
    let outside = outside::route_of(tx, cx, incident, request.whom)?;
    let target = match target(tx, cx, request.whom)? {
        Ok(target) => target,
        // The outside pager knows who is on call.
        Err(_) if outside.is_some() => outside_target(cx, request.whom),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let start = PageStart { outside, ..PageStart::by_hand(target, request.message) };
    start_in(tx, cx, work, incident, start).map(Ok)
}

/// The target of a page whose service nobody here is responsible for: if the outside pager fails, the fallback is paged.
fn outside_target(cx: Context<'_>, whom: &Whom) -> PageTarget {
    let (policy, name) = policy_for(cx, whom);
    let service = if let Whom::Service(service) = whom { Some(service) } else { None };
    PageTarget { whom: name, policy: policy.unwrap_or_else(|| fallback_policy(service)) }
}

/// The policy that pages this target. A person learns at once that nobody would be reached; a page by a rule goes to the
/// fallback and says so.
pub(super) fn target(
    reads: &Reads<'_>,
    cx: Context<'_>,
    whom: &Whom,
) -> Result<Result<PageTarget, Refusal>, StoreError> {
    let (policy, name) = policy_for(cx, whom);
    let Some(policy) = policy else { return Ok(Err(OnCallRefusal::NobodyToPage { whom: name }.into())) };
    let nobody = Roster::gather(reads, cx)?.reach(&policy).iter().all(|reach| !reach.pages_anyone());
    if nobody && cx.config.pager.fallback.is_none() {
        return Ok(Err(OnCallRefusal::NobodyToPage { whom: name }.into()));
    }
    Ok(Ok(PageTarget { whom: name, policy }))
}

/// Pages whoever is on call for a service, unless a page for it is in progress. If nobody is responsible for the service, or
/// none is named, the fallback is paged and the incident says so.
pub(in crate::app) fn page_on_call(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    incident: &Incident,
    service: Option<&ServiceId>,
) -> Result<(), StoreError> {
    let (policy, name) = match service {
        Some(service) => policy_for(cx, &Whom::Service(service.clone())),
        None => (None, FALLBACK.to_owned()),
    };
    let policy = policy.unwrap_or_else(|| fallback_policy(service));
    let same = |page: &Page| page.spec.policy.id == policy.id && page.is_in_progress();
    if tx.pages_of_incident(incident.id)?.iter().any(same) {
        return Ok(());
    }
    let outside = outside::route(tx, cx, incident, service)?;
    let start = PageStart { policy, name, message: None, by_rule: true, lapsed: None, idle: false, outside };
    start_in(tx, cx, work, incident, start)
}

/// Escalates a page whose step is due.
pub(in crate::app) fn on_wake(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    page: PageId,
) -> Result<(), StoreError> {
    let Some(page) = tx.page(page)? else { return Ok(()) };
    command(tx, cx, work, &page, &PageCommand::StepDue).map(|_| ())
}

/// Answers a page. A responder may answer, or whoever was paged. Of two people the first one has the page, and the other one
/// is refused with that name.
pub fn answer(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    given: PageAnswer<'_>,
) -> Result<Result<(), Refusal>, StoreError> {
    let PageAnswer { page, person, answer, via } = given;
    let page = match changeable(tx, cx, page, person, answer.word())? {
        Ok(page) => page,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let by = person.clone();
    let wanted = match answer {
        PageResponse::Acknowledge => PageCommand::Acknowledge { by, via },
        PageResponse::Escalate => PageCommand::Escalate { by, seen: cx.expect },
        PageResponse::Decline => PageCommand::Decline { by },
    };
    command(tx, cx, work, &page, &wanted)
}

/// Returns a page that this person may change: a responder may, and whoever was paged. `act` is the word of the command.
pub(super) fn changeable(
    reads: &Reads<'_>,
    cx: Context<'_>,
    id: PageId,
    person: &PersonId,
    act: &str,
) -> Result<Result<Page, Refusal>, StoreError> {
    let unknown = || OnCallRefusal::UnknownPage { id: id.to_string() }.into();
    let Some(page) = reads.page(id)? else { return Ok(Err(unknown())) };
    if !is_visible(reads, &page, person)? {
        return Ok(Err(unknown()));
    }
    let responds = cx.config.person(person).is_some_and(|person| person.access >= Access::Responder);
    if !page.people().contains(&person) && !responds {
        let (act, needs) = (format!("/page {act}"), "responder".to_owned());
        return Ok(Err(IncidentRefusal::NotAllowed { act, needs }.into()));
    }
    Ok(Ok(page))
}

/// True if a person sees a page: one without an incident, one that pages them, or one of an incident that they see.
pub fn is_visible(reads: &Reads<'_>, page: &Page, person: &PersonId) -> Result<bool, StoreError> {
    let Some(incident) = page.incident() else { return Ok(true) };
    let incident = reads.incident(incident)?;
    Ok(page.people().contains(&person) || incident.is_some_and(|incident| incident.visible_to(person)))
}

/// Records how an attempt to reach a person ended.
pub(in crate::app) fn on_attempt(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    result: AttemptResult,
) -> Result<(), StoreError> {
    let AttemptResult { page, person, attempt, outcome } = result;
    let Some(page) = tx.page(page)? else { return Ok(()) };
    command(tx, cx, work, &page, &PageCommand::Attempted { person, n: attempt, outcome }).map(|_| ())
}

/// What a page is started with.
pub(super) struct PageStart {
    pub(super) policy: EscalationPolicy,
    pub(super) name: String,
    pub(super) message: Option<Untrusted>,
    pub(super) by_rule: bool,
    /// Whose acknowledgement ended.
    pub(super) lapsed: Option<PersonId>,
    /// True if it ended because nobody worked on the incident.
    pub(super) idle: bool,
    /// The outside pager that it goes to first.
    pub(super) outside: Option<OutsideRoute>,
}

impl PageStart {
    /// What a person asks for.
    pub(super) fn by_hand(target: PageTarget, message: Option<&Untrusted>) -> Self {
        let PageTarget { whom, policy } = target;
        Self { policy, name: whom, message: message.cloned(), by_rule: false, lapsed: None, idle: false, outside: None }
    }
}

/// The name of a page that is for the fallback alone.
const FALLBACK: &str = "fallback";

/// The policy where nobody is responsible: its one step has no target, so that the fallback is paged, repeatedly.
fn fallback_policy(service: Option<&ServiceId>) -> EscalationPolicy {
    let id = service.map_or(NO_SERVICE.into(), |service| format!("service/{service}").as_str().into());
    EscalationPolicy::of_one_step(id, EscalationStep::at_once(Vec::new(), ASK_AGAIN), REPEAT)
}

/// The policy of a page as it is now, and its name. No policy: nobody is responsible.
pub(super) fn policy_for(cx: Context<'_>, whom: &Whom) -> (Option<EscalationPolicy>, String) {
    let by_hand = |id: &str, target| {
        let step = EscalationStep::at_once(vec![target], ASK_AGAIN);
        Some(EscalationPolicy::of_one_step(id.into(), step, REPEAT))
    };
    match whom {
        Whom::Person(id) => {
            let name = cx.config.person(id).map_or_else(|| id.to_string(), |person| person.name.clone());
            (by_hand(&format!("@{id}"), Target::Person(id.clone())), name)
        }
        Whom::Team(id) => {
            let name = cx.config.team(id).map_or_else(|| id.to_string(), |team| team.name.clone());
            (by_hand(&format!("team/{id}"), Target::Team(id.clone())), name)
        }
        Whom::Schedule(id) => (by_hand(&format!("schedule/{id}"), Target::Schedule(id.clone())), id.to_string()),
        Whom::Service(id) => {
            let service = cx.config.service(id.as_str());
            let policy = service.and_then(|service| service.escalation.as_ref());
            let name = service.map_or_else(|| id.to_string(), |service| service.name.clone());
            (policy.and_then(|policy| cx.config.escalation(policy)).cloned(), name)
        }
    }
}

/// Starts a page for an incident.
pub(super) fn start_in(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    incident: &Incident,
    start: PageStart,
) -> Result<(), StoreError> {
    let about = PageSubject::Incident { incident: incident.id, key: incident.key.clone() };
    start_about(tx, cx, work, about, start).map(|_| ())
}

/// Starts a page about an incident, or about what a person wrote. Returns its record.
pub(super) fn start_about(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    about: PageSubject,
    start: PageStart,
) -> Result<Page, StoreError> {
    let mut spec = NewPage {
        id: PageId::new(cx.now),
        about,
        policy: start.policy,
        whom: start.name,
        by: if start.by_rule { None } else { cx.actor.person().cloned() },
        message: start.message,
        lapsed: start.lapsed,
        idle: start.idle,
        drill: false,
        urgency: Urgency::High,
        outside: start.outside,
    };
    let incident = spec.incident().map(|id| tx.incident(id)).transpose()?.flatten();
    if let Some(incident) = &incident {
        spec.drill = incident.kind == IncidentKind::Drill;
        spec.urgency = contacting::urgency(cx, incident, start.by_rule);
    }
    let reach = targets::reach(tx, cx, &spec, &spec.policy)?;
    let contacts = contacting::plans(tx, cx, &spec, &reach, None)?;
    let fallback = cx.config.pager.fallback.as_ref();
    let facts = PageFacts { now: cx.now, reach: &reach, fallback, contacts: &contacts };
    let decision = oncall::trigger(spec, &facts);
    write(tx, cx, 0, &decision)?;
    record(tx, cx, work, &decision, start.by_rule)?;
    Ok(decision.page)
}

/// Gathers whom the page would reach now, decides, writes, and records it in the incident.
pub(super) fn command(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    page: &Page,
    command: &PageCommand,
) -> Result<Result<(), Refusal>, StoreError> {
    let (policy, added) = match command {
        PageCommand::Reassign { to, .. } => (&to.policy, None),
        PageCommand::AddResponder { person, .. } => (&page.spec.policy, Some(person)),
        PageCommand::StepDue
        | PageCommand::LaterDue { .. }
        | PageCommand::MoveStep { .. }
        | PageCommand::Acknowledge { .. }
        | PageCommand::Escalate { .. }
        | PageCommand::Decline { .. }
        | PageCommand::Snooze { .. }
        | PageCommand::EndSnooze { .. }
        | PageCommand::Resolve { .. }
        | PageCommand::AcceptOutside { .. }
        | PageCommand::MissOutside { .. }
        | PageCommand::AnswerOutside { .. }
        | PageCommand::Move { .. }
        | PageCommand::Attempted { .. }
        | PageCommand::ContactAttempted { .. } => (&page.spec.policy, None),
    };
    if let Some(decision) = decide_news(cx, page, command) {
        write(tx, cx, page.version, &decision)?;
        return record(tx, cx, work, &decision, false).map(Ok);
    }
    let reach = targets::reach(tx, cx, &page.spec, policy)?;
    let contacts = contacting::plans(tx, cx, &page.spec, &reach, added)?;
    let fallback = cx.config.pager.fallback.as_ref();
    let facts = PageFacts { now: cx.now, reach: &reach, fallback, contacts: &contacts };
    match oncall::decide(page, command, &facts) {
        Ok(decision) => {
            write(tx, cx, page.version, &decision)?;
            record(tx, cx, work, &decision, false).map(Ok)
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Decides what only records what became of a message, without gathering whom the page would reach now: of a page to hundreds of
/// people that would be done for each message. `None` if somebody is paged in consequence.
fn decide_news(cx: Context<'_>, page: &Page, command: &PageCommand) -> Option<PageDecision> {
    if !matches!(command, PageCommand::Attempted { .. } | PageCommand::ContactAttempted { .. }) {
        return None;
    }
    let (contacts, fallback) = (BTreeMap::new(), cx.config.pager.fallback.as_ref());
    let facts = PageFacts { now: cx.now, reach: &[], fallback, contacts: &contacts };
    let decision = oncall::decide(page, command, &facts).ok()?;
    let is_news = |step: &oncall::PageStep| {
        matches!(step.event, OnCallEvent::PageAttempted { .. } | OnCallEvent::ContactAttempted { .. })
    };
    decision.steps.iter().all(is_news).then_some(decision)
}

fn write(tx: &mut Tx<'_>, cx: Context<'_>, before: u64, decision: &PageDecision) -> Result<(), StoreError> {
    if decision.steps.is_empty() {
        return Ok(());
    }
    let stream = Page::stream(decision.page.id());
    let events: Vec<Event> = decision.steps.iter().map(|step| Event::OnCall(step.event.clone())).collect();
    let (actor, at, request) = (cx.actor, cx.now, cx.request);
    tx.append(&Append { stream: &stream, expected_seq: Some(before), actor, at, request }, &events)?;
    tx.save_page(&decision.page)?;
    contacting::store_links(tx, decision)?;
    targets::note_turns(tx, decision)?;
    targets::note_answers(tx, cx, decision)?;
    for (seq, step) in (before + 1..).zip(&decision.steps) {
        for (n, plan) in step.effects.iter().enumerate() {
            tx.enqueue(&EffectKey::new(&stream, seq, n), &plan.effect, plan.due)?;
        }
    }
    webhooks::enqueue_page(tx, cx, before, decision)?;
    webhooks::enqueue_targets(tx, cx, before, decision)
}
