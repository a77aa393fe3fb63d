//! The dialogues of the fake mail server.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};

use super::{Moment, ServerShared, SmtpEncryption, SmtpReaction, TakenMail};

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// One connection. Every step is `None` when the connection has ended.
struct Session<'a> {
    stream: BufReader<Box<dyn Stream>>,
    shared: &'a ServerShared,
    encrypted: bool,
    user: Option<String>,
    from: String,
    to: Vec<String>,
}

pub(super) async fn dialogue(stream: Box<dyn Stream>, shared: &ServerShared, encrypted: bool) {
    let stream = BufReader::new(stream);
    let mut session = Session { stream, shared, encrypted, user: None, from: String::new(), to: Vec::new() };
    session.run().await;
}

impl Session<'_> {
    async fn run(&mut self) -> Option<()> {
        self.answer(Moment::Connection, "220 fake.example ESMTP").await?;
        loop {
            let line = self.line().await?;
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => _ = self.answer(Moment::Hello, &self.extensions()).await?,
                "STARTTLS" => self.start_tls().await?,
                "AUTH" => self.log_in(&line).await?,
                "MAIL" if self.shared.login.is_some() && self.user.is_none() => {
                    self.say("530 5.7.0 Authentication required").await?;
                }
                "MAIL" => {
                    if self.answer(Moment::Sender, "250 2.1.0 Ok").await? {
                        self.from = address(&line);
                        self.to.clear();
                    }
                }
                "RCPT" => {
                    if self.answer(Moment::Recipient, "250 2.1.5 Ok").await? {
                        self.to.push(address(&line));
                    }
                }
                "DATA" => self.data().await?,
                "QUIT" => return self.say("221 2.0.0 Bye").await,
                _ => self.say("502 5.5.2 Command not recognized").await?,
            }
        }
    }

    fn extensions(&self) -> String {
        let mut lines = vec!["250-fake.example", "250-8BITMIME"];
        if matches!(self.shared.encryption, SmtpEncryption::StartTls(_)) && !self.encrypted {
            lines.push("250-STARTTLS");
        }
        if self.shared.login.is_some() {
            lines.push("250-AUTH LOGIN PLAIN");
        }
        lines.push("250 SIZE 1000000");
        lines.join("\r\n")
    }

    async fn start_tls(&mut self) -> Option<()> {
        if !self.answer(Moment::StartTls, "220 2.0.0 Ready to start TLS").await? {
            return Some(());
        }
        let tls = self.shared.tls.clone()?;
        let (ours, _closed) = tokio::io::duplex(1);
        let plain = std::mem::replace(&mut self.stream, BufReader::new(Box::new(ours)));
        self.stream = BufReader::new(Box::new(tls.accept(plain.into_inner()).await.ok()?));
        self.encrypted = true;
        Some(())
    }

    /// AUTH PLAIN with its first response, and AUTH LOGIN.
    async fn log_in(&mut self, line: &str) -> Option<()> {
        let decode = |text: &str| String::from_utf8(STANDARD.decode(text).unwrap_or_default()).unwrap_or_default();
        let given = if let Some(first) = line.strip_prefix("AUTH PLAIN ") {
            let text = decode(first);
            let mut parts = text.split('\0').skip(1).map(str::to_owned);
            (parts.next()?, parts.next()?)
        } else {
            self.say("334 VXNlcm5hbWU6").await?;
            let user = decode(&self.line().await?);
            self.say("334 UGFzc3dvcmQ6").await?;
            (user, decode(&self.line().await?))
        };
        if self.shared.login.as_ref() != Some(&given) {
            return self.say("535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6").await;
        }
        if self.answer(Moment::Login, "235 2.7.0 Authentication successful").await? {
            self.user = Some(given.0);
        }
        Some(())
    }

    async fn data(&mut self) -> Option<()> {
        if !self.answer(Moment::Data, "354 End data with <CR><LF>.<CR><LF>").await? {
            return Some(());
        }
        let mut text = String::new();
        let mut begun = false;
        loop {
            let line = self.line().await?;
            if !std::mem::replace(&mut begun, true) && matches!(self.shared.react(Moment::Content), SmtpReaction::Close)
            {
                return None;
            }
            if line == "." {
                break;
            }
            text.push_str(line.strip_prefix('.').unwrap_or(&line));
            text.push_str("\r\n");
        }
        let reaction = self.shared.react(Moment::FinalDot);
        if !matches!(reaction, SmtpReaction::Reply(_)) {
            let (from, to, user) = (self.from.clone(), self.to.clone(), self.user.clone());
            let mail = TakenMail { from, to, text, encrypted: self.encrypted, user };
            self.shared.taken.send_modify(|taken| taken.push(mail));
        }
        self.carry_out(reaction, "250 2.0.0 Ok: queued as 4F3B0D").await.map(|_| ())
    }

    /// Reacts at a moment; true if the reply was positive.
    async fn answer(&mut self, moment: Moment, usual: &str) -> Option<bool> {
        let reaction = self.shared.react(moment);
        self.carry_out(reaction, usual).await
    }

    async fn carry_out(&mut self, reaction: SmtpReaction, usual: &str) -> Option<bool> {
        match reaction {
            SmtpReaction::Usual => self.say(usual).await.map(|()| true),
            SmtpReaction::Reply(reply) => self.say(reply).await.map(|()| reply.starts_with(['2', '3'])),
            SmtpReaction::Raw(bytes) => self.stream.write_all(bytes).await.ok().map(|()| true),
            SmtpReaction::Close => None,
            SmtpReaction::Hang => std::future::pending().await,
            SmtpReaction::Drip => {
                let mut tick = tokio::time::interval(Duration::from_secs(1));
                while self.send(b"2").await.is_some() {
                    tick.tick().await;
                }
                None
            }
            SmtpReaction::EndlessLine => {
                while self.send(&[b'2'; 1 << 14]).await.is_some() {}
                None
            }
            SmtpReaction::EndlessLines => {
                while self.send(b"250-more\r\n").await.is_some() {}
                None
            }
        }
    }

    async fn say(&mut self, reply: &str) -> Option<()> {
        self.send(format!("{reply}\r\n").as_bytes()).await
    }

    async fn send(&mut self, bytes: &[u8]) -> Option<()> {
        self.stream.write_all(bytes).await.ok()?;
        self.stream.flush().await.ok()
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).await.ok()?;
        // Servers differ in what they make of other ends of lines; this one hangs up.
        let line = line.strip_suffix(b"\r\n").filter(|line| !line.contains(&b'\r'))?;
        Some(String::from_utf8_lossy(line).into_owned())
    }
}

/// The address of `MAIL FROM:<…>` or `RCPT TO:<…>`.
fn address(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(String::new, |(address, _)| address.to_owned())
}
