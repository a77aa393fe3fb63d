//! Sends notices through ntfy.

use chrono::TimeDelta;
use secrecy::SecretString;

use super::ContactNotice;
use crate::{
    contact::ntfy::{
        NtfyAction, NtfyLookup, NtfyMessage, NtfyPriority, NtfyReceipt, NtfySettings, NtfyTarget, SequenceId, look_up,
        publish,
    },
    domain::{
        Timestamp,
        contact::Urgency,
        effect::{EffectClass, Outcome, PostId, Receipt},
    },
    net::HttpClient,
    render::{ContactText, contact_buttons},
};

/// For how long messages are looked for after an unknown outcome: rows are tried again for longer, but by then a server
/// that keeps messages for the usual time has forgotten them.
const LOOKED_AT: TimeDelta = TimeDelta::hours(11);

/// Sends a notice. One that may have been published already is looked for first.
pub(super) async fn send(
    http: &HttpClient,
    settings: &NtfySettings,
    notice: &ContactNotice,
    now: Timestamp,
) -> Outcome<Receipt> {
    let token = notice.method.secret.clone().map(SecretString::from);
    let target = match NtfyTarget::parse(&notice.method.address, settings, token) {
        Ok(target) => target,
        Err(why) => return Outcome::Rejected { why },
    };
    let message = message(notice);
    if notice.uncertain {
        match look_up(http, &target, &message, LOOKED_AT.to_std().unwrap_or_default()).await {
            Ok(NtfyLookup::Published(found)) => return Outcome::Delivered(receipt(found)),
            Ok(NtfyLookup::Absent) => {
                // It is known not to have arrived, so that nothing is repeated.
                return publish(http, &target, &unmarked(message, notice), now).await.map(receipt);
            }
            Ok(NtfyLookup::Unreadable) => {}
            // Nothing was published by this attempt, and the next one looks again.
            Err(failure) => return failure.outcome(EffectClass::Keyed, now),
        }
    }
    publish(http, &target, &message, now).await.map(receipt)
}

fn receipt(published: NtfyReceipt) -> Receipt {
    Receipt::Post(PostId(published.id))
}

/// The message without the mark of a possible repeat.
fn unmarked(message: NtfyMessage, notice: &ContactNotice) -> NtfyMessage {
    match &notice.unmarked {
        Some(rendered) => NtfyMessage { title: rendered.subject.clone(), text: rendered.short.clone(), ..message },
        None => message,
    }
}

/// What is published for a notice.
fn message(notice: &ContactNotice) -> NtfyMessage {
    let button = |label: &str, url: &str| NtfyAction { label: label.to_owned(), url: url.to_owned() };
    let words = contact_buttons();
    let (priority, click, actions) = match &notice.text {
        ContactText::Page(page) => {
            let priority = match notice.urgency {
                Urgency::High => NtfyPriority::Urgent,
                Urgency::Low => NtfyPriority::Default,
            };
            let actions = vec![button(&words.acknowledge, &page.acknowledge), button(&words.escalate, &page.escalate)];
            (priority, Some(page.acknowledge.clone()), actions)
        }
        ContactText::Over(over) => (NtfyPriority::Low, Some(over.link.clone()), Vec::new()),
        ContactText::Code { .. } => (NtfyPriority::Default, None, Vec::new()),
        ContactText::Test { answer } => {
            (NtfyPriority::Urgent, Some(answer.clone()), vec![button(&words.answer, answer)])
        }
        ContactText::Reminder(reminder) => (NtfyPriority::Low, Some(reminder.link.clone()), Vec::new()),
        ContactText::Change { profile, .. } => (NtfyPriority::Default, Some(profile.clone()), Vec::new()),
    };
    let attach = match &notice.text {
        ContactText::Page(page) if !page.image.is_empty() => Some(page.image.clone()),
        ContactText::Page(_)
        | ContactText::Over(_)
        | ContactText::Code { .. }
        | ContactText::Test { .. }
        | ContactText::Reminder(_)
        | ContactText::Change { .. } => None,
    };
    NtfyMessage {
        sequence_id: SequenceId::of(&notice.reference),
        title: notice.rendered.subject.clone(),
        text: notice.rendered.short.clone(),
        priority,
        click,
        attach,
        actions,
    }
}
