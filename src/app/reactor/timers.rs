//! Timers that are due. A timer that is no longer needed changes nothing.

use crate::{
    app::{
        Context, alerts, contacts, maintenance,
        oncall::{changing, idle, outside, paging, readiness},
        reactor::{self, FollowUp},
        reviews, silences,
        tracker::boards,
        user_reports,
    },
    domain::{effect::Timer, incident::Command},
    render::Renderer,
    store::{StoreError, Tx},
};

/// Handles a timer. Runs in the transaction that settles its row, so that it happens once.
pub fn on_wake(tx: &mut Tx<'_>, cx: Context<'_>, renderer: &Renderer, wake: &Timer) -> Result<(), StoreError> {
    reactor::run(tx, cx, |tx, work| match wake {
        Timer::UpdateDue { incident } => {
            work.push(cx, FollowUp::RecordInIncident { incident: *incident, command: Command::NudgeUpdate });
            Ok(())
        }
        Timer::Escalate { page } => paging::on_wake(tx, cx, work, *page),
        Timer::CheckAcknowledged { page } => idle::on_wake(tx, cx, work, *page),
        Timer::PageLater { page, stepped } => changing::on_later(tx, cx, work, *page, *stepped),
        Timer::AcceptPage { page } => outside::results::on_accept_due(tx, cx, work, *page),
        Timer::EndSnooze { page, snoozed } => changing::end_snooze(tx, cx, work, *page, *snoozed),
        Timer::ReachTestOver { test } => contacts::reach_tests::on_over(tx, cx, *test),
        Timer::WeeklyTest { person } => contacts::weekly::on_wake(tx, cx, person),
        Timer::PostReadiness => readiness::on_wake(tx, cx),
        Timer::ReadBoard { board } => boards::read_due(tx, cx, board),
        Timer::PostBoard { board } => boards::post_due(tx, cx, board),
        Timer::Silence { silence, after } => silences::on_wake(tx, cx, work, *silence, *after),
        Timer::PostmortemDue { incident } => reviews::on_wake(tx, cx, renderer, *incident),
        Timer::FollowUpDue { followup, .. } => reviews::followup_due(tx, cx, *followup),
        Timer::FollowUpDigest { person } => reviews::digest_due(tx, cx, person),
        Timer::MaintenanceDue { maintenance } => maintenance::on_wake(tx, cx, work, *maintenance),
        Timer::UserReportDue { report } => user_reports::on_wake(tx, cx, *report),
        Timer::FlushGroup { .. }
        | Timer::Inhibit { .. }
        | Timer::RulesChanged { .. }
        | Timer::StormOver { .. }
        | Timer::DeclareRule { .. }
        | Timer::ExpireAlerts { .. }
        | Timer::ReopenAlert { .. }
        | Timer::SourceSilent { .. }
        | Timer::HeartbeatDue { .. }
        | Timer::MoveGroups { .. } => alerts::on_wake(tx, cx, work, wake),
    })
}
