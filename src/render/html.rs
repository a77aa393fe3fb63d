//! Converts chat markdown to safe HTML for the console.

use chrono::DateTime;

use super::encode::link_length;
use crate::domain::text::visible;

/// Maximum nesting depth of bold, italics and the like.
const MAX_DEPTH: usize = 6;
/// Maximum length of text that is converted, in bytes; the rest is dropped.
const MAX_TEXT: usize = 32_000;

/// Converts a post's text, or text that a person typed, to HTML that is safe to embed in the console.
///
/// Supports bold, italics, strike-through, code, code blocks, bare http(s) links, quotations, lists, small print, and
/// the tokens `<t:…>`, `<@person>` and `<#room>`. Everything else is escaped. `names` returns a person's display name;
/// an unknown person is shown by id.
pub fn safe_html(markdown: &str, names: NameOf<'_>) -> String {
    linked_html(markdown, names, &[])
}

/// Converts as [`safe_html`], and links incident keys with these prefixes, such as `HOT-12`, and their rooms, such as
/// `#hot-12`.
pub fn linked_html(markdown: &str, names: NameOf<'_>, key_prefixes: &[&str]) -> String {
    let text = visible_keeping_breaks(markdown);
    let mut out = Page { html: String::with_capacity(text.len() * 2), names, key_prefixes };
    let lines: Vec<&str> = text.split('\n').collect();
    let mut at = 0;
    while at < lines.len() {
        at += block(&lines[at..], &mut out);
    }
    out.html
}

/// Looks up a person's display name by id.
pub type NameOf<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The HTML output under construction.
struct Page<'a> {
    html: String,
    names: NameOf<'a>,
    key_prefixes: &'a [&'a str],
}

impl Page<'_> {
    fn push_str(&mut self, html: &str) {
        self.html.push_str(html);
    }
}

/// Drops the zero-width space that breaks mentions: HTML cannot ping anyone.
fn visible_keeping_breaks(text: &str) -> String {
    let end = if text.len() <= MAX_TEXT { text.len() } else { text.floor_char_boundary(MAX_TEXT) };
    visible(&text[..end])
}

/// Writes one block and returns the number of lines it used.
fn block(lines: &[&str], out: &mut Page<'_>) -> usize {
    let first = lines[0];
    if first.trim_start().starts_with("```") {
        return code_block(lines, out);
    }
    let numbers = lines.iter().take_while(|line| numbered(line).is_some()).count();
    if numbers > 0 {
        match first.split_once('.').and_then(|(number, _)| number.parse::<u16>().ok()) {
            Some(1) | None => out.push_str("<ol>"),
            Some(start) => out.push_str(&format!("<ol start=\"{start}\">")),
        }
        for line in &lines[..numbers] {
            out.push_str("<li>");
            inline(numbered(line).unwrap_or_default(), 0, out);
            out.push_str("</li>");
        }
        out.push_str("</ol>");
        return numbers;
    }
    for (mark, open, close) in [("> ", "<blockquote>", "</blockquote>"), ("- ", "<ul>", "</ul>")] {
        if first.starts_with(mark) {
            let count = lines.iter().take_while(|l| l.starts_with(mark)).count();
            out.push_str(open);
            for (n, line) in lines[..count].iter().enumerate() {
                let item = &line[mark.len()..];
                if mark == "- " {
                    out.push_str("<li>");
                    inline(item, 0, out);
                    out.push_str("</li>");
                } else {
                    if n > 0 {
                        out.push_str("<br>");
                    }
                    inline(item, 0, out);
                }
            }
            out.push_str(close);
            return count;
        }
    }
    if let Some(heading) = heading(first) {
        out.push_str("<strong>");
        inline(heading, 0, out);
        out.push_str("</strong>");
    } else if let Some(small) = first.strip_prefix("-# ") {
        out.push_str("<small>");
        inline(small, 0, out);
        out.push_str("</small>");
    } else {
        inline(first, 0, out);
    }
    let starts_block = |l: &&str| ["> ", "- ", "```"].iter().any(|mark| l.starts_with(mark)) || numbered(l).is_some();
    let next_is_block = lines.get(1).is_some_and(starts_block);
    if lines.len() > 1 && !next_is_block {
        out.push_str("<br>");
    }
    1
}

