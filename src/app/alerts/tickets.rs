//! Calls of Opsgenie's API, carried out. Each has its own look at the groups, for a snooze is a
//! silence, which changes them as well.

use serde::{Deserialize, Serialize};

use super::Book;
use crate::{
    app::{Act as Doing, silences},
    domain::{
        Timestamp,
        alert::{Act, Alert, Call, NewSilence, Scope, Signal, Ticket, Whom, equal, named_fingerprint},
        ids::{AlertId, SourceId},
        incident::Refusal,
    },
    intake::judge_by,
    store::{StoreError, StoredTicket, Tx},
};

/// What became of a call: what is answered to whoever asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether it was done.
    pub done: bool,
    /// What was called, in Opsgenie's word.
    pub action: String,
    /// What there is to say.
    pub status: String,
    /// When.
    pub at: Timestamp,
    /// The alert, if there is one.
    pub alert: Option<AlertId>,
    /// What the client calls it.
    pub alias: Option<String>,
}

/// Carries a call out.
pub(super) fn carry_out(
    tx: &mut Tx<'_>,
    act: Doing<'_>,
    (source, received): (&SourceId, Timestamp),
    call: &Call,
) -> Result<Outcome, StoreError> {
    let (action, status) = call.act.told();
    let outcome = |status: &str, of: Option<&StoredTicket>, done: bool| Outcome {
        done,
        action: action.to_owned(),
        status: status.to_owned(),
        at: act.now,
        alert: of.map(|of| of.alert),
        alias: of.map(|of| of.ticket.alias.clone()),
    };
    let known = tx.ticket(source, &call.whom)?;
    let open = match &known {
        Some(known) => tx.alert(known.alert)?.filter(|alert| alert.firing),
        None => None,
    };
    let mut book = Book::new(act);
    let mut stored = match (&call.act, known, open) {
        (Act::Create(draft), None, _) | (Act::Create(draft), Some(_), None) => {
            let Whom::Alias(alias) = &call.whom else { return Ok(outcome("Alert has no alias", None, false)) };
            let ticket = Ticket::new(alias.clone(), tx.next_tiny(source)?, draft.clone(), act.now);
            let signal = judged(act, source, ticket.signal(source, None));
            book.hear(tx, source, received, &signal)?;
            let made = tx.newest_episode(source, &signal.fingerprint)?;
            let Some(made) = made else { return Ok(outcome("Alert was not made", None, false)) };
            StoredTicket { alert: made.id, ticket }
        }
        (_, None, _) => return Ok(outcome("Alert does not exist", None, false)),
        (Act::AddNote, Some(mut known), None) => {
            known.ticket.apply(call, act.now);
            known
        }
        (_, Some(known), None) => return Ok(outcome("Alert is already closed", Some(&known), false)),
        (_, Some(mut known), Some(alert)) => {
            known.ticket.apply(call, act.now);
            let said = judged(act, source, said(&known.ticket, source, &alert, call));
            book.hear(tx, source, received, &said)?;
            known
        }
    };
    tx.save_ticket(source, stored.alert, &stored.ticket)?;
    book.close(tx)?;
    if let Act::Snooze(until) = &call.act
        && let Err(refusal) = snooze(tx, act, &stored, *until)?
    {
        stored.ticket.snoozed_until = None;
        tx.save_ticket(source, stored.alert, &stored.ticket)?;
        return Ok(outcome(&format!("Alert was not snoozed: {refusal}"), Some(&stored), false));
    }
    Ok(outcome(status, Some(&stored), true))
}

/// What a signal of a client says, as grave as `[sources.severity]` says of its priority.
fn judged(act: Doing<'_>, source: &SourceId, mut signal: Signal) -> Signal {
    if let Some(source) = act.config.source(source.as_str()) {
        judge_by(source, "priority", &mut signal);
    }
    signal
}

/// No noise from an alert until then: a silence of its labels.
fn snooze(
    tx: &mut Tx<'_>,
    act: Doing<'_>,
    of: &StoredTicket,
    until: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    let Some(alert) = tx.alert(of.alert)? else { return Ok(Ok(())) };
    let wanted = NewSilence {
        scope: Scope::Alerts(alert.labels.iter().map(equal).collect()),
        from: None,
        until: Some(until),
        by: alert.source.as_str().into(),
        comment: of.ticket.alias.as_str().into(),
    };
    Ok(silences::create(tx, act, wanted)?.map(drop))
}

/// What a call says of an alert that fires.
fn said(ticket: &Ticket, source: &SourceId, alert: &Alert, call: &Call) -> Signal {
    let now = ticket.signal(source, Some(alert));
    match &call.act {
        Act::Close => Signal { firing: false, fingerprint: named_fingerprint(source, &ticket.alias), ..now },
        Act::Acknowledge => {
            let who = if call.user.is_blank() { source.as_str().into() } else { call.user.clone() };
            Signal { acknowledged_by: Some(who), ..now }
        }
        Act::Unacknowledge => Signal { acknowledged_by: None, ..now },
        Act::Create(_) => Signal::again(alert),
        Act::Snooze(_)
        | Act::AddNote
        | Act::Assign(_)
        | Act::AddResponder(_)
        | Act::AddTeam(_)
        | Act::Escalate(_)
        | Act::AddTags(_)
        | Act::RemoveTags(_)
        | Act::AddDetails(_)
        | Act::RemoveDetails(_)
        | Act::SetMessage(_)
        | Act::SetDescription(_)
        | Act::SetPriority(_) => now,
    }
}
