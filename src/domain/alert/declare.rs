//! Rules that declare incidents automatically.

use super::{Alert, DeclareRule, all_match};
use crate::domain::Timestamp;

/// Returns when a rule declares an incident for this alert, if it still fires then; `None` if the rule does not apply.
/// `critical` says whether a service is marked critical.
pub fn due_at(rule: &DeclareRule, alert: &Alert, critical: impl Fn(&str) -> bool) -> Option<Timestamp> {
    let service_fits = !rule.critical_service || alert.service.as_deref().is_some_and(critical);
    let severe_enough = rule.at_least.is_none_or(|least| alert.severity.is_some_and(|severity| severity <= least));
    if !alert.firing || !service_fits || !severe_enough || !all_match(&rule.matchers, &alert.labels) {
        return None;
    }
    let wait = chrono::TimeDelta::from_std(rule.after).unwrap_or(chrono::TimeDelta::MAX);
    Some(alert.starts_at.checked_add_signed(wait).unwrap_or(Timestamp::MAX_UTC))
}

/// True if maintenance does not mute this alert, because a rule that applies during maintenance matches it.
pub fn fires_during_maintenance(rules: &[DeclareRule], alert: &Alert, critical: impl Fn(&str) -> bool) -> bool {
    rules.iter().filter(|rule| rule.during_maintenance).any(|rule| due_at(rule, alert, &critical).is_some())
}

/// Returns the rule that is due first for this alert, and when.
pub fn rule_for<'a>(
    rules: &'a [DeclareRule],
    alert: &Alert,
    critical: impl Fn(&str) -> bool,
) -> Option<(&'a DeclareRule, Timestamp)> {
    let due = |rule: &'a DeclareRule| due_at(rule, alert, &critical).map(|at| (rule, at));
    rules.iter().filter_map(due).min_by_key(|(_, at)| *at)
}
