//! Rich text in all directions.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{domain::text::visible, shared_files::shared};

const SAMPLE: &str = "# Impact\nPayments **fail** since `10:00`, see https://a.example/x_y.\n\n> *quoted*\n> twice\n\n1. first\n2. second\n   - deeper\n\n```sh\necho {code} *\n```\n[the run](https://run.example/1) ~~gone~~\n\n---\n-# small";

fn adf(markdown: &str) -> Value {
    to_adf(&parse_markdown(markdown))
}

fn wiki(markdown: &str) -> String {
    to_wiki(&parse_markdown(markdown))
}

/// A document of one paragraph with a text that means nothing but itself.
fn plain(text: &str) -> RichDocument {
    let span = Span { text: text.to_owned(), ..Span::default() };
    RichDocument(vec![Block::Paragraph(vec![Inline::Text(span)])])
}

#[test]
fn markdown_becomes_a_document() {
    let text = |text: &str| json!({ "type": "text", "text": text });
    let marked = |text: &str, mark: &str| json!({ "type": "text", "text": text, "marks": [{ "type": mark }] });
    let link = |text: &str, href: &str| json!({ "type": "text", "text": text, "marks": [{ "type": "link", "attrs": { "href": href } }] });
    let paragraph = |content: Value| json!({ "type": "paragraph", "content": content });
    let item = |content: Value| json!({ "type": "listItem", "content": content });
    let content = json!([
        { "type": "heading", "attrs": { "level": 1 }, "content": [text("Impact")] },
        paragraph(json!([
            text("Payments "), marked("fail", "strong"), text(" since "), marked("10:00", "code"), text(", see "),
            link("https://a.example/x_y", "https://a.example/x_y"), text("."),
        ])),
        { "type": "blockquote", "content": [
            paragraph(json!([marked("quoted", "em"), { "type": "hardBreak" }, text("twice")])),
        ] },
        { "type": "orderedList", "attrs": { "order": 1 }, "content": [
            item(json!([paragraph(json!([text("first")]))])),
            item(json!([
                paragraph(json!([text("second")])),
                { "type": "bulletList", "content": [item(json!([paragraph(json!([text("deeper")]))]))] },
            ])),
        ] },
        { "type": "codeBlock", "attrs": { "language": "sh" }, "content": [text("echo {code} *")] },
        paragraph(json!([link("the run", "https://run.example/1"), text(" "), marked("gone", "strike")])),
        { "type": "rule" },
        paragraph(json!([text("small")])),
    ]);
    assert_eq!(adf(SAMPLE), json!({ "type": "doc", "version": 1, "content": content }));
}

#[test]
fn markdown_becomes_wiki_text() {
    let expected = "h1. Impact\n\nPayments {*}fail{*} since {{10:00}}, see [https://a.example/x_y].\n\n{quote}\n{_}quoted{_}\n\
        twice\n{quote}\n\n# first\n# second\n#* deeper\n\n{code:sh}\necho { code} *\n{code}\n\n[the run|https://run.example/1] \
        {-}gone{-}\n\n----\n\nsmall";
    assert_eq!(wiki(SAMPLE), expected);
}

#[test]
fn what_is_hostile_in_wiki_text_stays_text() {
    for (text, expected) in [
        ("{quote}", "\\{quote\\}"),
        ("[~ann] hi", "\\[\\~ann\\] hi"),
        ("!http://x/y.png!", "\\!http://x/y.png\\!"),
        ("h1. Big", "h1&#46; Big"),
        ("bq. said", "bq&#46; said"),
        ("# one", "\\# one"),
        ("* one", "\\* one"),
        ("---- a", "\\-\\-\\-\\- a"),
        ("a\\\\b", "a&#92;&#92;b"),
        ("|| a | b", "\\|\\| a \\| b"),
        ("snake_case OPS-12 2*3", "snake_case OPS-12 2*3"),
        ("&#42; :) (x)", "&amp;#42; &#58;) &#40;x)"),
    ] {
        assert_eq!(to_wiki(&plain(text)), expected);
        assert_eq!(from_wiki(expected), text);
    }
}

