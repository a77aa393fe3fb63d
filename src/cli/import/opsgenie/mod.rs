//! `hotroom import opsgenie`: people, teams, schedules and escalation policies from a folder of answers of Opsgenie's API.

mod answers;
mod escalations;
mod schedules;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, path::Path};

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use super::on_call::{
    self, FindingSort, Findings, GivenNames, OnCallImport, OnCallSettings, OverrideToEnter, PersonSettings,
    ServiceSettings, TeamSettings,
};
use answers::{
    OpsgenieAnswer, OpsgenieEscalation, OpsgenieRecipient, OpsgenieSchedule, OpsgenieScheduleOverride, OpsgenieTeam,
    OpsgenieUser,
};

/// The work in progress.
#[derive(Default)]
struct Conversion {
    settings: OnCallSettings,
    findings: Findings,
    people: GivenNames,
    teams: GivenNames,
    schedules: GivenNames,
    policies: GivenNames,
    /// The addresses of users, by which members and participants may name them.
    by_address: BTreeMap<String, String>,
}

/// Reads a folder. `now`: overrides that are over are left out.
///
/// # Errors
/// Names the file that is missing or cannot be read, and where.
pub(super) fn opsgenie(folder: &Path, now: DateTime<Utc>) -> Result<OnCallImport, String> {
    let mut conversion = Conversion::default();
    let users: Vec<OpsgenieUser> = all(folder, "users.json")?;
    users.iter().for_each(|user| conversion.user(user));
    let teams: Vec<OpsgenieTeam> = each(folder, "teams")?;
    teams.iter().for_each(|team| conversion.team(team));
    let schedules: Vec<OpsgenieSchedule> = all(folder, "schedules.json")?;
    schedules.iter().for_each(|schedule| conversion.schedule(schedule));
    let escalations: Vec<OpsgenieEscalation> = all(folder, "escalations.json")?;
    escalations.iter().for_each(|escalation| conversion.escalation(escalation));
    conversion.services(&teams, &escalations);
    for list in each::<Vec<OpsgenieScheduleOverride>>(folder, "overrides")? {
        list.iter().filter(|entry| entry.end_date > now).for_each(|entry| conversion.override_of(entry));
    }
    Ok(OnCallImport { settings: conversion.settings, findings: conversion.findings.sorted() })
}

/// Reads an answer that is a list.
fn all<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Vec<T>, String> {
    answer(&folder.join(name))
}

/// Reads a folder of answers.
fn each<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Vec<T>, String> {
    on_call::answers_in(&folder.join(name)).iter().map(|path| answer(path)).collect()
}

fn answer<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    on_call::answer(path, "\"data\"").map(|answer: OpsgenieAnswer<T>| answer.data)
}

impl Conversion {
    fn find(&mut self, sort: FindingSort, text: String) {
        self.findings.find(sort, text);
    }

    fn user(&mut self, user: &OpsgenieUser) {
        let named = format!("user {}", user.username);
        if user.blocked {
            self.find(FindingSort::Noted, format!("{named} is blocked in Opsgenie, and left out"));
            return;
        }
        let local = user.username.split('@').next().unwrap_or_default();
        let id = self.people.give(&user.id, local);
        let address = user.username.to_lowercase();
        if self.by_address.insert(address, id.clone()).is_some() {
            self.find(FindingSort::Noted, format!("{named} occurs twice"));
        }
        let role = user.role.as_ref().map(|role| role.name.to_lowercase()).unwrap_or_default();
        let access = match role.as_str() {
            "owner" | "admin" => "admin",
            "stakeholder" | "observer" => "reporter",
            _ => "responder",
        };
        let mail = Some(user.username.clone()).filter(|address| address.contains('@'));
        if mail.is_none() {
            self.find(
                FindingSort::Noted,
                format!("{named} has no mail address: pages reach that person in the chat only"),
            );
        }
        let timezone = self.findings.zone(user.time_zone.as_deref(), &named).to_string();
        if access == "admin" && self.settings.fallback.is_none() {
            self.settings.fallback = Some(id.clone());
        }
        let name = if user.full_name.is_empty() { local.to_owned() } else { user.full_name.clone() };
        self.settings.people.push(PersonSettings { id, name, access, timezone, mail, account: None });
    }

    fn team(&mut self, team: &OpsgenieTeam) {
        let id = self.teams.give(&team.id, &team.name);
        let members: Vec<String> = team.members.iter().filter_map(|member| self.person(&member.user)).collect();
        if members.len() < team.members.len() {
            let missing = team.members.len() - members.len();
            self.find(
                FindingSort::Noted,
                format!("team \"{}\" has members who are not among the users: {missing}", team.name),
            );
        }
        self.settings.teams.push(TeamSettings { id, name: team.name.clone(), members });
    }

    /// Opsgenie sends alerts to teams; here they go to services. Each team gets one of its name, with its policy.
    fn services(&mut self, teams: &[OpsgenieTeam], escalations: &[OpsgenieEscalation]) {
        for team in teams {
            let Some(id) = self.teams.of(&team.id).cloned() else { continue };
            let owned = escalations
                .iter()
                .filter(|escalation| escalation.owner_team.as_ref().is_some_and(|owner| owner.id == team.id));
            let mut policies = owned.filter_map(|escalation| self.policies.of(&escalation.id).cloned());
            let (policy, further) = (policies.next(), policies.count());
            let Some(policy) = policy.filter(|id| self.settings.policies.iter().any(|policy| policy.id == *id)) else {
                self.find(
                    FindingSort::Lost,
                    format!("team \"{}\" has no escalation: no service stands for it", team.name),
                );
                continue;
            };
            if further > 0 {
                let text =
                    format!("team \"{}\" has {} escalations; its service uses \"{policy}\"", team.name, further + 1);
                self.find(FindingSort::Noted, text);
            }
            // Where every alert paged, the most severe ones are to open an incident, which pages.
            let (name, team) = (team.name.clone(), Some(id.clone()));
            self.settings.services.push(ServiceSettings { name, team, id, policy, critical: true });
        }
        self.findings.unused_policies(&self.settings);
    }

    fn override_of(&mut self, entry: &OpsgenieScheduleOverride) {
        let schedule = entry.parent.as_ref().and_then(|parent| self.schedules.of(&parent.id));
        let person = self.person(&entry.user);
        self.findings.override_to_enter(&OverrideToEnter {
            schedule: schedule.map(String::as_str),
            person: person.as_deref(),
            called: entry.user.called(),
            from: entry.start_date,
            until: entry.end_date,
        });
    }

    /// The person that a user is.
    fn person(&self, user: &OpsgenieRecipient) -> Option<String> {
        let by_address = self.by_address.get(&user.username.to_lowercase());
        self.people.of(&user.id).or(by_address).cloned()
    }

    /// The members of a team.
    fn members(&self, team: &str) -> Vec<String> {
        let id = self.teams.of(team);
        let team = self.settings.teams.iter().find(|team| Some(&team.id) == id);
        team.map(|team| team.members.clone()).unwrap_or_default()
    }
}
