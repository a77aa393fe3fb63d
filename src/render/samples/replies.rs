//! One sample of each reply.

use minijinja::{
    context,
    value::{Serde, Value},
};

use super::{
    Sample, SampleWorld, ann, at, bare, bob, full, group, over,
    shared::{by_host, silence_line},
};
use crate::{
    command::{Catalog, Prefill, Vocabulary},
    domain::{
        alert::{DEPENDS_ON, SilencePreview, flow::NextNotification},
        contact::{ContactProof, MethodKind, ReadinessFault},
        people::Access,
    },
    render::{DutyLine, ProofLine, SilenceLine, WhyJoined, WhyView, replies::help_context},
};

pub(super) fn samples(world: &SampleWorld) -> Vec<Sample> {
    let mut out = incidents(world);
    out.extend(asking(world));
    out.extend(others());
    out.extend(on_call());
    out.extend(on_call_readiness());
    out.extend(pages());
    out.extend(silences());
    out.extend(super::contacts::replies());
    out
}

fn reply(name: &str, case: &'static str, context: Value) -> Sample {
    Sample::new(format!("chat/reply/{name}.md"), case, context)
}

fn incidents(world: &SampleWorld) -> Vec<Sample> {
    let (full, bare, over) = (full(), bare(), over());
    let view = |incident| Serde(world.view(incident));
    let lines = Value::from_safe_string("Ann moved it from Investigating to **Identified**.".to_owned());
    let both = vec![world.view(&full), world.view(&bare)];
    let none: Vec<u8> = Vec::new();
    let done = |case, lines: Value, nothing_new: Value| {
        reply("done", case, context! { incident => view(&full), lines, here => true, nothing_new })
    };
    vec![
        reply(
            "done",
            "elsewhere",
            context! { incident => view(&full), lines => lines.clone(), here => false, nothing_new => Value::from(()) },
        ),
        done("here", lines, Value::from(())),
        done("nothing", Value::from(""), Value::from(())),
        done("joined already", Value::from(""), Value::from("join")),
        done("invited already", Value::from(""), Value::from("invite")),
        reply("field_list", "full", world.field_list(&full)),
        reply("field_list", "bare", context! { key => "HOT-12", fields => none.clone() }),
        reply("declared", "full", context! { incident => view(&full) }),
        reply("form_preview", "full", form_preview("HOT-12")),
        reply("form_preview", "bare", form_preview("")),
        reply("draft_expired", "full", context! {}),
        reply("same_service", "full", same_service(Some("hot-12"))),
        reply("same_service", "bare", same_service(None)),
        reply("declared", "bare", context! { incident => view(&bare) }),
        reply("declared", "drill", context! { incident => view(&over) }),
        reply("list", "some", context! { incidents => Serde(&both), count => 2, show => "open" }),
        reply("list", "more", context! { incidents => Serde(&both), count => 31, show => "all" }),
        reply("list", "quiet", context! { incidents => Serde(&none), count => 0, show => "open" }),
        reply("list", "none", context! { incidents => Serde(none), count => 0, show => "over" }),
    ]
}

fn asking(world: &SampleWorld) -> Vec<Sample> {
    let (catalog, full) = (Catalog::shipped(), full());
    let form = catalog.form("incident severity", &Vocabulary::default(), &Prefill::default());
    let help_line = || Value::from_safe_string(form.as_ref().map(|form| form.help.clone()).unwrap_or_default());
    let view = || Serde(world.view(&full));
    let labels = vec!["New severity", "Reason"];
    let none: Vec<u8> = Vec::new();
    let help = |command, case| {
        let (template, context) = help_context(&catalog, command, Access::Responder);
        reply(template, case, context)
    };
    vec![
        reply("form", "asked", context! { help => help_line(), incident => view(), missing => Serde(none) }),
        reply("form", "missing", context! { help => help_line(), incident => view(), missing => Serde(labels) }),
        help(None, "all"),
        help(Some("page"), "root"),
        help(Some("incident severity"), "one"),
        help(Some("incident statuspage"), "dangerous"),
    ]
}

