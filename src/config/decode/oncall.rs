//! Decodes schedules, escalation policies and the pager.

use std::path::PathBuf;

use chrono::{NaiveDateTime, Weekday};
use secrecy::{ExposeSecret, SecretString};

use super::{DAY, seconds};
use crate::{
    config::{
        kinds,
        mistake::shown,
        model::{BucketConfig, OfflineCopyConfig, Pager},
        read::Section,
        tree::Value,
    },
    contact::mail::parse_address,
    domain::{
        contact::{Urgency, UrgencyRule},
        ids::{PersonId, PolicyId, RoomId, ScheduleId, TeamId, WebhookId},
        oncall::{
            EscalationPolicy, EscalationStep, FixedShift, Layer, Precedence, Rotation, Schedule, StepTarget, Target,
            TemporarySchedule, Turn, WeekRange, WeekTime,
        },
        severity::Severity,
    },
    net::{self, aws_signature::AwsCredentials},
};

const MOMENT: &str = "date and time such as \"2026-01-05 09:00\"";
const DAY_MINUTES: u16 = 24 * 60;

pub(super) fn schedule(s: &Section<'_>) -> Option<Schedule> {
    let id = s.id();
    let timezone = s.need("timezone", "time zone", kinds::zone).unwrap_or(chrono_tz::Tz::UTC);
    let layers = s.tables("layers", "id", layer);
    if s.len("layers") == 0 {
        s.wrong("layers", "missing; write [[schedules.layers]] with people, start and turn");
    }
    let precedence = s.read("precedence", "last, first, union or priority", precedence).unwrap_or_default();
    let temporary = s.tables("temporary", "from", temporary);
    Some(Schedule { id: ScheduleId::new(id?), timezone, precedence, layers, temporary })
}

fn precedence(value: &Value) -> Result<Precedence, String> {
    const WORDS: [(&str, Precedence); 4] = [
        ("last", Precedence::Last),
        ("first", Precedence::First),
        ("union", Precedence::Union),
        ("priority", Precedence::Priority),
    ];
    kinds::word(value, &WORDS)
}

fn layer(s: &Section<'_>) -> Option<Layer> {
    let slots = s.need("people", "list of names", kinds::slots);
    let start = s.need("start", MOMENT, moment);
    let turn = s.need("turn", "turn such as \"12h\", \"1d\", \"1w\" or \"1mo\"", turn);
    let days = s.read("days", "list of mon, tue, wed, thu, fri, sat, sun", days).unwrap_or_default();
    let hours = s.read("hours", "from-to such as \"09:00-17:00\"", hours);
    let weekly = s.read("weekly", "list such as [\"fri 17:00 - mon 09:00\"]", weekly).unwrap_or_default();
    let since = s.read("since", MOMENT, moment);
    let until = s.read("until", MOMENT, moment);
    must_end_later(s, since, until);
    let priority = s.read("priority", "whole number", |value| kinds::count(value, 0..=1_000)).unwrap_or_default();
    let priority = i64::try_from(priority).unwrap_or_default();
    let rotation = Rotation { slots: slots?.into_iter().map(slot).collect(), start: start?, turn: turn? };
    Some(Layer { rotation, days, hours, weekly, since, until, priority })
}

fn slot(names: Vec<String>) -> Vec<PersonId> {
    names.into_iter().filter(|name| !name.is_empty()).map(PersonId::new).collect()
}

fn temporary(s: &Section<'_>) -> Option<TemporarySchedule> {
    let (from, until) = (s.need("from", MOMENT, moment), s.need("until", MOMENT, moment));
    must_end_later(s, from, until);
    let shifts = s.tables("shifts", "from", |shift| {
        let people = shift.need("people", "list of names", kinds::texts);
        let (from, until) = (shift.need("from", MOMENT, moment), shift.need("until", MOMENT, moment));
        must_end_later(shift, from, until);
        Some(FixedShift { people: slot(people?), from: from?, until: until? })
    });
    Some(TemporarySchedule { from: from?, until: until?, shifts })
}

fn must_end_later(s: &Section<'_>, from: Option<NaiveDateTime>, until: Option<NaiveDateTime>) {
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        s.wrong("until", format!("is not after {}", from.format("%Y-%m-%d %H:%M")));
    }
}

fn moment(value: &Value) -> Result<NaiveDateTime, String> {
    let written = match value {
        Value::Moment(text) | Value::Text(text) | Value::Raw(text) => text,
        Value::Bool(_) | Value::Int(_) | Value::Float | Value::List(_) | Value::Table(_) => {
            return Err(format!("must be a date and time such as \"2026-01-05 09:00\", not {}", value.type_name()));
        }
    };
    let plain = written.replacen('T', " ", 1);
    ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&plain, format).ok())
        .ok_or_else(|| {
            format!("{} is no local date and time; write \"2026-01-05 09:00\" without a zone", shown(written))
        })
}

