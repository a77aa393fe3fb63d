//! Figures, comparisons and weeks.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{
    ComparisonVerdict, Figure, LoadCounts, Measure, MeasuredIncident, Moment, Moments, PagedMoment, PersonLoad, Spread,
    compare, midnight, week_of, weeks,
};
use crate::domain::{
    Timestamp,
    ids::{IncidentId, Key, PageId},
    incident::Severity,
};

fn at(minute: i64) -> Timestamp {
    Timestamp::from_timestamp(1_763_726_400 + minute * 60, 0).expect("in range")
}

fn incident(moments: &[(Moment, i64)]) -> MeasuredIncident {
    let mut known = Moments::default();
    moments.iter().for_each(|(moment, minute)| known.set(*moment, Some(at(*minute))));
    MeasuredIncident {
        id: IncidentId(uuid::Uuid::nil()),
        key: Key::new("HOT", 1),
        severity: Severity::Sev2,
        service: None,
        declared: at(0),
        moments: known,
    }
}

#[test]
fn what_is_missing_is_left_out_and_nothing_is_zero_by_mistake() {
    let whole = incident(&[(Moment::Impact, 0), (Moment::Detected, 10), (Moment::Declared, 12)]);
    let early = incident(&[(Moment::Impact, 20), (Moment::Detected, 10), (Moment::Declared, 12)]);
    let at_once = incident(&[(Moment::Impact, 10), (Moment::Detected, 10)]);
    let detect = Figure::of(Measure::Detect, [&whole, &early, &at_once]);
    assert_eq!((detect.count, detect.left_out), (2, 1), "noticed before customers were affected");
    let spread = detect.spread.expect("two incidents");
    assert_eq!((spread.shortest, spread.median, spread.longest), (0, 300_000, 600_000));
    let resolve = Figure::of(Measure::Resolve, [&whole, &early]);
    assert_eq!((resolve.count, resolve.left_out, resolve.spread), (0, 2, None), "not applicable");
    assert_eq!(Figure::of(Measure::Inform, []).spread, None);
}

#[test]
fn every_measure_runs_between_two_moments_of_which_the_second_is_later() {
    for measure in Measure::ALL {
        assert_eq!(Measure::parse(measure.name()), Some(measure));
        let place = |moment| Moment::ALL.iter().position(|known| *known == moment);
        assert!(place(measure.from()) < place(measure.until()), "{measure:?}");
        let incident = incident(&[(measure.from(), 5), (measure.until(), 12)]);
        assert_eq!(measure.of(&incident), Some(7 * 60_000));
    }
}

#[test]
fn two_periods_are_called_better_or_worse_only_when_enough_incidents_differ_clearly() {
    let minutes = |from: i64, count: i64| (from..from + count).map(|n| n * 60_000).collect::<Vec<_>>();
    assert_eq!(compare(&minutes(10, 19), &minutes(500, 40)), ComparisonVerdict::TooFew);
    assert_eq!(compare(&minutes(10, 40), &minutes(500, 19)), ComparisonVerdict::TooFew);
    assert_eq!(compare(&minutes(10, 20), &minutes(500, 20)), ComparisonVerdict::Better);
    assert_eq!(compare(&minutes(500, 20), &minutes(10, 20)), ComparisonVerdict::Worse);
    assert_eq!(compare(&minutes(12, 20), &minutes(10, 20)), ComparisonVerdict::Unclear, "chance may do that");
    assert_eq!(compare(&[60_000; 30], &[60_000; 30]), ComparisonVerdict::Unclear, "all are equal");
    let mut outlier = minutes(10, 20);
    outlier[19] = 600_000_000;
    assert_eq!(
        compare(&outlier, &minutes(10, 20)),
        ComparisonVerdict::Unclear,
        "one long incident changes the mean only"
    );
}

