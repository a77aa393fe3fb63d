//! Forms that were sent in: what they would show to customers, and opening them again with what was entered.

use std::sync::Arc;

use minijinja::{context, value::Serde};
use serde::Serialize;

use super::{Origin, ParsedCommand, denied, invocation, queries, replies};
use crate::{
    app::App,
    chat::{CommandInput, Inbound, Post, Reply},
    command::{Act, Ask, CommandSpec, OptionKind},
    domain::{ids::Key, people::Actor},
    store::StoreError,
};

/// One entry of a form, as its preview shows it.
#[derive(Debug, Serialize)]
struct FormEntry {
    label: String,
    value: String,
}

impl App {
    /// Returns what a form would show to customers, with buttons to send it and to edit it; `None` if customers read nothing
    /// of it, or if it cannot be carried out.
    pub async fn preview_form(self: &Arc<Self>, inbound: Inbound) -> Result<Option<Post>, StoreError> {
        let CommandInput::Options { command, options, .. } = &inbound.said else { return Ok(None) };
        let Some(spec) = self.catalog.command(command) else { return Ok(None) };
        if !is_read_by_customers(spec, options) {
            return Ok(None);
        }
        let Ok(parsed) = self.understand(&inbound, self.clock.now()).await? else { return Ok(None) };
        if denied(self, &parsed.request, parsed.access).is_some() {
            return Ok(None);
        }
        let fields: Vec<FormEntry> =
            options.iter().filter_map(|(name, value)| entry(spec, &parsed, name, value)).collect();
        let key = options.iter().find(|(name, _)| name == "incident").map(|(_, key)| key.clone());
        let key = key.or_else(|| parsed.here.as_ref().map(|incident| incident.key.to_string())).unwrap_or_default();
        let context = context! {
            submit => spec.submit.clone(), key, question => spec.confirm.clone(), fields => Serde(fields), draft => inbound.delivery,
        };
        Ok(Some(replies::form_preview(self, context)))
    }

    /// Returns the form of a command with what was entered, and what is wrong with it; `None` if the command has no form.
    pub async fn reopen_form(self: &Arc<Self>, inbound: Inbound) -> Result<Option<Reply>, StoreError> {
        let CommandInput::Options { command, options, .. } = &inbound.said else { return Ok(None) };
        let now = self.clock.now();
        let ParsedCommand { config, here, access, names, .. } = match self.understand(&inbound, now).await? {
            Ok(parsed) => parsed,
            Err(reply) => return Ok(reply.form.is_some().then_some(*reply)),
        };
        let Some(spec) = self.catalog.command(command) else { return Ok(None) };
        let named = options.iter().find(|(name, _)| name == "incident").and_then(|(_, key)| Key::parse(key));
        let key = named.or_else(|| here.as_ref().map(|incident| incident.key.clone()));
        let ask = Ask { command: spec.path.clone(), key, given: options.clone(), missing: Vec::new() };
        let app = Arc::clone(self);
        let read = move |reads: &crate::store::Reads<'_>| {
            let actor = Actor::Person(inbound.actor.clone());
            let origin = Origin { app: &app, config: &config, inbound: &inbound, now, access };
            let invocation = invocation(origin, &actor, here.clone());
            let drawn = queries::draw_form(reads, &invocation, &ask, &names, Vec::new())?;
            Ok(drawn.form.map(|form| replies::form(&invocation, form, &ask, drawn.incident.as_ref())))
        };
        self.store.read(read).await
    }

    /// The reply to someone whose entries are not stored any more.
    pub fn draft_expired(&self) -> Post {
        replies::draft_expired(self)
    }
}

/// True if customers read what a form says: a post on the status page, or the last message of a cancelled incident.
fn is_read_by_customers(spec: &CommandSpec, options: &[(String, String)]) -> bool {
    spec.act == Act::StatusPage || spec.act == Act::Cancel && options.iter().any(|(name, _)| name == "message")
}

/// Shows an option with its label. A template shows the text that customers would read.
fn entry(spec: &CommandSpec, parsed: &ParsedCommand, name: &str, value: &str) -> Option<FormEntry> {
    if name == "incident" {
        return None;
    }
    if let Some(component) = name.strip_prefix("components.") {
        let known = parsed.names.components.iter().find(|known| known.id == component);
        let label = known.map_or(component, |known| known.name.as_str()).to_owned();
        return Some(FormEntry { label, value: value.replace('_', " ") });
    }
    let option = spec.option(name)?;
    let template = parsed.names.templates.iter().find(|template| template.id == value);
    let value = match template {
        Some(template) if option.kind == OptionKind::Template => template.body.clone(),
        Some(_) | None => value.to_owned(),
    };
    Some(FormEntry { label: option.label.clone(), value })
}
