//! Who is on call: layers with their rotations, then overrides; during a temporary schedule its fixed shifts alone.

use chrono::NaiveDateTime;

use super::{Override, OverrideKind, Precedence, Schedule, TemporarySchedule, clock};
use crate::domain::{
    Timestamp,
    ids::{OverrideId, PersonId},
};

/// A period during which one person is on call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The person.
    pub person: PersonId,
    /// When it starts.
    pub from: Timestamp,
    /// When it ends, exclusive.
    pub until: Timestamp,
    /// The override that causes it.
    pub stand_in: Option<OverrideId>,
}

/// A period during which nobody is on call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// When it starts.
    pub from: Timestamp,
    /// When it ends, exclusive.
    pub until: Timestamp,
}

/// Returns who is on call at an instant. Here and below, overrides are in the order in which they were entered: of two
/// that concern the same person, the later one takes precedence.
pub fn who_is_on_call(schedule: &Schedule, overrides: &[Override], at: Timestamp) -> Vec<PersonId> {
    people(&duties(schedule, &of_schedule(schedule, overrides), at))
}

/// Returns the shifts between `from` and `to`, cut at both ends, by their start; of those that start together, by person.
pub fn shifts(schedule: &Schedule, overrides: &[Override], from: Timestamp, to: Timestamp) -> Vec<Shift> {
    let mut out: Vec<Shift> = Vec::new();
    let mut lasting: Vec<usize> = Vec::new();
    for (segment, duties) in segments(schedule, overrides, from, to) {
        let mut present = Vec::new();
        for Duty { person, stand_in, .. } in duties {
            let before = lasting.iter().copied().find(|place| {
                let shift = &out[*place];
                shift.until == segment.from && shift.person == person && shift.stand_in == stand_in
            });
            match before {
                Some(place) => out[place].until = segment.until,
                None => out.push(Shift { person, from: segment.from, until: segment.until, stand_in }),
            }
            present.push(before.unwrap_or(out.len() - 1));
        }
        lasting = present;
    }
    out.sort_by(|a, b| (a.from, &a.person).cmp(&(b.from, &b.person)));
    out
}

/// Returns when nobody is on call between `from` and `to`.
pub fn gaps(schedule: &Schedule, overrides: &[Override], from: Timestamp, to: Timestamp) -> Vec<Gap> {
    let mut out: Vec<Gap> = Vec::new();
    for (segment, duties) in segments(schedule, overrides, from, to) {
        match out.last_mut() {
            _ if !duties.is_empty() => {}
            Some(last) if last.until == segment.from => last.until = segment.until,
            Some(_) | None => out.push(segment),
        }
    }
    out
}

/// Returns when the people on call change next; `None` if not before `horizon`.
pub fn next_change(
    schedule: &Schedule,
    overrides: &[Override],
    now: Timestamp,
    horizon: Timestamp,
) -> Option<Timestamp> {
    let own = of_schedule(schedule, overrides);
    let on_call = |at| people(&duties(schedule, &own, at));
    let at_present = on_call(now);
    boundaries(schedule, &own, now, horizon).into_iter().skip(1).find(|at| *at < horizon && on_call(*at) != at_present)
}

/// A person on call, whose turn it is by the layers, and the override that changed that.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Duty {
    person: PersonId,
    scheduled: Option<PersonId>,
    stand_in: Option<OverrideId>,
}

impl Duty {
    fn scheduled(person: &PersonId) -> Self {
        Self { person: person.clone(), scheduled: Some(person.clone()), stand_in: None }
    }

    fn by(entry: &Override, scheduled: Option<PersonId>) -> Self {
        Self { person: entry.person.clone(), scheduled, stand_in: Some(entry.id) }
    }
}

fn people(duties: &[Duty]) -> Vec<PersonId> {
    duties.iter().map(|duty| duty.person.clone()).collect()
}

fn of_schedule<'a>(schedule: &Schedule, overrides: &'a [Override]) -> Vec<&'a Override> {
    overrides.iter().filter(|entry| entry.schedule == schedule.id).collect()
}

/// Returns who is on call at an instant, each person once.
fn duties(schedule: &Schedule, overrides: &[&Override], at: Timestamp) -> Vec<Duty> {
    let mut duties: Vec<Duty> = match temporary(schedule, at) {
        Some(temporary) => fixed(schedule, temporary, at).into_iter().map(Duty::scheduled).collect(),
        None => {
            let in_force = overrides.iter().filter(|entry| entry.from <= at && at < entry.until);
            let layers = scheduled(schedule, at).into_iter().map(Duty::scheduled).collect();
            in_force.fold(layers, |duties, entry| apply(duties, entry))
        }
    };
    let mut seen = Vec::new();
    duties.retain(|duty| {
        let first = !seen.contains(&duty.person);
        seen.push(duty.person.clone());
        first
    });
    duties
}

