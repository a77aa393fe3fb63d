//! Builds requests about issues and their previews.

use super::OptionValues;
use crate::command::{Action, IssueAct, Query, Request, UsageError};

impl OptionValues<'_, '_> {
    pub(super) fn of_previews(&mut self) -> Request {
        let (cards, projects) = (self.word("cards"), self.text("projects"));
        Request::Action(Action::RoomPreviews { cards, projects })
    }

    pub(super) fn of_issues(&mut self, act: IssueAct) -> Result<Request, UsageError> {
        match act {
            IssueAct::Create => Ok(Request::Action(Action::CreateIssue { key: self.key() })),
            IssueAct::Search => {
                let text = self.text("text");
                Ok(Request::Query(Query::IssueSearch { text: self.need("text", text)? }))
            }
        }
    }
}