/// Returns the text of an item of a numbered list: `1. text`.
fn numbered(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if (1..4).contains(&digits) { line[digits..].strip_prefix(". ") } else { None }
}

/// Returns the text of a heading: `# text`, `## text`.
fn heading(line: &str) -> Option<&str> {
    let marks = line.bytes().take_while(|byte| *byte == b'#').count();
    if (1..4).contains(&marks) { line[marks..].strip_prefix(' ') } else { None }
}

/// Writes a fenced block, up to the closing fence or the end of the text.
fn code_block(lines: &[&str], out: &mut Page<'_>) -> usize {
    let opening = lines[0].trim_start().trim_start_matches("```");
    out.push_str("<pre><code>");
    // "```text```" on one line is also a block.
    if let Some(text) = opening.strip_suffix("```") {
        escape(text, out);
        out.push_str("</code></pre>");
        return 1;
    }
    let mut taken = 1;
    for line in &lines[1..] {
        taken += 1;
        if line.trim() == "```" {
            break;
        }
        if let Some(last) = line.strip_suffix("```") {
            escape(last, out);
            break;
        }
        escape(line, out);
        out.push_str("\n");
    }
    out.push_str("</code></pre>");
    taken
}

fn inline(text: &str, depth: usize, out: &mut Page<'_>) {
    let mut rest = text;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let taken = marked(rest, before, depth, out).unwrap_or_else(|| {
            escape(&rest[..c.len_utf8()], out);
            c.len_utf8()
        });
        before = rest[..taken].chars().next_back().unwrap_or(' ');
        rest = &rest[taken..];
    }
}

/// Writes the markup at the start of `text` and returns its length.
fn marked(text: &str, before: char, depth: usize, out: &mut Page<'_>) -> Option<usize> {
    match text.as_bytes()[0] {
        b'\\' => {
            let next = text[1..].chars().next().filter(char::is_ascii_punctuation)?;
            escape(&text[1..1 + next.len_utf8()], out);
            Some(1 + next.len_utf8())
        }
        b'`' => code_span(text, out),
        b'<' => token(text, out),
        b'h' if !before.is_alphanumeric() => link(text, out),
        b'#' if !before.is_alphanumeric() => incident_link(text, out),
        b'A'..=b'Z' if !before.is_alphanumeric() && !matches!(before, '-' | '/' | '#' | '_') => {
            incident_link(text, out)
        }
        b'*' | b'_' | b'~' if depth < MAX_DEPTH => emphasis(text, before, depth, out),
        _ => None,
    }
}

fn code_span(text: &str, out: &mut Page<'_>) -> Option<usize> {
    let inner = text[1..].find('`').filter(|end| *end > 0)?;
    out.push_str("<code>");
    escape(&text[1..=inner], out);
    out.push_str("</code>");
    Some(inner + 2)
}

