//! Builds requests from option values.

mod admin;
mod alerts;
mod contact;
mod followup;
mod issues;
mod maintenance;
mod paging;
mod record;
mod report;
mod review;
mod schedules;

use std::collections::BTreeMap;

use super::{
    Act, Action, Ask, FieldAct, ListFilter, ListScope, OptionSpec, PageResponse, Query, Request, StatusTemplate,
    UsageError, Whom,
    bind::{self, RawOption},
    field,
    parse_context::ParseContext,
    span::typed_span,
    value::{self, OptionValue},
};
use crate::domain::{
    Timestamp,
    alert::Matcher,
    ids::{ComponentId, GroupId, Key, OverrideId, PageId, PersonId, ServiceId, SilenceId},
    incident::{Command, Declare, FieldChanges, IncidentKind, Judgement, KindSpec, Severity},
    status::ComponentStatus,
    text::Untrusted,
};

/// Builds the request of a command.
pub(super) fn request(
    context: &ParseContext<'_, '_>,
    mut raw: Vec<RawOption>,
    from_form: bool,
) -> Result<Request, UsageError> {
    let bare = bind::asks(context.spec, &raw);
    if !from_form && bare {
        return ask(context, raw, Vec::new());
    }
    for option in &context.spec.options {
        if let Some(default) = &option.default
            && !raw.iter().any(|r| r.name == option.name)
        {
            raw.push(RawOption { name: option.name.clone(), text: default.clone() });
        }
    }
    let missing: Vec<&OptionSpec> =
        context.spec.options.iter().filter(|o| o.required && !raw.iter().any(|r| r.name == o.name)).collect();
    if let Some(first) = missing.first() {
        if from_form {
            return Err(lacking(context, first));
        }
        return ask(context, raw, missing.iter().map(|o| o.name.clone()).collect());
    }
    let span = typed_span(context, &raw)?;
    let mut given = OptionValues { context: *context, values: BTreeMap::new() };
    for item in raw {
        if let Some(option) = context.spec.option(&item.name) {
            let value = match span {
                Some(span) if item.name == "from" => OptionValue::Time(span.from),
                Some(span) if item.name == "until" => OptionValue::Time(span.until),
                Some(_) | None => value::read(context, option, &item.text)?,
            };
            given.values.insert(&option.name, value);
        }
    }
    given.request()
}

fn ask(context: &ParseContext<'_, '_>, raw: Vec<RawOption>, missing: Vec<String>) -> Result<Request, UsageError> {
    let named = raw.iter().find(|r| r.name == "incident");
    let key = match named.zip(context.spec.option("incident")) {
        Some((raw, option)) => {
            if let OptionValue::Incident(key) = value::read(context, option, &raw.text)? {
                Some(key)
            } else {
                None
            }
        }
        None => context.place.incident_of_room.clone(),
    };
    let given = raw.into_iter().map(|r| (r.name, r.text)).collect();
    Ok(Request::Query(Query::Ask(Ask { command: context.spec.path.clone(), key, given, missing })))
}

fn lacking(context: &ParseContext<'_, '_>, option: &OptionSpec) -> UsageError {
    UsageError::Missing {
        command: context.spec.path.clone(),
        option: option.name.clone(),
        help: option.help.clone(),
        usage: context.spec.usage(),
    }
}

struct OptionValues<'a, 'v> {
    context: ParseContext<'a, 'v>,
    values: BTreeMap<&'a str, OptionValue>,
}

macro_rules! takers {
    ($($name:ident, $variant:ident, $type:ty);+ $(;)?) => {$(
        fn $name(&mut self, option: &str) -> Option<$type> {
            if let Some(OptionValue::$variant(value)) = self.values.remove(option) { Some(value) } else { None }
        }
    )+};
}

impl OptionValues<'_, '_> {
    takers!(
        text, Text, Untrusted;
        word, Word, String;
        person, Person, Option<PersonId>;
        people, People, Vec<PersonId>;
        whom, Whom, Whom;
        duration, Duration, std::time::Duration;
        time, Time, Timestamp;
        severity, Severity, Severity;
        components, Components, Vec<(ComponentId, ComponentStatus)>;
        incident, Incident, Key;
        flag, Flag, bool;
        number, Number, u32;
        group, Group, GroupId;
        matchers, Matchers, Vec<Matcher>;
        hold, GroupSilence, Option<std::time::Duration>;
        silence, Silence, SilenceId;
        page, Page, PageId;
        stand_in_id, Override, OverrideId;
        fields, Fields, FieldChanges;
        kind, Kind, KindSpec;
    );

    /// Returns a required value. `request` checks required options first; this fails when a declaration has the wrong
    /// option kind.
    fn need<T>(&self, option: &str, value: Option<T>) -> Result<T, UsageError> {
        value.ok_or_else(|| {
            let spec = self.context.spec;
            UsageError::Missing {
                command: spec.path.clone(),
                option: option.to_owned(),
                help: spec.option(option).map(|o| o.help.clone()).unwrap_or_default(),
                usage: spec.usage(),
            }
        })
    }

