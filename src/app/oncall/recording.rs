//! What people see of a page, recorded in its incident.

use crate::{
    app::{
        Context,
        reactor::{FollowUp, WorkList},
    },
    domain::{
        contact::ContactOutcome,
        event::SystemEvent,
        ids::{PageId, PersonId},
        incident::{Command, OutsidePageEvent, RecordedFact},
        oncall::{Attempt, AttemptOutcome, NewPage, OnCallEvent, PageDecision},
    },
    render::{contacts_name, page_name},
    store::{StoreError, Tx},
};

/// Adds what people should see of a page to its incident.
pub(super) fn record(
    tx: &Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    decision: &PageDecision,
    by_rule: bool,
) -> Result<(), StoreError> {
    let Some(incident) = decision.page.incident() else {
        note_in_feed(cx, work, decision);
        return Ok(());
    };
    if tx.incident(incident)?.is_none() {
        return Err(StoreError::Corrupt(format!("page {} is of no incident", decision.page.id())));
    }
    for (n, step) in decision.steps.iter().enumerate() {
        for command in incident_commands(cx, decision, n, &step.event, by_rule) {
            work.push(cx, FollowUp::RecordInIncident { incident, command });
        }
    }
    Ok(())
}

/// A page without an incident that nobody answers is reported where everybody reads it.
fn note_in_feed(cx: Context<'_>, work: &mut WorkList, decision: &PageDecision) {
    if decision.steps.iter().any(|step| step.event == OnCallEvent::PageExhausted) {
        let people: Vec<PersonId> = decision.page.people().into_iter().cloned().collect();
        let (key, whom) = (decision.page.spec.key(), label(cx, &decision.page.spec.whom, &people));
        work.push(cx, FollowUp::Notice(SystemEvent::PageUnanswered { key, whom }));
    }
}

/// What an event of a page is in its incident.
fn incident_commands(
    cx: Context<'_>,
    decision: &PageDecision,
    n: usize,
    event: &OnCallEvent,
    by_rule: bool,
) -> Vec<Command> {
    let page = decision.page.id();
    let record = |fact| vec![Command::Record(fact)];
    match event {
        OnCallEvent::PageTriggered { spec } => {
            let people: Vec<PersonId> = decision.page.people().into_iter().cloned().collect();
            let started = Command::RecordPage { page, whom: label(cx, &spec.whom, &people), by_rule };
            std::iter::once(started).chain(sent_outside(page, spec)).collect()
        }
        OnCallEvent::PageStepped { people, step, .. } => vec![stepped(cx, decision, n, *step, people)],
        OnCallEvent::PageStepJoined { people, .. } => joined(decision, n, people),
        OnCallEvent::PageSnoozed { person, until } => {
            record(RecordedFact::PageSnoozed { page, person: person.clone(), until: *until })
        }
        OnCallEvent::PageResponderAdded { person, .. } => {
            let added = RecordedFact::PageResponderAdded { page, person: person.clone() };
            vec![Command::Invite { people: vec![person.clone()] }, Command::Record(added)]
        }
        OnCallEvent::PageFoundNobody { whom, fallback, .. } => {
            let of_service = !decision.page.spec.names_no_service();
            let schedule = if of_service { whom.clone() } else { String::new() };
            record(RecordedFact::NobodyOnCall { page, schedule, fallback: fallback.clone() })
        }
        OnCallEvent::PageAcknowledged { person, via } => {
            let taken = RecordedFact::PageAcknowledged { page, person: person.clone(), via: *via };
            vec![Command::Invite { people: vec![person.clone()] }, Command::Record(taken)]
        }
        OnCallEvent::PageDeclined { person } => record(RecordedFact::PageDeclined { page, person: person.clone() }),
        OnCallEvent::PageExhausted => record(RecordedFact::PageExhausted { page }),
        OnCallEvent::PageAttempted { person, outcome: AttemptOutcome::Failed { why }, .. } => {
            let what = page_name(&label(cx, person.as_str(), std::slice::from_ref(person)));
            record(RecordedFact::DeliveryFailed { what, why: why.clone() })
        }
        OnCallEvent::ContactAttempted { person, attempt, outcome, .. } => {
            unreached(cx, decision, person, *attempt, outcome).map(Command::Record).into_iter().collect()
        }
        OnCallEvent::PageAcceptedOutside { .. }
        | OnCallEvent::PageMissedOutside { .. }
        | OnCallEvent::PageAnsweredOutside { .. } => outside_commands(decision, n, event),
        OnCallEvent::PageMoved { .. } => moved_here(cx, decision),
        OnCallEvent::PageAttempted { .. }
        | OnCallEvent::ContactMethodChanged { .. }
        | OnCallEvent::ContactCodeSent { .. }
        | OnCallEvent::ContactTested { .. }
        | OnCallEvent::PageStepMoved { .. }
        | OnCallEvent::PageEscalated { .. }
        | OnCallEvent::PageResolved { .. }
        | OnCallEvent::PageRetriggered
        | OnCallEvent::PageReassigned { .. }
        | OnCallEvent::OverrideAdded { .. }
        | OnCallEvent::OverrideRemoved { .. } => Vec::new(),
    }
}