#[test]
fn links_lead_only_where_they_may() {
    for bad in ["[x](javascript:alert(1))", "[x](file:///etc/passwd)", "[x](data:text/html,x)"] {
        assert!(!adf(bad).to_string().contains("link"), "{bad}");
        assert!(!wiki(bad).contains('|'), "{bad}");
    }
    let link = Some("https://x.example/a|b]c".to_owned());
    let span = Span { text: "a]b".to_owned(), link, ..Span::default() };
    let wiki = to_wiki(&RichDocument(vec![Block::Paragraph(vec![Inline::Text(span)])]));
    assert_eq!(wiki, "[a\\]b|https://x.example/a%7Cb%5Dc]");
    assert_eq!(from_wiki(&wiki), "a]b (https://x.example/a%7Cb%5Dc)");
}

#[test]
fn html_is_text() {
    let text = adf("<b>x</b> <script>alert(1)</script>\n\n<div>\ny\n</div>").to_string();
    assert!(text.contains("<script>") && text.contains("<div>") && !text.contains("strong"), "{text}");
}

#[test]
fn a_document_becomes_text() {
    let paragraph = |content: Value| json!({ "type": "paragraph", "content": content });
    let text = |text: &str| json!({ "type": "text", "text": text });
    let content = json!([
        paragraph(json!([
            { "type": "mention", "attrs": { "id": "1", "text": "@Ann" } }, text(" look "),
            { "type": "emoji", "attrs": { "shortName": ":fire:", "text": "🔥" } },
            { "type": "text", "text": " at this ", "marks": [{ "type": "strong" }] },
            { "type": "text", "text": "run", "marks": [{ "type": "link", "attrs": { "href": "https://r.example" } }] },
            { "type": "hardBreak" }, { "type": "inlineCard", "attrs": { "url": "https://c.example" } }, text(" "),
            { "type": "date", "attrs": { "timestamp": "1767323045000" } }, text(" "),
            { "type": "status", "attrs": { "text": "DONE", "color": "green" } },
        ])),
        { "type": "panel", "attrs": { "panelType": "info" }, "content": [paragraph(json!([text("In a panel")]))] },
        { "type": "blockquote", "content": [paragraph(json!([text("said")])), paragraph(json!([text("twice")]))] },
        { "type": "codeBlock", "attrs": {}, "content": [text("let x = 1;")] },
        { "type": "taskList", "attrs": { "localId": "" }, "content": [
            { "type": "taskItem", "attrs": { "localId": "", "state": "DONE" }, "content": [text("restart")] },
            { "type": "taskItem", "attrs": { "localId": "", "state": "TODO" }, "content": [text("look")] },
        ] },
        { "type": "table", "content": [{ "type": "tableRow", "content": [
            { "type": "tableHeader", "content": [paragraph(json!([text("a")]))] },
            { "type": "tableCell", "content": [paragraph(json!([text("b")]))] },
        ] }] },
        { "type": "newNode", "content": [paragraph(json!([text("unknown")]))] },
    ]);
    let expected = "@Ann look 🔥 **at this** run (https://r.example)\nhttps://c.example 2026-01-02 DONE\n\nIn a panel\n\n> said\n> \n> \
        twice\n\n```\nlet x = 1;\n```\n\n- [x] restart\n- look\n\na | b\n\nunknown";
    assert_eq!(from_adf(&json!({ "type": "doc", "version": 1, "content": content })), expected);
}

