//! Pages: started by a rule or a person, climbing on wakes, answered by whoever comes first.
//!
//! A page has its own stream and record. What people should see of it is told to its incident, whose events make the lines
//! in the room and in the feed.

use std::time::Duration;

use super::schedule::Roster;
use crate::{
    app::{
        Context, incidents,
        incidents::{Decided, Written},
        reactor::outcomes::DeliveryResult,
    },
    command::{Answer, Whom},
    domain::{
        alert::ExpiredAcknowledgement,
        effect::EffectKey,
        event::Event,
        ids::{IncidentId, PageId, PersonId, ServiceId},
        incident::{Command, Incident, Kind, RecordedFact},
        oncall,
        oncall::{
            AttemptOutcome, EscalationPolicy, EscalationStep, NO_SERVICE, NewPage, OnCallEvent, Page, PageCommand,
            PageDecision, PageFacts, PageState, Target,
        },
        people::Access,
        refusal::{IncidentRefusal, OnCallRefusal},
        text::Untrusted,
    },
    store::{Append, StoreError, Tx},
};

pub use super::schedule::{add_override, cancel_override, coming_overrides, on_call_for, on_call_now};

/// How long someone who was paged by hand has to answer before being asked again.
const ASK_AGAIN: Duration = Duration::from_secs(5 * 60);
/// How often someone who was paged by hand is asked again.
const REPEAT: u32 = 2;

/// Pages someone because a person asked for it.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on; a refusal is part of the answer.
pub fn start_page(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: &Incident,
    whom: &Whom,
    message: Option<&Untrusted>,
) -> Result<Decided, StoreError> {
    if !incident.is_open() {
        let (key, status) = (incident.key.clone(), incident.status.clone());
        return Ok(Err(IncidentRefusal::NotOpen { key, status }.into()));
    }
    let (policy, name) = policy_for(cx, whom);
    let Some(policy) = policy else { return Ok(Err(OnCallRefusal::NobodyToPage { whom: name }.into())) };
    // A person is told at once that nobody would be reached; a rule goes on to the fallback and says so.
    let nobody = Roster::gather(tx, cx)?.reach(&policy).iter().all(|reach| reach.people.is_empty());
    if nobody && cx.config.pager.fallback.is_none() {
        return Ok(Err(OnCallRefusal::NobodyToPage { whom: name }.into()));
    }
    let asked = Asked { policy, name, message: message.cloned(), by_rule: false, lapsed: None };
    Ok(Ok(start(tx, cx, incident, asked)?))
}

/// Pages whoever is on call for a service, because its incident is grave enough. A page for it that is under way is enough.
/// Where nobody answers for it, or no service is named, the fallback is asked and people are told.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn page_on_call(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: &Incident,
    service: Option<&ServiceId>,
) -> Result<(), StoreError> {
    let (policy, name) = match service {
        Some(service) => policy_for(cx, &Whom::Service(service.clone())),
        None => (None, FALLBACK.to_owned()),
    };
    let policy = policy.unwrap_or_else(|| of_nobody(service));
    let under_way = |page: &Page| page.state != PageState::Resolved && !page.is_exhausted();
    if tx.pages_of_incident(incident.id)?.iter().any(|page| page.spec.policy.id == policy.id && under_way(page)) {
        return Ok(());
    }
    start(tx, cx, incident, Asked { policy, name, message: None, by_rule: true, lapsed: None }).map(|_| ())
}

/// The timer of a page is due.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn on_wake(tx: &mut Tx<'_>, cx: Context<'_>, page: PageId) -> Result<(), StoreError> {
    let Some(page) = tx.page(page)? else { return Ok(()) };
    command(tx, cx, &page, &PageCommand::StepDue).map(|_| ())
}

/// Someone answers a page: a responder, or whoever was paged. Of two the first wins; the second is told who has it.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on; a refusal is part of the answer.
pub fn answer(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    page: PageId,
    person: &PersonId,
    answer: Answer,
) -> Result<Decided, StoreError> {
    let unknown = OnCallRefusal::UnknownPage { id: page.to_string() }.into();
    let Some(page) = tx.page(page)? else { return Ok(Err(unknown)) };
    let incident = tx.incident(page.spec.incident)?;
    let was_paged = page.people().contains(&person);
    if !was_paged && !incident.is_some_and(|incident| incident.visible_to(person)) {
        return Ok(Err(unknown));
    }
    let responds = cx.config.person(person).is_some_and(|person| person.access >= Access::Responder);
    if !was_paged && !responds {
        let (act, needs) = (format!("/page {}", answer.word()), "responder".to_owned());
        return Ok(Err(IncidentRefusal::NotAllowed { act, needs }.into()));
    }
    let by = person.clone();
    let asked = match answer {
        Answer::Acknowledge => PageCommand::Acknowledge { by },
        Answer::Escalate => PageCommand::Escalate { by, seen: cx.expect },
        Answer::Decline => PageCommand::Decline { by },
    };
    command(tx, cx, &page, &asked)
}

