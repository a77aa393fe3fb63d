//! `/incidents/{key}/postmortem`: the document, its sections to edit, comments and what is next.

use serde::Serialize;

use super::{
    page_context::PageContext,
    words::{self, ConfigNames},
};
use crate::{
    app::reviews,
    domain::{
        incident::Incident,
        people::{Access, Actor},
        review::{EXTERNAL, MAX_SECTION, Postmortem, PostmortemSection, PostmortemState, SectionComment},
    },
    store::{Reads, StoreError},
};

/// The context of `templates/web/postmortem.html`, without the frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PostmortemPage {
    /// The key of the incident.
    pub key: String,
    /// The title of the incident.
    pub title: String,
    /// True for a drill.
    pub drill: bool,
    /// True if only members see it.
    pub private: bool,
    /// True if the reader may change it.
    pub may_edit: bool,
    /// True if one can be opened.
    pub may_open: bool,
    /// The document; `None` if none was opened.
    pub postmortem: Option<PostmortemView>,
}

/// A document.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PostmortemView {
    /// `draft`, `in_review`, `approved`, `published` or `skipped`.
    pub state: &'static str,
    /// Who writes it.
    pub owner: String,
    /// Who may approve it.
    pub approvers: Vec<String>,
    /// True if it is published only after an approval.
    pub needs_approval: bool,
    /// When the present step should be done.
    pub due: Option<String>,
    /// True if that has passed.
    pub overdue: bool,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When it was published.
    pub published_at: Option<String>,
    /// Why none is written.
    pub skip_reason: Option<String>,
    /// The sections, the message for customers last.
    pub sections: Vec<SectionView>,
    /// Entries of the timeline to insert, in Markdown.
    pub entries: Vec<String>,
}

/// A section.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SectionView {
    /// Its name.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What belongs into it.
    pub help: String,
    /// Its text, in Markdown.
    pub text: String,
    /// The same for reading.
    pub html: String,
    /// Its version.
    pub version: u32,
    /// True if it comes from the record.
    pub prefilled: bool,
    /// True for the message for customers.
    pub external: bool,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: String,
    /// Sentences that name a person beside words of fault.
    pub hints: Vec<String>,
    /// The comments.
    pub comments: Vec<CommentView>,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommentView {
    /// Its number.
    pub number: u32,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: String,
    /// The text, for reading.
    pub html: String,
    /// True if it is settled.
    pub resolved: bool,
}

/// Reads the post-mortem of an incident that the reader may see.
pub fn read(reads: &Reads<'_>, context: PageContext<'_>, incident: &Incident) -> Result<PostmortemPage, StoreError> {
    let stored = reads.postmortem(incident.id)?;
    let reader = context.config.person(context.reader);
    let may_edit = reader.is_some_and(|reader| reader.access >= Access::Responder);
    let reopens = stored.as_ref().is_none_or(|one| one.state == PostmortemState::Skipped);
    let view = match &stored {
        Some(postmortem) => Some(view(reads, context, incident, postmortem)?),
        None => None,
    };
    Ok(PostmortemPage {
        key: incident.key.to_string(),
        title: incident.title.shown(words::TITLE),
        drill: incident.kind == crate::domain::incident::IncidentKind::Drill,
        private: incident.private,
        may_edit,
        may_open: may_edit && reopens && reviews::may_have_one(incident),
        postmortem: view,
    })
}

fn view(
    reads: &Reads<'_>,
    context: PageContext<'_>,
    incident: &Incident,
    postmortem: &Postmortem,
) -> Result<PostmortemView, StoreError> {
    let names = context.words();
    let shown = reviews::shown(reads, context.cx(), context.renderer, incident, postmortem)?;
    let section = |section: &PostmortemSection| {
        let hints = reviews::blame_hints(context.cx(), context.renderer, section);
        SectionView { hints, ..section_view(names, section, &postmortem.comments) }
    };
    let sections = shown.iter().map(section).collect();
    let others = postmortem.approvers.iter().filter(|approver| **approver != postmortem.owner);
    Ok(PostmortemView {
        state: postmortem.state.name(),
        owner: names.person(&postmortem.owner),
        approvers: others.map(|approver| names.person(approver)).collect(),
        needs_approval: postmortem.needs_approval,
        due: postmortem.due.map(words::at),
        overdue: postmortem.is_overdue(context.now),
        approved_by: postmortem.approved_by.as_ref().map(|person| names.person(person)),
        published_at: postmortem.published_at.map(words::at),
        skip_reason: postmortem.skip_reason.as_ref().map(|reason| reason.shown(words::TITLE)),
        sections,
        entries: reviews::timeline(reads, context.cx(), context.renderer, incident)?,
    })
}

/// A section as the view shows it.
pub fn section_view(names: ConfigNames<'_>, section: &PostmortemSection, comments: &[SectionComment]) -> SectionView {
    let text = section.text.shown(MAX_SECTION);
    let comment = |comment: &SectionComment| CommentView {
        number: comment.number,
        by: writer(names, &comment.by),
        at: words::at(comment.at),
        html: names.html(&comment.text.shown(MAX_SECTION)),
        resolved: comment.resolved,
    };
    SectionView {
        id: section.id.clone(),
        title: section.title.clone(),
        help: section.help.clone(),
        html: names.html(&text),
        text,
        version: section.version,
        prefilled: section.prefilled,
        external: section.id == EXTERNAL,
        by: writer(names, &section.by),
        at: words::at(section.at),
        hints: Vec::new(),
        comments: comments.iter().filter(|one| one.section == section.id).map(comment).collect(),
    }
}

fn writer(names: ConfigNames<'_>, by: &Actor) -> String {
    match by {
        Actor::Person(person) => names.person(person),
        Actor::Machine(_) => "hotroom".to_owned(),
    }
}