    fn key(&mut self) -> Option<Key> {
        self.incident("incident").or_else(|| self.context.place.incident_of_room.clone())
    }

    fn request(mut self) -> Result<Request, UsageError> {
        match self.context.spec.act {
            Act::Declare => self.declare().map(|declare| Request::Action(Action::Declare(declare))),
            Act::List => self.list().map(|filter| Request::Query(Query::List(filter))),
            act @ (Act::Info | Act::Field(FieldAct::List)) => Ok(Request::Query(self.of_record(act))),
            Act::Help => Ok(Request::Query(Query::Help { command: self.word("command") })),
            Act::IncidentPage | Act::Page => self.page_someone(),
            Act::PageAck => self.answer(PageResponse::Acknowledge),
            Act::PageEscalate => self.answer(PageResponse::Escalate),
            Act::PageDecline => self.answer(PageResponse::Decline),
            act @ (Act::PageSnooze | Act::PageReassign | Act::PageAdd | Act::PageResolve) => self.page_change(act),
            Act::OnCall(act) => self.of_on_call(act),
            Act::AlertList
            | Act::AlertSilences
            | Act::AlertSilence
            | Act::AlertExpire
            | Act::AlertAck
            | Act::AlertShelve
            | Act::AlertWhy
            | Act::AlertDeclare => self.of_alerts(),
            Act::RoomPreviews => Ok(self.of_previews()),
            Act::Board => Ok(Request::Query(Query::Board { name: self.text("name") })),
            Act::Issue(act) => self.of_issues(act),
            Act::Postmortem(act) => self.of_postmortem(act),
            Act::FollowUp(act) => self.of_followup(act),
            Act::Maintenance(act) => self.of_maintenance(act),
            Act::Report(act) => self.of_report(act),
            Act::AdminReload
            | Act::AdminResume
            | Act::AdminInvite
            | Act::AdminSignOut
            | Act::AdminJoin
            | Act::AdminHold => self.of_admin(),
            Act::Timeline if self.values.contains_key("redact") => self.take_out(),
            Act::Merge => self.merge(),
            Act::Update
            | Act::Status
            | Act::Severity
            | Act::Role
            | Act::Note
            | Act::Timeline
            | Act::SendDraft
            | Act::Task
            | Act::Snooze
            | Act::Private
            | Act::Rename
            | Act::Invite
            | Act::Join
            | Act::Link
            | Act::Resolve
            | Act::Close
            | Act::Reopen
            | Act::Cancel
            | Act::Field(FieldAct::Set)
            | Act::StatusPage => {
                let (command, version) = (self.command()?, self.context.version);
                Ok(Request::Action(Action::Incident { key: self.key(), command, version }))
            }
        }
    }

    fn merge(&mut self) -> Result<Request, UsageError> {
        let into = self.incident("into");
        let (into, version) = (self.need("into", into)?, self.context.version);
        Ok(Request::Action(Action::Merge { into, key: self.key(), version }))
    }

    /// Builds an incident command.
    fn command(&mut self) -> Result<Command, UsageError> {
        let (text, reason) = (self.text("text"), self.text("reason"));
        match self.context.spec.act {
            Act::Update => self.update(text),
            Act::Status => self.status(reason),
            Act::Severity => self.severity_change(reason),
            Act::Role => self.role(),
            Act::Timeline => self.timeline(text),
            Act::SendDraft => self.send_draft(),
            Act::Task => self.task(text),
            Act::Snooze => self.postpone_update(),
            Act::Private => Ok(Command::SetPrivate { private: self.flag("on").unwrap_or(true) }),
            Act::Rename => self.rename(),
            Act::Invite => Ok(Command::Invite { people: self.people("people").unwrap_or_default() }),
            Act::Join => Ok(Command::Join),
            Act::Link => self.link(),
            Act::Resolve => Ok(Command::Resolve { summary: self.text("summary"), cause: self.word("cause") }),
            act @ (Act::Close | Act::Reopen | Act::Cancel) => Ok(self.ending(act, reason)),
            Act::StatusPage => self.status_page(),
            Act::Field(FieldAct::Set) => self.set_fields(),
            Act::Note
            | Act::Field(FieldAct::List)
            | Act::Declare
            | Act::List
            | Act::Info
            | Act::Help
            | Act::IncidentPage
            | Act::Page
            | Act::PageAck
            | Act::PageEscalate
            | Act::PageDecline
            | Act::PageSnooze
            | Act::PageReassign
            | Act::PageAdd
            | Act::PageResolve
            | Act::OnCall(_)
            | Act::AlertList
            | Act::AlertAck
            | Act::AlertSilence
            | Act::AlertSilences
            | Act::AlertExpire
            | Act::AlertShelve
            | Act::AlertWhy
            | Act::AlertDeclare
            | Act::Issue(_)
            | Act::Board
            | Act::RoomPreviews
            | Act::Postmortem(_)
            | Act::FollowUp(_)
            | Act::Maintenance(_)
            | Act::Report(_)
            | Act::AdminReload
            | Act::AdminInvite
            | Act::AdminJoin
            | Act::AdminHold
            | Act::AdminResume
            | Act::AdminSignOut
            | Act::Merge => Ok(Command::AddNote { text: self.need("text", text)? }),
        }
    }

