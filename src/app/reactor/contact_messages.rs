//! What became of a message to a contact method: it is kept for the evidence, told to the page, and a method that reaches
//! nobody any more is switched off.

use super::{WorkList, delivery_result::DeliveryResult};
use crate::{
    app::{
        Context, contacts,
        oncall::{bundles, contacted, contacting::PageContact},
    },
    contact::twilio::TwilioError,
    domain::{
        contact::{ContactMethod, ContactOutcome, MethodDisabled},
        effect::{ContactEffect, Receipt, SkipReason},
    },
    store::{ContactMessage, MessagePurpose, StoreError, Tx},
};

/// Takes in the end of an attempt to send. The request of the context is the key of the effect.
pub(super) fn on_message(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    effect: &ContactEffect,
    ended: &DeliveryResult,
) -> Result<(), StoreError> {
    if matches!(ended, DeliveryResult::Skipped(SkipReason::ContactGone)) {
        contacts::disable(tx, cx, effect.method(), MethodDisabled::Gone)?;
    }
    if matches!(ended, DeliveryResult::Skipped(SkipReason::ContactOptedOut)) {
        contacts::disable(tx, cx, effect.method(), MethodDisabled::OptedOut)?;
    }
    let outcome = outcome_of(ended);
    let method = tx.contact_method(effect.method())?;
    if let Some(message) = message(cx, effect, method.as_ref(), ended, &outcome) {
        tx.save_contact_message(&message)?;
    }
    note_failure(tx, method, &outcome)?;
    match effect {
        ContactEffect::PageByMethod { .. } => match PageContact::of(effect) {
            Some(contact) => {
                if outcome == ContactOutcome::Bundled {
                    bundles::join(tx, cx, &contact)?;
                }
                contacted::on_contact(tx, cx, work, &contact, outcome)
            }
            None => Ok(()),
        },
        ContactEffect::PageBundle { bundle, method, kind, .. } if bundles::ends(&outcome) => {
            tx.end_bundle(*bundle, cx.now)?;
            for contact in bundles::contacts(tx, *bundle, *method, *kind)? {
                contacted::on_contact(tx, cx, work, &contact, outcome.clone())?;
            }
            Ok(())
        }
        ContactEffect::PageBundle { .. } => Ok(()),
        ContactEffect::UpdateByMethod { .. }
        | ContactEffect::SendCode { .. }
        | ContactEffect::SendTest { .. }
        | ContactEffect::RemindByMethod { .. }
        | ContactEffect::ReportMethodChange { .. } => Ok(()),
    }
}

/// Takes in what a provider reports later of a message, by the name that it gave to it. Returns false if no message has that
/// name.
pub fn on_report(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    provider: &str,
    outcome: ContactOutcome,
) -> Result<bool, StoreError> {
    let Some(message) = tx.contact_message_of(provider)? else { return Ok(false) };
    if outcome.may_follow(&message.outcome) {
        let method = tx.contact_method(message.method)?;
        note_failure(tx, method, &outcome)?;
        let (outcome, updated_at) = (outcome.clone(), cx.now);
        tx.save_contact_message(&ContactMessage { outcome, updated_at, ..message.clone() })?;
    }
    if let (MessagePurpose::Page, Some(page)) = (message.purpose, message.page) {
        let ContactMessage { person, method, kind, attempt, .. } = message;
        let of_bundle = bundles::contacts(tx, page, method, kind)?;
        let one = PageContact { page, person, attempt, method, kind };
        for contact in if of_bundle.is_empty() { vec![one] } else { of_bundle } {
            contacted::on_contact(tx, cx, work, &contact, outcome.clone())?;
        }
    }
    Ok(true)
}

