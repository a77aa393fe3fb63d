//! A lenient JSON parser for untrusted input.
//!
//! Depth and size are checked on the bytes before any value is built. Numbers stay text, so that their size is
//! unlimited. The parser accepts as much as possible: the last of two equal keys wins, a byte order mark is skipped,
//! and invalid bytes or escapes become U+FFFD, because an alert with one broken character is still an alert.

use super::Unreadable;

/// Maximum nesting depth.
const DEEPEST: usize = 64;
/// Maximum number of values.
const MOST_VALUES: usize = 400_000;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// Names and values, in the order written.
    Object(Vec<(String, Json)>),
}

/// A parsed document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonDocument {
    /// The root value.
    pub root: Json,
    /// True if invalid bytes were replaced.
    pub mended: bool,
}

/// Parses a document. Fails with the byte position of the error.
pub fn parse(bytes: &[u8]) -> Result<JsonDocument, Unreadable> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable::new("the body is empty", "byte 0"));
    }
    measure(bytes)?;
    let mut reader = Reader { bytes, at: 0, mended: false };
    let root = reader.value()?;
    reader.skip_space();
    if reader.at < bytes.len() {
        return Err(reader.wrong("something follows the end of the document"));
    }
    Ok(JsonDocument { root, mended: reader.mended })
}

/// Checks depth and size without building anything.
fn measure(bytes: &[u8]) -> Result<(), Unreadable> {
    let (mut depth, mut values, mut quoted, mut escaped) = (0_usize, 1_usize, false, false);
    for (at, byte) in bytes.iter().enumerate() {
        if quoted {
            quoted = escaped || *byte != b'"';
            escaped = *byte == b'\\' && !escaped;
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'[' | b'{' => {
                depth += 1;
                values += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' | b':' => values += 1,
            _ => {}
        }
        if depth > DEEPEST {
            return Err(Unreadable::new(format!("nested more than {DEEPEST} deep"), format!("byte {at}")));
        }
        if values > MOST_VALUES {
            return Err(Unreadable::new(format!("more than {MOST_VALUES} values"), format!("byte {at}")));
        }
    }
    Ok(())
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    mended: bool,
}

impl Reader<'_> {
    fn wrong(&self, what: &str) -> Unreadable {
        Unreadable::new(what, format!("byte {}", self.at))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn value(&mut self) -> Result<Json, Unreadable> {
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.object(),
            Some(b'[') => self.list(),
            Some(b'"') => Ok(Json::Text(self.text()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(_) => Err(self.wrong("this is no JSON value")),
            None => Err(self.wrong("the document ends too early")),
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, Unreadable> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.wrong("this is no JSON value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn list(&mut self) -> Result<Json, Unreadable> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.take(b']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value()?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Json::List(items));
            }
            self.comma()?;
        }
    }

    fn object(&mut self) -> Result<Json, Unreadable> {
        self.at += 1;
        let mut members = Vec::new();
        self.skip_space();
        if self.take(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.wrong("a name in quotes should stand here"));
            }
            let name = self.text()?;
            self.skip_space();
            if !self.take(b':') {
                return Err(self.wrong("a colon should stand here"));
            }
            members.push((name, self.value()?));
            self.skip_space();
            if self.take(b'}') {
                return Ok(Json::Object(members));
            }
            self.comma()?;
        }
    }

    fn comma(&mut self) -> Result<(), Unreadable> {
        match self.take(b',') {
            true => Ok(()),
            false if self.at >= self.bytes.len() => Err(self.wrong("the document ends too early")),
            false => Err(self.wrong("a comma should stand here")),
        }
    }

    fn number(&mut self) -> Result<Json, Unreadable> {
        let start = self.at;
        self.take(b'-');
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (leading_zero && whole > 1) {
            return Err(self.wrong("this is no JSON number"));
        }
        if self.take(b'.') && self.digits() == 0 {
            return Err(self.wrong("this is no JSON number"));
        }
        if self.take(b'e') || self.take(b'E') {
            let _signed = self.take(b'+') || self.take(b'-');
            if self.digits() == 0 {
                return Err(self.wrong("this is no JSON number"));
            }
        }
        Ok(Json::Number(String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned()))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn text(&mut self) -> Result<String, Unreadable> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.bytes[self.at..];
            let Some(length) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) else {
                self.at = self.bytes.len();
                return Err(self.wrong("a text does not end"));
            };
            self.plain(&mut out, &rest[..length]);
            self.at += length + 1;
            if rest[length] == b'"' {
                return Ok(out);
            }
            self.escape(&mut out)?;
        }
    }

    /// Reads text without escapes. Unescaped control characters are invalid JSON but accepted as they are.
    fn plain(&mut self, out: &mut String, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        self.mended |= matches!(text, std::borrow::Cow::Owned(_));
        out.push_str(&text);
    }

    fn escape(&mut self, out: &mut String) -> Result<(), Unreadable> {
        let Some(letter) = self.peek() else { return Err(self.wrong("a text does not end")) };
        self.at += 1;
        let plain = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode()?,
            _ => return Err(self.wrong("there is no such escape")),
        };
        out.push(plain);
        Ok(())
    }

    fn unicode(&mut self) -> Result<char, Unreadable> {
        let first = self.hex()?;
        if (0xD800..0xDC00).contains(&first) && self.bytes[self.at..].starts_with(b"\\u") {
            let back = self.at;
            self.at += 2;
            let second = self.hex()?;
            if (0xDC00..0xE000).contains(&second) {
                let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = back;
        }
        Ok(char::from_u32(first).unwrap_or_else(|| {
            self.mended = true;
            char::REPLACEMENT_CHARACTER
        }))
    }

    fn hex(&mut self) -> Result<u32, Unreadable> {
        let digits = self.bytes.get(self.at..self.at + 4).filter(|four| four.iter().all(u8::is_ascii_hexdigit));
        let text = digits.and_then(|four| std::str::from_utf8(four).ok());
        let code = text.and_then(|four| u32::from_str_radix(four, 16).ok());
        let code = code.ok_or_else(|| self.wrong("four hex digits should stand here"))?;
        self.at += 4;
        Ok(code)
    }
}

