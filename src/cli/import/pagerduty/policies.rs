//! Escalation policies of PagerDuty: rules, each with the delay until the next.

use super::{
    Conversion,
    answers::{PagerDutyPolicy, PagerDutyReference},
};
use crate::cli::import::on_call::{FindingSort, PolicySettings, StepSettings};

impl Conversion {
    pub(super) fn policy(&mut self, policy: &PagerDutyPolicy) {
        let id = self.policies.give(&policy.id, &policy.name);
        let named = format!("escalation \"{}\"", policy.name);
        let mut steps = Vec::new();
        for rule in &policy.escalation_rules {
            let mut targets = Vec::new();
            for target in &rule.targets {
                targets.extend(self.target(&named, target));
            }
            if targets.is_empty() {
                let text = format!("{named}: a rule pages nobody who can be carried; it is left out");
                self.find(FindingSort::Lost, text);
                continue;
            }
            let round_robin = rule
                .escalation_rule_assignment_strategy
                .as_ref()
                .is_some_and(|strategy| strategy.sort == "round_robin");
            steps.push(StepSettings { targets, minutes: rule.escalation_delay_in_minutes.max(1), round_robin });
        }
        if steps.is_empty() {
            self.find(FindingSort::Lost, format!("{named} has no rule that can be carried"));
            return;
        }
        self.settings.policies.push(PolicySettings {
            id,
            name: policy.name.clone(),
            repeat: policy.num_loops.min(100),
            steps,
        });
    }

    fn target(&mut self, named: &str, target: &PagerDutyReference) -> Option<String> {
        let found = match target.sort.as_str() {
            "user" | "user_reference" => self.person(target).map(|id| format!("person:{id}")),
            // A schedule that is not carried has a name, but no section.
            "schedule" | "schedule_reference" => self
                .schedules
                .of(&target.id)
                .filter(|id| self.settings.schedules.iter().any(|schedule| schedule.id == **id))
                .map(|id| format!("schedule:{id}")),
            _ => None,
        };
        if found.is_none() {
            let sort = target.sort.trim_end_matches("_reference");
            self.find(FindingSort::Lost, format!("{named}: nobody stands for the {sort} {}", target.called()));
        }
        found
    }
}