    fn postpone_update(&mut self) -> Result<Command, UsageError> {
        let wait = self.duration("wait");
        Ok(Command::Snooze { wait: self.need("wait", wait)? })
    }

    fn status(&mut self, reason: Option<Untrusted>) -> Result<Command, UsageError> {
        let to = self.word("to");
        Ok(Command::SetStatus { to: self.need("to", to)?.as_str().into(), reason })
    }

    fn severity_change(&mut self, reason: Option<Untrusted>) -> Result<Command, UsageError> {
        let to = self.severity("to");
        Ok(Command::SetSeverity { to: self.need("to", to)?, reason })
    }

    fn declare(&mut self) -> Result<Declare, UsageError> {
        let (impact, urgency) = (self.word("impact"), self.word("urgency"));
        let judged = match (impact, urgency) {
            (Some(impact), Some(urgency)) => Some(Judgement { impact, urgency }),
            (Some(_), None) => return Err(self.not_alone("impact", "urgency")),
            (None, Some(_)) => return Err(self.not_alone("urgency", "impact")),
            (None, None) => None,
        };
        let drill = self.flag("drill").unwrap_or(false);
        let kind = self.kind("kind");
        if drill && kind.is_some() {
            return Err(self.not_together("kind", "drill"));
        }
        let usual = if drill { IncidentKind::Drill } else { IncidentKind::Real };
        let behaves = kind.as_ref().map_or(usual, |kind| kind.behaves);
        Ok(Declare {
            title: self.text("title").unwrap_or_default(),
            description: self.text("description").unwrap_or_default(),
            severity: self.severity("severity"),
            judged,
            service: self.word("service").map(ServiceId::new),
            kind: behaves,
            own_kind: kind.map(|kind| kind.id).filter(|id| id.as_str() != behaves.name()),
            private: self.flag("private").unwrap_or(false),
            group: self.group("group"),
            impact_since: self.time("since"),
            affected: self.text("affected"),
        })
    }

    fn role(&mut self) -> Result<Command, UsageError> {
        let role = self.word("role");
        let role = self.need("role", role)?.as_str().into();
        Ok(Command::AssignRole { role, person: self.person("person").flatten() })
    }

    fn rename(&mut self) -> Result<Command, UsageError> {
        let title = self.text("title");
        let public = self.word("public").is_some_and(|word| word == "yes");
        Ok(Command::Rename { title: self.need("title", title)?, public })
    }

    fn update(&mut self, text: Option<Untrusted>) -> Result<Command, UsageError> {
        Ok(Command::PostUpdate {
            text: self.need("text", text)?,
            impact: self.text("impact"),
            affected: self.text("affected"),
            cause: self.text("cause"),
            estimate: self.text("estimate"),
            next: self.duration("next"),
        })
    }

    fn status_page(&mut self) -> Result<Command, UsageError> {
        let template = self.word("template");
        let template: Option<&StatusTemplate> =
            template.and_then(|id| self.context.vocabulary.templates.iter().find(|t| t.id == id));
        let said = self.word("status").and_then(|w| value::public_status(&w));
        let status = self.need("status", said.or(template.map(|t| t.status)))?;
        let message = self.text("message").or(template.map(|t| Untrusted::new(t.body.as_str())));
        let body = self.need("message", message)?;
        let (components, title) = (self.components("components").unwrap_or_default(), self.text("title"));
        Ok(Command::PostStatus { status, body, components, title })
    }

    fn list(&mut self) -> Result<ListFilter, UsageError> {
        let show = match self.word("show").as_deref() {
            Some("resolved") => ListScope::Resolved,
            Some("over") => ListScope::Over,
            Some("all") => ListScope::All,
            Some(_) | None => ListScope::Open,
        };
        let field = self.text("field").map(|text| field::condition(&self.context, text.verbatim())).transpose()?;
        Ok(ListFilter {
            show,
            field,
            severity: self.severity("severity"),
            service: self.word("service").map(ServiceId::new),
            text: self.text("text"),
        })
    }

    fn not_together(&self, one: &str, other: &str) -> UsageError {
        UsageError::NotTogether { command: self.context.spec.path.clone(), one: one.into(), other: other.into() }
    }

    fn not_alone(&self, option: &str, other: &str) -> UsageError {
        UsageError::NotAlone { command: self.context.spec.path.clone(), option: option.into(), other: other.into() }
    }
}