#[test]
fn weeks_begin_on_monday_at_midnight_of_the_zone_and_none_is_missing() {
    let berlin = chrono_tz::Europe::Berlin;
    let on = |text: &str| text.parse::<Timestamp>().expect("a time");
    assert_eq!(week_of(on("2026-11-15T22:59:59Z"), berlin).to_string(), "2026-11-09");
    assert_eq!(week_of(on("2026-11-15T23:00:00Z"), berlin).to_string(), "2026-11-16");
    let found = weeks(on("2026-10-20T12:00:00Z"), on("2026-11-08T23:00:00Z"), berlin);
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found, ["2026-10-19", "2026-10-26", "2026-11-02"], "the clocks go back in the first of them");
    // In Santiago the clocks skip the midnight of 2026-09-06.
    let skipped = midnight("2026-09-06".parse().expect("a date"), chrono_tz::America::Santiago);
    assert_eq!(skipped, on("2026-09-06T04:00:00Z"));
}

/// The value of a quantile by its definition, in exact fractions of a hundredth.
fn slow_quantile(spans: &[i64], percent: i64) -> i64 {
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    spans.iter().for_each(|span| *counts.entry(*span).or_default() += 1);
    let sorted: Vec<i64> = counts.iter().flat_map(|(span, count)| std::iter::repeat_n(*span, *count)).collect();
    let place = (i64::try_from(sorted.len()).expect("few") - 1) * percent;
    let (low, high) = (place.div_euclid(100), (place + 99).div_euclid(100));
    let value = |n: i64| i128::from(sorted[usize::try_from(n).expect("positive")]);
    let exact = value(low) * 100 + (value(high) - value(low)) * i128::from(place - low * 100);
    i64::try_from(exact / 100).expect("in range")
}

#[test]
fn a_page_counts_once_by_the_hour_of_its_first_message_to_the_person() {
    let berlin = chrono_tz::Europe::Berlin;
    let on = |text: &str| text.parse::<Timestamp>().expect("a time");
    let page = |n: u128| PageId(uuid::Uuid::from_u128(n));
    let moment = |n, at: &str, taken: Option<&str>| PagedMoment { page: page(n), at: on(at), taken: taken.map(on) };
    // In winter Berlin is one hour ahead of UTC. 2026-11-20 is a Friday.
    let moments = [
        moment(1, "2026-11-20T20:59:00Z", None),
        moment(1, "2026-11-20T21:04:00Z", None),
        moment(2, "2026-11-21T06:59:00Z", Some("2026-11-21T07:03:00Z")),
        moment(3, "2026-11-21T07:00:00Z", None),
        moment(4, "2026-11-23T01:00:00Z", Some("2026-11-23T01:02:00Z")),
    ];
    let load = PersonLoad::of(&moments, berlin);
    assert_eq!(load.counts, LoadCounts { pages: 4, day: 1, night: 2, weekend: 1, nights: 2 });
    assert_eq!((load.acknowledged, load.spread.map(|spread| spread.median)), (2, Some(180_000)));
    assert_eq!(PersonLoad::of(&[], berlin), PersonLoad::default());
    let mut sum = load.counts;
    sum += load.counts;
    assert_eq!(sum, LoadCounts { pages: 8, day: 2, night: 4, weekend: 2, nights: 4 });
}

proptest! {
    #[test]
    fn quantiles_are_what_their_definition_says(mut spans in proptest::collection::vec(0_i64..400_000_000_000, 1..60)) {
        spans.sort_unstable();
        let spread = Spread::of_sorted(&spans).expect("not empty");
        for (percent, found) in [(25, spread.p25), (50, spread.median), (75, spread.p75), (90, spread.p90)] {
            prop_assert_eq!(found, slow_quantile(&spans, percent));
        }
        let mean = spans.iter().sum::<i64>() / i64::try_from(spans.len()).expect("few");
        prop_assert_eq!((spread.shortest, spread.longest, spread.mean), (spans[0], spans[spans.len() - 1], mean));
    }

    #[test]
    fn what_is_better_one_way_is_worse_the_other(
        a in proptest::collection::vec(0_i64..1_000, 20..50), b in proptest::collection::vec(0_i64..1_000, 20..50)
    ) {
        let opposite = match compare(&b, &a) {
            ComparisonVerdict::Better => ComparisonVerdict::Worse,
            ComparisonVerdict::Worse => ComparisonVerdict::Better,
            other @ (ComparisonVerdict::TooFew | ComparisonVerdict::Unclear) => other,
        };
        prop_assert_eq!(compare(&a, &b), opposite);
    }
}
