//! A sample of each notice of the bot itself.

use minijinja::{context, value::Serde};

use super::{Sample, at};
use crate::domain::event::SystemEvent;

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
    ]
}

fn sample(case: &'static str, event: SystemEvent) -> Sample {
    let name = event.notice().unwrap_or_default();
    Sample::new(format!("chat/notice/{name}.md"), case, context! { e => Serde(event), at => Serde(at(0)) })
}
