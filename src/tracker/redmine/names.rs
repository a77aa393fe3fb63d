//! Looks up names that Redmine numbers: statuses, priorities, types, categories and projects.

use super::{
    api::{RedmineApi, escape},
    settings::RedmineProject,
    wire::{
        CategoriesEnvelope, NamedBody, PrioritiesBody, ProjectBody, ProjectEnvelope, StatusBody, StatusesBody,
        TrackerBody, TrackersBody, UserEnvelope,
    },
};
use crate::tracker::TrackerFailure;

impl RedmineApi<'_> {
    /// All statuses.
    pub async fn statuses(&self) -> Result<Vec<StatusBody>, TrackerFailure> {
        let mut known = self.names.statuses.lock().await;
        if known.is_empty() {
            *known = self.get::<StatusesBody>("issue_statuses.json").await?.issue_statuses;
        }
        Ok(known.clone())
    }

    /// All priorities.
    pub async fn priorities(&self) -> Result<Vec<NamedBody>, TrackerFailure> {
        let mut known = self.names.priorities.lock().await;
        if known.is_empty() {
            *known = self.get::<PrioritiesBody>("enumerations/issue_priorities.json").await?.issue_priorities;
        }
        Ok(known.clone())
    }

    /// All types of issues.
    pub async fn trackers(&self) -> Result<Vec<TrackerBody>, TrackerFailure> {
        let mut known = self.names.trackers.lock().await;
        if known.is_empty() {
            *known = self.get::<TrackersBody>("trackers.json").await?.trackers;
        }
        Ok(known.clone())
    }

    /// The configured projects with their numbers. One that is missing or hidden is left out.
    pub async fn projects(&self) -> Result<Vec<ProjectBody>, TrackerFailure> {
        let mut known = self.names.projects.lock().await;
        for project in &self.settings.projects {
            if known.iter().any(|known| known.identifier == project.identifier) {
                continue;
            }
            let path = format!("projects/{}.json?include=trackers", escape(&project.identifier));
            known.extend(self.get_if_there::<ProjectEnvelope>(&path).await?.map(|body| body.project));
        }
        Ok(known.clone())
    }

    /// The account of the API key.
    pub async fn account(&self) -> Result<NamedBody, TrackerFailure> {
        let mut known = self.names.account.lock().await;
        if let Some(account) = &*known {
            return Ok(account.clone());
        }
        let user = self.get::<UserEnvelope>("users/current.json").await?.user;
        let account = NamedBody { id: user.id, name: format!("{} {}", user.firstname, user.lastname) };
        Ok(known.insert(account).clone())
    }

    /// The number of the priority with a name.
    ///
    /// # Errors
    /// Names the priorities that there are.
    pub async fn priority_id(&self, name: &str) -> Result<u64, TrackerFailure> {
        let known = self.priorities().await?;
        by_name(&known, name).ok_or_else(|| missing("priority", name, &known))
    }

    /// The number of the type that new issues of a project have; `None` for the first of the project.
    ///
    /// # Errors
    /// Names the types that there are.
    pub async fn tracker_id(&self, issue_type: Option<&String>) -> Result<Option<u64>, TrackerFailure> {
        let Some(name) = issue_type else { return Ok(None) };
        let known: Vec<NamedBody> = self
            .trackers()
            .await?
            .into_iter()
            .map(|tracker| NamedBody { id: tracker.id, name: tracker.name })
            .collect();
        by_name(&known, name).map(Some).ok_or_else(|| missing("tracker", name, &known))
    }

    /// The number of the category that stands for a component; `None` if the project has none.
    pub async fn category_id(&self, project: &RedmineProject, component: &str) -> Result<Option<u64>, TrackerFailure> {
        // The list of its own needs the permission to manage categories.
        let path = format!("projects/{}.json?include=issue_categories", escape(&project.identifier));
        let found = self.get_if_there::<CategoriesEnvelope>(&path).await?;
        Ok(found.and_then(|body| by_name(&body.project.issue_categories, component)))
    }
}

fn by_name(known: &[NamedBody], name: &str) -> Option<u64> {
    known.iter().find(|known| known.name.eq_ignore_ascii_case(name)).map(|known| known.id)
}

fn missing(what: &str, name: &str, known: &[NamedBody]) -> TrackerFailure {
    let names: Vec<&str> = known.iter().map(|known| known.name.as_str()).collect();
    TrackerFailure::Refused(format!("Redmine has no {what} \"{name}\"; it has {}", names.join(", ")))
}
