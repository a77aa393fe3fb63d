//! Who is on call: layers with their rotations, then overrides.

use chrono_tz::Tz;

use super::{Layer, Override, Schedule};
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

/// Returns who is on call at an instant.
pub fn who_is_on_call(schedule: &Schedule, overrides: &[Override], at: Timestamp) -> Vec<PersonId> {
    let sorted = in_order(schedule, overrides);
    duty(schedule, &sorted, at).map(|duty| duty.person).into_iter().collect()
}

/// Returns the shifts between `from` and `to`, in order, cut at both ends.
pub fn shifts(schedule: &Schedule, overrides: &[Override], from: Timestamp, to: Timestamp) -> Vec<Shift> {
    let mut out: Vec<Shift> = Vec::new();
    for (segment, duty) in segments(schedule, overrides, from, to) {
        let Some(duty) = duty else { continue };
        match out.last_mut() {
            Some(last)
                if last.until == segment.from && last.person == duty.person && last.stand_in == duty.stand_in =>
            {
                last.until = segment.until;
            }
            Some(_) | None => out.push(Shift {
                person: duty.person,
                from: segment.from,
                until: segment.until,
                stand_in: duty.stand_in,
            }),
        }
    }
    out
}

/// Returns when nobody is on call between `from` and `to`.
pub fn gaps(schedule: &Schedule, overrides: &[Override], from: Timestamp, to: Timestamp) -> Vec<Gap> {
    let mut out: Vec<Gap> = Vec::new();
    for (segment, duty) in segments(schedule, overrides, from, to) {
        match out.last_mut() {
            _ if duty.is_some() => {}
            Some(last) if last.until == segment.from => last.until = segment.until,
            Some(_) | None => out.push(segment),
        }
    }
    out
}

/// Returns when the person on call changes next; `None` if not before `horizon`.
pub fn next_change(
    schedule: &Schedule,
    overrides: &[Override],
    now: Timestamp,
    horizon: Timestamp,
) -> Option<Timestamp> {
    let sorted = in_order(schedule, overrides);
    let on_call = |at| duty(schedule, &sorted, at).map(|duty| duty.person);
    let at_present = on_call(now);
    boundaries(schedule, &sorted, now, horizon)
        .into_iter()
        .skip(1)
        .find(|at| *at < horizon && on_call(*at) != at_present)
}

/// Who is on call, and by which override.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Duty {
    person: PersonId,
    stand_in: Option<OverrideId>,
}

/// Returns the overrides of a schedule, the oldest first: of two for the same person, the later one takes precedence.
fn in_order<'a>(schedule: &Schedule, overrides: &'a [Override]) -> Vec<&'a Override> {
    let mut own: Vec<&Override> = overrides.iter().filter(|entry| entry.schedule == schedule.id).collect();
    own.sort_by_key(|entry| entry.id);
    own
}

fn duty(schedule: &Schedule, overrides: &[&Override], at: Timestamp) -> Option<Duty> {
    let scheduled = scheduled(schedule, at);
    let mut duty = scheduled.clone().map(|person| Duty { person, stand_in: None });
    for entry in overrides.iter().filter(|entry| entry.from <= at && at < entry.until) {
        let applies = match &entry.instead_of {
            None => true,
            Some(absent) => scheduled.as_ref() == Some(absent) || duty.as_ref().is_some_and(|d| d.person == *absent),
        };
        if applies {
            duty = Some(Duty { person: entry.person.clone(), stand_in: Some(entry.id) });
        }
    }
    duty
}

/// Returns who is on call by the layers alone. A later layer takes precedence, unless it is not in effect or its slot is
/// empty.
fn scheduled(schedule: &Schedule, at: Timestamp) -> Option<PersonId> {
    let on_turn =
        |layer: &Layer, zone: Tz| layer.covers(zone, at).then(|| layer.rotation.on_turn(zone, at).cloned()).flatten();
    schedule.layers.iter().rev().find_map(|layer| on_turn(layer, schedule.timezone))
}

/// Splits the range at every instant at which the person on call may change.
fn segments(
    schedule: &Schedule,
    overrides: &[Override],
    from: Timestamp,
    to: Timestamp,
) -> impl Iterator<Item = (Gap, Option<Duty>)> {
    let sorted = in_order(schedule, overrides);
    let cuts = boundaries(schedule, &sorted, from, to);
    let pieces: Vec<Gap> = cuts.windows(2).map(|pair| Gap { from: pair[0], until: pair[1] }).collect();
    pieces.into_iter().map(move |piece| (piece, duty(schedule, &sorted, piece.from)))
}

/// Returns `from`, every instant in between at which the person on call may change, and `to`; empty if the range is empty.
fn boundaries(schedule: &Schedule, overrides: &[&Override], from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    if from >= to {
        return Vec::new();
    }
    let zone = schedule.timezone;
    let mut cuts = vec![from, to];
    for layer in &schedule.layers {
        cuts.extend(layer.rotation.hand_offs(zone, from, to));
        cuts.extend(layer.edges(zone, from, to));
    }
    let entered = overrides.iter().flat_map(|entry| [entry.from, entry.until]);
    cuts.extend(entered.filter(|at| from < *at && *at < to));
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}
