//! Assigns the words of a line to the options of its command.

use super::{
    Act, Bare, CallContext, Catalog, CommandSpec, MAX_SAID, OptionKind, OptionSpec, Query, Request, Root, UsageError,
    Vocabulary, field,
    lex::{LineToken, lex},
    parse_context::ParseContext,
    value,
    vocabulary::{likeness, nearest},
};
use crate::{command::KnownName, domain::text::Untrusted};

/// Maximum number of options in one invocation.
const MAX_GIVEN: usize = 64;
/// Maximum number of words in a time, a duration or a name.
const MAX_PHRASE: usize = 5;

/// A bound line, before its values are parsed.
pub(super) enum BoundLine<'a> {
    /// A root without a command.
    Bare(Request),
    /// A command with the text of its options.
    Command { spec: &'a CommandSpec, raw: Vec<RawOption>, from_form: bool },
}

/// The text of one option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RawOption {
    pub name: String,
    pub text: String,
}

/// Binds a typed line.
pub(super) fn text<'a>(
    catalog: &'a Catalog,
    vocabulary: &Vocabulary,
    line: &str,
    place: &CallContext,
) -> Result<BoundLine<'a>, UsageError> {
    if line.len() > MAX_SAID {
        return Err(UsageError::TooMuch { max: MAX_SAID });
    }
    let line = line.trim_start().trim_start_matches('/');
    let tokens = lex(line);
    let Some(first) = tokens.first() else { return Err(UsageError::Nothing) };
    let word = &line[first.span.clone()];
    let Some(root) = catalog.root(word) else { return Err(unknown_root(catalog, word)) };
    let (spec, rest) = match tokens.get(1).and_then(|t| root.command(&line[t.span.clone()])) {
        Some(spec) if !spec.name.is_empty() => (spec, &tokens[2..]),
        _ => match (root.command(""), tokens.get(1)) {
            (Some(spec), _) => (spec, &tokens[1..]),
            (None, Some(word)) => return Err(unknown_command(root, &line[word.span.clone()])),
            (None, None) => return Ok(bare_root(catalog, root)),
        },
    };
    // `/incident task add …` names the command twice; in quotation marks, the task itself begins with "add".
    let named_twice = spec.act == Act::Task && rest.len() > 1 && line[rest[0].span.clone()].eq_ignore_ascii_case("add");
    let rest = if named_twice { &rest[1..] } else { rest };
    let context = ParseContext { catalog, vocabulary, place, spec, version: None };
    let raw = Binder { line, context, raw: Vec::new() }.bind(rest)?;
    Ok(BoundLine::Command { spec, raw, from_form: false })
}

/// Binds a form or an interaction.
pub(super) fn options<'a>(
    catalog: &'a Catalog,
    command: &str,
    options: &[(String, String)],
) -> Result<BoundLine<'a>, UsageError> {
    let length: usize = options.iter().map(|(name, text)| name.len() + text.len()).sum();
    if length + command.len() > MAX_SAID || options.len() > MAX_GIVEN {
        return Err(UsageError::TooMuch { max: MAX_SAID });
    }
    let spec = catalog.command(command).ok_or_else(|| {
        let near = command.split_whitespace().next().and_then(|word| catalog.root(word.trim_start_matches('/')));
        match (near, command.split_whitespace().nth(1)) {
            (Some(root), Some(word)) => unknown_command(root, word),
            (Some(root), None) => unknown_command(root, ""),
            (None, _) => unknown_root(catalog, command.trim_start_matches('/')),
        }
    })?;
    let mut raw = Vec::new();
    for (name, text) in options.iter().filter(|(_, text)| !text.trim().is_empty()) {
        let option = named(spec, name).ok_or_else(|| unknown_option(spec, name))?;
        push(spec, &mut raw, option, component_text(option, name, text))?;
    }
    Ok(BoundLine::Command { spec, raw, from_form: true })
}

fn bare_root<'a>(catalog: &'a Catalog, root: &'a Root) -> BoundLine<'a> {
    match root.bare.as_deref().and_then(|path| catalog.command(path)) {
        Some(spec) => BoundLine::Command { spec, raw: Vec::new(), from_form: false },
        None => BoundLine::Bare(Request::Query(Query::Help { command: Some(root.name.clone()) })),
    }
}

fn unknown_root(catalog: &Catalog, said: &str) -> UsageError {
    let known: Vec<KnownName> = catalog
        .roots
        .iter()
        .flat_map(|r| r.aliases.iter().chain([&r.name]))
        .map(|n| KnownName::new(n.clone(), ""))
        .collect();
    let mut near = nearest(&known, said);
    // People who forget the root type `/declare`.
    near.extend(catalog.commands().filter(|c| c.name == said.to_lowercase()).map(|c| c.path.clone()));
    near.truncate(3);
    let known = catalog.roots.iter().map(|r| r.name.clone()).collect();
    UsageError::UnknownCommand { said: Untrusted::new(said), near, known }
}

