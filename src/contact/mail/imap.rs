//! Mailboxes over IMAP: for bounces, and for reports.

use std::{fmt::Debug, time::Duration};

use async_imap::{Client, Session};
use futures_util::TryStreamExt;
use secrecy::ExposeSecret;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    Bounce, BounceSettings, IncomingReport, MailEncryption, MailLogin, MailServer, ReportMailbox, bounce,
    dialogue::quote, incoming_report,
};
use crate::net::{ByteStream, DialFailure, Dialer, broken};

/// How long one visit may take.
const VISIT: Duration = Duration::from_secs(60);
/// The most messages of one visit; more are read at the next.
const MESSAGES: usize = 50;
/// How much of a message is read. Reports are short; what they return of the message may be long.
const MESSAGE_BYTES: usize = 256 * 1024;
/// The most bytes of one visit, so that a server without an end costs no more.
const VISIT_BYTES: u64 = 16 << 20;
/// The longest line before the encryption, in bytes, and the most lines of an answer.
const LINE: usize = 2_000;
const LINES: usize = 20;

/// How many messages a visit found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailboxCount {
    /// New messages that were read.
    pub read: usize,
    /// Those among them that count: bounces, or reports.
    pub bounces: usize,
}

/// A folder of a mailbox, and who may read it.
#[derive(Clone, Copy, Debug)]
pub struct Mailbox<'a> {
    /// The server.
    pub server: &'a MailServer,
    /// Who logs in there.
    pub login: &'a MailLogin,
    /// The folder.
    pub folder: &'a str,
}

impl<'a> From<&'a BounceSettings> for Mailbox<'a> {
    fn from(settings: &'a BounceSettings) -> Self {
        Self { server: &settings.server, login: &settings.login, folder: &settings.folder }
    }
}

impl<'a> From<&'a ReportMailbox> for Mailbox<'a> {
    fn from(settings: &'a ReportMailbox) -> Self {
        Self { server: &settings.server, login: &settings.login, folder: &settings.folder }
    }
}

/// Reads the new messages of the folder and hands the bounces among them to `take`. When it returns true, what was read is
/// marked as seen; otherwise the next visit reads it again.
///
/// # Errors
/// Says why the mailbox cannot be read.
pub async fn read_bounces<F: Future<Output = bool>>(
    settings: &BounceSettings,
    dialer: &Dialer,
    take: impl FnOnce(Vec<Bounce>) -> F,
) -> Result<MailboxCount, String> {
    read_new(settings.into(), dialer, |message| bounce(message, &settings.address), take).await
}

/// The same for what people report by mail. `own` is the address that we send from.
///
/// # Errors
/// Says why the mailbox cannot be read.
pub async fn read_incoming<F: Future<Output = bool>>(
    settings: &ReportMailbox,
    own: &str,
    dialer: &Dialer,
    take: impl FnOnce(Vec<IncomingReport>) -> F,
) -> Result<MailboxCount, String> {
    read_new(settings.into(), dialer, |message| incoming_report(message, own), take).await
}

/// Reads the new messages of a folder and hands those that count to `take`.
async fn read_new<T, F: Future<Output = bool>>(
    mailbox: Mailbox<'_>,
    dialer: &Dialer,
    parse: impl Fn(&[u8]) -> Option<T>,
    take: impl FnOnce(Vec<T>) -> F,
) -> Result<MailboxCount, String> {
    let visit = async {
        let mut session = log_in(mailbox, dialer).await?;
        session.select(mailbox.folder).await.map_err(|error| failed("SELECT", &error))?;
        let mut unseen: Vec<u32> =
            session.uid_search("UNSEEN").await.map_err(|error| failed("SEARCH", &error))?.into_iter().collect();
        unseen.sort_unstable();
        unseen.truncate(MESSAGES);
        let (mut read, mut found) = (Vec::new(), Vec::new());
        for uid in unseen {
            if let Some(message) = fetch(&mut session, uid).await? {
                read.push(uid);
                found.extend(parse(&message));
            }
        }
        // What looked like no messages may have been the end of the connection.
        session.noop().await.map_err(|error| failed("NOOP", &error))?;
        let count = MailboxCount { read: read.len(), bounces: found.len() };
        if !read.is_empty() && take(found).await {
            mark_seen(&mut session, &read).await?;
        }
        // What was to be done is done, whatever the server says to the goodbye.
        let _ended_anyway = session.logout().await;
        Ok(count)
    };
    tokio::time::timeout(VISIT, visit)
        .await
        .unwrap_or_else(|_| Err(format!("reading it took more than {} s", VISIT.as_secs())))
}

