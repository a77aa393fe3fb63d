//! Checks that every page reaches someone.

use std::{collections::BTreeMap, time::Duration};

use secrecy::SecretString;

use crate::{
    config::{kinds, mistake::shown, read::Section, tree::Value},
    contact::ntfy::{NtfySettings, NtfyTarget},
};

pub(super) fn paging(root: &Section<'_>) {
    people(root);
    ntfy_topics(root);
    schedules(root);
    escalations(root);
    let pages = root.look("severity", |s| {
        ["sev1", "sev2", "sev3", "sev4"]
            .iter()
            .any(|sev| s.look(sev, |rule| rule.peek("page", kinds::flag).unwrap_or(false)).unwrap_or(false))
    });
    let fallback = root.look("pager", |s| s.peek("fallback", kinds::text)).flatten().unwrap_or_default();
    if pages == Some(true) && fallback.is_empty() {
        root.look("pager", |s| {
            s.warn("fallback", "nobody; an incident that names no service, or has nobody on call, pages no one");
        });
    }
    let mut critical = false;
    root.each("services", "id", |s| critical |= s.peek("critical", kinds::flag).unwrap_or(false));
    root.look("alerts", |alerts| {
        alerts.each("declare", "name", |rule| {
            if !critical && rule.peek("critical_service", kinds::flag) == Some(true) {
                rule.warn("critical_service", "no service is marked critical, so this rule never opens an incident");
            }
        });
    });
}

fn people(root: &Section<'_>) {
    let mut count = 0;
    let mut admins = 0;
    root.each("people", "id", |person| {
        count += 1;
        admins += usize::from(person.peek("access", kinds::text).as_deref() == Some("admin"));
    });
    if count == 0 {
        root.wrong("people", "nobody is listed; write at least one [[people]] with the access admin");
    } else if admins == 0 {
        root.warn("people", "nobody is admin, so nobody can reload the configuration from chat or make sign-in links");
    }
}

/// Warns about ntfy topics that others can guess, and then read: in My profile they are refused.
fn ntfy_topics(root: &Section<'_>) {
    let settings = root.look("ntfy", |s| NtfySettings {
        server: s.peek("server", kinds::text).unwrap_or_default(),
        token: s.has("token").then(|| SecretString::from("set")),
        private: false,
    });
    let Some(settings) = settings else { return };
    root.each("people", "id", |person| {
        for contact in person.peek("contacts", kinds::texts).unwrap_or_default() {
            let Some(topic) = contact.strip_prefix("ntfy:") else { continue };
            if NtfyTarget::parse(topic, &settings, None).is_ok_and(|target| !target.is_protected()) {
                person.warn(
                    "contacts",
                    "has an ntfy topic that others can guess, and then read: use one that /oncall contact add ntfy proposes, \
                     or protect the server with [ntfy] token",
                );
            }
        }
    });
}

fn schedules(root: &Section<'_>) {
    root.each("schedules", "id", |schedule| {
        schedule.each("layers", "id", |layer| {
            let Some(turns) = layer.peek("people", kinds::slots) else { return };
            if turns.iter().flatten().all(String::is_empty) {
                layer.wrong("people", "nobody takes turns; name at least one person");
            }
        });
    });
}

/// A target that is paged later than the next step is paged never, and one of several people in turn has no time of its own.
fn delays(step: &Section<'_>, targets: &[String]) {
    let read = |text: &str| kinds::duration(&Value::Raw(text.to_owned()), Duration::ZERO..=Duration::MAX).ok();
    let wait = step.peek("delay", kinds::text);
    for (target, after) in targets.iter().filter_map(|target| Some((target, kinds::split_delay(target).1?))) {
        let late = matches!((read(after), wait.as_deref().and_then(read)), (Some(after), Some(wait)) if after >= wait);
        if late {
            let why = "is not reached before the next step; its delay must be shorter than `delay`";
            step.wrong("targets", format!("{} {why}", shown(target)));
        }
        if step.peek("round_robin", kinds::flag) == Some(true) {
            let why = "people who are paged in turn have no delay of their own";
            step.wrong("round_robin", format!("{why}: {}", shown(target)));
        }
    }
}

fn escalations(root: &Section<'_>) {
    let mut teams = BTreeMap::new();
    root.each("teams", "id", |team| {
        let members = team.peek("members", kinds::texts).unwrap_or_default();
        teams.extend(team.peek("id", kinds::text).map(|id| (id, members.len())));
    });
    root.each("escalations", "id", |policy| {
        let mut steps = 0;
        policy.each("steps", "id", |step| {
            steps += 1;
            let Some(targets) = step.peek("targets", kinds::texts) else { return };
            if targets.is_empty() {
                step.wrong("targets", "this step pages nobody; name a schedule, a team or a person");
            }
            let empty = |team: &&str| teams.get(*team) == Some(&0);
            for team in targets.iter().filter_map(|t| kinds::split_delay(t).0.strip_prefix("team:")).filter(empty) {
                step.wrong("targets", format!("the team {} has no members, so this reaches nobody", shown(team)));
            }
            delays(step, &targets);
        });
        if steps == 0 {
            policy.wrong("steps", "this escalation pages nobody; write at least one [[escalations.steps]]");
        }
    });
}