fn unknown_command(root: &Root, said: &str) -> UsageError {
    let known: Vec<KnownName> = root.commands.iter().map(|c| KnownName::new(c.name.clone(), "")).collect();
    let full = |name: String| format!("{} {name}", root.name);
    UsageError::UnknownCommand {
        said: Untrusted::new(format!("{} {said}", root.name).trim()),
        near: nearest(&known, said).into_iter().map(full).collect(),
        known: root.commands.iter().filter(|c| !c.button).map(|c| c.path.clone()).collect(),
    }
}

pub(super) fn unknown_option(spec: &CommandSpec, said: &str) -> UsageError {
    let known: Vec<KnownName> = spec.options.iter().map(|o| KnownName::new(o.name.clone(), o.label.clone())).collect();
    UsageError::UnknownOption {
        command: spec.path.clone(),
        said: Untrusted::new(said),
        near: nearest(&known, said),
        known: spec.options.iter().map(|o| o.name.clone()).collect(),
        usage: spec.usage(),
    }
}

/// Finds an option by name; the picker writes `components.checkout` for `components:checkout=…`.
fn named<'a>(spec: &'a CommandSpec, name: &str) -> Option<&'a OptionSpec> {
    let name = name.to_lowercase();
    let base = name.split_once('.').map_or(name.as_str(), |(base, _)| base);
    spec.option(base).filter(|o| base == name || matches!(o.kind, OptionKind::Components | OptionKind::Fields))
}

fn component_text(option: &OptionSpec, name: &str, text: &str) -> String {
    match name.split_once('.') {
        Some((_, component)) if option.kind == OptionKind::Components => format!("{component}={text}"),
        Some((_, field)) if option.kind == OptionKind::Fields => field::pair(field, text),
        _ => text.to_owned(),
    }
}

fn push(spec: &CommandSpec, raw: &mut Vec<RawOption>, option: &OptionSpec, text: String) -> Result<(), UsageError> {
    match raw.iter_mut().find(|r| r.name == option.name) {
        None => raw.push(RawOption { name: option.name.clone(), text }),
        Some(before) if option.kind == OptionKind::Fields => before.text.push_str(&text),
        Some(before) if matches!(option.kind, OptionKind::Components | OptionKind::People) => {
            before.text = format!("{},{text}", before.text);
        }
        Some(_) => return Err(UsageError::Twice { command: spec.path.clone(), option: option.name.clone() }),
    }
    Ok(())
}

struct Binder<'a, 'v> {
    line: &'v str,
    context: ParseContext<'a, 'v>,
    raw: Vec<RawOption>,
}

