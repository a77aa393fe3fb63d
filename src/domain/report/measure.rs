//! The moments of an incident, and the figures that run between two of them.

use serde::{Deserialize, Serialize};

use super::MeasuredIncident;
use crate::domain::Timestamp;

/// A moment of an incident that figures run from or to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Customers were first affected.
    Impact,
    /// It was first noticed.
    Detected,
    /// It was declared.
    Declared,
    /// A person first acknowledged it.
    Acknowledged,
    /// Two people worked on it.
    Assembled,
    /// Its cause was first known.
    Diagnosed,
    /// Customers were no longer affected, for good.
    Mitigated,
    /// It was resolved, for good.
    Resolved,
    /// Customers first read of it.
    Informed,
}

impl Moment {
    /// All, in the order they usually happen.
    pub const ALL: [Self; 9] = [
        Self::Impact,
        Self::Detected,
        Self::Declared,
        Self::Acknowledged,
        Self::Assembled,
        Self::Diagnosed,
        Self::Mitigated,
        Self::Resolved,
        Self::Informed,
    ];

    /// The name in figures and columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Impact => "impact",
            Self::Detected => "detected",
            Self::Declared => "declared",
            Self::Acknowledged => "acknowledged",
            Self::Assembled => "assembled",
            Self::Diagnosed => "diagnosed",
            Self::Mitigated => "mitigated",
            Self::Resolved => "resolved",
            Self::Informed => "informed",
        }
    }

    /// Its place in [`Self::ALL`].
    fn place(self) -> usize {
        match self {
            Self::Impact => 0,
            Self::Detected => 1,
            Self::Declared => 2,
            Self::Acknowledged => 3,
            Self::Assembled => 4,
            Self::Diagnosed => 5,
            Self::Mitigated => 6,
            Self::Resolved => 7,
            Self::Informed => 8,
        }
    }
}

/// The moments of an incident that are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moments([Option<Timestamp>; 9]);

impl Moments {
    /// Returns a moment; `None` if it is not known or has not come.
    pub fn get(&self, moment: Moment) -> Option<Timestamp> {
        self.0[moment.place()]
    }

    /// Sets a moment.
    pub fn set(&mut self, moment: Moment, at: Option<Timestamp>) {
        self.0[moment.place()] = at;
    }
}

/// What is measured: the time between two moments of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// How long nobody noticed it.
    Detect,
    /// How long nobody acknowledged it.
    Acknowledge,
    /// How long it took until two people worked on it.
    Assemble,
    /// How long nobody knew the cause.
    Diagnose,
    /// How long customers were affected after it was noticed.
    Mitigate,
    /// How long the team worked on it.
    Resolve,
    /// How long customers were affected.
    Outage,
    /// How long customers read nothing of it.
    Inform,
}

impl Measure {
    /// All, in the order they are shown.
    pub const ALL: [Self; 8] = [
        Self::Detect,
        Self::Acknowledge,
        Self::Assemble,
        Self::Diagnose,
        Self::Mitigate,
        Self::Resolve,
        Self::Outage,
        Self::Inform,
    ];

    /// The name in addresses and responses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Detect => "detect",
            Self::Acknowledge => "acknowledge",
            Self::Assemble => "assemble",
            Self::Diagnose => "diagnose",
            Self::Mitigate => "mitigate",
            Self::Resolve => "resolve",
            Self::Outage => "outage",
            Self::Inform => "inform",
        }
    }

    /// Finds a measure by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }

    /// The moment that it runs from.
    pub fn from(self) -> Moment {
        match self {
            Self::Detect | Self::Outage => Moment::Impact,
            Self::Acknowledge | Self::Diagnose | Self::Mitigate => Moment::Detected,
            Self::Assemble | Self::Resolve | Self::Inform => Moment::Declared,
        }
    }

    /// The moment that it runs to.
    pub fn until(self) -> Moment {
        match self {
            Self::Detect => Moment::Detected,
            Self::Acknowledge => Moment::Acknowledged,
            Self::Assemble => Moment::Assembled,
            Self::Diagnose => Moment::Diagnosed,
            Self::Mitigate | Self::Outage => Moment::Mitigated,
            Self::Resolve => Moment::Resolved,
            Self::Inform => Moment::Informed,
        }
    }

    /// Returns its milliseconds for an incident; `None` if one of its moments is missing, or if they lie in the other order:
    /// what was noticed before customers were affected took no time, and a zero would be false.
    pub fn of(self, incident: &MeasuredIncident) -> Option<i64> {
        let from = incident.moments.get(self.from())?;
        let until = incident.moments.get(self.until())?;
        let span = (until - from).num_milliseconds();
        if span < 0 { None } else { Some(span) }
    }
}