impl Json {
    /// Returns a member of an object; the last one if the name occurs several times.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.members()?.iter().rev().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// Returns the first of several names that exists and is not null.
    pub fn first_of(&self, names: &[&str]) -> Option<&Json> {
        names.iter().find_map(|name| self.get(name).filter(|value| **value != Json::Null))
    }

    /// Returns the value at a JSON pointer (RFC 6901).
    pub fn pointer(&self, pointer: &str) -> Option<&Json> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |value, token| {
            let name = token.replace("~1", "/").replace("~0", "~");
            match value {
                Json::List(items) => items.get(name.parse::<usize>().ok()?),
                Json::Object(_) => value.get(&name),
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => None,
            }
        })
    }

    /// Returns the members of an object.
    pub fn members(&self) -> Option<&[(String, Json)]> {
        match self {
            Json::Object(members) => Some(members),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_) => None,
        }
    }

    /// Returns the items of a list.
    pub fn items(&self) -> Option<&[Json]> {
        match self {
            Json::List(items) => Some(items),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Object(_) => None,
        }
    }

    /// Returns the value as text: a text unchanged, a number or boolean as written, a list or object as JSON. `None`
    /// for null.
    pub fn to_text(&self) -> Option<String> {
        match self {
            Json::Null => None,
            Json::Bool(truth) => Some(truth.to_string()),
            Json::Number(text) | Json::Text(text) => Some(text.clone()),
            Json::List(_) | Json::Object(_) => {
                let mut out = String::new();
                self.write(&mut out);
                Some(out)
            }
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Json::Number(text) => out.push_str(text),
            Json::Text(text) => write_text(text, out),
            Json::List(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    out.push_str(if place == 0 { "" } else { "," });
                    item.write(out);
                }
                out.push(']');
            }
            Json::Object(members) => {
                out.push('{');
                for (place, (name, value)) in members.iter().enumerate() {
                    out.push_str(if place == 0 { "" } else { "," });
                    write_text(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// Returns the type of the value, for error messages.
    pub fn sort(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "true or false",
            Json::Number(_) => "a number",
            Json::Text(_) => "a text",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
