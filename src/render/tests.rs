//! Snapshot and escaping tests of every template.

use std::{collections::BTreeSet, fmt::Write};

use super::{
    Renderer, post_of,
    samples::{self, SampleWorld},
};
use crate::chat::{ButtonStyle, Post, PostKind};

fn shipped() -> Renderer {
    Renderer::new(None).expect("the shipped templates are well formed")
}

/// Draws a post as plain text.
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
    let (renderer, world) = (shipped(), SampleWorld::new());
    let mut folders: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    for sample in samples::all() {
        let scene = samples::scene(&world, &sample);
        let text = renderer.text(&sample.template, &scene, &sample.context).unwrap_or_else(|e| panic!("{e}"));
        let post = post_of(PostKind::Line, &text);
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
    let orphans: Vec<&str> =
        renderer.templates().filter(|t| t.starts_with("chat/")).filter(|t| !sampled.contains(*t)).collect();
    assert_eq!(orphans, Vec::<&str>::new());
    let missing: Vec<&String> = sampled.iter().filter(|t| !renderer.has(t)).collect();
    assert_eq!(missing, Vec::<&String>::new());
}

/// Returns the names that the `name` or `notice` function of a source file returns.
fn names_in(source: &str) -> BTreeSet<String> {
    let arm = regex::Regex::new(r#"=> (?:Some\()?"([a-z_]+)"\)?,"#).unwrap();
    arm.captures_iter(source).map(|c| c[1].to_owned()).collect()
}

#[test]
fn each_event_refusal_and_usage_error_has_a_template_and_a_sample_of_its_own() {
    let sampled: BTreeSet<String> = samples::all().into_iter().map(|s| s.template).collect();
    let kinds = [
        ("room", include_str!("../domain/incident/event/lifecycle.rs"), 8),
        ("room", include_str!("../domain/incident/event/people.rs"), 6),
        ("room", include_str!("../domain/incident/event/timeline.rs"), 10),
        ("room", include_str!("../domain/incident/event/paging.rs"), 6),
        ("room", include_str!("../domain/incident/event/alerts.rs"), 2),
        ("room", include_str!("../domain/incident/event/public.rs"), 2),
        ("room", include_str!("../domain/incident/event/delivery.rs"), 5),
        ("room", include_str!("../domain/incident/event/tracker.rs"), 10),
        ("refusal", include_str!("../domain/refusal/incident.rs"), 29),
        ("refusal", include_str!("../domain/refusal/alert.rs"), 5),
        ("refusal", include_str!("../domain/refusal/oncall.rs"), 5),
        ("refusal", include_str!("../domain/refusal/review.rs"), 10),
        ("usage", include_str!("../command/usage.rs"), 20),
        ("notice", include_str!("../domain/event.rs"), 4),
        ("notice", include_str!("../domain/alert/event.rs"), 2),
    ];
    for (folder, source, least) in kinds {
        let names = names_in(source);
        assert!(names.len() >= least, "only {} names were found in the source of {folder}", names.len());
        for name in names {
            let template = format!("chat/{folder}/{name}.md");
            assert!(sampled.contains(&template), "{template} has no sample");
        }
    }
}

fn folder_with(file: &str, text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    folder
}

#[test]
fn a_folder_of_the_operator_replaces_a_template_of_the_same_name() {
    let folder = folder_with("chat/refusal/task_done.md", "Nummer {{ number }} ist schon fertig.\n");
    let renderer = Renderer::new(Some(folder.path())).unwrap();
    assert!(renderer.check(&[]).is_empty());
    let world = SampleWorld::new();
    let voice =
        super::MessageRenderer { renderer: &renderer, names: world.names, policy: &world.policy, now: world.now };
    let refusal = crate::domain::refusal::IncidentRefusal::TaskDone { number: 3 }.into();
    assert_eq!(voice.refusal(&refusal).text, "Nummer 3 ist schon fertig.");
}

#[test]
fn an_unknown_variable_is_an_error_of_the_check_that_names_file_and_line() {
    let folder = folder_with("chat/refusal/task_done.md", "Fertig.\n{% if number %}\n{{ numbre }}\n{% endif %}\n");
    let errors = Renderer::new(Some(folder.path())).unwrap().check(&[]);
    let [error] = &errors[..] else { panic!("{errors:?}") };
    assert!(error.template.ends_with("chat/refusal/task_done.md"), "{error}");
    assert_eq!(error.line, Some(3), "{error}");
    assert!(error.to_string().contains("numbre"), "{error}");
}

#[test]
fn a_file_that_replaces_nothing_is_an_error_that_says_what_it_may_have_meant() {
    let folder = folder_with("chat/refusal/taskdone.md", "x");
    let error = Renderer::new(Some(folder.path())).unwrap_err().to_string();
    assert!(error.contains("did you mean chat/refusal/task_done.md?"), "{error}");
}

#[test]
fn a_template_that_is_not_well_formed_is_an_error_that_names_the_line() {
    let folder = folder_with("chat/card.md", "# {{ incident.key }}\n{% if %}\n");
    let error = Renderer::new(Some(folder.path())).unwrap_err();
    assert!(error.template.ends_with("chat/card.md"));
    assert_eq!(error.line, Some(2), "{error}");
}

/// The attacks of faults 55 to 58: mentions, markdown that breaks out, misleading characters, imitations of the bot.
const HOSTILE: &str = "@everyone @here <@ann> <@&1> <#hot-1> <t:1:R> **x** ||y|| [ok](http://evil.example) \
    https://discord.gg/abc ```\n## Status\nresolved\n>> danger | Pay | /page ack\n-# by the bot\n# HOT-1\n> q\n\
    - i\u{202E}\u{200B}\u{FEFF}\u{0007}e\u{0301}\u{0301}\u{0301}\u{0301}\u{0301}\u{0301}\u{0301}";

/// Context keys with untrusted text.
const OUTSIDE: [&str; 21] = [
    "title",
    "description",
    "impact",
    "text",
    "reason",
    "affected",
    "cause",
    "estimate",
    "summary",
    "body",
    "what",
    "why",
    "said",
    "extra",
    "rest",
    "whom",
    "name",
    "word",
    "value",
    "act",
    "help",
];

fn poisoned(value: &mut serde_json::Value, count: &mut usize) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, field) in fields {
                let renamed = name == "e" && field.get("event").is_some_and(|e| e == "renamed");
                if renamed {
                    field["from"] = HOSTILE.into();
                    field["to"] = HOSTILE.into();
                }
                if field.is_string() && OUTSIDE.contains(&name.as_str()) {
                    *field = HOSTILE.into();
                    *count += 1;
                } else {
                    poisoned(field, count);
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| poisoned(item, count)),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => {}
    }
}

