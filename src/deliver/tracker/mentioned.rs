//! The issue that a pull request names: whether it is moved, and where to.

use crate::{
    config::OutsideTracker,
    domain::{
        effect::SkipReason,
        ids::Key,
        incident::Incident,
        tracker::{Issue, IssueField, IssueStage, PullRequest, PullRequestStep},
    },
    store::{Reads, StoreError},
    tracker::TrackerProject,
};

/// An issue that a pull request names.
pub(super) struct MentionedIssue<'a> {
    pub(super) reads: &'a Reads<'a>,
    pub(super) outside: &'a OutsideTracker,
    pub(super) key: &'a Key,
    pub(super) step: PullRequestStep,
}

impl MentionedIssue<'_> {
    /// The move, if the pull request stands where it did.
    pub(super) fn request(&self, pull: Option<PullRequest>) -> Result<Result<MentionedMove, SkipReason>, StoreError> {
        let Some(pull) = pull else { return Ok(Err(SkipReason::NoSubject)) };
        if !pull.stands_at(self.step) {
            return Ok(Err(SkipReason::StateChanged));
        }
        let (project, issue) = match self.reads.incident_by_key(self.key)? {
            Some(incident) => match self.linked(&incident)? {
                Ok(found) => found,
                Err(reason) => return Ok(Err(reason)),
            },
            None => match self.outside.project_with_prefix(&self.key.prefix) {
                Some(project) => (project, self.outside.issue_id(project, self.key)),
                None => return Ok(Err(SkipReason::NotMapped)),
            },
        };
        let Some(to) = project.pull_requests.get(&self.step) else { return Ok(Err(SkipReason::NotMapped)) };
        let fixed = match self.step {
            PullRequestStep::Opened => Vec::new(),
            PullRequestStep::Merged => project.resolution.iter().collect(),
        };
        let fields = fixed.into_iter().map(|(field, value)| IssueField { field: field.clone(), value: value.clone() });
        Ok(Ok(MentionedMove {
            issue,
            project: project.name.clone(),
            to: to.clone(),
            step: self.step,
            fields: fields.collect(),
            restricted: self.outside.private,
            instance: self.reads.instance_id()?,
        }))
    }

    /// The issue of an incident, if it may be written to.
    fn linked(&self, incident: &Incident) -> Result<Result<(&TrackerProject, String), SkipReason>, StoreError> {
        if incident.private && !self.outside.private {
            return Ok(Err(SkipReason::PrivateIncident));
        }
        let link = self.reads.issue_link(incident.id)?.filter(|link| link.tracker == self.outside.id());
        let Some(link) = link else { return Ok(Err(SkipReason::NoIssue)) };
        let (Some(issue), Some(project)) = (link.linked(), self.outside.project(&link.project)) else {
            return Ok(Err(SkipReason::NoIssue));
        };
        Ok(Ok((project, issue.id.clone())))
    }
}

/// An issue that is to be moved because of a pull request.
pub(super) struct MentionedMove {
    /// The id of the issue, or its key.
    pub(super) issue: String,
    /// Its project.
    pub(super) project: String,
    /// The name of the status.
    pub(super) to: String,
    /// What became of the pull request.
    pub(super) step: PullRequestStep,
    /// Fields that are set with it.
    pub(super) fields: Vec<IssueField>,
    /// True if a restricted issue may be written to.
    pub(super) restricted: bool,
    /// The id of this hotroom in marks.
    pub(super) instance: Option<String>,
}

impl MentionedMove {
    /// True unless the issue stays as it is: it is elsewhere, restricted, that of another hotroom, or there already. What is
    /// done does not go back to a review.
    pub(super) fn moves(&self, issue: &Issue) -> bool {
        let is_here = issue.project.eq_ignore_ascii_case(&self.project);
        let may_write = self.restricted || !issue.restricted;
        let goes_back = self.step == PullRequestStep::Opened && issue.stage == IssueStage::Done;
        is_here && may_write && !goes_back && !self.is_of_another(issue) && !issue.status.eq_ignore_ascii_case(&self.to)
    }

    fn is_of_another(&self, issue: &Issue) -> bool {
        let own = self.instance.as_ref().map(|instance| format!("hotroom-{instance}-"));
        let marks = issue.labels.iter().filter_map(|label| label.strip_prefix("hotroom-").map(|_| label));
        marks.into_iter().any(|mark| own.as_ref().is_none_or(|own| !mark.starts_with(own)))
    }
}
