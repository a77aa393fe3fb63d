//! The timelines, and where the two are meant to differ.

use crate::timeline::{Inhibit, Route, Timeline};

/// What is meant to differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Differs {
    /// The notices.
    Notices,
    /// hotroom tells resolves that Alertmanager does not tell.
    Resolves,
}

/// A timeline, what differs in it, and why.
pub struct Case {
    pub timeline: Timeline,
    pub differs: Option<Differs>,
}

fn same(timeline: Timeline) -> Case {
    Case { timeline, differs: None }
}

fn differs(what: Differs, why: &str, timeline: Timeline) -> Case {
    assert!(!why.is_empty());
    Case { timeline, differs: Some(what) }
}

const A: &str = "alertname=A,instance=1";
const A2: &str = "alertname=A,instance=2";
const B: &str = "alertname=B,instance=1";

pub fn all() -> Vec<Case> {
    [grouping(), timers(), episodes(), firing_again(), routing(), inhibition(), silences(), intervals()]
        .into_iter()
        .flatten()
        .collect()
}

fn grouping() -> Vec<Case> {
    vec![
        same(Timeline::new("a lone alert is told after group_wait").fires(1.0, A)),
        same(Timeline::new("alerts within group_wait are one notice").fires(1.0, A).fires(1.2, A2)),
        same(Timeline::new("each name is a group of its own").fires(1.0, A).fires(1.0, B)),
        same(
            Timeline::new("without group_by all are one group")
                .route(|r| r.group_by = Some(&[]))
                .fires(1.0, A)
                .fires(1.1, B),
        ),
        same(
            Timeline::new("three dots group by all labels")
                .route(|r| r.group_by = Some(&["..."]))
                .fires(1.0, A)
                .fires(1.1, A2),
        ),
        same(
            Timeline::new("an absent label makes another group than a present one")
                .route(|r| r.group_by = Some(&["alertname", "zone"]))
                .fires(1.0, A)
                .fires(1.1, "alertname=A,instance=3,zone=eu"),
        ),
        same(
            Timeline::new("an empty label is an absent one")
                .route(|r| r.group_by = Some(&["alertname", "zone"]))
                .fires(1.0, A)
                .fires(1.1, "alertname=A,instance=3,zone="),
        ),
    ]
}

fn timers() -> Vec<Case> {
    vec![
        same(Timeline::new("an alert that is older than group_wait is told at once").push(
            1.0,
            A,
            (Some(-3.0), Some(500.0)),
        )),
        same(Timeline::new("news waits for the next tick").fires(1.0, A).fires(2.0, A2).until(9.0)),
        same(
            Timeline::new("news of two ticks are two notices")
                .fires(1.0, A)
                .fires(2.0, A2)
                .fires(4.0, "alertname=A,instance=3")
                .until(9.0),
        ),
        same(Timeline::new("what is pushed again is not told again").fires(1.0, A).push(
            2.0,
            A,
            (Some(1.0), Some(500.0)),
        )),
        same(Timeline::new("what still fires is told again").route(|r| r.repeat = Some(3.8)).fires(1.0, A).until(11.0)),
        same(
            Timeline::new("repeat_interval is rounded up to a tick")
                .route(|r| r.repeat = Some(3.0))
                .fires(1.0, A)
                .until(11.0),
        ),
        same(
            Timeline::new("news puts off the repetition")
                .route(|r| r.repeat = Some(5.5))
                .fires(1.0, A)
                .fires(4.0, A2)
                .until(13.0),
        ),
    ]
}

fn episodes() -> Vec<Case> {
    vec![
        same(Timeline::new("a resolve is told").fires(1.0, A).ends(3.0, A, 1.0)),
        same(Timeline::new("a resolve of one of two is told").fires(1.0, A).fires(1.0, A2).ends(3.0, A2, 1.0)),
        same(Timeline::new("what is over within group_wait is never told").fires(1.0, A).ends(1.2, A, 1.0)),
        same(
            Timeline::new("what is over before its tick is never told").fires(1.0, A).fires(2.0, A2).ends(3.0, A2, 2.0),
        ),
        same(Timeline::new("what was over before it came is never told").push(1.0, A, (Some(0.2), Some(0.6)))),
        same(Timeline::new("an alert whose end is past is over").push(1.0, A, (Some(1.0), Some(4.0))).until(8.0)),
        same(Timeline::new("a later end keeps an alert alive").push(1.0, A, (Some(1.0), Some(3.0))).push(
            2.0,
            A,
            (Some(1.0), Some(500.0)),
        )),
        same(Timeline::new("an earlier beginning is the same episode").fires(1.0, A).push(
            2.0,
            A,
            (Some(0.5), Some(500.0)),
        )),
        differs(
            Differs::Notices,
            "a group that is over ends at its tick; Alertmanager keeps it for up to 30 s more, and its clock with it",
            Timeline::new("after its end a group begins anew with its wait")
                .fires(1.0, A)
                .fires(1.0, B)
                .ends(3.0, A, 1.0)
                .fires(4.0, A2)
                .until(9.0),
        ),
        same(Timeline::new("without a beginning it begins when it comes").push(1.0, A, (None, Some(500.0)))),
    ]
}

