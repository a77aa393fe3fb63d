//! The dialogue with an SMTP server, command by command, so that it is known how far it came when it breaks.

use std::fmt::Display;

use futures_util::FutureExt;
use lettre::transport::smtp::{
    authentication::{Credentials, Mechanism},
    commands::{Auth, Ehlo, Starttls},
    extension::{ClientId, Extension, ServerInfo},
    response::{Response, Severity},
};
use secrecy::ExposeSecret;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use super::{MailEncryption, MailLogin, MailServer, mask};
use crate::net::{BlockedAddress, ByteStream, DialFailure, Dialer, broken};

/// The longest line of a reply that is read; RFC 5321 has 512.
const LINE: u64 = 2_000;
/// The most lines of a reply.
const LINES: usize = 100;
/// How much of a reply is quoted, in characters.
const QUOTED: usize = 200;
/// How often a server may ask for a part of the credentials.
const CHALLENGES: usize = 3;

/// How far a dialogue came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SmtpStep {
    Connection,
    Greeting,
    Hello,
    StartTls,
    Login,
    Sender,
    Recipient,
    Data,
    /// The final dot was sent, or a part of it.
    FinalDot,
}

impl SmtpStep {
    /// What the server was answering.
    fn name(self) -> &'static str {
        match self {
            Self::Connection => "the connection",
            Self::Greeting => "the greeting",
            Self::Hello => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::Login => "AUTH",
            Self::Sender => "MAIL FROM",
            Self::Recipient => "RCPT TO",
            Self::Data => "DATA",
            Self::FinalDot => "the end of DATA",
        }
    }

    /// True if a reply may be quoted. One to AUTH may repeat credentials, one to the message its text.
    fn may_be_quoted(self) -> bool {
        match self {
            Self::Login | Self::FinalDot => false,
            Self::Connection
            | Self::Greeting
            | Self::Hello
            | Self::StartTls
            | Self::Sender
            | Self::Recipient
            | Self::Data => true,
        }
    }
}

/// Why a dialogue ended early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SmtpFailure {
    /// The server may never be called.
    #[error(transparent)]
    Blocked(#[from] BlockedAddress),
    /// A reply of 4xx or 5xx.
    #[error("the mail server answered {reply} to {}", .step.name())]
    Refusal { step: SmtpStep, permanent: bool, reply: String },
    /// No connection, no TLS, or a reply that is none. How far it came says what may have happened.
    #[error("{0}")]
    Broken(String),
}

impl From<DialFailure> for SmtpFailure {
    fn from(failure: DialFailure) -> Self {
        match failure {
            DialFailure::Blocked(reason) => Self::Blocked(reason),
            DialFailure::Unreachable(why) => Self::Broken(why),
        }
    }
}

fn lost(error: &std::io::Error) -> SmtpFailure {
    SmtpFailure::Broken(broken(error))
}

fn closed() -> SmtpFailure {
    lost(&std::io::ErrorKind::UnexpectedEof.into())
}

/// A dialogue. `step` is where it is.
pub(super) struct SmtpDialogue<'a> {
    stream: BufReader<Box<dyn ByteStream>>,
    step: &'a mut SmtpStep,
}

impl<'a> SmtpDialogue<'a> {
    /// Connects, encrypts the connection as configured, and logs in.
    pub(super) async fn open(
        server: &MailServer,
        login: Option<&MailLogin>,
        hello: &str,
        dialer: &Dialer,
        step: &'a mut SmtpStep,
    ) -> Result<Self, SmtpFailure> {
        let socket = dialer.connect(&server.host, server.port).await?;
        let encrypt = async |stream: Box<dyn ByteStream>| {
            let encrypted = server.roots.encrypt(&server.host, stream).await.map_err(SmtpFailure::Broken)?;
            Ok::<_, SmtpFailure>(Box::new(encrypted) as Box<dyn ByteStream>)
        };
        let stream: Box<dyn ByteStream> = match server.encryption {
            MailEncryption::Tls => encrypt(Box::new(socket)).await?,
            MailEncryption::StartTls | MailEncryption::None => Box::new(socket),
        };
        let mut dialogue = Self::over(stream, step);
        *dialogue.step = SmtpStep::Greeting;
        dialogue.reply().await?;
        let mut info = dialogue.hello(hello).await?;
        if server.encryption == MailEncryption::StartTls {
            dialogue.start_tls(&info).await?;
            let Self { stream, step } = dialogue;
            dialogue = Self::over(encrypt(stream.into_inner()).await?, step);
            // What was said before may have been said by somebody in between.
            info = dialogue.hello(hello).await?;
        }
        if let Some(login) = login {
            dialogue.login(login, &info).await?;
        }
        Ok(dialogue)
    }

