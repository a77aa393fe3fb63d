//! What one aggregate does because of a change in another. Only this module knows which aggregate reacts to which.
//!
//! An aggregate decides, writes its own stream, and adds what follows elsewhere to a [`WorkList`]. The reactor processes the
//! list in the same transaction, one follow-up after the other.

mod bounces;
pub mod contact_messages;
mod delivery_result;
pub mod links;
mod maintenance;
pub mod outcomes;
mod status_mirrors;
pub mod text_replies;
pub mod timers;
mod work_list;

#[cfg(test)]
mod tests;

pub use work_list::{FollowUp, IncidentMerge, MOST_FOLLOW_UPS, Snooze, WorkList};

use std::collections::BTreeSet;

use crate::{
    app::{
        Context,
        alerts::{
            self,
            opsgenie::{self, RefusedSnooze},
        },
        incidents::{self, DeclaredKey, status_page},
        oncall::{acknowledging, ending, messages, paging},
        reviews, silences,
        system::notices,
        tracker::{self, Adoption, IssueFollowUp},
    },
    domain::{
        alert::SilenceState,
        ids::{AlertId, IncidentId, SilenceId},
        incident::{Command, Declare, RecordedFact, TrackerEvent},
    },
    store::{StoreError, Tx},
};

/// Runs a change and everything that follows from it.
///
/// # Errors
/// The error of `change`; [`StoreError::Corrupt`] if more than [`MOST_FOLLOW_UPS`] follow from it.
pub fn run<'tx, T>(
    tx: &mut Tx<'tx>,
    cx: Context<'_>,
    change: impl FnOnce(&mut Tx<'tx>, &mut WorkList) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut work = WorkList::new(MOST_FOLLOW_UPS);
    let changed = change(tx, &mut work)?;
    settle(tx, cx, &mut work)?;
    Ok(changed)
}

/// Processes what is on the list, so that what is read next shows everything that followed.
pub(in crate::app) fn settle(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList) -> Result<(), StoreError> {
    while let Some((actor, follow_up)) = work.next()? {
        react(tx, cx.by(&actor), work, follow_up)?;
    }
    Ok(())
}

fn react(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList, follow_up: FollowUp) -> Result<(), StoreError> {
    match follow_up {
        FollowUp::IncidentDeclared { group } => alerts::count_declared(tx, cx, group),
        FollowUp::GroupLinked { group, incident, declared: true } => {
            alerts::note_declared(tx, cx, work, group, incident)
        }
        FollowUp::GroupLinked { group, incident, declared: false } => alerts::note_link(tx, cx, work, group, incident),
        FollowUp::PagesMoved(merge) => ending::move_pages(tx, cx, work, merge),
        FollowUp::GroupsMoved { from, into } => alerts::move_groups(tx, cx, work, from, into),
        FollowUp::VisibilityChanged { incident } => visibility_changed(tx, cx, incident),
        FollowUp::StatusChanged { incident, event } => match tx.incident(incident)? {
            Some(incident) => status_page::show(tx, cx, &incident, &event),
            None => Ok(()),
        },
        FollowUp::PageOnCall { incident, service } => match tx.incident(incident)? {
            Some(incident) => paging::page_on_call(tx, cx, work, &incident, service.as_ref()),
            None => Ok(()),
        },
        FollowUp::UpdatePages { incident } => messages::update_all(tx, cx, incident),
        FollowUp::IncidentOver { incident } => {
            ending::resolve_pages(tx, cx, work, incident)?;
            reviews::incident_over(tx, cx, incident)
        }
        FollowUp::TextsRedacted { incident, texts } => redact(tx, cx, incident, &texts),
        FollowUp::RecordInIncident { incident, command } => record(tx, cx, work, incident, &command),
        FollowUp::CommandIncident { incident, command } => command_incident(tx, cx, work, incident, &command),
        FollowUp::DeclareByRule { declare } => declare_by_rule(tx, cx, work, &declare),
        FollowUp::AlertsAcknowledged { incident, group, person } => {
            acknowledging::take_asking(tx, cx, work, incident, &person)?;
            // After the pages: only the first acknowledgement counts.
            let command = Command::Record(RecordedFact::AlertsAcknowledged { group, person });
            work.push(cx, FollowUp::RecordInIncident { incident, command });
            Ok(())
        }
        FollowUp::AcknowledgementExpired { incident, expired } => {
            acknowledging::page_again(tx, cx, work, incident, &expired)
        }
        FollowUp::CheckRules { group } => alerts::check_rules(tx, cx, work, group),
        FollowUp::ParentJoined { group } => alerts::join_incident(tx, cx, work, group),
        FollowUp::IncidentJoined { group, incident } => alerts::group_joined(tx, cx, work, group, incident),
        FollowUp::AlertsJoined { incident, alerts } => alerts::joined(tx, cx, work, incident, &alerts),
        FollowUp::GroupOver { group } => alerts::group_over(tx, cx, work, group),
        FollowUp::EndGroupSilences { key } => silences::group_is_over(tx, cx, work, &key),
        FollowUp::SilencedAlertOver { silence } => silences::covered_is_over(tx, cx, work, silence),
        FollowUp::ApplySilence { silence, after } => apply_silence(tx, cx, work, silence, after),
        FollowUp::ApplyGroupSilence { key, repost } => alerts::set_group_silence(tx, cx, work, &key, repost),
        FollowUp::SilenceEdited { silence } => alerts::show_changed(tx, cx, work, silence),
        FollowUp::MaintenanceChanged { maintenance: id } => maintenance::changed(tx, cx, work, id),
        FollowUp::SnoozeChanged { alert, until } => opsgenie::note_snooze(tx, alert, until),
        FollowUp::Notice(event) => notices::note(tx, cx, event),
        FollowUp::Snooze(snooze) => snooze_alert(tx, cx, work, snooze),
        FollowUp::FollowIssue { incident, follow_up } => follow_issue(tx, cx, work, incident, follow_up),
        FollowUp::ChangeFollowUp { followup, command } => reviews::follow_issue(tx, cx, followup, &command),
        FollowUp::AdoptIssue(adoption) => adopt_issue(tx, cx, work, *adoption),
    }
}

