//! Mail through a real mail system: Debian's postfix, dovecot and postgrey, and a message read by Python's aiosmtpd.

mod system;

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use hotroom::{
    contact::mail::{
        Bounce, BounceAddress, BounceSettings, MailEncryption, MailLogin, MailServer, MailSettings, OutgoingMail,
        examine_mailbox, examine_server, read_bounces, send,
    },
    domain::{Timestamp, effect::Outcome},
    net::{Dialer, tls::TrustedRoots},
};
use secrecy::SecretString;

use self::system::MailSystem;
use crate::{
    fake_smtp::{FakeSmtp, Moment, SmtpEncryption, SmtpReaction},
    rig::{free_address, program, required, root},
};

fn server(port: u16, encryption: MailEncryption) -> MailServer {
    let authority = root().join("tests/fakes/certificates/authority.pem");
    let roots = TrustedRoots::with_file(&authority).expect("certificates");
    MailServer { host: "localhost".to_owned(), port, encryption, roots }
}

fn login(user: &str, password: &str) -> MailLogin {
    MailLogin { user: user.to_owned(), password: SecretString::from(password.to_owned()) }
}

fn settings(port: u16, encryption: MailEncryption, imaps: u16) -> MailSettings {
    let bounces = BounceSettings {
        server: server(imaps, MailEncryption::Tls),
        login: login("bounces", "s3cret"),
        folder: "INBOX".to_owned(),
        address: BounceAddress::parse("bounces@hotroom.test").expect("an address"),
        interval: Duration::from_secs(10),
    };
    MailSettings {
        server: server(port, encryption),
        login: Some(login("hotroom", "s3cret")),
        from: "hotroom <hotroom@hotroom.test>".parse().expect("an address"),
        reply_to: None,
        timeout: Duration::from_secs(14),
        bounces: Some(bounces),
        private: false,
    }
}

fn mail(to: &str, token: &str) -> OutgoingMail {
    OutgoingMail {
        to: to.to_owned(),
        subject: "SEV1 HOT-12 Größer als ☃".to_owned(),
        text: "Checkout is down.\n.\nAcknowledge: https://hotroom.example.com/a/1\n".to_owned(),
        html: "<p>Checkout is down, größer als ☃.</p>".to_owned(),
        key: format!("page/{token}/1"),
        thread: Some("incident/1".to_owned()),
        answers: None,
        token: Some(token.to_owned()),
        urgent: true,
        date: Timestamp::UNIX_EPOCH,
        attachments: Vec::new(),
    }
}

