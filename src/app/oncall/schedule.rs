//! Who is on call now, and overrides.

use std::time::Duration;

use chrono::TimeDelta;

use crate::{
    app::Context,
    config::Config,
    domain::{
        Timestamp,
        contact::ScheduleGap,
        event::Event,
        ids::{OverrideId, PersonId, ScheduleId, ServiceId},
        later, oncall,
        oncall::{
            DelayedRecipient, EscalationPolicy, EscalationStep, OnCallEvent, Override, OverrideKind, Recipient,
            Schedule, StepRecipients, StepTarget, Target,
        },
        refusal::{IncidentRefusal, OnCallRefusal, Refusal},
    },
    render::DutyLine,
    store::{Append, Reads, StoreError, Tx},
};

/// How far ahead the next hand-off is searched.
const HORIZON: TimeDelta = TimeDelta::days(35);
/// Further ahead than any override can begin: times in commands reach ten years.
const FURTHEST: TimeDelta = TimeDelta::days(11 * 366);
/// How far ahead `/oncall gaps` looks.
const GAPS_AHEAD: TimeDelta = TimeDelta::days(30);
/// The longest override.
const LONGEST: TimeDelta = TimeDelta::days(366);

/// The schedules with all overrides that matter now.
pub(in crate::app) struct Roster<'a> {
    config: &'a Config,
    now: Timestamp,
    overrides: Vec<Override>,
}

impl<'a> Roster<'a> {
    pub(in crate::app) fn gather(reads: &Reads<'_>, cx: Context<'a>) -> Result<Self, StoreError> {
        let overrides = overrides_in_force(reads, cx.config, cx.now, cx.now + HORIZON)?;
        Ok(Self { config: cx.config, now: cx.now, overrides })
    }

    /// Whom each step of a policy reaches now.
    pub(in crate::app) fn reach(&self, policy: &EscalationPolicy) -> Vec<StepRecipients> {
        policy.steps.iter().map(|step| self.reach_of_step(step)).collect()
    }

    fn reach_of_step(&self, step: &EscalationStep) -> StepRecipients {
        let mut reach = StepRecipients { round_robin: step.round_robin, ..StepRecipients::default() };
        for StepTarget { target, after } in &step.targets {
            for recipient in self.recipients(target) {
                match recipient {
                    recipient if !after.is_zero() => reach.later.push(DelayedRecipient { recipient, after: *after }),
                    Recipient::Person(person) if !reach.people.contains(&person) => reach.people.push(person),
                    Recipient::Person(_) => {}
                    Recipient::Room(room) => reach.rooms.push(room),
                    Recipient::Webhook(webhook) => reach.webhooks.push(webhook),
                }
            }
        }
        let asks_people = |target: &StepTarget| !matches!(target.target, Target::Room(_) | Target::Webhook(_));
        reach.needs_nobody = !step.targets.is_empty() && !step.targets.iter().any(asks_people);
        let whom: Vec<&str> = step.targets.iter().map(|target| name_of(&target.target)).collect();
        reach.whom = whom.join(", ");
        reach
    }

    fn recipients(&self, target: &Target) -> Vec<Recipient> {
        match target {
            Target::Room(room) => vec![Recipient::Room(room.clone())],
            Target::Webhook(webhook) => {
                let known = self.config.webhooks.iter().any(|known| known.id == *webhook);
                if known { vec![Recipient::Webhook(webhook.clone())] } else { Vec::new() }
            }
            Target::Person(_) | Target::Team(_) | Target::Schedule(_) => {
                self.people(target).into_iter().map(Recipient::Person).collect()
            }
        }
    }

    /// The people of a target. Someone who is no longer in the configuration cannot be reached.
    fn people(&self, target: &Target) -> Vec<PersonId> {
        let mut people = match target {
            Target::Person(person) => vec![person.clone()],
            Target::Team(team) => self.config.team(team).map(|team| team.members.clone()).unwrap_or_default(),
            Target::Schedule(schedule) => {
                self.config.schedule(schedule).map(|schedule| self.on_call(schedule)).unwrap_or_default()
            }
            Target::Room(_) | Target::Webhook(_) => Vec::new(),
        };
        people.retain(|person| self.config.person(person).is_some());
        people
    }

    fn on_call(&self, schedule: &Schedule) -> Vec<PersonId> {
        oncall::who_is_on_call(schedule, &self.overrides, self.now)
    }

