//! A post's texts as safe HTML.

use super::json::{FieldHtml, PostHtml};
use crate::{chat::Post, web::pages::words::ConfigNames};

/// Renders a post as safe HTML. Its texts are untrusted chat markdown; the result may be inserted into a page.
pub fn post(words: ConfigNames<'_>, post: &Post) -> PostHtml {
    let safe = |markdown: &str| words.html(markdown);
    PostHtml {
        html: safe(&post.text),
        title_html: post.title.as_deref().map(safe),
        fields_html: post
            .fields
            .iter()
            .map(|field| FieldHtml { name: plain(&field.name), html: safe(&field.value) })
            .collect(),
        footer_html: post.footer.as_deref().map(safe),
    }
}

/// Converts chat markdown without formatting to plain text by undoing the encoder's escapes.
pub fn plain(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut chars = markdown.chars().peekable();
    while let Some(c) = chars.next() {
        let escapes = c == '\\' && chars.peek().is_some_and(char::is_ascii_punctuation);
        out.push(if escapes { chars.next().unwrap_or(c) } else { c });
    }
    crate::domain::text::visible(&out)
}
