//! `hotroom import pagerduty`: people, teams, services, schedules and escalation policies from a folder of answers of
//! PagerDuty's API.

mod answers;
mod layers;
mod policies;
#[cfg(test)]
mod tests;

use std::path::Path;

use chrono::{DateTime, Utc};

use super::on_call::{
    self, FindingSort, Findings, GivenNames, ImportedAccount, OnCallImport, OnCallSettings, OverrideToEnter,
    PersonSettings, ServiceSettings, TeamSettings,
};
use answers::{
    PagerDutyMembers, PagerDutyOverride, PagerDutyOverrides, PagerDutyPolicies, PagerDutyReference,
    PagerDutyScheduleAnswer, PagerDutyService, PagerDutyServices, PagerDutyTeam, PagerDutyTeams, PagerDutyUser,
    PagerDutyUsers,
};

/// The work in progress.
#[derive(Default)]
struct Conversion {
    settings: OnCallSettings,
    findings: Findings,
    people: GivenNames,
    teams: GivenNames,
    services: GivenNames,
    schedules: GivenNames,
    policies: GivenNames,
}

/// Reads a folder. `now`: layers and overrides that are over are left out.
///
/// # Errors
/// Names the file that is missing or cannot be read, and where.
pub(super) fn pagerduty(folder: &Path, now: DateTime<Utc>) -> Result<OnCallImport, String> {
    let mut conversion = Conversion::default();
    let PagerDutyUsers { users, more } = on_call::answer(&folder.join("users.json"), "\"users\"")?;
    conversion.whole("users.json", more);
    users.iter().for_each(|user| conversion.user(user));
    if folder.join("teams.json").exists() {
        let PagerDutyTeams { teams, more } = on_call::answer(&folder.join("teams.json"), "\"teams\"")?;
        conversion.whole("teams.json", more);
        for team in &teams {
            conversion.team(folder, team)?;
        }
    }
    for path in on_call::answers_in(&folder.join("schedules")) {
        let answer: PagerDutyScheduleAnswer = on_call::answer(&path, "\"schedule\"")?;
        conversion.schedule(&answer.schedule, now);
    }
    let PagerDutyPolicies { escalation_policies, more } =
        on_call::answer(&folder.join("escalation_policies.json"), "\"escalation_policies\"")?;
    conversion.whole("escalation_policies.json", more);
    escalation_policies.iter().for_each(|policy| conversion.policy(policy));
    let PagerDutyServices { services, more } = on_call::answer(&folder.join("services.json"), "\"services\"")?;
    conversion.whole("services.json", more);
    services.iter().for_each(|service| conversion.service(service));
    conversion.findings.unused_policies(&conversion.settings);
    for path in on_call::answers_in(&folder.join("overrides")) {
        let schedule = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let list: PagerDutyOverrides = on_call::answer(&path, "\"overrides\"")?;
        list.overrides.iter().filter(|entry| entry.end > now).for_each(|entry| conversion.shift(&schedule, entry));
    }
    Ok(OnCallImport { settings: conversion.settings, findings: conversion.findings.sorted() })
}

impl Conversion {
    fn find(&mut self, sort: FindingSort, text: String) {
        self.findings.find(sort, text);
    }

    /// Lists come in pages; the first alone is not enough.
    fn whole(&mut self, file: &str, more: bool) {
        if more {
            let text =
                format!("{file} is one page of a longer list (\"more\" is true): join the pages and import again");
            self.find(FindingSort::Lost, text);
        }
    }

    fn user(&mut self, user: &PagerDutyUser) {
        let local = user.email.split('@').next().unwrap_or_default();
        let called = if local.is_empty() { &user.name } else { local };
        let id = self.people.give(&user.id, called);
        let named = format!("user {}", if user.name.is_empty() { &user.id } else { &user.name });
        let access = match user.role.as_str() {
            "owner" | "admin" => "admin",
            "observer" | "read_only_user" | "read_only_limited_user" | "restricted_access" => "reporter",
            _ => "responder",
        };
        let mail = Some(user.email.clone()).filter(|address| address.contains('@'));
        if mail.is_none() {
            let text = format!("{named} has no mail address: pages reach that person in the chat only");
            self.find(FindingSort::Noted, text);
        }
        let timezone = self.findings.zone(user.time_zone.as_deref(), &named).to_string();
        if access == "admin" && self.settings.fallback.is_none() {
            self.settings.fallback = Some(id.clone());
        }
        let name = if user.name.is_empty() { called.to_owned() } else { user.name.clone() };
        let account = Some(ImportedAccount { tool: "pagerduty", id: user.id.clone() });
        self.settings.people.push(PersonSettings { id, name, access, timezone, mail, account });
    }

    fn team(&mut self, folder: &Path, team: &PagerDutyTeam) -> Result<(), String> {
        let id = self.teams.give(&team.id, &team.name);
        let file = format!("members/{}.json", team.id);
        let mut members = Vec::new();
        if folder.join(&file).exists() {
            let answer: PagerDutyMembers = on_call::answer(&folder.join(&file), "\"members\"")?;
            self.whole(&file, answer.more);
            members.extend(answer.members.iter().filter_map(|member| self.people.of(&member.user.id).cloned()));
        }
        if members.is_empty() {
            self.find(FindingSort::Noted, format!("team \"{}\" has no members in {file}", team.name));
        }
        self.settings.teams.push(TeamSettings { id, name: team.name.clone(), members });
        Ok(())
    }

    fn service(&mut self, service: &PagerDutyService) {
        let named = format!("service \"{}\"", service.name);
        if service.status == "disabled" {
            self.find(FindingSort::Noted, format!("{named} is disabled in PagerDuty, and left out"));
            return;
        }
        let policy = service.escalation_policy.as_ref().and_then(|policy| self.policies.of(&policy.id)).cloned();
        let Some(policy) = policy.filter(|id| self.settings.policies.iter().any(|policy| policy.id == *id)) else {
            self.find(FindingSort::Lost, format!("{named} has no escalation policy that is carried"));
            return;
        };
        let mut teams = service.teams.iter().filter_map(|team| self.teams.of(&team.id).cloned());
        let (team, further) = (teams.next(), teams.count());
        if further > 0
            && let Some(team) = &team
        {
            let text = format!("{named} belongs to {} teams; here it belongs to \"{team}\"", further + 1);
            self.find(FindingSort::Changed, text);
        }
        let rule = service.incident_urgency_rule.as_ref();
        if rule.is_some_and(|rule| rule.sort == "use_support_hours") {
            let text = format!("{named} has support hours; `[[pager.urgency]]` says what pages how urgently, and when");
            self.find(FindingSort::Changed, text);
        }
        let low = rule.and_then(|rule| rule.urgency.as_deref()) == Some("low");
        let id = self.services.give(&service.id, &service.name);
        let name = service.name.clone();
        self.settings.services.push(ServiceSettings { id, name, team, policy, critical: !low });
    }

    fn shift(&mut self, schedule: &str, entry: &PagerDutyOverride) {
        let person = self.person(&entry.user);
        self.findings.override_to_enter(&OverrideToEnter {
            schedule: self.schedules.of(schedule).map(String::as_str),
            person: person.as_deref(),
            called: entry.user.called(),
            from: entry.start,
            until: entry.end,
        });
    }

    fn person(&self, user: &PagerDutyReference) -> Option<String> {
        self.people.of(&user.id).cloned()
    }
}
