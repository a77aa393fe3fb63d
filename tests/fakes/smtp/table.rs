//! The table of failures of mail: what becomes of a message when the mail server fails.

use std::pin::pin;

use hotroom::domain::effect::Outcome;

use super::{FakeSmtp, Moment, SmtpEncryption, SmtpReaction};

/// How a message goes to a server.
pub trait MailUnderTest {
    /// Sends one message to the server at `localhost`. `encryption` is how its settings say that it is encrypted.
    fn send(&self, port: u16, encryption: SmtpEncryption) -> impl Future<Output = Outcome<()>>;
}

/// What becomes of a message, without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailExpected {
    Delivered,
    Retry,
    Rejected,
    Unknown,
}

/// A row of the table.
#[derive(Clone, Debug)]
pub struct MailRow {
    pub name: &'static str,
    /// How the server encrypts.
    pub server: SmtpEncryption,
    /// How the client is told to.
    pub client: SmtpEncryption,
    pub moment: Moment,
    pub reaction: SmtpReaction,
    pub expected: MailExpected,
    /// True if the server has the message all the same.
    pub taken: bool,
}

fn row(name: &'static str, moment: Moment, reaction: SmtpReaction, expected: MailExpected) -> MailRow {
    let plain = SmtpEncryption::None;
    MailRow { name, server: plain, client: plain, moment, reaction, expected, taken: false }
}

fn tls(name: &'static str, server: SmtpEncryption, client: SmtpEncryption, expected: MailExpected) -> MailRow {
    let taken = expected == MailExpected::Delivered;
    MailRow { server, client, taken, ..row(name, Moment::Connection, SmtpReaction::Usual, expected) }
}

/// All rows.
pub fn rows() -> Vec<MailRow> {
    [refusals(), breaks(), encryption()].concat()
}

fn refusals() -> Vec<MailRow> {
    use MailExpected::{Rejected, Retry};
    use SmtpReaction::Reply;
    vec![
        row("421 at the greeting", Moment::Connection, Reply("421 4.3.2 Too busy"), Retry),
        row("554 at the greeting", Moment::Connection, Reply("554 5.7.1 No service"), Rejected),
        row("450 greylisted", Moment::Recipient, Reply("450 4.2.0 Greylisted for 300 seconds"), Retry),
        row("451 local error", Moment::Recipient, Reply("451 4.3.0 Error in processing"), Retry),
        row("452 too little storage", Moment::Sender, Reply("452 4.3.1 Insufficient system storage"), Retry),
        row("550 no such mailbox", Moment::Recipient, Reply("550 5.1.1 User unknown"), Rejected),
        row("552 mailbox full at RCPT", Moment::Recipient, Reply("552 5.2.2 Mailbox full"), Rejected),
        row("552 mailbox full after DATA", Moment::FinalDot, Reply("552 5.2.2 Mailbox full"), Rejected),
        row("451 after DATA", Moment::FinalDot, Reply("451 4.3.0 Try again later"), Retry),
        row("553 sender refused", Moment::Sender, Reply("553 5.7.1 Sender address rejected"), Rejected),
        row("503 at DATA", Moment::Data, Reply("503 5.5.1 Bad sequence of commands"), Rejected),
        row("250 at DATA", Moment::Data, Reply("250 2.0.0 Ok"), Retry),
    ]
}

fn breaks() -> Vec<MailRow> {
    use MailExpected::{Delivered, Retry, Unknown};
    use SmtpReaction::{Close, Drip, EndlessLine, EndlessLines, Hang, Raw, Usual};
    let after = |name, reaction| MailRow { taken: true, ..row(name, Moment::FinalDot, reaction, Unknown) };
    vec![
        MailRow { taken: true, ..row("nothing fails", Moment::Connection, Usual, Delivered) },
        row("cut instead of the greeting", Moment::Connection, Close, Retry),
        row("cut at RCPT", Moment::Recipient, Close, Retry),
        after("cut after the final dot", Close),
        row("a server that hangs at once", Moment::Connection, Hang, Retry),
        row("a server that hangs at RCPT", Moment::Recipient, Hang, Retry),
        after("a server that hangs after the final dot", Hang),
        row("a greeting that drips", Moment::Connection, Drip, Retry),
        after("a reply to the final dot that drips", Drip),
        row("a greeting without an end", Moment::Connection, EndlessLine, Retry),
        row("a greeting of lines without end", Moment::Connection, EndlessLines, Retry),
        after("a reply to the final dot without an end", EndlessLine),
        after("a reply to the final dot that is none", Raw(b"HTTP/1.1 400 Bad Request\r\n")),
        row("a greeting that is none", Moment::Connection, Raw(b"\x16\x03\x01\xff\xff\r\n"), Retry),
    ]
}

