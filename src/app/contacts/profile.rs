//! What a person sees of how they are reached: methods, rules, the last messages, and what is missing.

use crate::{
    config::{Config, is_loopback_host},
    domain::{
        Timestamp,
        contact::{AnswerTimes, ContactMethod, PersonalRule, Urgency, default_rules},
        ids::PersonId,
    },
    store::{ContactMessage, ContactSettings, Reads, StoreError},
};

use super::verification::CODE_VALID;

/// How many of the last messages are shown.
pub const SHOWN: usize = 20;

/// What a person sees of how they are reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The methods, in their order.
    pub methods: Vec<ContactMethod>,
    /// Rules and quiet hours that the person has set.
    pub settings: ContactSettings,
    /// The last messages, newest first.
    pub messages: Vec<ContactMessage>,
    /// How fast the person acknowledged the last pages.
    pub answers: Option<AnswerTimes>,
    /// What is missing.
    pub warnings: Vec<ProfileWarning>,
}

/// Something that keeps pages from reaching a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProfileWarning {
    /// No method can be paged: only the chat is left.
    NoMethod,
    /// If the only method fails, nothing is left.
    OnlyOne,
    /// No method may carry pages for private incidents.
    NoPrivate,
    /// Links in messages lead to this machine, which a phone cannot open.
    LinksLocal,
}

impl ProfileWarning {
    /// The word that templates and the API use.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoMethod => "no_method",
            Self::OnlyOne => "only_one",
            Self::NoPrivate => "no_private",
            Self::LinksLocal => "links_local",
        }
    }
}

/// The rules of an urgency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesInForce {
    /// In order of time.
    pub rules: Vec<PersonalRule>,
    /// True if the person has made none, so that these are the default ones.
    pub default: bool,
}

impl Profile {
    /// Reads what a person sees.
    pub fn read(reads: &Reads<'_>, config: &Config, person: &PersonId) -> Result<Self, StoreError> {
        let methods = reads.contact_methods_of(person)?;
        Ok(Self {
            settings: reads.contact_settings(person)?,
            messages: reads.contact_messages_to(person, SHOWN)?,
            answers: reads.answer_times(person)?,
            warnings: warnings(config, &methods),
            methods,
        })
    }

    /// The rules of an urgency: those of the person, else the default ones.
    pub fn rules(&self, urgency: Urgency) -> RulesInForce {
        let usable = |rule: &&PersonalRule| {
            rule.urgency == urgency && self.methods.iter().any(|m| m.id == rule.method && m.is_usable())
        };
        let own: Vec<PersonalRule> = self.settings.rules.iter().filter(usable).cloned().collect();
        let default = own.is_empty();
        let mut rules = if default { default_rules(&self.methods, urgency) } else { own };
        rules.sort_by_key(|rule| rule.after);
        RulesInForce { rules, default }
    }
}

/// True if a code was sent to the method and can still be entered.
pub fn waits_for_code(method: &ContactMethod, now: Timestamp) -> bool {
    method.verified_at.is_none() && method.verification.is_some_and(|sent| now - sent.sent_at <= CODE_VALID)
}

fn warnings(config: &Config, methods: &[ContactMethod]) -> Vec<ProfileWarning> {
    let offered = |method: &&ContactMethod| config.contact.offers(method.kind, method.gateway.as_deref());
    let usable: Vec<&ContactMethod> = methods.iter().filter(|method| method.is_usable()).filter(offered).collect();
    let private = |method: &&ContactMethod| config.contact.carries_private(method.kind, method.gateway.as_deref());
    let mut found = Vec::new();
    match usable.len() {
        0 => found.push(ProfileWarning::NoMethod),
        1 => found.push(ProfileWarning::OnlyOne),
        _ => {}
    }
    if !usable.is_empty() && !usable.iter().any(private) {
        found.push(ProfileWarning::NoPrivate);
    }
    let authority = config.server.public_url.split('/').nth(2).unwrap_or_default();
    if is_loopback_host(authority) {
        found.push(ProfileWarning::LinksLocal);
    }
    found
}
