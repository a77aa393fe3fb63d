//! Builds requests for follow-ups.

use super::OptionValues;
use crate::{
    command::{Action, FollowUpAct, FollowUpRequest, FollowUpScope, Query, Request, UsageError},
    domain::review::{FollowUpClass, FollowUpKind},
};

impl OptionValues<'_, '_> {
    pub(super) fn of_followup(&mut self, act: FollowUpAct) -> Result<Request, UsageError> {
        if act == FollowUpAct::Mine {
            return Ok(Request::Query(Query::MyFollowUps));
        }
        let key = self.key();
        if act == FollowUpAct::List {
            let word = self.word("show").unwrap_or_default();
            let scope = FollowUpScope::ALL.into_iter().find(|(known, _)| *known == word);
            let scope = scope.map(|(_, scope)| scope).unwrap_or_default();
            return Ok(Request::Query(Query::FollowUps { key, scope }));
        }
        let request = if act == FollowUpAct::Add { self.new_followup()? } else { self.followup_change(act)? };
        Ok(Request::Action(Action::FollowUp { key, request }))
    }

    fn new_followup(&mut self) -> Result<FollowUpRequest, UsageError> {
        let (title, task) = (self.text("title"), self.number("task"));
        let title = if task.is_none() { Some(self.need("title", title)?) } else { title };
        let priority = self.flag("priority").unwrap_or(false);
        let class = self.word("class").unwrap_or_default();
        let class = FollowUpClass::ALL.into_iter().find(|known| known.name() == class);
        Ok(FollowUpRequest::Add {
            title,
            task,
            kind: if priority { FollowUpKind::Priority } else { FollowUpKind::Improvement },
            class: class.unwrap_or(FollowUpClass::Prevent),
            owner: self.person("owner").flatten(),
            due: self.time("due"),
            link: self.text("link"),
        })
    }

    fn followup_change(&mut self, act: FollowUpAct) -> Result<FollowUpRequest, UsageError> {
        let number = self.number("number");
        let number = self.need("number", number)?;
        if act == FollowUpAct::Done {
            return Ok(FollowUpRequest::Done { number });
        }
        if act == FollowUpAct::Reopen {
            return Ok(FollowUpRequest::Reopen { number });
        }
        if act == FollowUpAct::Drop {
            let reason = self.text("reason");
            return Ok(FollowUpRequest::Drop { number, reason: self.need("reason", reason)? });
        }
        let (owner, due, link) = (self.person("owner").flatten(), self.time("due"), self.text("link"));
        Ok(FollowUpRequest::Change { number, owner, due, link })
    }
}