#[test]
fn no_text_from_outside_calls_formats_forges_or_deceives_in_any_template() {
    let (renderer, world) = (shipped(), SampleWorld::new());
    let escaped = regex::Regex::new(r"\\.").unwrap();
    let code = regex::Regex::new("`[^`\\n]*`").unwrap();
    let mut count = 0;
    // A document is what people wrote, as Markdown; where it is shown, `safe_html` or `to_storage` draws it.
    let documents = ["postmortem/document.md", "postmortem/page.md"];
    let message =
        |sample: &samples::Sample| sample.template.ends_with(".md") && !documents.contains(&sample.template.as_str());
    for sample in samples::all().into_iter().filter(message) {
        let scene = super::RenderContext::new(&world.names, world.now);
        let mut context = serde_json::to_value(&sample.context).unwrap();
        let plain = post_of(PostKind::Line, &renderer.text(&sample.template, &scene, &context).unwrap());
        poisoned(&mut context, &mut count);
        // Values that select a sentence stay unchanged: only printed values are replaced.
        let Ok(text) = renderer.text(&sample.template, &scene, &context) else { continue };
        let post = post_of(PostKind::Line, &text);
        let name = format!("{} ({})\n{}", sample.template, sample.case, drawn(&post));
        let sort = |post: &Post| (post.title.is_some(), post.footer.is_some());
        assert_eq!(sort(&post), sort(&plain), "{name}");
        assert!(post.fields.iter().all(|f| !f.value.contains("\nresolved\n>>")), "{name}");
        assert!(post.buttons.iter().all(|b| b.label != "Pay"), "{name}");
        assert!(!text.contains("@everyone") && !text.contains("@here") && !text.contains("<@&"), "{name}");
        // Markup has no effect inside a code span, and untrusted text cannot end one.
        let text = escaped.replace_all(&text, "").into_owned();
        let text = code.replace_all(&text, "");
        // Comments on issues link to the record.
        let text = text.replace("](https://hot.example.com/", "");
        for forbidden in ["<@ann>", "<#hot-1>", "<t:1:R>", "](", "||", "**x", "\u{202E}"] {
            // What people write keeps its bold text.
            let formatted = forbidden == "**x" && PROSE.iter().any(|prose| name.contains(prose));
            assert!(formatted || !text.contains(forbidden), "{forbidden} in {name}");
        }
        assert!(!text.contains("https://discord.gg"), "{name}");
        let html = super::safe_html(&text, &|_| None);
        assert!(!html.contains("href=\"https://discord.gg") && !html.contains("<script"), "{html}");
    }
    assert!(count > 100, "only {count} texts were poisoned");
}

