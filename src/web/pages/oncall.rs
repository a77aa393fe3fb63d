//! `/oncall`: who is on call for each service, and one week as bars.

use chrono::{Datelike, Days, NaiveDate, TimeZone, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::words::{self, ConfigNames};
use crate::{
    config::Config,
    domain::{
        Timestamp,
        ids::PersonId,
        oncall::{self, Override, Schedule, Shift, Target},
        people::{Person, Service},
    },
};

/// Number of minutes on the scale of a week. A week with a clock change is scaled to it.
const WEEK_MINUTES: i64 = 7 * 24 * 60;

/// How far ahead the end of a shift is searched.
pub const HORIZON: chrono::TimeDelta = chrono::TimeDelta::days(35);

/// The query string.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct OncallQuery {
    /// A date within the week to show: `2026-11-16`.
    pub week: String,
}

/// The context of `templates/web/oncall.html`, without the frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OncallView {
    /// Who would be paged now, per service.
    pub services: Vec<ServiceView>,
    /// The week that is shown.
    pub week: Week,
    /// The schedules in that week.
    pub schedules: Vec<ScheduleView>,
    /// Everyone, with the schedules that put them on call now.
    pub people: Vec<PersonDuty>,
}

/// A person, and where the person is on call now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonDuty {
    /// The id in commands.
    pub id: String,
    /// The name.
    pub name: String,
    /// The schedules that put the person on call now.
    pub schedules: Vec<String>,
}

/// A service and who would be paged for it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceView {
    /// Its id in commands.
    pub id: String,
    /// Its name.
    pub name: String,
    /// True if its alerts declare incidents automatically.
    pub critical: bool,
    /// Its escalation policy.
    pub policy: Option<String>,
    /// The people that the first step pages now.
    pub now: Vec<OnNow>,
}

/// A person who would be paged now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OnNow {
    /// The person.
    pub person: String,
    /// The schedule that puts them on call.
    pub schedule: Option<String>,
    /// When the shift ends.
    pub until: Option<String>,
    /// When the shift ends, in the zone of the page.
    pub until_text: Option<String>,
}

/// The week shown, in the reader's time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Week {
    /// Its days: `23–29 Nov 2026`.
    pub name: String,
    /// The time zone of all times on the page.
    pub zone: String,
    /// Its first instant.
    pub from: String,
    /// Its end.
    pub until: String,
    /// The position of the current time in it.
    pub now_minute: Option<i64>,
    /// Its days.
    pub days: Vec<Day>,
    /// The week before.
    pub previous: String,
    /// The week after.
    pub next: String,
}

/// A day of the week that is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Day {
    /// `16 Nov`
    pub date: String,
    /// `Mon`
    pub name: String,
    /// True if it is today.
    pub today: bool,
}

/// A schedule in the week that is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScheduleView {
    /// Its name.
    pub id: String,
    /// Its time zone.
    pub timezone: String,
    /// Who is on call now.
    pub now: Vec<String>,
    /// One row of bars per person.
    pub rows: Vec<ShiftRow>,
    /// Times when nobody is on call.
    pub gaps: Vec<Bar>,
    /// The overrides.
    pub stand_ins: Vec<StandIn>,
}

/// The shifts of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShiftRow {
    /// The person.
    pub person: String,
    /// The shifts.
    pub bars: Vec<Bar>,
}

/// A stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bar {
    /// Minutes from the start of the week.
    pub start: i64,
    /// Length in minutes.
    pub span: i64,
    /// When it starts.
    pub from: String,
    /// When it ends.
    pub until: String,
    /// Both, in the zone of the page: `Mon 23 Nov 09:00 to Tue 24 Nov 09:00`.
    pub text: String,
    /// True if it comes from an override.
    pub stand_in: bool,
}

/// An override.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StandIn {
    /// Its id.
    pub id: String,
    /// `replace`, `add` or `remove`.
    pub kind: &'static str,
    /// The person who is on call by it; for `remove`, who is not.
    pub person: String,
    /// The person who is replaced.
    pub instead_of: Option<String>,
    /// When it starts.
    pub from: String,
    /// When it ends.
    pub until: String,
    /// Both, in the zone of the page.
    pub text: String,
}

