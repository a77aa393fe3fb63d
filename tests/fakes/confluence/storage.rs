//! Reads the storage format: well-formed XML of the elements that Confluence knows.

/// Elements that stand for themselves.
const ELEMENTS: [&str; 38] = [
    "p",
    "br",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "strong",
    "em",
    "u",
    "del",
    "sub",
    "sup",
    "code",
    "a",
    "span",
    "div",
    "table",
    "tbody",
    "tr",
    "th",
    "td",
    "time",
    "ac:structured-macro",
    "ac:parameter",
    "ac:plain-text-body",
    "ac:rich-text-body",
    "ac:link",
    "ac:image",
    "ac:task-list",
    "ri:attachment",
];

/// Checks a body.
pub fn check_storage(text: &str) -> Result<(), String> {
    let mut open: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        check_text(&rest[..at])?;
        rest = &rest[at..];
        if let Some(data) = rest.strip_prefix("<![CDATA[") {
            if open.last().map(String::as_str) != Some("ac:plain-text-body") {
                return Err("a CDATA section outside of ac:plain-text-body".to_owned());
            }
            let end = data.find("]]>").ok_or("a CDATA section without an end")?;
            check_characters(&data[..end])?;
            rest = &data[end + 3..];
            continue;
        }
        let end = rest.find('>').ok_or("a tag without an end")?;
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            match open.pop() {
                Some(opened) if opened == name => {}
                opened => return Err(format!("</{name}> closes {opened:?}")),
            }
            continue;
        }
        let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        if !ELEMENTS.contains(&name) {
            return Err(format!("<{name}> is not known"));
        }
        check_attributes(attributes)?;
        if !empty {
            open.push(name.to_owned());
        }
    }
    check_text(rest)?;
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} is not closed")) }
}

fn check_attributes(text: &str) -> Result<(), String> {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").ok_or(format!("{rest:?} is no attribute"))?;
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '-')) {
            return Err(format!("{name:?} is no name of an attribute"));
        }
        let (value, after) = after.split_once('"').ok_or("an attribute without an end")?;
        check_text(value)?;
        rest = after.trim_start();
    }
    Ok(())
}

fn check_text(text: &str) -> Result<(), String> {
    check_characters(text)?;
    if text.contains("]]>") {
        return Err("]]> outside of a CDATA section".to_owned());
    }
    for (at, _) in text.match_indices('&') {
        let name = text[at + 1..].split(';').next().unwrap_or_default();
        if !matches!(name, "amp" | "lt" | "gt" | "quot" | "apos" | "nbsp") || !text[at..].contains(';') {
            return Err(format!("&{name} is no entity"));
        }
    }
    Ok(())
}

fn check_characters(text: &str) -> Result<(), String> {
    let bad = |c: &char| (*c < ' ' && !matches!(c, '\n' | '\t' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    match text.chars().find(bad) {
        Some(c) => Err(format!("{c:?} is no character of XML")),
        None => Ok(()),
    }
}