/// The templates that show formatted text of people.
const PROSE: [&str; 6] =
    ["note_added", "timeline_added", "update_posted", "resolution_recorded", "issue_commented", "tracker/"];

#[test]
fn keys_and_rooms_of_incidents_are_links_and_other_words_are_not() {
    let html = |text: &str| super::linked_html(text, &|_| None, &["HOT"]);
    let (key, room) =
        (r#"<a class="key" href="/incidents/HOT-1">HOT-1</a>"#, r#"<a class="room" href="/rooms/hot-12">#hot-12</a>"#);
    assert_eq!(html("see **HOT-1**, #hot-12"), format!("see <strong>{key}</strong>, {room}"));
    for plain in ["UTF-8", "SHOT-1", "HOT-x", "HOT-1a", "HOT-1-2", "hot-1", "a#hot-1", "#ops", "HOT-1234567890"] {
        assert_eq!(html(plain), plain);
    }
    assert!(!html("https://x.example/incidents/HOT-1").contains("class=\"key\""));
    assert!(!super::safe_html("HOT-1", &|_| None).contains("<a"), "without a prefix nothing is linked");
}

#[test]
fn numbered_lists_and_headings_are_shown() {
    let text = "# Plan\n1. stop *it*\n2. start\nthen wait\n1.5 h";
    let html = "<strong>Plan</strong><ol><li>stop <em>it</em></li><li>start</li></ol>then wait<br>1.5 h";
    assert_eq!(super::safe_html(text, &|_| None), html);
}

#[test]
fn what_people_write_keeps_its_formatting_and_can_do_nothing_else() {
    let prose = |text: &str| super::encode::chat_prose(text, 500);
    assert_eq!(prose("**14:02** `kill -9` it_is\n- one\n> said"), "**14:02** `kill -9` it\\_is\n- one\n> said");
    assert_eq!(prose("a ** b"), "a \\*\\* b");
    assert_eq!(prose("a ` b"), "a \\` b");
    assert_eq!(prose("@everyone <@ann>"), "@\u{200B}everyone \\<@\u{200B}ann\\>");
    let post =
        super::post_of(crate::chat::PostKind::Line, &prose(">> primary | Pay | /pay\n## Status\n-# sig\n# title"));
    assert_eq!((post.title, post.footer, post.fields.len(), post.buttons.len()), (None, None, 0, 0));
}
