//! Writes a request as text that parses back to it; buttons use this.

mod words;

use std::time::Duration;

use words::{person_text, state_word, whom_text};

use super::request::declare_words;
use super::{
    Action, Ask, ListFilter, ListScope, OverrideRequest, PageChange, Query, Request, SilenceRequest, SilenceTarget,
    Whom, duration_text, field, lex::quote, value, when::time_text,
};
use crate::domain::{
    ids::{GroupId, Key, PersonId, ScheduleId},
    incident::{Command, Declare, IncidentKind},
    oncall::OverrideKind,
    text::Untrusted,
};

/// Writes a request as a command line, without the version: a button has that beside its command.
///
/// A domain command that only rules and programs use is written as the closest declared command, without options.
pub fn say(request: &Request) -> String {
    let mut line = Line::new(request.act().path());
    match request {
        Request::Query(query) => line.query(query),
        Request::Action(action) => line.action(action),
        Request::Reload => {}
    }
    line.0
}

struct Line(String);

impl Line {
    fn new(path: &str) -> Self {
        Self(format!("/{path}"))
    }

    fn word(&mut self, word: impl std::fmt::Display) {
        self.0.push_str(&format!(" {word}"));
    }

    fn page_change(&mut self, change: &PageChange) {
        match change {
            PageChange::Snooze(wait) => self.word(duration_text(*wait)),
            PageChange::Reassign(whom) => self.word(whom_text(whom)),
            PageChange::Add(person) => self.word(person_text(Some(person))),
            PageChange::Resolve => {}
        }
    }

