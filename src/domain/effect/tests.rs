//! Stored words of effects, and what outside destinations are shown.

use std::collections::BTreeSet;

use super::*;
use crate::domain::{
    Timestamp,
    ids::{IncidentId, Key, PersonId},
    incident,
    incident::{Category, Incident, IncidentEvent, IncidentKind, LifecycleEvent, Severity},
    people::Actor,
};

const ID: &str = "019a3b60-0000-7000-8000-000000000001";

/// Every effect as the outbox stores it, with its lane.
const STORED: [(&str, &str); 104] = [
    (r#"{"effect":"open_room","incident":"ID"}"#, "chat/ID"),
    (r#"{"effect":"invite","incident":"ID","people":["ann","bob"]}"#, "chat/ID"),
    (r#"{"effect":"update_card","incident":"ID"}"#, "chat/ID"),
    (r#"{"effect":"show_background","incident":"ID"}"#, "chat/ID"),
    (r#"{"effect":"feed_line","incident":"ID"}"#, "chat/ID/feed"),
    (r#"{"effect":"restrict_room","incident":"ID"}"#, "chat/ID"),
    (r#"{"effect":"announce","incident":"ID","seq":3,"to":"hot_room"}"#, "chat/ID"),
    (r#"{"effect":"announce","incident":"ID","seq":3,"to":{"feed":"ops"}}"#, "chat/ID/ops"),
    (r#"{"effect":"announce","incident":"ID","seq":3,"to":{"person":"ann"}}"#, "chat/ID/@ann"),
    (r#"{"effect":"revise_announcement","incident":"ID","seq":3,"feed":"ops"}"#, "chat/ID/ops"),
    (r#"{"effect":"archive_room","incident":"ID"}"#, "chat/ID/archive"),
    (r#"{"effect":"archive_room","incident":"ID","closed":7}"#, "chat/ID/archive"),
    (r#"{"effect":"reopen_room","incident":"ID"}"#, "chat/ID"),
    (r#"{"effect":"group_message","group":"ID","grave":true}"#, "group/ID"),
    (r#"{"effect":"storm_message","storm":"ID","feed":"ops"}"#, "storm/ID"),
    (r#"{"effect":"group_notice","group":"ID","seq":2}"#, "group/ID"),
    (r#"{"effect":"page_person","page":"ID","person":"ann","attempt":1}"#, "page/ID/ann"),
    (r#"{"effect":"update_page","page":"ID","person":"ann","attempt":1}"#, "page/ID/ann"),
    (r#"{"effect":"page_notice","incident":"ID","page":"ID","step":0,"round":1}"#, "chat/ID"),
    (r#"{"effect":"preview","room":"ops","message":7}"#, "preview/ops"),
    (r#"{"effect":"notice","seq":4,"to":{"feed":"ops"}}"#, "notice/ops"),
    (r#"{"effect":"postmortem_notice","incident":"ID","seq":4,"to":"hot_room"}"#, "postmortem/ID"),
    (r#"{"effect":"postmortem_notice","incident":"ID","seq":4,"to":{"feed":"ops"}}"#, "postmortem/ID/ops"),
    (r#"{"effect":"postmortem_notice","incident":"ID","seq":4,"to":{"person":"ann"}}"#, "postmortem/ID/@ann"),
    (r#"{"effect":"followup_notice","incident":"ID","followup":"ID","seq":4,"to":"hot_room"}"#, "followup/ID"),
    (
        r#"{"effect":"followup_notice","incident":"ID","followup":"ID","seq":4,"to":{"person":"ann"}}"#,
        "followup/ID/@ann",
    ),
    (r#"{"effect":"wake","wake":"followup_due","incident":"ID","followup":"ID"}"#, "wake/followup/ID"),
    (r#"{"effect":"maintenance_notice","maintenance":"ID","seq":4,"to":{"feed":"incidents"}}"#, "maintenance/ID"),
    (r#"{"effect":"maintenance_notice","maintenance":"ID","seq":4,"to":{"person":"ann"}}"#, "maintenance/ID/@ann"),
    (r#"{"effect":"wake","wake":"maintenance_due","maintenance":"ID"}"#, "wake/maintenance/ID"),
    (r#"{"effect":"user_report_message","report":"ID"}"#, "user_report/ID"),
    (r#"{"effect":"mail_reporter","report":"ID","mail":"outcome"}"#, "report/1"),
    (r#"{"effect":"wake","wake":"user_report_due","report":"ID"}"#, "wake/user_report/ID"),
    (r#"{"effect":"followup_digest","person":"ann"}"#, "digest/@ann"),
    (r#"{"effect":"wake","wake":"followup_digest","person":"ann"}"#, "wake/digest/ann"),
    (r#"{"effect":"remind_by_method","incident":"ID","method":"ID","kind":"mail"}"#, "contact/ID/reminder"),
    (r#"{"effect":"write_document","incident":"ID"}"#, "document/ID"),
    (r#"{"effect":"write_document","incident":"ID","replace":true}"#, "document/ID"),
    (r#"{"effect":"publish_page","wiki":"confluence","incident":"ID"}"#, "document/confluence/ID"),
    (r#"{"effect":"publish_page","wiki":"confluence","incident":"ID","replace":true}"#, "document/confluence/ID"),
    (r#"{"effect":"publish_page","wiki":"wiki","incident":"ID"}"#, "document/wiki/ID"),
    (r#"{"effect":"wake","wake":"postmortem_due","incident":"ID"}"#, "wake/postmortem/ID"),
    (r#"{"effect":"mirror_room","room":"hot-1"}"#, "mirror/hot-1"),
    (r#"{"effect":"mirror_message","room":"hot-1","message":7,"standing":true,"priority":"page"}"#, "mirror/hot-1/7"),
    (r#"{"effect":"mirror_message","room":"hot-1","message":7,"standing":false,"priority":"chatter"}"#, "mirror/hot-1"),
    (r#"{"effect":"mirror_room","platform":"slack","room":"hot-1"}"#, "mirror/slack/hot-1"),
    (
        r#"{"effect":"mirror_message","platform":"slack","room":"hot-1","message":7,"standing":true,"priority":"page"}"#,
        "mirror/slack/hot-1/7",
    ),
    (r#"{"effect":"confirm_subscription","source":"sns","address":"https://sns.example/"}"#, "subscription/sns"),
    (
        r#"{"effect":"post_event","webhook":"crm","event":"incident.declared","incident":"ID","seq":1,"at":"2026-03-02T10:00:00Z"}"#,
        "webhook/crm/1",
    ),
    (
        r#"{"effect":"post_event","webhook":"crm","event":"page.triggered","page":"ID","seq":1,"at":"2026-03-02T10:00:00Z"}"#,
        "webhook/crm/1",
    ),
    (
        r#"{"effect":"post_event","webhook":"crm","event":"alert_group.fired","group":"ID","seq":7,"at":"2026-03-02T10:00:00Z"}"#,
        "webhook/crm/1",
    ),
    (
        r#"{"effect":"page_by_method","page":"ID","person":"ann","attempt":1,"method":"ID","kind":"mail","nth":0}"#,
        "contact/ID/ID/1/0",
    ),
    (
        r#"{"effect":"update_by_method","page":"ID","person":"ann","attempt":1,"method":"ID","kind":"ntfy"}"#,
        "contact/ID/ID/update",
    ),
    (r#"{"effect":"send_code","method":"ID","kind":"sms","serial":1}"#, "contact/ID"),
    (r#"{"effect":"send_test","method":"ID","kind":"web_push","test":"ID"}"#, "contact/ID"),
    (
        r#"{"effect":"report_method_change","method":"ID","kind":"voice","changed":"mail","change":"removed"}"#,
        "contact/ID",
    ),
    (r#"{"effect":"publish_status","mirror":"statuspage","incident":"ID"}"#, "status_mirror/statuspage"),
    (r#"{"effect":"withdraw_status","mirror":"statuspage","incident":"ID"}"#, "status_mirror/statuspage"),
    (r#"{"effect":"create_issue","incident":"ID"}"#, "tracker/ID"),
    (r#"{"effect":"move_issue","incident":"ID","seq":4}"#, "tracker/ID"),
    (r#"{"effect":"update_issue","incident":"ID","aspect":"assignee"}"#, "tracker/ID"),
    (r#"{"effect":"comment_issue","incident":"ID"}"#, "tracker/ID/comments"),
    (r#"{"effect":"watch_issue","incident":"ID","person":"ann"}"#, "tracker/ID"),
    (r#"{"effect":"link_issues","incident":"ID","other":{"prefix":"OPS","number":12}}"#, "tracker/ID"),
    (r#"{"effect":"read_issue","incident":"ID","catch_up":true}"#, "tracker/ID"),
    (r#"{"effect":"create_follow_up_issue","followup":"ID","incident":"ID"}"#, "tracker/followup/ID"),
    (r#"{"effect":"update_follow_up_issue","followup":"ID","incident":"ID"}"#, "tracker/followup/ID"),
    (r#"{"effect":"read_follow_up_issue","followup":"ID"}"#, "tracker/followup/ID"),
    (r#"{"effect":"adopt_issue","tracker":"jira","issue":"10012","requested":false}"#, "tracker/jira/10012"),
    (
        r#"{"effect":"move_mentioned","tracker":"jira","key":{"prefix":"OPS","number":12},"repository":"acme/shop","number":7,"step":"merged"}"#,
        "tracker/jira/OPS-12",
    ),
    (r#"{"effect":"poll_tracker","tracker":"redmine"}"#, "tracker/redmine"),
    (r#"{"effect":"trigger_outside","page":"ID","pager":"pagerduty"}"#, "pager/ID"),
    (r#"{"effect":"acknowledge_outside","page":"ID","pager":"pagerduty"}"#, "pager/ID"),
    (r#"{"effect":"resolve_outside","page":"ID","pager":"pagerduty"}"#, "pager/ID"),
    (r#"{"effect":"check_outside","page":"ID","pager":"pagerduty"}"#, "pager/ID/check"),
    (r#"{"effect":"wake","wake":"accept_page","page":"ID"}"#, "wake/accept/ID"),
    (r#"{"effect":"wake","wake":"update_due","incident":"ID"}"#, "wake/update/ID"),
    (r#"{"effect":"wake","wake":"escalate","page":"ID"}"#, "wake/page/ID"),
    (r#"{"effect":"wake","wake":"check_acknowledged","page":"ID"}"#, "wake/acknowledged/ID"),
    (r#"{"effect":"wake","wake":"page_later","page":"ID","stepped":4}"#, "wake/later/ID"),
    (r#"{"effect":"page_bundle","bundle":"ID","person":"ann","method":"ID","kind":"sms"}"#, "contact/ID/bundle"),
    (r#"{"effect":"page_room","page":"ID","room":"ops","step":1,"round":0}"#, "page/ID/in/ops"),
    (r#"{"effect":"update_page_room","page":"ID","room":"ops","step":1,"round":0}"#, "page/ID/in/ops"),
    (r#"{"effect":"wake","wake":"end_snooze","page":"ID","snoozed":4}"#, "wake/snooze/ID"),
    (r#"{"effect":"wake","wake":"flush_group","group":"ID","grave":false}"#, "wake/flush/ID"),
    (r#"{"effect":"wake","wake":"declare_rule","group":"ID"}"#, "wake/rule/ID"),
    (r#"{"effect":"wake","wake":"storm_over","feed":"ops"}"#, "wake/storm/ops"),
    (r#"{"effect":"wake","wake":"move_groups","from":"ID","into":"ID"}"#, "wake/merge/ID"),
    (r#"{"effect":"wake","wake":"expire_alerts","group":"ID"}"#, "wake/expire/ID"),
    (r#"{"effect":"wake","wake":"reopen_alert","alert":"ID"}"#, "wake/reopen/ID"),
    (r#"{"effect":"wake","wake":"inhibit","source":"ID"}"#, "wake/inhibit/ID"),
    (r#"{"effect":"wake","wake":"rules_changed","after":null}"#, "wake/inhibit"),
    (r#"{"effect":"wake","wake":"silence","silence":"ID","after":"ID"}"#, "wake/silence/ID"),
    (r#"{"effect":"wake","wake":"source_silent","source":"sns"}"#, "wake/silent/sns"),
    (r#"{"effect":"wake","wake":"heartbeat_due","heartbeat":"ID"}"#, "wake/heartbeat/ID"),
    (r#"{"effect":"wake","wake":"reach_test_over","test":"ID"}"#, "wake/reach-test/ID"),
    (r#"{"effect":"wake","wake":"weekly_test","person":"ann"}"#, "wake/weekly-test/ann"),
    (r#"{"effect":"wake","wake":"post_readiness"}"#, "wake/readiness"),
    (
        r#"{"effect":"show_issue","tracker":"jira","key":{"prefix":"OPS","number":12},"room":"dev","message":7}"#,
        "tracker/show/OPS-12",
    ),
    (r#"{"effect":"read_board","board":"ops"}"#, "tracker/board/ops"),
    (r#"{"effect":"board","board":"ops"}"#, "board/ops/chat"),
    (r#"{"effect":"board","board":"ops","column":"Review"}"#, "board/ops/chat"),
    (r#"{"effect":"wake","wake":"read_board","board":"ops"}"#, "wake/board/ops/read"),
    (r#"{"effect":"wake","wake":"post_board","board":"ops"}"#, "wake/board/ops/post"),
];

#[test]
fn stored_words_of_effects_never_change() {
    for (row, lane) in STORED {
        let stored = row.replace("ID", ID);
        let effect: Effect = serde_json::from_str(&stored).unwrap_or_else(|error| panic!("{row}: {error}"));
        assert_eq!(serde_json::to_string(&effect).expect("JSON"), stored);
        assert_eq!(effect.lane(), lane.replace("ID", ID), "{row}");
    }
}

/// Rows of before some effects had all of their fields.
#[test]
fn effects_that_were_stored_without_a_severity_are_read() {
    for row in [r#"{"effect":"group_message","group":"ID"}"#, r#"{"effect":"wake","wake":"flush_group","group":"ID"}"#]
    {
        let effect: Effect =
            serde_json::from_str(&row.replace("ID", ID)).unwrap_or_else(|error| panic!("{row}: {error}"));
        assert_eq!(effect.priority(), Priority::Chatter, "{row}");
    }
}

#[test]
fn an_effect_of_a_newer_program_is_refused_with_the_reason() {
    for row in [r#"{"effect":"send_fax","to":"ann"}"#, r#"{"effect":"wake","wake":"sunrise"}"#, "{}"] {
        let error = serde_json::from_str::<Effect>(row).expect_err("unknown").to_string();
        assert_eq!(error, "no destination has an effect of this tag and shape", "{row}");
    }
}

#[test]
fn every_destination_has_an_effect_and_knows_its_own() {
    let mut seen = BTreeSet::new();
    for (row, lane) in STORED {
        let effect: Effect = serde_json::from_str(&row.replace("ID", ID)).expect("an effect");
        let expected = match lane.split('/').next() {
            Some("mirror") => Destination::Mirror,
            Some("subscription") => Destination::Source,
            Some("webhook") => Destination::Webhook,
            Some("document") => Destination::Document,
            Some("report") => Destination::Report,
            Some("wake") => Destination::Timer,
            Some("contact") => Destination::Contact,
            Some("status_mirror") => Destination::StatusMirror,
            Some("tracker") => Destination::Tracker,
            Some("pager") => Destination::Pager,
            _ => Destination::Chat,
        };
        assert_eq!(effect.destination(), expected, "{row}");
        seen.insert(effect.destination());
    }
    assert_eq!(seen.iter().collect::<Vec<_>>(), Destination::ALL.iter().collect::<Vec<_>>());
}

fn incident(kind: IncidentKind, private: bool) -> Incident {
    let now = Timestamp::UNIX_EPOCH;
    let declared = LifecycleEvent::Declared {
        id: IncidentId::new(now),
        key: Key::new("HOT", 1),
        title: "Payments fail".into(),
        description: "".into(),
        status: "investigating".into(),
        category: Category::Active,
        severity: Severity::Sev1,
        kind,
        own_kind: None,
        private,
        service: None,
        impact_since: None,
        judgement: None,
        affected: None,
    };
    let declared = IncidentEvent::Lifecycle(declared);
    incident::apply(None, &declared, now, &Actor::Person(PersonId::from("ann"))).expect("declared")
}

#[test]
fn a_private_incident_is_shown_outside_only_by_key_in_pages_or_where_it_is_configured() {
    let withheld = Disclosure::Withheld(SkipReason::PrivateIncident);
    // Without and with `private = true`. What pages a person is read on lock screens.
    let rows = [
        (Purpose::Reports, withheld, Disclosure::Full),
        (Purpose::ReportsPage, Disclosure::Reference, Disclosure::Full),
        (Purpose::PagesPerson, withheld, Disclosure::Reference),
    ];
    for (purpose, without, with) in rows {
        let (private, public) = (incident(IncidentKind::Real, true), incident(IncidentKind::Real, false));
        assert_eq!(Disclosure::for_outside(purpose, &private, false), without, "{purpose:?}");
        assert_eq!(Disclosure::for_outside(purpose, &private, true), with, "{purpose:?}");
        assert_eq!(Disclosure::for_outside(purpose, &public, false), Disclosure::Full, "{purpose:?}");
    }
}

#[test]
fn a_drill_is_shown_outside_only_to_people_it_pages() {
    for private in [false, true] {
        let drill = incident(IncidentKind::Drill, private);
        for purpose in [Purpose::Reports, Purpose::ReportsPage] {
            for configured in [false, true] {
                let shown = Disclosure::for_outside(purpose, &drill, configured);
                assert_eq!(shown, Disclosure::Withheld(SkipReason::Drill), "{purpose:?}");
            }
        }
        let paged = Disclosure::for_outside(Purpose::PagesPerson, &drill, false);
        let withheld = Disclosure::Withheld(SkipReason::PrivateIncident);
        assert_eq!(paged, if private { withheld } else { Disclosure::Full });
    }
}

#[test]
fn only_ids_are_kept_as_receipts() {
    assert_eq!(Receipt::Nothing.id(), None);
    assert_eq!(Receipt::Room("hot-1".into()).id(), Some("hot-1"));
    assert_eq!(Receipt::Post(PostId("17".to_owned())).id(), Some("17"));
}

#[test]
fn the_word_of_a_skip_reason_is_its_stored_name() {
    for reason in [
        SkipReason::PageNotNeeded,
        SkipReason::InStormSummary,
        SkipReason::NoWebhook,
        SkipReason::WebhookDisabled,
        SkipReason::ReceiverGone,
        SkipReason::PrivateIncident,
        SkipReason::Drill,
        SkipReason::NoContactMethod,
        SkipReason::ContactLimit,
        SkipReason::Bundled,
        SkipReason::ContactGone,
        SkipReason::ContactOptedOut,
        SkipReason::NoStatusMirror,
        SkipReason::NoTracker,
        SkipReason::NoIssue,
        SkipReason::NotMapped,
        SkipReason::NoPager,
    ] {
        assert_eq!(serde_json::to_value(reason).expect("JSON"), reason.word());
    }
}

#[test]
fn an_event_has_the_same_id_for_each_webhook_and_another_one_than_other_events() {
    let stored = |webhook: &str, event: &str, seq: u32| {
        let row = format!(
            r#"{{"effect":"post_event","webhook":"{webhook}","event":"{event}","group":"{ID}","seq":{seq},"at":"2026-03-02T10:00:00Z"}}"#
        );
        serde_json::from_str::<WebhookEffect>(&row).expect("an effect")
    };
    let fired = stored("crm", "alert_group.fired", 7);
    // Stored rows of earlier versions are sent again under this id.
    assert_eq!(fired.message_id(), "evt_8fd27035876d11d5ff029a521304c2ab");
    assert_eq!(stored("audit", "alert_group.fired", 7).message_id(), fired.message_id());
    assert_ne!(stored("crm", "alert_group.fired", 8).message_id(), fired.message_id());
    assert_ne!(stored("crm", "alert_group.linked", 7).message_id(), fired.message_id());
}

/// Rows that an earlier version wrote have the lanes they had: two rows of one lane must not pass each other.
#[test]
fn effects_of_an_old_database_are_read_and_keep_their_lanes() {
    let dump = include_str!("../../../tests/fixtures/before-redesign.sql");
    let mut rows = 0;
    for line in dump.lines().filter_map(|line| line.strip_prefix("INSERT INTO outbox VALUES(")) {
        let fields: Vec<&str> = line.split(",'").collect();
        let lane = fields[2].split('\'').next().expect("a lane");
        let (_, stored) = line.split_once(",'{").expect("an effect");
        let stored = format!("{{{}", stored.rsplit_once("}'").expect("its end").0.replace("''", "'")) + "}";
        let effect: Effect = serde_json::from_str(&stored).unwrap_or_else(|error| panic!("{stored}: {error}"));
        assert_eq!(effect.lane(), lane, "{stored}");
        let (before, now) =
            (serde_json::from_str(&stored).expect("JSON"), serde_json::to_value(&effect).expect("JSON"));
        assert_eq!(with_defaults(before, &now), now, "{stored}");
        rows += 1;
    }
    assert!(rows > 500, "{rows} rows");
}

/// Adds the fields that an old row lacks.
fn with_defaults(mut before: serde_json::Value, now: &serde_json::Value) -> serde_json::Value {
    for (field, value) in now.as_object().into_iter().flatten() {
        if before.get(field).is_none() {
            before[field] = value.clone();
        }
    }
    before
}
