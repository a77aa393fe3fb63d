//! How urgent a page is, by the rules of `[[pager.urgency]]`.

use chrono::{Datelike, Timelike, Weekday};
use serde::{Deserialize, Serialize};

use super::Urgency;
use crate::domain::{Timestamp, severity::Severity};

/// A rule of `[[pager.urgency]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrgencyRule {
    /// The severities it is for.
    pub severities: Vec<Severity>,
    /// The days it is for; if empty, all.
    pub days: Vec<Weekday>,
    /// Start and end on the wall clock, as minutes of the day; an end before the start is on the next day. Absent is the
    /// whole day.
    pub hours: Option<(u16, u16)>,
    /// The zone of that clock.
    pub timezone: chrono_tz::Tz,
    /// The urgency.
    pub urgency: Urgency,
}

impl UrgencyRule {
    fn fits(&self, severity: Severity, now: Timestamp) -> bool {
        if !self.severities.contains(&severity) {
            return false;
        }
        let local = now.with_timezone(&self.timezone);
        let minute = local.hour() * 60 + local.minute();
        let (in_hours, day) = match self.hours {
            Some((from, until)) if from < until => {
                ((u32::from(from)..u32::from(until)).contains(&minute), local.weekday())
            }
            // Hours over midnight belong to the day they begin on.
            Some((from, _)) if minute >= u32::from(from) => (true, local.weekday()),
            Some((_, until)) if minute < u32::from(until) => (true, local.weekday().pred()),
            Some(_) => (false, local.weekday()),
            None => (true, local.weekday()),
        };
        in_hours && (self.days.is_empty() || self.days.contains(&day))
    }
}

/// Returns the urgency of a page for this severity: that of the first rule that fits, else high.
pub fn urgency_of(rules: &[UrgencyRule], severity: Severity, now: Timestamp) -> Urgency {
    rules.iter().find(|rule| rule.fits(severity, now)).map_or(Urgency::High, |rule| rule.urgency)
}