#[test]
fn wiki_text_becomes_text() {
    let wiki = "h2. Impact\r\n*All* customers, {{code}} and [the run|https://r.example] by [~ann]\r\n* one\r\n** two\r\n# three\r\n\
        {quote}\r\nsaid\r\n{quote}\r\n{code:java}\r\nint *x;\r\n{code}\r\n{color:red}hot{color} 2*3*4 a\\*b";
    let expected = "**Impact**\n**All** customers, `code` and the run (https://r.example) by @ann\n- one\n  - two\n1. three\n> said\n\
        ```\nint *x;\n```\nhot 2*3*4 a*b";
    assert_eq!(from_wiki(wiki), expected);
}

#[test]
fn what_is_written_is_read_again() {
    let text = "Payments **fail** since `10:00`\n- one\n- two\n\n```\nx * y\n```";
    assert_eq!(from_adf(&adf(text)), "Payments **fail** since `10:00`\n\n- one\n- two\n\n```\nx * y\n```");
    assert_eq!(from_wiki(&wiki(text)), "Payments **fail** since `10:00`\n\n- one\n- two\n\n```\nx * y\n```");
}

/// JSON that looks like a document here and there.
fn nodes() -> impl Strategy<Value = Value> {
    let kinds = prop::sample::select(vec![
        "doc",
        "paragraph",
        "text",
        "bulletList",
        "orderedList",
        "listItem",
        "codeBlock",
        "table",
        "tableRow",
        "mention",
        "date",
        "heading",
        "taskItem",
        "blockquote",
        "media",
        "odd",
    ]);
    let leaf = prop_oneof![any::<i64>().prop_map(Value::from), ".{0,12}".prop_map(Value::from), Just(Value::Null)];
    leaf.prop_recursive(6, 48, 4, move |inner| {
        let attrs = (inner.clone(), ".{0,8}").prop_map(
            |(value, text)| json!({ "order": value, "text": text, "timestamp": text, "url": text, "state": "DONE" }),
        );
        (kinds.clone(), prop::collection::vec(inner, 0..4), attrs, ".{0,12}").prop_map(
            |(kind, content, attrs, text)| json!({ "type": kind, "content": content, "attrs": attrs, "text": text }),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_itself_after_wiki_text(text in "[ -~äß€🔥]{0,60}") {
        let text = text.trim();
        prop_assert_eq!(from_wiki(&to_wiki(&plain(text))), text);
    }

    #[test]
    fn any_text_is_itself_in_a_document(text in "\\PC{0,60}") {
        let shown = visible(&text);
        prop_assume!(!shown.trim().is_empty() && !shown.contains('\n'));
        prop_assert_eq!(from_adf(&to_adf(&plain(&shown))), shown.trim());
    }

    #[test]
    fn no_document_is_too_odd_to_read(document in nodes()) {
        from_adf(&document);
    }

    #[test]
    fn no_wiki_text_is_too_odd_to_read(text in "[\\PC\n*_{}\\[\\]|\\\\~&;#-]{0,80}") {
        from_wiki(&text);
    }
}

#[test]
fn every_document_is_as_atlassian_describes_it() {
    let Some(schema) = shared("specs/atlassian-adf-v1-full.schema.json") else { return };
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let check = |markdown: &str| {
        let document = adf(markdown);
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{markdown:?}\n{document}\n{errors:?}");
    };
    check(SAMPLE);
    for odd in [
        "",
        "- ",
        "> ",
        "> # h\n> ---\n> > > > > deep",
        "- # h\n- > q\n  - ---",
        "1. a\n   1. b\n      1. c\n         1. d\n            1. e",
        "```\n```",
        "**`x`**",
        "[`x`](https://a.example)",
        "![alt](https://a.example/i.png)",
        "a\\\nb",
        "****",
        "* * *",
        "\u{202e}",
    ] {
        check(odd);
    }
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(400));
    let texts = prop::string::string_regex("([ \n>#*_`~\\-\\[\\]()<!|0-9.:/a-c]|https://|```|> |- |1\\. ){0,40}")
        .expect("a pattern");
    runner
        .run(&texts, |text| {
            check(&text);
            Ok(())
        })
        .expect("every document fits");
}
