//! Commands about the severity of an incident, and its effect on the clock of updates.

use super::{
    Declare, Facts, Incident, IncidentEvent, JoinedAlert, Judgement, LifecycleEvent, Policy, Severity,
    rules::{must_be_open, reset_clock},
};
use crate::domain::{
    refusal::{IncidentRefusal, Refusal},
    text::Untrusted,
};

/// The severity of a declaration: the one that is given, else that of impact and urgency, else the default.
pub(super) fn severity_of(wanted: &Declare, policy: &Policy) -> Result<Severity, Refusal> {
    let Some(Judgement { impact, urgency }) = wanted.judged.as_ref() else {
        return Ok(wanted.severity.unwrap_or(policy.default_severity));
    };
    if let Some(severity) = wanted.severity {
        return Ok(severity);
    }
    let cell = policy.matrix.get(impact).and_then(|row| row.get(urgency));
    cell.copied()
        .ok_or_else(|| IncidentRefusal::UnknownJudgement { impact: impact.clone(), urgency: urgency.clone() }.into())
}

pub(super) fn set_severity(
    incident: &Incident,
    to: Severity,
    reason: Option<&Untrusted>,
    facts: &Facts<'_>,
) -> Result<Vec<IncidentEvent>, Refusal> {
    must_be_open(incident)?;
    if incident.severity == to {
        let value = facts.policy.severity(to).name.clone();
        return Err(IncidentRefusal::Already { what: "the severity".into(), value, by: None }.into());
    }
    let (from, reason) = (incident.severity, reason.cloned());
    let changed = LifecycleEvent::SeverityChanged { from, to, reason, because: None, merged: None };
    Ok(vec![changed.into(), reset_clock(incident, facts.policy, to, facts.now)])
}

/// What a rule asks for is never refused: nothing happens to an incident that is over, or as severe already.
pub(super) fn raise_severity(
    incident: &Incident,
    to: Severity,
    because: &JoinedAlert,
    facts: &Facts<'_>,
) -> Vec<IncidentEvent> {
    if !incident.is_open() || incident.severity <= to {
        return Vec::new();
    }
    let (from, because) = (incident.severity, Some(because.clone()));
    vec![
        LifecycleEvent::SeverityChanged { from, to, reason: None, because, merged: None }.into(),
        reset_clock(incident, facts.policy, to, facts.now),
    ]
}

pub(super) fn propose_severity(incident: &Incident, to: Severity, because: &JoinedAlert) -> Vec<IncidentEvent> {
    let asks = incident.is_open() && to < incident.severity;
    asks.then(|| LifecycleEvent::SeverityProposed { to, because: because.clone() }.into()).into_iter().collect()
}
