//! Builds requests about pages.

use super::OptionValues;
use crate::command::{Act, Action, PageChange, PageResponse, Request, UsageError};

impl OptionValues<'_, '_> {
    pub(super) fn page_someone(&mut self) -> Result<Request, UsageError> {
        let whom = self.whom("whom");
        Ok(Request::Action(Action::Page {
            whom: self.need("whom", whom)?,
            message: self.text("message"),
            key: self.key(),
        }))
    }

    pub(super) fn answer(&mut self, answer: PageResponse) -> Result<Request, UsageError> {
        Ok(Request::Action(Action::PageAnswer { page: self.page("page"), answer, version: self.context.version }))
    }

    /// Builds a change of a page.
    pub(super) fn page_change(&mut self, act: Act) -> Result<Request, UsageError> {
        let change = if act == Act::PageSnooze {
            let wait = self.duration("wait");
            PageChange::Snooze(self.need("wait", wait)?)
        } else if act == Act::PageReassign {
            let whom = self.whom("whom");
            PageChange::Reassign(self.need("whom", whom)?)
        } else if act == Act::PageAdd {
            let person = self.person("person").flatten();
            PageChange::Add(self.need("person", person)?)
        } else {
            PageChange::Resolve
        };
        Ok(Request::Action(Action::PageChange { page: self.page("page"), change }))
    }
}
