//! Checks the script against the bot's commands, services and people.

use std::time::Duration;

use super::{
    Demo,
    demo_client::DemoClient,
    script::{Fire, SCRIPT, Step},
};
use crate::{
    app::{Clock, commands::vocabulary},
    command,
    command::{CallContext, Catalog, ParseInput},
    config::{Config, SourceKind},
    domain::{Timestamp, ids::Key},
};

fn now() -> Timestamp {
    Timestamp::from_timestamp_millis(1_763_978_400_000).expect("in range")
}

#[test]
fn every_command_of_the_script_is_understood() {
    let (catalog, config) = (Catalog::shipped(), Config::shipped());
    let vocabulary = vocabulary::of_config(&config);
    for step in SCRIPT {
        let Step::Says(person, text) = step else { continue };
        let place = CallContext {
            now: now(),
            timezone: chrono_tz::Tz::UTC,
            actor: (*person).into(),
            incident_of_room: Some(Key::new("HOT", 1)),
        };
        let heard = command::parse(&catalog, &vocabulary, &ParseInput::text(text), &place);
        assert!(heard.is_ok(), "{text}: {heard:?}");
        assert!(!matches!(heard, Ok(command::Request::Query(command::Query::Ask { .. }))), "{text} only asks for more");
    }
}

#[test]
fn alerts_are_posted_as_alertmanager_posts_them_and_keep_their_start() {
    let demo = Demo { url: String::new(), token: None, ca: None, pace: Duration::ZERO, clock: Clock::new(now) };
    let client = DemoClient::new(&demo).expect("made");
    let fire = |over| Fire { name: "A", severity: "critical", service: "checkout", host: "h", summary: "s", over };
    let first = client.body(&[fire(false)], now());
    let last = client.body(&[fire(true)], now() + chrono::TimeDelta::minutes(3));
    assert_eq!((&first["status"], &last["status"]), (&"firing".into(), &"resolved".into()));
    assert_eq!(first["alerts"][0]["startsAt"], last["alerts"][0]["startsAt"]);
    assert_eq!(first["alerts"][0]["fingerprint"], last["alerts"][0]["fingerprint"]);
    assert_eq!(first["alerts"][0]["endsAt"], "0001-01-01T00:00:00Z");
    assert_eq!(last["alerts"][0]["endsAt"], "2025-11-24T10:03:00.000Z");
    assert_eq!(Config::shipped().source("alertmanager").expect("shipped").kind, SourceKind::Alertmanager);
}

#[test]
fn everyone_in_the_script_is_in_the_shipped_configuration() {
    let config = Config::shipped();
    for step in SCRIPT {
        match step {
            Step::Says(person, _) | Step::Writes(person, _, _) => {
                assert!(config.person(&(*person).into()).is_some(), "{person}")
            }
            Step::Alerts(alerts) => {
                assert!(alerts.iter().all(|alert| config.service(alert.service).is_some()));
            }
            Step::Tell(_) | Step::Opens | Step::Acknowledges | Step::Reviews => {}
        }
    }
}

#[test]
fn every_alert_that_fires_is_over_in_the_end() {
    let mut firing = std::collections::BTreeSet::new();
    for step in SCRIPT {
        if let Step::Alerts(alerts) = step {
            for alert in *alerts {
                if alert.over {
                    firing.remove(&(alert.name, alert.host))
                } else {
                    firing.insert((alert.name, alert.host))
                };
            }
        }
    }
    assert!(firing.is_empty(), "{firing:?}");
}
