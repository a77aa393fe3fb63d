//! Chat markdown as HTML.

use proptest::prelude::*;

use super::{safe_html as html_of, *};

fn safe_html(markdown: &str) -> String {
    html_of(markdown, &|id| (id == "ann").then(|| "Ann <Lee>".to_owned()))
}

#[test]
fn our_markdown_becomes_html() {
    insta::assert_snapshot!(safe_html("**bold** *it* ~~no~~ `a<b` <@ann> in <#hot-12> at <t:1795269600:R>"),
        @r#"<strong>bold</strong> <em>it</em> <s>no</s> <code>a&lt;b</code> <span class="mention" data-person="ann">@Ann &lt;Lee&gt;</span> in <a class="room" href="/rooms/hot-12">#hot-12</a> at <time datetime="2026-11-21T14:00:00Z" data-style="R">2026-11-21 14:00 UTC</time>"#);
    insta::assert_snapshot!(safe_html("a\nb\n> q\n> r\n- x\n- y\n-# small"),
        @"a<br>b<blockquote>q<br>r</blockquote><ul><li>x</li><li>y</li></ul><small>small</small>");
    insta::assert_snapshot!(safe_html("```\nlet x = \"<b>\";\n```\nafter"),
        @r"
    <pre><code>let x = &quot;&lt;b&gt;&quot;;
    </code></pre>after
    ");
}

#[test]
fn a_person_who_is_called_has_a_name_and_one_who_has_left_keeps_the_id() {
    assert_eq!(
        safe_html("<@ann> and <@bob>"),
        "<span class=\"mention\" data-person=\"ann\">@Ann &lt;Lee&gt;</span> and \
         <span class=\"mention\" data-person=\"bob\">@bob</span>"
    );
}

#[test]
fn links_are_bare_http_and_open_apart() {
    insta::assert_snapshot!(safe_html("see https://a.example/x?y=1&z=2."),
        @r#"see <a href="https://a.example/x?y=1&amp;z=2" rel="noopener noreferrer nofollow" target="_blank">https://a.example/x?y=1&amp;z=2</a>."#);
    assert_eq!(safe_html("javascript:alert(1)"), "javascript:alert(1)");
    assert_eq!(safe_html("[ok](javascript:x)"), "[ok](javascript:x)");
}

#[test]
fn html_and_broken_marks_are_text() {
    assert_eq!(safe_html("<script>alert(1)</script>"), "&lt;script&gt;alert(1)&lt;/script&gt;");
    assert_eq!(safe_html("<@\"onmouseover=x>"), "&lt;@&quot;onmouseover=x&gt;");
    assert_eq!(safe_html("**open and snake_case_word * star *"), "**open and snake_case_word * star *");
    assert_eq!(safe_html("`open"), "`open");
}

#[test]
fn what_the_encoder_escaped_is_shown_as_it_was_typed() {
    for text in ["**x** _y_ ||z||", "<@ann> <t:1:R> <#hot-1>", "a\\b `c`", "1. x", "# h", "[a](http://b.example)"] {
        let html = safe_html(&crate::render::chat_line(text, 200));
        let mut expected = String::new();
        escape_into(text, &mut expected);
        let plain = html.replace(
            "<a href=\"http://b.example\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">http://b.example</a>",
            "http://b.example",
        );
        assert_eq!(plain, expected, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_tag_that_is_not_ours(text in "[ -~\\n<>@#*_`~|\\[\\]()é]{0,200}") {
        let html = safe_html(&text);
        let tags = regex::Regex::new(
            r#"</?(strong|em|s|u|code|pre|blockquote|ul|ol|li|br|small|span|a|time)( (class|href|rel|target|datetime|start|data-[a-z]+)="[^"<>]*")*>"#,
        ).unwrap();
        let left = tags.replace_all(&html, "");
        prop_assert!(!left.contains(['<', '>']), "{left}");
    }

    #[test]
    fn text_from_outside_makes_no_token_and_no_format(text in "[ -~<>@#*_`~|é]{0,120}") {
        let html = safe_html(&crate::render::chat_line(&text, 200));
        for ours in ["<strong", "<em", "<s>", "<u>", "<code", "<span", "<time", "class=\"room\"", "<ol", "<li", "<blockquote"] {
            prop_assert!(!html.contains(ours), "{html}");
        }
    }
}
