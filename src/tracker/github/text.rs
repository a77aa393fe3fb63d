//! Texts of issues and comments: the mark, and what must not act as GitHub's markup.

use crate::domain::tracker::IssueMark;

/// The longest title, body and name of a label, in characters.
const LONGEST_TITLE: usize = 256;
const LONGEST_BODY: usize = 60_000;
const LONGEST_LABEL: usize = 50;

/// It is not seen, and ends what would be a mention or a comment.
const JOINER: char = '\u{2060}';

/// A line of text for a title.
pub(super) fn title(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&line, LONGEST_TITLE)
}

/// The name of a label.
pub(super) fn label(text: &str) -> String {
    // A comma separates labels in queries.
    let line = text.replace(',', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST_LABEL).collect::<String>().trim_end().to_owned()
}

/// Markdown without mentions, which would notify people, and without HTML comments, which could be taken for a mark.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        out.push(c);
        let follows = rest.peek().copied().unwrap_or(' ');
        let is_mention = c == '@' && follows.is_ascii_alphanumeric() && !before.is_ascii_alphanumeric();
        let is_comment = c == '<' && follows == '!';
        if is_mention || is_comment {
            out.push(JOINER);
        }
        before = c;
    }
    cut(&out, LONGEST_BODY)
}

/// The body of a new issue.
pub(super) fn body(description: &str, room: Option<&str>, mark: &IssueMark) -> String {
    let room = room.map(room_line).unwrap_or_default();
    format!("{}{room}{}", markdown(description), mark_line(mark))
}

/// The line that leads to the room.
pub(super) fn room_line(url: &str) -> String {
    format!("\n\nHot room: {url}")
}

/// The line that holds a mark. It is not shown.
pub(super) fn mark_line(mark: &IssueMark) -> String {
    format!("\n\n<!-- {mark} -->")
}

/// The marks in a body.
pub(super) fn marks(body: &str) -> Vec<String> {
    let comments = body.split("<!--").skip(1).filter_map(|part| Some(part.split_once("-->")?.0.trim()));
    let is_mark =
        |text: &&str| text.starts_with("hotroom-") && text.len() <= 200 && !text.contains(char::is_whitespace);
    comments.filter(is_mark).map(str::to_owned).collect()
}

/// A body without HTML comments.
pub(super) fn without_comments(body: &str) -> String {
    let mut out = String::new();
    let mut rest = body;
    while let Some((before, comment)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out.trim().to_owned()
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
