//! The forms of a transcript.

use super::*;
use crate::{
    config::Config,
    render::{Renderer, samples::transcripts::full},
};

fn rendered(render: impl Fn(&MessageRenderer<'_>) -> String) -> String {
    let (renderer, config) = (Renderer::new(None).expect("templates"), Config::shipped());
    render(&MessageRenderer::new(&renderer, &config, full().exported_at))
}

#[test]
fn the_html_form_asks_no_other_host_for_anything() {
    let html = rendered(|voice| voice.transcript_html(&full()));
    assert!(html.contains("default-src 'none'; img-src data:; style-src 'unsafe-inline'"), "{html}");
    for loads in
        ["<script", "<link", "<iframe", "<object", "<embed", "<base", "@import", "url(", "srcset", "<video", "<form"]
    {
        assert!(!html.contains(loads), "{loads}: {html}");
    }
    let sources: Vec<&str> = html.split(" src=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(sources.len(), 1, "{sources:?}");
    assert!(sources.iter().all(|source| source.starts_with("data:image/png;base64,")), "{sources:?}");
    assert!(html.contains("&lt;script&gt;") && html.contains("Checkout is &lt;down&gt;"), "{html}");
}

#[test]
fn the_json_form_follows_its_published_schema() {
    let schema = serde_json::from_str(include_str!("../../../docs/schemas/transcript.json")).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let json = full().to_json();
    let errors: Vec<String> = schema.iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}: {json}");
    assert!(!schema.is_valid(&serde_json::json!({"format": "hotroom-transcript"})));
}

#[test]
fn only_pictures_are_embedded() {
    for (body, kind) in [
        (b"\x89PNG\r\n\x1a\n".as_slice(), Some("png")),
        (b"\xff\xd8\xff\xe0", Some("jpeg")),
        (b"GIF89a", Some("gif")),
        (b"RIFF\x00\x00\x00\x00WEBPVP8", Some("webp")),
        (b"<svg onload=alert(1)>", None),
        (b"", None),
    ] {
        let picture = TranscriptFile::picture(body);
        assert_eq!(
            picture.as_deref().map(|data| data.starts_with(&format!("data:image/{};", kind.unwrap_or("")))),
            kind.map(|_| true)
        );
    }
}