async fn attempt(settings: &MailSettings, mail: &OutgoingMail) -> Outcome<String> {
    send(settings, &Dialer::default(), mail).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_goes_through_postfix_and_comes_back_through_dovecot() {
    let gone = "550 5.1.1 <gone@elsewhere.test>: no such user";
    let react = move |at| if at == Moment::Recipient { SmtpReaction::Reply(gone) } else { SmtpReaction::Usual };
    let elsewhere = FakeSmtp::start(SmtpEncryption::None, None, react).await;
    let Some(system) = MailSystem::start(elsewhere.port).await else { return };
    arrives(&system).await;
    is_refused(&system).await;
    is_greylisted(&system).await;
    bounces(&system).await;
}

/// With a login, over STARTTLS and over TLS.
async fn arrives(system: &MailSystem) {
    let ports = &system.ports;
    for (port, encryption) in [(ports.starttls, MailEncryption::StartTls), (ports.tls, MailEncryption::Tls)] {
        let settings = settings(port, encryption, ports.imaps);
        let proven = examine_server(&settings, &Dialer::default()).await;
        assert!(proven.is_ok(), "{proven:?}\n{}", system.logs());
        let before = system.mailbox("ann").len();
        let outcome = attempt(&settings, &mail("ann@hotroom.test", "aaaaaaaaaaaaaaaa")).await;
        assert!(matches!(outcome, Outcome::Delivered(_)), "{outcome:?}\n{}", system.logs());
        system.eventually("the message arrives", || system.mailbox("ann").len() > before).await;
        let text = system.mailbox("ann").pop().expect("it arrived");
        assert!(text.contains("Return-Path: <bounces+aaaaaaaaaaaaaaaa@hotroom.test>"), "{text}");
        assert!(text.contains("Auto-Submitted: auto-generated") && text.contains("with ESMTPSA"), "{text}");
    }
    let mailbox = settings(ports.tls, MailEncryption::Tls, ports.imaps).bounces.expect("they are read");
    assert!(examine_mailbox((&mailbox).into(), &Dialer::default()).await.is_ok(), "{}", system.logs());
}

/// A wrong password, a login without encryption, and a mailbox that does not exist.
async fn is_refused(system: &MailSystem) {
    let ports = &system.ports;
    let good = settings(ports.starttls, MailEncryption::StartTls, ports.imaps);
    let wrong = MailSettings { login: Some(login("hotroom", "wrong")), ..good.clone() };
    let why = |outcome| {
        let Outcome::Rejected { why } = outcome else { panic!("{outcome:?}\n{}", system.logs()) };
        why
    };
    let ann = mail("ann@hotroom.test", "bbbbbbbbbbbbbbbb");
    assert_eq!(why(attempt(&wrong, &ann).await), "the mail server answered 535 5.7.8 to AUTH");
    let plain = MailSettings { server: server(ports.starttls, MailEncryption::None), login: None, ..good.clone() };
    assert!(why(attempt(&plain, &ann).await).contains("530 5.7.0 Must issue a STARTTLS command first"));
    let nobody = why(attempt(&good, &mail("nobody@hotroom.test", "cccccccccccccccc")).await);
    assert!(nobody.contains("550 5.1.1 <n…@hotroom.test>: Recipient address rejected"), "{nobody}");
}

/// Refused for now, and taken when it is tried again, with the same token: a greylist knows a message by its sender too.
async fn is_greylisted(system: &MailSystem) {
    let ports = &system.ports;
    let mut settings = settings(ports.greylist, MailEncryption::StartTls, ports.imaps);
    settings.login = None;
    let mut tick = tokio::time::interval(Duration::from_millis(500));
    let mut refused = 0;
    loop {
        tick.tick().await;
        let outcome = attempt(&settings, &mail("ann@hotroom.test", "dddddddddddddddd")).await;
        if matches!(outcome, Outcome::Delivered(_)) {
            break;
        }
        let Outcome::Retry { why, .. } = outcome else { panic!("{outcome:?}\n{}", system.logs()) };
        assert!(why.contains("450 4.2.0") && why.contains("Greylisted"), "{why}");
        refused += 1;
        assert!(refused < 60, "{}", system.logs());
    }
    assert!(refused > 0, "it was refused at first");
}

/// Taken, and refused by the next server: the report arrives in the mailbox and is read once.
async fn bounces(system: &MailSystem) {
    let ports = &system.ports;
    let settings = settings(ports.tls, MailEncryption::Tls, ports.imaps);
    let mailbox = settings.bounces.clone().expect("they are read");
    let outcome = attempt(&settings, &mail("gone@elsewhere.test", "eeeeeeeeeeeeeeee")).await;
    assert!(matches!(outcome, Outcome::Delivered(_)), "{outcome:?}\n{}", system.logs());
    system.eventually("the report arrives", || !system.mailbox("bounces").is_empty()).await;
    let dialer = Dialer::default();
    let mut found = Vec::new();
    let count = read_bounces(&mailbox, &dialer, |bounces| {
        found = bounces;
        async { true }
    })
    .await;
    assert_eq!(count.map(|count| count.bounces), Ok(1), "{}", system.logs());
    let wanted = Bounce {
        token: "eeeeeeeeeeeeeeee".to_owned(),
        status: "5.1.1".to_owned(),
        diagnostic: "550 5.1.1 <g…@elsewhere.test>: no such user".to_owned(),
        permanent: true,
    };
    assert_eq!(found, [wanted]);
    let again = read_bounces(&mailbox, &dialer, |_| async { true }).await;
    assert_eq!(again.map(|count| count.read), Ok(0), "it is marked as seen");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aiosmtpd_reads_both_parts_and_the_thread() {
    let installed = root().join("target/senders/python");
    let Some(python) = program(&["python3"]).filter(|_| installed.join("aiosmtpd").exists()) else {
        return required("aiosmtpd").unwrap_or_default();
    };
    let address = free_address();
    let script = root().join("tests/senders/clients/mail.py");
    let mut command = Command::new(python);
    command.arg(script).arg(address.port().to_string()).env("PYTHONPATH", installed).stdout(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let sent = send_two(address.port()).await;
    if sent.is_err() {
        child.kill().expect("ended");
    }
    let done = child.wait_with_output().expect("it ends");
    assert_eq!(sent, Ok(()));
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.trim() == "both messages are as they should be", "{said}");
}

/// Sends two messages of one incident, as soon as the server listens.
async fn send_two(port: u16) -> Result<(), String> {
    let mut settings = settings(port, MailEncryption::None, 1);
    settings.login = None;
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    for token in ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"] {
        let mut tries = 0;
        loop {
            tick.tick().await;
            let outcome = attempt(&settings, &mail("ann@example.org", token)).await;
            if matches!(outcome, Outcome::Delivered(_)) {
                break;
            }
            tries += 1;
            if tries == 100 {
                return Err(format!("{outcome:?}"));
            }
        }
    }
    Ok(())
}
