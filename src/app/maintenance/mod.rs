//! Planned maintenance: people schedule, move, post and cancel it, and timers begin, verify and complete it.
//!
//! What a maintenance does to components and alerts is up to the reactor.

use minijinja::context;

use super::{
    Context,
    reactor::{FollowUp, WorkList},
};
use crate::{
    config::Config,
    domain::{
        Timestamp,
        alert::{MutedBy, SilenceState},
        effect::{EffectKey, Timer},
        event::Event,
        ids::{ComponentId, MaintenanceId, ServiceId},
        refusal::{IncidentRefusal, Refusal, StatusRefusal},
        status::{
            self, Maintenance, MaintenanceCommand, MaintenanceEvent, MaintenanceFacts, MaintenanceStatus,
            MaintenanceUpdate, NewMaintenance,
        },
        text::Untrusted,
    },
    render::Renderer,
    store::{Append, Reads, StoreError, Tx},
};

/// What a person says of a new maintenance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaintenanceDraft {
    /// What is done, for customers.
    pub title: Untrusted,
    /// The first text that customers read.
    pub message: Untrusted,
    /// The components by their ids or names.
    pub components: Vec<String>,
    /// When its window begins.
    pub from: Timestamp,
    /// When its window ends.
    pub until: Timestamp,
    /// True if only a person completes it.
    pub by_hand: bool,
}

/// What a command wrote.
#[derive(Clone, Debug)]
pub struct MaintenanceChange {
    /// The record after it.
    pub item: Maintenance,
    /// The events, each with its number.
    pub events: Vec<(u64, MaintenanceEvent)>,
}

/// What a command wrote, or why it was refused.
pub type MaintenanceResult = Result<MaintenanceChange, Refusal>;

