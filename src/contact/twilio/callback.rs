//! What Twilio reports: the state of messages and calls, keys that were pressed, and messages that people send.

use super::{error_code::TwilioError, number::PhoneNumber};
use crate::net::FormField;

/// The digits of a reply code.
const CODE_DIGITS: std::ops::RangeInclusive<usize> = 4..=8;
/// The longest message that is searched for a code.
const LONGEST_REPLY: usize = 1_600;
/// The keywords by which a person ends messages from a number. Twilio blocks the number by itself then.
const STOP: [&str; 9] = ["STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"];
/// The keywords by which a person allows them again.
const START: [&str; 2] = ["START", "UNSTOP"];

/// The account and the object that a callback is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackOwner {
    /// The account.
    pub account: String,
    /// The message or call.
    pub sid: String,
}

impl CallbackOwner {
    /// Reads both from the fields of a callback. `None` if one is missing.
    pub fn parse(fields: &[FormField]) -> Option<Self> {
        let sid = field(fields, "MessageSid").or_else(|| field(fields, "CallSid"))?;
        Some(Self { account: field(fields, "AccountSid")?.to_owned(), sid: sid.to_owned() })
    }
}

/// What a status callback reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneReport {
    /// The state of a message, and why it failed.
    Message(MessageState, Option<TwilioError>),
    /// The state of a call, and why it failed.
    Call(CallState, Option<TwilioError>),
}

/// The state of a text message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// Twilio has it.
    Queued,
    /// A carrier has it.
    Sent,
    /// It has arrived at the phone. Nobody may have read it.
    Delivered,
    /// It will not arrive.
    Failed,
}

/// The state of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// Twilio has the request.
    Queued,
    /// The phone rings.
    Ringing,
    /// Someone or something has taken the call.
    InProgress,
    /// It is over. That is no acknowledgement: an answering machine completes calls too.
    Completed,
    /// The line was busy.
    Busy,
    /// Nobody took the call.
    NoAnswer,
    /// It did not come about.
    Failed,
}

impl PhoneReport {
    /// Reads a status callback. `None` if it reports no known state; Twilio adds states now and then.
    pub fn parse(fields: &[FormField]) -> Option<Self> {
        let error = field(fields, "ErrorCode").and_then(|code| code.parse().ok()).map(|code| TwilioError { code });
        if let Some(state) = field(fields, "MessageStatus") {
            let state = match state {
                "accepted" | "scheduled" | "queued" | "sending" => MessageState::Queued,
                "sent" => MessageState::Sent,
                "delivered" | "read" => MessageState::Delivered,
                "undelivered" | "failed" | "canceled" => MessageState::Failed,
                _ => return None,
            };
            return Some(Self::Message(state, error));
        }
        let state = match field(fields, "CallStatus")? {
            "queued" | "initiated" => CallState::Queued,
            "ringing" => CallState::Ringing,
            "answered" | "in-progress" => CallState::InProgress,
            "completed" => CallState::Completed,
            "busy" => CallState::Busy,
            "no-answer" => CallState::NoAnswer,
            "failed" | "canceled" => CallState::Failed,
            _ => return None,
        };
        Some(Self::Call(state, error))
    }
}

/// A text message that somebody sent to a number of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundText {
    /// Who sent it.
    pub from: PhoneNumber,
    /// What it says.
    pub reply: TextReply,
}

/// What a person's text message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextReply {
    /// No more messages, please.
    Stop,
    /// Messages again, please.
    Start,
    /// A reply code.
    Code(String),
    /// Anything else.
    Other,
}

impl InboundText {
    /// Reads an inbound message. `None` if its sender is no phone number, such as a name or a short code.
    pub fn parse(fields: &[FormField]) -> Option<Self> {
        let from = PhoneNumber::parse(field(fields, "From")?).ok()?;
        let body = field(fields, "Body").unwrap_or_default();
        let reply = match field(fields, "OptOutType") {
            Some("STOP") => TextReply::Stop,
            Some("START") => TextReply::Start,
            Some(_) | None => TextReply::parse(body),
        };
        Some(Self { from, reply })
    }
}

impl TextReply {
    /// Reads the text of a message. It holds a code if it has exactly one number of 4 to 8 digits.
    pub fn parse(body: &str) -> Self {
        let body = &body[..body.floor_char_boundary(LONGEST_REPLY)];
        let words = body.trim().trim_end_matches(['.', '!']).to_uppercase();
        let is = |keywords: &[&str]| keywords.contains(&words.as_str());
        if is(&STOP) {
            return Self::Stop;
        }
        if is(&START) {
            return Self::Start;
        }
        let words = body.split(|c: char| !c.is_alphanumeric());
        let mut codes =
            words.filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()) && CODE_DIGITS.contains(&word.len()));
        match (codes.next(), codes.next()) {
            (Some(code), None) => Self::Code(code.to_owned()),
            (Some(_) | None, _) => Self::Other,
        }
    }
}

/// A key that was pressed in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPress {
    /// One digit.
    Digit(u8),
    /// Nothing, or something else: `#`, `*`, several.
    Other,
}

impl KeyPress {
    /// Reads the result of `<Gather>`.
    pub fn parse(fields: &[FormField]) -> Self {
        match field(fields, "Digits").map(str::as_bytes) {
            Some([digit @ b'0'..=b'9']) => Self::Digit(digit - b'0'),
            Some(_) | None => Self::Other,
        }
    }
}

