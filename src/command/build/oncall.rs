//! Builds `/oncall test`, `/oncall override` and `/oncall cancel`.

use super::{Action, OptionValues, Request, UsageError};
use crate::domain::ids::ScheduleId;

impl OptionValues<'_, '_> {
    pub(super) fn on_call_test(&mut self) -> Result<Request, UsageError> {
        let (schedule, sure) = (self.word("schedule").map(ScheduleId::new), self.flag("sure").unwrap_or(false));
        Ok(Request::Action(Action::OnCallTest { schedule, sure }))
    }

    pub(super) fn cancel_override(&mut self) -> Result<Request, UsageError> {
        let id = self.stand_in_id("override");
        Ok(Request::Action(Action::OnCallCancel { id: self.need("override", id)? }))
    }

    pub(super) fn stand_in(&mut self) -> Result<Request, UsageError> {
        let (person, until) = (self.person("person").flatten(), self.time("until"));
        Ok(Request::Action(Action::OnCallOverride {
            person: self.need("person", person)?,
            until: self.need("until", until)?,
            from: self.time("from"),
            schedule: self.word("schedule").map(ScheduleId::new),
        }))
    }
}