/// Writes `HOT-12` or `HOT-P12` as a link to the incident, and `#hot-12` as a link to its room.
fn incident_link(text: &str, out: &mut Page<'_>) -> Option<usize> {
    let room = text.starts_with('#');
    let written = |prefix: &&str| if room { format!("#{}-", prefix.to_lowercase()) } else { format!("{prefix}-") };
    let rest = out.key_prefixes.iter().find_map(|prefix| text.strip_prefix(written(prefix).as_str()))?;
    let number = rest.strip_prefix(['p', 'P']).unwrap_or(rest);
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let length = text.len() - number.len() + digits;
    let ends = !text[length..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if !(1..9).contains(&digits) || !ends {
        return None;
    }
    let name = &text[..length];
    if room {
        out.push_str(&format!("<a class=\"room\" href=\"/rooms/{}\">{name}</a>", &name[1..]));
    } else {
        out.push_str(&format!("<a class=\"key\" href=\"/incidents/{name}\">{name}</a>"));
    }
    Some(length)
}

fn link(text: &str, out: &mut Page<'_>) -> Option<usize> {
    let length = link_length(text)?;
    let mut address = String::new();
    escape_into(&text[..length], &mut address);
    out.push_str(&format!(
        "<a href=\"{address}\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">{address}</a>"
    ));
    Some(length)
}

/// Writes a token: `<t:1795269600:R>`, `<@ann>`, `<#hot-12>`, `<https://…>`.
fn token(text: &str, out: &mut Page<'_>) -> Option<usize> {
    let end = text.find('>').filter(|end| *end < 600)?;
    let inner = &text[1..end];
    let name = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !text.is_empty() && text.len() <= 64 && text.chars().all(plain)
    };
    if let Some(time) = inner.strip_prefix("t:") {
        out.push_str(&time_element(time)?);
    } else if let Some(person) = inner.strip_prefix('@').filter(|p| name(p)) {
        out.push_str(&format!("<span class=\"mention\" data-person=\"{person}\">@"));
        escape(&(out.names)(person).map_or_else(|| person.to_owned(), |name| visible(&name)), out);
        out.push_str("</span>");
    } else if let Some(room) = inner.strip_prefix('#').filter(|r| name(r)) {
        out.push_str(&format!("<a class=\"room\" href=\"/rooms/{room}\">#{room}</a>"));
    } else if link_length(inner) == Some(inner.len()) {
        link(inner, out)?;
    } else {
        return None;
    }
    Some(end + 1)
}

/// Returns a `<time>` element that is readable without JavaScript; the script converts it to the reader's time zone.
fn time_element(token: &str) -> Option<String> {
    let (seconds, style) = token.split_once(':').unwrap_or((token, "f"));
    let at = DateTime::from_timestamp(seconds.parse().ok()?, 0)?;
    let year = chrono::Datelike::year(&at);
    let known = matches!(style, "t" | "T" | "d" | "D" | "f" | "F" | "R") && (1970..3000).contains(&year);
    known.then(|| {
        let shown = if matches!(style, "t" | "T") { at.format("%H:%M UTC") } else { at.format("%Y-%m-%d %H:%M UTC") };
        format!("<time datetime=\"{}\" data-style=\"{style}\">{shown}</time>", at.format("%Y-%m-%dT%H:%M:%SZ"))
    })
}

fn emphasis(text: &str, before: char, depth: usize, out: &mut Page<'_>) -> Option<usize> {
    let marks = [("**", "strong"), ("__", "u"), ("~~", "s"), ("*", "em"), ("_", "em")];
    let (mark, tag) = marks.into_iter().find(|(mark, _)| text.starts_with(mark))?;
    // `snake_case` is a word, not italics.
    if mark.starts_with('_') && before.is_alphanumeric() {
        return None;
    }
    let inner = &text[mark.len()..];
    let end = closing(inner, mark)?;
    out.push_str(&format!("<{tag}>"));
    inline(&inner[..end], depth + 1, out);
    out.push_str(&format!("</{tag}>"));
    Some(mark.len() * 2 + end)
}

/// Returns the position of the closing mark: not escaped, not after a space, not at the very start.
fn closing(inner: &str, mark: &str) -> Option<usize> {
    if inner.starts_with(char::is_whitespace) {
        return None;
    }
    let mut escaped = false;
    for (at, c) in inner.char_indices().take(2000) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if at > 0 && inner[at..].starts_with(mark) && !inner[..at].ends_with(char::is_whitespace) {
            let after = inner[at + mark.len()..].chars().next();
            if mark.starts_with('_') && after.is_some_and(char::is_alphanumeric) {
                continue;
            }
            return Some(at);
        }
    }
    None
}

fn escape(text: &str, out: &mut Page<'_>) {
    escape_into(text, &mut out.html);
}

fn escape_into(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
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
}