impl<'a> Binder<'a, '_> {
    fn bind(mut self, tokens: &[LineToken<'_>]) -> Result<Vec<RawOption>, UsageError> {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            self.check_incident_is_meant(token, at, tokens)?;
            at += match self.option_of(token)? {
                Some(option) => self.take_named(option, &tokens[at..])?,
                None => self.take_positional(&tokens[at..])?,
            };
        }
        Ok(self.raw)
    }

    /// In a room, refuses an incident that is named between the words of a text: people quote keys, and what was written
    /// in a private room would end up in another incident. At the beginning and at the end it is meant.
    fn check_incident_is_meant(
        &self,
        token: &LineToken<'_>,
        at: usize,
        tokens: &[LineToken<'_>],
    ) -> Result<(), UsageError> {
        let names = token.key.is_some_and(|key| key.eq_ignore_ascii_case("incident")) && !token.quoted;
        let follows_text = at > 0 && tokens[at - 1].key.is_none();
        let text_follows = tokens.get(at + 1).is_some_and(|next| next.key.is_none());
        let last = self.raw.last().and_then(|raw| self.context.spec.option(&raw.name));
        let in_text = last.is_some_and(|option| matches!(option.kind, OptionKind::Line | OptionKind::Text));
        if names && in_text && follows_text && text_follows && self.context.place.incident_of_room.is_some() {
            return Err(UsageError::IncidentInText { said: Untrusted::new(&self.line[token.span.clone()]) });
        }
        Ok(())
    }

    /// Returns the option that a token names. A near match is an error; any other `word:word` is text.
    fn option_of(&self, token: &LineToken<'_>) -> Result<Option<&'a OptionSpec>, UsageError> {
        let Some(key) = token.key else { return Ok(None) };
        let spec = self.context.spec;
        if let Some(option) = named(spec, key) {
            let spaced = token.value.is_empty() && !token.quoted;
            return Ok((!(spaced && self.in_text())).then_some(option));
        }
        let nearly = spec.options.iter().any(|o| likeness(&o.name, key) >= 0.75 && key.len() > 3);
        let takes_words = |o: &OptionSpec| matches!(o.kind, OptionKind::Line | OptionKind::Text | OptionKind::Fields);
        let text_next = self.next_positional().is_some_and(takes_words);
        if nearly || !text_next { Err(unknown_option(spec, key)) } else { Ok(None) }
    }

    fn in_text(&self) -> bool {
        self.next_positional().is_some_and(|o| o.kind.swallows())
    }

    /// Returns the next positional option that was not given by name.
    fn next_positional(&self) -> Option<&'a OptionSpec> {
        let given = |o: &&OptionSpec| self.raw.iter().any(|r| r.name == o.name);
        self.context.spec.options.iter().filter(|o| o.positional).find(|o| !given(o))
    }

    /// Appends words after a named option to its text.
    fn go_on(&mut self, tokens: &[LineToken<'_>]) -> Result<Option<usize>, UsageError> {
        let last = self.context.spec.options.iter().rfind(|o| o.positional);
        let Some(option) = last.filter(|o| matches!(o.kind, OptionKind::Line | OptionKind::Text)) else {
            return Ok(None);
        };
        let (text, used) = self.phrase(option, tokens)?;
        if let Some(before) = self.raw.iter_mut().find(|r| r.name == option.name) {
            before.text = format!("{} {text}", before.text);
        }
        Ok(Some(used))
    }

    fn take_named(&mut self, option: &'a OptionSpec, tokens: &[LineToken<'_>]) -> Result<usize, UsageError> {
        let token = &tokens[0];
        let name = token.key.unwrap_or_default();
        let (text, used) = if token.open {
            return Err(self.unclosed(token));
        } else if token.quoted {
            (token.value.clone(), 1)
        } else if token.value.is_empty() {
            let (text, used) = self.phrase(option, &tokens[1..])?;
            (text, used + 1)
        } else if option.kind.swallows() {
            self.swallow(token.value_start, tokens)?
        } else {
            self.longest(option, token.value_start, tokens)
        };
        push(self.context.spec, &mut self.raw, option, component_text(option, name, &text))?;
        Ok(used)
    }

    fn take_positional(&mut self, tokens: &[LineToken<'_>]) -> Result<usize, UsageError> {
        let Some(option) = self.next_positional() else {
            if let Some(used) = self.go_on(tokens)? {
                return Ok(used);
            }
            let extra = Untrusted::new(&self.line[tokens[0].span.start..]);
            let spec = self.context.spec;
            return Err(UsageError::TooMany { command: spec.path.clone(), extra, usage: spec.usage() });
        };
        let (text, used) = self.phrase(option, tokens)?;
        push(self.context.spec, &mut self.raw, option, text)?;
        Ok(used)
    }

    /// Reads a value that starts with its own token.
    fn phrase(&self, option: &'a OptionSpec, tokens: &[LineToken<'_>]) -> Result<(String, usize), UsageError> {
        let Some(token) = tokens.first() else { return Ok((String::new(), 0)) };
        if token.open {
            return Err(self.unclosed(token));
        }
        if option.kind.swallows() {
            return self.swallow(token.span.start, tokens);
        }
        if token.quoted && token.key.is_none() {
            return Ok((token.value.clone(), 1));
        }
        Ok(self.longest(option, token.span.start, tokens))
    }

    /// Reads a text up to the next named option or the end of the line, as typed. A single quoted text loses its
    /// quotation marks.
    fn swallow(&self, start: usize, tokens: &[LineToken<'_>]) -> Result<(String, usize), UsageError> {
        let mut used = 1;
        while let Some(token) = tokens.get(used) {
            if self.ends_text(token)? {
                break;
            }
            used += 1;
        }
        if let [only] = &tokens[..used]
            && only.quoted
            && only.key.is_none()
        {
            return Ok((only.value.clone(), 1));
        }
        Ok((self.line[start..tokens[used - 1].span.end].to_owned(), used))
    }

    /// True if a token within a text names an option. Fails when the name is a near match.
    fn ends_text(&self, token: &LineToken<'_>) -> Result<bool, UsageError> {
        let Some(key) = token.key else { return Ok(false) };
        if token.value.is_empty() && !token.quoted {
            return Ok(false);
        }
        let spec = self.context.spec;
        if named(spec, key).is_some() {
            return Ok(true);
        }
        let nearly = key.len() > 3 && spec.options.iter().any(|o| likeness(&o.name, key) >= 0.75);
        if nearly { Err(unknown_option(spec, key)) } else { Ok(false) }
    }

    /// Takes the longest run of words that parses: `yesterday 14:05`, `incident manager`.
    fn longest(&self, option: &OptionSpec, start: usize, tokens: &[LineToken<'_>]) -> (String, usize) {
        let free = tokens[1..].iter().take_while(|t| t.key.is_none() && !t.quoted).count();
        let text = |used: usize| &self.line[start..tokens[used - 1].span.end];
        let most = (free + 1).min(MAX_PHRASE);
        let used = (2..=most).rev().find(|used| value::read(&self.context, option, text(*used)).is_ok()).unwrap_or(1);
        (text(used).to_owned(), used)
    }

    fn unclosed(&self, token: &LineToken<'_>) -> UsageError {
        UsageError::UnclosedQuote { rest: Untrusted::new(&self.line[token.value_start..]) }
    }
}

/// True if a command without arguments opens a form.
pub(super) fn asks(spec: &CommandSpec, raw: &[RawOption]) -> bool {
    let bare = raw.iter().all(|r| r.name == "incident");
    bare && spec.bare == Bare::Form && spec.act != Act::Help
}
