//! Every template, as people see it.

use std::{collections::BTreeSet, fmt::Write};

use super::{
    Renderer, post_of,
    samples::{self, World},
};
use crate::chat::{ButtonStyle, Post};

fn shipped() -> Renderer {
    Renderer::new(None).expect("the shipped templates are well formed")
}

/// A post the way a person reads it.
fn drawn(post: &Post) -> String {
    let mut out = String::new();
    if let Some(title) = &post.title {
        writeln!(out, "# {title}").unwrap();
    }
    writeln!(out, "{}", post.text).unwrap();
    for field in &post.fields {
        writeln!(out, "[{}]\n{}", field.name, field.value).unwrap();
    }
    for button in &post.buttons {
        let style = match button.style {
            ButtonStyle::Primary => "primary",
            ButtonStyle::Secondary => "secondary",
            ButtonStyle::Danger => "danger",
        };
        writeln!(out, "({}) {} {style}", button.label, button.command).unwrap();
    }
    if let Some(footer) = &post.footer {
        writeln!(out, "-- {footer}").unwrap();
    }
    out
}

#[test]
fn every_chat_template_looks_like_this() {
    let (renderer, world) = (shipped(), World::new());
    let mut folders: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    for sample in samples::all() {
        let scene = samples::scene(&world, &sample);
        let text = renderer.text(&sample.template, &scene, &sample.context).unwrap_or_else(|e| panic!("{e}"));
        let post = post_of("line", &text);
        let folder = sample.template.rsplit_once('/').map_or("", |(folder, _)| folder).replace('/', "_");
        let page = folders.entry(folder).or_default();
        writeln!(page, "=== {} ({})\n{}", sample.template, sample.case, drawn(&post)).unwrap();
    }
    for (folder, page) in folders {
        insta::assert_snapshot!(folder, page);
    }
}

#[test]
fn the_shipped_templates_pass_the_check() {
    let errors: Vec<String> = shipped().check(&[]).iter().map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn no_chat_template_is_without_a_sample_and_no_sample_without_a_template() {
    let renderer = shipped();
    let sampled: BTreeSet<String> = samples::all().into_iter().map(|s| s.template).collect();
    // Pages and groups of alerts are rendered, and sampled, by those who keep them.
    let others = ["chat/page/", "chat/group/"];
    let orphans: Vec<&str> = renderer
        .templates()
        .filter(|t| t.starts_with("chat/") && !others.iter().any(|o| t.starts_with(o)))
        .filter(|t| !sampled.contains(*t))
        .collect();
    assert_eq!(orphans, Vec::<&str>::new());
    let missing: Vec<&String> = sampled.iter().filter(|t| !renderer.has(t)).collect();
    assert_eq!(missing, Vec::<&String>::new());
}
