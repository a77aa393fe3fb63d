//! Builds the requests of `/admin`.

use super::OptionValues;
use crate::{
    command::{Act, Action, Request, UsageError},
    domain::ids::PersonId,
};

impl OptionValues<'_, '_> {
    /// Builds a request of `/admin`.
    pub(super) fn of_admin(&mut self) -> Result<Request, UsageError> {
        let act = self.context.spec.act;
        if act == Act::AdminResume {
            Ok(Request::Action(Action::AdminResume))
        } else if act == Act::AdminInvite {
            self.named_person(|person| Action::AdminInvite { person })
        } else if act == Act::AdminSignOut {
            self.named_person(|person| Action::AdminSignOut { person })
        } else if act == Act::AdminJoin {
            self.join_as_admin()
        } else if act == Act::AdminHold {
            self.legal_hold()
        } else {
            Ok(Request::Reload)
        }
    }

    fn join_as_admin(&mut self) -> Result<Request, UsageError> {
        let (key, reason) = (self.incident("incident"), self.text("reason"));
        let (key, reason) = (self.need("incident", key)?, self.need("reason", reason)?);
        Ok(Request::Action(Action::AdminJoin { key, reason }))
    }

    fn legal_hold(&mut self) -> Result<Request, UsageError> {
        let (key, reason) = (self.incident("incident"), self.text("reason"));
        let key = self.need("incident", key)?;
        let lift = self.flag("lift").unwrap_or(false);
        let reason = if lift { None } else { Some(self.need("reason", reason)?) };
        Ok(Request::Action(Action::AdminHold { key, reason }))
    }

    /// Builds an action on one person.
    fn named_person(&mut self, action: fn(PersonId) -> Action) -> Result<Request, UsageError> {
        let person = self.person("person").flatten();
        Ok(Request::Action(action(self.need("person", person)?)))
    }
}
