//! Codes that prove that messages to a method arrive.

use chrono::TimeDelta;
use subtle::ConstantTimeEq;

use super::{append_event, note_change, own, stream};
use crate::{
    app::Context,
    domain::{
        contact::{ContactMethod, Verification},
        effect::{ContactEffect, Effect, EffectKey, MethodChange},
        event::Event,
        ids::{ContactMethodId, PersonId},
        oncall::OnCallEvent,
        refusal::{ContactRefusal, Refusal},
    },
    store::{StoreError, Tx},
};

/// How long a code is valid.
pub const CODE_VALID: TimeDelta = TimeDelta::minutes(10);
/// How often a code may be entered.
const TRIES: u32 = 5;
/// How many codes a person is sent within a day: each costs money or annoys whoever has the number.
const CODES_A_DAY: u32 = 10;

/// Sends a new code to a method. The code before it ends.
pub fn send_code(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    person: &PersonId,
    id: ContactMethodId,
) -> Result<Result<ContactMethod, Refusal>, StoreError> {
    let mut method = match own(tx, person, id)? {
        Ok(method) => method,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    if !cx.config.contact.offers(method.kind, method.gateway.as_deref()) {
        return Ok(Err(ContactRefusal::ContactNotOffered { kind: method.kind }.into()));
    }
    if sent_within_a_day(tx, cx, person, &method)? >= CODES_A_DAY {
        return Ok(Err(ContactRefusal::TooManyCodes { most: CODES_A_DAY }.into()));
    }
    tx.make_signing_key()?;
    let serial = method.verification.map_or(1, |last| last.serial + 1);
    method.verification = Some(Verification { serial, sent_at: cx.now, tries: 0 });
    tx.save_contact_method(&method)?;
    let event = OnCallEvent::ContactCodeSent { person: person.clone(), method: id };
    let seq = append_event(tx, cx, person, Event::OnCall(event))?;
    let effect = ContactEffect::SendCode { method: id, kind: method.kind, serial };
    tx.enqueue(&EffectKey::new(&stream(person), seq, 0), &Effect::from(effect), cx.now)?;
    Ok(Ok(method))
}

/// The codes of the last day: those to the person, or those to the address, whichever are more. An address may be tried by
/// several people, none of whom owns it.
fn sent_within_a_day(
    tx: &Tx<'_>,
    cx: Context<'_>,
    person: &PersonId,
    method: &ContactMethod,
) -> Result<u32, StoreError> {
    let since = cx.now - TimeDelta::days(1);
    let mut most = tx.count_codes(person, since)?;
    let mut to_address = 0;
    for other in tx.contact_methods_at(&method.address)? {
        to_address += tx.count_codes_by(other.id, since)?;
    }
    most = most.max(to_address);
    Ok(most)
}

/// Verifies a method by the code that was sent to it.
pub fn verify(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    person: &PersonId,
    id: ContactMethodId,
    code: &str,
) -> Result<Result<ContactMethod, Refusal>, StoreError> {
    let mut method = match own(tx, person, id)? {
        Ok(method) => method,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let waiting = method.verification.filter(|sent| cx.now - sent.sent_at <= CODE_VALID && sent.tries < TRIES);
    let (Some(sent), Some(key)) = (waiting, tx.signing_key()?) else {
        return Ok(Err(ContactRefusal::NoCode.into()));
    };
    let given: String = code.chars().filter(char::is_ascii_digit).collect();
    let right = key.code(id, sent.serial);
    if !bool::from(given.as_bytes().ct_eq(right.digits().as_bytes())) {
        let tries = sent.tries + 1;
        method.verification = Some(Verification { tries, ..sent });
        tx.save_contact_method(&method)?;
        return Ok(Err(ContactRefusal::WrongCode { left: TRIES - tries }.into()));
    }
    // The serial stays, so that a code is never sent again.
    method.verification = Some(Verification { tries: TRIES, ..sent });
    let first = method.verified_at.is_none();
    (method.verified_at, method.proven_at) = (Some(cx.now), Some(cx.now));
    method.test_failed_at = None;
    tx.save_contact_method(&method)?;
    if first {
        note_change(tx, cx, &method, MethodChange::Verified)?;
    }
    Ok(Ok(method))
}