    fn line(&self, schedule: &Schedule) -> DutyLine {
        let until = oncall::next_change(schedule, &self.overrides, self.now, self.now + HORIZON);
        let next = until.map(|at| oncall::who_is_on_call(schedule, &self.overrides, at)).unwrap_or_default();
        DutyLine { schedule: schedule.id.clone(), people: self.on_call(schedule), until, next }
    }
}

fn name_of(target: &Target) -> &str {
    match target {
        Target::Person(id) => id.as_str(),
        Target::Team(id) => id.as_str(),
        Target::Schedule(id) => id.as_str(),
        Target::Room(id) => id.as_str(),
        Target::Webhook(id) => id.as_str(),
    }
}

/// The overrides of a span of time. One of a person who has been removed from the configuration does not count: whoever
/// the rotation names is on call.
pub fn overrides_in_force(
    reads: &Reads<'_>,
    config: &Config,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Override>, StoreError> {
    let mut overrides = reads.overrides(from, until)?;
    overrides.retain(|entry| config.person(&entry.person).is_some());
    Ok(overrides)
}

/// Who is on call now, in one schedule or in all.
pub fn on_call_now(
    reads: &Reads<'_>,
    cx: Context<'_>,
    schedule: Option<&ScheduleId>,
) -> Result<Vec<DutyLine>, StoreError> {
    let roster = Roster::gather(reads, cx)?;
    let wanted = cx.config.schedules.iter().filter(|known| schedule.is_none_or(|id| known.id == *id));
    Ok(wanted.map(|schedule| roster.line(schedule)).collect())
}

/// Whom a page for a service would reach first now.
pub fn on_call_for(reads: &Reads<'_>, cx: Context<'_>, service: &ServiceId) -> Result<Vec<PersonId>, StoreError> {
    let policy = cx.config.service(service.as_str()).and_then(|service| service.escalation.as_ref());
    let Some(policy) = policy.and_then(|policy| cx.config.escalation(policy)) else { return Ok(Vec::new()) };
    let reach = Roster::gather(reads, cx)?.reach(policy);
    Ok(reach.into_iter().map(|reach| reach.people).find(|people| !people.is_empty()).unwrap_or_default())
}

/// An override that a person wants.
#[derive(Clone, Copy, Debug)]
pub struct NewOverride<'a> {
    /// The schedule; `None` if there is only one.
    pub schedule: Option<&'a ScheduleId>,
    /// What it does.
    pub kind: OverrideKind,
    /// Who is to be on call, or is not to be.
    pub person: &'a PersonId,
    /// In whose place; `None` for everyone who is scheduled.
    pub instead_of: Option<&'a PersonId>,
    /// From when on.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// Adds an override.
pub fn add_override(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    wanted: NewOverride<'_>,
) -> Result<Result<Override, Refusal>, StoreError> {
    let NewOverride { schedule, kind, person, instead_of, from, until } = wanted;
    let schedule = match which(cx.config, schedule) {
        Ok(schedule) => schedule,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // The past does not change: an override from yesterday on begins now.
    let from = from.max(cx.now);
    if until <= from {
        return Ok(Err(IncidentRefusal::OutOfOrder {
            name: "until".into(),
            earlier: "from".into(),
            given: "until".into(),
        }
        .into()));
    }
    if until - from > LONGEST {
        let max_minutes = u64::try_from(LONGEST.num_minutes()).unwrap_or(u64::MAX);
        return Ok(Err(IncidentRefusal::BadWait { min_minutes: 1, max_minutes }.into()));
    }
    if cx.config.person(person).is_none() {
        return Ok(Err(IncidentRefusal::UnknownPerson { name: person.to_string(), near: None }.into()));
    }
    let id = OverrideId::new(cx.now);
    let (schedule, person) = (schedule.id.clone(), person.clone());
    let entry = Override { id, schedule, from, until, kind, person, instead_of: instead_of.cloned() };
    let stream = format!("schedule/{}", entry.schedule);
    let append = Append { stream: &stream, expected_seq: None, actor: cx.actor, at: cx.now, request: cx.request };
    let recorded = tx.append(&append, &[Event::OnCall(OnCallEvent::OverrideAdded { entry: entry.clone() })])?;
    let position = recorded.first().map(|event| event.log_seq).unwrap_or_default();
    tx.add_override(&entry, position, cx.now)?;
    Ok(Ok(entry))
}

/// Puts a person on call now, in place of whoever is: for as long as they say, else until the next hand-off, but not for
/// longer than a day.
pub fn take_over(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    schedule: Option<&ScheduleId>,
    person: &PersonId,
    wait: Option<Duration>,
) -> Result<Result<Override, Refusal>, StoreError> {
    let schedule = match which(cx.config, schedule) {
        Ok(schedule) => schedule,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let until = match wait {
        Some(wait) => later(cx.now, wait),
        None => {
            let overrides = overrides_in_force(tx, cx.config, cx.now, cx.now + HORIZON)?;
            let day = cx.now + TimeDelta::days(1);
            oncall::next_change(schedule, &overrides, cx.now, day).unwrap_or(day)
        }
    };
    let (kind, schedule) = (OverrideKind::Replace, Some(&schedule.id));
    add_override(tx, cx, NewOverride { schedule, kind, person, instead_of: None, from: cx.now, until })
}

/// Hands the rest of a person's present shift to another.
pub fn hand_over(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    schedule: Option<&ScheduleId>,
    from: &PersonId,
    to: &PersonId,
) -> Result<Result<Override, Refusal>, StoreError> {
    let overrides = overrides_in_force(tx, cx.config, cx.now, cx.now + HORIZON)?;
    let named = cx.config.schedules.iter().filter(|known| schedule.is_none_or(|id| known.id == *id));
    let mut on_call = named.filter(|known| oncall::who_is_on_call(known, &overrides, cx.now).contains(from));
    let Some(own) = on_call.next() else {
        return Ok(Err(OnCallRefusal::NotOnCall { schedule: schedule.cloned() }.into()));
    };
    if let Some(other) = on_call.next() {
        let known = [own, other].into_iter().chain(on_call).map(|schedule| schedule.id.clone()).collect();
        return Ok(Err(OnCallRefusal::WhichSchedule { known }.into()));
    }
    let shifts = oncall::shifts(own, &overrides, cx.now, cx.now + HORIZON);
    let until = shifts.into_iter().find(|shift| shift.person == *from).map_or(cx.now + HORIZON, |shift| shift.until);
    let (kind, schedule) = (OverrideKind::Replace, Some(&own.id));
    add_override(tx, cx, NewOverride { schedule, kind, person: to, instead_of: Some(from), from: cx.now, until })
}

/// When nobody is on call within the next 30 days, in one schedule or in all, earliest first.
pub fn coming_gaps(
    reads: &Reads<'_>,
    cx: Context<'_>,
    schedule: Option<&ScheduleId>,
) -> Result<Vec<ScheduleGap>, StoreError> {
    let until = cx.now + GAPS_AHEAD;
    let overrides = overrides_in_force(reads, cx.config, cx.now, until)?;
    let mut found = Vec::new();
    for schedule in cx.config.schedules.iter().filter(|known| schedule.is_none_or(|id| known.id == *id)) {
        let gaps = oncall::gaps(schedule, &overrides, cx.now, until);
        found.extend(gaps.into_iter().map(|gap| ScheduleGap {
            schedule: schedule.id.clone(),
            from: gap.from,
            until: gap.until,
            ends: gap.until >= until,
        }));
    }
    found.sort_by_key(|gap| gap.from);
    Ok(found)
}

/// The overrides that are or will be in force, in the order they were entered.
pub fn coming_overrides(reads: &Reads<'_>, now: Timestamp) -> Result<Vec<Override>, StoreError> {
    reads.overrides(now, now + FURTHEST)
}

/// Cancels an override: from now on the schedule applies again, and the past does not change.
pub fn cancel_override(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    id: OverrideId,
) -> Result<Result<Override, Refusal>, StoreError> {
    let unknown = || OnCallRefusal::UnknownOverride { id: id.to_string() }.into();
    let Some(entry) = tx.override_by_id(id)? else { return Ok(Err(unknown())) };
    if !tx.remove_override(id, cx.now)? {
        return Ok(Err(unknown()));
    }
    let stream = format!("schedule/{}", entry.schedule);
    let append = Append { stream: &stream, expected_seq: None, actor: cx.actor, at: cx.now, request: cx.request };
    tx.append(&append, &[Event::OnCall(OnCallEvent::OverrideRemoved { id })])?;
    Ok(Ok(entry))
}

/// The schedule that was named, or the only one.
fn which<'a>(config: &'a Config, named: Option<&ScheduleId>) -> Result<&'a Schedule, Refusal> {
    let known = || config.schedules.iter().map(|schedule| schedule.id.clone()).collect();
    match (named, config.schedules.as_slice()) {
        (Some(id), _) => config.schedule(id).ok_or_else(|| OnCallRefusal::WhichSchedule { known: known() }.into()),
        (None, [only]) => Ok(only),
        (None, _) => Err(OnCallRefusal::WhichSchedule { known: known() }.into()),
    }
}
