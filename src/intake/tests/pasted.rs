//! What the pages of senders say to paste.

use super::*;

/// What `docs/senders/` says to paste into a shell: the source and the body of each `curl`.
fn pasted(page: &str) -> Vec<(&str, &str)> {
    let posts = page.split("curl -sS http://127.0.0.1:8080/intake/").skip(1);
    let post = |text: &'_ str| -> Option<(usize, usize, usize)> {
        let start = text.find("-d '")? + 4;
        Some((text.find(' ')?, start, start + text[start..].find('\'')?))
    };
    posts.filter_map(|text| post(text).map(|(name, start, end)| (&text[..name], &text[start..end]))).collect()
}

#[test]
fn every_body_that_the_pages_of_senders_say_to_paste_is_an_alert() {
    let shipped = crate::config::Config::shipped();
    let mut seen = 0;
    for page in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/senders")).unwrap().flatten() {
        let Some(name) = page.file_name().to_str().and_then(|name| name.strip_suffix(".md").map(ToOwned::to_owned))
        else {
            continue;
        };
        let text = std::fs::read_to_string(page.path()).unwrap();
        for (source, body) in pasted(&text) {
            let source = shipped.source(source).unwrap_or_else(|| panic!("{name}: no source is shipped for {source}"));
            let parsed = read(source, body.as_bytes(), now()).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!((parsed.complaint(), parsed.signals.len()), (None, 1), "{name}");
            assert_eq!(parsed.signals[0].remarks, [], "{name}");
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen} bodies were found");
}