fn turn(value: &Value) -> Result<Turn, String> {
    let said = kinds::text(value)?;
    let digits = said.len() - said.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number = said[..digits].parse::<u32>().ok().filter(|n| (1..=10_000).contains(n));
    match (number, &said[digits..]) {
        (Some(n), "h") => Ok(Turn::Hours(n)),
        (Some(n), "d") => Ok(Turn::Days(n)),
        (Some(n), "w") => Ok(Turn::Weeks(n)),
        (Some(n), "mo") => Ok(Turn::Months(n)),
        _ => Err(format!(
            "{} is no turn; write a number of hours, days, weeks or months: \"12h\", \"1d\", \"1w\", \"1mo\"",
            shown(&said)
        )),
    }
}

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Mon),
    ("tue", Weekday::Tue),
    ("wed", Weekday::Wed),
    ("thu", Weekday::Thu),
    ("fri", Weekday::Fri),
    ("sat", Weekday::Sat),
    ("sun", Weekday::Sun),
];

pub(super) fn days(value: &Value) -> Result<Vec<Weekday>, String> {
    kinds::texts(value)?.into_iter().map(|day| kinds::word(&Value::Text(day.to_ascii_lowercase()), &DAYS)).collect()
}

fn hours(value: &Value) -> Result<(u16, u16), String> {
    let said = kinds::text(value)?;
    let both = said.split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
    both.ok_or_else(|| format!("{} is no span of hours; write one such as \"09:00-17:00\"", shown(&said)))
}

/// The minute of the day of `17:30`; that of `24:00` is 0.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour <= 24 && hour * 60 + minute <= DAY_MINUTES).then(|| (hour * 60 + minute) % DAY_MINUTES)
}

fn weekly(value: &Value) -> Result<Vec<WeekRange>, String> {
    let range = |said: String| {
        let both = said.split_once('-').and_then(|(from, to)| {
            let (from, until) = (week_time(from)?, week_time(to)?);
            Some(WeekRange { from, until })
        });
        both.ok_or_else(|| {
            format!("{} is no part of a week; write one such as \"fri 17:00 - mon 09:00\"", shown(&said))
        })
    };
    kinds::texts(value)?.into_iter().map(range).collect()
}

/// `fri 17:00`; `fri 24:00` is the start of Saturday.
fn week_time(text: &str) -> Option<WeekTime> {
    let (day, clock) = text.trim().split_once(char::is_whitespace)?;
    let (_, day) = *DAYS.iter().find(|(name, _)| name.eq_ignore_ascii_case(day))?;
    let minute = minute(clock)?;
    let day = if minute == 0 && clock.trim().starts_with("24") { day.succ() } else { day };
    Some(WeekTime { day, minute })
}

pub(super) fn escalation(s: &Section<'_>) -> Option<EscalationPolicy> {
    let id = s.id();
    let repeat = s.read("repeat", "whole number", |value| kinds::count(value, 0..=100)).unwrap_or(0);
    let steps = s.tables("steps", "id", |step| {
        let targets = step.need("targets", "list of schedule:…, team:…, person:…, room:… or webhook:…", targets);
        let round_robin = step.flag("round_robin", false);
        let delay = step.duration("delay", seconds(10, DAY));
        Some(EscalationStep { targets: targets.unwrap_or_default(), delay, round_robin })
    });
    let acknowledgements = s.read("acknowledgements", "whole number", |value| kinds::count(value, 1..=20)).unwrap_or(1);
    let acknowledgements = u32::try_from(acknowledgements).unwrap_or(1);
    let repeat = u32::try_from(repeat).unwrap_or(u32::MAX);
    let acknowledge_timeout = s.read("acknowledge_timeout", "duration, or \"never\"", acknowledge_timeout).flatten();
    Some(EscalationPolicy { id: PolicyId::new(id?), steps, repeat, acknowledge_timeout, acknowledgements })
}

fn acknowledge_timeout(value: &Value) -> Result<Option<std::time::Duration>, String> {
    if kinds::text(value).is_ok_and(|text| text == "never") {
        return Ok(None);
    }
    kinds::duration(value, seconds(60, 7 * DAY)).map(Some)
}

fn targets(value: &Value) -> Result<Vec<StepTarget>, String> {
    kinds::texts(value)?.iter().map(|said| target(said)).collect()
}

fn target(said: &str) -> Result<StepTarget, String> {
    let (whom, after) = kinds::split_delay(said);
    let target = match whom.split_once(':').map(|(kind, name)| (kind, name.trim())) {
        Some(("person", name)) => Target::Person(PersonId::new(name)),
        Some(("team", name)) => Target::Team(TeamId::new(name)),
        Some(("schedule", name)) => Target::Schedule(ScheduleId::new(name)),
        Some(("room", name)) => Target::Room(RoomId::new(name)),
        Some(("webhook", name)) => Target::Webhook(WebhookId::new(name)),
        _ => {
            let said = shown(said);
            return Err(format!(
                "{said} reaches nobody; write \"schedule:NAME\", \"team:NAME\", \"person:NAME\", \"room:NAME\" or \"webhook:NAME\""
            ));
        }
    };
    let after = match after {
        Some(after) => kinds::duration(&Value::Raw(after.to_owned()), seconds(10, DAY))?,
        None => std::time::Duration::ZERO,
    };
    Ok(StepTarget { target, after })
}

