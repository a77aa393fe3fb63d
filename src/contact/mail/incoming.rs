//! Reports by mail: what somebody wrote to the address for reports. Automatic mail is no report.

use mail_parser::{Message, MessageParser, MimeHeaders};

use super::parse_address;
use crate::domain::text::cut;

/// The longest subject, text and name that are kept, in characters.
const SUBJECT: usize = 200;
const TEXT: usize = 4_000;
const NAME: usize = 100;
/// The longest `Message-ID`, in bytes.
const ID: usize = 900;

/// What somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingReport {
    /// The `Message-ID`, by which a repeat is known and which the reply names.
    pub id: String,
    /// The mail address of the sender.
    pub address: String,
    /// The name of the sender, perhaps empty.
    pub name: String,
    /// The subject on one line, perhaps empty.
    pub subject: String,
    /// The text, perhaps empty.
    pub text: String,
}

/// Reads a message. `None` for mail that no person wrote to us (RFC 3834): bounces, absence notes, lists, bulk mail, and what we
/// sent ourselves from `own`.
pub fn incoming_report(message: &[u8], own: &str) -> Option<IncomingReport> {
    let message = MessageParser::default().parse(message)?;
    message.parts.first()?;
    if is_automatic(&message) {
        return None;
    }
    let from = message.from()?.first()?;
    let address = parse_address(from.address()?).ok()?.to_string().to_lowercase();
    let local = address.split('@').next().unwrap_or_default();
    if address.eq_ignore_ascii_case(own) || ["mailer-daemon", "postmaster", "noreply", "no-reply"].contains(&local) {
        return None;
    }
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = message.body_text(0).unwrap_or_default();
    Some(IncomingReport {
        // Without an id the same message could arrive again and again.
        id: message
            .message_id()
            .filter(|id| id.len() <= ID && id.bytes().all(|byte| byte.is_ascii_graphic()))?
            .to_owned(),
        address,
        name: cut(&line(from.name().unwrap_or_default()), NAME),
        subject: cut(&line(message.subject().unwrap_or_default()), SUBJECT),
        text: cut(own_text(&text.replace("\r\n", "\n")).trim(), TEXT),
    })
}

/// True if no person wrote it, or nobody expects an answer.
fn is_automatic(message: &Message<'_>) -> bool {
    let header = |name: &str| {
        let mut found = message.headers_raw().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.trim().to_ascii_lowercase())
    };
    let automatic = header("auto-submitted").is_some_and(|value| value.split(';').next() != Some("no"));
    let bulk =
        header("precedence").is_some_and(|value| ["bulk", "junk", "list", "auto_reply"].contains(&value.as_str()));
    let returned = header("return-path").is_some_and(|path| path == "<>");
    let is_report = message.parts.first().is_some_and(|root| root.is_content_type("multipart", "report"));
    let marks = ["list-id", "list-unsubscribe", "x-autoreply", "x-autorespond", "feedback-id"];
    automatic || bulk || returned || is_report || marks.into_iter().any(|name| header(name).is_some())
}

/// The text above the signature.
fn own_text(text: &str) -> &str {
    text.split("\n-- \n").next().unwrap_or(text)
}