/// Alerts that fire again in a group that goes on because another alert fires in it. Alertmanager hears of them by its
/// API; hotroom by its own, and by the webhook.
fn firing_again() -> Vec<Case> {
    let with_another = |name| Timeline::new(name).fires(1.0, A).fires(1.0, A2).until(9.0);
    let mut all: Vec<Case> = FIRING_AGAIN
        .iter()
        .flat_map(|(name, by_webhook, steps)| {
            [steps(with_another(name)), steps(with_another(by_webhook)).by_webhook()].map(same)
        })
        .collect();
    all.push(same(
        Timeline::new("an alert whose end has passed fires again with its start")
            .push(1.0, A, (Some(1.0), Some(3.0)))
            .fires(1.0, A2)
            .push(4.0, A, (Some(1.0), Some(500.0)))
            .until(9.0),
    ));
    all
}

/// A name for each way, and what happens after both alerts fire.
type FiringAgain = (&'static str, &'static str, fn(Timeline) -> Timeline);

const FOR_LONG: Option<f64> = Some(500.0);

const FIRING_AGAIN: [FiringAgain; 9] = [
    ("an alert fires again with its start", "an alert fires again with its start, by webhook", |line| {
        line.ends(3.0, A, 1.0).push(4.0, A, (Some(1.0), FOR_LONG))
    }),
    ("an alert fires again with a later start", "an alert fires again with a later start, by webhook", |line| {
        line.ends(3.0, A, 1.0).push(4.0, A, (Some(4.0), FOR_LONG))
    }),
    (
        "an alert fires again with a start before its end",
        "an alert fires again with a start before its end, by webhook",
        |line| line.ends(3.0, A, 1.0).push(4.0, A, (Some(2.0), FOR_LONG)),
    ),
    ("an alert fires again with an earlier start", "an alert fires again with an earlier start, by webhook", |line| {
        line.ends(3.0, A, 1.0).push(4.0, A, (Some(0.5), FOR_LONG))
    }),
    (
        "a stale repeat that is resolved at once tells nothing",
        "a stale repeat that is resolved at once tells nothing, by webhook",
        |line| line.ends(3.0, A, 1.0).push(4.0, A, (Some(1.0), FOR_LONG)).push(4.2, A, (Some(1.0), Some(4.2))),
    ),
    ("an alert fires again twice", "an alert fires again twice, by webhook", |line| {
        let once = line.ends(3.0, A, 1.0).push(4.0, A, (Some(1.0), FOR_LONG)).push(6.0, A, (Some(1.0), Some(6.0)));
        once.push(8.0, A, (Some(1.0), FOR_LONG)).until(12.0)
    }),
    (
        "of two replicas one resolves and the other still fires",
        "of two replicas one resolves and the other still fires, by webhook",
        |line| {
            let both = line.push(1.2, A, (Some(1.2), FOR_LONG)).push(3.0, A, (Some(1.0), Some(3.0)));
            both.push(4.0, A, (Some(1.2), FOR_LONG)).push(6.0, A, (Some(1.2), FOR_LONG))
        },
    ),
    (
        "an alert without a start fires again when it comes",
        "an alert without a start fires again when it comes, by webhook",
        |line| line.ends(3.0, A, 1.0).push(4.0, A, (None, FOR_LONG)),
    ),
    ("an alert that fires again resolves again", "an alert that fires again resolves again, by webhook", |line| {
        line.ends(3.0, A, 1.0).push(4.0, A, (Some(1.0), FOR_LONG)).push(6.2, A, (Some(1.0), Some(6.2))).until(10.0)
    }),
];

fn child(matchers: &'static [&'static str], to: &'static str) -> Route {
    Route { matchers, to: Some(to), ..Route::default() }
}

