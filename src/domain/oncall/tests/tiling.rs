use chrono::{TimeDelta, Weekday};
use chrono_tz::{America, Australia, Europe, Tz};
use proptest::prelude::*;

use super::super::*;
use crate::domain::{
    Timestamp,
    ids::{OverrideId, PersonId},
};

const ZONES: [Tz; 3] = [Europe::Berlin, America::New_York, Australia::Lord_Howe];

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
    let people = proptest::collection::vec("[a-d]".prop_map(|name| Some(PersonId::from(name.as_str()))), 1..5);
    (people, any_time(), turn).prop_map(|(people, start, turn)| Rotation { people, start: start.naive_utc(), turn })
}

fn any_layer() -> impl Strategy<Value = Layer> {
    let all = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];
    let days = proptest::sample::subsequence(all.to_vec(), 0..7);
    let hours = proptest::option::of((0u16..1440, 0u16..1440));
    (any_rotation(), days, hours).prop_map(|(rotation, days, hours)| Layer { rotation, days, hours })
}

fn any_override() -> impl Strategy<Value = Override> {
    let absent = proptest::option::of("[a-d]".prop_map(|name| PersonId::from(name.as_str())));
    (any_time(), 1i64..200, "[e-g]", absent).prop_map(|(from, hours, person, instead_of)| Override {
        id: OverrideId::new(from),
        schedule: "primary".into(),
        from,
        until: from + TimeDelta::hours(hours),
        person: PersonId::from(person.as_str()),
        instead_of,
    })
}

fn any_schedule() -> impl Strategy<Value = Schedule> {
    let layers = proptest::collection::vec(any_layer(), 0..3);
    (0usize..3, any_rotation(), layers).prop_map(|(zone, rotation, above)| {
        let mut layers = vec![Layer { rotation, days: Vec::new(), hours: None }];
        layers.extend(above);
        Schedule { id: "primary".into(), timezone: ZONES[zone], layers }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// A schedule whose first layer always counts has someone at every instant, and never two: shifts tile the range.
    #[test]
    fn shifts_tile_the_range(
        schedule in any_schedule(),
        entered in proptest::collection::vec(any_override(), 0..4),
        from in any_time(),
        days in 1i64..60,
    ) {
        let to = from + TimeDelta::days(days);
        let found = shifts(&schedule, &entered, from, to);
        prop_assert_eq!(found.first().map(|shift| shift.from), Some(from));
        prop_assert_eq!(found.last().map(|shift| shift.until), Some(to));
        for pair in found.windows(2) {
            prop_assert_eq!(pair[0].until, pair[1].from, "no hole and no overlap");
        }
        prop_assert!(found.iter().all(|shift| shift.from < shift.until));
        prop_assert!(gaps(&schedule, &entered, from, to).is_empty());
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
            let by_shift: Vec<PersonId> =
                found.iter().filter(|s| s.from <= at && at < s.until).map(|s| s.person.clone()).collect();
            prop_assert_eq!(who_is_on_call(&schedule, &entered, at), by_shift);
            let in_gap = open.iter().any(|gap| gap.from <= at && at < gap.until);
            prop_assert_eq!(in_gap, who_is_on_call(&schedule, &entered, at).is_empty());
        }
    }

    /// Every turn follows the one before it, in every zone, across every change of the clock.
    #[test]
    fn turns_follow_each_other(rotation in any_rotation(), zone in 0usize..3, from in any_time()) {
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
