//! Silences.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{some, text};
use crate::{
    app::silences::SilenceMatch,
    domain::{
        Timestamp,
        alert::{Matcher, SilencePreview},
        text::Untrusted,
    },
};

/// A silence, and what it holds now.
#[derive(Debug, Serialize, ToSchema)]
pub struct SilenceShape {
    /// Its id.
    pub id: String,
    /// `active`, `pending` or `expired`.
    pub state: String,
    /// Its conditions; of a silenced group the labels its alerts agree in.
    pub matchers: Vec<MatcherShape>,
    /// Whether it covers one group as a whole.
    pub of_group: bool,
    /// The id of that group, while it is open.
    pub group: Option<String>,
    /// Whether the group is put away: what fires afterwards is told afresh.
    pub shelved: bool,
    /// From then.
    pub from: DateTime<Utc>,
    /// Until then; null: until what it covers is over.
    pub until: Option<DateTime<Utc>>,
    /// Who made it: a person's id, or what a program said.
    pub by: String,
    /// Why.
    pub comment: Option<String>,
    /// How many alerts that fire it holds now.
    pub holds: u64,
}

/// One condition.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatcherShape {
    /// The label.
    pub label: String,
    /// `=`, `!=`, `=~` or `!~`
    pub op: String,
    /// The text or pattern.
    pub value: String,
}

/// What a silence would hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReachShape {
    /// How many alerts it would hold, of those that were looked at.
    pub held: u64,
    /// How many were looked at: at most some thousands.
    pub looked_at: u64,
    /// How many fire.
    pub firing: u64,
    /// Whether it needs `sure`.
    pub wide: bool,
}

impl SilenceShape {
    pub(crate) fn of(held: &SilenceMatch, now: Timestamp) -> Self {
        let silence = &held.silence;
        Self {
            id: silence.id.to_string(),
            state: silence.state(now).name().to_owned(),
            matchers: silence.matchers().iter().map(MatcherShape::of).collect(),
            of_group: silence.covers_group(),
            group: held.group.as_ref().map(|group| group.id.to_string()),
            shelved: silence.shelves(),
            from: silence.from,
            until: silence.until,
            by: text(&silence.by),
            comment: some(&silence.comment),
            holds: held.holds,
        }
    }
}

impl MatcherShape {
    fn of(matcher: &Matcher) -> Self {
        Self {
            label: Untrusted::from(matcher.label.as_str()).shown(200),
            op: matcher.op.sign().to_owned(),
            value: text(&Untrusted::from(matcher.value.as_str())),
        }
    }
}

impl ReachShape {
    pub(crate) fn of(reach: SilencePreview) -> Self {
        let SilencePreview { held, looked_at, firing } = reach;
        Self { held, looked_at, firing, wide: reach.is_wide() }
    }
}