/// Whoever has the alerts of an incident has its pages, too: those that still ask.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn take_asking(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: IncidentId,
    person: &PersonId,
) -> Result<(), StoreError> {
    for page in tx.pages_of_incident(incident)?.iter().filter(|page| page.is_asking()) {
        // One that this person may not answer goes on asking.
        answer(tx, Context { expect: None, ..cx }, page.id(), person, Answer::Acknowledge)?.ok();
    }
    Ok(())
}

/// The acknowledgement of an incident's alerts has run out and they still fire: what it stopped asks again from the first
/// step of its policy, as long as the incident is open.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn page_again(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: IncidentId,
    lapsed: &ExpiredAcknowledgement,
) -> Result<(), StoreError> {
    let Some(incident) = tx.incident(incident)?.filter(Incident::is_open) else { return Ok(()) };
    let pages = tx.pages_of_incident(incident.id)?;
    for page in oncall::lapsed(&pages, &lapsed.by, lapsed.at) {
        let NewPage { policy, whom, message, .. } = page.spec.clone();
        let asked = Asked { policy, name: whom, message, by_rule: true, lapsed: Some(lapsed.by.clone()) };
        start(tx, cx, &incident, asked)?;
    }
    Ok(())
}

/// Nobody needs to wake up for an incident any more.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn resolve_pages(tx: &mut Tx<'_>, cx: Context<'_>, incident: &Incident) -> Result<(), StoreError> {
    for page in tx.pages_of_incident(incident.id)? {
        command(tx, cx, &page, &PageCommand::Resolve)?.ok();
    }
    Ok(())
}

/// What became of an attempt to reach someone.
///
/// # Errors
/// [`StoreError`] when the transaction cannot go on.
pub fn on_attempt(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    (page, person, n): (PageId, &PersonId, u32),
    ended: &DeliveryResult,
) -> Result<(), StoreError> {
    let Some(page) = tx.page(page)? else { return Ok(()) };
    let outcome = match ended {
        DeliveryResult::Skipped(_) => AttemptOutcome::NotNeeded,
        DeliveryResult::Delivered(_) => AttemptOutcome::Delivered,
        DeliveryResult::Delayed(why) => AttemptOutcome::Delayed { why: why.clone() },
        DeliveryResult::GivenUp(why) => AttemptOutcome::Failed { why: why.clone() },
    };
    command(tx, cx, &page, &PageCommand::Attempted { person: person.clone(), n, outcome }).map(|_| ())
}

/// What a page is started with.
struct Asked {
    policy: EscalationPolicy,
    name: String,
    message: Option<Untrusted>,
    by_rule: bool,
    lapsed: Option<PersonId>,
}

/// What a page is called that is for nobody but the fallback.
const FALLBACK: &str = "fallback";

/// The policy of those whom nobody answers for: its one step has no target, so that the fallback is asked, and asked again.
fn of_nobody(service: Option<&ServiceId>) -> EscalationPolicy {
    let id = service.map_or(NO_SERVICE.into(), |service| format!("service/{service}").as_str().into());
    let steps = vec![EscalationStep { targets: Vec::new(), delay: ASK_AGAIN }];
    EscalationPolicy { id, steps, repeat: REPEAT }
}

