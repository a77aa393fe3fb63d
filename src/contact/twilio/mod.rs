//! Text messages and calls through Twilio.
//!
//! A text message has at most two segments ([`SmsParts::compose`]). What Twilio reports comes as callbacks, which are
//! believed only with a valid signature ([`is_signed`]).

mod address;
mod callback;
mod client;
mod error_code;
mod gsm;
mod number;
mod settings;
mod signature;
mod sms;
#[cfg(test)]
mod tests;

pub use address::{SMS_PATH, digit_url, status_url, voice_url};
pub use callback::{CallState, CallbackOwner, InboundText, KeyPress, MessageState, PhoneReport, TextReply};
pub use client::{
    CallScript, NumberAbilities, PhoneCall, TextMessage, TwilioAccount, TwilioFailure, TwilioNumber, TwilioSid,
};
pub use error_code::{TwilioError, TwilioErrorKind};
pub use gsm::{SmsEncoding, segment_count};
pub use number::{PhoneNumber, calling_code};
pub use settings::{SmsSender, TwilioSettings, check_account_sid};
pub use signature::is_signed;
pub use sms::{SmsParts, SmsText};
