//! Escalation policies of Opsgenie: rules whose delays are counted from the beginning of the alert.

use std::collections::BTreeMap;

use super::{
    Conversion,
    answers::{OpsgenieDelay, OpsgenieEscalation, OpsgenieEscalationRule, OpsgenieRecipient},
};
use crate::cli::import::on_call::{FindingSort, PolicySettings, StepSettings};

/// How long the last step waits where Opsgenie says nothing.
const LAST_STEP_MINUTES: u64 = 10;

impl Conversion {
    pub(super) fn escalation(&mut self, escalation: &OpsgenieEscalation) {
        let id = self.policies.give(&escalation.id, &escalation.name);
        let named = format!("escalation \"{}\"", escalation.name);
        let mut steps: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for rule in &escalation.rules {
            if let Some(target) = self.rule_target(&named, rule) {
                steps.entry(minutes(rule.delay.as_ref())).or_default().push(target);
            }
        }
        let Some(first) = steps.keys().next().copied() else {
            self.find(FindingSort::Lost, format!("{named} has no rule that can be carried"));
            return;
        };
        if first > 0 {
            self.find(
                FindingSort::Changed,
                format!("{named} waits {first} min before it pages anybody; here the first step begins at once"),
            );
        }
        let repeat = escalation.repeat.as_ref();
        if repeat.and_then(|repeat| repeat.close_alert_after_all) == Some(true) {
            self.find(
                FindingSort::Changed,
                format!("{named} closes the alert at its end; here the page is exhausted, and the alert stays"),
            );
        }
        let last = repeat.and_then(|repeat| repeat.wait_interval).filter(|wait| *wait > 0).unwrap_or(LAST_STEP_MINUTES);
        let begins: Vec<u64> = steps.keys().copied().collect();
        let ends = begins.iter().skip(1).copied().chain([begins.last().copied().unwrap_or_default() + last]);
        let steps = steps.into_values().zip(begins.iter().zip(ends));
        let steps = steps.map(|(targets, (begin, end))| StepSettings {
            targets,
            minutes: (end - begin).max(1),
            round_robin: false,
        });
        self.settings.policies.push(PolicySettings {
            id,
            name: escalation.name.clone(),
            repeat: repeat.and_then(|repeat| repeat.count).unwrap_or_default().min(100),
            steps: steps.collect(),
        });
    }

    /// Whom a rule pages.
    fn rule_target(&mut self, named: &str, rule: &OpsgenieEscalationRule) -> Option<String> {
        if rule.condition == "if-not-closed" {
            let text = format!("{named} goes on until the alert is closed; here an acknowledgement stops it");
            self.find(FindingSort::Changed, text);
        }
        let target = self.recipient(&rule.recipient);
        let called = rule.recipient.called();
        if target.is_none() {
            let sort = &rule.recipient.sort;
            self.find(FindingSort::Lost, format!("{named}: nobody stands for the {sort} {called}"));
        }
        let usual = matches!(rule.notify_type.as_str(), "" | "default");
        if target.is_some() && !usual {
            let kind = &rule.notify_type;
            let text = format!(
                "{named} notifies \"{kind}\" of {called}; here whoever is on call, or every member of a team, is paged"
            );
            self.find(FindingSort::Changed, text);
        }
        target
    }

    fn recipient(&self, recipient: &OpsgenieRecipient) -> Option<String> {
        match recipient.sort.as_str() {
            "user" => self.person(recipient).map(|id| format!("person:{id}")),
            "schedule" => self.schedules.of(&recipient.id).map(|id| format!("schedule:{id}")),
            "team" => self.teams.of(&recipient.id).map(|id| format!("team:{id}")),
            _ => None,
        }
    }
}

fn minutes(delay: Option<&OpsgenieDelay>) -> u64 {
    let Some(delay) = delay else { return 0 };
    match delay.time_unit.as_str() {
        "hours" => delay.time_amount.saturating_mul(60),
        "days" => delay.time_amount.saturating_mul(24 * 60),
        _ => delay.time_amount,
    }
}