fn visibility_changed(tx: &mut Tx<'_>, cx: Context<'_>, incident: IncidentId) -> Result<(), StoreError> {
    crate::app::status_mirrors::visibility_changed(tx, cx, incident)?;
    incidents::similar::visibility_changed(tx, cx, incident)?;
    alerts::revise_messages(tx, cx, incident)
}

fn redact(tx: &mut Tx<'_>, cx: Context<'_>, incident: IncidentId, texts: &BTreeSet<String>) -> Result<(), StoreError> {
    incidents::similar::redacted(tx, cx, incident)?;
    reviews::redact(tx, cx, incident, texts)
}

fn record(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    incident: IncidentId,
    command: &Command,
) -> Result<(), StoreError> {
    if let Ok(written) = incidents::command_in(tx, cx, work, incident, command)? {
        work.record(incident, written.events);
    }
    Ok(())
}

fn command_incident(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    incident: IncidentId,
    command: &Command,
) -> Result<(), StoreError> {
    if let Err(refusal) = incidents::command_in(tx, cx, work, incident, command)? {
        tracing::warn!(%incident, ?command, %refusal, "an incident refused what its alerts call for");
    }
    Ok(())
}

fn declare_by_rule(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList, declare: &Declare) -> Result<(), StoreError> {
    if let Err(refusal) = incidents::declare_in(tx, cx, work, declare)? {
        tracing::warn!(rule = ?cx.actor, %refusal, "a rule could not declare an incident");
    }
    Ok(())
}

fn follow_issue(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    incident: IncidentId,
    follow_up: IssueFollowUp,
) -> Result<(), StoreError> {
    let IssueFollowUp { command, author, change } = follow_up;
    if let Err(refusal) = incidents::command_in(tx, cx, work, incident, &command)? {
        let refused = TrackerEvent::IssueChangeRefused { author, change, why: refusal.to_string() };
        work.push(cx, FollowUp::RecordInIncident { incident, command: Command::RecordIssue(refused) });
    }
    Ok(())
}

fn adopt_issue(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList, adoption: Adoption) -> Result<(), StoreError> {
    // Without a key of its own it has one of hotroom's, never a provisional one: its issue exists.
    let key = match &adoption.key {
        Some(key) => DeclaredKey::Issue(key.clone()),
        None => DeclaredKey::Series(tracker::keys::own_series(cx.config, &adoption.declare)),
    };
    match incidents::declare_as(tx, cx, work, &adoption.declare, &key)? {
        Ok(declared) => tracker::link_adopted(tx, cx, work, &declared.incident, adoption),
        Err(refusal) => {
            tracing::warn!(%refusal, "no hot room could be opened for an issue of the tracker");
            Ok(())
        }
    }
}

fn apply_silence(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: SilenceId,
    after: Option<AlertId>,
) -> Result<(), StoreError> {
    let Some(silence) = tx.silence(id)? else { return Ok(()) };
    let next = match silence.state(cx.now) {
        SilenceState::Pending => None,
        SilenceState::Active => alerts::cover(tx, cx, work, &silence, after)?,
        SilenceState::Expired => alerts::uncover(tx, cx, work, id)?,
    };
    silences::on_applied(tx, cx, work, &silence, next)
}

fn snooze_alert(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList, snooze: Snooze) -> Result<(), StoreError> {
    let Snooze { delivery, source, reference, silence } = snooze;
    match silences::snooze(tx, cx, work, silence)? {
        Ok(_) => Ok(()),
        Err(refusal) => {
            let refused = RefusedSnooze { delivery, source: &source, reference: &reference, refusal: &refusal };
            opsgenie::snooze_refused(tx, cx, &refused)
        }
    }
}
