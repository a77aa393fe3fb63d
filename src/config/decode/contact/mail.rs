//! Decodes `[mail]` and `[mail.bounces]`.

use std::{ops::RangeInclusive, path::Path, time::Duration};

use lettre::message::Mailbox;

use crate::{
    config::{decode::seconds, kinds, mistake::shown, read::Section, tree::Value},
    contact::mail::{
        BounceAddress, BounceSettings, MailEncryption, MailLogin, MailServer, MailSettings, ReportMailbox,
        parse_address,
    },
    net::tls::TrustedRoots,
};

/// The longest timeout. It is shorter than the deadline of the worker that makes the attempt, because the worker cannot
/// know whether the message was sent.
const LONGEST: u64 = 14;
/// How often the mailbox may be read, in seconds.
const INTERVAL: RangeInclusive<u64> = 10..=3_600;

pub(super) fn mail(s: &Section<'_>) -> Option<MailSettings> {
    let server = server(s, SMTP);
    let login = login(s);
    let from = s.need("from", "mail address", mailbox);
    let reply_to = s.read("reply_to", "mail address", mailbox);
    let timeout = optional_duration(s, "timeout", LONGEST, 1..=LONGEST);
    let private = s.flag("private", false);
    let bounces = s.table("bounces", bounces);
    let (server, from, bounces) = (server?, from?, bounces.map_or(Some(None), |bounces| bounces.map(Some))?);
    Some(MailSettings { server, login, from, reply_to, timeout, bounces, private })
}

fn bounces(s: &Section<'_>) -> Option<BounceSettings> {
    let server = server(s, IMAP);
    let login = login(s);
    if login.is_none() && !s.has("user") && !s.has("password") {
        s.wrong("user", "missing; write user = … and password = …: nobody reads a mailbox without them");
    }
    let folder = s.read("folder", "text", kinds::line).unwrap_or_else(|| "INBOX".to_owned());
    let address = s.need("address", "mail address", |value| {
        let text = kinds::line(value)?;
        BounceAddress::parse(&text).map_err(|why| format!("{} {why}", shown(&text)))
    });
    let interval = optional_duration(s, "interval", 60, INTERVAL);
    Some(BounceSettings { server: server?, login: login?, folder, address: address?, interval })
}

/// Decodes `[reports.mail]`.
pub(in crate::config::decode) fn report_mailbox(s: &Section<'_>) -> Option<ReportMailbox> {
    let server = server(s, IMAP);
    let login = login(s);
    if login.is_none() && !s.has("user") && !s.has("password") {
        s.wrong("user", "missing; write user = … and password = …: nobody reads a mailbox without them");
    }
    let folder = s.read("folder", "text", kinds::line).unwrap_or_else(|| "INBOX".to_owned());
    let interval = optional_duration(s, "interval", 60, INTERVAL);
    Some(ReportMailbox { server: server?, login: login?, folder, interval })
}

/// Reads a duration, which has a default. The range is in seconds.
fn optional_duration(s: &Section<'_>, key: &str, otherwise: u64, range: RangeInclusive<u64>) -> Duration {
    let read = s.read(key, "duration", |value| kinds::duration(value, seconds(*range.start(), *range.end())));
    read.unwrap_or(Duration::from_secs(otherwise))
}

/// What the two kinds of servers differ in.
struct Protocol {
    /// How a connection to another machine is encrypted if nothing is said.
    usual: MailEncryption,
    words: &'static [(&'static str, MailEncryption)],
    ports: fn(MailEncryption) -> u16,
    example: &'static str,
    unencrypted: &'static str,
}

const SMTP: Protocol = Protocol {
    usual: MailEncryption::StartTls,
    words: &[("starttls", MailEncryption::StartTls), ("tls", MailEncryption::Tls), ("none", MailEncryption::None)],
    ports: |encryption| match encryption {
        MailEncryption::StartTls => 587,
        MailEncryption::Tls => 465,
        MailEncryption::None => 25,
    },
    example: "smtp.example.com:587",
    unencrypted: "none: everyone between hotroom and the mail server can read the messages and the password",
};

const IMAP: Protocol = Protocol {
    usual: MailEncryption::Tls,
    words: &[("tls", MailEncryption::Tls), ("starttls", MailEncryption::StartTls), ("none", MailEncryption::None)],
    ports: |encryption| match encryption {
        MailEncryption::StartTls | MailEncryption::None => 143,
        MailEncryption::Tls => 993,
    },
    example: "imap.example.com:993",
    unencrypted: "none: everyone between hotroom and the mail server can read the mailbox and its password",
};

fn server(s: &Section<'_>, protocol: Protocol) -> Option<MailServer> {
    let place = s.need("server", "host or host:port", |value| host_and_port(value, protocol.example));
    let said = s.read("tls", "word", |value| kinds::word(value, protocol.words));
    let roots = s.read("ca", "path", |value| TrustedRoots::with_file(Path::new(&kinds::line(value)?)));
    let place = place?;
    let local = MailServer::is_loopback(&place.host);
    let encryption = said.unwrap_or(if local { MailEncryption::None } else { protocol.usual });
    if encryption == MailEncryption::None && !local {
        s.warn("tls", protocol.unencrypted);
    }
    let port = place.port.unwrap_or_else(|| (protocol.ports)(encryption));
    Some(MailServer { host: place.host, port, encryption, roots: roots.unwrap_or_default() })
}

struct Place {
    host: String,
    port: Option<u16>,
}

/// Parses `smtp.example.com`, `smtp.example.com:587`, `192.0.2.1:25` or `[2001:db8::1]:25`.
fn host_and_port(value: &Value, example: &str) -> Result<Place, String> {
    let text = kinds::line(value)?;
    let wrong = || format!("{} is no server; write one such as {}", shown(&text), shown(example));
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or_else(wrong)?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?;
            (host, rest.strip_prefix(':').or(if rest.is_empty() { Some("") } else { None }).ok_or_else(wrong)?)
        }
        None if text.parse::<std::net::Ipv6Addr>().is_ok() => (text.as_str(), ""),
        None => text.split_once(':').unwrap_or((&text, "")),
    };
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    let port_given = text.ends_with(':') || !port.is_empty();
    let port = if port_given { Some(port.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?) } else { None };
    if host.is_empty() || !host.chars().all(named) { Err(wrong()) } else { Ok(Place { host: host.to_owned(), port }) }
}

/// Reads user and password, which go together.
fn login(s: &Section<'_>) -> Option<MailLogin> {
    let user = s.read("user", "text", kinds::line);
    let password = s.secret("password");
    if s.has("user") && !s.has("password") {
        s.wrong("user", "has no password; write password = \"env:NAME\" or \"file:PATH\"");
    }
    if s.has("password") && !s.has("user") {
        s.wrong("password", "has no user; write user = …");
    }
    Some(MailLogin { user: user?, password: password? })
}

/// Parses `ops@example.com` or `hotroom <ops@example.com>`.
fn mailbox(value: &Value) -> Result<Mailbox, String> {
    let text = kinds::line(value)?;
    let wrong = |why: &str| format!("{} {why}", shown(&text));
    let mailbox: Mailbox =
        text.parse().map_err(|_| wrong("is no mail address; write one such as \"hotroom <hotroom@example.com>\""))?;
    parse_address(mailbox.email.as_ref()).map_err(|why| wrong(&why))?;
    Ok(mailbox)
}
