//! Tests of the commands to paste in the senders' documentation.

use super::*;
use crate::domain::alert::SenderAction;

/// Returns the source and body of each `curl` command in a page of `docs/senders/`.
fn pasted(page: &str) -> Vec<(&str, &str)> {
    let posts = page.split("curl -sS http://127.0.0.1:8080/intake/").skip(1);
    let post = |text: &'_ str| -> Option<(usize, usize, usize)> {
        let start = text.find("-d '")? + 4;
        Some((text.find(' ')?, start, start + text[start..].find('\'')?))
    };
    posts.filter_map(|text| post(text).map(|(name, start, end)| (&text[..name], &text[start..end]))).collect()
}

/// Returns all of them, with their sources.
pub(super) fn pasted_bodies() -> Vec<(String, String)> {
    let pages = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/senders")).unwrap().flatten();
    let texts = pages.filter(|page| page.path().extension().is_some_and(|end| end == "md"));
    let texts: Vec<String> = texts.map(|page| std::fs::read_to_string(page.path()).unwrap()).collect();
    let all = texts.iter().flat_map(|text| pasted(text));
    all.map(|(source, body)| (source.to_owned(), body.to_owned())).collect()
}

#[test]
fn every_body_that_the_pages_of_senders_say_to_paste_is_an_alert_or_a_change() {
    let shipped = crate::config::Config::shipped();
    let bodies = pasted_bodies();
    for (name, body) in &bodies {
        let source = shipped.source(name).unwrap_or_else(|| panic!("no source is shipped for {name}"));
        let parsed = read(source, body.as_bytes(), now()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let changes = parsed.orders.iter().filter(|order| matches!(order, SenderAction::Note(_))).count();
        assert_eq!((parsed.complaint(), parsed.signals.len() + changes), (None, 1), "{name}");
        assert!(parsed.signals.iter().all(|signal| signal.remarks.is_empty()), "{name}");
    }
    assert!(bodies.len() >= 10, "{} bodies were found", bodies.len());
}

#[test]
fn each_body_of_another_shape_on_the_page_is_read_by_the_mapping_below_it() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/senders/generic.md")).unwrap();
    let block = |text: &str| text.split("```").next().unwrap().to_owned();
    let mut lines = Vec::new();
    for example in page.split("```json\n").skip(1) {
        let config = block(example.split("```toml\n").nth(1).expect("a mapping below it"));
        let config =
            crate::config::Config::from_text("bot.toml", &config, []).unwrap_or_else(|error| panic!("{error}"));
        let parsed = read(&config.sources[0], block(example).as_bytes(), now()).unwrap();
        assert_eq!(parsed.complaints, [], "{example}");
        lines.extend(parsed.signals.iter().map(|signal| {
            let (state, severity) = (if signal.firing { "firing" } else { "over" }, signal.severity.unwrap().name());
            let host = signal.host.as_ref().map_or("-", Untrusted::verbatim);
            format!("{state} {severity} {} {}@{host}", signal.name.verbatim(), signal.service.as_deref().unwrap_or("-"))
        }));
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    over sev1 Ping -@db-1
    firing sev1 raid on db-1 api@-
    over sev1 raid on db-2 api@-
    ");
}
