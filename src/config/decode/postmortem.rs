//! Decodes `[postmortem]`, `[followups]` and `[documents]`.

use std::{path::PathBuf, time::Duration};

use super::{DAY, HOUR, policy::SEVERITIES, seconds, wikis};
use crate::{
    config::{DocumentsConfig, kinds, read::Section},
    domain::{
        ids::RoomId,
        review::{FollowUpPolicy, PostmortemPolicy, PostmortemRule, StepTargets},
    },
};

/// Steps and reminders are counted in hours at least: nobody is woken for a document.
const LONGEST: u64 = 365 * DAY;

pub(super) fn postmortem(s: &Section<'_>) -> PostmortemPolicy {
    PostmortemPolicy {
        rules: SEVERITIES.iter().filter_map(|(name, severity)| Some((*severity, s.table(name, rule)?))).collect(),
        remind_before: s.duration("remind_before", seconds(0, LONGEST)),
        remind_every: s.duration("remind_every", seconds(HOUR, LONGEST)),
        escalate_after: s.duration("escalate_after", seconds(0, LONGEST)),
        rooms: s.texts("rooms").unwrap_or_default().into_iter().map(RoomId::new).collect(),
    }
}

pub(super) fn followups(s: &Section<'_>) -> FollowUpPolicy {
    FollowUpPolicy {
        remind_before: s.duration("remind_before", seconds(0, LONGEST)),
        remind_every: s.duration("remind_every", seconds(HOUR, LONGEST)),
        target: s.duration("target", seconds(DAY, LONGEST)),
    }
}

/// The time for a priority follow-up of a service.
pub(super) fn followup_target(s: &Section<'_>) -> Option<Duration> {
    s.read("followup_target", "duration", |value| kinds::duration(value, seconds(DAY, LONGEST)))
}

pub(super) fn documents(s: &Section<'_>) -> DocumentsConfig {
    DocumentsConfig {
        folder: s.read("folder", "path", kinds::line).map(PathBuf::from),
        private: s.flag("private", false),
        blame_hints: s.flag("blame_hints", true),
        wikis: wikis::wikis(s),
    }
}

fn rule(s: &Section<'_>) -> PostmortemRule {
    let target = |key: &str| s.duration(key, seconds(HOUR, LONGEST));
    PostmortemRule {
        required: s.flag("required", false),
        approval: s.flag("approval", false),
        targets: StepTargets { draft: target("draft"), review: target("review"), publish: target("publish") },
    }
}
