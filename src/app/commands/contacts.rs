//! `/oncall contact`: how a person is reached.

use chrono::NaiveTime;
use minijinja::{Value, context, value::Serde};

use super::invocation::Invocation;
use super::replies;
use crate::{
    app::contacts::{
        self, NewContact,
        profile::{Profile, waits_for_code},
        reach_tests, rules, testing, verification, weekly,
    },
    chat::Reply,
    command::{Act, ContactRequest, MethodReference, OnCallAct, RuleRequest},
    contact::ntfy::{NtfyTarget, NtfyTopic},
    domain::{
        contact::{ContactMethod, MethodKind, PersonalRule, QuietHours, Urgency},
        ids::ContactMethodId,
        refusal::{ContactRefusal, IncidentRefusal, OnCallRefusal, Refusal},
        text::Untrusted,
    },
    render::{MethodLine, MethodState},
    store::{ContactMessage, Reads, StoreError, Tx},
};

/// What a change came to: the context of its reply.
type Change = Result<Result<Value, Refusal>, StoreError>;

/// Lists the methods of the person, or the last messages to them.
pub(super) fn listed(reads: &Reads<'_>, invocation: &Invocation<'_>, attempts: bool) -> Result<Reply, StoreError> {
    let profile = Profile::read(reads, invocation.cx.config, invocation.person)?;
    if attempts {
        let line = |message: &ContactMessage| {
            let (kind, purpose, status) = (message.kind.name(), message.purpose.name(), message.outcome.name());
            let (code, why) = message.outcome.reason();
            context! { at => Serde(message.at), kind, purpose, status, code, why }
        };
        let lines: Vec<Value> = profile.messages.iter().map(line).collect();
        return Ok(invocation.plain(Act::OnCall(OnCallAct::Contact), context! { done => "attempts", lines }));
    }
    let methods: Vec<MethodLine> =
        profile.methods.iter().enumerate().map(|(at, method)| line_of(invocation, method, at + 1)).collect();
    let rules = |urgency| rule_lines(&profile, urgency);
    let warnings: Vec<&str> = profile.warnings.iter().map(|warning| warning.name()).collect();
    let data = serde_json::to_value(&methods).ok();
    let url = invocation.cx.config.server.public_url.as_str();
    let context = context! {
        done => "list", methods => Serde(&methods), high => rules(Urgency::High), low => rules(Urgency::Low),
        quiet => profile.settings.quiet.map(quiet_text), answers => Serde(profile.answers),
        weekly => profile.settings.weekly_test.map(Serde), warnings, profile => format!("{url}/profile"),
    };
    Ok(Reply { data, ..invocation.plain(Act::OnCall(OnCallAct::Contact), context) })
}

/// The rules of an urgency, each with the number of its method.
fn rule_lines(profile: &Profile, urgency: Urgency) -> Value {
    let in_force = profile.rules(urgency);
    let line = |rule: &PersonalRule| {
        let number = profile.methods.iter().position(|method| method.id == rule.method).map(|at| at + 1);
        let kind = number.and_then(|number| profile.methods.get(number - 1)).map(|method| method.kind.name());
        context! { number, kind, after => rule.after }
    };
    let lines: Vec<Value> = in_force.rules.iter().map(line).collect();
    context! { rules => lines, default => in_force.default }
}

fn quiet_text(quiet: QuietHours) -> String {
    let until = if quiet.until == NaiveTime::MIN { "24:00".to_owned() } else { clock(quiet.until) };
    format!("{}–{until}", clock(quiet.from))
}

