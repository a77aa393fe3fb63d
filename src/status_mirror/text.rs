//! Texts of updates for pages that read HTML or Markdown in them.

/// Returns the text so that no HTML is read in it: what customers are to see is what was written.
pub(super) fn without_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' if begins_entity(&text[at + 1..]) => out.push_str("&amp;"),
            _ => out.push(c),
        }
    }
    out
}

/// True if what follows an ampersand would be read as a character reference.
fn begins_entity(rest: &str) -> bool {
    let Some((name, _)) = rest.split_once(';') else { return false };
    let name = name.strip_prefix('#').unwrap_or(name);
    !name.is_empty() && name.len() <= 32 && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// True for an id that may stand in a path.
pub fn is_plain_id(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=64).contains(&id.len()) && id.chars().all(plain)
}

/// Cuts a title to a number of characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_and_character_references_are_shown_as_they_were_written() {
        assert_eq!(
            without_html("R&D <b>a</b> & b; &lt; &#60; &; &a b;"),
            "R&D &lt;b>a&lt;/b> & b; &amp;lt; &amp;#60; &; &a b;"
        );
    }

    #[test]
    fn a_long_title_is_cut() {
        assert_eq!(cut("ü".repeat(300).as_str(), 255).chars().count(), 255);
        assert_eq!(cut("short", 255), "short");
    }
}
