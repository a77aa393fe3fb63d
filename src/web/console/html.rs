//! A post's texts as safe HTML.

use super::json::{FieldHtml, PostHtml};
use crate::chat::Post;

/// What a post shows. Its texts are chat markdown; whatever they hold, what comes out can be put into a page.
pub fn post(post: &Post) -> PostHtml {
    PostHtml {
        html: block(&post.text),
        title_html: post.title.as_deref().map(line),
        fields_html: post
            .fields
            .iter()
            .map(|field| FieldHtml { name: field.name.clone(), html: block(&field.value) })
            .collect(),
        footer_html: post.footer.as_deref().map(line),
    }
}

fn block(markdown: &str) -> String {
    line(markdown).replace('\n', "<br>")
}

fn line(markdown: &str) -> String {
    markdown
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
