//! Names of effects, for messages that report an effect that failed. The text is in `templates/chat/effects.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::domain::effect::{
    Audience, ChatEffect, ContactEffect, DocumentEffect, Effect, MirrorEffect, PagerEffect, ReportEffect, SourceEffect,
    StatusMirrorEffect, Timer, TrackerEffect, WebhookEffect,
};
use crate::domain::review::WikiKind;

const SHIPPED: &str = include_str!("../../templates/chat/effects.toml");

// A test parses the shipped file.
static NAMES: LazyLock<EffectNames> = LazyLock::new(|| toml::from_str(SHIPPED).unwrap_or_default());

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct EffectNames {
    show_background: String,
    open_room: String,
    invite: String,
    update_card: String,
    feed_line: String,
    restrict_room: String,
    announce_in_room: String,
    announce_in_feed: String,
    announce_to_person: String,
    archive_room: String,
    reopen_room: String,
    group_message: String,
    storm_message: String,
    group_notice: String,
    page: String,
    page_to: String,
    contacts_to: String,
    update_page: String,
    page_notice: String,
    preview: String,
    page_room: String,
    postmortem_notice: String,
    followup_notice: String,
    followup_digest: String,
    maintenance_notice: String,
    maintenance_due: String,
    user_report_message: String,
    user_report_due: String,
    mail_reporter: String,
    write_document: String,
    publish_confluence: String,
    publish_wiki: String,
    notice: String,
    mirror_room: String,
    mirror_message: String,
    confirm_subscription: String,
    post_event: String,
    page_by_method: String,
    update_by_method: String,
    send_code: String,
    send_test: String,
    report_method_change: String,
    publish_status: String,
    withdraw_status: String,
    remind_by_method: String,
    create_issue: String,
    move_issue: String,
    update_issue: String,
    comment_issue: String,
    watch_issue: String,
    read_issue: String,
    adopt_issue: String,
    move_mentioned: String,
    link_issues: String,
    create_follow_up_issue: String,
    update_follow_up_issue: String,
    read_follow_up_issue: String,
    show_issue: String,
    read_board: String,
    board: String,
    board_due: String,
    poll_tracker: String,
    trigger_outside: String,
    acknowledge_outside: String,
    resolve_outside: String,
    check_outside: String,
    accept_page: String,
    page_bundle: String,
    update_due: String,
    postmortem_due: String,
    followup_due: String,
    digest_due: String,
    escalate: String,
    check_acknowledged: String,
    end_snooze: String,
    page_later: String,
    flush_group: String,
    storm_over: String,
    declare_rule: String,
    move_groups: String,
    expire_alerts: String,
    reopen_alert: String,
    source_silent: String,
    heartbeat_due: String,
    reach_test_over: String,
    weekly_test: String,
    post_readiness: String,
    silence: String,
    inhibit: String,
}