/// The week that contains a date, Monday to Monday in the reader's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    monday: NaiveDate,
    zone: Tz,
    /// Its first instant.
    pub from: Timestamp,
    /// Its end, exclusive.
    pub until: Timestamp,
}

impl Span {
    /// The week that the URL requests; the current week if the date is invalid or far out of range.
    pub fn asked(query: &OncallQuery, zone: Tz, now: Timestamp) -> Self {
        let today = now.with_timezone(&zone).date_naive();
        let asked = query.week.parse::<NaiveDate>().ok();
        let sane = asked.filter(|day| (day.year() - today.year()).abs() <= 5);
        let monday = sane.unwrap_or(today).week(Weekday::Mon).first_day();
        let start = |day: NaiveDate| midnight(zone, day).unwrap_or(now);
        Self { monday, zone, from: start(monday), until: start(monday + Days::new(7)) }
    }

    fn minute(&self, at: Timestamp) -> i64 {
        let whole = (self.until - self.from).num_minutes().max(1);
        ((at - self.from).num_minutes() * WEEK_MINUTES / whole).clamp(0, WEEK_MINUTES)
    }

    fn bar(&self, from: Timestamp, until: Timestamp, stand_in: bool) -> Bar {
        let start = self.minute(from);
        let text = self.text(from, until);
        Bar { start, span: self.minute(until) - start, from: words::at(from), until: words::at(until), text, stand_in }
    }

    /// `Mon 23 Nov 09:00`
    fn moment(&self, at: Timestamp) -> String {
        at.with_timezone(&self.zone).format("%a %-d %b %H:%M").to_string()
    }

    fn text(&self, from: Timestamp, until: Timestamp) -> String {
        format!("{} to {}", self.moment(from), self.moment(until))
    }

    /// `23–29 Nov 2026`, `30 Nov – 6 Dec 2026`
    fn name(&self) -> String {
        let last = self.monday + Days::new(6);
        if self.monday.month() == last.month() {
            format!("{}–{}", self.monday.day(), last.format("%-d %b %Y"))
        } else {
            format!("{} – {}", self.monday.format("%-d %b"), last.format("%-d %b %Y"))
        }
    }

    fn view(&self, now: Timestamp) -> Week {
        let today = now.with_timezone(&self.zone).date_naive();
        let day = |day: NaiveDate| Day {
            date: day.format("%-d %b").to_string(),
            name: day.format("%a").to_string(),
            today: day == today,
        };
        let week = |monday: Option<NaiveDate>| format!("/oncall?week={}", monday.unwrap_or(self.monday));
        Week {
            name: self.name(),
            zone: self.zone.to_string(),
            from: words::at(self.from),
            until: words::at(self.until),
            now_minute: (self.from <= now && now < self.until).then(|| self.minute(now)),
            days: self.monday.iter_days().take(7).map(day).collect(),
            previous: week(self.monday.checked_sub_days(Days::new(7))),
            next: week(self.monday.checked_add_days(Days::new(7))),
        }
    }
}

/// The first instant of a day. Where a clock change skips midnight, this is the first hour that exists.
fn midnight(zone: Tz, day: NaiveDate) -> Option<Timestamp> {
    (0..=3).find_map(|hour| {
        let wall = day.and_hms_opt(hour, 0, 0)?;
        zone.from_local_datetime(&wall).earliest().map(|at| at.with_timezone(&chrono::Utc))
    })
}

/// Builds the page; `overrides` are those that overlap the week or the current time.
pub fn view(words: ConfigNames<'_>, overrides: &[Override], span: &Span, now: Timestamp) -> OncallView {
    let config = words.config;
    let service = |service: &Service| {
        let mut view = service_view(words, service, overrides, now);
        for on_now in &mut view.now {
            let until = on_now.until.as_deref().and_then(|at| chrono::DateTime::parse_from_rfc3339(at).ok());
            on_now.until_text = until.map(|at| span.moment(at.to_utc()));
        }
        view
    };
    OncallView {
        services: config.services.iter().map(service).collect(),
        people: config.people.iter().map(|person| duty(config, person, overrides, now)).collect(),
        week: span.view(now),
        schedules: config.schedules.iter().map(|one| schedule_view(words, one, overrides, span, now)).collect(),
    }
}

