//! Parses rendered chat markdown into a [`Post`].

use crate::{
    chat::{Button, ButtonStyle, Field, Post, PostKind, markdown::bounded},
    domain::text::cut,
};

/// Limits of chat platforms (Discord's, the strictest known), in characters.
const MAX_TITLE: usize = 256;
const MAX_TEXT: usize = 3500;
const MAX_FIELDS: usize = 25;
const MAX_FIELD_NAME: usize = 100;
const MAX_FIELD: usize = 1000;
const MAX_FOOTER: usize = 500;
const MAX_BUTTONS: usize = 25;
const MAX_LABEL: usize = 80;

/// Parses a rendered template: `# title`, text, `## field`, `-# footer`, `>> style | label | command | confirm`.
///
/// Untrusted text cannot produce these markers: its `#` and `>` are escaped, and it has no line breaks or its lines are
/// escaped with `\` where they would be markup.
pub fn post_of(kind: PostKind, rendered: &str) -> Post {
    let mut post = Post { kind, ..Post::default() };
    let mut text: Vec<&str> = Vec::new();
    for line in rendered.lines().map(str::trim_end) {
        if post.title.is_none()
            && let Some(title) = line.strip_prefix("# ")
        {
            post.title = Some(bounded(title.trim(), MAX_TITLE));
        } else if let Some(name) = line.strip_prefix("## ") {
            if post.fields.len() < MAX_FIELDS {
                post.fields.push(Field { name: bounded(name.trim(), MAX_FIELD_NAME), value: String::new() });
            }
        } else if let Some(footer) = line.strip_prefix("-# ") {
            post.footer = Some(bounded(footer.trim(), MAX_FOOTER));
        } else if let Some(button) = line.strip_prefix(">> ") {
            if post.buttons.len() < MAX_BUTTONS {
                post.buttons.extend(button_of(button));
            }
        } else if let Some(field) = post.fields.last_mut() {
            field.value.push_str(line);
            field.value.push('\n');
        } else {
            text.push(line);
        }
    }
    post.text = bounded(squeezed(&text).trim(), MAX_TEXT);
    for field in &mut post.fields {
        field.value = bounded(field.value.trim(), MAX_FIELD);
    }
    post.fields.retain(|field| !field.value.is_empty());
    post
}

/// Joins lines with at most one empty line between them: templates leave some where a condition was false.
fn squeezed(lines: &[&str]) -> String {
    let mut out = String::new();
    let mut empty = 0;
    for line in lines {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

fn button_of(line: &str) -> Option<Button> {
    let mut parts = split_bars(line).into_iter();
    let style = match parts.next()?.as_str() {
        "primary" => ButtonStyle::Primary,
        "danger" => ButtonStyle::Danger,
        _ => ButtonStyle::Secondary,
    };
    let label = cut(&parts.next()?, MAX_LABEL);
    let command = parts.next()?;
    let confirm = parts.next().filter(|text| !text.is_empty());
    Some(Button { label, command, style, confirm, version: None })
}

/// Splits at ` | `; an escaped bar is part of the text. Labels and commands are plain text, so escaping backslashes are
/// removed.
fn split_bars(line: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        let part = parts.last_mut().expect("there is always a last part");
        match c {
            '\\' => part.extend(chars.next()),
            '|' => parts.push(String::new()),
            _ => part.push(c),
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).collect()
}

/// Formats a duration for people: `45 s`, `12 min`, `1 h 12 min`, `2 d 3 h`.
pub(super) fn span(seconds: u64) -> String {
    let (unit, small) = match seconds {
        0..60 => return format!("{seconds} s"),
        60..3600 => return format!("{} min", seconds / 60),
        3600..86_400 => ((seconds / 3600, "h"), (seconds % 3600 / 60, "min")),
        _ => ((seconds / 86_400, "d"), (seconds % 86_400 / 3600, "h")),
    };
    if small.0 == 0 {
        format!("{} {}", unit.0, unit.1)
    } else {
        format!("{} {} {} {}", unit.0, unit.1, small.0, small.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_taken_apart_by_its_marks() {
        let post = post_of(
            PostKind::Card,
            "# HOT-12 down\ntext\n\n\n\nmore\n## Status\nInvestigating\n## Empty\n\n-# small\n>> primary | Take it | /x y | Sure?\n",
        );
        assert_eq!(post.title.as_deref(), Some("HOT-12 down"));
        assert_eq!(post.text, "text\n\nmore");
        assert_eq!(post.fields, [Field { name: "Status".into(), value: "Investigating".into() }]);
        assert_eq!(post.footer.as_deref(), Some("small"));
        let button = &post.buttons[0];
        assert_eq!((button.label.as_str(), button.command.as_str()), ("Take it", "/x y"));
        assert_eq!((button.style, button.confirm.as_deref()), (ButtonStyle::Primary, Some("Sure?")));
    }

    #[test]
    fn text_from_outside_cannot_make_a_button_or_a_field() {
        let hostile = super::super::encode::chat_block("## Status\n>> primary | Pay | /pay\n-# sig\n# title", 500);
        let post = post_of(PostKind::Line, &hostile);
        assert_eq!((post.title, post.footer, post.fields.len(), post.buttons.len()), (None, None, 0, 0));
        assert!(post.text.contains("Pay"));
    }

    #[test]
    fn spans_are_read_at_a_glance() {
        let all: Vec<String> = [0, 59, 60, 3599, 3600, 4320, 86_400, 97_200].map(span).to_vec();
        assert_eq!(all, ["0 s", "59 s", "1 min", "59 min", "1 h", "1 h 12 min", "1 d", "1 d 3 h"]);
    }
}
