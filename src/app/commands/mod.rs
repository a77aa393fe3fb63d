//! The path of one command: parse it, find the person and the incident, decide, write, reply.

mod admin;
mod calendars;
mod contacts;
mod declare_limit;
mod followups;
mod forms;
mod invocation;
mod maintenance;
mod on_call_test;
mod overrides;
mod paging;
mod perform;
#[cfg(test)]
pub(super) use perform::declare_from_group;
#[cfg(test)]
pub(super) use silences::{GroupSilenceRequest, create_group_silence};
mod queries;
mod refusals;
pub mod replies;
mod reviews;
mod same_service;
mod silences;
mod user_reports;
pub mod vocabulary;

use std::sync::Arc;

use invocation::Invocation;
use sha2::{Digest, Sha256};

use super::{App, Context, reactor};
use crate::{
    chat::{CommandInput, Inbound, Reply, bot::Completion},
    command::{self, Action, Ask, CallContext, Form, KnownName, ParseInput, Query, Request, UsageError, Vocabulary},
    config::Config,
    domain::{
        Timestamp,
        event::{Event, SystemEvent},
        ids::{Key, RoomId},
        incident::Incident,
        people::{Access, Actor},
        refusal::{IncidentRefusal, Refusal},
    },
    store::{Append, Delivery, InboxState, ReceiveResult, Sender, StoreError, Tx},
};

/// A command that was parsed, and who gave it.
struct ParsedCommand {
    config: Arc<Config>,
    here: Option<Incident>,
    access: Access,
    names: Vocabulary,
    request: Request,
}

