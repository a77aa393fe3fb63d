//! Builds `/oncall contact`: the first word says what to do, the rest what with.

use super::{Action, OptionValues, Query, Request, Untrusted, UsageError};
use crate::{
    command::{
        ContactRequest, KnownName, MethodReference, RuleRequest, parse_duration, request::quiet_hours,
        vocabulary::nearest,
    },
    domain::{
        contact::{MethodKind, Urgency, WeeklyTest},
        ids::{ContactMethodId, PageId},
    },
};

/// The option with the rest of the line.
const VALUE: &str = "value";
/// The largest number of a method, and of a place.
const MOST: u32 = 99;

impl OptionValues<'_, '_> {
    pub(super) fn contact(&mut self) -> Result<Request, UsageError> {
        let value = self.text(VALUE).map(|text| text.verbatim().trim().to_owned()).unwrap_or_default();
        let sure = self.flag("sure").unwrap_or(false);
        let request = match self.word("do").as_deref() {
            Some("attempts") => return Ok(Request::Query(Query::Contacts { attempts: true })),
            Some("add") => self.add_contact(&value)?,
            Some("verify") => {
                let (method, code) = self.method_and_rest(&value)?;
                ContactRequest::Verify { method, code: Untrusted::new(self.some(code)?) }
            }
            Some("code") => ContactRequest::SendCode { method: self.method(&value)? },
            Some("test") => ContactRequest::Test { method: self.method(&value)? },
            Some("on") => ContactRequest::Enable { method: self.method(&value)?, on: true },
            Some("off") => ContactRequest::Enable { method: self.method(&value)?, on: false },
            Some("move") => {
                let (method, place) = self.method_and_rest(&value)?;
                ContactRequest::Move { method, place: number(self.some(place)?)? }
            }
            Some("remove") => ContactRequest::Remove { method: self.method(&value)?, sure },
            Some("rules") => self.rules(&value)?,
            Some("quiet") => self.quiet(&value)?,
            Some("weekly") => self.weekly(&value)?,
            Some("answer") => ContactRequest::Answer { test: self.test_id(&value)? },
            Some("erase") => ContactRequest::Erase { sure },
            Some(_) | None => return Ok(Request::Query(Query::Contacts { attempts: false })),
        };
        Ok(Request::Action(Action::Contact(request)))
    }

    fn add_contact(&mut self, value: &str) -> Result<ContactRequest, UsageError> {
        let (word, address) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
        let kind = one_of("kind of contact method", self.some(word)?, &MethodKind::ALL, MethodKind::name)?;
        let address = address.trim();
        if kind != MethodKind::Ntfy {
            self.some(address)?;
        }
        let (label, gateway) = (self.text("label"), self.text("gateway"));
        Ok(ContactRequest::Add { kind, address: Untrusted::new(address), label, gateway })
    }

    fn rules(&self, value: &str) -> Result<ContactRequest, UsageError> {
        let (word, rules) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
        let urgency = one_of("urgency", self.some(word)?, &Urgency::ALL, Urgency::name)?;
        let rules = self.some(rules.trim())?;
        if rules == "default" {
            return Ok(ContactRequest::Rules { urgency, rules: Vec::new() });
        }
        let words = rules.split([' ', ',']).filter(|word| !word.is_empty());
        Ok(ContactRequest::Rules { urgency, rules: words.map(rule).collect::<Result<_, _>>()? })
    }

    fn quiet(&self, value: &str) -> Result<ContactRequest, UsageError> {
        if self.some(value)? == "off" {
            return Ok(ContactRequest::Quiet(None));
        }
        match quiet_hours(value) {
            Some(hours) => Ok(ContactRequest::Quiet(Some(hours))),
            None => Err(unknown("span of hours", value, &["22:00-07:00", "off"])),
        }
    }

    fn weekly(&self, value: &str) -> Result<ContactRequest, UsageError> {
        Ok(ContactRequest::Weekly(match self.some(value)? {
            "off" => None,
            "on" => Some(WeeklyTest { telephone: false }),
            "phone" => Some(WeeklyTest { telephone: true }),
            other => return Err(unknown("choice", other, &["on", "phone", "off"])),
        }))
    }

    fn test_id(&self, value: &str) -> Result<PageId, UsageError> {
        let id = self.some(value)?;
        PageId::parse(id).ok_or_else(|| UsageError::BadId {
            option: VALUE.to_owned(),
            what: "test".to_owned(),
            said: Untrusted::new(id),
        })
    }

    /// The only word: a method.
    fn method(&self, value: &str) -> Result<MethodReference, UsageError> {
        let (method, rest) = self.method_and_rest(value)?;
        if rest.is_empty() {
            return Ok(method);
        }
        let spec = self.context.spec;
        Err(UsageError::TooMany { command: spec.path.clone(), extra: Untrusted::new(rest), usage: spec.usage() })
    }

    fn method_and_rest<'t>(&self, value: &'t str) -> Result<(MethodReference, &'t str), UsageError> {
        let (word, rest) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
        Ok((reference(self.some(word)?)?, rest.trim()))
    }

    /// A text that may not be empty.
    fn some<'t>(&self, text: &'t str) -> Result<&'t str, UsageError> {
        self.need(VALUE, if text.is_empty() { None } else { Some(text) })
    }
}

fn reference(word: &str) -> Result<MethodReference, UsageError> {
    match ContactMethodId::parse(word) {
        Some(id) => Ok(MethodReference::Id(id)),
        None => number(word).map(MethodReference::Number),
    }
}

fn number(word: &str) -> Result<u32, UsageError> {
    let number = word.trim_start_matches('#').parse::<u32>().ok().filter(|number| (1..=MOST).contains(number));
    number.ok_or_else(|| UsageError::BadNumber { option: VALUE.to_owned(), said: Untrusted::new(word), max: MOST })
}

/// Parses `2` or `2@5m`.
fn rule(word: &str) -> Result<RuleRequest, UsageError> {
    let Some((method, after)) = word.split_once('@') else {
        return Ok(RuleRequest { method: reference(word)?, after: 0 });
    };
    let seconds = parse_duration(after).and_then(|after| u32::try_from(after.as_secs()).ok());
    let bad = || UsageError::BadDuration {
        option: VALUE.to_owned(),
        said: Untrusted::new(after),
        min: "0s".to_owned(),
        max: "1h".to_owned(),
    };
    Ok(RuleRequest { method: reference(method)?, after: seconds.ok_or_else(bad)? })
}

fn one_of<T: Copy>(what: &str, word: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, UsageError> {
    let said = word.to_lowercase().replace('-', "_");
    let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
    all.iter().copied().find(|one| name(*one) == said).ok_or_else(|| unknown(what, word, &names))
}

fn unknown(what: &str, said: &str, known: &[&str]) -> UsageError {
    let names: Vec<KnownName> = known.iter().map(|name| KnownName::new(*name, "")).collect();
    UsageError::UnknownName {
        option: VALUE.to_owned(),
        what: what.to_owned(),
        said: Untrusted::new(said),
        near: nearest(&names, said),
        known: known.iter().map(|name| (*name).to_owned()).collect(),
    }
}
