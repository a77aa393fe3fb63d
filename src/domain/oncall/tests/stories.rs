use std::fmt::Write as _;

use chrono::{SecondsFormat, Weekday};
use chrono_tz::{Africa, America, Europe, UTC};

use super::{super::*, always, at, rotation, schedule, stand_in};
use crate::domain::Timestamp;

fn told(schedule: &Schedule, overrides: &[Override], from: &str, to: &str) -> String {
    let mut out = String::new();
    let local = |at: Timestamp| at.with_timezone(&schedule.timezone).to_rfc3339_opts(SecondsFormat::Secs, true);
    for shift in shifts(schedule, overrides, at(from), at(to)) {
        let mark = if shift.stand_in.is_some() { " (stands in)" } else { "" };
        writeln!(out, "{} {} -> {}{mark}", shift.person, local(shift.from), local(shift.until)).unwrap();
    }
    for gap in gaps(schedule, overrides, at(from), at(to)) {
        writeln!(out, "nobody {} -> {}", local(gap.from), local(gap.until)).unwrap();
    }
    out
}

#[test]
fn a_weekly_rotation_hands_off_at_nine_on_the_wall_clock_whatever_the_season() {
    let plan = schedule(Europe::Berlin, vec![always(rotation(&["ann", "bob"], "2026-03-16 09:00", Turn::Weeks(1)))]);
    insta::assert_snapshot!(told(&plan, &[], "2026-03-20T00:00:00Z", "2026-04-02T00:00:00Z"), @"
    ann 2026-03-20T01:00:00+01:00 -> 2026-03-23T09:00:00+01:00
    bob 2026-03-23T09:00:00+01:00 -> 2026-03-30T09:00:00+02:00
    ann 2026-03-30T09:00:00+02:00 -> 2026-04-02T02:00:00+02:00
    ");
    assert_eq!(who_is_on_call(&plan, &[], at("2026-03-30T06:59:59Z")), ["bob".into()]);
    assert_eq!(who_is_on_call(&plan, &[], at("2026-03-30T07:00:00Z")), ["ann".into()]);
    assert_eq!(who_is_on_call(&plan, &[], at("2020-01-01T00:00:00Z")).len(), 1, "it is valid before its start");
}

#[test]
fn a_hand_off_that_the_clock_skips_happens_when_the_gap_ends() {
    let plan = schedule(Europe::Berlin, vec![always(rotation(&["ann", "bob"], "2026-03-27 02:30", Turn::Days(1)))]);
    insta::assert_snapshot!(told(&plan, &[], "2026-03-28T00:00:00Z", "2026-03-30T12:00:00Z"), @"
    ann 2026-03-28T01:00:00+01:00 -> 2026-03-28T02:30:00+01:00
    bob 2026-03-28T02:30:00+01:00 -> 2026-03-29T03:00:00+02:00
    ann 2026-03-29T03:00:00+02:00 -> 2026-03-30T02:30:00+02:00
    bob 2026-03-30T02:30:00+02:00 -> 2026-03-30T14:00:00+02:00
    ");
}

#[test]
fn of_a_repeated_hour_the_first_occurrence_is_the_hand_off() {
    let plan = schedule(America::New_York, vec![always(rotation(&["ann", "bob"], "2026-10-31 01:30", Turn::Days(1)))]);
    insta::assert_snapshot!(told(&plan, &[], "2026-11-01T04:00:00Z", "2026-11-02T12:00:00Z"), @"
    ann 2026-11-01T00:00:00-04:00 -> 2026-11-01T01:30:00-04:00
    bob 2026-11-01T01:30:00-04:00 -> 2026-11-02T01:30:00-05:00
    ann 2026-11-02T01:30:00-05:00 -> 2026-11-02T07:00:00-05:00
    ");
}

#[test]
fn a_rotation_started_on_the_31st_runs_over_into_short_months() {
    let plan = schedule(UTC, vec![always(rotation(&["ann", "bob", "cho"], "2024-01-31 09:00", Turn::Months(1)))]);
    insta::assert_snapshot!(told(&plan, &[], "2024-01-31T09:00:00Z", "2024-06-30T00:00:00Z"), @"
    ann 2024-01-31T09:00:00Z -> 2024-03-02T09:00:00Z
    bob 2024-03-02T09:00:00Z -> 2024-03-31T09:00:00Z
    cho 2024-03-31T09:00:00Z -> 2024-05-01T09:00:00Z
    ann 2024-05-01T09:00:00Z -> 2024-05-31T09:00:00Z
    bob 2024-05-31T09:00:00Z -> 2024-06-30T00:00:00Z
    ");
}

#[test]
fn a_later_layer_hides_the_ones_before_it_and_an_empty_slot_lets_them_show() {
    let base = always(rotation(&["ann"], "2026-01-05 00:00", Turn::Weeks(1)));
    let nights = Layer {
        days: vec![Weekday::Mon, Weekday::Tue],
        hours: Some((20 * 60, 8 * 60)),
        ..always(rotation(&["bob", ""], "2026-01-05 20:00", Turn::Days(1)))
    };
    let plan = schedule(UTC, vec![base, nights]);
    insta::assert_snapshot!(told(&plan, &[], "2026-01-05T12:00:00Z", "2026-01-08T00:00:00Z"), @"
    ann 2026-01-05T12:00:00Z -> 2026-01-05T20:00:00Z
    bob 2026-01-05T20:00:00Z -> 2026-01-06T08:00:00Z
    ann 2026-01-06T08:00:00Z -> 2026-01-08T00:00:00Z
    ");
}

#[test]
fn office_hours_leave_gaps_that_are_reported() {
    let week = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
    let office = Layer {
        days: week.to_vec(),
        hours: Some((9 * 60, 17 * 60)),
        ..always(rotation(&["ann"], "2026-01-05 00:00", Turn::Weeks(1)))
    };
    let plan = schedule(Europe::Berlin, vec![office]);
    insta::assert_snapshot!(told(&plan, &[], "2026-01-09T00:00:00Z", "2026-01-12T10:00:00Z"), @"
    ann 2026-01-09T09:00:00+01:00 -> 2026-01-09T17:00:00+01:00
    ann 2026-01-12T09:00:00+01:00 -> 2026-01-12T11:00:00+01:00
    nobody 2026-01-09T01:00:00+01:00 -> 2026-01-09T09:00:00+01:00
    nobody 2026-01-09T17:00:00+01:00 -> 2026-01-12T09:00:00+01:00
    ");
}

#[test]
fn coverage_at_the_end_of_summer_time_is_the_longer_reading() {
    let nights = |hours| Layer { hours, ..always(rotation(&["ann"], "2026-01-05 00:00", Turn::Weeks(1))) };
    let plan =
        schedule(Europe::Berlin, vec![nights(Some((22 * 60, 2 * 60 + 30))), nights(Some((2 * 60 + 30, 22 * 60)))]);
    assert_eq!(gaps(&plan, &[], at("2026-10-20T00:00:00Z"), at("2026-10-30T00:00:00Z")), []);
    assert_eq!(gaps(&plan, &[], at("2026-03-25T00:00:00Z"), at("2026-04-02T00:00:00Z")), []);
    let alone = schedule(Europe::Berlin, vec![nights(Some((22 * 60, 2 * 60 + 30)))]);
    insta::assert_snapshot!(told(&alone, &[], "2026-10-24T18:00:00Z", "2026-10-25T18:00:00Z"), @"
    ann 2026-10-24T22:00:00+02:00 -> 2026-10-25T02:30:00+01:00
    nobody 2026-10-24T20:00:00+02:00 -> 2026-10-24T22:00:00+02:00
    nobody 2026-10-25T02:30:00+01:00 -> 2026-10-25T19:00:00+01:00
    ");
}

#[test]
fn midnight_that_does_not_exist_is_the_first_instant_after_it() {
    let plan = schedule(Africa::Cairo, vec![always(rotation(&["ann", "bob"], "2026-04-20 00:00", Turn::Days(1)))]);
    insta::assert_snapshot!(told(&plan, &[], "2026-04-23T12:00:00Z", "2026-04-24T12:00:00Z"), @"
    bob 2026-04-23T14:00:00+02:00 -> 2026-04-24T01:00:00+03:00
    ann 2026-04-24T01:00:00+03:00 -> 2026-04-24T15:00:00+03:00
    ");
}

#[test]
fn a_stand_in_for_someone_counts_only_while_that_one_is_on_call() {
    let plan = schedule(UTC, vec![always(rotation(&["ann", "bob"], "2026-01-05 09:00", Turn::Days(1)))]);
    let for_bob = stand_in(1, ("2026-01-05T12:00:00Z", "2026-01-06T12:00:00Z"), "cho", Some("bob"));
    insta::assert_snapshot!(told(&plan, &[for_bob], "2026-01-05T09:00:00Z", "2026-01-07T00:00:00Z"), @"
    ann 2026-01-05T09:00:00Z -> 2026-01-06T09:00:00Z
    cho 2026-01-06T09:00:00Z -> 2026-01-06T12:00:00Z (stands in)
    bob 2026-01-06T12:00:00Z -> 2026-01-07T00:00:00Z
    ");
}

#[test]
fn of_two_stand_ins_the_later_entered_wins_and_a_stand_in_can_be_replaced() {
    let plan = schedule(UTC, vec![always(rotation(&["ann"], "2026-01-05 09:00", Turn::Weeks(1)))]);
    let day = ("2026-01-05T12:00:00Z", "2026-01-05T18:00:00Z");
    let bob = stand_in(1, day, "bob", None);
    let cho = stand_in(2, ("2026-01-05T14:00:00Z", "2026-01-05T18:00:00Z"), "cho", Some("bob"));
    let dan = stand_in(3, ("2026-01-05T16:00:00Z", "2026-01-05T17:00:00Z"), "dan", Some("cho"));
    let entered = [bob, cho, dan];
    insta::assert_snapshot!(told(&plan, &entered, "2026-01-05T10:00:00Z", "2026-01-05T20:00:00Z"), @"
    ann 2026-01-05T10:00:00Z -> 2026-01-05T12:00:00Z
    bob 2026-01-05T12:00:00Z -> 2026-01-05T14:00:00Z (stands in)
    cho 2026-01-05T14:00:00Z -> 2026-01-05T16:00:00Z (stands in)
    dan 2026-01-05T16:00:00Z -> 2026-01-05T17:00:00Z (stands in)
    cho 2026-01-05T17:00:00Z -> 2026-01-05T18:00:00Z (stands in)
    ann 2026-01-05T18:00:00Z -> 2026-01-05T20:00:00Z
    ");
    let elsewhere = Override { schedule: "other".into(), ..entered[0].clone() };
    assert_eq!(who_is_on_call(&plan, &[elsewhere], at("2026-01-05T13:00:00Z")), ["ann".into()]);
    let [bob, cho, _] = entered;
    let of_ann = Override { instead_of: Some("ann".into()), ..cho };
    assert_eq!(who_is_on_call(&plan, &[bob, of_ann], at("2026-01-05T15:00:00Z")), ["bob".into()], "ann is not on call");
}

#[test]
fn someone_put_on_call_fills_a_gap() {
    let plan = schedule(UTC, Vec::new());
    let now = at("2026-01-05T13:00:00Z");
    assert!(who_is_on_call(&plan, &[], now).is_empty());
    let entry = stand_in(1, ("2026-01-05T12:00:00Z", "2026-01-05T18:00:00Z"), "bob", None);
    assert_eq!(who_is_on_call(&plan, std::slice::from_ref(&entry), now), ["bob".into()]);
    let horizon = at("2026-01-12T00:00:00Z");
    assert_eq!(next_change(&plan, std::slice::from_ref(&entry), now, horizon), Some(entry.until));
    assert_eq!(next_change(&plan, &[], now, horizon), None);
}

#[test]
fn odd_settings_have_a_defined_result() {
    for turn in [Turn::Hours(0), Turn::Days(u32::MAX), Turn::Weeks(u32::MAX), Turn::Months(u32::MAX), Turn::Months(0)] {
        let plan = schedule(Europe::Berlin, vec![always(rotation(&["ann", "bob"], "2026-01-31 02:30", turn))]);
        for time in ["0001-01-01T00:00:00Z", "2026-02-28T00:00:00Z", "2400-02-29T00:00:00Z"] {
            assert_eq!(who_is_on_call(&plan, &[], at(time)).len(), 1, "{turn:?} at {time}");
        }
        assert_eq!(who_is_on_call(&plan, &[], Timestamp::MAX_UTC).len(), 1);
        assert_eq!(who_is_on_call(&plan, &[], Timestamp::MIN_UTC).len(), 1);
    }
    let nobody = schedule(UTC, vec![always(rotation(&[], "2026-01-05 09:00", Turn::Weeks(1)))]);
    assert!(who_is_on_call(&nobody, &[], at("2026-01-05T13:00:00Z")).is_empty());
    assert!(shifts(&nobody, &[], at("2026-01-05T13:00:00Z"), at("2026-01-05T13:00:00Z")).is_empty());
}
