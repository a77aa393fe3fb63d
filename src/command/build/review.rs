//! Builds requests for post-mortems.

use super::OptionValues;
use crate::{
    command::{Action, PostmortemAct, PostmortemRequest, Query, Request, UsageError},
    domain::text::Untrusted,
};

impl OptionValues<'_, '_> {
    pub(super) fn of_postmortem(&mut self, act: PostmortemAct) -> Result<Request, UsageError> {
        let key = self.key();
        let request = match act {
            PostmortemAct::Show => return Ok(Request::Query(Query::Postmortem { key })),
            PostmortemAct::Open => PostmortemRequest::Open,
            PostmortemAct::Assign => {
                let (owner, approvers) = (self.person("owner").flatten(), self.people("approvers"));
                let owner = if approvers.is_none() { Some(self.need("owner", owner)?) } else { owner };
                PostmortemRequest::Assign { owner, approvers }
            }
            PostmortemAct::Submit => PostmortemRequest::Submit,
            PostmortemAct::Approve => PostmortemRequest::Approve,
            PostmortemAct::Return => PostmortemRequest::Return { reason: self.reason()? },
            PostmortemAct::Publish => PostmortemRequest::Publish,
            PostmortemAct::Skip => PostmortemRequest::Skip { reason: self.reason()? },
            PostmortemAct::Replace => PostmortemRequest::Replace,
        };
        Ok(Request::Action(Action::Postmortem { key, request }))
    }

    fn reason(&mut self) -> Result<Untrusted, UsageError> {
        let reason = self.text("reason");
        self.need("reason", reason)
    }
}