/// Logs in and looks at the folder without changing anything. Returns what was proven.
///
/// # Errors
/// Says what failed.
pub async fn examine_mailbox(mailbox: Mailbox<'_>, dialer: &Dialer) -> Result<String, String> {
    let visit = async {
        let mut session = log_in(mailbox, dialer).await?;
        session.examine(mailbox.folder).await.map_err(|error| failed("EXAMINE", &error))?;
        let _ended_anyway = session.logout().await;
        Ok(())
    };
    let ended = tokio::time::timeout(VISIT, visit).await;
    ended.unwrap_or_else(|_| Err("no answer in time".to_owned()))?;
    Ok(format!("the folder {} of {} on {} can be read", mailbox.folder, mailbox.login.user, mailbox.server))
}

async fn log_in(
    mailbox: Mailbox<'_>,
    dialer: &Dialer,
) -> Result<Session<impl AsyncRead + AsyncWrite + Unpin + Debug + Send>, String> {
    let Mailbox { server, login, .. } = mailbox;
    let mut socket = dialer.connect(&server.host, server.port).await.map_err(|failure| match failure {
        DialFailure::Blocked(reason) => reason.to_string(),
        DialFailure::Unreachable(why) => why,
    })?;
    if server.encryption == MailEncryption::StartTls {
        start_tls(&mut socket).await?;
    }
    let stream: Box<dyn ByteStream> = match server.encryption {
        MailEncryption::Tls | MailEncryption::StartTls => Box::new(server.roots.encrypt(&server.host, socket).await?),
        MailEncryption::None => Box::new(socket),
    };
    let (reader, writer) = tokio::io::split(stream);
    let mut client = Client::new(tokio::io::join(reader.take(VISIT_BYTES), writer));
    // After STARTTLS the server does not greet again.
    if server.encryption != MailEncryption::StartTls {
        let greeting = client.read_response().await.map_err(|error| format!("no greeting of IMAP: {error}"))?;
        if greeting.is_none() {
            return Err("the other side closed the connection instead of greeting".to_owned());
        }
    }
    let opened = client.login(&login.user, login.password.expose_secret()).await;
    opened.map_err(|(error, _)| {
        // What the server says may repeat the credentials.
        if matches!(error, async_imap::error::Error::No(_) | async_imap::error::Error::Bad(_)) {
            "the server refuses the user or the password".to_owned()
        } else {
            failed("LOGIN", &error)
        }
    })
}

/// Asks for encryption, before anything else is said. Nothing is read beyond the answer, so that what somebody slips in
/// before the encryption is taken for a part of it, and fails.
async fn start_tls(socket: &mut TcpStream) -> Result<(), String> {
    let greeting = line(socket).await?;
    if !greeting.starts_with("* OK") {
        return Err(quote(&format!("no greeting of IMAP: {greeting}")));
    }
    let lost = |error: &std::io::Error| format!("the IMAP server at STARTTLS: {}", broken(error));
    socket.write_all(b"hotroom STARTTLS\r\n").await.map_err(|error| lost(&error))?;
    for _ in 0..LINES {
        let answer = line(socket).await?;
        if let Some(answer) = answer.strip_prefix("hotroom ") {
            let is_ok = answer.split(' ').next().is_some_and(|word| word.eq_ignore_ascii_case("OK"));
            let why = "the IMAP server offers no STARTTLS, and nothing is said without encryption; use tls = \"tls\"";
            return if is_ok { Ok(()) } else { Err(why.to_owned()) };
        }
    }
    Err("the IMAP server does not answer STARTTLS".to_owned())
}

async fn line(socket: &mut TcpStream) -> Result<String, String> {
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        if line.len() >= LINE {
            return Err("the IMAP server sent a line without an end".to_owned());
        }
        line.push(socket.read_u8().await.map_err(|error| format!("the IMAP server: {}", broken(&error)))?);
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

async fn fetch<T: AsyncRead + AsyncWrite + Unpin + Debug + Send>(
    session: &mut Session<T>,
    uid: u32,
) -> Result<Option<Vec<u8>>, String> {
    let query = format!("(UID BODY.PEEK[]<0.{MESSAGE_BYTES}>)");
    let mut found = session.uid_fetch(uid.to_string(), query).await.map_err(|error| failed("FETCH", &error))?;
    let mut message = None;
    while let Some(fetched) = found.try_next().await.map_err(|error| failed("FETCH", &error))? {
        if fetched.uid == Some(uid) {
            message = fetched.body().map(<[u8]>::to_vec);
        }
    }
    Ok(message)
}

async fn mark_seen<T: AsyncRead + AsyncWrite + Unpin + Debug + Send>(
    session: &mut Session<T>,
    uids: &[u32],
) -> Result<(), String> {
    let set: Vec<String> = uids.iter().map(u32::to_string).collect();
    let command = format!("UID STORE {} +FLAGS.SILENT (\\Seen)", set.join(","));
    session.run_command_and_check_ok(command).await.map_err(|error| failed("STORE", &error))
}

fn failed(command: &str, error: &async_imap::error::Error) -> String {
    quote(&format!("the IMAP server failed at {command}: {error}"))
}