/// Whom to ask, frozen, and what to call it. No policy: nobody answers for it.
fn policy_for(cx: Context<'_>, whom: &Whom) -> (Option<EscalationPolicy>, String) {
    let by_hand = |id: &str, target| {
        let steps = vec![EscalationStep { targets: vec![target], delay: ASK_AGAIN }];
        Some(EscalationPolicy { id: id.into(), steps, repeat: REPEAT })
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

fn start(tx: &mut Tx<'_>, cx: Context<'_>, incident: &Incident, asked: Asked) -> Result<Written, StoreError> {
    let reach = Roster::gather(tx, cx)?.reach(&asked.policy);
    let facts = PageFacts { now: cx.now, reach: &reach, fallback: cx.config.pager.fallback.as_ref() };
    let spec = NewPage {
        id: PageId::new(cx.now),
        incident: incident.id,
        key: incident.key.clone(),
        policy: asked.policy,
        whom: asked.name,
        by: cx.actor.person().filter(|_| !asked.by_rule).cloned(),
        message: asked.message,
        lapsed: asked.lapsed,
        drill: incident.kind == Kind::Drill,
    };
    let decision = oncall::trigger(spec, &facts);
    write(tx, cx, 0, &decision)?;
    tell(tx, cx, incident.id, (&decision, asked.by_rule))
}

/// Gathers whom the page would reach now, decides, writes, and tells the incident.
fn command(tx: &mut Tx<'_>, cx: Context<'_>, page: &Page, command: &PageCommand) -> Result<Decided, StoreError> {
    let reach = Roster::gather(tx, cx)?.reach(&page.spec.policy);
    let facts = PageFacts { now: cx.now, reach: &reach, fallback: cx.config.pager.fallback.as_ref() };
    match oncall::decide(page, command, &facts) {
        Ok(decision) => {
            write(tx, cx, page.version, &decision)?;
            Ok(Ok(tell(tx, cx, page.spec.incident, (&decision, false))?))
        }
        Err(refusal) => Ok(Err(refusal)),
    }
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
    for (seq, step) in (before + 1..).zip(&decision.steps) {
        for (n, plan) in step.effects.iter().enumerate() {
            tx.enqueue(&EffectKey::new(&stream, seq, n), &plan.effect, plan.due)?;
        }
    }
    Ok(())
}

/// Tells the incident what people should see of it. The answer holds what was told; that people were let into the room
/// comes last, because it is the least of it.
fn tell(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: IncidentId,
    (decision, by_rule): (&PageDecision, bool),
) -> Result<Written, StoreError> {
    let cx = Context { expect: None, ..cx };
    let missing = || StoreError::Corrupt(format!("page {} is of no incident", decision.page.id()));
    let mut told = Written { incident: tx.incident(incident)?.ok_or_else(missing)?, events: Vec::new() };
    let mut invited = Vec::new();
    for (n, step) in decision.steps.iter().enumerate() {
        for said in sayings(cx, decision, n, &step.event, by_rule) {
            let quiet = matches!(said, Command::Invite { .. });
            if let Ok(written) = incidents::command_in(tx, cx, incident, &said)? {
                told.incident = written.incident;
                if quiet { &mut invited } else { &mut told.events }.extend(written.events);
            }
        }
    }
    told.events.extend(invited);
    Ok(told)
}

/// What an event of a page is to its incident.
fn sayings(cx: Context<'_>, decision: &PageDecision, n: usize, event: &OnCallEvent, by_rule: bool) -> Vec<Command> {
    let page = decision.page.id();
    let record = |fact| vec![Command::Record(fact)];
    match event {
        OnCallEvent::PageTriggered { spec } => {
            let people: Vec<PersonId> = decision.page.people().into_iter().cloned().collect();
            vec![Command::RecordPage { page, whom: label(cx, &spec.whom, &people), by_rule }]
        }
        OnCallEvent::PageStepped { people, step, .. } => {
            let first = decision.steps[..n].iter().any(|s| matches!(s.event, OnCallEvent::PageTriggered { .. }));
            let invite = Command::Invite { people: people.clone() };
            let escalated = RecordedFact::PageEscalated { page, step: step + 1, people: people.clone() };
            if first { vec![invite] } else { record(escalated) }
        }
        OnCallEvent::PageFoundNobody { whom, fallback, .. } => {
            let of_service = !decision.page.spec.names_no_service();
            let schedule = Some(whom.clone()).filter(|_| of_service).unwrap_or_default();
            record(RecordedFact::NobodyOnCall { page, schedule, fallback: fallback.clone() })
        }
        OnCallEvent::PageAcknowledged { person } => {
            let taken = RecordedFact::PageAcknowledged { page, person: person.clone() };
            vec![Command::Invite { people: vec![person.clone()] }, Command::Record(taken)]
        }
        OnCallEvent::PageDeclined { person } => record(RecordedFact::PageDeclined { page, person: person.clone() }),
        OnCallEvent::PageExhausted => record(RecordedFact::PageExhausted { page }),
        OnCallEvent::PageAttempted { person, outcome: AttemptOutcome::Failed { why }, .. } => {
            let what = format!("the page to {}", label(cx, person.as_str(), std::slice::from_ref(person)));
            record(RecordedFact::DeliveryFailed { what, why: why.clone() })
        }
        OnCallEvent::PageAttempted { .. }
        | OnCallEvent::PageEscalated { .. }
        | OnCallEvent::PageResolved
        | OnCallEvent::OverrideAdded { .. }
        | OnCallEvent::OverrideRemoved { .. } => Vec::new(),
    }
}

/// `Ann Lee (Checkout)`: the people first, then what they are asked for.
fn label(cx: Context<'_>, whom: &str, people: &[PersonId]) -> String {
    let name = |id: &PersonId| cx.config.person(id).map_or_else(|| id.to_string(), |person| person.name.clone());
    let names = people.iter().map(name).collect::<Vec<_>>().join(", ");
    match people {
        [] => whom.to_owned(),
        [one] if names == whom || one.as_str() == whom => names,
        _ => format!("{names} ({whom})"),
    }
}
