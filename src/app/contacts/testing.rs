//! Test messages: the person answers, which proves that the method reaches them.

use chrono::TimeDelta;

use super::{append_event, own, stream};
use crate::{
    app::Context,
    domain::{
        Timestamp,
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
    send(tx, cx, &method, TestMessageSpec { test, until: cx.now + TEST_VALID })?;
    Ok(Ok(test))
}

/// A test of which a message is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct TestMessageSpec {
    /// Its id.
    pub(super) test: PageId,
    /// Until when its link can be used.
    pub(super) until: Timestamp,
}

/// Sends a message of a test to a method.
pub(super) fn send(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    method: &ContactMethod,
    spec: TestMessageSpec,
) -> Result<(), StoreError> {
    let binding = binding(method, spec.test);
    let token = tx.make_signing_key()?.token(&binding);
    tx.add_contact_token(&token, &binding, spec.until)?;
    let event = OnCallEvent::ContactTested { person: method.person.clone(), method: method.id };
    let seq = append_event(tx, cx, &method.person, Event::OnCall(event))?;
    let effect = ContactEffect::SendTest { method: method.id, kind: method.kind, test: spec.test };
    tx.enqueue(&EffectKey::new(&stream(&method.person), seq, 0), &Effect::from(effect), cx.now)?;
    Ok(())
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
    tx.save_contact_method(&ContactMethod {
        proven_at: Some(cx.now),
        last_failure: None,
        test_failed_at: None,
        ..method
    })
}
