//! Builds requests for schedules and overrides.

use super::OptionValues;
use crate::{
    command::{Act, Action, OverrideRequest, Query, Request, UsageError},
    domain::{ids::ScheduleId, oncall::OverrideKind},
};

impl OptionValues<'_, '_> {
    pub(super) fn of_schedules(&mut self) -> Result<Request, UsageError> {
        let (act, schedule) = (self.saying.spec.act, self.word("schedule").map(ScheduleId::new));
        if act == Act::OnCallReadiness {
            Ok(Request::Query(Query::OnCallReadiness))
        } else if act == Act::OnCallGaps {
            Ok(Request::Query(Query::OnCallGaps { schedule }))
        } else if act == Act::OnCallOverride {
            self.override_request(schedule)
        } else if act == Act::OnCallTest {
            let sure = self.flag("sure").unwrap_or(false);
            Ok(Request::Action(Action::OnCallTest { schedule, sure }))
        } else if act == Act::OnCallTake {
            Ok(Request::Action(Action::OnCallTake { schedule, wait: self.duration("for") }))
        } else if act == Act::OnCallHandover {
            let person = self.person("person").flatten();
            Ok(Request::Action(Action::OnCallHandover { schedule, person: self.need("person", person)? }))
        } else if act == Act::OnCallCancel {
            let id = self.stand_in_id("override");
            Ok(Request::Action(Action::OnCallCancel { id: self.need("override", id)? }))
        } else {
            Ok(Request::Query(Query::OnCallNow { schedule }))
        }
    }

    fn override_request(&mut self, schedule: Option<ScheduleId>) -> Result<Request, UsageError> {
        let (person, until) = (self.person("person").flatten(), self.time("until"));
        let kind = self.word("kind").and_then(|word| OverrideKind::of(&word));
        let instead_of = self.person("instead").flatten();
        if let (Some(OverrideKind::Add | OverrideKind::Remove), Some(_)) = (kind, &instead_of) {
            return Err(self.not_together("kind", "instead"));
        }
        Ok(Request::Action(Action::OnCallOverride(OverrideRequest {
            schedule,
            kind: kind.unwrap_or_default(),
            person: self.need("person", person)?,
            instead_of,
            from: self.time("from"),
            until: self.need("until", until)?,
        })))
    }
}
