//! Requests of the Opsgenie API. Each has a batch of its own, because a snooze is a silence of its alert, which changes
//! groups as well.

use serde::{Deserialize, Serialize};

use super::AlertBatch;
use crate::{
    app::{
        Context,
        reactor::{FollowUp, Snooze, WorkList},
    },
    domain::{
        Timestamp,
        alert::{
            Alert, NewSilence, OpsgenieAction, OpsgenieAlert, OpsgenieFailure, OpsgenieReference, OpsgenieRequest,
            Signal, SilenceScope, named_fingerprint,
        },
        ids::{AlertId, SourceId},
        refusal::Refusal,
    },
    intake::judge_by,
    store::{InboxId, StoreError, StoredOpsgenieAlert, Tx},
};

/// The result of a request, as clients read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestOutcome {
    /// Whether it was done.
    pub done: bool,
    /// What was called, in Opsgenie's word.
    pub action: String,
    /// The status, in Opsgenie's words.
    pub status: String,
    /// When.
    pub at: Timestamp,
    /// The alert, if there is one.
    pub alert: Option<AlertId>,
    /// What the client calls it.
    pub alias: Option<String>,
}

/// A request of a client, with the delivery it came in.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpsgenieCall<'a> {
    pub(super) source: &'a SourceId,
    pub(super) received: Timestamp,
    /// Whose reply says what became of the request; `None` if nobody waits.
    pub(super) delivery: Option<InboxId>,
    pub(super) request: &'a OpsgenieRequest,
}

fn outcome(
    cx: Context<'_>,
    action: &OpsgenieAction,
    status: &str,
    stored: Option<&StoredOpsgenieAlert>,
    done: bool,
) -> RequestOutcome {
    RequestOutcome {
        done,
        action: action.report().0.to_owned(),
        status: status.to_owned(),
        at: cx.now,
        alert: stored.map(|stored| stored.alert),
        alias: stored.map(|stored| stored.ticket.alias.clone()),
    }
}

/// Carries out the request of a client.
pub(super) fn carry_out(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    call: &OpsgenieCall<'_>,
) -> Result<RequestOutcome, StoreError> {
    let OpsgenieCall { source, received, request, .. } = *call;
    let (_, status) = request.action.report();
    let outcome =
        |status: &str, stored: Option<&StoredOpsgenieAlert>, done| outcome(cx, &request.action, status, stored, done);
    let known = tx.ticket(source, &request.whom)?;
    let open = match &known {
        Some(known) => tx.alert(known.alert)?.filter(|alert| alert.firing),
        None => None,
    };
    let mut batch = AlertBatch::new(cx);
    let stored = match (&request.action, known, open) {
        (OpsgenieAction::Create(draft), None, _) | (OpsgenieAction::Create(draft), Some(_), None) => {
            let OpsgenieReference::Alias(alias) = &request.whom else {
                return Ok(outcome(OpsgenieFailure::NoAlias.status(), None, false));
            };
            let ticket = OpsgenieAlert::new(alias.clone(), tx.next_tiny_id(source)?, draft.clone(), cx.now);
            let signal = judged(cx, source, ticket.signal(source, None));
            batch.receive(tx, source, received, &signal)?;
            let made = tx.newest_episode(source, &signal.fingerprint)?;
            let Some(made) = made else { return Ok(outcome(OpsgenieFailure::NotCreated.status(), None, false)) };
            StoredOpsgenieAlert { alert: made.id, ticket }
        }
        (_, None, _) => return Ok(outcome(OpsgenieFailure::UnknownAlert.status(), None, false)),
        (OpsgenieAction::AddNote, Some(mut known), None) => {
            known.ticket.apply(request, cx.now);
            known
        }
        (_, Some(known), None) => return Ok(outcome(OpsgenieFailure::Closed.status(), Some(&known), false)),
        (_, Some(mut known), Some(alert)) => {
            known.ticket.apply(request, cx.now);
            let said = judged(cx, source, signal_of(&known.ticket, source, &alert, request));
            batch.receive(tx, source, received, &said)?;
            known
        }
    };
    tx.save_opsgenie_alert(source, stored.alert, &stored.ticket)?;
    batch.close(tx, work)?;
    if let OpsgenieAction::Snooze(until) = &request.action
        && let Some(silence) = snooze(tx, &stored, *until)?
    {
        let (source, reference) = (source.clone(), request.whom.clone());
        work.push(cx, FollowUp::Snooze(Snooze { delivery: call.delivery, source, reference, silence }));
    }
    Ok(outcome(status, Some(&stored), true))
}

