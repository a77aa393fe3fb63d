//! Post-mortems.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{actor, text};
use crate::{
    app::reviews::SectionVersion,
    domain::{
        incident::Incident,
        review::{MAX_SECTION, Postmortem, PostmortemSection, SectionComment},
    },
};

/// A post-mortem.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Postmortem)]
pub struct PostmortemShape {
    /// The key of its incident.
    #[schema(example = "HOT-12")]
    pub incident: String,
    /// The title of its incident.
    pub title: String,
    /// `draft`, `in_review`, `approved`, `published` or `skipped`.
    pub state: &'static str,
    /// Who writes it.
    pub owner: String,
    /// Who may approve it.
    pub approvers: Vec<String>,
    /// True if it is published only after an approval.
    pub needs_approval: bool,
    /// When the present step should be done; null if nothing is left.
    pub due: Option<DateTime<Utc>>,
    /// True if that time has passed.
    pub overdue: bool,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// Why none is written.
    pub skip_reason: Option<String>,
    /// Its sections, in order; empty in lists.
    pub sections: Vec<SectionShape>,
    /// The comments; empty in lists.
    pub comments: Vec<CommentShape>,
    /// Its version.
    pub version: u64,
}

/// A section, in Markdown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PostmortemSection)]
pub struct SectionShape {
    /// Its name in addresses.
    #[schema(example = "root_cause")]
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What belongs into it.
    pub help: String,
    /// Its text.
    pub text: String,
    /// Its version, which a change names.
    pub version: u32,
    /// True if the text comes from the record of the incident.
    pub prefilled: bool,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A comment on a section.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PostmortemComment)]
pub struct CommentShape {
    /// Its number.
    pub number: u32,
    /// The section.
    pub section: String,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The text.
    pub text: String,
    /// True if it is settled.
    pub resolved: bool,
}

/// A version of a section.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SectionVersion)]
pub struct VersionShape {
    /// Its number.
    pub version: u32,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// True if it comes from the record of the incident.
    pub prefilled: bool,
    /// The text.
    pub text: String,
}

impl PostmortemShape {
    /// A post-mortem without its text, for lists.
    pub fn of(postmortem: &Postmortem, incident: &Incident, now: DateTime<Utc>) -> Self {
        Self {
            incident: incident.key.to_string(),
            title: text(&incident.title),
            state: postmortem.state.name(),
            owner: postmortem.owner.to_string(),
            approvers: postmortem.approvers.iter().map(ToString::to_string).collect(),
            needs_approval: postmortem.needs_approval,
            due: postmortem.due,
            overdue: postmortem.is_overdue(now),
            opened_at: postmortem.opened_at,
            approved_by: postmortem.approved_by.as_ref().map(ToString::to_string),
            published_at: postmortem.published_at,
            skip_reason: postmortem.skip_reason.as_ref().map(text),
            sections: Vec::new(),
            comments: Vec::new(),
            version: postmortem.version,
        }
    }

    /// The same with its text.
    #[must_use]
    pub fn with_text(self, sections: &[PostmortemSection], comments: &[SectionComment]) -> Self {
        Self {
            sections: sections.iter().map(SectionShape::from).collect(),
            comments: comments.iter().map(CommentShape::from).collect(),
            ..self
        }
    }
}

impl From<&PostmortemSection> for SectionShape {
    fn from(section: &PostmortemSection) -> Self {
        Self {
            id: section.id.clone(),
            title: section.title.clone(),
            help: section.help.clone(),
            text: section.text.shown(MAX_SECTION),
            version: section.version,
            prefilled: section.prefilled,
            by: actor(&section.by),
            at: section.at,
        }
    }
}

impl From<&SectionComment> for CommentShape {
    fn from(comment: &SectionComment) -> Self {
        Self {
            number: comment.number,
            section: comment.section.clone(),
            by: actor(&comment.by),
            at: comment.at,
            text: text(&comment.text),
            resolved: comment.resolved,
        }
    }
}

impl From<&SectionVersion> for VersionShape {
    fn from(version: &SectionVersion) -> Self {
        Self {
            version: version.version,
            by: actor(&version.by),
            at: version.at,
            prefilled: version.prefilled,
            text: version.text.shown(MAX_SECTION),
        }
    }
}
