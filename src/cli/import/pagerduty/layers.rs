//! Schedules of PagerDuty: layers of which one hides the others, each with its restrictions.

use chrono::{DateTime, FixedOffset, Utc};
use chrono_tz::Tz;

use super::{
    Conversion,
    answers::{PagerDutyEntry, PagerDutyLayer, PagerDutyRestriction, PagerDutySchedule},
};
use crate::cli::import::on_call::{FindingSort, LayerSettings, ScheduleSettings};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// The days of the week, from Monday.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Conversion {
    pub(super) fn schedule(&mut self, schedule: &PagerDutySchedule, now: DateTime<Utc>) {
        let id = self.schedules.give(&schedule.id, &schedule.name);
        let named = format!("schedule \"{}\"", schedule.name);
        let zone = self.findings.zone(schedule.time_zone.as_deref(), &named);
        // A layer is never deleted at PagerDuty: it ends.
        let is_over = |layer: &&PagerDutyLayer| layer.end.is_some_and(|end| end <= now);
        let running: Vec<&PagerDutyLayer> = schedule.schedule_layers.iter().filter(|layer| !is_over(layer)).collect();
        let precedence = self.precedence(&named, schedule, &running);
        let layers: Vec<LayerSettings> = running.iter().filter_map(|layer| self.layer(&named, zone, layer)).collect();
        if layers.is_empty() {
            let text = format!("{named} has no layer that can be carried: nobody is on call in it");
            self.find(FindingSort::Lost, text);
            return;
        }
        let (name, timezone) = (schedule.name.clone(), zone.to_string());
        self.settings.schedules.push(ScheduleSettings { id, name, timezone, precedence, layers });
    }

    /// Which layer hides the others where several have somebody: the one whose person is in the final schedule. An answer
    /// without rendered shifts does not say; the list then begins with the layer that hides the others.
    fn precedence(&mut self, named: &str, schedule: &PagerDutySchedule, layers: &[&PagerDutyLayer]) -> &'static str {
        let shown = schedule.final_schedule.as_ref().map_or(&[][..], |shown| &shown.rendered_schedule_entries);
        let (mut first, mut last) = (0, 0);
        for (at, upper) in layers.iter().enumerate() {
            for lower in &layers[at + 1..] {
                for contest in contests(&upper.rendered_schedule_entries, &lower.rendered_schedule_entries) {
                    let winner = user_at(shown, contest.at);
                    first += usize::from(winner == Some(contest.upper));
                    last += usize::from(winner == Some(contest.lower));
                }
            }
        }
        if layers.len() > 1 && first == last {
            let text = format!(
                "{named} has several layers, and the export does not show which hides the others; here it is the first of \
                 the export: compare a week in which they overlap"
            );
            self.find(FindingSort::Noted, text);
        }
        if last > first { "last" } else { "first" }
    }

    fn layer(&mut self, schedule: &str, zone: Tz, layer: &PagerDutyLayer) -> Option<LayerSettings> {
        let named = format!("{schedule}, layer \"{}\"", layer.name);
        let mut slots = Vec::new();
        for member in &layer.users {
            let person = self.person(&member.user);
            if person.is_none() {
                let who = member.user.called();
                self.find(FindingSort::Lost, format!("{named}: {who} is not among the users; that turn is empty"));
            }
            slots.push(person.into_iter().collect::<Vec<_>>());
        }
        if slots.iter().all(Vec::is_empty) {
            self.find(FindingSort::Lost, format!("{named} has nobody who can be carried"));
            return None;
        }
        let Some(turn) = turn(layer.rotation_turn_length_seconds) else {
            let seconds = layer.rotation_turn_length_seconds;
            let text = format!("{named} has turns of {seconds} seconds; here turns last hours, days, weeks or months");
            self.find(FindingSort::Lost, text);
            return None;
        };
        let wall = |at: DateTime<FixedOffset>| at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string();
        let until = layer.end.map(wall);
        if let Some(until) = &until {
            self.find(FindingSort::Noted, format!("{named} ends on {until}"));
        }
        let restriction = self.restrictions(&named, &layer.restrictions)?;
        Some(LayerSettings {
            name: layer.name.clone(),
            slots,
            start: wall(layer.rotation_virtual_start),
            turn,
            hours: restriction.hours,
            weekly: restriction.weekly,
            since: Some(wall(layer.start)),
            until,
        })
    }

    /// The times that a layer covers: a time of the day, or parts of the week.
    fn restrictions(&mut self, named: &str, restrictions: &[PagerDutyRestriction]) -> Option<Restriction> {
        let mut spans = Vec::new();
        for restriction in restrictions {
            let Some(span) = Span::of(restriction) else {
                let text = format!("{named} has a restriction that cannot be read: {}", restriction.start_time_of_day);
                self.find(FindingSort::Lost, text);
                return None;
            };
            if span.is_always() {
                return Some(Restriction::default());
            }
            spans.push(span);
        }
        Some(match spans.as_slice() {
            [Span { day: None, start, seconds }] => Restriction {
                hours: Some(format!("{}-{}", clock(*start), clock((start + seconds) % DAY))),
                weekly: Vec::new(),
            },
            spans => Restriction { hours: None, weekly: spans.iter().flat_map(Span::parts_of_the_week).collect() },
        })
    }
}

