//! Builds requests for reports from users.

use super::OptionValues;
use crate::command::{Action, Query, ReportAct, Request, UsageError, UserReportRequest};

impl OptionValues<'_, '_> {
    pub(super) fn of_report(&mut self, act: ReportAct) -> Result<Request, UsageError> {
        let request = match act {
            ReportAct::List => {
                let all = self.word("show").is_some_and(|word| word == "all");
                return Ok(Request::Query(Query::UserReports { all }));
            }
            ReportAct::Show => return Ok(Request::Query(Query::UserReport { number: self.report_number()? })),
            ReportAct::Add => {
                let (title, details) = (self.text("title"), self.text("details"));
                UserReportRequest::Add { title: self.need("title", title)?, details }
            }
            ReportAct::Declare => {
                let number = self.report_number()?;
                return Ok(Request::Action(Action::DeclareReport { number, declare: self.declare()? }));
            }
            ReportAct::Duplicate => {
                let (number, of) = (self.report_number()?, self.incident("of"));
                UserReportRequest::Duplicate { number, of: self.need("of", of)? }
            }
            ReportAct::Dismiss => {
                UserReportRequest::Dismiss { number: self.report_number()?, answer: self.text("message") }
            }
        };
        Ok(Request::Action(Action::Report(request)))
    }

    fn report_number(&mut self) -> Result<u32, UsageError> {
        let number = self.number("number");
        self.need("number", number)
    }
}