    fn named(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.0.push_str(&format!(" {name}:{value}"));
        }
    }

    fn text(&mut self, text: &Untrusted) {
        self.word(quote(text.verbatim()));
    }

    fn named_text(&mut self, name: &str, text: Option<&Untrusted>) {
        self.named(name, text.map(|t| quote(t.verbatim())));
    }

    fn key(&mut self, key: Option<&Key>) {
        self.named("incident", key.map(Key::to_string));
    }

    fn declare(&mut self, declare: &Declare, whole: bool) {
        let given = |text: &Untrusted| (!text.verbatim().is_empty()).then(|| quote(text.verbatim()));
        self.named("title", given(&declare.title));
        self.named("severity", declare.severity.map(|s| s.name().to_owned()));
        if whole {
            self.named("service", declare.service.as_ref().map(|s| quote(s.as_str())));
            self.named("description", given(&declare.description));
            self.named("impact", declare.judged.as_ref().map(|judged| quote(&judged.impact)));
            self.named("urgency", declare.judged.as_ref().map(|judged| quote(&judged.urgency)));
            self.named("since", declare.impact_since.map(time_text));
            self.named_text("affected", declare.affected.as_ref());
            self.named("group", declare.group.map(|g| g.to_string()));
        }
        match (&declare.own_kind, declare.kind) {
            (Some(kind), _) => self.named("kind", Some(quote(kind.as_str()))),
            (None, IncidentKind::Real) => {}
            (None, IncidentKind::Drill) => self.named("drill", Some("yes".to_owned())),
            (None, kind @ (IncidentKind::Retrospective | IncidentKind::Maintenance)) => {
                self.named("kind", Some(kind.name().to_owned()));
            }
        }
        self.named("private", declare.private.then(|| "yes".to_owned()));
    }

    fn query(&mut self, query: &Query) {
        match query {
            Query::List(filter) => self.list(filter),
            Query::Info { key } | Query::Fields { key } => self.key(key.as_ref()),
            Query::Help { command } => self.named("command", command.as_deref().map(quote)),
            Query::OnCallReadiness => {}
            Query::OnCallNow { schedule } | Query::OnCallGaps { schedule } => {
                self.named("schedule", schedule.as_ref().map(|s| quote(s.as_str())))
            }
            Query::Contacts { attempts: true } => self.word("attempts"),
            Query::Contacts { attempts: false } => {}
            Query::AlertList { state } => self.named("state", state.map(|s| state_word(s).to_owned())),
            Query::AlertSilences { state } => self.named("state", state.map(|s| s.name().to_owned())),
            Query::AlertWhy { group } => self.word(group),
            Query::Postmortem { key } => self.key(key.as_ref()),
            Query::MyFollowUps | Query::Maintenances { all: false } | Query::UserReports { all: false } => {}
            Query::Maintenances { all: true } | Query::UserReports { all: true } => self.word("all"),
            Query::UserReport { number } => self.word(number),
            Query::FollowUps { key, scope } => {
                self.word(scope.word());
                self.key(key.as_ref());
            }
            Query::IssueSearch { text } => self.text(text),
            Query::Board { name } => {
                if let Some(name) = name {
                    self.text(name);
                }
            }
            Query::SilencePreview(silence) => {
                self.silence(silence);
                self.named("preview", Some("yes".to_owned()));
            }
            Query::Ask(ask) => self.0 = ask_text(ask),
        }
    }

    fn override_request(&mut self, request: &OverrideRequest) {
        let OverrideRequest { schedule, kind, person, instead_of, from, until } = request;
        self.word(person_text(Some(person)));
        self.word(time_text(*until));
        self.named("from", from.map(time_text));
        self.schedule(schedule.as_ref());
        self.named("instead", instead_of.as_ref().map(|person| person_text(Some(person))));
        self.named("kind", if *kind == OverrideKind::Replace { None } else { Some(kind.name().to_owned()) });
    }

    fn action(&mut self, action: &Action) {
        match action {
            Action::Declare(declare) => self.declare(declare, true),
            Action::Incident { key, command, .. } => {
                self.command(command);
                self.key(key.as_ref());
            }
            Action::Merge { key, into, .. } => self.of_incident(&format!(" {into}"), key.as_ref()),
            Action::TakeOut { key, entry, reason } => self.redaction(*entry, reason.as_ref(), key.as_ref()),
            Action::Page { key, whom, message } => self.page(key.as_ref(), whom, message.as_ref()),
            Action::PageAnswer { page, .. } => page.iter().for_each(|page| self.word(page)),
            Action::PageChange { page, change } => {
                self.page_change(change);
                self.named("page", page.map(|page| page.to_string()));
            }
            Action::OnCallTest { schedule, sure } => {
                self.schedule(schedule.as_ref());
                self.named("sure", sure.then(|| "yes".to_owned()));
            }
            Action::OnCallOverride(request) => self.override_request(request),
            Action::OnCallTake { schedule, wait } => {
                self.named("for", wait.map(duration_text));
                self.schedule(schedule.as_ref());
            }
            Action::OnCallHandover { schedule, person } => {
                self.word(person_text(Some(person)));
                self.schedule(schedule.as_ref());
            }
            Action::OnCallCalendar { of, revoke } => self.calendar(of.as_ref(), *revoke),
            Action::OnCallCancel { id } => self.word(id),
            Action::Contact(contact) => self.0.push_str(&contact.words()),
            Action::AlertAcknowledge { group, .. } => self.word(group),
            Action::AlertSilence { silence, .. } => self.silence(silence),
            Action::AlertExpire { silence } => self.word(silence),
            Action::AlertShelve { group, wait, reason, .. } => self.shelve(*group, *wait, reason),
            Action::AlertDeclare { group, declare, .. } => {
                self.word(group);
                self.declare(declare, false);
            }
            Action::CreateIssue { key } => self.key(key.as_ref()),
            Action::RoomPreviews { cards, projects } => {
                if let Some(cards) = cards {
                    self.word(cards);
                }
                self.named_text("projects", projects.as_ref());
            }
            Action::Postmortem { key, request } => self.of_incident(&request.words(), key.as_ref()),
            Action::FollowUp { key, request } => self.of_incident(&request.words(), key.as_ref()),
            Action::Maintenance(request) => self.0.push_str(&request.words()),
            Action::Report(request) => self.0.push_str(&request.words()),
            Action::DeclareReport { number, declare } => self.0.push_str(&declare_words(*number, declare)),
            Action::AdminResume => {}
            Action::AdminJoin { key, reason } => {
                self.word(key);
                self.named_text("reason", Some(reason));
            }
            Action::AdminHold { key, reason } => self.legal_hold(key, reason.as_ref()),
            Action::AdminInvite { person } | Action::AdminSignOut { person } => self.word(person_text(Some(person))),
        }
    }

    fn legal_hold(&mut self, key: &Key, reason: Option<&Untrusted>) {
        self.word(key);
        self.named_text("reason", reason);
        self.named("lift", reason.is_none().then(|| "yes".to_owned()));
    }

    fn page(&mut self, key: Option<&Key>, whom: &Whom, message: Option<&Untrusted>) {
        self.word(whom_text(whom));
        self.named_text("message", message);
        self.key(key);
    }

    fn calendar(&mut self, of: Option<&Whom>, revoke: bool) {
        if let Some(whom) = of {
            self.word(whom_text(whom));
        }
        self.named("revoke", revoke.then(|| "yes".to_owned()));
    }

    fn redaction(&mut self, entry: u64, reason: Option<&Untrusted>, key: Option<&Key>) {
        self.named("redact", Some(entry.to_string()));
        self.named_text("reason", reason);
        self.key(key);
    }

    fn schedule(&mut self, schedule: Option<&ScheduleId>) {
        self.named("schedule", schedule.map(|id| quote(id.as_str())));
    }

    /// Words that say themselves what they are, and the incident that they are about.
    fn of_incident(&mut self, words: &str, key: Option<&Key>) {
        self.0.push_str(words);
        self.key(key);
    }

    fn shelve(&mut self, group: GroupId, wait: Duration, reason: &Untrusted) {
        self.word(group);
        self.word(duration_text(wait));
        self.text(reason);
    }

    fn silence(&mut self, silence: &SilenceRequest) {
        let wait = silence.wait.map_or_else(|| value::UNTIL_OVER.to_owned(), duration_text);
        match &silence.what {
            SilenceTarget::Group(group) => {
                self.word(group);
                self.word(wait);
            }
            SilenceTarget::Matching(matchers) => {
                let list: Vec<String> = matchers.iter().map(ToString::to_string).collect();
                self.named("match", Some(quote(&list.join(", "))));
                self.named("wait", Some(wait));
            }
        }
        self.named_text("comment", silence.comment.as_ref());
        self.named("sure", silence.sure.then(|| "yes".to_owned()));
    }

    fn list(&mut self, filter: &ListFilter) {
        match filter.show {
            ListScope::Open => {}
            ListScope::Resolved => self.word("resolved"),
            ListScope::Over => self.word("over"),
            ListScope::All => self.word("all"),
        }
        self.named("severity", filter.severity.map(|s| s.name().to_owned()));
        self.named("service", filter.service.as_ref().map(|s| quote(s.as_str())));
        self.named("field", filter.field.as_ref().map(|(name, value)| quote(&format!("{name}={value}"))));
        self.named_text("text", filter.text.as_ref());
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::PostUpdate { text, impact, affected, cause, estimate, next } => {
                self.text(text);
                self.named_text("impact", impact.as_ref());
                self.named_text("affected", affected.as_ref());
                self.named_text("cause", cause.as_ref());
                self.named_text("estimate", estimate.as_ref());
                self.named("next", next.map(duration_text));
            }
            Command::SetStatus { to, reason } => {
                self.word(quote(to.as_str()));
                self.named_text("reason", reason.as_ref());
            }
            Command::SetSeverity { to, reason } => {
                self.word(to.name());
                self.named_text("reason", reason.as_ref());
            }
            Command::AssignRole { role, person } => {
                self.word(quote(role.as_str()));
                self.word(person_text(person.as_ref()));
            }
            Command::AddNote { text } => self.text(text),
            Command::SendDraft { draft } => self.word(draft),
            Command::Snooze { wait } => self.word(duration_text(*wait)),
            Command::SetPrivate { private } => self.word(if *private { "yes" } else { "no" }),
            Command::Close { reason } | Command::Reopen { reason } => self.named_text("reason", reason.as_ref()),
            Command::Invite { people } => self.people(people),
            Command::LinkGroup { group } => self.word(group),
            Command::Rename { .. }
            | Command::SetFields { .. }
            | Command::Mark { .. }
            | Command::Resolve { .. }
            | Command::Cancel { .. }
            | Command::AddTimeline { .. }
            | Command::SetTime { .. }
            | Command::AddTask { .. }
            | Command::AssignTask { .. }
            | Command::FinishTask { .. }
            | Command::PostStatus { .. } => self.longer(command),
            Command::Join
            | Command::JoinAsAdmin { .. }
            | Command::Merge { .. }
            | Command::Absorb(_)
            | Command::ClearGroup { .. }
            | Command::NudgeUpdate
            | Command::RaiseSeverity { .. }
            | Command::ProposeSeverity { .. }
            | Command::KeepMessage { .. }
            | Command::ChangeMessage { .. }
            | Command::DraftUpdate { .. }
            | Command::TakeOut { .. }
            | Command::RecordPage { .. }
            | Command::RecordRoom { .. }
            | Command::Record(_)
            | Command::RecordIssue(_)
            | Command::RecordOutsidePage(_) => {}
        }
    }

    fn longer(&mut self, command: &Command) {
        if let Command::Rename { title, public } = command {
            self.text(title);
            self.named("public", public.then(|| "yes".to_owned()));
        } else if let Command::Resolve { summary, cause } = command {
            self.named_text("summary", summary.as_ref());
            self.named("cause", cause.as_deref().map(quote));
        } else if let Command::SetFields { fields } = command {
            self.named("fields", Some(quote(&field::text(fields))));
        } else if let Command::Mark { name } = command {
            self.named("marks", Some(name.name().to_owned()));
        } else if let Command::Cancel { reason, message } = command {
            self.named_text("reason", reason.as_ref());
            self.named_text("message", message.as_ref());
        } else if let Command::AddTimeline { at, text } = command {
            self.word(time_text(*at));
            self.text(text);
        } else if let Command::SetTime { name, at } = command {
            self.word(time_text(*at));
            self.named("marks", Some(name.name().to_owned()));
        } else if let Command::AddTask { text, assignee } = command {
            self.text(text);
            self.named("person", assignee.as_ref().map(|p| person_text(Some(p))));
        } else if let Command::AssignTask { number, person } = command {
            self.named("number", Some(number.to_string()));
            self.named("person", Some(person_text(Some(person))));
        } else if let Command::FinishTask { number } = command {
            self.named("done", Some(number.to_string()));
        } else if let Command::PostStatus { status, body, components, title } = command {
            self.word(value::public_word(*status));
            self.text(body);
            let pair = |(id, status): &(_, _)| format!("{id}={}", value::component_word(*status));
            let pairs: Vec<String> = components.iter().map(pair).collect();
            self.named("components", (!pairs.is_empty()).then(|| quote(&pairs.join(","))));
            self.named_text("title", title.as_ref());
        }
    }

    fn people(&mut self, people: &[PersonId]) {
        let names: Vec<String> = people.iter().map(|p| format!("@{p}")).collect();
        self.word(quote(&names.join(",")));
    }
}

fn ask_text(ask: &Ask) -> String {
    let mut line = Line::new(&ask.command);
    if !ask.given.iter().any(|(name, _)| name == "incident") {
        line.key(ask.key.as_ref());
    }
    ask.given.iter().for_each(|(name, text)| line.named(name, Some(quote(text))));
    line.0
}
