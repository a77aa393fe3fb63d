//! Timelines played on hotroom and on the real Alertmanager (Debian's 0.25): who is told what, when, and in which order.
//!
//! Alertmanager plays all of them at once in real seconds, hotroom each by itself on a virtual clock. Where the two are
//! meant to differ, the difference is asserted as well. Skipped with a line where the package is absent, unless
//! `HOTROOM_SHARED=required` is set.

mod alertmanager;
mod bot;
mod cases;
mod notice;
mod timeline;
#[path = "../stories/world.rs"]
#[allow(dead_code, reason = "each test program uses the part it needs")]
mod world;

use cases::{Case, Differs};
use notice::Heard;

#[tokio::test(flavor = "multi_thread")]
async fn both_tell_the_same_but_for_what_is_meant_to_differ() {
    let Some(program) = alertmanager::program() else {
        let required = std::env::var("HOTROOM_SHARED").is_ok_and(|value| value == "required");
        assert!(!required, "install prometheus-alertmanager");
        println!("skipped: prometheus-alertmanager is not installed");
        return;
    };
    let cases = cases::all();
    assert!(cases.len() >= 60, "{} timelines", cases.len());
    let timelines: Vec<_> = cases.iter().map(|case| case.timeline.clone()).collect();
    let theirs = alertmanager::play(&program, &timelines).await;
    let mut wrong = Vec::new();
    for (case, theirs) in cases.iter().zip(theirs) {
        let ours = bot::play(&case.timeline).await;
        if let Err(why) = judge(case, &ours, &theirs) {
            wrong.push(format!("{}: {why}\nhotroom {ours:#?}\nAlertmanager {theirs:#?}", case.timeline.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {} timelines:\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}

/// Whether the two did what the case says: the same notices in the same units, and every resolve that Alertmanager told
/// told by hotroom as well, no later.
fn judge(case: &Case, ours: &Heard, theirs: &Heard) -> Result<(), String> {
    match case.differs {
        None if ours.notices != theirs.notices => return Err("other notices".to_owned()),
        Some(Differs::Notices) if ours.notices == theirs.notices => return Err("the same notices after all".to_owned()),
        Some(Differs::Resolves) if ours.resolves.len() <= theirs.resolves.len() => {
            return Err("no more resolves after all".to_owned());
        }
        None | Some(_) => {}
    }
    for (told, at) in &theirs.resolves {
        match ours.resolves.get(told) {
            None => return Err(format!("{told:?} is not told")),
            Some(ours) if ours > at => return Err(format!("{told:?} is told later")),
            Some(_) => {}
        }
    }
    let more = ours.resolves.keys().find(|told| !theirs.resolves.contains_key(told));
    match more {
        Some(told) if case.differs != Some(Differs::Resolves) => Err(format!("{told:?} is told by hotroom alone")),
        Some(_) | None => Ok(()),
    }
}
