//! The operator's rules for post-mortems: `[postmortem]`.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::PostmortemStep;
use crate::domain::{ids::RoomId, severity::Severity};

/// `[postmortem]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostmortemPolicy {
    /// The rule of each severity.
    pub rules: BTreeMap<Severity, PostmortemRule>,
    /// How long before its target a step is reminded of.
    pub remind_before: Duration,
    /// How often a step is reminded of after its target.
    pub remind_every: Duration,
    /// How long after its target a step escalates to the managers.
    pub escalate_after: Duration,
    /// The rooms that published post-mortems are posted in.
    pub rooms: Vec<RoomId>,
}

/// The rule of a severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostmortemRule {
    /// True if a post-mortem is opened when the incident is resolved.
    pub required: bool,
    /// True if it is published only after an approval.
    pub approval: bool,
    /// The target time of each step.
    pub targets: StepTargets,
}

/// The target time of each step, from the end of the step before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTargets {
    /// From opening to submission.
    pub draft: Duration,
    /// From submission to approval.
    pub review: Duration,
    /// From approval to publication.
    pub publish: Duration,
}

impl StepTargets {
    /// Returns the time for a step.
    pub fn of(&self, step: PostmortemStep) -> Duration {
        match step {
            PostmortemStep::Draft => self.draft,
            PostmortemStep::Review => self.review,
            PostmortemStep::Publish => self.publish,
        }
    }
}

impl PostmortemPolicy {
    /// Returns the severities whose incidents get a post-mortem.
    pub fn required(&self) -> impl Iterator<Item = Severity> {
        self.rules.iter().filter(|(_, rule)| rule.required).map(|(severity, _)| *severity)
    }

    /// Returns the rule of a severity; the decoder fills all four.
    pub fn rule(&self, severity: Severity) -> PostmortemRule {
        self.rules[&severity]
    }
}
