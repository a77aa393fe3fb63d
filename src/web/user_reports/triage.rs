//! `/user-reports`: the reports from users, for those who triage them.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{people::Access, user_report::UserReport},
    store::{Reads, StoreError, UserReportFilter},
    web::pages::{page_context::PageContext, words},
};

/// Number of reports on the view.
const SHOWN: usize = 100;

/// The query string.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TriageQuery {
    /// `open` or `all`.
    pub show: String,
    /// Continues the list: reports with a lower number.
    pub before: Option<u32>,
}

/// The context of `templates/web/user_reports.html`, without the frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TriageView {
    /// `open` or `all`.
    pub show: &'static str,
    /// The reports, the newest first.
    pub items: Vec<TriageRow>,
    /// Continues the list; `None` at its end.
    pub next: Option<u32>,
    /// True if the reader may decide.
    pub may_decide: bool,
}

/// A report. It has no mail address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TriageRow {
    /// Its number.
    pub number: u32,
    /// What is wrong.
    pub title: String,
    /// What the reporter noticed; perhaps blank.
    pub details: String,
    /// How it arrived: `console`, `form`, `mail` or `service_desk`.
    pub channel: &'static str,
    /// Who reported it; blank if that is not known, or was erased.
    pub reporter: String,
    /// When it arrived.
    pub received_at: String,
    /// `open`, `declared`, `duplicate` or `closed`.
    pub state: &'static str,
    /// The key of its incident, if the reader may see it.
    pub incident: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
}

/// Reads the reports.
pub fn read(reads: &Reads<'_>, context: PageContext<'_>, query: &TriageQuery) -> Result<TriageView, StoreError> {
    let show = if query.show == "all" { "all" } else { "open" };
    let open = if show == "open" { Some(true) } else { None };
    let found = reads.list_user_reports(&UserReportFilter { open, before: query.before, limit: SHOWN })?;
    let reader = context.config.person(context.reader);
    Ok(TriageView {
        show,
        items: found.items.iter().map(|report| row(reads, context, report)).collect::<Result<_, _>>()?,
        next: found.next,
        may_decide: reader.is_some_and(|reader| reader.access >= Access::Responder),
    })
}

fn row(reads: &Reads<'_>, context: PageContext<'_>, report: &UserReport) -> Result<TriageRow, StoreError> {
    let incident = report.incident.map(|incident| reads.incident(incident)).transpose()?.flatten();
    let incident = incident.filter(|incident| incident.visible_to(context.reader));
    let reporter = match &report.person {
        Some(person) => context.words().person(person),
        None => words::title(&report.name),
    };
    Ok(TriageRow {
        number: report.number,
        title: words::title(&report.title),
        details: words::prose(&report.details),
        channel: report.channel.name(),
        reporter,
        received_at: words::at(report.received_at),
        state: report.shown_state(incident.is_some()),
        incident: incident.map(|incident| incident.key.to_string()),
        decided_by: report.decided_by.as_ref().map(|actor| context.words().actor(actor)),
    })
}
