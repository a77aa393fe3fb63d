//! Builds requests for timeline entries and tasks.

use super::{OptionValues, lacking};
use crate::{
    command::{Act, Action, Query, Request, UsageError},
    domain::{
        incident::{Command, TimeName},
        text::Untrusted,
    },
};

impl OptionValues<'_, '_> {
    pub(super) fn timeline(&mut self, text: Option<Untrusted>) -> Result<Command, UsageError> {
        let at = self.time("at");
        let marks = self.word("marks").and_then(|w| TimeName::ALL.into_iter().find(|n| n.name() == w));
        if let (Some(name), None, None) = (marks, at, &text) {
            return Ok(Command::Mark { name });
        }
        let at = self.need("at", at)?;
        match (marks, text) {
            (Some(_), Some(_)) => Err(self.not_together("marks", "text")),
            (Some(name), None) => Ok(Command::SetTime { name, at }),
            (None, text) => Ok(Command::AddTimeline { at, text: self.need("text", text)? }),
        }
    }

    /// Builds a query that shows a part of the record.
    pub(super) fn of_record(&mut self, act: Act) -> Query {
        let key = self.key();
        if act == Act::Info { Query::Info { key } } else { Query::Fields { key } }
    }

    pub(super) fn link(&mut self) -> Result<Command, UsageError> {
        let group = self.group("group");
        Ok(Command::LinkGroup { group: self.need("group", group)? })
    }

    pub(super) fn set_fields(&mut self) -> Result<Command, UsageError> {
        let fields = self.fields("fields");
        Ok(Command::SetFields { fields: self.need("fields", fields)? })
    }

    /// Builds a command that ends the incident, or opens it again.
    pub(super) fn ending(&mut self, act: Act, reason: Option<Untrusted>) -> Command {
        if act == Act::Reopen {
            Command::Reopen { reason }
        } else if act == Act::Cancel {
            Command::Cancel { reason, message: self.text("message") }
        } else {
            Command::Close { reason }
        }
    }

    /// Builds the redaction of a timeline entry; it excludes every other option.
    pub(super) fn take_out(&mut self) -> Result<Request, UsageError> {
        for option in ["at", "text", "marks"] {
            if self.values.contains_key(option) {
                return Err(self.not_together("redact", option));
            }
        }
        let entry = self.number("redact");
        Ok(Request::Action(Action::TakeOut {
            key: self.key(),
            entry: self.need("redact", entry)?.into(),
            reason: self.text("reason"),
        }))
    }

    pub(super) fn send_draft(&mut self) -> Result<Command, UsageError> {
        let draft = self.number("draft");
        Ok(Command::SendDraft { draft: self.need("draft", draft)?.into() })
    }

    pub(super) fn task(&mut self, text: Option<Untrusted>) -> Result<Command, UsageError> {
        let (number, person, done) = (self.number("number"), self.person("person").flatten(), self.number("done"));
        match (text, number, done) {
            (Some(_), Some(_), _) => Err(self.not_together("text", "number")),
            (Some(_), None, Some(_)) => Err(self.not_together("text", "done")),
            (None, Some(_), Some(_)) => Err(self.not_together("number", "done")),
            (None, None, Some(number)) => Ok(Command::FinishTask { number }),
            (None, Some(number), None) => match person {
                Some(person) => Ok(Command::AssignTask { number, person }),
                None => Err(self.not_alone("number", "person")),
            },
            (Some(text), None, None) => match (finished(text.verbatim()), &person) {
                (Some(number), None) => Ok(Command::FinishTask { number }),
                _ => Ok(Command::AddTask { text, assignee: person }),
            },
            (None, None, None) => Err(lacking(&self.context, self.need("text", self.context.spec.option("text"))?)),
        }
    }
}

/// Parses `/incident task done 3`, which completes a task and does not create one named "done 3".
fn finished(text: &str) -> Option<u32> {
    let number = text.trim().strip_prefix("done ").or_else(|| text.trim().strip_prefix("finish "))?;
    number.trim().trim_start_matches('#').parse().ok()
}
