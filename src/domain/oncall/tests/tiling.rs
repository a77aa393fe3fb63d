use std::collections::BTreeSet;

use chrono::{TimeDelta, Weekday};
use chrono_tz::{Africa, America, Asia, Australia, Europe, Tz};
use proptest::prelude::*;

use super::super::*;
use crate::domain::{
    Timestamp,
    ids::{OverrideId, PersonId},
};

const ZONES: [Tz; 6] =
    [Europe::Paris, America::New_York, Australia::Lord_Howe, America::Santiago, Africa::Casablanca, Asia::Tehran];

const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

fn any_time() -> impl Strategy<Value = Timestamp> {
    // 2024 to 2028, to the second.
    (1_704_067_200i64..1_830_297_600).prop_map(|seconds| Timestamp::from_timestamp(seconds, 0).expect("a time"))
}

fn any_rotation() -> impl Strategy<Value = Rotation> {
    let turn = prop_oneof![
        (1u32..30).prop_map(Turn::Hours),
        (1u32..10).prop_map(Turn::Days),
        (1u32..4).prop_map(Turn::Weeks),
        (1u32..4).prop_map(Turn::Months),
    ];
    let slot = proptest::sample::subsequence(vec!["a", "b", "c", "d"], 1..3);
    let slot = slot.prop_map(|names| names.into_iter().map(PersonId::from).collect::<Vec<_>>());
    let slots = proptest::collection::vec(slot, 1..5);
    (slots, any_time(), turn).prop_map(|(slots, start, turn)| Rotation { slots, start: start.naive_utc(), turn })
}

fn any_week_range() -> impl Strategy<Value = WeekRange> {
    let time = || (0usize..7, 0u16..1440).prop_map(|(day, minute)| WeekTime { day: WEEK[day], minute });
    (time(), time()).prop_map(|(from, until)| WeekRange { from, until })
}

fn any_layer() -> impl Strategy<Value = Layer> {
    let days = proptest::sample::subsequence(WEEK.to_vec(), 0..7);
    let hours = proptest::option::of((0u16..1440, 0u16..1440));
    let weekly = proptest::collection::vec(any_week_range(), 0..3);
    let since = proptest::option::of(any_time().prop_map(|at| at.naive_utc()));
    (any_rotation(), days, hours, weekly, since, 0i64..3).prop_map(
        |(rotation, days, hours, weekly, since, priority)| Layer {
            days,
            hours,
            weekly,
            since,
            priority,
            ..Layer::always(rotation)
        },
    )
}

fn any_precedence() -> impl Strategy<Value = Precedence> {
    prop_oneof![Just(Precedence::Last), Just(Precedence::First), Just(Precedence::Union), Just(Precedence::Priority)]
}

fn any_temporary() -> impl Strategy<Value = TemporarySchedule> {
    let shift = ("[h-j]", 0i64..48, 1i64..48);
    (any_time(), 1i64..96, proptest::collection::vec(shift, 0..3)).prop_map(|(from, hours, shifts)| {
        let from = from.naive_utc();
        let fixed = |(name, begin, length): (String, i64, i64)| FixedShift {
            people: vec![PersonId::from(name.as_str())],
            from: from + TimeDelta::hours(begin),
            until: from + TimeDelta::hours(begin + length),
        };
        let until = from + TimeDelta::hours(hours);
        TemporarySchedule { from, until, shifts: shifts.into_iter().map(fixed).collect() }
    })
}

fn any_override() -> impl Strategy<Value = Override> {
    let absent = proptest::option::of("[a-d]".prop_map(|name| PersonId::from(name.as_str())));
    let kind = prop_oneof![Just(OverrideKind::Replace), Just(OverrideKind::Add), Just(OverrideKind::Remove)];
    (any_time(), 1i64..200, kind, "[a-g]", absent).prop_map(|(from, hours, kind, person, instead_of)| Override {
        id: OverrideId::new(from),
        schedule: "primary".into(),
        from,
        until: from + TimeDelta::hours(hours),
        kind,
        person: PersonId::from(person.as_str()),
        instead_of,
    })
}

/// A schedule whose first layer covers every instant.
fn any_schedule() -> impl Strategy<Value = Schedule> {
    let layers = proptest::collection::vec(any_layer(), 0..3);
    let temporary = proptest::collection::vec(any_temporary(), 0..3);
    (0usize..ZONES.len(), any_rotation(), layers, any_precedence(), temporary).prop_map(
        |(zone, rotation, above, precedence, temporary)| {
            let mut layers = vec![Layer::always(rotation)];
            layers.extend(above);
            Schedule { id: "primary".into(), timezone: ZONES[zone], precedence, layers, temporary }
        },
    )
}

