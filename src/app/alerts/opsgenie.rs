//! Calls of Opsgenie's API, carried out. Each has its own look at the groups, for a snooze is a
//! silence, which changes them as well.

use serde::{Deserialize, Serialize};

use super::AlertBatch;
use crate::{
    app::{Context, silences},
    domain::{
        Timestamp,
        alert::{
            Alert, NewSilence, OpsgenieAction, OpsgenieAlert, OpsgenieReference, OpsgenieRequest, Signal, SilenceScope,
            equal, named_fingerprint,
        },
        ids::{AlertId, SourceId},
        refusal::Refusal,
    },
    intake::judge_by,
    store::{StoreError, StoredOpsgenieAlert, Tx},
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
    cx: Context<'_>,
    (source, received): (&SourceId, Timestamp),
    request: &OpsgenieRequest,
) -> Result<Outcome, StoreError> {
    let (action, status) = request.action.report();
    let outcome = |status: &str, of: Option<&StoredOpsgenieAlert>, done: bool| Outcome {
        done,
        action: action.to_owned(),
        status: status.to_owned(),
        at: cx.now,
        alert: of.map(|of| of.alert),
        alias: of.map(|of| of.ticket.alias.clone()),
    };
    let known = tx.ticket(source, &request.whom)?;
    let open = match &known {
        Some(known) => tx.alert(known.alert)?.filter(|alert| alert.firing),
        None => None,
    };
    let mut batch = AlertBatch::new(cx);
    let mut stored = match (&request.action, known, open) {
        (OpsgenieAction::Create(draft), None, _) | (OpsgenieAction::Create(draft), Some(_), None) => {
            let OpsgenieReference::Alias(alias) = &request.whom else {
                return Ok(outcome("Alert has no alias", None, false));
            };
            let ticket = OpsgenieAlert::new(alias.clone(), tx.next_tiny_id(source)?, draft.clone(), cx.now);
            let signal = judged(cx, source, ticket.signal(source, None));
            batch.hear(tx, source, received, &signal)?;
            let made = tx.newest_episode(source, &signal.fingerprint)?;
            let Some(made) = made else { return Ok(outcome("Alert was not made", None, false)) };
            StoredOpsgenieAlert { alert: made.id, ticket }
        }
        (_, None, _) => return Ok(outcome("Alert does not exist", None, false)),
        (OpsgenieAction::AddNote, Some(mut known), None) => {
            known.ticket.apply(request, cx.now);
            known
        }
        (_, Some(known), None) => return Ok(outcome("Alert is already closed", Some(&known), false)),
        (_, Some(mut known), Some(alert)) => {
            known.ticket.apply(request, cx.now);
            let said = judged(cx, source, said(&known.ticket, source, &alert, request));
            batch.hear(tx, source, received, &said)?;
            known
        }
    };
    tx.save_opsgenie_alert(source, stored.alert, &stored.ticket)?;
    batch.close(tx)?;
    if let OpsgenieAction::Snooze(until) = &request.action
        && let Err(refusal) = snooze(tx, cx, &stored, *until)?
    {
        stored.ticket.snoozed_until = None;
        tx.save_opsgenie_alert(source, stored.alert, &stored.ticket)?;
        return Ok(outcome(&format!("Alert was not snoozed: {refusal}"), Some(&stored), false));
    }
    Ok(outcome(status, Some(&stored), true))
}

/// What a signal of a client says, as grave as `[sources.severity]` says of its priority.
fn judged(cx: Context<'_>, source: &SourceId, mut signal: Signal) -> Signal {
    if let Some(source) = cx.config.source(source.as_str()) {
        judge_by(source, "priority", &mut signal);
    }
    signal
}

/// No noise from an alert until then: a silence of its labels.
fn snooze(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    of: &StoredOpsgenieAlert,
    until: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    let Some(alert) = tx.alert(of.alert)? else { return Ok(Ok(())) };
    let wanted = NewSilence {
        scope: SilenceScope::Alerts(alert.labels.iter().map(|(label, value)| equal(label, value)).collect()),
        from: None,
        until: Some(until),
        by: alert.source.as_str().into(),
        comment: of.ticket.alias.as_str().into(),
    };
    Ok(silences::create(tx, cx, wanted)?.map(drop))
}

/// What a call says of an alert that fires.
fn said(ticket: &OpsgenieAlert, source: &SourceId, alert: &Alert, request: &OpsgenieRequest) -> Signal {
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
