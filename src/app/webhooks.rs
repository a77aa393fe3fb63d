//! Outgoing webhooks: which events are put in the queue, and when a webhook that fails is disabled.

use chrono::TimeDelta;

use super::{Context, system::notices};
use crate::{
    domain::{
        effect::{EffectKey, WebhookEffect},
        event::SystemEvent,
        ids::{IncidentId, PageId, WebhookId},
        incident::IncidentEvent,
        oncall::{OnCallEvent, PageDecision},
        webhook::{WebhookEvent, WebhookSubject},
    },
    store::{StoreError, Tx, WebhookTrouble},
};

/// How long deliveries may fail before a webhook is disabled.
const PATIENCE: TimeDelta = TimeDelta::days(1);
/// Failures that are further apart are two troubles: attempts are at most an hour apart while events wait, so in between
/// nothing was sent, or hotroom itself was down.
const LONGEST_GAP: TimeDelta = TimeDelta::hours(2);

/// Puts events about one thing in the queue of each webhook that has chosen them, each with its number. Only references are
/// stored: the bodies are made from the records when the events are sent.
pub(in crate::app) fn enqueue(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    about: WebhookSubject,
    events: impl Iterator<Item = (u64, WebhookEvent)>,
) -> Result<(), StoreError> {
    if cx.config.webhooks.is_empty() {
        return Ok(());
    }
    let events: Vec<(u64, WebhookEvent)> = events.collect();
    for webhook in &cx.config.webhooks {
        let mut chosen = events.iter().filter(|(_, event)| webhook.events.contains(event)).peekable();
        if chosen.peek().is_none() || tx.is_webhook_disabled(&webhook.id)? {
            continue;
        }
        for (seq, event) in chosen.copied() {
            let effect =
                WebhookEffect::PostEvent { webhook: webhook.id.clone(), event, about, seq, at: cx.now, paged: false };
            let key = EffectKey(format!("webhook/{}/{}", webhook.id, effect.message_id()));
            tx.enqueue(&key, &effect.into(), cx.now)?;
        }
    }
    Ok(())
}

/// Puts what webhooks report of events of an incident in their queues.
pub(in crate::app) fn enqueue_incident(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: IncidentId,
    events: &[(u64, IncidentEvent)],
) -> Result<(), StoreError> {
    let workflow = &cx.config.policy.workflow;
    let reported = events.iter().filter_map(|(seq, event)| Some((*seq, WebhookEvent::from_incident(event, workflow)?)));
    enqueue(tx, cx, WebhookSubject::Incident(incident), reported)
}

/// Puts what webhooks report of a decision about a page in their queues; `before` is the number of its last event before.
pub(in crate::app) fn enqueue_page(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    before: u64,
    decision: &PageDecision,
) -> Result<(), StoreError> {
    let numbered = (before + 1..).zip(&decision.steps);
    let reported = numbered.filter_map(|(seq, step)| Some((seq, WebhookEvent::from_page(&step.event)?)));
    enqueue(tx, cx, WebhookSubject::Page(decision.page.id()), reported)
}

/// Puts what steps of a page report to the webhooks that they name in the queues of those, whatever events they have chosen.
pub(in crate::app) fn enqueue_targets(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    before: u64,
    decision: &PageDecision,
) -> Result<(), StoreError> {
    let page = decision.page.id();
    let mut reported = NumberedEvent { seq: before + 1, event: WebhookEvent::PageTriggered };
    for (seq, step) in (before + 1..).zip(&decision.steps) {
        if let Some(event) = WebhookEvent::from_page(&step.event) {
            reported = NumberedEvent { seq, event };
        }
        if let OnCallEvent::PageStepped { webhooks, .. } = &step.event {
            enqueue_for(tx, cx, webhooks, page, reported)?;
        }
        if let OnCallEvent::PageStepJoined { webhooks, .. } = &step.event {
            enqueue_for(tx, cx, webhooks, page, NumberedEvent { seq, event: WebhookEvent::PageEscalated })?;
        }
    }
    Ok(())
}

/// An event with its number in its stream.
#[derive(Clone, Copy)]
struct NumberedEvent {
    seq: u64,
    event: WebhookEvent,
}

fn enqueue_for(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    webhooks: &[WebhookId],
    page: PageId,
    reported: NumberedEvent,
) -> Result<(), StoreError> {
    let NumberedEvent { seq, event } = reported;
    for webhook in webhooks {
        let known = cx.config.webhooks.iter().any(|known| known.id == *webhook);
        if known && !tx.is_webhook_disabled(webhook)? {
            let (webhook, about) = (webhook.clone(), WebhookSubject::Page(page));
            let effect = WebhookEffect::PostEvent { webhook, event, about, seq, at: cx.now, paged: true };
            let key = EffectKey(format!("webhook/{}/{}", effect.webhook(), effect.message_id()));
            tx.enqueue(&key, &effect.into(), cx.now)?;
        }
    }
    Ok(())
}

/// Records that a delivery failed and is tried again. After a day without a success the webhook is disabled.
pub(in crate::app) fn failed(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    webhook: &WebhookId,
    why: &str,
) -> Result<(), StoreError> {
    let known = tx.webhook_trouble(webhook)?;
    if known.as_ref().is_some_and(|trouble| trouble.disabled_at.is_some()) {
        return Ok(());
    }
    let lasting = known.filter(|trouble| cx.now - trouble.failed_at <= LONGEST_GAP);
    let failing_since = lasting.map_or(cx.now, |trouble| trouble.failing_since);
    let over = cx.now - failing_since >= PATIENCE;
    let disabled_at = over.then_some(cx.now);
    let trouble = WebhookTrouble { failing_since, failed_at: cx.now, why: why.to_owned(), disabled_at };
    tx.save_webhook_trouble(webhook, &trouble)?;
    if over { note_disabled(tx, cx, webhook, Some(why)) } else { Ok(()) }
}

/// Disables a webhook whose receiver has said that it wants no more events.
pub(in crate::app) fn gone(tx: &mut Tx<'_>, cx: Context<'_>, webhook: &WebhookId) -> Result<(), StoreError> {
    if tx.is_webhook_disabled(webhook)? {
        return Ok(());
    }
    let (failing_since, failed_at, disabled_at) = (cx.now, cx.now, Some(cx.now));
    let trouble = WebhookTrouble { failing_since, failed_at, why: GONE.to_owned(), disabled_at };
    tx.save_webhook_trouble(webhook, &trouble)?;
    note_disabled(tx, cx, webhook, None)
}

/// The reason that is stored where the receiver wants no more events.
const GONE: &str = "HTTP 410";

fn note_disabled(tx: &mut Tx<'_>, cx: Context<'_>, webhook: &WebhookId, why: Option<&str>) -> Result<(), StoreError> {
    let event = SystemEvent::WebhookDisabled { webhook: webhook.clone(), why: why.map(str::to_owned) };
    notices::note(tx, cx, event)
}
