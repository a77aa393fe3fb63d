//! The card below a message that refers to incidents or alert groups.

use minijinja::{context, value::Serde};

use super::{
    Voice,
    view::{GroupLine, IncidentView},
};
use crate::{
    chat::{Post, PostKind},
    domain::{alert::AlertGroup, incident::Incident},
};

/// What a message refers to, as far as everyone in its room may see it.
#[derive(Clone, Debug, Default)]
pub struct PreviewFacts {
    /// Incidents.
    pub incidents: Vec<Incident>,
    /// Alert groups.
    pub groups: Vec<AlertGroup>,
}

impl PreviewFacts {
    /// True if there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.incidents.is_empty() && self.groups.is_empty()
    }
}

impl Voice<'_> {
    /// Builds the card below a message: `templates/chat/preview.md`.
    pub fn reference_card(&self, facts: &PreviewFacts) -> Post {
        let incidents: Vec<IncidentView<'_>> = facts.incidents.iter().map(|incident| self.view(incident)).collect();
        let groups: Vec<GroupLine> = facts.groups.iter().map(|group| GroupLine::of(group, None)).collect();
        let context = context! { incidents => Serde(incidents), groups => Serde(groups) };
        self.renderer.post(PostKind::Line, "chat/preview.md", &self.scene(), context)
    }
}
