//! `/issues`: the issues of hotroom's own tracker, and `/issues/{key}`: one of them. An incident is shown by its record.

use serde::{Deserialize, Serialize};

use super::{FollowUpRow, row};
use crate::{
    app::tracker::issue_search,
    domain::{
        event::Event,
        review::{FollowUpEvent, FollowUpItem},
        tracker::OwnIssueKey,
    },
    store::{OwnIssue, Reads, StoreError},
    web::{
        pages::{page_context::PageContext, words},
        problem::{Kind, Problem},
    },
};

/// Number of issues per table page.
const PAGE: usize = 50;
/// Maximum length of the search text.
const LONGEST: usize = 200;

/// The query string.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IssuesQuery {
    /// A key or words.
    pub q: String,
    /// The number of the last issue of the previous table page.
    pub after: String,
}

/// The context of `templates/web/issues.html`, without the frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IssuesView {
    /// What was searched for.
    pub q: String,
    /// What was found.
    pub items: Vec<IssueRow>,
    /// The address of the next table page.
    pub next: Option<String>,
}

/// An issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IssueRow {
    /// `HOT-12` or `HOT-12.1`
    pub key: String,
    /// Its title.
    pub title: String,
    /// The status of an incident; `None` for a follow-up.
    pub status: Option<StatusView>,
    /// The state of a follow-up: `open`, `done` or `not_doing`.
    pub state: Option<&'static str>,
    /// The incident manager, or the owner.
    pub owner: Option<String>,
}

/// A status of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatusView {
    /// Its name.
    pub name: String,
    /// Its category.
    pub category: String,
}

/// Reads what was searched for.
pub fn read(reads: &Reads<'_>, context: PageContext<'_>, query: &IssuesQuery) -> Result<IssuesView, StoreError> {
    let q: String = query.q.trim().chars().take(LONGEST).collect();
    let found = issue_search::find(reads, context.reader, &q, query.after.parse().ok(), PAGE)?;
    let next = found.next.map(|after| format!("/issues?q={}&after={after}", words::percent(&q)));
    Ok(IssuesView { items: found.items.iter().map(|issue| issue_row(context, issue)).collect(), next, q })
}

fn issue_row(context: PageContext<'_>, issue: &OwnIssue) -> IssueRow {
    let names = context.words();
    match issue {
        OwnIssue::Incident(incident) => IssueRow {
            key: incident.key.to_string(),
            title: words::title(&incident.title),
            status: Some(StatusView {
                name: names.status(&incident.status),
                category: words::category(incident.category),
            }),
            state: None,
            owner: incident.holder(context.config.policy.manager()).map(|person| names.person(person)),
        },
        OwnIssue::FollowUp(item) => IssueRow {
            key: item.issue_key().to_string(),
            title: words::title(&item.title),
            status: None,
            state: Some(item.state.name()),
            owner: item.owner.as_ref().map(|person| names.person(person)),
        },
    }
}

/// The context of `templates/web/issue.html`, without the frame: a follow-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FollowUpIssueView {
    /// Its key.
    pub key: String,
    /// What it is.
    pub issue: FollowUpRow,
    /// The title of its incident.
    pub incident_title: String,
    /// Who added it.
    pub created_by: String,
    /// When.
    pub created_at: String,
    /// What happened to it, oldest first.
    pub history: Vec<HistoryRow>,
    /// True if the reader may change it.
    pub may_edit: bool,
}

/// Something that happened to a follow-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryRow {
    /// When.
    pub at: String,
    /// Who did it.
    pub by: String,
    /// What: the name of the event.
    pub event: &'static str,
}

/// What an address of an issue leads to.
pub enum IssuePage {
    /// The record of an incident.
    Record(String),
    /// A follow-up.
    FollowUp(Box<FollowUpIssueView>),
}

/// Finds what an address leads to.
pub fn find(reads: &Reads<'_>, context: PageContext<'_>, key: &str) -> Result<Result<IssuePage, Problem>, StoreError> {
    let known = OwnIssueKey::parse(key);
    let found = known.map(|key| issue_search::by_key(reads, context.reader, &key)).transpose()?.flatten();
    Ok(match found {
        Some(OwnIssue::Incident(incident)) => Ok(IssuePage::Record(format!("/incidents/{}", incident.key))),
        Some(OwnIssue::FollowUp(item)) => {
            followup(reads, context, &item)?.map(|view| IssuePage::FollowUp(Box::new(view)))
        }
        None => Err(Problem::new(Kind::NotFound)),
    })
}

fn followup(
    reads: &Reads<'_>,
    context: PageContext<'_>,
    item: &FollowUpItem,
) -> Result<Result<FollowUpIssueView, Problem>, StoreError> {
    let Some(incident) = reads.incident(item.incident)? else { return Ok(Err(Problem::new(Kind::NotFound))) };
    let names = context.words();
    let events = reads.events_of(&FollowUpItem::stream(item.id), 0, usize::MAX)?;
    let history = events.iter().filter_map(|recorded| match &recorded.event {
        Event::FollowUp(FollowUpEvent::FollowUpReminded { .. }) => None,
        Event::FollowUp(event) => {
            Some(HistoryRow { at: words::at(recorded.at), by: names.actor(&recorded.actor), event: event.name() })
        }
        Event::Incident(_)
        | Event::OnCall(_)
        | Event::Alert(_)
        | Event::Review(_)
        | Event::Maintenance(_)
        | Event::System(_) => None,
    });
    Ok(Ok(FollowUpIssueView {
        key: item.issue_key().to_string(),
        issue: row(context, item),
        incident_title: words::title(&incident.title),
        created_by: names.actor(&item.created_by),
        created_at: words::at(item.created_at),
        history: history.collect(),
        may_edit: super::may_edit(context),
    }))
}