fn why(next: NextNotification) -> WhyView {
    WhyView {
        id: "0199".to_owned(),
        title: "Load on db-1".into(),
        state: "firing",
        firing: 3,
        resolved: 1,
        muted: 0,
        sources: vec!["alertmanager".to_owned()],
        route: "root/service=\"api\"".to_owned(),
        route_gone: false,
        feed: "alerts".into(),
        labels: [("alertname".to_owned(), "Load".into())].into(),
        all_labels: false,
        clocks: [30, 300, 14_400],
        parent: None,
        below: Vec::new(),
        storm: false,
        silences: Vec::new(),
        inhibitors: Vec::new(),
        acknowledged_by: None,
        acknowledged_until: None,
        told_at: Some(at(-5)),
        next,
    }
}

/// A group with every optional value set.
fn tangled(group: &SilenceLine, labels: &SilenceLine) -> WhyView {
    let parent_link = by_host();
    let host =
        WhyJoined { title: "Ping *web-1*".into(), rule: parent_link.rule, values: parent_link.values, hidden: true };
    let values = [("service", "checkout"), ("depends_on", "api")];
    let values = values.map(|(name, value)| (name.to_owned(), value.into())).into();
    let depends = WhyJoined { rule: DEPENDS_ON.to_owned(), values, ..host.clone() };
    WhyView {
        state: "silenced",
        muted: 1,
        route_gone: true,
        labels: Default::default(),
        parent: Some(depends),
        below: vec![host; 9],
        storm: true,
        silences: vec![group.clone(), labels.clone(), SilenceLine { maintenance: Some(3), ..labels.clone() }],
        inhibitors: vec!["Cluster *down*".into()],
        acknowledged_by: Some(ann()),
        acknowledged_until: Some(at(60)),
        ..why(NextNotification::Silenced)
    }
}

fn silences() -> Vec<Sample> {
    let (group, labels) = (silence_line(Some("Load on db-1"), Some(at(60))), silence_line(None, None));
    let tool = SilenceLine { person: None, by: "amtool".into(), comment: "".into(), holds: 1, ..labels.clone() };
    let coming = SilenceLine { state: "pending", from: at(30), until: Some(at(60)), ..tool.clone() };
    let maintained = SilenceLine { maintenance: Some(3), ..labels.clone() };
    let old = SilenceLine { state: "expired", matchers: Vec::new(), ..group.clone() };
    let reach = |held, looked_at| SilencePreview { held, looked_at, firing: 4000 };
    let none: Vec<u8> = Vec::new();
    let done = |name, case, silence: &SilenceLine, reach: Option<SilencePreview>| {
        reply(name, case, context! { silence => Serde(silence), until => Serde(silence.until), reach => Serde(reach) })
    };
    let preview = |case, reach: SilencePreview| {
        let command = "/alert silence match:\"a=~\\\"b|c\\\"\" wait:1h";
        reply("silence_preview", case, context! { reach => Serde(reach), wide => reach.is_wide(), command })
    };
    vec![
        done("alert_silence", "group", &group, None),
        done("alert_silence", "labels", &labels, Some(reach(3, 2000))),
        done("alert_shelve", "done", &group, None),
        done("alert_expire", "done", &labels, None),
        done("alert_expire", "nothing", &SilenceLine { holds: 0, ..labels.clone() }, None),
        reply(
            "silences",
            "some",
            context! { silences => Serde([group.clone(), labels.clone(), tool, coming, maintained, old]), more => false },
        ),
        reply("silences", "more", context! { silences => Serde([labels.clone()]), more => true }),
        reply("silences", "none", context! { silences => Serde(none), more => false }),
        reply("alert_why", "plain", context! { why => Serde(why(NextNotification::Reminder { at: Some(at(240)) })) }),
        reply("alert_why", "full", context! { why => Serde(tangled(&group, &labels)) }),
        preview("narrow", reach(1, 4000)),
        preview("wide", reach(1999, 2000)),
    ]
}

