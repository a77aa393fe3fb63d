//! Stories of schedules, the vectors of another pager, and the property that shifts tile time.

mod stories;
mod tiling;
mod vectors;

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;

use super::{Layer, Override, OverrideKind, Precedence, Rotation, Schedule, Turn};
use crate::domain::{
    Timestamp,
    ids::{OverrideId, PersonId},
};

fn at(text: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(text).expect("a time").with_timezone(&Utc)
}

fn wall(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a wall-clock time")
}

fn rotation(people: &[&str], start: &str, turn: Turn) -> Rotation {
    // "ann+bob" are on call together, "" is an empty slot.
    let slot = |names: &&str| names.split('+').filter(|name| !name.is_empty()).map(PersonId::from).collect();
    Rotation { slots: people.iter().map(slot).collect(), start: wall(start), turn }
}

fn always(rotation: Rotation) -> Layer {
    Layer::always(rotation)
}

fn schedule(timezone: Tz, layers: Vec<Layer>) -> Schedule {
    Schedule { id: "primary".into(), timezone, precedence: Precedence::Last, layers, temporary: Vec::new() }
}

/// An override entered as the `nth`.
fn stand_in(nth: i64, span: (&str, &str), person: &str, instead_of: Option<&str>) -> Override {
    Override {
        id: OverrideId::new(Timestamp::from_timestamp_millis(nth).expect("a time")),
        schedule: "primary".into(),
        from: at(span.0),
        until: at(span.1),
        kind: OverrideKind::Replace,
        person: person.into(),
        instead_of: instead_of.map(PersonId::from),
    }
}
