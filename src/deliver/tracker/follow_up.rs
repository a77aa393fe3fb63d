//! What an effect of the issue of a follow-up comes to.

use super::send::{IssueSearch, TrackerRequest};
use crate::{
    app::tracker::account_of,
    config::OutsideTracker,
    deliver::{adapter::PrepareContext, guard::IncidentExtract},
    domain::{
        effect::{SkipReason, TrackerEffect},
        ids::FollowUpId,
        incident::{Category, Incident},
        review::{FollowUpItem, FollowUpState},
        tracker::{FollowUpIssue, IssueChange, IssueDraft, LinkState},
    },
    render::MessageRenderer,
    store::{Reads, StoreError},
    tracker::TrackerProject,
};

/// The label of the issues of follow-ups, where the tracker has labels.
const LABEL: &str = "follow-up";

/// Reads a follow-up and its link, and makes the request.
pub(super) fn request(
    cx: &PrepareContext,
    reads: &Reads<'_>,
    outside: &OutsideTracker,
    effect: &TrackerEffect,
    followup: FollowUpId,
) -> Result<Result<TrackerRequest, SkipReason>, StoreError> {
    let Some(link) = reads.followup_issue(followup)?.filter(|link| link.tracker == outside.id()) else {
        return Ok(Err(SkipReason::NoIssue));
    };
    if let TrackerEffect::ReadFollowUp { .. } = effect {
        return Ok(match &link.issue {
            Some(issue) if link.state != LinkState::Deleted => Ok(TrackerRequest::Read { issue: issue.id.clone() }),
            Some(_) | None => Err(SkipReason::NoIssue),
        });
    }
    let (Some(IncidentExtract::Full(incident)), Some(item)) = (&cx.incident, reads.followup(followup)?) else {
        return Ok(Err(SkipReason::NoSubject));
    };
    let Some(project) = outside.project(&link.project) else { return Ok(Err(SkipReason::NoTracker)) };
    if let TrackerEffect::CreateFollowUp { .. } = effect {
        let written = reads.postmortem(incident.id)?.is_some();
        let facts = DraftFacts { incident, item: &item, project, has_postmortem: written };
        return Ok(create(cx, &link, &facts));
    }
    Ok(update(cx, &link, &item, project))
}

/// What the issue of a follow-up is created from.
struct DraftFacts<'a> {
    incident: &'a Incident,
    item: &'a FollowUpItem,
    project: &'a TrackerProject,
    has_postmortem: bool,
}

fn create(cx: &PrepareContext, link: &FollowUpIssue, facts: &DraftFacts<'_>) -> Result<TrackerRequest, SkipReason> {
    let DraftFacts { incident, item, project, has_postmortem } = *facts;
    if link.state != LinkState::Creating {
        return Err(SkipReason::NoIssue);
    }
    let voice = MessageRenderer::new(&cx.app.renderer, &cx.config, cx.now);
    let account = |person| account_of(&cx.config, &link.tracker, person);
    let draft = IssueDraft {
        project: project.name.clone(),
        summary: voice.followup_summary(item),
        description: voice.followup_description(incident, item, has_postmortem),
        issue_type: project.followup_type.clone(),
        severity: None,
        component: incident.service.as_ref().map(|service| project.component(service)),
        fields: Vec::new(),
        labels: vec![LABEL.to_owned()],
        assignee: item.owner.as_ref().and_then(account),
        reporter: item.created_by.person().and_then(account),
        mark: link.mark.clone(),
        room: None,
    };
    let search = match (link.doubt_since, cx.uncertain) {
        (Some(since), _) => Some(IssueSearch::Since(since)),
        (None, true) => Some(IssueSearch::First),
        (None, false) => None,
    };
    Ok(TrackerRequest::Create { draft: Box::new(draft), search })
}

/// Moves the issue to the status that stands for the state of the follow-up.
fn update(
    cx: &PrepareContext,
    link: &FollowUpIssue,
    item: &FollowUpItem,
    project: &TrackerProject,
) -> Result<TrackerRequest, SkipReason> {
    let issue = link.linked().cloned().ok_or(SkipReason::NoIssue)?;
    if link.done == (item.state != FollowUpState::Open) {
        return Err(SkipReason::StateChanged);
    }
    // The workflow's own statuses stand for the states that the project does not map: closed, otherwise resolved, for what is
    // over.
    let categories = match item.state {
        FollowUpState::Open => [Category::Triage, Category::Active],
        FollowUpState::Done | FollowUpState::NotDoing => [Category::Closed, Category::Resolved],
    };
    let statuses = &cx.config.policy.workflow.statuses;
    let ordered = categories.iter().flat_map(|category| statuses.iter().filter(|status| status.category == *category));
    let to = project.followup_status(item.state, ordered.map(|status| &status.id)).ok_or(SkipReason::NotMapped)?;
    let change = IssueChange::Move { to: to.to_owned(), fields: Vec::new() };
    Ok(TrackerRequest::Change { issue, change: Box::new(change) })
}
