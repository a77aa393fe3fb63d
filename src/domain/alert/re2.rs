//! Translates RE2, the syntax of Go and so of Alertmanager (`regexp/syntax/parse.go`), to the syntax of the `regex` crate.
//!
//! What neither accepts is passed on, so that compiling it fails.

/// Returns the pattern in Rust's syntax, with the same meaning.
pub(super) fn to_rust(pattern: &str) -> String {
    let mut translator = Translator { rest: pattern, out: String::with_capacity(pattern.len() + 8) };
    while let Some(c) = translator.bump() {
        match c {
            '\\' => translator.escape(),
            '[' => translator.class(),
            // A brace that is no repetition is a plain character.
            '{' => match repetition(translator.rest) {
                Some(length) => {
                    let (counts, rest) = translator.rest.split_at(length);
                    translator.out.push('{');
                    translator.out.push_str(counts);
                    translator.rest = rest;
                }
                None => translator.literal('{'),
            },
            _ => translator.out.push(c),
        }
    }
    translator.out
}

struct Translator<'a> {
    rest: &'a str,
    out: String,
}

/// A character of a class, or something else that a class may contain.
enum ClassItem {
    Character(char),
    /// A set of characters, in Rust's syntax.
    Set(String),
}

impl Translator<'_> {
    fn bump(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next();
        self.rest = chars.as_str();
        c
    }

    fn take(&mut self, prefix: &str) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Writes a plain character.
    fn literal(&mut self, c: char) {
        self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }

    /// Translates what follows a backslash outside a class.
    fn escape(&mut self) {
        if self.take("Q") {
            let (quoted, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
            self.out.push_str(&regex::escape(quoted));
            self.rest = rest;
        } else if self.take("b") {
            self.out.push_str("(?-u:\\b)");
        } else {
            match self.escaped() {
                Some(ClassItem::Character(c)) => self.literal(c),
                Some(ClassItem::Set(set)) => self.out.push_str(&set),
                None => self.out.push('\\'),
            }
        }
    }

    /// Returns what an escape stands for, in a class and outside; `None` at the end of the pattern.
    fn escaped(&mut self) -> Option<ClassItem> {
        let before = self.rest;
        let found = match self.bump()? {
            'd' => ClassItem::Set("[0-9]".to_owned()),
            'D' => ClassItem::Set("[^0-9]".to_owned()),
            'w' => ClassItem::Set("[0-9A-Za-z_]".to_owned()),
            'W' => ClassItem::Set("[^0-9A-Za-z_]".to_owned()),
            's' => ClassItem::Set("[\\t\\n\\f\\r ]".to_owned()),
            'S' => ClassItem::Set("[^\\t\\n\\f\\r ]".to_owned()),
            'a' => ClassItem::Character('\u{7}'),
            'f' => ClassItem::Character('\u{c}'),
            'n' => ClassItem::Character('\n'),
            'r' => ClassItem::Character('\r'),
            't' => ClassItem::Character('\t'),
            'v' => ClassItem::Character('\u{b}'),
            letter @ ('p' | 'P') => self.property(letter),
            'x' => match self.hexadecimal() {
                Some(c) => ClassItem::Character(c),
                None => self.as_written(before),
            },
            digit @ '0'..='7' if digit == '0' || self.rest.starts_with(|c| ('0'..='7').contains(&c)) => {
                ClassItem::Character(self.octal(digit))
            }
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => ClassItem::Character(c),
            _ => self.as_written(before),
        };
        Some(found)
    }

    /// Returns an escape as it is written.
    fn as_written(&self, before: &str) -> ClassItem {
        ClassItem::Set(format!("\\{}", &before[..before.len() - self.rest.len()]))
    }

    /// Returns a Unicode property: `\pN`, `\p{Greek}`, `\p{^Greek}`.
    fn property(&mut self, letter: char) -> ClassItem {
        let Some(braced) = self.rest.strip_prefix('{') else {
            let name = self.bump().map(String::from).unwrap_or_default();
            return ClassItem::Set(format!("\\{letter}{name}"));
        };
        let (name, rest) = braced.split_once('}').unwrap_or((braced, ""));
        self.rest = rest;
        match (name.strip_prefix('^'), letter) {
            (Some(name), 'p') => ClassItem::Set(format!("\\P{{{name}}}")),
            (Some(name), _) => ClassItem::Set(format!("\\p{{{name}}}")),
            (None, letter) => ClassItem::Set(format!("\\{letter}{{{name}}}")),
        }
    }

    /// Returns the character of `\x41` or `\x{1F600}`.
    fn hexadecimal(&mut self) -> Option<char> {
        let (digits, rest) = match self.rest.strip_prefix('{') {
            Some(braced) => braced.split_once('}')?,
            None => (self.rest.get(..2)?, self.rest.get(2..)?),
        };
        if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return None;
        }
        let c = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)?;
        self.rest = rest;
        Some(c)
    }

    /// Returns the character of up to three octal digits.
    fn octal(&mut self, first: char) -> char {
        let mut code = first.to_digit(8).unwrap_or_default();
        for _ in 0..2 {
            let Some(digit) = self.rest.chars().next().and_then(|c| c.to_digit(8)) else { break };
            code = code * 8 + digit;
            self.bump();
        }
        char::from_u32(code).unwrap_or_default()
    }

    /// Translates a class. In it `[`, `&&`, `--` and `~~` are plain characters, and so is a first `]`.
    fn class(&mut self) {
        self.out.push('[');
        if self.take("^") {
            self.out.push('^');
        }
        let mut first = true;
        while !self.rest.is_empty() {
            if !first && self.take("]") {
                self.out.push(']');
                return;
            }
            first = false;
            self.class_item();
        }
    }

    fn class_item(&mut self) {
        if let Some(length) = posix_class(self.rest) {
            let (name, rest) = self.rest.split_at(length);
            self.out.push_str(name);
            self.rest = rest;
            return;
        }
        match self.class_character() {
            Some(ClassItem::Character(low)) => {
                self.class_literal(low);
                let is_range =
                    self.rest.strip_prefix('-').is_some_and(|after| !after.is_empty() && !after.starts_with(']'));
                if is_range && self.take("-") {
                    self.out.push('-');
                    match self.class_character() {
                        Some(ClassItem::Character(high)) => self.class_literal(high),
                        // Go refuses it, and so does Rust with this escape.
                        Some(ClassItem::Set(_)) => self.out.push_str("\\E"),
                        None => {}
                    }
                }
            }
            Some(ClassItem::Set(set)) => self.out.push_str(&set),
            None => {}
        }
    }

    fn class_character(&mut self) -> Option<ClassItem> {
        match self.bump()? {
            '\\' => self.escaped(),
            c => Some(ClassItem::Character(c)),
        }
    }

    /// Writes a plain character of a class.
    fn class_literal(&mut self, c: char) {
        if c.is_ascii_punctuation() && c != '_' && c != '<' && c != '>' {
            self.out.push('\\');
        }
        self.out.push(c);
    }
}

/// Returns the length of a repetition after its first brace: `3}`, `3,}`, `3,5}`.
fn repetition(rest: &str) -> Option<usize> {
    let (counts, _) = rest.split_once('}')?;
    let number = |text: &str| {
        let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        digits && (text == "0" || !text.starts_with('0'))
    };
    let valid = match counts.split_once(',') {
        Some((least, most)) => number(least) && (most.is_empty() || number(most)),
        None => number(counts),
    };
    valid.then_some(counts.len() + 1)
}

/// Returns the length of `[:alpha:]` or `[:^alpha:]` at the beginning.
fn posix_class(rest: &str) -> Option<usize> {
    let name = rest.strip_prefix("[:")?.split_once(":]")?.0;
    let plain = name.strip_prefix('^').unwrap_or(name);
    (!plain.is_empty() && plain.chars().all(|c| c.is_ascii_lowercase())).then_some(name.len() + 4)
}
