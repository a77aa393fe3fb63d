//! Bounces: reports that a message could not be delivered (RFC 3464).

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::{BounceAddress, dialogue::quote};

/// Headers in which mail servers note whom a message was delivered to, and `To`.
const RECIPIENT: [&str; 6] = ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "to"];

/// A message that could not be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// The token of the attempt.
    pub token: String,
    /// The status (RFC 3463), as `5.1.1`.
    pub status: String,
    /// What the mail server of the person said, on one line, without addresses.
    pub diagnostic: String,
    /// True if a repeat would fail as well, because the mailbox does not exist or takes no mail.
    pub permanent: bool,
}

/// Reads a message from the mailbox for bounces. `None` for everything but a report of a failed delivery that carries the
/// token of an attempt in the address that attempt was sent from: absence notes, reports of delays, and what anybody
/// could have written.
pub fn bounce(message: &[u8], address: &BounceAddress) -> Option<Bounce> {
    let message = MessageParser::default().parse(message)?;
    let root = message.parts.first()?;
    let kind = root.content_type()?;
    let is_report = root.is_content_type("multipart", "report")
        && kind.attribute("report-type").is_some_and(|of| of.eq_ignore_ascii_case("delivery-status"));
    if !is_report || has_sender(&message) {
        return None;
    }
    let parts = || parts_of(&message, root);
    let status = parts().find(|part| {
        part.is_content_type("message", "delivery-status") || part.is_content_type("message", "global-delivery-status")
    })?;
    let failure = Failure::parse(&String::from_utf8_lossy(status.contents()))?;
    let token = token_of(&message, address).or_else(|| parts().find_map(|part| token_of_original(part, address)))?;
    Some(failure.bounce(token))
}

fn parts_of<'a>(message: &'a Message<'a>, part: &'a MessagePart<'a>) -> impl Iterator<Item = &'a MessagePart<'a>> {
    part.sub_parts().unwrap_or_default().iter().filter_map(|id| message.part(*id))
}

/// True if the mail server noted a sender of the envelope: a report has none (RFC 3464, section 2), so that nobody
/// answers it. Some servers write their own name instead of nothing.
fn has_sender(message: &Message<'_>) -> bool {
    headers(message, "return-path").any(|path| {
        let path = path.trim_start_matches('<').trim_end_matches('>').trim().to_ascii_lowercase();
        !path.is_empty() && !path.starts_with("mailer-daemon")
    })
}

fn headers<'a>(message: &'a Message<'a>, name: &'a str) -> impl Iterator<Item = &'a str> {
    let found = if message.parts.is_empty() { None } else { Some(message.headers_raw()) };
    found
        .into_iter()
        .flatten()
        .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// The token in the address that the report was sent to.
fn token_of(message: &Message<'_>, address: &BounceAddress) -> Option<String> {
    RECIPIENT.iter().find_map(|name| headers(message, name).find_map(|value| token_in(value, address)))
}

/// The token in the sender's address of the message that is reported, which comes back as a whole or as its headers.
fn token_of_original(part: &MessagePart<'_>, address: &BounceAddress) -> Option<String> {
    match &part.body {
        PartType::Message(original) => headers(original, "return-path").find_map(|path| token_in(path, address)),
        PartType::Text(text) if part.is_content_type("text", "rfc822-headers") => {
            let lines = fields(text.lines());
            let path = lines.iter().find(|field| field.name == "return-path")?;
            token_in(&path.value, address)
        }
        PartType::Text(_) | PartType::Html(_) | PartType::Binary(_) | PartType::InlineBinary(_) => None,
        PartType::Multipart(_) => None,
    }
}

fn token_in(value: &str, address: &BounceAddress) -> Option<String> {
    value.split([',', ';', ' ', '\t', '\r', '\n', '<', '>']).find_map(|word| address.token(word))
}

/// A header field on one line; its name is in lower case.
struct Field {
    name: String,
    value: String,
}

fn fields<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for line in lines {
        if line.starts_with([' ', '\t'])
            && let Some(last) = fields.last_mut()
        {
            last.value.push(' ');
            last.value.push_str(line.trim());
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push(Field { name: name.trim().to_ascii_lowercase(), value: value.trim().to_owned() });
        }
    }
    fields
}

/// What a report says about one recipient.
struct Failure {
    status: String,
    diagnostic: String,
}

impl Failure {
    /// Returns the first recipient that the message could not be delivered to. Each message has one recipient, but it may
    /// be forwarded to several.
    fn parse(report: &str) -> Option<Self> {
        let lines: Vec<&str> = report.lines().collect();
        // The first group is about the message, each other one about a recipient.
        lines.split(|line| line.trim().is_empty()).find_map(|group| {
            let fields = fields(group.iter().copied());
            let value = |name: &str| fields.iter().find(|field| field.name == name).map(|field| field.value.as_str());
            if !value("action")?.trim().eq_ignore_ascii_case("failed") {
                return None;
            }
            let diagnostic = value("diagnostic-code").unwrap_or_default();
            let diagnostic = diagnostic.split_once(';').map_or(diagnostic, |(_, text)| text).trim();
            let status = value("status").and_then(status_code).or_else(|| status_code(diagnostic));
            Some(Self { status: status.unwrap_or_else(|| "5.0.0".to_owned()), diagnostic: quote(diagnostic) })
        })
    }

    fn bounce(self, token: String) -> Bounce {
        let permanent = self.status.starts_with('5');
        Bounce { token, permanent, status: self.status, diagnostic: self.diagnostic }
    }
}

/// The first word that is a status of class 4 or 5.
fn status_code(text: &str) -> Option<String> {
    let is_code = |word: &&str| {
        let parts: Vec<&str> = word.split('.').collect();
        let number = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        parts.len() == 3 && matches!(parts[0], "4" | "5") && number(parts[1], 3) && number(parts[2], 3)
    };
    text.split([' ', '\t', '(', ')', '-', '#']).find(is_code).map(str::to_owned)
}
