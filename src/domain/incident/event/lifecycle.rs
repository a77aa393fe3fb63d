//! Declaration, status, severity, title, privacy, and joining with other incidents.

use serde::{Deserialize, Serialize};

use super::{
    field::{FieldChanges, FieldContent},
    texts::replace_optional,
};
use crate::domain::{
    Timestamp,
    ids::{AlertId, IncidentId, Key, KindId, ServiceId, StatusId},
    incident::{Category, IncidentKind, Severity, TimeName},
    text::Untrusted,
};

/// How an incident ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// What was done.
    pub summary: Untrusted,
    /// The class of the cause, one of `[workflow] causes`.
    pub cause: Option<String>,
}

/// How the declarer judged an incident, in the names of the severity matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// How many customers are affected, and how badly.
    pub impact: String,
    /// How soon it has to be fixed.
    pub urgency: String,
}

/// The alert because of which a severity was raised, or is to be raised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinedAlert {
    /// The alert.
    pub alert: AlertId,
    /// What it said.
    pub title: Untrusted,
}

/// An event of an incident's life as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum LifecycleEvent {
    /// It was declared; every other event follows this one.
    Declared {
        id: IncidentId,
        key: Key,
        title: Untrusted,
        description: Untrusted,
        status: StatusId,
        category: Category,
        severity: Severity,
        kind: IncidentKind,
        /// The operator's own name of that kind.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        own_kind: Option<KindId>,
        private: bool,
        service: Option<ServiceId>,
        impact_since: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        judgement: Option<Judgement>,
        /// How many customers are affected.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        affected: Option<Untrusted>,
    },
    /// It moved along the workflow.
    StatusChanged {
        from: StatusId,
        to: StatusId,
        category: Category,
        reason: Option<Untrusted>,
        /// The named times that this status sets.
        stamps: Vec<TimeName>,
    },
    /// Its severity was raised or lowered; with `because`, a more severe alert joined it and the bot raised it; with `merged`,
    /// that more severe incident was merged into it.
    SeverityChanged {
        from: Severity,
        to: Severity,
        reason: Option<Untrusted>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<JoinedAlert>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        merged: Option<Key>,
    },
    /// A more severe alert joined it, and the people in the room are asked whether to raise the severity.
    SeverityProposed { to: Severity, because: JoinedAlert },
    /// It became visible to members only, or to everyone.
    PrivacyChanged { private: bool },
    /// Its title changed.
    Renamed { from: Untrusted, to: Untrusted },
    /// Its resolution was recorded.
    ResolutionRecorded { resolution: Resolution },
    /// Values of its fields were set or removed.
    FieldsChanged {
        fields: FieldChanges,
        /// True if they were read off its alerts.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        from_alerts: bool,
    },
    /// It became part of another incident, which took these open tasks.
    Merged {
        into: IncidentId,
        key: Key,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tasks: Vec<u32>,
    },
    /// Another incident became part of this one.
    Absorbed { other: IncidentId, key: Key },
}

impl LifecycleEvent {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Declared { .. } => "declared",
            Self::StatusChanged { .. } => "status_changed",
            Self::SeverityChanged { .. } => "severity_changed",
            Self::SeverityProposed { .. } => "severity_proposed",
            Self::PrivacyChanged { .. } => "privacy_changed",
            Self::Renamed { .. } => "renamed",
            Self::ResolutionRecorded { .. } => "resolution_recorded",
            Self::FieldsChanged { .. } => "fields_changed",
            Self::Merged { .. } => "merged",
            Self::Absorbed { .. } => "absorbed",
        }
    }

    /// The texts that people wrote.
    pub(super) fn texts(&self) -> Vec<&Untrusted> {
        match self {
            Self::Declared { title, description, affected, .. } => {
                [title, description].into_iter().chain(affected).collect()
            }
            Self::StatusChanged { reason, .. } | Self::SeverityChanged { reason, .. } => reason.iter().collect(),
            Self::Renamed { from, to } => vec![from, to],
            Self::ResolutionRecorded { resolution } => vec![&resolution.summary],
            Self::FieldsChanged { fields, .. } => fields.values().flatten().flat_map(FieldContent::texts).collect(),
            Self::SeverityProposed { .. }
            | Self::PrivacyChanged { .. }
            | Self::Merged { .. }
            | Self::Absorbed { .. } => Vec::new(),
        }
    }

    /// The event with each text that people wrote replaced.
    pub(super) fn map_texts(mut self, change: &mut impl FnMut(Untrusted) -> Untrusted) -> Self {
        match &mut self {
            Self::Declared { title, description, affected, .. } => {
                *title = change(std::mem::take(title));
                *description = change(std::mem::take(description));
                replace_optional(affected, change);
            }
            Self::StatusChanged { reason, .. } | Self::SeverityChanged { reason, .. } => {
                replace_optional(reason, change);
            }
            Self::Renamed { from, to } => {
                *from = change(std::mem::take(from));
                *to = change(std::mem::take(to));
            }
            Self::ResolutionRecorded { resolution: Resolution { summary, .. } } => {
                *summary = change(std::mem::take(summary));
            }
            Self::FieldsChanged { fields, .. } => {
                fields.values_mut().flatten().for_each(|value| value.map_texts(change));
            }
            Self::SeverityProposed { .. }
            | Self::PrivacyChanged { .. }
            | Self::Merged { .. }
            | Self::Absorbed { .. } => {}
        }
        self
    }
}