/// Returns the name of an effect.
pub fn effect_name(effect: &Effect) -> &'static str {
    match effect {
        Effect::Chat(effect) => chat(effect),
        Effect::Mirror(MirrorEffect::MirrorRoom { .. }) => &NAMES.mirror_room,
        Effect::Mirror(MirrorEffect::MirrorMessage { .. }) => &NAMES.mirror_message,
        Effect::Source(SourceEffect::ConfirmSubscription { .. }) => &NAMES.confirm_subscription,
        Effect::Document(DocumentEffect::WriteDocument { .. }) => &NAMES.write_document,
        Effect::Document(DocumentEffect::PublishPage { wiki: WikiKind::Confluence, .. }) => &NAMES.publish_confluence,
        Effect::Document(DocumentEffect::PublishPage { wiki: WikiKind::Template, .. }) => &NAMES.publish_wiki,
        Effect::Webhook(WebhookEffect::PostEvent { .. }) => &NAMES.post_event,
        Effect::Contact(ContactEffect::PageByMethod { .. }) => &NAMES.page_by_method,
        Effect::Contact(ContactEffect::UpdateByMethod { .. }) => &NAMES.update_by_method,
        Effect::Contact(ContactEffect::SendCode { .. }) => &NAMES.send_code,
        Effect::Contact(ContactEffect::SendTest { .. }) => &NAMES.send_test,
        Effect::Contact(ContactEffect::PageBundle { .. }) => &NAMES.page_bundle,
        Effect::Contact(ContactEffect::RemindByMethod { .. }) => &NAMES.remind_by_method,
        Effect::Contact(ContactEffect::ReportMethodChange { .. }) => &NAMES.report_method_change,
        Effect::StatusMirror(StatusMirrorEffect::PublishStatus { .. }) => &NAMES.publish_status,
        Effect::StatusMirror(StatusMirrorEffect::WithdrawStatus { .. }) => &NAMES.withdraw_status,
        Effect::Tracker(effect) => tracker(effect),
        Effect::Pager(PagerEffect::TriggerOutside { .. }) => &NAMES.trigger_outside,
        Effect::Pager(PagerEffect::AcknowledgeOutside { .. }) => &NAMES.acknowledge_outside,
        Effect::Pager(PagerEffect::ResolveOutside { .. }) => &NAMES.resolve_outside,
        Effect::Pager(PagerEffect::CheckOutside { .. }) => &NAMES.check_outside,
        Effect::Report(ReportEffect::MailReporter { .. }) => &NAMES.mail_reporter,
        Effect::Timer(due) => timer(due),
    }
}

/// Returns the name of a page to these people.
pub fn page_name(who: &str) -> String {
    NAMES.page_to.replace("{who}", who)
}

/// Returns the name of reaching these people by their contact methods.
pub fn contacts_name(who: &str) -> String {
    NAMES.contacts_to.replace("{who}", who)
}

fn chat(effect: &ChatEffect) -> &'static str {
    match effect {
        ChatEffect::Background { .. } => &NAMES.show_background,
        ChatEffect::OpenRoom { .. } => &NAMES.open_room,
        ChatEffect::Invite { .. } => &NAMES.invite,
        ChatEffect::UpdateCard { .. } => &NAMES.update_card,
        ChatEffect::FeedLine { .. } => &NAMES.feed_line,
        ChatEffect::RestrictRoom { .. } => &NAMES.restrict_room,
        ChatEffect::Announce { to: Audience::HotRoom, .. } => &NAMES.announce_in_room,
        ChatEffect::Announce { to: Audience::Feed(_), .. } | ChatEffect::ReviseAnnouncement { .. } => {
            &NAMES.announce_in_feed
        }
        ChatEffect::Announce { to: Audience::Person(_), .. } => &NAMES.announce_to_person,
        ChatEffect::ArchiveRoom { .. } => &NAMES.archive_room,
        ChatEffect::ReopenRoom { .. } => &NAMES.reopen_room,
        ChatEffect::GroupMessage { .. } => &NAMES.group_message,
        ChatEffect::StormMessage { .. } => &NAMES.storm_message,
        ChatEffect::GroupNotice { .. } => &NAMES.group_notice,
        ChatEffect::PagePerson { .. } => &NAMES.page,
        ChatEffect::UpdatePage { .. } => &NAMES.update_page,
        ChatEffect::PageNotice { .. } => &NAMES.page_notice,
        ChatEffect::Preview { .. } => &NAMES.preview,
        ChatEffect::PageRoom { .. } | ChatEffect::UpdatePageRoom { .. } => &NAMES.page_room,
        ChatEffect::PostmortemNotice { .. } => &NAMES.postmortem_notice,
        ChatEffect::FollowUpNotice { .. } => &NAMES.followup_notice,
        ChatEffect::FollowUpDigest { .. } => &NAMES.followup_digest,
        ChatEffect::MaintenanceNotice { .. } => &NAMES.maintenance_notice,
        ChatEffect::Board { .. } => &NAMES.board,
        ChatEffect::UserReportMessage { .. } => &NAMES.user_report_message,
        ChatEffect::Notice { .. } => &NAMES.notice,
    }
}

