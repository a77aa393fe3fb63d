//! A sample of each reply.

use minijinja::{
    context,
    value::{Serde, Value},
};

use super::{Sample, World, ann, at, bare, bob, full, group, over};
use crate::{
    command::{Catalog, Prefill, Vocabulary},
    domain::people::Access,
    render::{DutyLine, replies::help_context},
};

pub(super) fn samples(world: &World) -> Vec<Sample> {
    let mut out = incidents(world);
    out.extend(asking(world));
    out.extend(others());
    out
}

fn reply(name: &str, case: &'static str, context: Value) -> Sample {
    Sample::new(format!("chat/reply/{name}.md"), case, context)
}

fn incidents(world: &World) -> Vec<Sample> {
    let (full, bare, over) = (full(), bare(), over());
    let view = |incident| Serde(world.view(incident));
    let lines = Value::from_safe_string("Ann moved it from Investigating to **Identified**.".to_owned());
    let both = vec![world.view(&full), world.view(&bare)];
    let none: Vec<u8> = Vec::new();
    vec![
        reply("done", "elsewhere", context! { incident => view(&full), lines => lines.clone(), here => false }),
        reply("done", "here", context! { incident => view(&full), lines, here => true }),
        reply("done", "nothing", context! { incident => view(&bare), lines => "", here => true }),
        reply("declared", "full", context! { incident => view(&full) }),
        reply("declared", "bare", context! { incident => view(&bare) }),
        reply("declared", "drill", context! { incident => view(&over) }),
        reply("list", "some", context! { incidents => Serde(both), show => "open" }),
        reply("list", "quiet", context! { incidents => Serde(&none), show => "open" }),
        reply("list", "none", context! { incidents => Serde(none), show => "over" }),
    ]
}

fn asking(world: &World) -> Vec<Sample> {
    let (catalog, full) = (Catalog::shipped(), full());
    let form = catalog.form("incident severity", &Vocabulary::default(), &Prefill::default());
    let view = || Serde(world.view(&full));
    let labels = vec!["New severity", "Reason"];
    let none: Vec<u8> = Vec::new();
    let help = |command, case| {
        let (template, context) = help_context(&catalog, command, Access::Responder);
        reply(template, case, context)
    };
    vec![
        reply("form", "asked", context! { form => Serde(&form), incident => view(), missing => Serde(none) }),
        reply("form", "missing", context! { form => Serde(form), incident => view(), missing => Serde(labels) }),
        help(None, "all"),
        help(Some("page"), "root"),
        help(Some("incident severity"), "one"),
        help(Some("incident statuspage"), "dangerous"),
    ]
}

fn others() -> Vec<Sample> {
    let duty = |people, until, next| DutyLine { schedule: "primary".into(), people, until, next };
    let lines = vec![duty(vec![ann()], Some(at(600)), vec![bob()]), duty(Vec::new(), None, Vec::new())];
    let groups = vec![group(3, 2), group(0, 5)];
    let none: Vec<u8> = Vec::new();
    vec![
        reply("on_call", "some", context! { lines => Serde(lines) }),
        reply("on_call", "none", context! { lines => Serde(&none) }),
        reply("groups", "some", context! { groups => Serde(groups) }),
        reply("groups", "none", context! { groups => Serde(&none) }),
        reply("alert_ack", "done", context! {}),
        reply("alert_silence", "done", context! { until => Serde(at(60)) }),
        reply(
            "oncall_override",
            "done",
            context! { person => "bob", schedule => "primary", from => Serde(at(0)), until => Serde(at(120)), id => "0199" },
        ),
        reply("oncall_cancel", "done", context! { person => "bob", schedule => "primary" }),
        reply("admin_reload", "taken", context! { mistakes => Serde(&none), after_restart => vec!["server.listen"] }),
        reply(
            "admin_reload",
            "refused",
            context! { mistakes => vec!["bot.toml line 3: no such key"], after_restart => Serde(&none) },
        ),
        reply(
            "admin_invite",
            "done",
            context! { person => "bob", until => Serde(at(600)), link => "http://localhost:8080/sign-in/abc" },
        ),
        reply("gone_private", "done", context! {}),
        reply("taken_out", "done", context! {}),
        reply("repeated", "done", context! {}),
        reply("elsewhere", "done", context! {}),
        reply("missed", "one", context! { count => 1, from => Serde(at(0)), to => Serde(at(0)), room => "hot-12" }),
        reply("missed", "many", context! { count => 31, from => Serde(at(0)), to => Serde(at(90)), room => "hot-12" }),
        reply("busy", "done", context! { why => "the disk is full" }),
    ]
}
