//! Refusals of commands about contact methods.

use serde::{Deserialize, Serialize};

use crate::domain::contact::{AddressFault, MethodKind, PersonalRule};

/// A refusal of a command about contact methods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are what the sentence of the variant needs")]
pub enum ContactRefusal {
    /// The person has no such method.
    #[error("there is no contact method {id}")]
    UnknownContact { id: String },
    /// This hotroom has no section for the kind.
    #[error("{} is not set up", kind.name())]
    ContactNotOffered { kind: MethodKind },
    /// `bot.toml` declares the method.
    #[error("the contact method is managed by configuration")]
    ContactManaged,
    /// It is no address of the kind.
    #[error("not an address of {}", kind.name())]
    BadAddress { kind: MethodKind, fault: AddressFault },
    /// The configuration allows no numbers of this country.
    #[error("numbers of this country are not allowed")]
    CountryNotAllowed { allowed: Vec<String> },
    /// The person has this method already.
    #[error("the contact method is there already")]
    DuplicateContact { kind: MethodKind },
    /// The person has as many methods as there may be.
    #[error("more than {most} contact methods")]
    TooManyContacts { most: u32 },
    /// The code is wrong.
    #[error("wrong code")]
    WrongCode { left: u32 },
    /// No code is waiting: it expired, was tried too often, or was never sent.
    #[error("no code is waiting")]
    NoCode,
    /// Too many codes were sent.
    #[error("too many codes")]
    TooManyCodes { most: u32 },
    /// Rules use the method.
    #[error("rules use the contact method")]
    ContactInUse { method: String, rules: Vec<PersonalRule> },
    /// The method was never verified.
    #[error("the contact method is not verified")]
    ContactUnverified,
    /// The rules are not understood: too many, too late, or of methods that are not there.
    #[error("the rules cannot be saved")]
    BadContactRules { most: u32 },
    /// The link was used, has expired, or is none.
    #[error("the link is over")]
    LinkOver,
}

impl ContactRefusal {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::UnknownContact { .. } => "unknown_contact",
            Self::ContactNotOffered { .. } => "contact_not_offered",
            Self::ContactManaged => "contact_managed",
            Self::BadAddress { .. } => "bad_address",
            Self::CountryNotAllowed { .. } => "country_not_allowed",
            Self::DuplicateContact { .. } => "duplicate_contact",
            Self::TooManyContacts { .. } => "too_many_contacts",
            Self::WrongCode { .. } => "wrong_code",
            Self::NoCode => "no_code",
            Self::TooManyCodes { .. } => "too_many_codes",
            Self::ContactInUse { .. } => "contact_in_use",
            Self::ContactUnverified => "contact_unverified",
            Self::BadContactRules { .. } => "bad_contact_rules",
            Self::LinkOver => "link_over",
        }
    }
}
