//! `/oncall override`, `/oncall take`, `/oncall handover` and `/oncall cancel`.

use std::time::Duration;

use minijinja::{context, value::Serde};

use super::invocation::Invocation;
use super::replies;
use crate::app::oncall::paging::{self, NewOverride};
use crate::chat::Reply;
use crate::command::{Act, OnCallAct, OverrideRequest};
use crate::domain::ids::{OverrideId, PersonId, ScheduleId};
use crate::domain::oncall::Override;
use crate::domain::refusal::Refusal;
use crate::store::{StoreError, Tx};

/// Adds an override.
pub(super) fn add(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    request: &OverrideRequest,
) -> Result<Reply, StoreError> {
    let OverrideRequest { schedule, kind, person, instead_of, from, until } = request;
    let wanted = NewOverride {
        schedule: schedule.as_ref(),
        kind: *kind,
        person,
        instead_of: instead_of.as_ref(),
        from: from.unwrap_or(invocation.cx.now),
        until: *until,
    };
    Ok(of_override(invocation, OnCallAct::Override, paging::add_override(tx, invocation.cx, wanted)?))
}

/// Puts the person on call now.
pub(super) fn take(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    schedule: Option<&ScheduleId>,
    wait: Option<Duration>,
) -> Result<Reply, StoreError> {
    let taken = paging::take_over(tx, invocation.cx, schedule, invocation.person, wait)?;
    Ok(of_override(invocation, OnCallAct::Override, taken))
}

/// Hands the rest of the person's shift to another.
pub(super) fn hand_over(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    schedule: Option<&ScheduleId>,
    person: &PersonId,
) -> Result<Reply, StoreError> {
    let handed = paging::hand_over(tx, invocation.cx, schedule, invocation.person, person)?;
    Ok(of_override(invocation, OnCallAct::Override, handed))
}

/// Cancels an override.
pub(super) fn cancel(tx: &mut Tx<'_>, invocation: &Invocation<'_>, id: OverrideId) -> Result<Reply, StoreError> {
    Ok(of_override(invocation, OnCallAct::Cancel, paging::cancel_override(tx, invocation.cx, id)?))
}

/// The reply about an override names it, so that nobody has to look for the newest one.
fn of_override(invocation: &Invocation<'_>, act: OnCallAct, outcome: Result<Override, Refusal>) -> Reply {
    match outcome {
        Ok(entry) => {
            let id = serde_json::json!({ "override": entry.id.to_string() });
            Reply { data: Some(id), ..invocation.plain(Act::OnCall(act), override_context(&entry)) }
        }
        Err(refusal) => replies::refused(invocation.app, &refusal),
    }
}

fn override_context(entry: &Override) -> minijinja::Value {
    context! {
        id => entry.id.to_string(), person => entry.person.as_str(), schedule => entry.schedule.as_str(),
        from => Serde(entry.from), until => Serde(entry.until), kind => entry.kind.name(),
        instead_of => entry.instead_of.as_ref().map(PersonId::as_str),
    }
}
