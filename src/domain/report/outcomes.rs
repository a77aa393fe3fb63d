//! What incidents say about how they are noticed, and whether they come back.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::MeasuredIncident;

/// Within how many days the same cause in the same service is a recurrence.
pub const RECURS_WITHIN: i64 = 90;

/// The class of a cause that says nothing.
const UNKNOWN: &str = "unknown";

/// An incident with the fields that outcomes are computed from, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeIncident<'i> {
    /// The incident.
    pub incident: &'i MeasuredIncident,
    /// Who detected it.
    pub detection: Option<String>,
    /// The class of its cause.
    pub cause: Option<String>,
    /// The key of the incident that it repeats, as a person said.
    pub repeat_of: Option<String>,
}

/// What incidents of a period say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// How many incidents say who detected them.
    pub detection_known: usize,
    /// How many of these we detected, before a customer told us.
    pub detected_by_us: usize,
    /// How many have a class of the cause that says something, and a service, or a person said what they repeat.
    pub recurrence_known: usize,
    /// The keys of those that came back, the newest first.
    pub recurring: Vec<String>,
}

impl Outcomes {
    /// Computes outcomes of incidents that are sorted with the newest first. `counted` says which of them are of the period:
    /// earlier ones are only what others repeat.
    pub fn of(incidents: &[OutcomeIncident<'_>], counted: impl Fn(&MeasuredIncident) -> bool) -> Self {
        let mut out = Self::default();
        let mut last: BTreeMap<(String, String), &MeasuredIncident> = BTreeMap::new();
        for one in incidents.iter().rev() {
            let cause = one.cause.clone().filter(|cause| cause != UNKNOWN);
            let class = one.incident.service.as_ref().map(ToString::to_string).zip(cause);
            let before = class.clone().and_then(|class| last.insert(class, one.incident));
            let again = before
                .is_some_and(|earlier| one.incident.declared - earlier.declared <= TimeDelta::days(RECURS_WITHIN));
            if !counted(one.incident) {
                continue;
            }
            if let Some(detection) = &one.detection {
                out.detection_known += 1;
                out.detected_by_us += usize::from(detection != "customer");
            }
            out.recurrence_known += usize::from(class.is_some() || one.repeat_of.is_some());
            if again || one.repeat_of.is_some() {
                out.recurring.insert(0, one.incident.key.to_string());
            }
        }
        out
    }
}
