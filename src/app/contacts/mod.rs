//! Contact methods of people: adding, verifying, ordering, testing and removing them, and the personal rules.
//!
//! A method is a record that can be erased; its stream `contact/<person>` says what happened to it, without its address.

pub mod alarms;
pub mod browsers;
pub mod configured;
pub mod profile;
pub mod reach_tests;
pub mod rules;
pub mod testing;
pub mod verification;
pub mod weekly;

use secrecy::ExposeSecret;

use super::Context;
use crate::{
    contact::{ntfy::NtfyTarget, webhook::PersonalWebhook},
    domain::{
        contact::{AddressFault, ContactMethod, MethodDisabled, MethodKind, address},
        effect::{ContactEffect, Effect, EffectKey, MethodChange},
        event::Event,
        ids::{ContactMethodId, PersonId},
        oncall::OnCallEvent,
        refusal::{ContactRefusal, Refusal},
    },
    net::standard_webhooks::WebhookSecret,
    store::{Append, Reads, StoreError, Tx},
};

/// How many methods a person may have.
const MOST: u32 = 20;
/// The longest name of a method, in characters.
const LONGEST_LABEL: usize = 60;

/// A method that a person adds.
#[derive(Clone, Debug)]
pub struct NewContact {
    /// Its kind.
    pub kind: MethodKind,
    /// The address as it was typed.
    pub address: String,
    /// How the person calls it.
    pub label: String,
    /// The gateway of `[[contact_gateways]]`; `None` for the only one.
    pub gateway: Option<String>,
}

