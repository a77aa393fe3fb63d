//! `[mail]` and `[mail.bounces]` of bot.toml.

use std::{net::IpAddr, time::Duration};

use lettre::message::Mailbox;
use secrecy::SecretString;

use super::BounceAddress;
use crate::net::tls::TrustedRoots;

/// `[mail]`
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// The SMTP server that takes our mail.
    pub server: MailServer,
    /// Who logs in there; `None` where the server knows us by our address.
    pub login: Option<MailLogin>,
    /// The sender that people see.
    pub from: Mailbox,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<Mailbox>,
    /// How long one attempt may take in all.
    pub timeout: Duration,
    /// Where messages that come back are read; `None` if they are not.
    pub bounces: Option<BounceSettings>,
    /// Whether it also carries pages for private incidents, with key, severity and link.
    pub private: bool,
}

/// `[mail.bounces]`
#[derive(Clone, Debug)]
pub struct BounceSettings {
    /// The IMAP server.
    pub server: MailServer,
    /// Who logs in there.
    pub login: MailLogin,
    /// The folder that is read.
    pub folder: String,
    /// The address whose mail arrives there. Each attempt is sent from this address with a token of its own.
    pub address: BounceAddress,
    /// How often the folder is read.
    pub interval: Duration,
}

/// `[reports.mail]`
#[derive(Clone, Debug)]
pub struct ReportMailbox {
    /// The IMAP server.
    pub server: MailServer,
    /// Who logs in there.
    pub login: MailLogin,
    /// The folder that is read.
    pub folder: String,
    /// How often the folder is read.
    pub interval: Duration,
}

/// A server and how it is reached.
#[derive(Clone, Debug)]
pub struct MailServer {
    /// A name, or an address; one of IPv6 has no brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: MailEncryption,
    /// Who may have issued its certificate.
    pub roots: TrustedRoots,
}

impl MailServer {
    /// True if the host is this machine, as far as its name says.
    pub fn is_loopback(host: &str) -> bool {
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
    }
}

impl std::fmt::Display for MailServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// How a connection to a mail server is encrypted. It is never tried in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailEncryption {
    /// It begins in clear text and is encrypted by STARTTLS before anything is said.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all.
    None,
}

/// A user of a mail server.
#[derive(Clone, Debug)]
pub struct MailLogin {
    /// The name.
    pub user: String,
    /// The password.
    pub password: SecretString,
}