fn duty(config: &Config, person: &Person, overrides: &[Override], now: Timestamp) -> PersonDuty {
    let on_call = |schedule: &&Schedule| oncall::who_is_on_call(schedule, overrides, now).contains(&person.id);
    PersonDuty {
        id: person.id.to_string(),
        name: person.name.clone(),
        schedules: config.schedules.iter().filter(on_call).map(|schedule| schedule.id.to_string()).collect(),
    }
}

/// The people that the first step of a service's policy pages now.
pub fn service_view(words: ConfigNames<'_>, service: &Service, overrides: &[Override], now: Timestamp) -> ServiceView {
    let config = words.config;
    let policy = service.escalation.as_ref().and_then(|id| config.escalation(id));
    let targets =
        policy.and_then(|policy| policy.steps.first()).map(|step| step.targets.as_slice()).unwrap_or_default();
    let mut reached: Vec<OnNow> = Vec::new();
    for target in targets {
        for on_now in on_now(words, config, &target.target, overrides, now) {
            if !reached.iter().any(|known| known.person == on_now.person) {
                reached.push(on_now);
            }
        }
    }
    ServiceView {
        id: service.id.to_string(),
        name: service.name.clone(),
        critical: service.critical,
        policy: policy.map(|policy| policy.id.to_string()),
        now: reached,
    }
}

fn on_now(
    words: ConfigNames<'_>,
    config: &Config,
    target: &Target,
    overrides: &[Override],
    now: Timestamp,
) -> Vec<OnNow> {
    let plain =
        |person: &PersonId| OnNow { person: words.person(person), schedule: None, until: None, until_text: None };
    match target {
        Target::Person(person) => vec![plain(person)],
        Target::Team(team) => config.team(team).into_iter().flat_map(|team| team.members.iter().map(plain)).collect(),
        Target::Schedule(id) => {
            let Some(schedule) = config.schedule(id) else { return Vec::new() };
            let until = oncall::next_change(schedule, overrides, now, now + HORIZON).map(words::at);
            let on_call = oncall::who_is_on_call(schedule, overrides, now);
            let view = |person: &PersonId| OnNow {
                person: words.person(person),
                schedule: Some(schedule.id.to_string()),
                until: until.clone(),
                until_text: None,
            };
            on_call.iter().map(view).collect()
        }
        Target::Room(_) | Target::Webhook(_) => Vec::new(),
    }
}

fn schedule_view(
    words: ConfigNames<'_>,
    schedule: &Schedule,
    overrides: &[Override],
    span: &Span,
    now: Timestamp,
) -> ScheduleView {
    let mut rows: Vec<ShiftRow> = Vec::new();
    for Shift { person, from, until, stand_in } in oncall::shifts(schedule, overrides, span.from, span.until) {
        let bar = span.bar(from, until, stand_in.is_some());
        let name = words.person(&person);
        match rows.iter_mut().find(|row| row.person == name) {
            Some(row) => row.bars.push(bar),
            None => rows.push(ShiftRow { person: name, bars: vec![bar] }),
        }
    }
    let gaps = oncall::gaps(schedule, overrides, span.from, span.until);
    let in_week =
        |entry: &&Override| entry.schedule == schedule.id && entry.from < span.until && entry.until > span.from;
    let stand_in = |entry: &Override| StandIn {
        id: entry.id.to_string(),
        kind: entry.kind.name(),
        person: words.person(&entry.person),
        instead_of: entry.instead_of.as_ref().map(|person| words.person(person)),
        from: words::at(entry.from),
        until: words::at(entry.until),
        text: span.text(entry.from, entry.until),
    };
    ScheduleView {
        id: schedule.id.to_string(),
        timezone: schedule.timezone.to_string(),
        now: oncall::who_is_on_call(schedule, overrides, now).iter().map(|person| words.person(person)).collect(),
        rows,
        gaps: gaps.into_iter().map(|gap| span.bar(gap.from, gap.until, false)).collect(),
        stand_ins: overrides.iter().filter(in_week).map(stand_in).collect(),
    }
}