/// A page of another incident goes on for this one.
fn moved_here(cx: Context<'_>, decision: &PageDecision) -> Vec<Command> {
    let page = &decision.page;
    let people: Vec<PersonId> = page.people().into_iter().cloned().collect();
    let (whom, by_rule) = (label(cx, &page.spec.whom, &people), page.spec.by.is_none());
    vec![Command::RecordPage { page: page.id(), whom, by_rule }, Command::Invite { people }]
}

/// Says which pager a page was sent to first, if that is an outside one.
fn sent_outside(page: PageId, spec: &NewPage) -> Option<Command> {
    let route = spec.outside.as_ref()?;
    Some(Command::RecordOutsidePage(OutsidePageEvent::PageSentOutside {
        page,
        pager: route.pager,
        whom: spec.whom.clone(),
        accept_seconds: route.accept_within.as_secs(),
    }))
}

/// What a step of a page is in its incident: the people of the first one are invited, because the page itself is recorded.
fn stepped(cx: Context<'_>, decision: &PageDecision, n: usize, step: u32, people: &[PersonId]) -> Command {
    let (page, people) = (decision.page.id(), people.to_vec());
    let after = |is: fn(&OnCallEvent) -> bool| decision.steps[..n].iter().any(|step| is(&step.event));
    let is_start = |event: &OnCallEvent| {
        matches!(event, OnCallEvent::PageTriggered { .. } | OnCallEvent::PageMissedOutside { .. })
    };
    if after(is_start) {
        return Command::Invite { people };
    }
    Command::Record(if after(|event| matches!(event, OnCallEvent::PageReassigned { .. })) {
        let whom = label(cx, &decision.page.spec.whom, &people);
        RecordedFact::PageReassigned { page, whom, people }
    } else {
        let fallback = step as usize >= decision.page.spec.policy.steps.len();
        RecordedFact::PageEscalated { page, step: step + 1, people, fallback }
    })
}

/// What it is in its incident that the last contact method of a person has failed.
fn unreached(
    cx: Context<'_>,
    decision: &PageDecision,
    person: &PersonId,
    attempt: u32,
    outcome: &ContactOutcome,
) -> Option<RecordedFact> {
    let (page, ContactOutcome::Failed { .. }) = (&decision.page, outcome) else { return None };
    let is_unreached = page.attempt(person, attempt).is_some_and(Attempt::is_unreached);
    if !is_unreached || !page.still_asks(person) {
        return None;
    }
    let (code, why) = outcome.reason();
    let why = [code, why].into_iter().flatten().collect::<Vec<_>>().join(" ").replace('_', " ");
    let what = contacts_name(&label(cx, person.as_str(), std::slice::from_ref(person)));
    Some(RecordedFact::DeliveryFailed { what, why })
}

/// What an event of a page at its outside pager is in its incident.
fn outside_commands(decision: &PageDecision, n: usize, event: &OnCallEvent) -> Vec<Command> {
    let Some(pager) = decision.page.outside.as_ref().map(|outside| outside.pager) else { return Vec::new() };
    let page = decision.page.id();
    if let OnCallEvent::PageAcceptedOutside { remote, late } = event {
        let (link, late) = (remote.link.clone(), *late);
        return vec![Command::RecordOutsidePage(OutsidePageEvent::PageAcceptedOutside { page, pager, link, late })];
    }
    if let OnCallEvent::PageMissedOutside { why } = event {
        let (why, people) = (why.clone(), first_paged(decision, n));
        return vec![Command::RecordOutsidePage(OutsidePageEvent::PageMissedOutside { page, pager, why, people })];
    }
    let OnCallEvent::PageAnsweredOutside { answer, person, name } = event else { return Vec::new() };
    let invite = person.iter().map(|person| Command::Invite { people: vec![person.clone()] });
    let (answer, person, name) = (*answer, person.clone(), name.clone());
    let answered = OutsidePageEvent::PageAnsweredOutside { page, pager, answer, person, name };
    invite.chain([Command::RecordOutsidePage(answered)]).collect()
}

/// The people of the first step after the n-th event of a decision.
fn first_paged(decision: &PageDecision, n: usize) -> Vec<PersonId> {
    let people = decision.steps[n..].iter().find_map(|step| {
        if let OnCallEvent::PageStepped { people, .. } = &step.event { Some(people.clone()) } else { None }
    });
    people.unwrap_or_default()
}

/// What it is in its incident that a step pages further people: those whose time has come, or, after other news of the page,
/// the fallback.
fn joined(decision: &PageDecision, n: usize, people: &[PersonId]) -> Vec<Command> {
    if people.is_empty() {
        return Vec::new();
    }
    let (page, step) = (decision.page.id(), decision.page.step + 1);
    let fallback = n > 0;
    vec![Command::Record(RecordedFact::PageEscalated { page, step, people: people.to_vec(), fallback })]
}

/// `Ann Lee (Checkout)`: the people first, then the target of the page.
fn label(cx: Context<'_>, whom: &str, people: &[PersonId]) -> String {
    let name = |id: &PersonId| cx.config.person(id).map_or_else(|| id.to_string(), |person| person.name.clone());
    let names = people.iter().map(name).collect::<Vec<_>>().join(", ");
    match people {
        [] => whom.to_owned(),
        [one] if names == whom || one.as_str() == whom => names,
        _ => format!("{names} ({whom})"),
    }
}
