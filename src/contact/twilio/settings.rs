//! The settings of Twilio.

use secrecy::SecretString;

use super::number::PhoneNumber;

/// `[twilio]`
#[derive(Clone, Debug)]
pub struct TwilioSettings {
    /// The account: `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// The token of the account: it authenticates hotroom to Twilio, and signs what Twilio sends.
    pub auth_token: SecretString,
    /// Who sends text messages.
    pub sender: SmsSender,
    /// The number that calls; `None` if there are no calls, because text messages come from a messaging service.
    pub voice_from: Option<PhoneNumber>,
    /// What the numbers that are written to and called begin with, such as `+49`.
    pub countries: Vec<String>,
    /// The base address of the API, without a slash at its end.
    pub base_url: String,
    /// Whether it also carries pages for private incidents, with key, severity and link.
    pub private: bool,
}

impl TwilioSettings {
    /// True if `[twilio] countries` allows the number.
    pub fn allows(&self, number: &PhoneNumber) -> bool {
        self.countries.iter().any(|code| number.as_str().starts_with(code))
    }
}

/// Who sends text messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SmsSender {
    /// A number of the account.
    Number(PhoneNumber),
    /// A messaging service of the account, which chooses a number.
    Service(String),
}

impl SmsSender {
    /// Parses a number such as `+15550100` or the SID of a messaging service: `MG` and 32 hexadecimal digits.
    ///
    /// # Errors
    /// Says what must be written.
    pub fn parse(text: &str) -> Result<Self, String> {
        if is_sid(text, "MG") {
            return Ok(Self::Service(text.to_owned()));
        }
        let number = PhoneNumber::parse(text);
        number.map(Self::Number).map_err(|what| format!("{what}, or the SID of a messaging service: MG and 32 digits"))
    }
}

/// True for an identifier of Twilio: two letters and 32 hexadecimal digits.
pub(super) fn is_sid(text: &str, letters: &str) -> bool {
    let digits = text.strip_prefix(letters).unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Checks the SID of an account.
///
/// # Errors
/// Says what must be written.
pub fn check_account_sid(text: &str) -> Result<(), String> {
    if is_sid(text, "AC") {
        return Ok(());
    }
    Err("must be the Account SID of the Twilio console: AC and 32 hexadecimal digits".to_owned())
}
