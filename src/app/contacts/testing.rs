//! Test messages: the person answers, which proves that the method reaches them.

use chrono::TimeDelta;

use super::{append_event, own, stream};
use crate::{
    app::Context,
    domain::{
        contact::{ContactMethod, TokenAction, TokenBinding},
        effect::{ContactEffect, Effect, EffectKey},
        event::Event,
        ids::{ContactMethodId, PageId, PersonId},
        oncall::OnCallEvent,
        refusal::{ContactRefusal, Refusal},
    },
    store::{StoreError, Tx},
};

/// How long a test can be answered.
pub const TEST_VALID: TimeDelta = TimeDelta::hours(1);

/// Sends a test to a method. Returns its id.
pub fn send_test(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    person: &PersonId,
    id: ContactMethodId,
) -> Result<Result<PageId, Refusal>, StoreError> {
    let method = match own(tx, person, id)? {
        Ok(method) => method,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    if method.verified_at.is_none() {
        return Ok(Err(ContactRefusal::ContactUnverified.into()));
    }
    if !cx.config.contact.offers(method.kind, method.gateway.as_deref()) {
        return Ok(Err(ContactRefusal::ContactNotOffered { kind: method.kind }.into()));
    }
    let test = PageId::new(cx.now);
    let binding = binding(&method, test);
    let token = tx.make_signing_key()?.token(&binding);
    tx.add_contact_token(&token, &binding, cx.now + TEST_VALID)?;
    let event = OnCallEvent::ContactTested { person: person.clone(), method: id };
    let seq = append_event(tx, cx, person, Event::OnCall(event))?;
    let effect = ContactEffect::SendTest { method: id, kind: method.kind, test };
    tx.enqueue(&EffectKey::new(&stream(person), seq, 0), &Effect::from(effect), cx.now)?;
    Ok(Ok(test))
}

/// What the link of a test is bound to.
pub fn binding(method: &ContactMethod, test: PageId) -> TokenBinding {
    TokenBinding {
        page: test,
        person: method.person.clone(),
        attempt: 1,
        method: method.id,
        kind: method.kind,
        action: TokenAction::AnswerTest,
    }
}

/// Records that a person was reached by a method just now.
pub fn prove(tx: &mut Tx<'_>, cx: Context<'_>, id: ContactMethodId) -> Result<(), StoreError> {
    let Some(method) = tx.contact_method(id)? else { return Ok(()) };
    tx.save_contact_method(&ContactMethod { proven_at: Some(cx.now), last_failure: None, ..method })
}