/// Returns the value of a field that occurs once.
fn field<'a>(fields: &'a [FormField], name: &str) -> Option<&'a str> {
    let mut values = fields.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
    let value = values.next()?;
    if values.next().is_some() { None } else { Some(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> Vec<FormField> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_state_of_a_message_is_read() {
        let report = |status: &str, code: &[(&str, &str)]| {
            PhoneReport::parse(&form(&[&[("MessageSid", "SM1"), ("MessageStatus", status)], code].concat()))
        };
        assert_eq!(report("sending", &[]), Some(PhoneReport::Message(MessageState::Queued, None)));
        assert_eq!(report("sent", &[]), Some(PhoneReport::Message(MessageState::Sent, None)));
        assert_eq!(report("delivered", &[]), Some(PhoneReport::Message(MessageState::Delivered, None)));
        let unreachable = Some(TwilioError { code: 30003 });
        let failed = Some(PhoneReport::Message(MessageState::Failed, unreachable));
        assert_eq!(report("undelivered", &[("ErrorCode", "30003")]), failed);
        assert_eq!(report("failed", &[("ErrorCode", "")]), Some(PhoneReport::Message(MessageState::Failed, None)));
        assert_eq!(report("teleported", &[]), None);
        assert_eq!(PhoneReport::parse(&form(&[("MessageSid", "SM1")])), None);
        assert_eq!(PhoneReport::parse(&form(&[("MessageStatus", "sent"), ("MessageStatus", "failed")])), None);
    }

    #[test]
    fn the_state_of_a_call_is_read() {
        let report = |status: &str| PhoneReport::parse(&form(&[("CallSid", "CA1"), ("CallStatus", status)]));
        for (status, state) in [
            ("initiated", CallState::Queued),
            ("ringing", CallState::Ringing),
            ("in-progress", CallState::InProgress),
            ("completed", CallState::Completed),
            ("busy", CallState::Busy),
            ("no-answer", CallState::NoAnswer),
            ("failed", CallState::Failed),
            ("canceled", CallState::Failed),
        ] {
            assert_eq!(report(status), Some(PhoneReport::Call(state, None)), "{status}");
        }
        assert_eq!(report("on-hold"), None);
    }

    #[test]
    fn a_callback_names_its_account_and_its_object() {
        let owner = |fields: &[(&str, &str)]| CallbackOwner::parse(&form(fields)).map(|owner| owner.sid);
        assert_eq!(owner(&[("AccountSid", "AC1"), ("MessageSid", "SM1")]).as_deref(), Some("SM1"));
        assert_eq!(owner(&[("AccountSid", "AC1"), ("CallSid", "CA1")]).as_deref(), Some("CA1"));
        assert_eq!(owner(&[("CallSid", "CA1")]), None);
        assert_eq!(owner(&[("AccountSid", "AC1")]), None);
    }

    #[test]
    fn a_reply_is_a_code_a_keyword_or_something_else() {
        for body in ["482913", " 482913\n", "ack 482913", "#482913!", "Code:482913", "482913 on my way", "ok, 482913."]
        {
            assert_eq!(TextReply::parse(body), TextReply::Code("482913".to_owned()), "{body}");
        }
        for body in ["", "ok", "482913 482914", "48 29 13", "123", "123456789", "x482913", "４８２９１３", "482913a"]
        {
            assert_eq!(TextReply::parse(body), TextReply::Other, "{body}");
        }
        for body in ["STOP", "stop", " Stop. ", "UNSUBSCRIBE", "stop all"] {
            assert_eq!(TextReply::parse(body), TextReply::Stop, "{body}");
        }
        assert_eq!(TextReply::parse("please stop"), TextReply::Other, "only the keyword alone ends messages");
        assert_eq!(TextReply::parse("START"), TextReply::Start);
        assert_eq!(TextReply::parse(&format!("{} 482913", "ü".repeat(1_600))), TextReply::Other, "it is bounded");
    }

    #[test]
    fn an_inbound_message_has_a_sender() {
        let text = |fields: &[(&str, &str)]| InboundText::parse(&form(fields));
        let from = PhoneNumber::parse("+15550100123").expect("a number");
        let read = text(&[("From", "+15550100123"), ("To", "+15550100999"), ("Body", "482913")]);
        assert_eq!(read, Some(InboundText { from: from.clone(), reply: TextReply::Code("482913".to_owned()) }));
        let read = text(&[("From", "+15550100123"), ("Body", "Arrêt"), ("OptOutType", "STOP")]);
        assert_eq!(read, Some(InboundText { from, reply: TextReply::Stop }));
        assert_eq!(text(&[("From", "12345"), ("Body", "482913")]), None);
        assert_eq!(text(&[("From", "whatsapp:+15550100123"), ("Body", "482913")]), None);
        assert_eq!(text(&[("Body", "482913")]), None);
    }

    #[test]
    fn a_pressed_key_is_one_digit() {
        let key = |digits: &str| KeyPress::parse(&form(&[("Digits", digits)]));
        assert_eq!(key("4"), KeyPress::Digit(4));
        for digits in ["", "44", "#", "*", "a"] {
            assert_eq!(key(digits), KeyPress::Other, "{digits}");
        }
        assert_eq!(KeyPress::parse(&[]), KeyPress::Other);
    }
}