    /// A dialogue over a connection, before anything is said.
    pub(super) fn over(stream: Box<dyn ByteStream>, step: &'a mut SmtpStep) -> Self {
        Self { stream: BufReader::new(stream), step }
    }

    async fn hello(&mut self, name: &str) -> Result<ServerInfo, SmtpFailure> {
        let reply = self.command(SmtpStep::Hello, Ehlo::new(ClientId::Domain(name.to_owned()))).await?;
        // Keywords may be written in any case, and old servers write AUTH=LOGIN.
        let lines = reply.message().map(|line| line.to_ascii_uppercase().replace("AUTH=", "AUTH ")).collect();
        ServerInfo::from_response(&Response::new(reply.code(), lines))
            .map_err(|_| SmtpFailure::Broken("the mail server names itself with no word".to_owned()))
    }

    async fn start_tls(&mut self, info: &ServerInfo) -> Result<(), SmtpFailure> {
        *self.step = SmtpStep::StartTls;
        if !info.supports_feature(Extension::StartTls) {
            let why = "the mail server offers no STARTTLS, and nothing is sent without encryption";
            return Err(SmtpFailure::Broken(why.to_owned()));
        }
        self.command(SmtpStep::StartTls, Starttls).await?;
        // It would be read as if it had come through the encrypted connection.
        if !self.stream.buffer().is_empty() {
            let why = "the mail server sent more than its reply to STARTTLS before the connection was encrypted";
            return Err(SmtpFailure::Broken(why.to_owned()));
        }
        Ok(())
    }

    async fn login(&mut self, login: &MailLogin, info: &ServerInfo) -> Result<(), SmtpFailure> {
        *self.step = SmtpStep::Login;
        let broken = |why: &str| SmtpFailure::Broken(why.to_owned());
        let Some(mechanism) = info.get_auth_mechanism(&[Mechanism::Plain, Mechanism::Login]) else {
            return Err(broken(
                "the mail server offers neither AUTH PLAIN nor AUTH LOGIN; remove user and password of \
                               [mail] if it needs none",
            ));
        };
        let credentials = Credentials::new(login.user.clone(), login.password.expose_secret().to_owned());
        let unusable = |_| broken("the mail server asks for credentials in a way that is not known");
        let first = Auth::new(mechanism, credentials.clone(), None).map_err(unusable)?;
        let mut reply = self.exchange(SmtpStep::Login, first).await?;
        for _ in 0..CHALLENGES {
            if !reply.has_code(334) {
                break;
            }
            let next = Auth::new_from_response(mechanism, credentials.clone(), &reply).map_err(unusable)?;
            reply = self.exchange(SmtpStep::Login, next).await?;
        }
        self.completed(reply).map(|_| ())
    }

    /// Sends a command that a reply of 2xx completes.
    pub(super) async fn command(&mut self, step: SmtpStep, command: impl Display) -> Result<Response, SmtpFailure> {
        let reply = self.exchange(step, command).await?;
        self.completed(reply)
    }

    fn completed(&self, reply: Response) -> Result<Response, SmtpFailure> {
        if reply.code().severity == Severity::PositiveCompletion {
            return Ok(reply);
        }
        Err(SmtpFailure::Broken(format!("the mail server answered {} to {}", reply.code(), self.step.name())))
    }

