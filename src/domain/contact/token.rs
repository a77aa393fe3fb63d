//! Signed tokens of links and verification codes.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::MethodKind;
use crate::domain::ids::{ContactMethodId, PageId, PersonId, UserReportId};

/// The length of a token in characters: 120 bits, short enough for a text message.
pub const TOKEN_LENGTH: usize = 20;
const TOKEN_BYTES: usize = 15;
/// 96 bits: nobody guesses it, and it fits into the part of a mail address before the `@`.
const REPORT_BYTES: usize = 12;

/// The key that signs tokens and codes. It is made once and belongs to the database.
#[derive(Clone)]
pub struct SigningKey([u8; 32]);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// What a token does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenAction {
    /// It acknowledges the page.
    Acknowledge,
    /// It pages the next step.
    Escalate,
    /// It answers a test.
    AnswerTest,
}

impl TokenAction {
    /// The word it is stored as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Escalate => "escalate",
            Self::AnswerTest => "answer_test",
        }
    }

    /// Parses [`TokenAction::name`].
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Acknowledge, Self::Escalate, Self::AnswerTest].into_iter().find(|action| action.name() == name)
    }
}

/// What a token is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenBinding {
    /// The page; of a test it is the id of that.
    pub page: PageId,
    /// The person.
    pub person: PersonId,
    /// The number of the person's attempt.
    pub attempt: u32,
    /// The method it is sent to.
    pub method: ContactMethodId,
    /// The kind of the method.
    pub kind: MethodKind,
    /// What it does.
    pub action: TokenAction,
}

/// A six-digit code that proves that messages to a method arrive.
#[derive(Clone, PartialEq, Eq)]
pub struct VerificationCode(String);

impl VerificationCode {
    /// The digits.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl SigningKey {
    /// A key of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Parses the hexadecimal form that the database has.
    pub fn parse(text: &str) -> Option<Self> {
        hex::decode(text).ok()?.try_into().ok().map(Self)
    }

    /// Returns the token of a binding: the same each time, so that it need not be stored in clear.
    pub fn token(&self, binding: &TokenBinding) -> String {
        let TokenBinding { page, person, attempt, method, kind, action } = binding;
        let text = format!("token\0{page}\0{person}\0{attempt}\0{method}\0{}\0{}", kind.name(), action.name());
        URL_SAFE_NO_PAD.encode(&self.sign(&text)[..TOKEN_BYTES])
    }

    /// Returns the code with this number that is sent to a method.
    pub fn code(&self, method: ContactMethodId, serial: u32) -> VerificationCode {
        VerificationCode(self.number(&format!("code\0{method}\0{serial}"), 1_000_000, 6))
    }

    /// Returns the code with which a text message is answered. It counts only from the number that the message went to.
    pub fn reply_code(&self, binding: &TokenBinding) -> String {
        let TokenBinding { page, person, attempt, method, .. } = binding;
        self.number(&format!("reply\0{page}\0{person}\0{attempt}\0{method}"), 10_000, 4)
    }

    /// Returns the signature of the link to the picture of a page's graph, which can be read until a time, in seconds since
    /// 1970. It acts on nothing.
    pub fn graph_token(&self, page: PageId, until: i64) -> String {
        URL_SAFE_NO_PAD.encode(&self.sign(&format!("graph\0{page}\0{until}"))[..TOKEN_BYTES])
    }

    /// Returns the token that names the message of an effect in reports about it: letters of one case and digits, because
    /// mail servers may change the case of an address.
    pub fn report_token(&self, effect: &str) -> String {
        hex::encode(&self.sign(&format!("report\0{effect}"))[..REPORT_BYTES])
    }

    /// Returns the token with which the reporter of a report proves the mail address. It begins with the id of the report.
    pub fn reporter_token(&self, report: UserReportId) -> String {
        let signature = hex::encode(&self.sign(&format!("reporter\0{report}"))[..TOKEN_BYTES]);
        format!("{}{signature}", report.0.simple())
    }

    /// Returns the report that a token is for; `None` if this key did not sign it.
    pub fn report_of(&self, token: &str) -> Option<UserReportId> {
        let report = UserReportId::parse(token.get(..32)?)?;
        let given = hex::decode(token.get(32..)?).ok()?;
        let expected = self.sign(&format!("reporter\0{report}"));
        let same: bool = given.ct_eq(&expected[..TOKEN_BYTES]).into();
        same.then_some(report)
    }

    fn number(&self, text: &str, below: u64, digits: usize) -> String {
        let bytes: [u8; 8] = self.sign(text)[..8].try_into().unwrap_or_default();
        format!("{:0digits$}", u64::from_be_bytes(bytes) % below)
    }

    fn sign(&self, text: &str) -> [u8; 32] {
        // A key shorter than a block is padded with zeros (RFC 2104, section 2).
        let mut block = [0; 64];
        block[..self.0.len()].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }
}
