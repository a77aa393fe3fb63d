//! The dialogue with a mail server: what arrives, and what becomes of a message when the server fails.

use tokio::io::AsyncReadExt;

use super::*;
use crate::{
    contact::mail::dialogue::{SmtpDialogue, SmtpFailure, SmtpStep},
    domain::effect::Outcome,
    fake_smtp::{
        FakeSmtp, Moment, SmtpReaction,
        table::{MailUnderTest, run_mail_table},
    },
    net::ByteStream,
};

struct OneMail;

impl MailUnderTest for OneMail {
    async fn send(&self, port: u16, encryption: SmtpEncryption) -> Outcome<()> {
        send(&settings(port, encryption), &dialer(), &mail()).await.map(|_| ())
    }
}

#[tokio::test]
async fn a_message_that_fails_has_the_outcome_of_the_table() {
    run_mail_table(&OneMail).await;
}

#[tokio::test]
async fn a_message_arrives_over_each_kind_of_connection() {
    for encryption in [SmtpEncryption::None, SmtpEncryption::StartTls("good.pem"), SmtpEncryption::Tls("good.pem")] {
        let server = FakeSmtp::start(encryption, Some(["ann", "s3cret"]), |_| SmtpReaction::Usual).await;
        let settings = MailSettings { login: Some(login("ann", "s3cret")), ..settings(server.port, encryption) };
        let outcome = send(&settings, &dialer(), &mail()).await;
        assert_eq!(outcome, Outcome::Delivered("2.0.0 Ok: queued as 4F3B0D".to_owned()));
        let taken = server.taken().remove(0);
        assert_eq!(
            (taken.from.as_str(), taken.to.as_slice()),
            ("hotroom@example.com", &["ann@example.org".to_owned()][..])
        );
        assert_eq!(taken.encrypted, !matches!(encryption, SmtpEncryption::None));
        assert_eq!(taken.user.as_deref(), Some("ann"));
        assert_eq!(taken.header("auto-submitted").as_deref(), Some("auto-generated"));
        assert!(taken.text.contains("\r\n.\r\nAcknowledge"), "a line of one dot arrives as it was: {}", taken.text);
    }
}

