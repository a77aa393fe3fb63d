//! `/report`: reports from users.

use crate::{
    app::{
        commands::{declare_limit, invocation::Invocation, replies},
        user_reports::{self, ReportDraft, UserReportResult},
    },
    chat::Reply,
    command::UserReportRequest,
    domain::{
        ids::{IncidentId, Key},
        incident::{Declare, IncidentKind},
        refusal::{IncidentRefusal, Refusal},
        text::Untrusted,
        user_report::{UserReport, UserReportCommand},
    },
    render::{MessageRenderer, UserReportLine},
    store::{Reads, StoreError, Tx, UserReportFilter},
};

/// How many reports a list in chat shows.
const LISTED: usize = 20;

/// Reports something, or decides what a report is.
pub(super) fn perform(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    request: &UserReportRequest,
) -> Result<Reply, StoreError> {
    match request.clone() {
        UserReportRequest::Add { title, details } => {
            let draft = ReportDraft { title, details: details.unwrap_or_default(), ..ReportDraft::default() };
            let added = user_reports::add(tx, invocation.cx, invocation.person, draft)?;
            changed(tx, invocation, added)
        }
        UserReportRequest::Duplicate { number, of } => duplicate(tx, invocation, number, &of),
        UserReportRequest::Dismiss { number, answer } => {
            let command = UserReportCommand::Dismiss { answer };
            decide(tx, invocation, number, command)
        }
    }
}

/// The report with what is declared for it. What the person did not say comes from the report.
pub(in crate::app) fn declaration(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    number: u32,
    said: &Declare,
) -> Result<Result<(UserReport, Declare), Refusal>, StoreError> {
    let report = match user_reports::by_number(tx, number)?.and_then(|report| report.check_open().map(|()| report)) {
        Ok(report) => report,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // Practice is no answer to somebody who noticed something real.
    let declare = Declare { kind: IncidentKind::Real, ..from_report(&report, said.clone()) };
    Ok(declare_limit::count(tx, invocation)?.map(|()| (report, declare)))
}

/// Links a report to the incident that was declared for it.
pub(in crate::app) fn link(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    report: &UserReport,
    incident: IncidentId,
) -> Result<Result<(), Refusal>, StoreError> {
    let linked = user_reports::change(tx, invocation.cx, report, UserReportCommand::Declare { incident })?;
    Ok(linked.map(|_| ()))
}

fn from_report(report: &UserReport, said: Declare) -> Declare {
    let or = |said: Untrusted, otherwise: &Untrusted| if said.is_blank() { otherwise.clone() } else { said };
    Declare { title: or(said.title, &report.title), description: or(said.description, &report.details), ..said }
}

fn duplicate(tx: &mut Tx<'_>, invocation: &Invocation<'_>, number: u32, of: &Key) -> Result<Reply, StoreError> {
    let incident = tx.incident_by_key(of)?.filter(|incident| incident.visible_to(invocation.person));
    let Some(incident) = incident else {
        let unknown = IncidentRefusal::UnknownIncident { key: of.to_string() };
        return Ok(replies::refused(invocation.app, &unknown.into()));
    };
    decide(tx, invocation, number, UserReportCommand::MarkDuplicate { incident: incident.id })
}

fn decide(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    number: u32,
    command: UserReportCommand,
) -> Result<Reply, StoreError> {
    let decided = match user_reports::by_number(tx, number)? {
        Ok(report) => user_reports::change(tx, invocation.cx, &report, command)?,
        Err(refusal) => Err(refusal),
    };
    changed(tx, invocation, decided)
}

fn changed(reads: &Reads<'_>, invocation: &Invocation<'_>, done: UserReportResult) -> Result<Reply, StoreError> {
    let report = match done {
        Ok(report) => report,
        Err(refusal) => return Ok(refused(invocation, &refusal)),
    };
    let line = line(reads, invocation, &report)?;
    let data = serde_json::json!({ "number": report.number, "state": line.state });
    Ok(Reply { data: Some(data), ..replies::listed(voice(invocation).user_report_reply(&line)) })
}

fn refused(invocation: &Invocation<'_>, refusal: &Refusal) -> Reply {
    replies::refused(invocation.app, refusal)
}

/// Lists reports.
pub(super) fn listed(reads: &Reads<'_>, invocation: &Invocation<'_>, all: bool) -> Result<Reply, StoreError> {
    let open = if all { None } else { Some(true) };
    let found = reads.list_user_reports(&UserReportFilter { open, before: None, limit: LISTED })?;
    let lines: Vec<UserReportLine> =
        found.items.iter().map(|report| line(reads, invocation, report)).collect::<Result<_, _>>()?;
    Ok(replies::listed(voice(invocation).user_report_list(&lines, found.next.is_some())))
}

/// Shows a report with the address of its reporter, for those who decide.
pub(super) fn shown(reads: &Reads<'_>, invocation: &Invocation<'_>, number: u32) -> Result<Reply, StoreError> {
    let report = match user_reports::by_number(reads, number)? {
        Ok(report) => report,
        Err(refusal) => return Ok(refused(invocation, &refusal)),
    };
    let line = line(reads, invocation, &report)?;
    Ok(replies::listed(voice(invocation).user_report_detail(&line, report.address.as_deref())))
}

fn voice<'a>(invocation: &Invocation<'a>) -> MessageRenderer<'a> {
    MessageRenderer::new(&invocation.app.renderer, invocation.cx.config, invocation.cx.now)
}

/// The line of a report, with the incident if the person may see it.
fn line(reads: &Reads<'_>, invocation: &Invocation<'_>, report: &UserReport) -> Result<UserReportLine, StoreError> {
    let incident = report.incident.map(|incident| reads.incident(incident)).transpose()?.flatten();
    let incident = incident.filter(|incident| incident.visible_to(invocation.person));
    Ok(UserReportLine::new(report, incident.as_ref()))
}
