//! What `hotroom check` finds out about Redmine. Nothing is written.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{
    api::{RedmineApi, escape},
    settings::RedmineProject,
    setup::PERMISSIONS,
    wire::{FieldsBody, IssuesBody, NamedBody, ProjectBody},
};
use crate::tracker::{TrackerFailure, TrackerFinding, TrackerReport};

#[derive(Deserialize)]
struct RoleEnvelope {
    role: RoleBody,
}

#[derive(Deserialize)]
struct RoleBody {
    permissions: Vec<String>,
}

#[derive(Deserialize)]
struct MemberEnvelope {
    user: MemberBody,
}

#[derive(Deserialize)]
struct MemberBody {
    #[serde(default)]
    admin: bool,
    #[serde(default)]
    memberships: Vec<MembershipBody>,
}

#[derive(Deserialize)]
struct MembershipBody {
    project: NamedBody,
    roles: Vec<NamedBody>,
}

/// Finds out whether Redmine can be reached and what the account may do in each project.
pub(super) async fn probe(api: RedmineApi<'_>) -> TrackerReport {
    let mut report = TrackerReport::default();
    match api.account().await {
        Ok(account) => report.account = Some(account.person()),
        Err(failure) => {
            report.findings.push(TrackerFinding::Wrong(failure.to_string()));
            return report;
        }
    }
    match statuses(api).await {
        Ok(finding) => report.findings.push(finding),
        Err(failure) => report.findings.push(TrackerFinding::Wrong(failure.to_string())),
    }
    for project in &api.settings.projects {
        match project_findings(api, project).await {
            Ok(findings) => report.findings.extend(findings),
            Err(failure) => {
                report.findings.push(TrackerFinding::Wrong(format!("{}: {failure}", project.identifier)));
            }
        }
    }
    report
}

async fn statuses(api: RedmineApi<'_>) -> Result<TrackerFinding, TrackerFailure> {
    let names: Vec<String> = api.statuses().await?.into_iter().map(|status| status.name).collect();
    Ok(TrackerFinding::Good(format!("statuses are {}", names.join(", "))))
}

async fn project_findings(
    api: RedmineApi<'_>,
    project: &RedmineProject,
) -> Result<Vec<TrackerFinding>, TrackerFailure> {
    let name = &project.identifier;
    let known = api.projects().await?;
    let Some(body) = known.iter().find(|known| known.identifier == *name) else {
        let text = format!("Redmine has no project {name}, or the account of the API key is no member of it");
        return Ok(vec![TrackerFinding::Wrong(text)]);
    };
    let mut findings = vec![issue_type(project, body)];
    for priority in project.priorities.values() {
        if let Err(failure) = api.priority_id(priority).await {
            findings.push(TrackerFinding::Wrong(format!("{name}: {failure}")));
        }
    }
    findings.extend(permissions(api, body).await?);
    findings.push(mark_field(api, project).await?);
    Ok(findings)
}

fn issue_type(project: &RedmineProject, body: &ProjectBody) -> TrackerFinding {
    let name = &project.identifier;
    let types: Vec<&str> = body.trackers.iter().map(|tracker| tracker.name.as_str()).collect();
    match &project.issue_type {
        Some(wanted) if !types.iter().any(|known| known.eq_ignore_ascii_case(wanted)) => {
            TrackerFinding::Wrong(format!("{name}: it has no tracker \"{wanted}\", but {}", types.join(", ")))
        }
        Some(wanted) => TrackerFinding::Good(format!("{name}: new issues have the tracker {wanted}")),
        None => match types.first() {
            Some(first) => TrackerFinding::Good(format!("{name}: new issues have the tracker {first}")),
            None => {
                TrackerFinding::Wrong(format!("{name}: it has no tracker; choose one in the settings of the project"))
            }
        },
    }
}

/// What the roles of the account lack in a project.
async fn permissions(api: RedmineApi<'_>, project: &ProjectBody) -> Result<Vec<TrackerFinding>, TrackerFailure> {
    let name = &project.identifier;
    let user = api.get::<MemberEnvelope>("users/current.json?include=memberships").await?.user;
    if user.admin {
        let text = format!("{name}: the account is an administrator; an account with a role of its own is enough");
        return Ok(vec![TrackerFinding::Warning(text)]);
    }
    let mut granted = BTreeSet::new();
    let memberships = user.memberships.iter().filter(|membership| membership.project.id == project.id);
    for role in memberships.flat_map(|membership| &membership.roles) {
        let role = api.get::<RoleEnvelope>(&format!("roles/{}.json", role.id)).await?.role;
        granted.extend(role.permissions);
    }
    let missing = PERMISSIONS.iter().filter(|permission| !granted.contains(permission.name));
    let findings: Vec<TrackerFinding> = missing
        .map(|permission| {
            let text = format!(
                "{name}: the account cannot {}; give its role the permission \"{}\"",
                permission.needed_for, permission.shown
            );
            if permission.is_vital { TrackerFinding::Wrong(text) } else { TrackerFinding::Warning(text) }
        })
        .collect();
    if findings.is_empty() {
        return Ok(vec![TrackerFinding::Good(format!("{name}: issues can be created, moved, assigned and watched"))]);
    }
    Ok(findings)
}

/// Whether the custom field of the mark is there and can be filtered by.
async fn mark_field(api: RedmineApi<'_>, project: &RedmineProject) -> Result<TrackerFinding, TrackerFailure> {
    let (name, field) = (&project.identifier, api.settings.mark_field);
    let path = format!("issues.json?project_id={}&status_id=*&limit=1", escape(name));
    if let Some(known) = api.get_if_there::<FieldsBody>("custom_fields.json").await? {
        let found = known.custom_fields.iter().find(|known| known.id == u64::from(field));
        return Ok(match found {
            Some(found) if found.customized_type.as_deref() != Some("issue") => {
                TrackerFinding::Wrong(format!("the custom field {field} ({}) is no field of issues", found.name))
            }
            Some(found) if !found.is_filter => {
                TrackerFinding::Wrong(format!("the custom field {field} ({}) needs \"Used as a filter\"", found.name))
            }
            Some(found) => TrackerFinding::Good(format!("the custom field {field} ({}) holds the mark", found.name)),
            None => TrackerFinding::Wrong(format!("Redmine has no custom field {field}")),
        });
    }
    // Only an administrator sees custom fields; a filter by one that cannot be filtered by finds everything.
    let any = api.get::<IssuesBody>(&path).await?.issues;
    let Some(any) = any.first() else {
        let text =
            format!("{name}: it has no issue yet, so that nothing shows whether the custom field {field} is there");
        return Ok(TrackerFinding::Warning(text));
    };
    if any.custom_fields.iter().all(|known| known.id != u64::from(field)) {
        let text =
            format!("{name}: its newest issue has no custom field {field}; add the field to the project and tracker");
        return Ok(TrackerFinding::Wrong(text));
    }
    let none = api.get::<IssuesBody>(&format!("{path}&cf_{field}=hotroom-check-finds-nothing")).await?.issues;
    Ok(if none.is_empty() {
        TrackerFinding::Good(format!("{name}: the custom field {field} holds the mark"))
    } else {
        TrackerFinding::Wrong(format!("{name}: the custom field {field} needs \"Used as a filter\""))
    })
}
