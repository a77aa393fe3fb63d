//! What senders say besides signals: of an alert they have spoken of before, or of no alert at all.

use super::{Alert, Change, Fingerprint, Signal};
use crate::domain::text::Untrusted;

/// Something that has to be looked up before it means anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SenderAction {
    /// It fires. While it is open it keeps the name it began under, so that it stays in its group: such senders put
    /// counts and values into their one line.
    Trigger(Signal),
    /// Somebody has it where it came from. Of an alert that does not fire, this means nothing.
    Acknowledge {
        /// Which alert.
        fingerprint: Fingerprint,
        /// Who, as far as the sender says.
        by: Untrusted,
    },
    /// Something was changed somewhere: a deployment, a setting. It opens nothing; it is shown beside what broke after.
    Note(Change),
}

impl SenderAction {
    /// The signal in it, if it has one.
    pub fn signal_mut(&mut self) -> Option<&mut Signal> {
        match self {
            Self::Trigger(signal) => Some(signal),
            Self::Acknowledge { .. } | Self::Note(_) => None,
        }
    }
}

impl Signal {
    /// What was last said of an alert, said again.
    pub fn again(alert: &Alert) -> Self {
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
        }
    }

    /// The same under the name that the alert has already. Who has it, has it still.
    #[must_use]
    pub fn named_as(mut self, alert: &Alert) -> Self {
        self.name = alert.name.clone();
        self.labels.insert("alertname".to_owned(), alert.name.clone());
        self.acknowledged_by = alert.acknowledged_there.clone();
        self
    }
}
