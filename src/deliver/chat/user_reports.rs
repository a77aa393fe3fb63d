//! The message of a report from a user.

use super::{
    ChatCall,
    prepare::{CallResult, NO_SUBJECT, Preparation},
};
use crate::{
    app::user_reports,
    deliver::adapter::PreparedCall,
    domain::{ids::UserReportId, user_report::ReportState},
    render::UserReportLine,
};

impl Preparation<'_> {
    /// Everyone reads the feed: a private incident is not named there.
    pub(super) fn user_report(&self, id: UserReportId) -> CallResult {
        let report = self.reads.user_report(id)?;
        let Some(report) = report.filter(|report| report.state != ReportState::Unverified) else {
            return Ok(NO_SUBJECT);
        };
        let incident = user_reports::public_incident(self.reads, &report)?;
        let post = self.message_renderer().user_report(&UserReportLine::new(&report, incident.as_ref()));
        let (room, mark) = (self.cx.config.reports.policy.feed.clone(), format!("user_report/{id}"));
        Ok(PreparedCall::Call(ChatCall::Upsert { room, mark, post: Box::new(post) }))
    }
}
