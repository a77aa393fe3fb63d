//! Builds the requests of `/oncall`.

use super::OptionValues;
use crate::{
    command::{Action, OnCallAct, OverrideRequest, Query, Request, UsageError},
    domain::{ids::ScheduleId, oncall::OverrideKind},
};

impl OptionValues<'_, '_> {
    pub(super) fn of_on_call(&mut self, act: OnCallAct) -> Result<Request, UsageError> {
        let schedule = self.word("schedule").map(ScheduleId::new);
        match act {
            OnCallAct::Now => Ok(Request::Query(Query::OnCallNow { schedule })),
            OnCallAct::Readiness => Ok(Request::Query(Query::OnCallReadiness)),
            OnCallAct::Gaps => Ok(Request::Query(Query::OnCallGaps { schedule })),
            OnCallAct::Test => {
                let sure = self.flag("sure").unwrap_or(false);
                Ok(Request::Action(Action::OnCallTest { schedule, sure }))
            }
            OnCallAct::Override => self.override_request(schedule),
            OnCallAct::Take => Ok(Request::Action(Action::OnCallTake { schedule, wait: self.duration("for") })),
            OnCallAct::Handover => {
                let person = self.person("person").flatten();
                Ok(Request::Action(Action::OnCallHandover { schedule, person: self.need("person", person)? }))
            }
            OnCallAct::Calendar => {
                let (of, revoke) = (self.whom("of"), self.flag("revoke").unwrap_or(false));
                match (&of, revoke) {
                    (Some(_), true) => Err(self.not_together("of", "revoke")),
                    (Some(_), false) | (None, _) => Ok(Request::Action(Action::OnCallCalendar { of, revoke })),
                }
            }
            OnCallAct::Cancel => {
                let id = self.stand_in_id("override");
                Ok(Request::Action(Action::OnCallCancel { id: self.need("override", id)? }))
            }
            OnCallAct::Contact => self.contact(),
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
