//! What `/oncall contact` requests, and how it is written.

use chrono::NaiveTime;

use crate::command::{duration_text, lex::quote};
use crate::domain::{
    contact::{MethodKind, QuietHours, Urgency, WeeklyTest},
    ids::{ContactMethodId, PageId},
    text::Untrusted,
};

/// A contact method of the person, as it is named in commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodReference {
    /// By its number in the list.
    Number(u32),
    /// By its id, as buttons do.
    Id(ContactMethodId),
}

impl std::fmt::Display for MethodReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Id(id) => write!(f, "{id}"),
        }
    }
}

/// A rule as it is typed: `2@5m` is the second method after 5 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleRequest {
    /// The method.
    pub method: MethodReference,
    /// How long after the step began, in seconds.
    pub after: u32,
}

/// A change of how a person is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum ContactRequest {
    /// Add a method. Without an address, ntfy gets a topic that cannot be guessed.
    Add { kind: MethodKind, address: Untrusted, label: Option<Untrusted>, gateway: Option<Untrusted> },
    /// Verify a method by the code that was sent to it.
    Verify { method: MethodReference, code: Untrusted },
    /// Send another code.
    SendCode { method: MethodReference },
    /// Send a test.
    Test { method: MethodReference },
    /// Switch a method on or off.
    Enable { method: MethodReference, on: bool },
    /// Move a method to a place, counted from 1.
    Move { method: MethodReference, place: u32 },
    /// Remove a method; `sure` if rules may lose it.
    Remove { method: MethodReference, sure: bool },
    /// Replace the rules of an urgency; none are the default ones.
    Rules { urgency: Urgency, rules: Vec<RuleRequest> },
    /// Set the quiet hours, or remove them.
    Quiet(Option<QuietHours>),
    /// Choose the weekly test, or switch it off.
    Weekly(Option<WeeklyTest>),
    /// Answer a test in the chat.
    Answer { test: PageId },
    /// Remove all methods and rules.
    Erase { sure: bool },
}

impl ContactRequest {
    /// The words after `/oncall contact`, which parse back to this.
    pub(in crate::command) fn words(&self) -> String {
        let sure = |sure: bool| if sure { " sure:yes" } else { "" };
        match self {
            Self::Add { kind, address, label, gateway } => {
                let value = format!("{} {}", kind.name(), address.verbatim());
                let named = |name: &str, text: &Option<Untrusted>| {
                    text.as_ref().map(|text| format!(" {name}:{}", quote(text.verbatim()))).unwrap_or_default()
                };
                format!(" add {}{}{}", quote(value.trim()), named("label", label), named("gateway", gateway))
            }
            Self::Verify { method, code } => {
                format!(" verify {}", quote(&format!("{method} {}", code.verbatim())))
            }
            Self::SendCode { method } => format!(" code {method}"),
            Self::Test { method } => format!(" test {method}"),
            Self::Enable { method, on } => format!(" {} {method}", if *on { "on" } else { "off" }),
            Self::Move { method, place } => format!(" move {method} {place}"),
            Self::Remove { method, sure: is_sure } => format!(" remove {method}{}", sure(*is_sure)),
            Self::Rules { urgency, rules } if rules.is_empty() => format!(" rules {} default", urgency.name()),
            Self::Rules { urgency, rules } => {
                let rules: Vec<String> = rules.iter().map(rule_text).collect();
                format!(" rules {} {}", urgency.name(), rules.join(" "))
            }
            Self::Quiet(Some(QuietHours { from, until })) => format!(" quiet {}-{}", clock(*from), end(*until)),
            Self::Quiet(None) => " quiet off".to_owned(),
            Self::Weekly(Some(WeeklyTest { telephone: false })) => " weekly on".to_owned(),
            Self::Weekly(Some(WeeklyTest { telephone: true })) => " weekly phone".to_owned(),
            Self::Weekly(None) => " weekly off".to_owned(),
            Self::Answer { test } => format!(" answer {test}"),
            Self::Erase { sure: is_sure } => format!(" erase{}", sure(*is_sure)),
        }
    }

    /// What is said in the words of a person and must not be kept: an address, or a code.
    pub fn is_confidential(&self) -> bool {
        match self {
            Self::Add { .. } | Self::Verify { .. } => true,
            Self::SendCode { .. }
            | Self::Test { .. }
            | Self::Enable { .. }
            | Self::Move { .. }
            | Self::Remove { .. }
            | Self::Rules { .. }
            | Self::Quiet(_)
            | Self::Weekly(_)
            | Self::Answer { .. }
            | Self::Erase { .. } => false,
        }
    }
}

fn rule_text(rule: &RuleRequest) -> String {
    let RuleRequest { method, after } = rule;
    if *after == 0 {
        return method.to_string();
    }
    format!("{method}@{}", duration_text(std::time::Duration::from_secs(u64::from(*after))))
}

fn clock(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

/// The end of a span of the day: midnight is its end.
fn end(time: NaiveTime) -> String {
    if time == NaiveTime::MIN { "24:00".to_owned() } else { clock(time) }
}

/// Parses `22:00-07:00`; an end of `24:00` is the end of the day.
pub(in crate::command) fn quiet_hours(text: &str) -> Option<QuietHours> {
    let (from, until) = text.split_once(['-', '–'])?;
    let parse = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
    let until = if until.trim() == "24:00" { Some(NaiveTime::MIN) } else { parse(until) };
    let (from, until) = (parse(from)?, until?);
    (from != until).then_some(QuietHours { from, until })
}