fn encryption() -> Vec<MailRow> {
    use MailExpected::{Delivered, Rejected, Retry};
    use SmtpEncryption::{None, StartTls, Tls};
    let starttls = |name, reaction, expected| MailRow {
        server: StartTls("good.pem"),
        client: StartTls("good.pem"),
        ..row(name, Moment::StartTls, reaction, expected)
    };
    vec![
        tls("TLS", Tls("good.pem"), Tls("good.pem"), Delivered),
        tls("STARTTLS", StartTls("good.pem"), StartTls("good.pem"), Delivered),
        tls("STARTTLS is not offered", None, StartTls("good.pem"), Retry),
        tls("no TLS on this port", None, Tls("good.pem"), Retry),
        tls("an expired certificate", Tls("expired.pem"), Tls("good.pem"), Retry),
        tls("a certificate for another name", StartTls("elsewhere.pem"), StartTls("good.pem"), Retry),
        tls("a certificate that signed itself", Tls("self_signed.pem"), Tls("good.pem"), Retry),
        starttls("STARTTLS fails for now", SmtpReaction::Reply("454 4.7.0 TLS not available"), Retry),
        starttls("STARTTLS is refused", SmtpReaction::Reply("502 5.5.1 Not implemented"), Rejected),
        starttls(
            "words slipped in before the encryption",
            SmtpReaction::Raw(b"220 2.0.0 Ready\r\n250 2.1.0 Ok\r\n"),
            Retry,
        ),
    ]
}

/// Runs every row over real sockets. It needs the runtime of `#[tokio::test]`: where a row hangs, the clock of the runtime
/// jumps to the deadline as soon as the dialogue is there.
///
/// # Panics
/// With every row that has another outcome.
pub async fn run_mail_table(mail: &impl MailUnderTest) {
    let mut wrong = Vec::new();
    for row in rows() {
        let (moment, reaction) = (row.moment, row.reaction.clone());
        let react = move |at: Moment| if at == moment { reaction.clone() } else { SmtpReaction::Usual };
        let server = FakeSmtp::start(row.server, None, react).await;
        let send = mail.send(server.port, row.client);
        let outcome = if matches!(row.reaction, SmtpReaction::Hang | SmtpReaction::Drip) {
            at_deadline(send, server.until(row.moment)).await
        } else {
            send.await
        };
        let became = match outcome {
            Outcome::Delivered(()) => MailExpected::Delivered,
            Outcome::Retry { .. } => MailExpected::Retry,
            Outcome::Rejected { .. } => MailExpected::Rejected,
            Outcome::Unknown { .. } => MailExpected::Unknown,
            Outcome::Skipped(_) => panic!("{}: nothing was sent", row.name),
        };
        let taken = !server.taken().is_empty();
        if became != row.expected || taken != row.taken {
            wrong.push(format!("{}: {:?} expected, and it was {outcome:?}; taken: {taken}", row.name, row.expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Lets the clock jump to the deadline of an attempt that hangs, once the dialogue is where it hangs.
async fn at_deadline(send: impl Future<Output = Outcome<()>>, arrived: impl Future<Output = ()>) -> Outcome<()> {
    let mut send = pin!(send);
    tokio::select! {
        outcome = &mut send => panic!("it was to hang: {outcome:?}"),
        () = arrived => {}
    }
    tokio::time::pause();
    let outcome = send.await;
    tokio::time::resume();
    outcome
}
