//! A post's texts as safe HTML.

use super::json::{FieldHtml, PostHtml};
use crate::{chat::Post, render::safe_html};

/// What a post shows. Its texts are chat markdown; whatever they hold, what comes out can be put into a page.
pub fn post(post: &Post) -> PostHtml {
    PostHtml {
        html: safe_html(&post.text),
        title_html: post.title.as_deref().map(safe_html),
        fields_html: post
            .fields
            .iter()
            .map(|field| FieldHtml { name: plain(&field.name), html: safe_html(&field.value) })
            .collect(),
        footer_html: post.footer.as_deref().map(safe_html),
    }
}

/// Chat markdown that has no formats in it, as plain text: what the encoder escaped is as it was.
pub fn plain(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut chars = markdown.chars().peekable();
    while let Some(c) = chars.next() {
        let escapes = c == '\\' && chars.peek().is_some_and(char::is_ascii_punctuation);
        out.push(if escapes { chars.next().unwrap_or(c) } else { c });
    }
    crate::domain::text::visible(&out)
}