fn others() -> Vec<Sample> {
    let duty = |people, until, next| DutyLine { schedule: "primary".into(), people, until, next };
    let lines = vec![duty(vec![ann()], Some(at(600)), vec![bob()]), duty(Vec::new(), None, Vec::new())];
    let groups = vec![group(3, 2), group(0, 5)];
    let none: Vec<u8> = Vec::new();
    vec![
        reply("on_call", "some", context! { lines => Serde(lines), proofs => Serde(proofs()) }),
        reply("on_call", "none", context! { lines => Serde(&none), proofs => Serde(&none) }),
        reply("groups", "some", context! { groups => Serde(groups), more => true }),
        reply("groups", "none", context! { groups => Serde(&none), more => false }),
        reply("alert_ack", "done", context! {}),
        reply(
            "admin_reload",
            "taken",
            context! {
                mistakes => Serde(&none), after_restart => vec!["server.listen"], no_file => false,
                lost_status => vec!["HOT-12"], unattended => vec!["HOT-13"],
            },
        ),
        reply(
            "admin_reload",
            "refused",
            context! { mistakes => vec!["bot.toml line 3: no such key"], after_restart => Serde(&none), no_file => false },
        ),
        reply(
            "admin_reload",
            "no file",
            context! { mistakes => Serde(&none), after_restart => Serde(&none), no_file => true },
        ),
        reply(
            "admin_invite",
            "done",
            context! { person => "bob", until => Serde(at(600)), link => "http://localhost:8080/sign-in/abc" },
        ),
        reply("admin_invite", "a repeat", context! { person => "bob", until => (), link => () }),
        reply("admin_resume", "not paused", context! { paused => false, held => () }),
        reply("admin_resume", "held", context! { paused => true, held => 12 }),
        reply("admin_resume", "none held", context! { paused => true, held => 0 }),
        reply("issue_create", "done", context! { key => "HOT-12" }),
        reply("admin_sign_out", "done", context! { person => "bob", count => 2 }),
        reply("paused", "done", context! { why => "this is a restored backup" }),
        reply("gone_private", "done", context! {}),
        reply("taken_out", "done", context! {}),
        reply("repeated", "done", context! {}),
        reply("elsewhere", "done", context! {}),
        reply("missed", "one", context! { count => 1, from => Serde(at(0)), to => Serde(at(0)), room => "hot-12" }),
        reply("missed", "many", context! { count => 31, from => Serde(at(0)), to => Serde(at(90)), room => "hot-12" }),
        reply("busy", "done", context! { why => "the disk is full" }),
    ]
}

fn on_call() -> Vec<Sample> {
    let none: Vec<u8> = Vec::new();
    vec![
        reply("oncall_override", "done", override_of("replace", Some("ann"))),
        reply("oncall_test", "asked", on_call_test(Some("primary"))),
        reply("oncall_test", "asked for all", on_call_test(None)),
        reply("oncall_test", "started", context! { done => "started", people => vec!["ann", "bob"] }),
        reply("oncall_override", "too", override_of("add", None)),
        reply("oncall_override", "off", override_of("remove", None)),
        reply(
            "oncall_gaps",
            "some",
            context! {
                gaps => vec![context! { schedule => "primary", from => Serde(at(0)), until => Serde(at(120)) }], rest => 3,
            },
        ),
        reply("oncall_calendar", "own", calendar(Some(("person", "ann")), None)),
        reply("oncall_calendar", "team", calendar(Some(("team", "ops")), None)),
        reply("oncall_calendar", "schedule", calendar(Some(("schedule", "primary")), None)),
        reply("oncall_calendar", "a repeat", calendar(None, None)),
        reply("oncall_calendar", "ended", calendar(None, Some(1))),
        reply("oncall_calendar", "nothing to end", calendar(None, Some(0))),
        reply("oncall_gaps", "none", context! { gaps => Serde(&none), rest => 0 }),
        reply(
            "not_taken_back",
            "all",
            context! { kinds => ["mail", "sms"], webhooks => ["crm", "bi"], issue => "OPS-12" },
        ),
        reply("not_taken_back", "issue", context! { kinds => &none, webhooks => &none, issue => "OPS-12" }),
        reply("not_taken_back", "none", context! { kinds => &none, webhooks => &none, issue => () }),
        reply("admin_hold", "held", context! { key => "HOT-12", held => true, before => false }),
        reply("admin_hold", "lifted", context! { key => "HOT-12", held => false, before => true }),
        reply("admin_hold", "none", context! { key => "HOT-12", held => false, before => false }),
        reply("postmortem_replace", "done", context! { key => "HOT-12" }),
        reply("oncall_cancel", "done", context! { person => "bob", schedule => "primary" }),
    ]
}

fn calendar(shown: Option<(&'static str, &'static str)>, ended: Option<usize>) -> minijinja::Value {
    match (shown, ended) {
        (Some((kind, id)), _) => {
            context! { link => "http://localhost:8080/calendar/abc.ics", shown => context! { kind, id }, ended => () }
        }
        (None, Some(ended)) => context! { link => (), shown => (), ended },
        (None, None) => context! { link => (), shown => (), ended => () },
    }
}

