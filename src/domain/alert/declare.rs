//! Rules that open an incident by themselves.

use super::{Alert, DeclareRule, all_match};
use crate::domain::Timestamp;

/// When a rule asks for an incident because of this alert, if the alert still fires then; none: the rule does not speak
/// of it. `critical` tells whether a service is marked critical.
pub fn due_at(rule: &DeclareRule, alert: &Alert, critical: impl Fn(&str) -> bool) -> Option<Timestamp> {
    let service_fits = !rule.critical_service || alert.service.as_deref().is_some_and(critical);
    let grave_enough = rule.at_least.is_none_or(|least| alert.severity.is_some_and(|severity| severity <= least));
    if !alert.firing || !service_fits || !grave_enough || !all_match(&rule.matchers, &alert.labels) {
        return None;
    }
    let wait = chrono::TimeDelta::from_std(rule.after).unwrap_or(chrono::TimeDelta::MAX);
    Some(alert.starts_at.checked_add_signed(wait).unwrap_or(Timestamp::MAX_UTC))
}

/// The rule that speaks first because of this alert, and when.
pub fn rule_for<'a>(
    rules: &'a [DeclareRule],
    alert: &Alert,
    critical: impl Fn(&str) -> bool,
) -> Option<(&'a DeclareRule, Timestamp)> {
    let due = |rule: &'a DeclareRule| due_at(rule, alert, &critical).map(|at| (rule, at));
    rules.iter().filter_map(due).min_by_key(|(_, at)| *at)
}