fn clock(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

/// Carries out a change.
pub(super) fn perform(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    request: &ContactRequest,
) -> Result<Reply, StoreError> {
    let changed = match invocation.cx.config.person(invocation.person) {
        Some(_) => change(tx, invocation, request)?,
        // A guest is paged in the chat only.
        None => Err(IncidentRefusal::UnknownPerson { name: invocation.person.to_string(), near: None }.into()),
    };
    Ok(match changed {
        Ok(context) => Reply { data: data_of(&context), ..invocation.plain(Act::OnCall(OnCallAct::Contact), context) },
        Err(refusal) => replies::refused(invocation.app, &refusal),
    })
}

/// The id of the method, and the secret that is shown once.
fn data_of(context: &Value) -> Option<serde_json::Value> {
    let text = |value: Option<Value>| value.filter(|value| !value.is_undefined() && !value.is_none());
    let id = text(context.get_attr("method").and_then(|method| method.get_attr("id")).ok())?.to_string();
    let secret = text(context.get_attr("secret").ok()).map(|secret| secret.to_string());
    Some(serde_json::json!({ "method": id, "secret": secret }))
}

fn change(tx: &mut Tx<'_>, invocation: &Invocation<'_>, request: &ContactRequest) -> Change {
    let (cx, person) = (invocation.cx, invocation.person);
    match request {
        ContactRequest::Add { kind, address, label, gateway } => {
            let text = |text: &Option<Untrusted>| text.as_ref().map(|text| text.verbatim().to_owned());
            let (address, label) = (address.verbatim().to_owned(), text(label).unwrap_or_default());
            add(tx, invocation, NewContact { kind: *kind, address, label, gateway: text(gateway) })
        }
        ContactRequest::Verify { method, code } => of_method(tx, invocation, *method, |tx, id| {
            let verified = verification::verify(tx, cx, person, id, code.verbatim())?;
            contact_reply(tx, invocation, "verified", verified)
        }),
        ContactRequest::SendCode { method } => of_method(tx, invocation, *method, |tx, id| {
            let sent = verification::send_code(tx, cx, person, id)?;
            contact_reply(tx, invocation, "code", sent)
        }),
        ContactRequest::Test { method } => {
            of_method(tx, invocation, *method, |tx, id| match testing::send_test(tx, cx, person, id)? {
                Ok(_) => contact_reply(tx, invocation, "tested", known(tx, id)?),
                Err(refusal) => Ok(Err(refusal)),
            })
        }
        ContactRequest::Enable { method, on } => of_method(tx, invocation, *method, |tx, id| {
            let switched = contacts::set_enabled(tx, cx, person, id, *on)?;
            contact_reply(tx, invocation, if *on { "on" } else { "off" }, switched)
        }),
        ContactRequest::Move { method, place } => of_method(tx, invocation, *method, |tx, id| {
            let place = usize::try_from(*place).unwrap_or(usize::MAX).saturating_sub(1);
            let moved = contacts::move_to(tx, person, id, place)?;
            Ok(moved.map(|()| context! { done => "moved", place => place + 1 }))
        }),
        ContactRequest::Remove { method, sure } => of_method(tx, invocation, *method, |tx, id| {
            let removed = contacts::remove(tx, cx, person, id, *sure)?;
            contact_reply(tx, invocation, "removed", removed)
        }),
        ContactRequest::Rules { urgency, rules } => set_rules(tx, invocation, *urgency, rules),
        ContactRequest::Quiet(quiet) => {
            let settings = rules::set_quiet_hours(tx, person, *quiet)?;
            Ok(Ok(context! { done => "quiet", quiet => settings.quiet.map(quiet_text) }))
        }
        ContactRequest::Weekly(chosen) => {
            let settings = weekly::set(tx, cx, person, *chosen)?;
            Ok(Ok(context! { done => "weekly", weekly => settings.weekly_test.map(Serde) }))
        }
        ContactRequest::Answer { test } => {
            let unknown = || OnCallRefusal::UnknownTest { id: test.to_string() }.into();
            let asked = reach_tests::note_answer(tx, cx, *test, person, None)?;
            Ok(if asked { Ok(context! { done => "answered" }) } else { Err(unknown()) })
        }
        ContactRequest::Erase { sure: false } => {
            let count = tx.contact_methods_of(person)?.len();
            Ok(Ok(context! { done => "erase_asked", count }))
        }
        ContactRequest::Erase { sure: true } => {
            let count = contacts::erase(tx, cx, person)?;
            Ok(Ok(context! { done => "erased", count }))
        }
    }
}

fn add(tx: &mut Tx<'_>, invocation: &Invocation<'_>, wanted: NewContact) -> Change {
    let wanted = if wanted.kind == MethodKind::Ntfy && wanted.address.trim().is_empty() {
        let topic = NtfyTopic::propose().map_err(StoreError::Sqlite)?;
        NewContact { address: topic.as_str().to_owned(), ..wanted }
    } else {
        wanted
    };
    let method = match contacts::add(tx, invocation.cx, invocation.person, wanted)? {
        Ok(method) => method,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let subscribe = match (&invocation.cx.config.contact.ntfy, method.kind) {
        (Some(settings), MethodKind::Ntfy) => NtfyTarget::parse(&method.address, settings, None).ok(),
        (Some(_) | None, _) => None,
    };
    let number = number_of(tx, &method)?;
    let line = line_of(invocation, &method, number);
    Ok(Ok(context! {
        done => "added", method => Serde(line), secret => method.secret,
        subscribe => subscribe.map(|target| target.subscribe_link()),
    }))
}

fn set_rules(tx: &mut Tx<'_>, invocation: &Invocation<'_>, urgency: Urgency, wanted: &[RuleRequest]) -> Change {
    let person = invocation.person;
    let mut found = Vec::new();
    for RuleRequest { method, after } in wanted {
        match resolve(tx, invocation, *method)? {
            Ok(method) => found.push(PersonalRule { urgency, after: *after, method }),
            Err(refusal) => return Ok(Err(refusal.into())),
        }
    }
    let saved = match rules::set_rules(tx, person, urgency, found)? {
        Ok(_) => Profile::read(tx, invocation.cx.config, person)?,
        Err(refusal) => return Ok(Err(refusal)),
    };
    Ok(Ok(context! { done => "rules", urgency => urgency.name(), now => rule_lines(&saved, urgency) }))
}

fn known(reads: &Reads<'_>, id: ContactMethodId) -> Result<Result<ContactMethod, Refusal>, StoreError> {
    let unknown = || ContactRefusal::UnknownContact { id: id.to_string() }.into();
    Ok(reads.contact_method(id)?.ok_or_else(unknown))
}

/// Finds the method that is meant, and carries a change of it out.
fn of_method(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    reference: MethodReference,
    change: impl FnOnce(&mut Tx<'_>, ContactMethodId) -> Change,
) -> Change {
    match resolve(tx, invocation, reference)? {
        Ok(id) => change(tx, id),
        Err(refusal) => Ok(Err(refusal.into())),
    }
}

fn resolve(
    reads: &Reads<'_>,
    invocation: &Invocation<'_>,
    reference: MethodReference,
) -> Result<Result<ContactMethodId, ContactRefusal>, StoreError> {
    let number = match reference {
        MethodReference::Id(id) => return Ok(Ok(id)),
        MethodReference::Number(number) => number,
    };
    let methods = reads.contact_methods_of(invocation.person)?;
    let at = usize::try_from(number).unwrap_or(usize::MAX).checked_sub(1);
    let found = at.and_then(|at| methods.get(at)).map(|method| method.id);
    Ok(found.ok_or_else(|| ContactRefusal::UnknownContact { id: number.to_string() }))
}

/// The context of a reply about a method. Its address is masked: replies are stored with the command.
fn contact_reply(
    reads: &Reads<'_>,
    invocation: &Invocation<'_>,
    done: &'static str,
    outcome: Result<ContactMethod, Refusal>,
) -> Change {
    let method = match outcome {
        Ok(method) => method,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let line = line_of(invocation, &method, number_of(reads, &method)?).masked(&method);
    Ok(Ok(context! { done, method => Serde(line) }))
}

fn number_of(reads: &Reads<'_>, method: &ContactMethod) -> Result<usize, StoreError> {
    let methods = reads.contact_methods_of(&method.person)?;
    Ok(methods.iter().position(|other| other.id == method.id).map_or(0, |at| at + 1))
}

fn line_of(invocation: &Invocation<'_>, method: &ContactMethod, number: usize) -> MethodLine {
    let contact = &invocation.cx.config.contact;
    let gateway = method.gateway.as_deref();
    let state = MethodState {
        waits_for_code: waits_for_code(method, invocation.cx.now),
        offered: contact.offers(method.kind, gateway),
        private: contact.carries_private(method.kind, gateway),
    };
    MethodLine::of(method, number, state)
}

/// The reply that is stored for a repeat of the command: without the address, and without the secret that is shown once.
pub(super) fn stored(invocation: &Invocation<'_>, request: &ContactRequest, reply: &Reply) -> Reply {
    match request {
        ContactRequest::Add { .. } => {
            let post = invocation.plain(Act::OnCall(OnCallAct::Contact), context! { done => "added_before" });
            let id = reply.data.as_ref().map(|data| serde_json::json!({ "method": data["method"], "secret": null }));
            Reply { data: id, ..post }
        }
        ContactRequest::Verify { .. }
        | ContactRequest::SendCode { .. }
        | ContactRequest::Test { .. }
        | ContactRequest::Enable { .. }
        | ContactRequest::Move { .. }
        | ContactRequest::Remove { .. }
        | ContactRequest::Rules { .. }
        | ContactRequest::Quiet(_)
        | ContactRequest::Weekly(_)
        | ContactRequest::Answer { .. }
        | ContactRequest::Erase { .. } => reply.clone(),
    }
}