impl App {
    /// Replies to a command. An action is carried out once for each delivery id: a repeat gets the reply that was
    /// saved with the first.
    ///
    /// # Errors
    /// [`StoreError`] when the answer could not be made durable; the asker should try again with the same delivery id.
    pub async fn on_command(self: &Arc<Self>, inbound: Inbound) -> Result<Reply, StoreError> {
        let now = self.clock.now();
        let ParsedCommand { config, here, access, names, request } = match self.understand(&inbound, now).await? {
            Ok(understood) => understood,
            Err(reply) => return Ok(*reply),
        };
        if let Some(refusal) = denied(self, &request, access) {
            self.write_denial(&inbound, &request, now).await?;
            return Ok(replies::forbidden(self, &refusal));
        }
        let app = Arc::clone(self);
        match request {
            Request::Reload => {
                let actor = Actor::Person(inbound.actor.clone());
                Ok(replies::reloaded(self, &self.reload(&actor, &inbound.request).await?))
            }
            Request::Query(query) => {
                let read = move |reads: &crate::store::Reads<'_>| {
                    let actor = Actor::Person(inbound.actor.clone());
                    let invocation = invocation(
                        Origin { app: &app, config: &config, inbound: &inbound, now, access },
                        &actor,
                        here.clone(),
                    );
                    queries::answer(reads, &invocation, &query, &names)
                };
                self.store.read(read).await
            }
            Request::Action(action) => {
                let work = move |tx: &mut Tx<'_>| {
                    let origin = Origin { app: &app, config: &config, inbound: &inbound, now, access };
                    command_in_tx(tx, origin, &action)
                };
                let reply = self.store.transact_urgent(work).await;
                fail::fail_point!("command.decided");
                reply
            }
        }
    }

    /// True if the reply will be a form. A platform that has to show a form at once asks before it answers.
    pub async fn asks(self: &Arc<Self>, inbound: &Inbound) -> Result<bool, StoreError> {
        let understood = self.understand(inbound, self.clock.now()).await?;
        Ok(understood.is_ok_and(|understood| matches!(understood.request, Request::Query(Query::Ask(_)))))
    }

    /// What can stand for an option of a command at present, as value and label; empty when it is free text.
    pub async fn offers(
        self: &Arc<Self>,
        inbound: Inbound,
        completion: Completion,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let now = self.clock.now();
        let Ok(ParsedCommand { config, here, access, names, .. }) = self.understand(&inbound, now).await? else {
            return Ok(Vec::new());
        };
        let app = Arc::clone(self);
        let read = move |reads: &crate::store::Reads<'_>| {
            let actor = Actor::Person(inbound.actor.clone());
            let key = here.as_ref().map(|incident| incident.key.clone());
            let Completion { command, option } = completion;
            let ask = Query::Ask(Ask { command, key, given: Vec::new(), missing: Vec::new() });
            let invocation =
                invocation(Origin { app: &app, config: &config, inbound: &inbound, now, access }, &actor, here);
            let form = queries::answer(reads, &invocation, &ask, &names)?.form;
            let input = form.and_then(|form| form.inputs.into_iter().find(|input| input.name == option));
            Ok(input.map(|input| input.choices).unwrap_or_default())
        };
        self.store.read(read).await
    }

    /// Parses a command and finds who gave it where; or returns the reply that says why that failed.
    async fn understand(
        self: &Arc<Self>,
        inbound: &Inbound,
        now: Timestamp,
    ) -> Result<Result<ParsedCommand, Box<Reply>>, StoreError> {
        let config = self.config.current();
        let Some(person) = inbound.guest.as_ref().or_else(|| config.person(&inbound.actor)) else {
            let refusal = IncidentRefusal::UnknownPerson { name: inbound.actor.to_string(), near: None }.into();
            return Ok(Err(Box::new(replies::forbidden(self, &refusal))));
        };
        let here = self.incident_here(inbound).await?;
        let place = CallContext {
            now,
            timezone: person.timezone,
            actor: person.id.clone(),
            incident_of_room: here.as_ref().map(|incident| incident.key.clone()),
        };
        let mut names = vocabulary::of_config(&config);
        names.templates = crate::app::incidents::status_page::templates(&self.renderer, &config, here.as_ref());
        names.groups = self.groups_named(&inbound.said).await?;
        let access = person.access;
        Ok(match command::parse(&self.catalog, &names, &parse_input(&inbound.said), &place) {
            Ok(request) => Ok(ParsedCommand { config, here, access, names, request }),
            Err(error) => {
                let form = self.form_again(inbound, here, &names, &error).await?;
                Err(Box::new(replies::usage(self, &error).with_form(form)))
            }
        })
    }

    /// The groups that a command names by number.
    async fn groups_named(&self, said: &CommandInput) -> Result<Vec<KnownName>, StoreError> {
        let numbers = vocabulary::group_numbers(said);
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        self.store.read(move |reads| vocabulary::groups_by_number(reads, &numbers)).await
    }

    /// The form that was sent in, once more, with what was typed and what is wrong with it beside its field.
    async fn form_again(
        self: &Arc<Self>,
        inbound: &Inbound,
        here: Option<Incident>,
        names: &Vocabulary,
        error: &UsageError,
    ) -> Result<Option<Form>, StoreError> {
        let CommandInput::Options { command, options, .. } = &inbound.said else { return Ok(None) };
        let (Some(option), Some(spec)) = (error.option(), self.catalog.command(command)) else { return Ok(None) };
        let label = spec.option(option).map_or(option, |option| option.label.as_str());
        let errors = vec![(option.to_owned(), replies::field_error(self, error, label))];
        let named = options.iter().find(|(name, _)| name == "incident").and_then(|(_, key)| Key::parse(key));
        let key = named.or_else(|| here.as_ref().map(|incident| incident.key.clone()));
        let ask = Ask { command: spec.path.clone(), key, given: options.clone(), missing: Vec::new() };
        let (app, config, now) = (Arc::clone(self), self.config.current(), self.clock.now());
        let (inbound, names) = (inbound.clone(), names.clone());
        let read = move |reads: &crate::store::Reads<'_>| {
            let actor = Actor::Person(inbound.actor.clone());
            let origin = Origin { app: &app, config: &config, inbound: &inbound, now, access: Access::Reporter };
            let invocation = invocation(origin, &actor, here.clone());
            Ok(queries::draw_form(reads, &invocation, &ask, &names, errors.clone())?.form)
        };
        self.store.read(read).await
    }

    /// The incident of the room it was given in, if the person may see it.
    async fn incident_here(&self, inbound: &Inbound) -> Result<Option<Incident>, StoreError> {
        let Some(room) = inbound.room.clone() else { return Ok(None) };
        let found = self.store.read(move |reads| incident_of_room(reads, &room)).await?;
        Ok(found.filter(|incident| incident.visible_to(&inbound.actor)))
    }

    /// Every denial is in the audit log.
    async fn write_denial(&self, inbound: &Inbound, request: &Request, now: Timestamp) -> Result<(), StoreError> {
        let actor = Actor::Person(inbound.actor.clone());
        let what = request.act().path().to_owned();
        let asked_by = inbound.request.clone();
        let write = move |tx: &mut Tx<'_>| {
            let append = Append { stream: "system", expected_seq: None, actor: &actor, at: now, request: &asked_by };
            tx.append(&append, &[Event::System(SystemEvent::AccessDenied { what: what.clone() })]).map(|_| ())
        };
        self.store.transact_urgent(write).await
    }
}

