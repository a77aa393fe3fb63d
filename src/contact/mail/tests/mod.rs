//! Mail against fake servers: what arrives, what fails how, and what bounces say.

mod addresses;
mod bounces;
mod content;
mod delivery;
mod incoming;
mod mailbox;

use std::{path::Path, time::Duration};

use lettre::message::Mailbox;
use secrecy::SecretString;

use super::*;
use crate::{
    domain::Timestamp,
    fake_smtp::SmtpEncryption,
    net::{Dialer, tls::TrustedRoots},
};

/// The settings for a server of a test.
fn settings(port: u16, encryption: SmtpEncryption) -> MailSettings {
    let encryption = match encryption {
        SmtpEncryption::None => MailEncryption::None,
        SmtpEncryption::StartTls(_) => MailEncryption::StartTls,
        SmtpEncryption::Tls(_) => MailEncryption::Tls,
    };
    MailSettings {
        server: server(port, encryption),
        login: None,
        from: "hotroom <hotroom@example.com>".parse::<Mailbox>().expect("an address"),
        reply_to: None,
        timeout: Duration::from_secs(14),
        bounces: None,
        private: false,
    }
}

fn server(port: u16, encryption: MailEncryption) -> MailServer {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes/certificates/authority.pem");
    let roots = TrustedRoots::with_file(&file).expect("certificates");
    MailServer { host: "localhost".to_owned(), port, encryption, roots }
}

fn login(user: &str, password: &str) -> MailLogin {
    MailLogin { user: user.to_owned(), password: SecretString::from(password.to_owned()) }
}

fn bounce_settings(port: u16) -> BounceSettings {
    BounceSettings {
        server: server(port, MailEncryption::None),
        login: login("bounces", "secret"),
        folder: "INBOX".to_owned(),
        address: BounceAddress::parse("bounces@example.com").expect("an address"),
        interval: Duration::from_secs(60),
    }
}

fn mail() -> OutgoingMail {
    OutgoingMail {
        to: "ann@example.org".to_owned(),
        subject: "SEV1 HOT-12 Checkout is down".to_owned(),
        text: "Checkout is down since 10:00.\n.\nAcknowledge: https://hotroom.example.com/a/1\n".to_owned(),
        html: "<p>Checkout is down since 10:00.</p>\n<p>größer &amp; ☃</p>".to_owned(),
        key: "page/019a/1/0".to_owned(),
        thread: Some("incident/019a".to_owned()),
        answers: None,
        token: Some("0123456789abcdef".to_owned()),
        urgent: true,
        date: Timestamp::UNIX_EPOCH,
        attachments: Vec::new(),
    }
}

fn dialer() -> Dialer {
    Dialer::default()
}
