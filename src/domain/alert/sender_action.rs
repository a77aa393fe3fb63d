//! Requests of senders that are no plain signals: they refer to an existing alert, or to none.

use super::{Alert, Change, Fingerprint, SenderWarning, Signal, WarningKind};
use crate::domain::text::Untrusted;

/// A request that needs the stored alert, or concerns no alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SenderAction {
    /// The alert fires. While it is open it keeps the name it began with, so that it stays in its group: such senders put
    /// counts and values into the summary.
    Trigger(Signal),
    /// The alert was acknowledged at its source. Ignored if it does not fire.
    Acknowledge {
        /// The alert.
        fingerprint: Fingerprint,
        /// Who acknowledged it, if the sender says so.
        by: Untrusted,
    },
    /// A deployment or a change of a setting.
    Note(Change),
}

impl SenderAction {
    /// Returns its signal, if it has one.
    pub fn signal_mut(&mut self) -> Option<&mut Signal> {
        match self {
            Self::Trigger(signal) => Some(signal),
            Self::Acknowledge { .. } | Self::Note(_) => None,
        }
    }
}

impl Signal {
    /// Notes something unusual in it.
    pub fn warn(&mut self, kind: WarningKind, detail: &str) {
        self.warnings.push(SenderWarning::new(kind, detail));
    }

    /// Returns the signal that repeats an alert as it is stored.
    pub fn repeat_of(alert: &Alert) -> Self {
        Self {
            fingerprint: alert.fingerprint.clone(),
            firing: alert.firing,
            name: alert.name.clone(),
            severity: alert.severity,
            service: alert.service.clone(),
            host: alert.host.clone(),
            summary: alert.summary.clone(),
            labels: alert.labels.clone(),
            annotations: alert.annotations.clone(),
            starts_at: None,
            ends_at: None,
            links: alert.links.clone(),
            acknowledged_by: alert.acknowledged_there.clone(),
            remarks: alert.remarks.clone(),
            truncated: alert.truncated,
            warnings: Vec::new(),
        }
    }

    /// Returns the signal with the name and the acknowledgement that the alert has already.
    #[must_use]
    pub fn with_name_of(mut self, alert: &Alert) -> Self {
        self.name = alert.name.clone();
        self.labels.insert("alertname".to_owned(), alert.name.clone());
        self.acknowledged_by = alert.acknowledged_there.clone();
        self
    }
}
