//! `/followups`: what changes after incidents, over all of them.

pub mod issues;

use serde::{Deserialize, Serialize};

use super::{page_context::PageContext, words};
use crate::{
    domain::{
        ids::PersonId,
        incident::Incident,
        people::Access,
        review::{FollowUpItem, FollowUpState},
    },
    store::{FollowUpFilter, ListViewer, Reads, StoreError},
};

/// Number of follow-ups on the view, and on the record of an incident.
const SHOWN: usize = 200;

/// The query string.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct FollowUpsQuery {
    /// `open`, `overdue`, `done`, `not_doing` or `all`.
    pub show: String,
    /// The owner: a person, or `me`.
    pub owner: String,
}

/// The context of `templates/web/followups.html`, without the frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FollowUpsView {
    /// The filter of the state.
    pub show: &'static str,
    /// The filter of the owner; empty for all.
    pub owner: String,
    /// The follow-ups.
    pub items: Vec<FollowUpRow>,
    /// True if there are more than these.
    pub more: bool,
    /// True if the reader may change them.
    pub may_edit: bool,
}

/// A follow-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FollowUpRow {
    /// The key of its incident.
    pub key: String,
    /// Its number within the incident.
    pub number: u32,
    /// What to do.
    pub title: String,
    /// `priority` or `improvement`.
    pub kind: &'static str,
    /// What it does.
    pub class: &'static str,
    /// Who does it.
    pub owner: Option<String>,
    /// When it should be done.
    pub due: Option<String>,
    /// True if that has passed.
    pub overdue: bool,
    /// Where its work is tracked.
    pub link: Option<String>,
    /// `open`, `done` or `not_doing`.
    pub state: &'static str,
    /// Why it is not done.
    pub reason: Option<String>,
}

/// Reads the follow-ups that the reader may see.
pub fn read(reads: &Reads<'_>, context: PageContext<'_>, query: &FollowUpsQuery) -> Result<FollowUpsView, StoreError> {
    let owner = match query.owner.as_str() {
        "" => None,
        "me" => Some(context.reader.clone()),
        other => Some(PersonId::new(other)),
    };
    let base = FollowUpFilter {
        viewer: ListViewer::Person(context.reader.clone()),
        owner,
        limit: SHOWN,
        ..FollowUpFilter::default()
    };
    let (show, filter) = match query.show.as_str() {
        "overdue" => ("overdue", FollowUpFilter { due_by: Some(context.now), ..base }),
        "done" => ("done", FollowUpFilter { state: Some(FollowUpState::Done), ..base }),
        "not_doing" => ("not_doing", FollowUpFilter { state: Some(FollowUpState::NotDoing), ..base }),
        "all" => ("all", base),
        _ => ("open", FollowUpFilter { state: Some(FollowUpState::Open), ..base }),
    };
    let found = reads.list_followups(&filter)?;
    Ok(FollowUpsView {
        show,
        owner: query.owner.chars().take(100).collect(),
        items: found.items.iter().map(|item| row(context, item)).collect(),
        more: found.next.is_some(),
        may_edit: may_edit(context),
    })
}

/// True if the reader may change follow-ups.
fn may_edit(context: PageContext<'_>) -> bool {
    context.config.person(context.reader).is_some_and(|reader| reader.access >= Access::Responder)
}

/// Reads the follow-ups of an incident.
pub fn of_incident(
    reads: &Reads<'_>,
    context: PageContext<'_>,
    incident: &Incident,
) -> Result<Vec<FollowUpRow>, StoreError> {
    let filter = FollowUpFilter { incident: Some(incident.id), limit: SHOWN, ..FollowUpFilter::default() };
    let mut items = reads.list_followups(&filter)?.items;
    items.reverse();
    Ok(items.iter().map(|item| row(context, item)).collect())
}

fn row(context: PageContext<'_>, item: &FollowUpItem) -> FollowUpRow {
    FollowUpRow {
        key: item.key.to_string(),
        number: item.number,
        title: item.title.shown(300),
        kind: item.kind.name(),
        class: item.class.name(),
        owner: item.owner.as_ref().map(|owner| context.words().person(owner)),
        due: item.due.map(words::at),
        overdue: item.is_overdue(context.now),
        link: item.link.as_ref().filter(|link| !link.is_blank()).map(|link| link.shown(1_000)),
        state: item.state.name(),
        reason: item.reason.as_ref().map(|reason| reason.shown(words::TITLE)),
    }
}
