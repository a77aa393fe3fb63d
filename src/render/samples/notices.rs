//! One sample of each system notice.

use minijinja::{context, value::Serde};

use super::{Sample, at};
use crate::domain::{
    event::SystemEvent,
    ids::{Key, Platform},
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
        of_group("one of several", "group_flapping", Some("checkout"), [3, 3]),
        of_group("no service", "group_flapping", None, [1, 1]),
        of_group("over", "group_steady", Some("checkout"), [0, 0]),
        of_group("one fires", "group_steady", None, [1, 0]),
        of_group("some flap", "group_steady", Some("checkout"), [3, 2]),
    ]
}

fn of_group(case: &'static str, name: &str, service: Option<&str>, [firing, flapping]: [u32; 2]) -> Sample {
    let context = context! { title => Serde(Untrusted::new("@everyone Load on web-1")), service, firing, flapping };
    Sample::new(format!("chat/notice/{name}.md"), case, context)
}

fn sample(case: &'static str, event: SystemEvent) -> Sample {
    let name = event.notice().unwrap_or_default();
    Sample::new(format!("chat/notice/{name}.md"), case, context! { e => Serde(event), at => Serde(at(0)) })
}
