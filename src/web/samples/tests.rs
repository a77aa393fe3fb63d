//! Every page, as it is sent.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    path::{Path, PathBuf},
};

use super::samples;
use crate::render::Renderer;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")
}

/// The templates in the folder, by name, with their text; static files are under `static`.
fn shipped() -> BTreeMap<String, String> {
    fn walk(folder: &Path, out: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                walk(&path, out);
                continue;
            }
            let name = path.strip_prefix(self::folder()).expect("it is inside").to_string_lossy().into_owned();
            if !name.contains("/static/") && !name.ends_with(".toml") {
                out.insert(name, std::fs::read_to_string(&path).expect("it is text"));
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(&folder(), &mut out);
    out
}

/// The templates that these refer to: layouts, includes and macros.
fn with_pieces(named: BTreeSet<String>, all: &BTreeMap<String, String>) -> BTreeSet<String> {
    let piece = regex::Regex::new(r#"(?:extends|include|from) "([^"]+)""#).expect("a pattern");
    let mut seen = named.clone();
    let mut left: Vec<String> = named.into_iter().collect();
    while let Some(name) = left.pop() {
        let pieces = piece.captures_iter(&all[&name]).map(|found| found[1].to_owned());
        left.extend(pieces.filter(|piece| seen.insert(piece.clone())));
    }
    seen
}

#[test]
fn every_template_of_the_folder_has_a_sample_and_so_a_snapshot() {
    let all = shipped();
    let sampled: BTreeSet<String> = samples().into_iter().map(|sample| sample.template).collect();
    let covered = with_pieces(sampled, &all);
    // Messages have samples and snapshots of their own, next to the code that renders them.
    let is_message = |name: &str| {
        ["chat/", "contact/", "offline/", "postmortem/", "report/", "tracker/", "transcript/"]
            .iter()
            .any(|folder| name.starts_with(folder))
    };
    let bare: Vec<_> = all.keys().filter(|name| !is_message(name) && !covered.contains(*name)).collect();
    assert!(bare.is_empty(), "no sample shows {bare:?}");
    assert!(all.keys().filter(|name| !name.starts_with("chat/")).count() > 20, "the folder was read");
}

/// A page without the icons that all pages share.
fn without_icons(html: &str) -> String {
    let Some((before, rest)) = html.split_once("<svg width=\"0\"") else { return html.to_owned() };
    let (_, after) = rest.split_once("</svg>").expect("the drawings end");
    format!("{before}(icons){after}")
}

#[test]
fn every_page_looks_like_this() {
    let renderer = Renderer::new(None).expect("the shipped templates");
    let mut pages: BTreeMap<String, String> = BTreeMap::new();
    for sample in samples() {
        let html = renderer.render(&sample.template, &sample.context).unwrap_or_else(|error| panic!("{error}"));
        assert!(!html.contains("<script> on"), "{} lets a tag through", sample.template);
        let html = if sample.template == "web/console.html" { html } else { without_icons(&html) };
        let page = pages.entry(sample.template.replace('/', "_")).or_default();
        writeln!(page, "=== {}\n{html}", sample.case).expect("text");
    }
    for (name, page) in pages {
        insta::assert_snapshot!(name, page);
    }
}

#[test]
fn an_unknown_name_in_any_page_of_the_operator_is_an_error_of_the_check() {
    for (name, text) in shipped().into_iter().filter(|(name, _)| !name.starts_with("chat/")) {
        // Templates with macros print nothing by themselves; a macro's names belong to its body.
        let broken = match text.find("{%- macro") {
            Some(_) if name.ends_with("macros.html") => {
                text.replace("{%- endmacro -%}", "{{ nonsense }}{%- endmacro -%}")
            }
            Some(_) | None => match text.rfind("{%- endblock -%}").or_else(|| text.rfind("{% endblock -%}")) {
                Some(end) => format!("{}{{{{ nonsense }}}}{}", &text[..end], &text[end..]),
                None => format!("{text}{{{{ nonsense }}}}"),
            },
        };
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(&name);
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("made");
        std::fs::write(&path, broken).expect("written");
        let errors = Renderer::new(Some(folder.path())).expect("well formed").check(&samples());
        assert!(errors.iter().any(|error| error.template.ends_with(&name)), "{name}: {errors:?}");
    }
}
