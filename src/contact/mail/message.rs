//! A message: its headers, a plain-text and an HTML part, and its form on the wire.

use lettre::{
    Address, Message,
    message::{
        Attachment, Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use sha2::{Digest, Sha256};

use super::{MailSettings, parse_address};
use crate::domain::{
    Timestamp,
    text::{cut, visible},
};

/// The longest subject, in characters that people see.
const SUBJECT: usize = 160;
/// The longest plain text, in characters.
const TEXT: usize = 60_000;
/// The longest HTML, in bytes. A longer one is left out: cut HTML shows anything.
const HTML: usize = 200_000;
/// How much of a hash stands in an id.
const ID_CHARS: usize = 32;

/// A message to one person, with finished texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMail {
    /// The address of the person.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// What the message is for: the same in every attempt, so that a repeat has the same `Message-ID`.
    pub key: String,
    /// What it belongs to, such as an incident: mail programs show messages of one thread together.
    pub thread: Option<String>,
    /// The `Message-ID` of the message that it answers, if it answers one.
    pub answers: Option<String>,
    /// The token of this attempt, by which a report of its failure is known. It is used where bounces are read.
    pub token: Option<String>,
    /// Whether mail programs mark it as important.
    pub urgent: bool,
    /// Its date.
    pub date: Timestamp,
    /// Files that come with it.
    pub attachments: Vec<MailAttachment>,
}

/// A file that comes with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailAttachment {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub content_type: &'static str,
    /// What is in it.
    pub content: Vec<u8>,
}

/// A message ready to be sent.
#[derive(Debug)]
pub(super) struct Letter {
    /// The sender of the envelope.
    pub(super) sender: Address,
    /// The recipient.
    pub(super) recipient: Address,
    /// The content of DATA up to the final dot, in lines that end with CRLF and with dots doubled.
    pub(super) content: Vec<u8>,
}

impl OutgoingMail {
    /// Writes the message.
    ///
    /// # Errors
    /// Says what is wrong with an address or the token.
    pub(super) fn compose(&self, settings: &MailSettings) -> Result<Letter, String> {
        let recipient = parse_address(&self.to).map_err(|why| format!("the address {why}"))?;
        let from = &settings.from.email;
        let sender = match (&settings.bounces, &self.token) {
            (Some(bounces), Some(token)) => {
                bounces.address.with_token(token).ok_or("the token of the attempt cannot be part of an address")?
            }
            (Some(_), None) | (None, _) => from.clone(),
        };
        let id = |of: &str| format!("<{}@{}>", digest(&[of]), from.domain());
        let mut message = Message::builder()
            .from(settings.from.clone())
            .to(Mailbox::new(None, recipient.clone()))
            .subject(subject(&self.subject))
            .date(self.date.max(Timestamp::UNIX_EPOCH).into())
            .raw_header(exact("Message-ID", id(&self.key)));
        if let Some(thread) = &self.thread {
            message = message.raw_header(exact("References", id(&format!("thread {thread}"))));
        }
        if let Some(answered) = &self.answers {
            message = message.raw_header(exact("In-Reply-To", format!("<{answered}>")));
        }
        if let Some(reply_to) = &settings.reply_to {
            message = message.reply_to(reply_to.clone());
        }
        // RFC 3834, and its counterpart at Exchange: no absence notes. Reports of failures still come.
        let automatic = if self.answers.is_some() { "auto-replied" } else { "auto-generated" };
        message = message.raw_header(exact("Auto-Submitted", automatic.to_owned()));
        message = message.raw_header(exact("X-Auto-Response-Suppress", "OOF, AutoReply".to_owned()));
        if self.urgent {
            message = message.raw_header(exact("Importance", "high".to_owned()));
        }
        let text = SinglePart::plain(cut(&self.text, TEXT));
        // Not random, so that a repeat is the same message; no text can contain the hash of itself.
        let boundary = digest(&[&self.key, &self.text, &self.html]);
        let parts = MultiPart::alternative().boundary(&boundary).singlepart(text.clone());
        let with_html = (self.html.len() <= HTML).then(|| parts.singlepart(SinglePart::html(self.html.clone())));
        let message = match (with_html, self.attachments.as_slice()) {
            (Some(parts), []) => message.multipart(parts),
            (None, []) => message.singlepart(text),
            (with_html, files) => {
                let mixed = MultiPart::mixed().boundary(digest(&[&boundary, "mixed"]));
                let body = match with_html {
                    Some(parts) => mixed.multipart(parts),
                    None => mixed.singlepart(text),
                };
                message
                    .multipart(files.iter().try_fold(body, |body, file| file.part().map(|part| body.singlepart(part)))?)
            }
        };
        let message = message.map_err(|error| format!("the message cannot be written: {error}"))?;
        Ok(Letter { sender, recipient, content: content(&message.formatted()) })
    }
}

impl MailAttachment {
    fn part(&self) -> Result<SinglePart, String> {
        let kind = ContentType::parse(self.content_type).map_err(|error| format!("{}: {error}", self.name))?;
        // Every byte stays as it is: the file may be signed.
        let body = Body::new_with_encoding(self.content.clone(), ContentTransferEncoding::Base64)
            .map_err(|_| format!("{} cannot be encoded", self.name))?;
        Ok(Attachment::new(self.name.to_owned()).body(body, kind))
    }
}

/// A header whose value is made here of characters that need no encoding.
fn exact(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}

/// Returns the text on one line, without what would be read as an encoded word.
fn subject(text: &str) -> String {
    let line = visible(text).split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&line.replace("=?", "= ?"), SUBJECT)
}

fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())[..ID_CHARS].to_owned()
}

/// Returns a message as the content of DATA: every line ends with CRLF, and one that begins with a dot has two (RFC 5321,
/// section 4.5.2). No other end of a line remains, because servers differ in what they make of it.
pub(super) fn content(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 64);
    let mut bytes = message.iter().copied().peekable();
    let mut at_start = true;
    while let Some(byte) = bytes.next() {
        if byte == b'\r' || byte == b'\n' {
            if byte == b'\r' && bytes.peek() == Some(&b'\n') {
                bytes.next();
            }
            out.extend_from_slice(b"\r\n");
            at_start = true;
            continue;
        }
        if at_start && byte == b'.' {
            out.push(b'.');
        }
        out.push(byte);
        at_start = false;
    }
    if !at_start {
        out.extend_from_slice(b"\r\n");
    }
    out
}
