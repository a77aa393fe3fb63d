//! How the severity of an incident was set, and which alerts a person knew of when setting it.

use super::{IncidentEvent, LifecycleEvent, Severity};
use crate::domain::{ids::AlertId, people::Actor};

/// An alert that called for a severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Call {
    alert: AlertId,
    severity: Severity,
}

/// How the severity of an incident was set, read from its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeverityHistory {
    set_by: Actor,
    proposed: Option<Severity>,
    /// Alerts that called for a higher severity since a person last set it.
    unanswered: Vec<Call>,
    /// Those that a person has answered by setting a severity.
    answered: Vec<Call>,
}

impl SeverityHistory {
    /// Reads the history. `None` if the events do not begin with the declaration.
    pub fn of<'e>(events: impl IntoIterator<Item = (&'e IncidentEvent, &'e Actor)>) -> Option<Self> {
        let mut events = events.into_iter();
        let (IncidentEvent::Lifecycle(LifecycleEvent::Declared { .. }), declared_by) = events.next()? else {
            return None;
        };
        let mut history =
            Self { set_by: declared_by.clone(), proposed: None, unanswered: Vec::new(), answered: Vec::new() };
        events.for_each(|(event, actor)| history.apply(event, actor));
        Some(history)
    }

    fn apply(&mut self, event: &IncidentEvent, actor: &Actor) {
        let IncidentEvent::Lifecycle(event) = event else { return };
        // A merge raises the severity in nobody's name.
        if let LifecycleEvent::SeverityChanged { to, because, merged: None, .. } = event {
            self.set_by = actor.clone();
            self.proposed = None;
            if actor.person().is_some() {
                self.answered.append(&mut self.unanswered);
            }
            self.unanswered.extend(because.iter().map(|joined| Call { alert: joined.alert, severity: *to }));
        }
        if let LifecycleEvent::SeverityProposed { to, because } = event {
            self.proposed = Some(self.proposed.map_or(*to, |before| before.min(*to)));
            self.unanswered.push(Call { alert: because.alert, severity: *to });
        }
    }

    /// True if a person set the severity, not a rule.
    pub fn is_set_by_person(&self) -> bool {
        self.set_by.person().is_some()
    }

    /// True if people were asked for this severity, or for a higher one, since it was last set.
    pub fn is_proposed(&self, severity: Severity) -> bool {
        self.proposed.is_some_and(|proposed| proposed <= severity)
    }

    /// The alerts that called for this severity or a higher one, and that a person answered by setting a severity.
    pub fn answered(&self, severity: Severity) -> impl Iterator<Item = AlertId> {
        self.answered.iter().filter(move |call| call.severity <= severity).map(|call| call.alert)
    }
}