pub(super) fn pager(s: &Section<'_>) -> Pager {
    let urgency = s.tables("urgency", "urgency", urgency);
    if !urgency.is_empty() {
        for severity in Severity::ALL {
            if !urgency.iter().any(|rule| rule.severities.contains(&severity)) {
                s.warn("urgency", format!("no rule knows {}: its pages are of high urgency", severity.name()));
            }
        }
    }
    Pager {
        fallback: s.reference("fallback").map(PersonId::new),
        urgency,
        heartbeat_url: heartbeat_url(s),
        routes: super::pager::routes(s),
    }
}

pub(super) fn offline_copy(s: &Section<'_>) -> Option<OfflineCopyConfig> {
    let contacts = s.need("contacts", "true or false", kinds::flag).unwrap_or_default();
    let folder = s.read("folder", "path", kinds::line).map(PathBuf::from);
    let mail = s.read("mail", "list of mail addresses", mail_addresses).unwrap_or_default();
    let private = s.flag("private", false);
    let bucket = s.table("bucket", bucket).flatten();
    let wanted = folder.is_some() || bucket.is_some() || !mail.is_empty();
    wanted.then_some(OfflineCopyConfig { folder, contacts, mail, bucket, private })
}

fn mail_addresses(value: &Value) -> Result<Vec<String>, String> {
    let addresses = kinds::texts(value)?;
    for address in &addresses {
        parse_address(address).map_err(|why| format!("{} {why}", shown(address)))?;
    }
    Ok(addresses)
}

fn bucket(s: &Section<'_>) -> Option<BucketConfig> {
    let endpoint = s.need("endpoint", "http(s) address", kinds::line);
    if let Some(Err(failure)) = endpoint.as_deref().map(net::check_url) {
        s.wrong("endpoint", format!("{failure}; write one such as \"https://s3.eu-central-1.amazonaws.com\""));
    }
    if endpoint.as_deref().is_some_and(net::is_readable_on_the_way) {
        s.wrong("endpoint", "begins with http: everybody on the way can read the sheet; write https");
    }
    let bucket = s.need("bucket", "name", bucket_name);
    let prefix = s.read("prefix", "text", kinds::line).unwrap_or_default();
    let region = s.need("region", "name", kinds::line);
    let access_key = s.need("access_key", "text", kinds::line);
    let secret_key = s.secret("secret_key");
    if secret_key.is_none() && !s.has("secret_key") {
        s.wrong("secret_key", "missing; write secret_key = \"env:NAME\"");
    }
    let credentials = AwsCredentials { access_key: access_key?, secret_key: secret_key?, region: region? };
    Some(BucketConfig { endpoint: endpoint?, bucket: bucket?, prefix, credentials })
}

/// Parses the name of a bucket: what S3 allows, so that it needs no encoding in a path.
fn bucket_name(value: &Value) -> Result<String, String> {
    let name = kinds::line(value)?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    if (3..=63).contains(&name.len()) && name.chars().all(fits) {
        return Ok(name);
    }
    Err(format!("{} is no name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens", shown(&name)))
}

/// The address of a dead man's switch is a secret: whoever has it can keep the switch quiet.
fn heartbeat_url(s: &Section<'_>) -> Option<SecretString> {
    let url = s.secret("heartbeat_url")?;
    if let Err(failure) = net::check_url(url.expose_secret()) {
        s.wrong("heartbeat_url", format!("{failure}; write one such as \"https://hc-ping.com/UUID\""));
    }
    Some(url)
}

fn urgency(s: &Section<'_>) -> Option<UrgencyRule> {
    let severities = s.need("severities", "list of severities", severities);
    let days = s.read("days", "list of mon, tue, wed, thu, fri, sat, sun", days).unwrap_or_default();
    let hours = s.read("hours", "from-to such as \"09:00-17:00\"", hours);
    let timezone = s.read("timezone", "time zone", kinds::zone).unwrap_or(chrono_tz::Tz::UTC);
    let words = Urgency::ALL.map(|urgency| (urgency.name(), urgency));
    let urgency = s.need("urgency", "high or low", |value| kinds::word(value, &words));
    Some(UrgencyRule { severities: severities?, days, hours, timezone, urgency: urgency? })
}

fn severities(value: &Value) -> Result<Vec<Severity>, String> {
    let words = Severity::ALL.map(|severity| (severity.name(), severity));
    kinds::texts(value)?.into_iter().map(|text| kinds::word(&Value::Text(text), &words)).collect()
}
