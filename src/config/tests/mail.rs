//! `[mail]` and `[mail.bounces]`.

use super::{mistakes_with, read};
use crate::contact::mail::{MailEncryption, MailSettings};

const SECRETS: [(&str, &str); 1] = [("GOOD", "s3cret-of-mail")];

fn mail(text: &str) -> MailSettings {
    let config = read(text, &SECRETS).expect("no mistake");
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    config.contact.mail.expect("it is configured")
}

#[test]
fn three_lines_are_enough_for_a_server_without_a_login() {
    let mail = mail("[mail]\nserver = \"smtp.example.com\"\nfrom = \"hotroom@example.com\"\n");
    assert_eq!(mail.server.to_string(), "smtp.example.com:587");
    assert_eq!(mail.server.encryption, MailEncryption::StartTls);
    assert!(mail.login.is_none() && mail.bounces.is_none() && mail.reply_to.is_none() && !mail.private);
    assert_eq!(mail.timeout.as_secs(), 14);
}

#[test]
fn everything_can_be_said() {
    let mail = mail(
        r#"
[mail]
server = "smtp.example.com:2525"
tls = "tls"
ca = "tests/fakes/certificates/authority.pem"
user = "hotroom"
password = "env:GOOD"
from = "hotroom at Example <hotroom@example.com>"
reply_to = "ops@example.com"
timeout = "5s"
private = true

[mail.bounces]
address = "bounces@example.com"
server = "imap.example.com"
user = "bounces"
password = "env:GOOD"
folder = "Bounces"
interval = "30s"
"#,
    );
    assert_eq!((mail.server.port, mail.server.encryption), (2525, MailEncryption::Tls));
    assert_eq!(mail.from.to_string(), "hotroom at Example <hotroom@example.com>");
    let bounces = mail.bounces.as_ref().expect("they are read");
    assert_eq!((bounces.server.to_string().as_str(), bounces.folder.as_str()), ("imap.example.com:993", "Bounces"));
    assert_eq!((bounces.interval.as_secs(), mail.timeout.as_secs(), mail.private), (30, 5, true));
    assert!(!format!("{mail:?}").contains("s3cret"), "a password is never shown");
}

#[test]
fn only_this_machine_is_reached_without_encryption_unless_that_is_written() {
    let server = |server: &str, more: &str| {
        let text = format!("[mail]\nfrom = \"hotroom@example.com\"\nserver = \"{server}\"\n{more}");
        let config = read(&text, &SECRETS).expect("no mistake");
        let warnings: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
        (config.contact.mail.expect("configured").server, warnings)
    };
    for (host, address) in
        [("localhost", "localhost:25"), ("127.0.0.1", "127.0.0.1:25"), ("::1", "[::1]:25"), ("[::1]:26", "[::1]:26")]
    {
        let (server, warnings) = server(host, "");
        assert_eq!((server.to_string().as_str(), server.encryption), (address, MailEncryption::None));
        assert!(warnings.is_empty(), "{warnings:?}");
    }
    assert_eq!(server("10.0.0.5", "").0.encryption, MailEncryption::StartTls);
    let (plain, warnings) = server("10.0.0.5", "tls = \"none\"\n");
    assert_eq!(plain.encryption, MailEncryption::None);
    assert!(warnings.iter().any(|warning| warning.contains("[mail] tls")), "{warnings:?}");
}

#[test]
fn what_is_wrong_is_said() {
    let said = mistakes_with(
        r#"
[mail]
server = "smtp.example.com:0"
tls = "ssl"
ca = "tests/fakes/certificates/key.pem"
user = "hotroom"
from = "hotroom"
reply_to = "änn@example.com"
timeout = "60s"

[mail.bounces]
address = "bounces@"
server = "smtp://imap.example.com"
tls = "ssl"
"#
        .trim_start(),
        &SECRETS,
    );
    insta::assert_snapshot!(said, @r#"
    bot.toml:2: [mail] server: "smtp.example.com:0" is no server; write one such as "smtp.example.com:587"
    bot.toml:3: [mail] tls: "ssl" is not one of starttls, tls, none
    bot.toml:4: [mail] ca: tests/fakes/certificates/key.pem has no certificate; it must contain -----BEGIN CERTIFICATE-----
    bot.toml:5: [mail] user: has no password; write password = "env:NAME" or "file:PATH"
    bot.toml:6: [mail] from: "hotroom" is no mail address; write one such as "hotroom <hotroom@example.com>"
    bot.toml:7: [mail] reply_to: "änn@example.com" has letters that not every mail server takes; write the domain in its form of xn--
    bot.toml:8: [mail] timeout: must be from 1s to 14s, not 1m
    bot.toml:10: [mail.bounces] user: missing; write user = … and password = …: nobody reads a mailbox without them
    bot.toml:11: [mail.bounces] address: "bounces@" is no mail address; write one such as "ann@example.com"
    bot.toml:12: [mail.bounces] server: "smtp://imap.example.com" is no server; write one such as "imap.example.com:993"
    bot.toml:13: [mail.bounces] tls: "ssl" is not one of tls, starttls, none
    "#);
}

#[test]
fn the_examples_of_the_document_are_good() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/contact/mail.md")).expect("a page");
    let page = page.replace("/etc/hotroom/mail-ca.pem", "tests/fakes/certificates/authority.pem");
    let secrets = [("HOTROOM_SMTP_PASSWORD", "m"), ("HOTROOM_IMAP_PASSWORD", "b")];
    let mut examples = 0;
    for block in page.split("```toml\n").skip(1) {
        let text =
            block.split("```").next().expect("an end").lines().map(str::trim_start).collect::<Vec<_>>().join("\n");
        let config = read(&text, &secrets).unwrap_or_else(|mistakes| panic!("{text}\n{mistakes}"));
        assert!(config.contact.mail.is_some() && config.warnings.is_empty(), "{text}\n{:?}", config.warnings);
        examples += 1;
    }
    assert_eq!(examples, 4);
}