/// The incident of a room. One that was just declared is known by the name of its room, which opens a moment later.
fn incident_of_room(reads: &crate::store::Reads<'_>, room: &RoomId) -> Result<Option<Incident>, StoreError> {
    if let Some(found) = reads.incident_by_room(room)? {
        return Ok(Some(found));
    }
    let Some(key) = Key::parse(room.as_str()).filter(|key| key.room_name() == room.as_str()) else { return Ok(None) };
    Ok(reads.incident_by_key(&key)?.filter(|incident| incident.room.is_none()))
}

/// Who gave a command, and when.
#[derive(Clone, Copy)]
struct Origin<'a> {
    app: &'a App,
    config: &'a Config,
    inbound: &'a Inbound,
    now: Timestamp,
    access: Access,
}

fn invocation<'a>(origin: Origin<'a>, actor: &'a Actor, here: Option<Incident>) -> Invocation<'a> {
    let Origin { app, config, inbound, now, access } = origin;
    let cx = Context { config, now, actor, request: &inbound.request, expect: None };
    Invocation {
        app,
        cx,
        person: &inbound.actor,
        access,
        here,
        room: inbound.room.as_ref(),
        about: inbound.about.as_deref(),
    }
}

fn parse_input(said: &CommandInput) -> ParseInput<'_> {
    match said {
        CommandInput::Text(text) => ParseInput::text(text),
        CommandInput::Press { command, version } => ParseInput::text(command).at_version(*version),
        CommandInput::Options { command, options, version } => {
            ParseInput::options(command, options).at_version(*version)
        }
    }
}

fn denied(app: &App, request: &Request, access: Access) -> Option<Refusal> {
    let needs = request.needs(&app.catalog);
    (access < needs).then(|| {
        IncidentRefusal::NotAllowed {
            act: format!("/{}", request.act().path()),
            needs: format!("{needs:?}").to_lowercase(),
        }
        .into()
    })
}

/// First delivery? Then decide, write and save the reply; else the saved reply.
fn command_in_tx(tx: &mut Tx<'_>, origin: Origin<'_>, action: &Action) -> Result<Reply, StoreError> {
    let Origin { app, inbound, now, .. } = origin;
    let mut body = serde_json::to_vec(&(&inbound.actor, &inbound.room, &inbound.said)).unwrap_or_default();
    if matches!(action, Action::Contact(request) if request.is_confidential()) {
        // Addresses and codes are not kept with the delivery; a repeat is recognised by the hash as well.
        body = Sha256::digest(&body).to_vec();
    }
    let delivery = Some(inbound.delivery.clone());
    let id = match tx.receive(&Delivery { sender: Sender::Origin(inbound.source), delivery, at: now, body: &body })? {
        ReceiveResult::New(id) => id,
        ReceiveResult::Repeat { reply: Some(saved), .. } => {
            return serde_json::from_str(&saved).map_err(|error| StoreError::Corrupt(error.to_string()));
        }
        ReceiveResult::Repeat { reply: None, .. } | ReceiveResult::Mismatch { .. } => {
            return Ok(replies::repeated(app));
        }
    };
    let actor = Actor::Person(inbound.actor.clone());
    let here = match &inbound.room {
        Some(room) => incident_of_room(tx, room)?.filter(|incident| incident.visible_to(&inbound.actor)),
        None => None,
    };
    let invocation = invocation(origin, &actor, here);
    let reply = reactor::run(tx, invocation.cx, |tx, work| perform::perform(tx, work, &invocation, action))?;
    let reply = replies::while_paused(&invocation, reply, tx.sending_paused()?.as_deref());
    let stored = admin::stored_reply(&invocation, action, &reply);
    let saved = serde_json::to_string(&stored).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    tx.save_reply(id, &saved)?;
    tx.settle_delivery(id, &InboxState::Done)?;
    Ok(reply)
}
