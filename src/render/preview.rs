//! The card below a message that refers to incidents or alert groups.

use minijinja::{context, value::Serde};

use super::{
    MessageRenderer,
    view::{GroupLine, IncidentView},
};
use crate::{
    chat::{Post, PostKind},
    domain::{
        alert::AlertGroup,
        incident::Incident,
        tracker::{IssueCard, PullRequest},
    },
};

/// What a message refers to, as far as everyone in its room may see it.
#[derive(Clone, Debug, Default)]
pub struct PreviewFacts {
    /// Incidents.
    pub incidents: Vec<Incident>,
    /// Alert groups.
    pub groups: Vec<AlertGroup>,
    /// Issues that belong to no incident.
    pub issues: Vec<IssueCard>,
    /// Pull requests.
    pub pulls: Vec<PullRequest>,
}

impl PreviewFacts {
    /// True if there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.incidents.is_empty() && self.groups.is_empty() && self.issues.is_empty() && self.pulls.is_empty()
    }
}

impl MessageRenderer<'_> {
    /// Builds the card below a message: `templates/chat/preview.md`.
    pub fn reference_card(&self, facts: &PreviewFacts) -> Post {
        let incidents: Vec<IncidentView<'_>> = facts.incidents.iter().map(|incident| self.view(incident)).collect();
        let groups: Vec<GroupLine> = facts.groups.iter().map(|group| GroupLine::of(group, None)).collect();
        let (issues, pulls) = (Serde(&facts.issues), Serde(&facts.pulls));
        let context = context! { incidents => Serde(incidents), groups => Serde(groups), issues, pulls };
        self.renderer.post(PostKind::Line, "chat/preview.md", &self.scene(), context)
    }
}
