//! Tables of GoAlert's tests (Apache-2.0), as data beside the repository.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveTime, TimeDelta, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::Value;

use super::super::{coverage::Run, *};
use crate::domain::{
    Timestamp,
    ids::{OverrideId, PersonId},
};

#[derive(Deserialize)]
struct Row {
    zone: Tz,
    r#type: String,
    shift_length: i64,
    start: DateTime<chrono::FixedOffset>,
    at: Option<DateTime<Utc>>,
    expect_start: Option<DateTime<Utc>>,
    expect_end: Option<DateTime<Utc>>,
    walk_from: Option<DateTime<Utc>>,
    walk_to: Option<DateTime<Utc>>,
    #[serde(default)]
    handoffs: Vec<DateTime<Utc>>,
}

impl Row {
    fn rotation(&self) -> Rotation {
        turning(&self.r#type, self.shift_length, self.start.with_timezone(&self.zone), &["a", "b"])
    }
}

fn turning(kind: &str, length: i64, start: DateTime<Tz>, people: &[&str]) -> Rotation {
    let n = u32::try_from(length.max(1)).unwrap();
    let turn = match kind {
        "hourly" => Turn::Hours(n),
        "daily" => Turn::Days(n),
        "weekly" => Turn::Weeks(n),
        "monthly" => Turn::Months(n),
        other => panic!("unknown type {other}"),
    };
    let start = start.naive_local();
    let start = start.with_second(0).and_then(|start| start.with_nanosecond(0)).unwrap();
    Rotation { slots: people.iter().map(|name| vec![PersonId::from(*name)]).collect(), start, turn }
}

/// The vectors cut instants to the whole minute.
fn minute(at: Timestamp) -> Timestamp {
    at.with_second(0).and_then(|at| at.with_nanosecond(0)).unwrap()
}

fn rows(table: &Value, name: &str) -> Vec<Row> {
    serde_json::from_value(table[name].clone()).unwrap()
}

#[test]
fn hand_offs_are_where_goalert_has_them() {
    let Some(text) = crate::shared_files::shared("vectors/goalert_rotation.json") else { return };
    let table: Value = serde_json::from_str(&text).unwrap();
    let mut seen = 0;
    for row in rows(&table, "walks") {
        let (from, to) = (row.walk_from.unwrap(), row.walk_to.unwrap());
        let mut found = BTreeSet::new();
        let mut at = from;
        while at <= to {
            let turn = row.rotation().turn_at(row.zone, at);
            found.extend([turn.from, turn.until]);
            at += TimeDelta::minutes(1);
        }
        assert_eq!(found.into_iter().collect::<Vec<_>>(), row.handoffs, "{} from {from}", row.zone);
        seen += row.handoffs.len();
    }
    for name in ["end_rows", "start_rows", "single"] {
        for row in rows(&table, name) {
            let turn = row.rotation().turn_at(row.zone, minute(row.at.unwrap()));
            let told = format!("{name}: {} {} at {:?}", row.zone, row.start, row.at);
            assert!(row.expect_start.is_none_or(|start| start == turn.from), "{told}: {turn:?}");
            assert!(row.expect_end.is_none_or(|end| end == turn.until), "{told}: {turn:?}");
            seen += 1;
        }
    }
    assert_eq!(seen, 88 + 16 + 17 + 20, "no row was left out");
}

#[derive(Deserialize)]
struct RuleRow {
    zone: Option<Tz>,
    weekdays: [u8; 7],
    clock_start: NaiveTime,
    clock_end: NaiveTime,
    at: Option<DateTime<Utc>>,
    expect_active: Option<bool>,
    expect_start: Option<DateTime<Utc>>,
    expect_end: Option<DateTime<Utc>>,
    user: Option<String>,
    rotation: Option<GoRotation>,
}

impl RuleRow {
    /// None: a rule of no day, which has no counterpart (a layer without days counts on all).
    fn layer(&self, rotation: Rotation) -> Option<Layer> {
        let sunday_first =
            [Weekday::Sun, Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat];
        let days: Vec<Weekday> =
            sunday_first.into_iter().zip(self.weekdays).filter(|(_, on)| *on == 1).map(|p| p.0).collect();
        let minutes = |time: NaiveTime| u16::try_from(time.num_seconds_from_midnight() / 60).unwrap();
        let hours = Some((minutes(self.clock_start), minutes(self.clock_end)));
        (!days.is_empty()).then_some(Layer { days, hours, ..Layer::always(rotation) })
    }
}

fn alone(name: &str) -> Rotation {
    let start = DateTime::UNIX_EPOCH.naive_utc();
    Rotation { slots: vec![vec![PersonId::from(name)]], start, turn: Turn::Weeks(1) }
}

/// The run under way at an instant, or the next; runs that touch are one.
fn run_or_next(layer: &Layer, zone: Tz, at: Timestamp) -> Option<Run> {
    let first = clock::wall(zone, at).date() - TimeDelta::days(400);
    let mut joined: Vec<Run> = Vec::new();
    for run in first.iter_days().take(800).flat_map(|day| layer.runs_of(zone, day)) {
        match joined.last_mut() {
            Some(last) if last.until >= run.from => last.until = run.until,
            Some(_) | None => joined.push(run),
        }
    }
    joined.into_iter().find(|run| at < run.until)
}

#[test]
fn layers_count_when_goalerts_rules_do() {
    let Some(text) = crate::shared_files::shared("vectors/goalert_rule.json") else { return };
    let table: Value = serde_json::from_str(&text).unwrap();
    let (mut active, mut edges) = (0, 0);
    for name in ["active_rows", "start_rows", "end_rows"] {
        for row in serde_json::from_value::<Vec<RuleRow>>(table[name].clone()).unwrap() {
            let (zone, at) = (row.zone.unwrap(), row.at.unwrap());
            let Some(layer) = row.layer(alone("a")) else { continue };
            if let Some(expected) = row.expect_active {
                assert_eq!(layer.covers(zone, at), expected, "{:?} {:?} at {at}", layer.days, layer.hours);
                active += 1;
            }
            // A rule of every hour of every day has no edges here: it runs for ever.
            let Some(run) = run_or_next(&layer, zone, at).filter(|run| run.until - run.from < TimeDelta::days(300))
            else {
                continue;
            };
            if let Some(start) = row.expect_start {
                assert_eq!(run.from, start, "{:?} {:?} at {at}", layer.days, layer.hours);
                edges += 1;
            }
            if let Some(end) = row.expect_end {
                assert_eq!(run.until, end, "{:?} {:?} at {at}", layer.days, layer.hours);
                edges += 1;
            }
        }
    }
    println!("{active} active rows, {edges} edges");
    assert!(active >= 42 && edges >= 50, "{active} active rows, {edges} edges");
}

#[derive(Deserialize)]
struct Case {
    name: String,
    zone: Tz,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    /// Before it, GoAlert shows what it has recorded; from it on, what the rules say.
    now: Option<DateTime<Utc>>,
    rules: Vec<RuleRow>,
    overrides: Vec<GoOverride>,
    temporary_schedules: Vec<GoTemporary>,
    expected_shifts: Vec<GoShift>,
}

#[derive(Deserialize)]
struct GoOverride {
    add: Option<String>,
    remove: Option<String>,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

#[derive(Deserialize)]
struct GoTemporary {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    shifts: Vec<GoShift>,
}

#[derive(Deserialize)]
struct GoShift {
    user: String,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

#[derive(Deserialize)]
struct GoRotation {
    zone: Tz,
    r#type: String,
    shift_length: i64,
    start: DateTime<Utc>,
    current_index: usize,
    current_start: DateTime<Utc>,
    users: Vec<String>,
}

impl GoRotation {
    /// GoAlert stores whose turn it is; here it is counted from the start, so the start is put where the stored turn began.
    fn counted(&self) -> Rotation {
        let mut names: Vec<&str> = self.users.iter().map(String::as_str).collect();
        names.rotate_left(self.current_index);
        let mut rotation = turning(&self.r#type, self.shift_length, self.start.with_timezone(&self.zone), &names);
        rotation.start = clock::wall(self.zone, rotation.turn_at(self.zone, self.current_start).from);
        rotation
    }

    /// The same in the zone of a schedule, where no clock changes meanwhile.
    fn within(&self, zone: Tz) -> Rotation {
        let rotation = self.counted();
        let start = clock::wall(zone, clock::first(self.zone, rotation.start));
        Rotation { start, ..rotation }
    }
}

fn mapped(case: &Case) -> (Schedule, Vec<Override>) {
    let layer = |rule: &RuleRow| {
        let rotation = match &rule.rotation {
            Some(rotation) => rotation.within(case.zone),
            None => alone(rule.user.as_deref().unwrap()),
        };
        rule.layer(rotation)
    };
    let override_of = |(n, entry): (i64, &GoOverride)| {
        let (kind, person, instead_of) = match (&entry.add, &entry.remove) {
            (Some(add), Some(remove)) => (OverrideKind::Replace, add, Some(PersonId::from(remove.as_str()))),
            (Some(add), None) => (OverrideKind::Add, add, None),
            (None, Some(remove)) => (OverrideKind::Remove, remove, None),
            (None, None) => panic!("{} has an empty override", case.name),
        };
        let id = OverrideId::new(Timestamp::from_timestamp_millis(n).unwrap());
        let (from, until, person) = (entry.start, entry.end, PersonId::from(person.as_str()));
        Override { id, schedule: "primary".into(), from, until, kind, person, instead_of }
    };
    let temporary = |entry: &GoTemporary| TemporarySchedule {
        from: clock::wall(case.zone, entry.start),
        until: clock::wall(case.zone, entry.end),
        shifts: entry.shifts.iter().map(|shift| fixed(case.zone, shift)).collect(),
    };
    let schedule = Schedule {
        id: "primary".into(),
        timezone: case.zone,
        precedence: Precedence::Union,
        layers: case.rules.iter().filter_map(layer).collect(),
        temporary: case.temporary_schedules.iter().map(temporary).collect(),
    };
    (schedule, (1..).zip(&case.overrides).map(override_of).collect())
}

fn fixed(zone: Tz, shift: &GoShift) -> FixedShift {
    let people = vec![PersonId::from(shift.user.as_str())];
    FixedShift { people, from: clock::wall(zone, shift.start), until: clock::wall(zone, shift.end) }
}

#[test]
fn shifts_are_goalerts_from_now_on() {
    let Some(text) = crate::shared_files::shared("vectors/goalert_oncall_state.json") else { return };
    let table: Value = serde_json::from_str(&text).unwrap();
    let cases = serde_json::from_value::<Vec<Case>>(table["cases"].clone()).unwrap();
    for case in &cases {
        let (schedule, overrides) = mapped(case);
        let from = case.now.map_or(case.from, |now| now.max(case.from));
        let found: Vec<_> = shifts(&schedule, &overrides, from, case.to)
            .into_iter()
            .map(|shift| (shift.from, shift.person.to_string(), shift.until))
            .collect();
        let expected = case.expected_shifts.iter().map(|shift| (shift.start.max(from), shift.user.clone(), shift.end));
        let mut expected: Vec<_> = expected.filter(|(start, _, end)| start < end).collect();
        expected.sort();
        assert_eq!(found, expected, "{}", case.name);
    }
    assert_eq!(cases.len(), 11, "no case was left out");
}

#[test]
fn the_stored_turn_of_a_rotation_is_the_counted_one() {
    let Some(text) = crate::shared_files::shared("vectors/goalert_oncall_state.json") else { return };
    let table: Value = serde_json::from_str(&text).unwrap();
    let case = &table["rotation_user"][0];
    let rotation: GoRotation = serde_json::from_value(case["rotation"].clone()).unwrap();
    let at: DateTime<Utc> = serde_json::from_value(case["at"].clone()).unwrap();
    let expected = PersonId::from(case["expect_user"].as_str().unwrap());
    assert_eq!(rotation.counted().on_turn(rotation.zone, at), [expected]);
}