/// Who is on call by the layers, worked out from the definition of the precedence.
fn by_definition(schedule: &Schedule, at: Timestamp) -> BTreeSet<PersonId> {
    let zone = schedule.timezone;
    let covering: Vec<&Layer> = schedule
        .layers
        .iter()
        .filter(|layer| layer.covers(zone, at) && !layer.rotation.on_turn(zone, at).is_empty())
        .collect();
    let highest = covering.iter().map(|layer| layer.priority).max();
    let counts = |place: usize| match schedule.precedence {
        Precedence::Last => place + 1 == covering.len(),
        Precedence::First => place == 0,
        Precedence::Union => true,
        Precedence::Priority => Some(covering[place].priority) == highest,
    };
    let counting = (0..covering.len()).filter(|place| counts(*place));
    counting.flat_map(|place| covering[place].rotation.on_turn(zone, at).to_vec()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// A schedule whose first layer covers every instant has somebody at every instant, unless an override removes them:
    /// with one person per slot and one layer that counts, shifts tile the range.
    #[test]
    fn shifts_tile_the_range(
        schedule in any_schedule(),
        entered in proptest::collection::vec(any_override(), 0..4),
        from in any_time(),
        days in 1i64..60,
    ) {
        let mut schedule = schedule;
        schedule.temporary.clear();
        schedule.precedence = Precedence::Last;
        for slot in schedule.layers.iter_mut().flat_map(|layer| &mut layer.rotation.slots) {
            slot.truncate(1);
        }
        let replacing: Vec<Override> =
            entered.into_iter().map(|entry| Override { kind: OverrideKind::Replace, ..entry }).collect();
        let to = from + TimeDelta::days(days);
        let found = shifts(&schedule, &replacing, from, to);
        prop_assert_eq!(found.first().map(|shift| shift.from), Some(from));
        prop_assert_eq!(found.last().map(|shift| shift.until), Some(to));
        for pair in found.windows(2) {
            prop_assert_eq!(pair[0].until, pair[1].from, "no hole and no overlap");
        }
        prop_assert!(found.iter().all(|shift| shift.from < shift.until));
        prop_assert!(gaps(&schedule, &replacing, from, to).is_empty());
    }

    /// Each rule of precedence is what its definition says, at any instant.
    #[test]
    fn layers_count_by_their_precedence(
        schedule in any_schedule(),
        from in any_time(),
        offsets in proptest::collection::vec(0i64..30 * 1_440, 20),
    ) {
        let schedule = Schedule { temporary: Vec::new(), ..schedule };
        for minutes in offsets {
            let at = from + TimeDelta::minutes(minutes);
            let found: BTreeSet<PersonId> = who_is_on_call(&schedule, &[], at).into_iter().collect();
            prop_assert_eq!(found, by_definition(&schedule, at));
        }
    }

    /// Shifts worked out from change to change are those that asking at any single instant finds.
    #[test]
    fn shifts_agree_with_asking_at_an_instant(
        schedule in any_schedule(),
        entered in proptest::collection::vec(any_override(), 0..4),
        from in any_time(),
        offsets in proptest::collection::vec(0i64..30 * 86_400, 20),
    ) {
        let mut schedule = schedule;
        schedule.layers.remove(0);
        let to = from + TimeDelta::days(30);
        let found = shifts(&schedule, &entered, from, to);
        let open = gaps(&schedule, &entered, from, to);
        for offset in offsets {
            let at = from + TimeDelta::seconds(offset);
            let by_shift: BTreeSet<PersonId> =
                found.iter().filter(|s| s.from <= at && at < s.until).map(|s| s.person.clone()).collect();
            let on_call = who_is_on_call(&schedule, &entered, at);
            prop_assert_eq!(on_call.len(), by_shift.len(), "each person once");
            prop_assert_eq!(on_call.into_iter().collect::<BTreeSet<_>>(), by_shift);
            let in_gap = open.iter().any(|gap| gap.from <= at && at < gap.until);
            prop_assert_eq!(in_gap, who_is_on_call(&schedule, &entered, at).is_empty());
        }
    }

    /// Every turn follows the one before it, in every zone, across every change of the clock.
    #[test]
    fn turns_follow_each_other(rotation in any_rotation(), zone in 0usize..6, from in any_time()) {
        let mut at = from;
        for _ in 0..20 {
            let turn = rotation.turn_at(ZONES[zone], at);
            prop_assert!(turn.from <= at && at < turn.until);
            let next = rotation.turn_at(ZONES[zone], turn.until);
            prop_assert_eq!(next.from, turn.until);
            prop_assert!(next.number > turn.number);
            at = turn.until;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Minute by minute, by the wall clock.
    #[test]
    fn hours_are_what_counting_minutes_gives(
        zone in proptest::sample::select(ZONES.to_vec()),
        start in any_time(),
        given in proptest::collection::vec((0usize..2, 0i64..6_000, 1i64..3_000), 1..6),
    ) {
        let start = start - TimeDelta::seconds(start.timestamp().rem_euclid(60));
        let shifts: Vec<Shift> = given.into_iter().map(|(person, from, length)| Shift {
            person: ["a", "b"][person].into(),
            from: start + TimeDelta::minutes(from),
            until: start + TimeDelta::minutes(from + length),
            stand_in: None,
        }).collect();
        let found = hours(shifts.clone(), zone);
        for person in ["a", "b"] {
            let mut slow = DutyHours::default();
            for minute in 0..9_000 {
                let at = start + TimeDelta::minutes(minute);
                if shifts.iter().any(|shift| shift.person == person.into() && shift.from <= at && at < shift.until) {
                    let wall = at.with_timezone(&zone).naive_local();
                    let night = chrono::Timelike::hour(&wall) >= NIGHT[0] || chrono::Timelike::hour(&wall) < NIGHT[1];
                    let weekend = matches!(chrono::Datelike::weekday(&wall), Weekday::Sat | Weekday::Sun);
                    slow.minutes += 1;
                    slow.night += i64::from(night);
                    slow.weekend += i64::from(weekend);
                }
            }
            prop_assert_eq!(found.get(&PersonId::from(person)).copied().unwrap_or_default(), slow, "{}", zone);
        }
    }
}