/// When a layer counts.
#[derive(Default)]
struct Restriction {
    hours: Option<String>,
    weekly: Vec<String>,
}

/// A time of every day, or of one day of the week.
struct Span {
    /// From 0, Monday; `None` is every day.
    day: Option<u64>,
    /// Seconds since midnight.
    start: u64,
    seconds: u64,
}

impl Span {
    fn of(restriction: &PagerDutyRestriction) -> Option<Self> {
        let mut parts =
            restriction.start_time_of_day.split(':').map(|part| part.get(..2).unwrap_or(part).parse::<u64>());
        let (hour, minute) = (parts.next()?.ok()?, parts.next()?.ok()?);
        let day = match restriction.sort.as_str() {
            "daily_restriction" => None,
            "weekly_restriction" => Some(restriction.start_day_of_week.filter(|day| (1..=7).contains(day))? - 1),
            _ => return None,
        };
        let fine = hour < 24 && minute < 60 && restriction.duration_seconds > 0;
        fine.then_some(Self { day, start: hour * HOUR + minute * 60, seconds: restriction.duration_seconds })
    }

    fn is_always(&self) -> bool {
        self.seconds >= if self.day.is_none() { DAY } else { WEEK }
    }

    /// The parts of the week, as `weekly` takes them: `mon 09:00 - mon 17:00`.
    fn parts_of_the_week(&self) -> Vec<String> {
        let days = self.day.map_or(0..7, |day| day..day + 1);
        let part = |day: u64| {
            let begin = day * DAY + self.start;
            format!("{} - {}", moment(begin), moment((begin + self.seconds) % WEEK))
        };
        days.map(part).collect()
    }
}

/// `mon 09:00`, of seconds since Monday, 0:00.
fn moment(seconds: u64) -> String {
    let day = usize::try_from(seconds / DAY).unwrap_or_default();
    format!("{} {}", DAYS[day % DAYS.len()], clock(seconds % DAY))
}

fn clock(seconds: u64) -> String {
    format!("{:02}:{:02}", seconds / HOUR, seconds % HOUR / 60)
}

/// The length of a turn as `bot.toml` has it.
fn turn(seconds: u64) -> Option<String> {
    let units = [(WEEK, "w"), (DAY, "d"), (HOUR, "h")];
    let unit = units.into_iter().find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length));
    unit.map(|(length, unit)| format!("{}{unit}", seconds / length))
}

/// A moment at which two layers have different people.
struct Contest<'a> {
    at: DateTime<Utc>,
    upper: &'a str,
    lower: &'a str,
}

fn contests<'a>(upper: &'a [PagerDutyEntry], lower: &'a [PagerDutyEntry]) -> Vec<Contest<'a>> {
    let mut contests = Vec::new();
    for entry in upper {
        let Some(one) = user(entry) else { continue };
        // The beginning of either is a moment of both where they overlap.
        let other = lower.iter().find(|other| other.start < entry.end && entry.start < other.end);
        let Some((other, two)) = other.and_then(|other| Some((other, user(other)?))) else { continue };
        if one != two {
            contests.push(Contest { at: entry.start.max(other.start), upper: one, lower: two });
        }
    }
    contests
}

fn user(entry: &PagerDutyEntry) -> Option<&str> {
    entry.user.as_ref().map(|user| user.id.as_str())
}

fn user_at(entries: &[PagerDutyEntry], at: DateTime<Utc>) -> Option<&str> {
    entries.iter().find(|entry| entry.start <= at && at < entry.end).and_then(user)
}