    /// Sends the content and the final dot; the reply says whether the server has taken the message.
    pub(super) async fn content(&mut self, content: &[u8]) -> Result<Response, SmtpFailure> {
        let go_ahead = self.exchange(SmtpStep::Data, lettre::transport::smtp::commands::Data).await?;
        if !go_ahead.has_code(354) {
            return Err(SmtpFailure::Broken(format!("the mail server answered {} to DATA", go_ahead.code())));
        }
        self.write(content).await?;
        // A server that has given up by now has not got the message, which nobody could say after the final dot.
        if let Some(early) = self.stream.fill_buf().now_or_never() {
            if early.map_err(|error| lost(&error))?.is_empty() {
                return Err(closed());
            }
            let reply = self.reply().await?;
            return Err(SmtpFailure::Broken(format!(
                "the mail server answered {} before the end of DATA",
                reply.code()
            )));
        }
        *self.step = SmtpStep::FinalDot;
        self.write(b".\r\n").await?;
        let reply = self.reply().await?;
        self.completed(reply)
    }

    /// Says goodbye, without waiting for an answer.
    pub(super) async fn quit(mut self) {
        let _ended_anyway = self.write(b"QUIT\r\n").await;
        let _ended_anyway = self.stream.shutdown().await;
    }

    async fn exchange(&mut self, step: SmtpStep, command: impl Display) -> Result<Response, SmtpFailure> {
        *self.step = step;
        self.write(command.to_string().as_bytes()).await?;
        self.reply().await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), SmtpFailure> {
        self.stream.write_all(bytes).await.map_err(|error| lost(&error))?;
        self.stream.flush().await.map_err(|error| lost(&error))
    }

    /// Reads a reply; one of 4xx or 5xx is a refusal.
    async fn reply(&mut self) -> Result<Response, SmtpFailure> {
        let mut text = String::new();
        for _ in 0..LINES {
            let line = self.line().await?;
            let is_last = line.as_bytes().get(3) != Some(&b'-');
            // The space behind the code may be missing where no text follows.
            let space = if is_last && line.len() == 3 { " " } else { "" };
            text.push_str(&format!("{line}{space}\r\n"));
            if is_last {
                return self.judged(&text);
            }
        }
        Err(SmtpFailure::Broken(format!("a reply of more than {LINES} lines")))
    }

    fn judged(&self, text: &str) -> Result<Response, SmtpFailure> {
        let Ok(reply) = text.parse::<Response>() else {
            let what = if self.step.may_be_quoted() { quote(text) } else { "something".to_owned() };
            return Err(SmtpFailure::Broken(format!("the server answered {what}, which is no reply of SMTP")));
        };
        let permanent = match reply.code().severity {
            Severity::PositiveCompletion | Severity::PositiveIntermediate => return Ok(reply),
            Severity::TransientNegativeCompletion => false,
            Severity::PermanentNegativeCompletion => true,
        };
        let step = *self.step;
        let lines: Vec<&str> = reply.message().collect();
        let shown = if step.may_be_quoted() { quote(&lines.join(" ")) } else { enhanced_code(&lines).to_owned() };
        let reply = format!("{} {shown}", reply.code()).trim_end().to_owned();
        Err(SmtpFailure::Refusal { step, permanent, reply })
    }

    async fn line(&mut self) -> Result<String, SmtpFailure> {
        let mut line = Vec::new();
        let read = (&mut self.stream).take(LINE).read_until(b'\n', &mut line).await.map_err(|error| lost(&error))?;
        if line.last() != Some(&b'\n') {
            let long = u64::try_from(read).is_ok_and(|read| read >= LINE);
            return Err(if long { SmtpFailure::Broken("a reply with an endless line".to_owned()) } else { closed() });
        }
        Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// The beginning of a reply on one line, without the addresses of people.
pub(super) fn quote(text: &str) -> String {
    let line = crate::domain::text::visible(text).split_whitespace().collect::<Vec<_>>().join(" ");
    mask(&crate::domain::text::cut(&line, QUOTED))
}

/// The code of RFC 3463 that a reply begins with, as `5.2.2`; empty if there is none.
fn enhanced_code<'a>(lines: &[&'a str]) -> &'a str {
    let first = lines.first().and_then(|line| line.split_whitespace().next()).unwrap_or_default();
    let parts: Vec<&str> = first.split('.').collect();
    let is_number = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() == 3 && parts.iter().all(is_number) { first } else { "" }
}