/// Adds a method and sends a code to it. A subscription of the person's own browser needs none.
pub fn add(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    person: &PersonId,
    wanted: NewContact,
) -> Result<Result<ContactMethod, Refusal>, StoreError> {
    let known = tx.contact_methods_of(person)?;
    let method = match checked(cx, person, &known, wanted) {
        Ok(method) => method,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let secret = match method.kind {
        MethodKind::Webhook => Some(new_secret()?),
        MethodKind::Mail
        | MethodKind::WebPush
        | MethodKind::Ntfy
        | MethodKind::Sms
        | MethodKind::Voice
        | MethodKind::Pushover
        | MethodKind::Gateway => None,
    };
    let method = ContactMethod { secret, ..method };
    tx.save_contact_method(&method)?;
    note_change(tx, cx, &method, MethodChange::Added)?;
    if method.kind == MethodKind::WebPush {
        return Ok(Ok(method));
    }
    verification::send_code(tx, cx, person, method.id)
}

fn checked(
    cx: Context<'_>,
    person: &PersonId,
    known: &[ContactMethod],
    wanted: NewContact,
) -> Result<ContactMethod, ContactRefusal> {
    let NewContact { kind, address: given, label, gateway } = wanted;
    let gateway = gateway.or_else(|| cx.config.contact.only_gateway(kind));
    if !cx.config.contact.offers(kind, gateway.as_deref()) {
        return Err(ContactRefusal::ContactNotOffered { kind });
    }
    let address = address(kind, &given).map_err(|fault| ContactRefusal::BadAddress { kind, fault })?;
    reach_of(cx, kind, &address).map_err(|fault| ContactRefusal::BadAddress { kind, fault })?;
    if let Err(allowed) = cx.config.contact.allows_number(kind, &address) {
        return Err(ContactRefusal::CountryNotAllowed { allowed });
    }
    if known.iter().any(|other| other.kind == kind && other.address == address && other.gateway == gateway) {
        return Err(ContactRefusal::DuplicateContact { kind });
    }
    if known.len() >= MOST as usize {
        return Err(ContactRefusal::TooManyContacts { most: MOST });
    }
    let position = known.iter().map(|other| other.position + 1).max().unwrap_or(0);
    let verified_at = (kind == MethodKind::WebPush).then_some(cx.now);
    let label = label.trim().chars().filter(|c| !c.is_control()).take(LONGEST_LABEL).collect();
    Ok(ContactMethod {
        id: ContactMethodId::new(cx.now),
        person: person.clone(),
        kind,
        address,
        label,
        secret: None,
        gateway,
        managed: false,
        position,
        added_at: cx.now,
        verified_at,
        disabled: None,
        verification: None,
        proven_at: None,
        last_failure: None,
        test_failed_at: None,
    })
}

/// Checks where an address leads that a person entered: nothing inside the network, and nothing that others read.
fn reach_of(cx: Context<'_>, kind: MethodKind, address: &str) -> Result<(), AddressFault> {
    let allow = &cx.config.net.allow;
    match (kind, &cx.config.contact.ntfy) {
        (MethodKind::Ntfy, Some(settings)) => {
            let target = NtfyTarget::parse(address, settings, None).map_err(|_| AddressFault::Topic)?;
            target.check_address(allow).map_err(|_| AddressFault::NotPublic)?;
            if target.is_protected() { Ok(()) } else { Err(AddressFault::GuessableTopic) }
        }
        (MethodKind::Webhook, _) => PersonalWebhook::check_url(address, allow).map_err(|_| AddressFault::NotPublic),
        (_, _) => Ok(()),
    }
}

/// A secret that signs the webhooks to a person's URL.
fn new_secret() -> Result<String, StoreError> {
    let secret = WebhookSecret::generate().map_err(StoreError::Sqlite)?;
    Ok(secret.expose_secret().to_owned())
}

/// Removes a method. If rules use it, the person has to be `sure`; those rules go with it.
pub fn remove(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    person: &PersonId,
    id: ContactMethodId,
    sure: bool,
) -> Result<Result<ContactMethod, Refusal>, StoreError> {
    let method = match own(tx, person, id)? {
        Ok(method) if method.managed => return Ok(Err(ContactRefusal::ContactManaged.into())),
        Ok(method) => method,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let mut settings = tx.contact_settings(person)?;
    let (using, others): (Vec<_>, Vec<_>) = settings.rules.into_iter().partition(|rule| rule.method == id);
    if !using.is_empty() && !sure {
        return Ok(Err(ContactRefusal::ContactInUse { method: id.to_string(), rules: using }.into()));
    }
    settings.rules = others;
    if !using.is_empty() {
        tx.save_contact_settings(person, &settings)?;
    }
    tx.remove_contact_method(id)?;
    note_change(tx, cx, &method, MethodChange::Removed)?;
    Ok(Ok(method))
}

/// Switches a method off, or on again.
pub fn set_enabled(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    person: &PersonId,
    id: ContactMethodId,
    enabled: bool,
) -> Result<Result<ContactMethod, Refusal>, StoreError> {
    let mut method = match own(tx, person, id)? {
        Ok(method) if method.managed => return Ok(Err(ContactRefusal::ContactManaged.into())),
        Ok(method) => method,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    if method.disabled.is_none() == enabled {
        return Ok(Ok(method));
    }
    method.disabled = if enabled { None } else { Some(MethodDisabled::ByPerson) };
    tx.save_contact_method(&method)?;
    let change = if enabled { MethodChange::Enabled } else { MethodChange::Disabled };
    note_change(tx, cx, &method, change)?;
    Ok(Ok(method))
}

/// Moves a method to a place among those of the person, counted from 0.
pub fn move_to(
    tx: &mut Tx<'_>,
    person: &PersonId,
    id: ContactMethodId,
    place: usize,
) -> Result<Result<(), Refusal>, StoreError> {
    let mut methods = tx.contact_methods_of(person)?;
    let Some(from) = methods.iter().position(|method| method.id == id) else { return Ok(Err(unknown(id).into())) };
    let moved = methods.remove(from);
    methods.insert(place.min(methods.len()), moved);
    for (position, method) in (0..).zip(methods) {
        if method.position != position {
            tx.save_contact_method(&ContactMethod { position, ..method })?;
        }
    }
    Ok(Ok(()))
}

/// Switches a method off because messages to it come back for good, its subscription has ended, or the person answered STOP.
/// The person's other methods are told.
pub fn disable(tx: &mut Tx<'_>, cx: Context<'_>, id: ContactMethodId, why: MethodDisabled) -> Result<(), StoreError> {
    let Some(mut method) = tx.contact_method(id)? else { return Ok(()) };
    if method.disabled.is_some() {
        return Ok(());
    }
    method.disabled = Some(why);
    tx.save_contact_method(&method)?;
    let change = match why {
        MethodDisabled::ByPerson => MethodChange::Disabled,
        MethodDisabled::Gone => MethodChange::Gone,
        MethodDisabled::OptedOut => MethodChange::OptedOut,
    };
    note_change(tx, cx, &method, change)
}

/// Switches a method on again that was switched off because the person answered STOP, after they answered START.
pub fn enable_again(tx: &mut Tx<'_>, cx: Context<'_>, id: ContactMethodId) -> Result<(), StoreError> {
    let Some(mut method) = tx.contact_method(id)? else { return Ok(()) };
    if method.disabled != Some(MethodDisabled::OptedOut) {
        return Ok(());
    }
    method.disabled = None;
    tx.save_contact_method(&method)?;
    note_change(tx, cx, &method, MethodChange::Enabled)
}

/// Removes everything that is known of how a person is reached. What became of past pages stays, without addresses.
pub fn erase(tx: &mut Tx<'_>, cx: Context<'_>, person: &PersonId) -> Result<usize, StoreError> {
    let methods = tx.contact_methods_of(person)?;
    for method in &methods {
        tx.remove_contact_method(method.id)?;
        append(tx, cx, method, MethodChange::Removed)?;
    }
    tx.remove_contact_settings(person)?;
    tx.forget_answer_times(person)?;
    Ok(methods.len())
}

/// A method of the person.
pub(super) fn own(
    reads: &Reads<'_>,
    person: &PersonId,
    id: ContactMethodId,
) -> Result<Result<ContactMethod, ContactRefusal>, StoreError> {
    let method = reads.contact_method(id)?.filter(|method| method.person == *person);
    Ok(method.ok_or_else(|| unknown(id)))
}

fn unknown(id: ContactMethodId) -> ContactRefusal {
    ContactRefusal::UnknownContact { id: id.to_string() }
}

/// Records a change, and tells the person's other methods: whoever took over an account cannot quietly redirect its pages.
pub(super) fn note_change(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    method: &ContactMethod,
    change: MethodChange,
) -> Result<(), StoreError> {
    // Messages to contact methods are signed.
    tx.make_signing_key()?;
    let seq = append(tx, cx, method, change)?;
    let others = tx.contact_methods_of(&method.person)?;
    let others = others.iter().filter(|other| other.id != method.id && other.is_usable());
    for (n, other) in others.enumerate() {
        let report =
            ContactEffect::ReportMethodChange { method: other.id, kind: other.kind, changed: method.kind, change };
        tx.enqueue(&EffectKey::new(&stream(&method.person), seq, n), &Effect::from(report), cx.now)?;
    }
    Ok(())
}

fn append(tx: &mut Tx<'_>, cx: Context<'_>, method: &ContactMethod, change: MethodChange) -> Result<u64, StoreError> {
    let (person, kind) = (method.person.clone(), method.kind);
    let event = Event::OnCall(OnCallEvent::ContactMethodChanged { person, method: method.id, kind, change });
    append_event(tx, cx, &method.person, event)
}

/// Appends an event to the stream of a person. Returns its number.
pub(super) fn append_event(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    person: &PersonId,
    event: Event,
) -> Result<u64, StoreError> {
    let (actor, at, request) = (cx.actor, cx.now, cx.request);
    let stream = stream(person);
    let recorded = tx.append(&Append { stream: &stream, expected_seq: None, actor, at, request }, &[event])?;
    Ok(recorded.last().map_or(0, |recorded| recorded.seq))
}

/// The stream of what happened to the contact methods of a person.
pub(super) fn stream(person: &PersonId) -> String {
    format!("contact/{person}")
}
