//! A mailbox that speaks as much of IMAP as reading bounces needs, keeps which messages were seen, and fails as a test says.
#![allow(dead_code, reason = "each test program uses the part it needs")]

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;

/// One message of the mailbox.
#[derive(Clone, Debug)]
pub struct MailboxMessage {
    pub text: Vec<u8>,
    pub seen: bool,
}

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImapFault {
    /// The login is refused, with a text that repeats the password.
    Login,
    /// The folder does not exist.
    Select,
    /// The connection is closed instead of an answer to this command.
    Close(&'static str),
    /// Nothing follows this command.
    Hang(&'static str),
    /// The message has no end.
    Endless,
}

#[derive(Default)]
struct MailboxState {
    messages: Vec<MailboxMessage>,
    fault: Option<ImapFault>,
    commands: watch::Sender<Vec<String>>,
}

/// The server. It ends when it is dropped.
pub struct FakeImap {
    /// Where it listens, on `localhost`.
    pub port: u16,
    state: Arc<Mutex<MailboxState>>,
    task: JoinHandle<()>,
}

impl Drop for FakeImap {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FakeImap {
    /// A mailbox with these new messages; the password is `secret`.
    pub async fn start(messages: &[&[u8]], fault: Option<ImapFault>) -> Self {
        Self::serve(messages, fault, None).await
    }

    /// The same, and it takes STARTTLS.
    pub async fn with_starttls(messages: &[&[u8]], tls: TlsAcceptor) -> Self {
        Self::serve(messages, None, Some(tls)).await
    }

    async fn serve(messages: &[&[u8]], fault: Option<ImapFault>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let messages = messages.iter().map(|text| MailboxMessage { text: text.to_vec(), seen: false }).collect();
        let state = Arc::new(Mutex::new(MailboxState { messages, fault, ..MailboxState::default() }));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            let mut connections: JoinSet<Option<()>> = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                connections.spawn(connection(socket, tls.clone(), Arc::clone(&shared)));
            }
        });
        Self { port, state, task }
    }

    /// A message arrives.
    pub fn receive(&self, text: &[u8]) {
        self.state.lock().expect("unpoisoned").messages.push(MailboxMessage { text: text.to_vec(), seen: false });
    }

    /// Which messages were seen.
    pub fn seen(&self) -> Vec<bool> {
        self.state.lock().expect("unpoisoned").messages.iter().map(|message| message.seen).collect()
    }

    /// Every command so far, without its tag.
    pub fn commands(&self) -> Vec<String> {
        self.state.lock().expect("unpoisoned").commands.borrow().clone()
    }

    /// Waits until such a command has come.
    pub async fn until(&self, word: &str) {
        let mut commands = self.state.lock().expect("unpoisoned").commands.subscribe();
        let come = commands.wait_for(|commands| commands.iter().any(|command| command.starts_with(word)));
        come.await.expect("the server runs");
    }
}

async fn connection(mut socket: TcpStream, tls: Option<TlsAcceptor>, state: Arc<Mutex<MailboxState>>) -> Option<()> {
    socket.write_all(b"* OK fake ready\r\n").await.ok()?;
    let Some(tls) = tls else { return converse(socket, state).await };
    let mut plain = BufReader::new(socket);
    let mut line = String::new();
    plain.read_line(&mut line).await.ok()?;
    let (tag, command) = line.trim_end().split_once(' ')?;
    state.lock().expect("unpoisoned").commands.send_modify(|commands| commands.push(command.to_owned()));
    if command != "STARTTLS" {
        return None;
    }
    plain.write_all(format!("{tag} OK begin\r\n").as_bytes()).await.ok()?;
    // A client that refuses the certificate ends the handshake.
    converse(tls.accept(plain.into_inner()).await.ok()?, state).await
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(socket: S, state: Arc<Mutex<MailboxState>>) -> Option<()> {
    let mut socket = BufReader::new(socket);
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let (tag, command) = line.trim_end().split_once(' ')?;
        let fault = {
            let state = state.lock().expect("unpoisoned");
            state.commands.send_modify(|commands| commands.push(command.to_owned()));
            state.fault
        };
        match fault {
            Some(ImapFault::Close(word)) if command.starts_with(word) => return None,
            Some(ImapFault::Hang(word)) if command.starts_with(word) => std::future::pending().await,
            Some(ImapFault::Endless) if command.starts_with("UID FETCH") => {
                socket.write_all(b"* 1 FETCH (UID 1 BODY[]<0> {500000000}\r\n").await.ok()?;
                while socket.write_all(&[b'x'; 1 << 16]).await.is_ok() {}
                return None;
            }
            _ => {}
        }
        let (answer, result) = react(command, fault, &mut state.lock().expect("unpoisoned").messages);
        socket.write_all(&answer).await.ok()?;
        socket.write_all(format!("{tag} {result}\r\n").as_bytes()).await.ok()?;
        if command == "LOGOUT" {
            return None;
        }
    }
}

fn react(command: &str, fault: Option<ImapFault>, messages: &mut [MailboxMessage]) -> (Vec<u8>, &'static str) {
    let words: Vec<&str> = command.split(' ').collect();
    match words.as_slice() {
        ["LOGIN", _, "\"secret\""] if fault != Some(ImapFault::Login) => (Vec::new(), "OK logged in"),
        ["LOGIN", ..] => (Vec::new(), "NO [AUTHENTICATIONFAILED] wrong password \"secret\""),
        ["SELECT" | "EXAMINE", ..] if fault == Some(ImapFault::Select) => (Vec::new(), "NO no such folder"),
        ["SELECT" | "EXAMINE", ..] => {
            let counts = format!("* FLAGS (\\Seen)\r\n* {} EXISTS\r\n* 0 RECENT\r\n", messages.len());
            (counts.into_bytes(), "OK [READ-WRITE] done")
        }
        ["UID", "SEARCH", "UNSEEN"] => {
            let unseen = messages.iter().enumerate().filter(|(_, message)| !message.seen);
            let ids: String = unseen.map(|(index, _)| format!(" {}", index + 1)).collect();
            (format!("* SEARCH{ids}\r\n").into_bytes(), "OK done")
        }
        ["UID", "FETCH", uid, ..] => {
            let most = command.rsplit_once("<0.").and_then(|(_, rest)| rest.trim_end_matches(">)").parse().ok());
            let uid: usize = uid.parse().expect("one message");
            let text = &messages[uid - 1].text;
            let text = &text[..text.len().min(most.expect("a bound"))];
            let head = format!("* {uid} FETCH (UID {uid} BODY[]<0> {{{}}}\r\n", text.len());
            ([head.as_bytes(), text, b")\r\n"].concat(), "OK done")
        }
        ["UID", "STORE", set, "+FLAGS.SILENT", "(\\Seen)"] => {
            for uid in set.split(',').filter_map(|uid| uid.parse::<usize>().ok()) {
                messages[uid - 1].seen = true;
            }
            (Vec::new(), "OK done")
        }
        ["NOOP"] => (Vec::new(), "OK done"),
        ["LOGOUT"] => (b"* BYE\r\n".to_vec(), "OK done"),
        _ => (Vec::new(), "BAD unknown command"),
    }
}