fn outcome_of(ended: &DeliveryResult) -> ContactOutcome {
    match ended {
        DeliveryResult::Delivered(_) => ContactOutcome::Accepted,
        DeliveryResult::Delayed(why) | DeliveryResult::InDoubt(why) => ContactOutcome::Delayed { why: why.clone() },
        DeliveryResult::GivenUp(why) => ContactOutcome::Failed { code: None, why: why.clone() },
        DeliveryResult::Skipped(SkipReason::PageNotNeeded) => ContactOutcome::NotNeeded,
        DeliveryResult::Skipped(SkipReason::PrivateIncident) => ContactOutcome::Withheld,
        DeliveryResult::Skipped(SkipReason::Bundled) => ContactOutcome::Bundled,
        DeliveryResult::Skipped(SkipReason::ContactLimit) => ContactOutcome::Limited,
        DeliveryResult::Skipped(SkipReason::ContactOptedOut) => {
            let TwilioError { code } = TwilioError::OPT_OUT;
            let why = TwilioError::OPT_OUT.meaning().unwrap_or_default().to_owned();
            ContactOutcome::Failed { code: Some(code.to_string()), why }
        }
        DeliveryResult::Skipped(reason) => {
            ContactOutcome::Failed { code: Some(reason.word().to_owned()), why: String::new() }
        }
    }
}

/// The message to keep; `None` for what says only that a page is over, and for what was never tried.
fn message(
    cx: Context<'_>,
    effect: &ContactEffect,
    method: Option<&ContactMethod>,
    ended: &DeliveryResult,
    outcome: &ContactOutcome,
) -> Option<ContactMessage> {
    let (purpose, page, person, attempt) = match effect {
        ContactEffect::PageByMethod { page, person, attempt, .. } => {
            (MessagePurpose::Page, Some(*page), person.clone(), *attempt)
        }
        ContactEffect::PageBundle { bundle, person, .. } => (MessagePurpose::Page, Some(*bundle), person.clone(), 1),
        ContactEffect::SendCode { .. } => (MessagePurpose::Code, None, method?.person.clone(), 1),
        ContactEffect::SendTest { test, .. } => (MessagePurpose::Test, Some(*test), method?.person.clone(), 1),
        ContactEffect::RemindByMethod { .. } | ContactEffect::ReportMethodChange { .. } => {
            (MessagePurpose::Report, None, method?.person.clone(), 1)
        }
        ContactEffect::UpdateByMethod { .. } => return None,
    };
    let provider = match ended {
        DeliveryResult::Delivered(Receipt::Post(post)) => Some(post.0.clone()),
        DeliveryResult::Delivered(
            Receipt::Nothing
            | Receipt::Room(_)
            | Receipt::Tracker(_)
            | Receipt::Mirrored(_)
            | Receipt::Page(_)
            | Receipt::Pager(_),
        )
        | DeliveryResult::Skipped(_)
        | DeliveryResult::GivenUp(_)
        | DeliveryResult::Delayed(_)
        | DeliveryResult::InDoubt(_) => None,
    };
    let never_tried = matches!(outcome, ContactOutcome::NotNeeded | ContactOutcome::Bundled);
    if matches!(ended, DeliveryResult::Skipped(_)) && never_tried {
        return None;
    }
    let (method, kind, outcome) = (effect.method(), effect.kind(), outcome.clone());
    let (effect, at, updated_at) = (cx.request.to_owned(), cx.now, cx.now);
    Some(ContactMessage { effect, person, method, kind, purpose, page, attempt, at, updated_at, provider, outcome })
}

/// Notes at the method whether its last message failed.
fn note_failure(tx: &mut Tx<'_>, method: Option<ContactMethod>, outcome: &ContactOutcome) -> Result<(), StoreError> {
    let last_failure = match outcome {
        ContactOutcome::Failed { code, why } => Some(code.clone().unwrap_or_else(|| why.clone())),
        ContactOutcome::Accepted | ContactOutcome::Delivered | ContactOutcome::Shown => None,
        ContactOutcome::Planned
        | ContactOutcome::Bundled
        | ContactOutcome::Delayed { .. }
        | ContactOutcome::NotNeeded
        | ContactOutcome::Withheld
        | ContactOutcome::Limited => return Ok(()),
    };
    match method {
        Some(method) if method.last_failure != last_failure => {
            tx.save_contact_method(&ContactMethod { last_failure, ..method })
        }
        Some(_) | None => Ok(()),
    }
}
