//! The wiki text of Jira Data Center into plain text with the marks of Markdown.

use super::readable;

/// Reads wiki text. Macros that are unknown stay as they are.
pub fn from_wiki(wiki: &str) -> String {
    let mut out = Vec::new();
    let (mut in_code, mut in_quote) = (false, false);
    for line in readable(wiki).replace('\r', "").split('\n') {
        if is_macro(line, "code") || is_macro(line, "noformat") {
            in_code = !in_code;
            out.push("```".to_owned());
            continue;
        }
        if in_code {
            out.push(line.to_owned());
            continue;
        }
        if is_macro(line, "quote") {
            in_quote = !in_quote;
            continue;
        }
        if is_macro(line, "panel") || is_macro(line, "color") {
            continue;
        }
        let mark = if in_quote { "> " } else { "" };
        out.push(format!("{mark}{}", line_text(line)));
    }
    if in_code {
        out.push("```".to_owned());
    }
    out.join("\n").trim().to_owned()
}

/// True if a line is nothing but the beginning or the end of a macro.
fn is_macro(line: &str, name: &str) -> bool {
    let inside = line.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    inside.is_some_and(|inside| !inside.contains(['{', '}']) && inside.split(':').next() == Some(name))
}

fn line_text(line: &str) -> String {
    let trimmed = line.trim_start();
    if let Some((mark, rest)) = trimmed.split_once(". ") {
        match mark {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => return format!("**{}**", inline(rest).replace("**", "")),
            "bq" => return format!("> {}", inline(rest)),
            _ => {}
        }
    }
    if let Some((bullets, rest)) = trimmed.split_once(' ')
        && !bullets.is_empty()
        && bullets.len() <= 6
        && bullets.chars().all(|c| matches!(c, '*' | '#' | '-'))
        && bullets != "--"
        && bullets != "---"
    {
        let indent = "  ".repeat(bullets.len() - 1);
        let mark = if bullets.ends_with('#') { "1." } else { "-" };
        return format!("{indent}{mark} {}", inline(rest));
    }
    inline(line)
}

/// Reads what is within a line.
fn inline(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let (text, taken) =
            token(rest, out.chars().next_back()).unwrap_or_else(|| (first.to_string(), first.len_utf8()));
        out.push_str(&text);
        rest = &rest[taken..];
    }
    out
}

/// The longest mark that is looked at, in bytes: a text full of beginnings without an end must not take long.
const LONGEST_MARK: usize = 4_096;

/// A text and how many bytes of the wiki text it stands for.
type Token = (String, usize);

/// Reads one mark at the beginning of a text; `None` if it begins with a plain character.
fn token(rest: &str, before: Option<char>) -> Option<Token> {
    let rest = &rest[..rest.floor_char_boundary(LONGEST_MARK)];
    let marks = [("{*}", "**"), ("{_}", ""), ("{-}", "")];
    if let Some((mark, shown)) = marks.into_iter().find(|(mark, _)| rest.starts_with(mark)) {
        return Some((shown.to_owned(), mark.len()));
    }
    match rest.chars().next()? {
        '\\' => escaped(rest),
        '&' => entity(rest),
        '{' => monospace(rest).or_else(|| dropped_macro(rest)),
        '[' => link(rest),
        '*' if before.is_none_or(|before| !before.is_alphanumeric() && before != '*') => strong(rest),
        _ => None,
    }
}

fn escaped(rest: &str) -> Option<Token> {
    let next = rest[1..].chars().next()?;
    match next {
        '\\' => Some(("\n".to_owned(), 2)),
        next if next.is_ascii_punctuation() => Some((next.to_string(), 2)),
        _ => None,
    }
}

fn entity(rest: &str) -> Option<Token> {
    let end = rest.find(';').filter(|end| *end <= 9)?;
    let text = match &rest[1..end] {
        "amp" => "&".to_owned(),
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        name => char::from_u32(name.strip_prefix('#')?.parse().ok()?)?.to_string(),
    };
    Some((text, end + 1))
}

fn monospace(rest: &str) -> Option<Token> {
    let inside = rest.strip_prefix("{{")?;
    let end = inside.find("}}").filter(|end| *end > 0)?;
    Some((format!("`{}`", inline(&inside[..end])), end + 4))
}

/// Colors and anchors are not shown.
fn dropped_macro(rest: &str) -> Option<Token> {
    let end = rest.find('}')?;
    let name = rest[1..end].split(':').next()?;
    matches!(name, "color" | "anchor").then(|| (String::new(), end + 1))
}

fn link(rest: &str) -> Option<Token> {
    let end = rest.match_indices(']').map(|(at, _)| at).find(|at| !rest[..*at].ends_with('\\'))?;
    let inside = &rest[1..end];
    if let Some(user) = inside.strip_prefix('~') {
        return Some((format!("@{}", user.trim_start_matches("accountid:")), end + 1));
    }
    let (text, url) = inside.rsplit_once('|').map_or((None, inside), |(text, url)| (Some(text), url));
    let url = url.trim();
    if !["http://", "https://", "mailto:"].iter().any(|scheme| url.starts_with(scheme)) {
        return None;
    }
    let shown = match text {
        Some(text) if text.trim() != url => format!("{} ({url})", inline(text.trim())),
        Some(_) | None => url.to_owned(),
    };
    Some((shown, end + 1))
}

fn strong(rest: &str) -> Option<Token> {
    let inside = &rest[1..];
    let end = inside.find('*').filter(|end| *end > 0)?;
    let (text, after) = (&inside[..end], inside[end + 1..].chars().next());
    let is_phrase = !text.starts_with(' ') && !text.ends_with([' ', '\\']) && !after.is_some_and(char::is_alphanumeric);
    is_phrase.then(|| (format!("**{}**", inline(text)), end + 2))
}
