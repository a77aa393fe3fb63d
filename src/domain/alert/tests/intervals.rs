//! Times that recur, proved on Alertmanager's own tables.

use serde_json::Value;

use crate::{
    domain::{
        Timestamp,
        alert::{TimeInterval, interval},
    },
    shared_files::shared,
};

fn vectors() -> Option<Value> {
    Some(serde_json::from_str(&shared("vectors/alertmanager_timeinterval.json")?).unwrap())
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn number<T: TryFrom<i64>>(value: &Value) -> T {
    T::try_from(value.as_i64().unwrap()).ok().unwrap()
}

fn ranges<T: TryFrom<i64>>(value: &Value) -> Vec<(T, T)> {
    items(value).iter().map(|range| (number(&range[0]), number(&range[1]))).collect()
}

fn built(value: &Value) -> TimeInterval {
    let minutes = |range: &Value| (number(&range["start_minute"]), number(&range["end_minute"]));
    TimeInterval {
        times: items(&value["times"]).iter().map(minutes).collect(),
        weekdays: ranges(&value["weekdays"]),
        days_of_month: ranges(&value["days_of_month"]),
        months: ranges(&value["months"]),
        years: ranges(&value["years"]),
        zone: value["location"].as_str().map(|zone| zone.parse().unwrap()),
    }
}

fn instant(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

/// The texts between quotes of a line of YAML.
fn quoted(line: &str) -> Vec<&str> {
    line.split('\'').skip(1).step_by(2).collect()
}

/// Reads the YAML that the tables are written in: lists of quoted texts, and pairs of start and end.
fn parsed(yaml: &str) -> Result<Vec<TimeInterval>, String> {
    let mut all = vec![TimeInterval::default()];
    let mut begins = None;
    for line in yaml.lines().filter(|line| !line.trim_start().starts_with('#')) {
        if line.starts_with("- ") && all.last() != Some(&TimeInterval::default()) {
            all.push(TimeInterval::default());
        }
        let now = all.last_mut().unwrap();
        let words = quoted(line);
        match line.trim_start_matches(['-', ' ']).split(':').next().unwrap() {
            "weekdays" => now.weekdays = words.into_iter().map(interval::parse_weekdays).collect::<Result<_, _>>()?,
            "months" => now.months = words.into_iter().map(interval::parse_months).collect::<Result<_, _>>()?,
            "years" => now.years = words.into_iter().map(interval::parse_years).collect::<Result<_, _>>()?,
            "days_of_month" => {
                now.days_of_month = words.into_iter().map(interval::parse_days_of_month).collect::<Result<_, _>>()?;
            }
            "location" => now.zone = Some(words[0].parse().unwrap()),
            "start_time" => begins = Some(words[0]),
            "end_time" => now.times.push(interval::parse_times(&format!("{}-{}", begins.unwrap(), words[0]))?),
            "times" | "" => {}
            other => panic!("{other}"),
        }
    }
    Ok(all)
}

fn check(intervals: &[TimeInterval], case: &Value) -> usize {
    let holds = |at| intervals.iter().any(|interval| interval.contains(at));
    for (key, expected) in [("contains", true), ("excludes", false)] {
        for at in items(&case[key]) {
            assert_eq!(holds(instant(at)), expected, "{at} in {case}");
        }
    }
    items(&case["contains"]).len() + items(&case["excludes"]).len()
}

#[test]
fn instants_lie_in_intervals_as_in_alertmanager() {
    let Some(vectors) = vectors() else { return };
    let mut instants = 0;
    for case in items(&vectors["intervals"]) {
        instants += check(&[built(&case["interval"])], case);
    }
    for case in items(&vectors["complete"]) {
        instants += check(&parsed(case["yaml"].as_str().unwrap()).unwrap(), case);
    }
    assert!(instants > 30, "{instants}");
}

#[test]
fn intervals_are_read_as_alertmanager_reads_them() {
    let Some(vectors) = vectors() else { return };
    for case in items(&vectors["yaml"]) {
        let read = parsed(case["yaml"].as_str().unwrap());
        assert_eq!(read.is_err(), case["expect_error"].as_bool().unwrap(), "{case}: {read:?}");
        if let Ok(read) = read {
            let expected: Vec<_> = items(&case["intervals"]).iter().map(built).collect();
            assert_eq!(read, expected, "{case}");
            check(&read, case);
        }
    }
    for case in items(&vectors["time_ranges"]) {
        let words = quoted(case["yaml"].as_str().unwrap());
        let read = interval::parse_times(
            &[words.get(1), words.get(3)].into_iter().flatten().copied().collect::<Vec<_>>().join("-"),
        );
        assert_eq!(read.is_err(), case["expect_error"].as_bool().unwrap(), "{case}: {read:?}");
        if let Ok(read) = read {
            assert_eq!(read, (number(&case["start_minute"]), number(&case["end_minute"])));
        }
    }
}

#[test]
fn zones_count_as_in_alertmanager() {
    let Some(vectors) = vectors() else { return };
    let named = vectors["mutes"]["named_intervals"].as_object().unwrap();
    for case in items(&vectors["mutes"]["cases"]) {
        let now = instant(&case["now"]);
        let holds = |intervals: &Value| items(intervals).iter().map(built).any(|interval| interval.contains(now));
        let found: Vec<&str> =
            named.iter().filter(|(_, intervals)| holds(intervals)).map(|(name, _)| name.as_str()).collect();
        let expected: Vec<&str> = items(&case["muted_by"]).iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(found, expected, "{}", case["name"]);
    }
}