fn apply(mut duties: Vec<Duty>, entry: &Override) -> Vec<Duty> {
    match (entry.kind, &entry.instead_of) {
        (OverrideKind::Replace, None) => vec![Duty::by(entry, None)],
        (OverrideKind::Replace, Some(absent)) => {
            for duty in &mut duties {
                // A second override for the same absent person replaces the first.
                if duty.person == *absent || duty.scheduled.as_ref() == Some(absent) {
                    *duty = Duty::by(entry, duty.scheduled.take());
                }
            }
            duties
        }
        (OverrideKind::Add, _) => {
            if duties.iter().all(|duty| duty.person != entry.person) {
                duties.push(Duty::by(entry, None));
            }
            duties
        }
        (OverrideKind::Remove, _) => {
            duties.retain(|duty| duty.person != entry.person);
            duties
        }
    }
}

/// Returns who is on call by the layers alone.
fn scheduled(schedule: &Schedule, at: Timestamp) -> Vec<&PersonId> {
    let zone = schedule.timezone;
    let covering = schedule.layers.iter().filter(|layer| layer.covers(zone, at));
    let mut covering = covering.filter_map(|layer| {
        let people = layer.rotation.on_turn(zone, at);
        if people.is_empty() { None } else { Some((layer.priority, people)) }
    });
    match schedule.precedence {
        Precedence::Last => covering.next_back().map(|(_, people)| people).into_iter().flatten().collect(),
        Precedence::First => covering.next().map(|(_, people)| people).into_iter().flatten().collect(),
        Precedence::Union => covering.flat_map(|(_, people)| people).collect(),
        Precedence::Priority => {
            let covering: Vec<(i64, &[PersonId])> = covering.collect();
            let highest = covering.iter().map(|(priority, _)| *priority).max();
            let highest = covering.into_iter().filter(|(priority, _)| Some(*priority) == highest);
            highest.flat_map(|(_, people)| people).collect()
        }
    }
}

/// Returns the temporary schedule that covers an instant; of several, the last one.
fn temporary(schedule: &Schedule, at: Timestamp) -> Option<&TemporarySchedule> {
    schedule.temporary.iter().rfind(|temporary| is_within(schedule, [temporary.from, temporary.until], at))
}

fn fixed<'a>(schedule: &Schedule, temporary: &'a TemporarySchedule, at: Timestamp) -> Vec<&'a PersonId> {
    let shifts = temporary.shifts.iter().filter(|shift| is_within(schedule, [shift.from, shift.until], at));
    shifts.flat_map(|shift| &shift.people).collect()
}

fn is_within(schedule: &Schedule, span: [NaiveDateTime; 2], at: Timestamp) -> bool {
    let [from, until] = span.map(|wall| clock::first(schedule.timezone, wall));
    from <= at && at < until
}

/// Splits the range at every instant at which the people on call may change.
fn segments(
    schedule: &Schedule,
    overrides: &[Override],
    from: Timestamp,
    to: Timestamp,
) -> impl Iterator<Item = (Gap, Vec<Duty>)> {
    let own = of_schedule(schedule, overrides);
    let cuts = boundaries(schedule, &own, from, to);
    let pieces: Vec<Gap> = cuts.windows(2).map(|pair| Gap { from: pair[0], until: pair[1] }).collect();
    pieces.into_iter().map(move |piece| (piece, duties(schedule, &own, piece.from)))
}

/// Returns `from`, every instant in between at which the people on call may change, and `to`; empty if the range is empty.
fn boundaries(schedule: &Schedule, overrides: &[&Override], from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    if from >= to {
        return Vec::new();
    }
    let zone = schedule.timezone;
    let mut cuts: Vec<Timestamp> = overrides.iter().flat_map(|entry| [entry.from, entry.until]).collect();
    for layer in &schedule.layers {
        cuts.extend(layer.rotation.hand_offs(zone, from, to));
        cuts.extend(layer.edges(zone, from, to));
    }
    for temporary in &schedule.temporary {
        let shifts = temporary.shifts.iter().flat_map(|shift| [shift.from, shift.until]);
        cuts.extend(shifts.chain([temporary.from, temporary.until]).map(|wall| clock::first(zone, wall)));
    }
    cuts.retain(|at| from < *at && *at < to);
    cuts.extend([from, to]);
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}
