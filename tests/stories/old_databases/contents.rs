//! The records of an old database: the dump has every kind, and each is read without losing a value.

use std::{collections::BTreeSet, fmt::Debug};

use hotroom::{
    chat::Post,
    domain::{
        alert::{Alert, AlertGroup, Change, FeedTraffic, Heartbeat, OpsgenieAlert, SilenceScope},
        effect::Effect,
        event::Event,
        incident::Incident,
        oncall::Page,
        people::Actor,
        status::PublicIncident,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{BEFORE_REDESIGN, Database};

/// Effects, by their stored names.
const EFFECTS: [&str; 20] = [
    "announce",
    "archive_room",
    "confirm_subscription",
    "feed_line",
    "group_message",
    "group_notice",
    "invite",
    "mirror_message",
    "mirror_room",
    "notice",
    "open_room",
    "page_notice",
    "page_person",
    "reopen_room",
    "restrict_room",
    "revise_announcement",
    "storm_message",
    "update_card",
    "update_page",
    "wake",
];

/// Timers, by their stored names.
const TIMERS: [&str; 12] = [
    "declare_rule",
    "escalate",
    "expire_alerts",
    "flush_group",
    "heartbeat_due",
    "inhibit",
    "move_groups",
    "rules_changed",
    "silence",
    "source_silent",
    "storm_over",
    "update_due",
];

/// Names of incident events.
const INCIDENT_EVENTS: [&str; 39] = [
    "absorbed",
    "alerts_cleared",
    "alerts_linked",
    "declared",
    "delivery_failed",
    "merged",
    "message_changed",
    "nobody_on_call",
    "not_on_discord",
    "note_added",
    "page_acknowledged",
    "page_declined",
    "page_escalated",
    "page_exhausted",
    "page_started",
    "people_invited",
    "person_unreachable",
    "privacy_changed",
    "renamed",
    "resolution_recorded",
    "role_assigned",
    "role_released",
    "room_elsewhere",
    "room_opened",
    "severity_changed",
    "snoozed",
    "status_changed",
    "status_posted",
    "status_restored",
    "task_added",
    "task_assigned",
    "task_done",
    "time_set",
    "timeline_added",
    "update_clock_set",
    "update_drafted",
    "update_nudged",
    "update_posted",
    "words_taken_out",
];

/// Names of page and schedule events.
const ON_CALL_EVENTS: [&str; 11] = [
    "override_added",
    "override_removed",
    "page_attempted",
    "page_found_nobody",
    "page_pushed",
    "page_ran_out",
    "page_refused",
    "page_resolved",
    "page_stepped",
    "page_taken",
    "page_triggered",
];

/// Names of alert group, silence and storm events.
const ALERT_EVENTS: [&str; 14] = [
    "acknowledgement_expired",
    "group_acknowledged",
    "group_closed",
    "group_flapping",
    "group_folded",
    "group_linked",
    "group_opened",
    "group_silenced",
    "group_steady",
    "silence_changed",
    "silence_ended",
    "silence_made",
    "storm_began",
    "storm_ended",
];

/// Names of the bot's own events.
const SYSTEM_EVENTS: [&str; 16] = [
    "access_denied",
    "config_refused",
    "config_reloaded",
    "discord_back",
    "discord_gone",
    "discord_tight",
    "disk_full",
    "disk_has_room",
    "given_up",
    "invite_made",
    "no_room",
    "not_shown",
    "outsider_refused",
    "repaired",
    "replay_mismatch",
    "signed_in",
];

/// The values of columns with few distinct values.
const WORDS: [(&str, &[&str]); 13] = [
    ("SELECT state FROM outbox", &["dead", "done", "given_up", "leased", "pending", "retry", "superseded", "unknown"]),
    ("SELECT state FROM inbox", &["done", "pending", "unreadable"]),
    (
        "SELECT status FROM incidents",
        &[
            "cancelled",
            "closed",
            "declined",
            "identified",
            "investigating",
            "merged",
            "monitoring",
            "resolved",
            "triage",
        ],
    ),
    ("SELECT severity FROM incidents", &["sev1", "sev2", "sev3", "sev4"]),
    ("SELECT doc ->> 'kind' FROM incidents", &["drill", "real"]),
    ("SELECT private FROM incidents", &["0", "1"]),
    ("SELECT state FROM pages", &["acknowledged", "resolved", "triggered"]),
    (
        "SELECT value ->> '$.outcome.outcome' FROM pages, json_each(doc, '$.attempts')",
        &["delayed", "delivered", "failed", "not_needed", "waiting"],
    ),
    ("SELECT doc ->> 'enabled' || ' ' || (doc ->> 'expired') FROM heartbeats", &["0 0", "1 0", "1 1"]),
    ("SELECT kind FROM rooms", &["direct", "feed", "hot", "team"]),
    ("SELECT author_kind FROM messages", &["bot", "person"]),
    ("SELECT removed_at IS NULL FROM overrides", &["0", "1"]),
    ("SELECT redacted_by IS NULL FROM events", &["0", "1"]),
];

fn assert_words(found: &BTreeSet<String>, wanted: &[&str], what: &str) {
    let wanted: BTreeSet<String> = wanted.iter().map(|word| (*word).to_owned()).collect();
    let missing: Vec<_> = wanted.difference(found).collect();
    let unknown: Vec<_> = found.difference(&wanted).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "{what}: missing {missing:?}, unknown {unknown:?}");
}

#[test]
fn every_kind_of_effect_and_timer_waits_in_the_dump() {
    let old = Database::of(&BEFORE_REDESIGN);
    assert_words(&old.texts("SELECT effect ->> 'effect' FROM outbox WHERE settled_at IS NULL"), &EFFECTS, "effects");
    let timers = "SELECT effect ->> 'wake' FROM outbox WHERE effect ->> 'effect' = 'wake' AND settled_at IS NULL";
    assert_words(&old.texts(timers), &TIMERS, "timers");
    let readers = "SELECT COALESCE(json_type(effect, '$.to.feed'), json_type(effect, '$.to.person'), effect ->> 'to')
        FROM outbox WHERE effect ->> 'effect' = 'announce'";
    assert!(old.texts(readers).contains("hot_room"));
}

#[test]
fn every_kind_of_event_is_in_the_dump() {
    let old = Database::of(&BEFORE_REDESIGN);
    let of = |streams: &str| old.texts(&format!("SELECT body ->> 'event' FROM events WHERE {streams}"));
    assert_words(&of("stream LIKE 'incident/%'"), &INCIDENT_EVENTS, "events of incidents");
    assert_words(
        &of("stream LIKE 'page/%' OR stream LIKE 'schedule/%'"),
        &ON_CALL_EVENTS,
        "events of pages and schedules",
    );
    let alerts = "stream LIKE 'group/%' OR stream LIKE 'silence/%' OR stream LIKE 'storm/%'";
    assert_words(&of(alerts), &ALERT_EVENTS, "events of alerts");
    assert_words(&of("stream = 'system'"), &SYSTEM_EVENTS, "events of the bot");
}

#[test]
fn every_state_is_in_the_dump() {
    let old = Database::of(&BEFORE_REDESIGN);
    for (sql, words) in WORDS {
        assert_words(&old.texts(sql), words, sql);
    }
}

/// Returns the paths of stored values that are missing or different after a rewrite, such as `/spec/steps/0`.
pub fn differences(stored: &Value, written: &Value, at: &str) -> Vec<String> {
    match (stored, written) {
        (Value::Object(stored), Value::Object(written)) => {
            let inside = |(key, value): (&String, &Value)| {
                differences(value, written.get(key).unwrap_or(&Value::Null), &format!("{at}/{key}"))
            };
            stored.iter().flat_map(inside).collect()
        }
        (Value::Array(stored), Value::Array(written)) if stored.len() == written.len() => {
            let pairs = stored.iter().zip(written).enumerate();
            pairs.flat_map(|(n, (stored, written))| differences(stored, written, &format!("{at}/{n}"))).collect()
        }
        (stored, written) if stored == written => Vec::new(),
        (stored, written) => vec![format!("{at}: {stored} is now {written}")],
    }
}

/// Reads each result of a query as a record and writes it again: no stored value may be missing or different. Added
/// fields are allowed.
fn assert_lossless<T: Serialize + DeserializeOwned + Debug>(old: &Database, sql: &str) {
    let stored = old.column(sql);
    assert!(!stored.is_empty(), "{sql}");
    for text in stored {
        let record: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{sql}: {error}: {text}"));
        let stored: Value = serde_json::from_str(&text).unwrap();
        let lost = differences(&stored, &serde_json::to_value(&record).unwrap(), "");
        assert!(lost.is_empty(), "{sql}: {lost:#?} of {text}");
    }
}

#[test]
fn every_stored_record_is_read_and_written_again_without_a_loss() {
    let old = Database::of(&BEFORE_REDESIGN);
    assert_lossless::<Event>(&old, "SELECT body FROM events");
    assert_lossless::<Actor>(&old, "SELECT actor FROM events");
    assert_lossless::<Effect>(&old, "SELECT effect FROM outbox");
    assert_lossless::<Incident>(&old, "SELECT doc FROM incidents");
    assert_lossless::<Page>(&old, "SELECT doc FROM pages");
    assert_lossless::<Alert>(&old, "SELECT doc FROM alerts");
    assert_lossless::<AlertGroup>(&old, "SELECT doc FROM alert_groups");
    assert_lossless::<SilenceScope>(&old, "SELECT scope FROM silences");
    assert_lossless::<FeedTraffic>(&old, "SELECT doc FROM feed_traffic");
    assert_lossless::<Heartbeat>(&old, "SELECT doc FROM heartbeats");
    assert_lossless::<OpsgenieAlert>(&old, "SELECT doc FROM tickets");
    assert_lossless::<Change>(&old, "SELECT doc FROM changes");
    assert_lossless::<PublicIncident>(&old, "SELECT doc FROM status_incidents");
    assert_lossless::<Post>(&old, "SELECT body FROM messages");
}
