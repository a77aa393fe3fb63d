//! The stored record of a group.

use serde_json::{Value, json};

use crate::domain::alert::AlertGroup;

/// A record as the first release stores it: all fields on one level.
fn stored() -> Value {
    let mut record = json!({
        "id": "01890a5d-ac96-774b-bcce-b302099a8057", "route": "root", "key": "k", "feed": "alerts",
        "labels": {"alertname": "Down"}, "severity": "sev2", "service": "checkout", "mixed_services": false,
        "title": "Down", "opened_at": "2026-01-01T00:00:00Z", "closed_at": null, "open": true,
        "last_fired": "2026-01-01T00:00:01Z", "incident": "01890a5d-ac96-774b-bcce-b302099a8058",
        "cleared_at": "2026-01-01T00:00:02Z", "events": 1, "effects": 2, "version": 3,
    });
    let counts = json!({
        "firing": 11, "acknowledged_there": 12, "muted": 13, "resolved": 14, "flapping": 15, "folded_firing": 16,
        "folded_muted": 17, "folded_alerts": 18, "by_severity": [1, 2, 3, 4, 5], "news": 19,
    });
    let schedule = json!({
        "flushed_at": "2026-01-01T00:01:00Z", "ticked_at": "2026-01-01T00:02:00Z",
        "next_flush": "2026-01-01T00:03:00Z", "tellings": 20, "remind": true, "edit_due": "2026-01-01T00:04:00Z",
        "edit_debt": "2026-01-01T00:05:00Z", "declare_due": "2026-01-01T00:06:00Z",
        "expire_due": "2026-01-01T00:07:00Z",
    });
    let people = json!({
        "acknowledged_by": "ann", "acknowledged_at": "2026-01-01T00:08:00Z",
        "acknowledged_until": "2026-01-01T00:09:00Z", "silenced_until": "2026-01-01T00:10:00Z",
        "silenced_until_over": true,
    });
    let parent = json!({
        "under": "01890a5d-ac96-774b-bcce-b302099a8059", "rule": "host", "values": {"instance": "web-1"},
        "hidden": true,
    });
    let display = json!({
        "folded": parent, "message": "m-1", "storm": "01890a5d-ac96-774b-bcce-b302099a805a", "postings": 21,
    });
    let all = record.as_object_mut().expect("an object");
    for part in [counts, schedule, people, display] {
        all.extend(part.as_object().expect("an object").clone());
    }
    record
}

#[test]
fn the_parts_of_a_group_are_stored_on_one_level_under_their_first_names() {
    let group: AlertGroup = serde_json::from_value(stored()).expect("a stored record is read");
    assert_eq!((group.counts.children_firing, group.counts.new_alerts, group.schedule.flushes), (16, 19, 20));
    assert_eq!((group.acknowledgement.by.is_some(), group.silence.until_over), (true, true));
    assert_eq!(group.shown_in_parent(), group.display.parent.as_ref().map(|link| link.parent));
    assert_eq!(serde_json::to_value(&group).expect("a record is written"), stored());
}

#[test]
fn a_record_without_the_later_fields_is_read() {
    let later = [
        "acknowledged_there",
        "muted",
        "flapping",
        "folded",
        "folded_firing",
        "folded_muted",
        "folded_alerts",
        "tellings",
        "acknowledged_until",
        "remind",
        "silenced_until_over",
        "storm",
    ];
    let mut record = stored();
    for field in later {
        assert!(record.as_object_mut().expect("an object").remove(field).is_some(), "{field} is stored");
    }
    let group: AlertGroup = serde_json::from_value(record).expect("an older record is read");
    assert_eq!((group.counts.firing, group.counts.muted, group.schedule.flushes), (11, 0, 0));
    assert_eq!((group.display.parent, group.display.storm, group.silence.until_over), (None, None, false));
}
