//! Samples of My profile.

use super::{framed, time};
use crate::{
    config::Config,
    render::{Sample, samples::contacts},
    web::pages::{
        frame::Nav,
        profile::{KindView, ProfileView, QuietView, RuleView, RulesView, SentView},
    },
};

pub(super) fn samples(config: &Config) -> Vec<Sample> {
    let methods = contacts::methods();
    let rule = |after, at: usize| RuleView { after, method: methods[at].id.to_string() };
    let rules = |urgency, default, rules| RulesView { urgency, default, rules };
    let kind = |kind| KindView { kind, gateway: String::new(), name: String::new() };
    let gateway = KindView { gateway: "sms".to_owned(), name: "SMS <eu>".to_owned(), ..kind("gateway") };
    let sent = |purpose, status, code: Option<&str>, method| SentView {
        at: time(-5),
        kind: "sms",
        purpose,
        status,
        code: code.map(str::to_owned),
        why: code.map(|_| "unreachable <b>".to_owned()),
        method,
    };
    let full = ProfileView {
        zone: "Europe/Berlin".to_owned(),
        warnings: vec!["only_one", "no_private", "links_local"],
        rules: vec![
            rules("high", false, vec![rule(0, 0), rule(120, 1), rule(300, 7)]),
            rules("low", true, vec![rule(0, 0)]),
        ],
        methods: methods.clone(),
        quiet: Some(QuietView { from: "22:00".to_owned(), until: "24:00".to_owned() }),
        weekly: "phone",
        kinds: ["mail", "ntfy", "pushover", "sms", "voice", "webhook"].map(kind).into_iter().chain([gateway]).collect(),
        messages: vec![
            sent("page", "failed", Some("30003"), Some(2)),
            sent("code", "accepted", None, None),
            sent("test", "delivered", None, Some(2)),
        ],
    };
    let bare = ProfileView {
        warnings: vec!["no_method"],
        methods: Vec::new(),
        rules: vec![rules("high", true, Vec::new()), rules("low", true, Vec::new())],
        quiet: None,
        weekly: "off",
        kinds: Vec::new(),
        messages: Vec::new(),
        ..full.clone()
    };
    let sample = |case, view| Sample::new("web/profile.html", case, framed(config, Nav::Profile, view));
    vec![sample("full", full), sample("bare", bare)]
}