/// Schedules a maintenance.
pub fn schedule(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    draft: &MaintenanceDraft,
) -> Result<MaintenanceResult, StoreError> {
    let components = match components(cx.config, &draft.components) {
        Ok(components) => components,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let spec = NewMaintenance {
        id: MaintenanceId::new(cx.now),
        number: tx.last_maintenance_number()? + 1,
        title: draft.title.clone(),
        message: draft.message.clone(),
        components,
        from: draft.from,
        until: draft.until,
        by_hand: draft.by_hand,
    };
    match status::new_maintenance(spec, cx.now) {
        Ok(events) => write(tx, cx, work, None, events),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Gives a command to a maintenance.
pub fn change(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    number: u32,
    command: &MaintenanceCommand,
) -> Result<MaintenanceResult, StoreError> {
    match tx.maintenance_by_number(number)? {
        Some(item) => run(tx, cx, work, item, command),
        None => Ok(Err(StatusRefusal::UnknownMaintenance { number }.into())),
    }
}

/// Does what is due by the clock.
pub(in crate::app) fn on_wake(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: MaintenanceId,
) -> Result<(), StoreError> {
    let Some(item) = tx.maintenance(id)? else { return Ok(()) };
    let next = status::next_maintenance_step(&item, &cx.config.status_page.maintenance);
    let done = run(tx, cx, work, item, &MaintenanceCommand::Continue)?;
    let nothing_due = done.is_ok_and(|change| change.events.is_empty());
    if nothing_due && let Some(next) = next {
        // The clock was set back, or the settings have changed.
        let key = EffectKey(format!("maintenance/{id}/timer/{}", cx.now.timestamp_millis()));
        tx.enqueue(&key, &Timer::MaintenanceDue { maintenance: id }.into(), next.max(cx.now))?;
    }
    Ok(())
}

/// The services whose alerts a maintenance mutes: those with one of its components.
pub fn services(config: &Config, item: &Maintenance) -> Vec<ServiceId> {
    let affected = |component: &ComponentId| item.components.contains(component);
    let of = config.services.iter().filter(|service| service.component.as_ref().is_some_and(affected));
    of.map(|service| service.id.clone()).collect()
}

/// The number of firing alerts that a maintenance mutes now; `None` if it mutes none now.
pub fn muted(reads: &Reads<'_>, item: &Maintenance, now: Timestamp) -> Result<Option<u64>, StoreError> {
    let silence = reads.silence_of_maintenance(item.id)?;
    match silence.filter(|silence| silence.state(now) == SilenceState::Active) {
        Some(silence) => reads.count_muted(MutedBy::Silence(silence.id)).map(Some),
        None => Ok(None),
    }
}

/// Fills in the text of updates without one, from the template of what they say.
pub fn with_texts(mut item: Maintenance, renderer: &Renderer) -> Maintenance {
    let (from, until) = (item.from, item.until);
    let text = |update: &MaintenanceUpdate| {
        let name = if update.moved { "moved" } else { update.status.name() };
        let at = |at: Timestamp| at.format("%-d %b %Y, %H:%M UTC").to_string();
        let context = context! { from => at(from), until => at(until) };
        match renderer.render(&format!("status/maintenance/{name}.txt"), context) {
            Ok(text) => text.trim().to_owned(),
            Err(error) => {
                tracing::error!(template = name, %error, "a template failed");
                String::new()
            }
        }
    };
    for update in &mut item.updates {
        let shown = if update.body.is_blank() { text(update) } else { update.body.shown(4_000) };
        update.body = Untrusted::new(shown);
    }
    item.title = Untrusted::new(item.title.shown(300));
    item
}

/// The components that a person named.
fn components(config: &Config, named: &[String]) -> Result<Vec<ComponentId>, Refusal> {
    let known = &config.status_page.components;
    let mut found: Vec<ComponentId> = Vec::new();
    for name in named {
        let same = |other: &str| other.eq_ignore_ascii_case(name);
        let component = known.iter().find(|component| same(component.id.as_str()) || same(&component.name));
        let Some(component) = component else {
            let known = known.iter().map(|component| component.id.clone()).collect();
            return Err(IncidentRefusal::UnknownComponent { component: name.as_str().into(), known }.into());
        };
        if !found.contains(&component.id) {
            found.push(component.id.clone());
        }
    }
    Ok(found)
}

fn run(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    item: Maintenance,
    command: &MaintenanceCommand,
) -> Result<MaintenanceResult, StoreError> {
    let firing = item.status == MaintenanceStatus::Verifying && fires(tx, cx, &item)?;
    let facts = MaintenanceFacts { now: cx.now, policy: &cx.config.status_page.maintenance, firing };
    match status::decide_maintenance(&item, command, facts) {
        Ok(events) => write(tx, cx, work, Some(item), events),
        Err(refusal) => Ok(Err(refusal)),
    }
}

fn fires(reads: &Reads<'_>, cx: Context<'_>, item: &Maintenance) -> Result<bool, StoreError> {
    for service in services(cx.config, item) {
        if reads.service_fires(&service)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn write(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    before: Option<Maintenance>,
    events: Vec<MaintenanceEvent>,
) -> Result<MaintenanceResult, StoreError> {
    let first = before.as_ref().map_or(0, |item| item.version);
    let (mut item, mut written) = (before, Vec::new());
    for (seq, event) in (first + 1..).zip(events) {
        item = status::apply_maintenance(item, &event, cx.now, cx.actor);
        let Some(record) = &item else { continue };
        let stream = Maintenance::stream(record.id);
        let expected_seq = Some(seq - 1);
        let append = Append { stream: &stream, expected_seq, actor: cx.actor, at: cx.now, request: cx.request };
        tx.append(&append, &[Event::Maintenance(event.clone())])?;
        let effects = status::maintenance_effects(record, &event, &cx.config.status_page.maintenance, cx.now);
        for (n, plan) in effects.into_iter().enumerate() {
            tx.enqueue(&EffectKey::new(&stream, seq, n), &plan.effect, plan.due)?;
        }
        written.push((seq, event));
    }
    let item = item.ok_or_else(|| StoreError::Corrupt("a maintenance was never scheduled".to_owned()))?;
    if !written.is_empty() {
        tx.save_maintenance(&item)?;
        work.push(cx, FollowUp::MaintenanceChanged { maintenance: item.id });
    }
    Ok(Ok(MaintenanceChange { item, events: written }))
}
