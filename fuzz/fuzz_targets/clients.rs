//! No body of a client of PagerDuty or Opsgenie makes its reader panic.
#![no_main]

use hotroom::{
    domain::Timestamp,
    intake::{json, opsgenie_api, opsgenie_heartbeats, pagerduty_events},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let now = Timestamp::UNIX_EPOCH;
    for end in [pagerduty_events::End::Event, pagerduty_events::End::Change, pagerduty_events::End::Version1] {
        let _either = pagerduty_events::admit(end, data, now).map(|admitted| admitted.stored("scope"));
    }
    let Ok(document) = json::parse(data) else { return };
    if let Ok(heartbeat) = opsgenie_heartbeats::create(&document.root, now) {
        assert!(heartbeat.due.is_none_or(|due| now < due));
    }
    for action in ["create", "close", "snooze", "assign", "responders", "teams", "tags", "details", "priority"] {
        let frame = opsgenie_api::frame(action, Some(("1", "tiny")), document.root.clone(), "made");
        let _either = opsgenie_api::call(&frame, now);
    }
});
