//! Builds requests for alert groups and silences.

use super::OptionValues;
use crate::{
    command::{Act, Action, Query, Request, SilenceRequest, SilenceTarget, UsageError},
    domain::{
        alert::{AlertState, SilenceState},
        incident::Declare,
    },
};

impl OptionValues<'_, '_> {
    pub(super) fn of_alerts(&mut self) -> Result<Request, UsageError> {
        let (act, state) = (self.context.spec.act, self.word("state"));
        if act == Act::AlertList {
            Ok(Request::Query(Query::AlertList { state: state.and_then(|word| AlertState::parse(&word)) }))
        } else if act == Act::AlertSilences {
            Ok(Request::Query(Query::AlertSilences { state: state.and_then(|word| SilenceState::parse(&word)) }))
        } else if act == Act::AlertSilence {
            self.silence_request()
        } else if act == Act::AlertExpire {
            let silence = self.silence("silence");
            Ok(Request::Action(Action::AlertExpire { silence: self.need("silence", silence)? }))
        } else {
            self.of_group(act)
        }
    }

    /// Builds a request for one group.
    fn of_group(&mut self, act: Act) -> Result<Request, UsageError> {
        let version = self.context.version;
        let group = self.group("group");
        let group = self.need("group", group)?;
        if act == Act::AlertAck {
            return Ok(Request::Action(Action::AlertAcknowledge { group, version }));
        }
        if act == Act::AlertWhy {
            return Ok(Request::Query(Query::AlertWhy { group }));
        }
        if act == Act::AlertShelve {
            let (wait, reason) = (self.duration("wait"), self.text("reason"));
            let wait = self.need("wait", wait)?;
            return Ok(Request::Action(Action::AlertShelve {
                group,
                wait,
                reason: self.need("reason", reason)?,
                version,
            }));
        }
        let declare = Declare { group: Some(group), ..self.declare()? };
        Ok(Request::Action(Action::AlertDeclare { group, declare, version }))
    }

    /// Builds a silence of one group, or of the alerts that match.
    fn silence_request(&mut self) -> Result<Request, UsageError> {
        let what = match (self.group("group"), self.matchers("match")) {
            (Some(_), Some(_)) => return Err(self.not_together("group", "match")),
            (Some(group), None) => SilenceTarget::Group(group),
            (None, Some(matchers)) => SilenceTarget::Matching(matchers),
            (None, None) => SilenceTarget::Group(self.need("group", None)?),
        };
        let wait = self.hold("wait");
        let silence = SilenceRequest {
            what,
            wait: self.need("wait", wait)?,
            comment: self.text("comment"),
            sure: self.flag("sure").unwrap_or(false),
        };
        if self.flag("preview").unwrap_or(false) {
            return Ok(Request::Query(Query::SilencePreview(silence)));
        }
        Ok(Request::Action(Action::AlertSilence { silence, version: self.context.version }))
    }
}
