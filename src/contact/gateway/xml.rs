//! Bodies of XML. The template is read far enough to know that its elements are closed and that each placeholder stands in
//! a text or in the quoted value of an attribute.

use super::template::{GatewayTemplate, Placeholder, Values};

/// A document with placeholders.
#[derive(Clone, Debug)]
pub(super) struct XmlTemplate(GatewayTemplate);

impl XmlTemplate {
    /// Parses a document.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        Reader { rest: text.trim(), open: Vec::new(), roots: 0 }.read()?;
        Ok(Self(GatewayTemplate::parse(text.trim())?))
    }

    /// The document with these values.
    pub fn fill(&self, values: &Values<'_>) -> String {
        self.0.fill(values, escape)
    }

    pub fn placeholders(&self) -> Vec<Placeholder> {
        self.0.placeholders().collect()
    }
}

/// Escapes a value for a text or an attribute. Characters that XML has not are left out.
fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // In an attribute they would become spaces.
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            '\0'..'\u{20}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

struct Reader<'a> {
    rest: &'a str,
    /// The elements around the current place.
    open: Vec<&'a str>,
    roots: usize,
}

impl<'a> Reader<'a> {
    fn read(mut self) -> Result<(), String> {
        while !self.rest.is_empty() {
            let at = self.rest.find('<').unwrap_or(self.rest.len());
            let (text, rest) = self.rest.split_at(at);
            if self.open.is_empty() && !text.trim().is_empty() {
                return Err("has text outside its element".to_owned());
            }
            self.rest = rest;
            if !rest.is_empty() {
                self.markup()?;
            }
        }
        match (self.open.last(), self.roots) {
            (Some(name), _) => Err(format!("has an element <{name}> that is not closed")),
            (None, 1) => Ok(()),
            (None, _) => Err("must have one element around everything".to_owned()),
        }
    }

    /// Reads what begins with `<`.
    fn markup(&mut self) -> Result<(), String> {
        for (begin, end) in [("<?", "?>"), ("<!--", "-->"), ("<![CDATA[", "]]>")] {
            if let Some(after) = self.rest.strip_prefix(begin) {
                let (inside, rest) = after.split_once(end).ok_or_else(|| format!("has {begin} without {end}"))?;
                if inside.contains("{{") {
                    return Err(format!("has a placeholder in {begin} … {end}, where nothing can be escaped"));
                }
                if begin == "<?" && inside.contains("encoding") && !inside.to_lowercase().contains("utf-8") {
                    return Err("declares another encoding than UTF-8".to_owned());
                }
                self.rest = rest;
                return Ok(());
            }
        }
        if self.rest.starts_with("<!") {
            return Err("has a DOCTYPE, which is not needed".to_owned());
        }
        let tag = self.tag()?;
        if let Some(name) = tag.strip_prefix('/') {
            return match self.open.pop() {
                Some(opened) if opened == name.trim() => Ok(()),
                Some(opened) => Err(format!("closes <{opened}> with </{}>", name.trim())),
                None => Err(format!("closes <{}>, which is not open", name.trim())),
            };
        }
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        let begins_well = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if !begins_well || name.contains(['{', '"', '\'', '&', '=']) {
            return Err("has a < that begins no element; write &lt;".to_owned());
        }
        self.roots += usize::from(self.open.is_empty());
        if !tag.ends_with('/') {
            self.open.push(name);
        }
        Ok(())
    }

    /// Takes the inside of a tag; a placeholder in it must be within quotes.
    fn tag(&mut self) -> Result<&'a str, String> {
        let text = &self.rest[1..];
        let mut quote = None;
        for (at, c) in text.char_indices() {
            match (quote, c) {
                (Some(open), c) if open == c => quote = None,
                (Some(_), '<') => return Err("has a < in an attribute; write &lt;".to_owned()),
                (Some(_), _) => {}
                (None, '"' | '\'') => quote = Some(c),
                (None, '>') => {
                    self.rest = &text[at + 1..];
                    return Ok(&text[..at]);
                }
                (None, '{') => {
                    return Err("has a placeholder in a tag outside quotes; write name=\"{{number}}\"".to_owned());
                }
                (None, '<') => break,
                (None, _) => {}
            }
        }
        Err("has a < without >".to_owned())
    }
}
