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

/// A silence, and the number of alerts it matches now.
#[derive(Debug, Serialize, ToSchema)]
pub struct SilenceShape {
    /// Its id.
    pub id: String,
    /// `active`, `pending` or `expired`.
    pub state: String,
    /// Its matchers; for a silenced group or a snoozed alert, its labels.
    pub matchers: Vec<MatcherShape>,
    /// True if it covers one whole group.
    pub of_group: bool,
    /// True if it is the snooze of one alert: it covers no other alert with these labels, and ends when the alert is resolved.
    pub of_alert: bool,
    /// The id of that group, while it is open.
    pub group: Option<String>,
    /// True if the group is shelved: alerts still firing when it ends are posted again.
    pub shelved: bool,
    /// When it starts.
    pub from: DateTime<Utc>,
    /// When it ends; null if it lasts until the alerts it matches are resolved.
    pub until: Option<DateTime<Utc>>,
    /// Who created it: a person's id, or the name a client gave.
    pub by: String,
    /// The reason.
    pub comment: Option<String>,
    /// Number of firing alerts it matches.
    pub holds: u64,
}

/// A matcher.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatcherShape {
    /// The label.
    pub label: String,
    /// `=`, `!=`, `=~` or `!~`
    pub op: String,
    /// The text or regular expression.
    pub value: String,
}

/// What a silence would match.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReachShape {
    /// Number of alerts it would match, of those checked.
    pub held: u64,
    /// Number of alerts checked: at most a few thousand.
    pub looked_at: u64,
    /// Number of matching alerts that fire.
    pub firing: u64,
    /// True if it requires `sure`.
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
            of_alert: silence.snoozes().is_some(),
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