#[tokio::test]
async fn nothing_is_said_before_the_connection_is_encrypted() {
    // The server offers a login without encryption, as somebody in between would.
    let server = FakeSmtp::start(SmtpEncryption::None, Some(["ann", "s3cret"]), |_| SmtpReaction::Usual).await;
    let with = settings(server.port, SmtpEncryption::StartTls("good.pem"));
    let outcome = send(&MailSettings { login: Some(login("ann", "s3cret")), ..with }, &dialer(), &mail()).await;
    let Outcome::Retry { why, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(why, "the mail server offers no STARTTLS, and nothing is sent without encryption; nothing was sent");
    assert_eq!(server.moments(), [Moment::Connection, Moment::Hello]);
}

#[tokio::test]
async fn what_failed_is_said_without_secrets_and_addresses() {
    let why = async |moment: Moment, reply: &'static str, password: &str| {
        let react = move |at| if at == moment { SmtpReaction::Reply(reply) } else { SmtpReaction::Usual };
        let server = FakeSmtp::start(SmtpEncryption::None, Some(["ann", "s3cret"]), react).await;
        let login = Some(login("ann", password));
        let settings = MailSettings { login, ..settings(server.port, SmtpEncryption::None) };
        match send(&settings, &dialer(), &mail()).await {
            Outcome::Rejected { why } | Outcome::Retry { why, .. } => why,
            outcome @ (Outcome::Delivered(_) | Outcome::Skipped(_) | Outcome::Unknown { .. }) => panic!("{outcome:?}"),
        }
    };
    let unknown = "550 5.1.1 <ann@example.org>: Recipient address rejected: User unknown";
    assert_eq!(
        why(Moment::Recipient, unknown, "s3cret").await,
        "the mail server answered 550 5.1.1 <a…@example.org>: Recipient address rejected: User unknown to RCPT TO"
    );
    let quoting = "554 5.7.1 Spam: Checkout is down";
    assert_eq!(
        why(Moment::FinalDot, quoting, "s3cret").await,
        "the mail server answered 554 5.7.1 to the end of DATA",
        "the reply to a message may repeat what it says"
    );
    assert_eq!(why(Moment::FinalDot, "250 Ok", "wrong").await, "the mail server answered 535 5.7.8 to AUTH");
    let lines = "450-4.2.0 Greylisted\r\n450 4.2.0 for 300 seconds\u{1b}[31m";
    assert_eq!(
        why(Moment::Recipient, lines, "s3cret").await,
        "the mail server answered 450 4.2.0 Greylisted 4.2.0 for 300 seconds[31m to RCPT TO"
    );
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_is_named() {
    for (certificate, why) in [
        ("expired.pem", "the certificate of localhost is not valid: it has expired"),
        ("elsewhere.pem", "the certificate of localhost is not valid: it is for another name"),
        ("self_signed.pem", "the certificate of localhost is not valid: nobody who is trusted has issued it"),
    ] {
        let encryption = SmtpEncryption::Tls(certificate);
        let server = FakeSmtp::start(encryption, None, |_| SmtpReaction::Usual).await;
        let outcome = send(&settings(server.port, encryption), &dialer(), &mail()).await;
        assert_eq!(outcome, Outcome::Retry { after_ms: None, why: format!("{why}; nothing was sent") });
    }
}

#[tokio::test]
async fn a_server_with_a_forbidden_address_is_never_called() {
    let mut settings = settings(25, SmtpEncryption::None);
    settings.server.host = "169.254.169.254".to_owned();
    let outcome = send(&settings, &dialer(), &mail()).await;
    assert!(matches!(outcome, Outcome::Rejected { .. }), "{outcome:?}");
}

/// Runs a dialogue from DATA on, over a connection that buffers few bytes, with a server that reads so much of the content.
async fn cut_after(bytes: usize) -> SmtpStep {
    let (ours, mut theirs) = tokio::io::duplex(16);
    let server = async move {
        let mut command = [0; 6];
        theirs.read_exact(&mut command).await.expect("DATA");
        tokio::io::AsyncWriteExt::write_all(&mut theirs, b"354 go\r\n").await.expect("written");
        theirs.read_exact(&mut vec![0; bytes]).await.expect("content");
    };
    let mut step = SmtpStep::Recipient;
    let stream: Box<dyn ByteStream> = Box::new(ours);
    let mut dialogue = SmtpDialogue::over(stream, &mut step);
    let content = [b'x'; 98].into_iter().chain(*b"\r\n").collect::<Vec<u8>>();
    let (result, ()) = tokio::join!(dialogue.content(&content), server);
    assert!(matches!(result, Err(SmtpFailure::Broken(_))), "{result:?}");
    step
}

#[tokio::test]
async fn a_cut_before_the_final_dot_is_told_from_one_after_it() {
    assert_eq!(cut_after(10).await, SmtpStep::Data);
    assert_eq!(cut_after(103).await, SmtpStep::FinalDot);
}

#[tokio::test]
async fn the_settings_are_tried_without_sending_a_message() {
    let encryption = SmtpEncryption::StartTls("good.pem");
    let server = FakeSmtp::start(encryption, Some(["ann", "s3cret"]), |_| SmtpReaction::Usual).await;
    let settings = settings(server.port, encryption);
    let right = MailSettings { login: Some(login("ann", "s3cret")), ..settings.clone() };
    let said = examine_server(&right, &dialer()).await;
    let wanted =
        format!("the mail server localhost:{} answers with STARTTLS and accepts the login of ann", server.port);
    assert_eq!(said, Ok(wanted));
    let wrong = MailSettings { login: Some(login("ann", "wrong")), ..settings };
    assert_eq!(examine_server(&wrong, &dialer()).await, Err("the mail server answered 535 5.7.8 to AUTH".to_owned()));
    assert!(server.taken().is_empty() && !server.moments().contains(&Moment::Sender));
}

#[tokio::test]
async fn both_ways_to_log_in_work() {
    // One that offers AUTH LOGIN only, in the old spelling and in small letters.
    let old = "250-fake.example\r\n250 auth=LOGIN";
    let react = move |at| if at == Moment::Hello { SmtpReaction::Reply(old) } else { SmtpReaction::Usual };
    let server = FakeSmtp::start(SmtpEncryption::None, Some(["ann", "s3cret"]), react).await;
    let settings = MailSettings { login: Some(login("ann", "s3cret")), ..settings(server.port, SmtpEncryption::None) };
    assert!(matches!(send(&settings, &dialer(), &mail()).await, Outcome::Delivered(_)));
    let react = |at| if at == Moment::Hello { SmtpReaction::Reply("250 fake.example") } else { SmtpReaction::Usual };
    let none = FakeSmtp::start(SmtpEncryption::None, Some(["ann", "s3cret"]), react).await;
    let settings = MailSettings { server: server_of(&none), ..settings };
    let outcome = send(&settings, &dialer(), &mail()).await;
    assert!(
        matches!(&outcome, Outcome::Retry { why, .. } if why.contains("neither AUTH PLAIN nor AUTH LOGIN")),
        "{outcome:?}"
    );
}

fn server_of(fake: &FakeSmtp) -> MailServer {
    server(fake.port, MailEncryption::None)
}
