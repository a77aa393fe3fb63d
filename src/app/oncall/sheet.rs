//! The offline on-call sheet: who is on call, how to reach them, and what is broken, for the time in which hotroom is down.

use chrono::{NaiveTime, TimeDelta};
use serde::Serialize;

use super::schedule::overrides_in_force;
use crate::{
    app::Context,
    domain::{
        Timestamp,
        contact::{ContactMethod, MethodKind},
        ids::PersonId,
        incident::{Incident, IncidentKind},
        oncall,
    },
    render::Names,
    store::{IncidentFilter, Reads, StoreError},
};

/// How far ahead the sheet looks.
const AHEAD: TimeDelta = TimeDelta::days(7);
/// How many open incidents it lists, and how many shifts of a schedule.
const MOST: usize = 100;
/// The longest title, in characters.
const LONGEST_TITLE: usize = 200;

/// What the sheet says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sheet {
    /// The address of hotroom.
    pub url: String,
    /// The schedules.
    pub schedules: Vec<SheetSchedule>,
    /// Everybody in it, with how to reach them if that is wanted.
    pub people: Vec<SheetPerson>,
    /// The open incidents, newest first.
    pub incidents: Vec<SheetIncident>,
}

/// A schedule of the sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SheetSchedule {
    /// Its id.
    pub id: String,
    /// Its time zone, in which all its times are.
    pub zone: String,
    /// The shifts of the next days.
    pub shifts: Vec<SheetShift>,
    /// When nobody is on call.
    pub gaps: Vec<SheetShift>,
}

/// A shift, or a gap, of the sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SheetShift {
    /// Who is on call; empty in a gap.
    pub person: String,
    /// When it begins.
    pub from: String,
    /// When it ends.
    pub until: String,
}

/// A person of the sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SheetPerson {
    /// The name.
    pub name: String,
    /// How to reach them: the kind of the method and the address.
    pub contacts: Vec<SheetContact>,
}

/// A telephone number or mail address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SheetContact {
    /// The kind of the method.
    pub kind: &'static str,
    /// The number or address.
    pub address: String,
}

/// An open incident of the sheet; of a private one only the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SheetIncident {
    /// The key.
    pub key: String,
    /// The name of the severity; empty if it is private.
    pub severity: String,
    /// The title; empty if it is private.
    pub title: String,
    /// True if it is private.
    pub private: bool,
}

impl Sheet {
    /// The same without private incidents.
    pub fn without_private(mut self) -> Self {
        self.incidents.retain(|incident| !incident.private);
        self
    }
}

/// Gathers the sheet. `contacts`: with numbers and addresses.
pub fn gather(reads: &Reads<'_>, cx: Context<'_>, contacts: bool) -> Result<Sheet, StoreError> {
    // From the beginning of the day, so that the sheet stays the same while nothing changes.
    let today = cx.now.date_naive().and_time(NaiveTime::MIN).and_utc();
    let until = today + AHEAD + TimeDelta::days(1);
    let overrides = overrides_in_force(reads, cx.config, today, until)?;
    let names = Names::from(cx.config);
    let mut people: Vec<PersonId> = cx.config.pager.fallback.iter().cloned().collect();
    let mut schedules = Vec::new();
    for schedule in &cx.config.schedules {
        let moment = |at: Timestamp| at.with_timezone(&schedule.timezone).format("%a %-d %b %H:%M").to_string();
        let shift = |person: String, from, until| SheetShift { person, from: moment(from), until: moment(until) };
        let mut shifts = oncall::shifts(schedule, &overrides, today, until);
        shifts.retain(|shift| shift.until > cx.now);
        people.extend(shifts.iter().map(|shift| shift.person.clone()));
        let mut gaps = oncall::gaps(schedule, &overrides, today, until);
        gaps.retain(|gap| gap.until > cx.now);
        schedules.push(SheetSchedule {
            id: schedule.id.to_string(),
            zone: schedule.timezone.to_string(),
            shifts: shifts.iter().take(MOST).map(|s| shift(names.person(&s.person), s.from, s.until)).collect(),
            gaps: gaps.iter().take(MOST).map(|gap| shift(String::new(), gap.from, gap.until)).collect(),
        });
    }
    people.sort();
    people.dedup();
    let mut listed = Vec::new();
    for person in &people {
        let methods = if contacts { reads.contact_methods_of(person)? } else { Vec::new() };
        let contacts = methods.iter().filter_map(contact).collect();
        listed.push(SheetPerson { name: names.person(person), contacts });
    }
    let filter = IncidentFilter { open: Some(true), limit: MOST, ..IncidentFilter::default() };
    let open = reads.list_incidents(&filter)?.items;
    // A drill reaches only the people it pages.
    let real = open.iter().filter(|incident| incident.kind == IncidentKind::Real);
    let incidents = real.map(|incident| listed_incident(&names, incident)).collect();
    Ok(Sheet { url: cx.config.server.public_url.clone(), schedules, people: listed, incidents })
}

/// A method by which a person reaches another: no topic or key of a push service, which only programs use.
fn contact(method: &ContactMethod) -> Option<SheetContact> {
    let useful = match method.kind {
        MethodKind::Mail | MethodKind::Sms | MethodKind::Voice | MethodKind::Gateway => method.is_usable(),
        MethodKind::WebPush | MethodKind::Ntfy | MethodKind::Pushover | MethodKind::Webhook => false,
    };
    useful.then(|| SheetContact { kind: method.kind.name(), address: method.address.clone() })
}

fn listed_incident(names: &Names, incident: &Incident) -> SheetIncident {
    let key = incident.key.to_string();
    if incident.private {
        return SheetIncident { key, severity: String::new(), title: String::new(), private: true };
    }
    let severity = names.of("severity", incident.severity.name());
    SheetIncident { key, severity, title: incident.title.shown(LONGEST_TITLE), private: false }
}