fn routing() -> Vec<Case> {
    let routed =
        |name, routes: Vec<Route>| Timeline::new(name).route(|r| r.routes = routes).fires(1.0, A).fires(1.1, B);
    vec![
        same(routed(
            "the first child that matches takes it",
            vec![child(&["alertname=A"], "first"), child(&["alertname=~\"A|B\""], "second")],
        )),
        same(routed(
            "continue lets the next child have it as well",
            vec![Route { proceed: true, ..child(&["alertname=A"], "first") }, child(&["instance=1"], "second")],
        )),
        same(routed("what no child takes stays with the parent", vec![child(&["alertname=C"], "first")])),
        same(routed(
            "a child has its own clocks and inherits the others",
            vec![Route { wait: Some(2.5), ..child(&["alertname=B"], "slow") }],
        )),
        same(routed(
            "a child of a child is tried first",
            vec![Route { routes: vec![child(&["alertname=B"], "deep")], ..child(&["instance=1"], "outer") }],
        )),
        same(routed(
            "matchers may be negative and a missing label is empty",
            vec![child(&["zone!=\"\""], "zoned"), child(&["alertname!~\"A.*\"", "zone=\"\""], "not-a")],
        )),
        same(routed(
            "a child groups in its own way",
            vec![Route { group_by: Some(&["instance"]), ..child(&["alertname=~\".+\""], "by-instance") }],
        )),
    ]
}

fn inhibition() -> Vec<Case> {
    let rule = || Inhibit { source: &["alertname=A"], target: &["alertname=B"], equal: &["instance"] };
    vec![
        same(Timeline::new("an alert that fires mutes its targets").inhibit(rule()).fires(1.0, A).fires(2.0, B)),
        same(Timeline::new("only where the equal labels agree").inhibit(rule()).fires(1.0, A2).fires(2.0, B)),
        same(
            Timeline::new("a label that both lack is equal")
                .inhibit(Inhibit { equal: &["zone"], ..rule() })
                .fires(1.0, A2)
                .fires(2.0, B),
        ),
        same(
            Timeline::new("a target that was told before stays told")
                .inhibit(rule())
                .fires(1.0, B)
                .fires(3.0, A)
                .until(9.0),
        ),
        same(
            Timeline::new("when the source is over the target is told")
                .inhibit(rule())
                .fires(1.0, A)
                .fires(1.2, B)
                .ends(4.0, A, 1.0)
                .until(10.0),
        ),
        same(
            Timeline::new("who is source and target mutes nobody of its kind")
                .inhibit(Inhibit { source: &["instance=1"], target: &["instance=1"], equal: &[] })
                .fires(1.0, A)
                .fires(1.0, B),
        ),
    ]
}

fn silences() -> Vec<Case> {
    vec![
        same(
            Timeline::new("what is silenced is not told")
                .silence(0.5, &["alertname=A"], 100.0)
                .fires(1.0, A)
                .fires(1.0, B),
        ),
        same(
            Timeline::new("a silence by pattern covers some of a group")
                .silence(0.5, &["instance=~\"2|3\""], 100.0)
                .fires(1.0, A)
                .fires(1.0, A2),
        ),
        same(
            Timeline::new("when a silence ends what still fires is told")
                .silence(0.5, &["alertname=A"], 3.0)
                .fires(1.0, A)
                .until(9.0),
        ),
        differs(
            Differs::Resolves,
            "whoever was told of an alert also sees that it is over when it was silenced meanwhile",
            Timeline::new("the resolve of what is silenced is shown")
                .fires(1.0, A)
                .silence(2.0, &["alertname=A"], 100.0)
                .ends(3.0, A, 1.0),
        ),
    ]
}

fn intervals() -> Vec<Case> {
    vec![
        same(
            Timeline::new("a mute interval keeps everything back")
                .route(|r| r.routes = vec![Route { mute: &["always"], ..child(&["alertname=A"], "muted") }])
                .fires(1.0, A)
                .fires(1.0, B),
        ),
        same(
            Timeline::new("a mute interval that is not now keeps nothing back")
                .route(|r| r.routes = vec![Route { mute: &["never"], ..child(&["alertname=A"], "muted") }])
                .fires(1.0, A),
        ),
        same(
            Timeline::new("outside its active interval a route tells nothing")
                .route(|r| r.routes = vec![Route { active: &["never"], ..child(&["alertname=A"], "inactive") }])
                .fires(1.0, A)
                .fires(1.0, B),
        ),
        same(
            Timeline::new("intervals are not inherited")
                .route(|r| {
                    r.routes = vec![Route {
                        mute: &["always"],
                        routes: vec![child(&["instance=1"], "inner")],
                        ..child(&["alertname=A"], "outer")
                    }]
                })
                .fires(1.0, A)
                .fires(1.0, A2),
        ),
    ]
}