fn tracker(effect: &TrackerEffect) -> &'static str {
    match effect {
        TrackerEffect::CreateIssue { .. } => &NAMES.create_issue,
        TrackerEffect::MoveIssue { .. } => &NAMES.move_issue,
        TrackerEffect::UpdateIssue { .. } => &NAMES.update_issue,
        TrackerEffect::CommentIssue { .. } => &NAMES.comment_issue,
        TrackerEffect::WatchIssue { .. } => &NAMES.watch_issue,
        TrackerEffect::LinkIssues { .. } => &NAMES.link_issues,
        TrackerEffect::ReadIssue { .. } => &NAMES.read_issue,
        TrackerEffect::CreateFollowUp { .. } => &NAMES.create_follow_up_issue,
        TrackerEffect::UpdateFollowUp { .. } => &NAMES.update_follow_up_issue,
        TrackerEffect::ReadFollowUp { .. } => &NAMES.read_follow_up_issue,
        TrackerEffect::AdoptIssue { .. } => &NAMES.adopt_issue,
        TrackerEffect::MoveMentioned { .. } => &NAMES.move_mentioned,
        TrackerEffect::ShowIssue { .. } => &NAMES.show_issue,
        TrackerEffect::ReadBoard { .. } => &NAMES.read_board,
        TrackerEffect::PollTracker { .. } => &NAMES.poll_tracker,
    }
}

fn timer(due: &Timer) -> &'static str {
    match due {
        Timer::UpdateDue { .. } => &NAMES.update_due,
        Timer::Escalate { .. } => &NAMES.escalate,
        Timer::CheckAcknowledged { .. } => &NAMES.check_acknowledged,
        Timer::PageLater { .. } => &NAMES.page_later,
        Timer::EndSnooze { .. } => &NAMES.end_snooze,
        Timer::AcceptPage { .. } => &NAMES.accept_page,
        Timer::FlushGroup { .. } => &NAMES.flush_group,
        Timer::StormOver { .. } => &NAMES.storm_over,
        Timer::DeclareRule { .. } => &NAMES.declare_rule,
        Timer::MoveGroups { .. } => &NAMES.move_groups,
        Timer::ExpireAlerts { .. } => &NAMES.expire_alerts,
        Timer::ReopenAlert { .. } => &NAMES.reopen_alert,
        Timer::SourceSilent { .. } => &NAMES.source_silent,
        Timer::HeartbeatDue { .. } => &NAMES.heartbeat_due,
        Timer::PostmortemDue { .. } => &NAMES.postmortem_due,
        Timer::FollowUpDue { .. } => &NAMES.followup_due,
        Timer::FollowUpDigest { .. } => &NAMES.digest_due,
        Timer::MaintenanceDue { .. } => &NAMES.maintenance_due,
        Timer::UserReportDue { .. } => &NAMES.user_report_due,
        Timer::ReachTestOver { .. } => &NAMES.reach_test_over,
        Timer::WeeklyTest { .. } => &NAMES.weekly_test,
        Timer::PostReadiness => &NAMES.post_readiness,
        Timer::ReadBoard { .. } | Timer::PostBoard { .. } => &NAMES.board_due,
        Timer::Silence { .. } => &NAMES.silence,
        Timer::Inhibit { .. } | Timer::RulesChanged { .. } => &NAMES.inhibit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_names_are_complete_and_not_empty() {
        let names: EffectNames = toml::from_str(SHIPPED).expect("every name");
        assert_eq!(names.page_to, "the page to {who}");
        let table: toml::Table = toml::from_str(SHIPPED).expect("a table");
        assert!(table.values().all(|name| name.as_str().is_some_and(|name| !name.trim().is_empty())), "{table:?}");
        assert_eq!(page_name("Ann Lee"), "the page to Ann Lee");
    }
}