/// Corrects the reply to a snooze whose silence was refused.
pub(in crate::app) fn snooze_refused(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    refused: &RefusedSnooze<'_>,
) -> Result<(), StoreError> {
    let Some(mut stored) = tx.ticket(refused.source, refused.reference)? else { return Ok(()) };
    // The snooze that it was to replace goes on.
    stored.ticket.snoozed_until = tx.silences(cx.now)?.snooze(stored.alert, cx.now).and_then(|known| known.until);
    tx.save_opsgenie_alert(refused.source, stored.alert, &stored.ticket)?;
    let Some(delivery) = refused.delivery else { return Ok(()) };
    let status = OpsgenieFailure::snooze_refused(&refused.refusal.to_string());
    let outcome = outcome(cx, &OpsgenieAction::Snooze(cx.now), &status, Some(&stored), false);
    tx.save_reply(delivery, &serde_json::to_string(&outcome).unwrap_or_default())
}

/// Records when the snooze of an alert ends, which people and other clients may change, too. `None` if it is over.
pub(in crate::app) fn note_snooze(tx: &mut Tx<'_>, alert: AlertId, until: Option<Timestamp>) -> Result<(), StoreError> {
    let Some((source, mut ticket)) = tx.opsgenie_alert(alert)? else { return Ok(()) };
    if ticket.snoozed_until == until {
        return Ok(());
    }
    ticket.snoozed_until = until;
    tx.save_opsgenie_alert(&source, alert, &ticket)
}

/// A snooze whose silence was refused.
pub(in crate::app) struct RefusedSnooze<'a> {
    pub(in crate::app) delivery: Option<InboxId>,
    pub(in crate::app) source: &'a SourceId,
    pub(in crate::app) reference: &'a OpsgenieReference,
    pub(in crate::app) refusal: &'a Refusal,
}

/// Sets the severity of a signal from its priority, by `[sources.severity]`.
fn judged(cx: Context<'_>, source: &SourceId, mut signal: Signal) -> Signal {
    if let Some(source) = cx.config.source(source.as_str()) {
        judge_by(source, "priority", &mut signal);
    }
    signal
}

/// The silence of this alert alone until then. Its labels are no measure: another alert, or the next one of the same alias,
/// may have the same.
fn snooze(tx: &Tx<'_>, stored: &StoredOpsgenieAlert, until: Timestamp) -> Result<Option<NewSilence>, StoreError> {
    Ok(tx.alert(stored.alert)?.map(|alert| NewSilence {
        scope: SilenceScope::Alert { alert: alert.id, labels: alert.labels },
        from: None,
        until: Some(until),
        by: alert.source.as_str().into(),
        comment: stored.ticket.alias.as_str().into(),
    }))
}

/// The signal that a request for a firing alert amounts to.
fn signal_of(ticket: &OpsgenieAlert, source: &SourceId, alert: &Alert, request: &OpsgenieRequest) -> Signal {
    let now = ticket.signal(source, Some(alert));
    match &request.action {
        OpsgenieAction::Close => Signal { firing: false, fingerprint: named_fingerprint(source, &ticket.alias), ..now },
        OpsgenieAction::Acknowledge => {
            let who = if request.user.is_blank() { source.as_str().into() } else { request.user.clone() };
            Signal { acknowledged_by: Some(who), ..now }
        }
        OpsgenieAction::Unacknowledge => Signal { acknowledged_by: None, ..now },
        OpsgenieAction::Create(_) => Signal::repeat_of(alert),
        OpsgenieAction::Snooze(_)
        | OpsgenieAction::AddNote
        | OpsgenieAction::Assign(_)
        | OpsgenieAction::AddResponder(_)
        | OpsgenieAction::AddTeam(_)
        | OpsgenieAction::Escalate(_)
        | OpsgenieAction::AddTags(_)
        | OpsgenieAction::RemoveTags(_)
        | OpsgenieAction::AddDetails(_)
        | OpsgenieAction::RemoveDetails(_)
        | OpsgenieAction::SetMessage(_)
        | OpsgenieAction::SetDescription(_)
        | OpsgenieAction::SetPriority(_) => now,
    }
}
