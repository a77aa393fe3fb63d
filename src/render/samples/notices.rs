//! One sample of each system notice.

use minijinja::{context, value::Serde};

use super::{Sample, at};
use crate::domain::{
    contact::{MethodKind, PersonReadiness, ReadinessFault, ScheduleGap, TestMessage, TestResult},
    event::SystemEvent,
    ids::{Key, PageId, Platform},
    incident::Shortage,
    text::Untrusted,
};

fn discord() -> Platform {
    Platform::from("discord")
}

pub(super) fn samples() -> Vec<Sample> {
    let mistake = |n: usize| format!("bot.toml:{n}: `max_bodi` is no setting; did you mean `max_body`?");
    let refused = |count| SystemEvent::ConfigRefused { mistakes: (1..=count).map(mistake).collect() };
    let given_up =
        SystemEvent::GivenUp { what: "the message of a group of alerts".into(), why: "403 @everyone".into() };
    vec![
        sample("one", refused(1)),
        sample("many", refused(12)),
        sample("", given_up),
        sample("", SystemEvent::DiskFull),
        sample("", SystemEvent::DiskHasRoom),
        sample("", SystemEvent::DatabaseOutOfReach { why: "its mode is 0: hotroom may not read it".to_owned() }),
        sample("", SystemEvent::DatabaseInReach),
        sample("forward", SystemEvent::ClockStepped { seconds: 86_400 }),
        sample("back", SystemEvent::ClockStepped { seconds: -3_600 }),
        sample("", SystemEvent::Suspended { seconds: 7_200 }),
        sample("held", SystemEvent::NewSendingResumed { held: 12 }),
        sample("none held", SystemEvent::NewSendingResumed { held: 0 }),
        sample(
            "",
            SystemEvent::PlatformLost { platform: discord(), why: "the bot was removed from the server".to_owned() },
        ),
        sample("", SystemEvent::PlatformRestored { platform: discord() }),
        sample("named", SystemEvent::NotShown { room: Some("hot-12".to_owned()), why: "Missing Access".to_owned() }),
        sample("unnamed", SystemEvent::NotShown { room: None, why: "Missing Access".to_owned() }),
        sample("tight", SystemEvent::PlatformNearlyFull { platform: discord(), used: 470, most: 500 }),
        sample("full", SystemEvent::PlatformNearlyFull { platform: discord(), used: 500, most: 500 }),
        sample("channels", SystemEvent::NoRoom { room: Some("hot-12".to_owned()), shortage: Shortage::Channels }),
        sample("unnamed", SystemEvent::NoRoom { room: None, shortage: Shortage::Threads }),
        sample("failed", SystemEvent::WebhookDisabled { webhook: "crm".into(), why: Some("HTTP 500 <b>".to_owned()) }),
        sample("gone", SystemEvent::WebhookDisabled { webhook: "crm".into(), why: None }),
        sample("", SystemEvent::PageUnanswered { key: Key::new("PAGE", 7), whom: "Bob (core)".to_owned() }),
        sample("methods", test_started(vec![MethodKind::Mail, MethodKind::Voice])),
        sample("chat only", test_started(Vec::new())),
        sample("", SystemEvent::OnCallTestEnded { test: test_id(), by: "ann".into(), results: results() }),
        sample("", not_ready()),
        of_group("one of several", "group_flapping", Some("checkout"), [3, 3]),
        of_group("no service", "group_flapping", None, [1, 1]),
        of_group("over", "group_steady", Some("checkout"), [0, 0]),
        of_group("one fires", "group_steady", None, [1, 0]),
        of_group("some flap", "group_steady", Some("checkout"), [3, 2]),
    ]
}

fn test_id() -> PageId {
    PageId(uuid::Uuid::from_u128(7))
}

fn test_started(kinds: Vec<MethodKind>) -> SystemEvent {
    SystemEvent::OnCallTestStarted { test: test_id(), person: "ann".into(), kinds }
}

/// An answer by a method, one in the chat, none, and a person without a method.
fn results() -> Vec<TestResult> {
    let message = |kind, status: &str, why: &str| TestMessage { kind, status: status.to_owned(), why: why.to_owned() };
    let result = |person: &str, answered_after, via, messages| TestResult {
        person: person.into(),
        answered_after,
        via,
        messages,
    };
    let sms = message(MethodKind::Sms, "failed", "30003 *unreachable*");
    vec![
        result("ann", Some(41), Some(MethodKind::Mail), vec![message(MethodKind::Mail, "accepted", ""), sms.clone()]),
        result("bob", Some(0), None, vec![sms.clone()]),
        result("cho", None, None, vec![sms]),
        result("dee", None, None, Vec::new()),
    ]
}

fn not_ready() -> SystemEvent {
    let kind = MethodKind::Sms;
    let faults = vec![
        ReadinessFault::NoMethod,
        ReadinessFault::OnlyOne { kind },
        ReadinessFault::NotProven { since: Some(at(-90)) },
        ReadinessFault::NotProven { since: None },
        ReadinessFault::LastFailed { kind, why: "30003 *unreachable*".to_owned() },
        ReadinessFault::TestFailed { kind, at: at(-90) },
        ReadinessFault::NothingPrivate,
    ];
    let gap = |ends| ScheduleGap { schedule: "primary".into(), from: at(60), until: at(120), ends };
    let people = vec![PersonReadiness { person: "ann".into(), first: at(0), faults }];
    SystemEvent::NotReady { people, gaps: vec![gap(false), gap(true)] }
}

fn of_group(case: &'static str, name: &str, service: Option<&str>, [firing, flapping]: [u32; 2]) -> Sample {
    let context = context! { title => Serde(Untrusted::new("@everyone Load on web-1")), service, firing, flapping };
    Sample::new(format!("chat/notice/{name}.md"), case, context)
}

fn sample(case: &'static str, event: SystemEvent) -> Sample {
    let name = event.notice().unwrap_or_default();
    Sample::new(format!("chat/notice/{name}.md"), case, context! { e => Serde(event), at => Serde(at(0)) })
}