fn override_of(kind: &'static str, instead_of: Option<&'static str>) -> minijinja::Value {
    context! {
        person => "bob", schedule => "primary", from => Serde(at(0)), until => Serde(at(120)), id => "0199",
        kind, instead_of,
    }
}

fn on_call_test(schedule: Option<&'static str>) -> minijinja::Value {
    let none: Vec<&str> = Vec::new();
    let lines = vec![
        context! { person => "ann", kinds => vec!["web_push", "sms"] },
        context! { person => "bob", kinds => none },
    ];
    context! { done => "asked", lines, schedule }
}

/// A proof by a method, one that is missing, and a person without a method.
fn proofs() -> Vec<ContactProof> {
    let proof = |person: &str, kind, at| ContactProof { person: person.into(), kind, at };
    vec![
        proof("ann", Some(MethodKind::WebPush), Some(at(-90))),
        proof("bob", Some(MethodKind::Mail), None),
        proof("cho", None, None),
    ]
}

/// The same as lines, and one that is too old.
pub(super) fn proof_lines() -> Vec<ProofLine> {
    let mut lines: Vec<ProofLine> = proofs().iter().map(|proof| ProofLine::of(proof, at(0))).collect();
    lines.push(ProofLine { at: Some(at(-90_000)), stale: true, ..lines[0].clone() });
    lines
}

/// One person with each fault, and a gap.
fn readiness(offered: bool) -> minijinja::Value {
    let (why, kind) = ("no_contact_method".to_owned(), MethodKind::Sms);
    let faults = vec![
        ReadinessFault::NoMethod,
        ReadinessFault::OnlyOne { kind },
        ReadinessFault::NotProven { since: Some(at(-90)) },
        ReadinessFault::NotProven { since: None },
        ReadinessFault::LastFailed { kind, why },
        ReadinessFault::TestFailed { kind, at: at(-90) },
        ReadinessFault::NothingPrivate,
    ];
    let people = vec![context! { person => "ann", first => Serde(at(0)), faults => Serde(faults) }];
    let gap = |ends: bool| context! { schedule => "primary", from => Serde(at(60)), until => Serde(at(120)), ends };
    let gaps = vec![gap(false), gap(true)];
    context! { offered, checked => 3, people, gaps }
}

/// What became of a page without an incident after each command.
fn pages() -> Vec<Sample> {
    let sample = |case, command, state, people: &[&str]| {
        let (id, key, until) = (uuid::Uuid::nil().to_string(), "PAGE-7", Serde(at(30)));
        let whom = if people.len() == 1 { "" } else { "Core" };
        let context = context! { command, id, key, whom, people => Serde(people), state, until, by => "ann" };
        reply("page", case, context)
    };
    vec![
        sample("started", "page", "triggered", &["ann", "bob"]),
        reply("proofs", "some", context! { proofs => Serde(proof_lines()) }),
        reply("proofs", "none", context! { proofs => Serde(Vec::<ProofLine>::new()) }),
        sample("one person", "page", "triggered", &["bob"]),
        sample("acknowledged", "ack", "acknowledged", &[]),
        sample("one of two", "ack", "triggered", &["bob"]),
        sample("snoozed", "snooze", "snoozed", &[]),
        sample("resolved", "resolve", "resolved", &[]),
        sample("declined", "decline", "triggered", &["bob"]),
        sample("escalated", "escalate", "triggered", &["bob"]),
        sample("exhausted", "escalate", "exhausted", &[]),
    ]
}

fn on_call_readiness() -> Vec<Sample> {
    let none: Vec<u8> = Vec::new();
    let clean = context! { offered => true, checked => 3, people => Serde(&none), gaps => Serde(&none) };
    vec![
        reply("oncall_readiness", "faults", readiness(true)),
        reply("oncall_readiness", "clean", clean),
        reply("oncall_readiness", "nothing offered", readiness(false)),
    ]
}

/// A post on the status page that waits for a last look.
fn form_preview(key: &str) -> Value {
    let fields = vec![
        context! { label => "Status", value => "investigating" },
        context! { label => "Text", value => "*Slow*\n# now" },
    ];
    context! { submit => "Post to status page", key, question => "Everyone sees this at once.", fields, draft => "42" }
}

/// Another incident that is open on the service of a new one.
fn same_service(room: Option<&str>) -> Value {
    context! {
        key => "HOT-13", other => "HOT-12", title => "Checkout *slow*", service => "checkout", severity => "sev2", room,
    }
}
