//! A mail server that speaks SMTP over real sockets, plain, with STARTTLS or with TLS, keeps every message it takes, and
//! fails as a test says. [`table`] is the table of failures that whatever sends mail must pass.
#![allow(dead_code, reason = "each test program uses the part it needs")]

mod serve;
pub mod table;

use std::sync::{Arc, Mutex};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;

/// One message as it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenMail {
    /// The sender of the envelope.
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body, as DATA brought them.
    pub text: String,
    pub encrypted: bool,
    /// Who had logged in.
    pub user: Option<String>,
}

impl TakenMail {
    /// The value of a header, on one line.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.text.split_once("\r\n\r\n").map_or(self.text.as_str(), |(head, _)| head);
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    }
}

/// Where a dialogue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Connection,
    Hello,
    StartTls,
    Login,
    Sender,
    Recipient,
    Data,
    /// The content has begun to arrive. Only the end of the connection is a reaction to it.
    Content,
    /// The final dot has arrived; the message is taken unless the reaction is a reply.
    FinalDot,
}

/// What the server does at a moment.
#[derive(Clone, Debug)]
pub enum SmtpReaction {
    /// What a healthy server does.
    Usual,
    /// This reply instead, such as `450 4.2.0 Greylisted`.
    Reply(&'static str),
    /// These bytes, and on as after a usual reply.
    Raw(&'static [u8]),
    /// The connection is closed.
    Close,
    /// Nothing follows.
    Hang,
    /// A reply of which a byte comes each second.
    Drip,
    /// A reply with a line that does not end.
    EndlessLine,
    /// A reply of lines without end.
    EndlessLines,
}

/// How the server encrypts, with the name of its certificate in `tests/fakes/certificates`.
#[derive(Clone, Copy, Debug)]
pub enum SmtpEncryption {
    None,
    StartTls(&'static str),
    Tls(&'static str),
}

type React = Arc<Mutex<dyn FnMut(Moment) -> SmtpReaction + Send>>;

/// The server. It ends when it is dropped.
pub struct FakeSmtp {
    /// Where it listens, on `localhost`.
    pub port: u16,
    taken: watch::Receiver<Vec<TakenMail>>,
    moments: watch::Receiver<Vec<Moment>>,
    task: JoinHandle<()>,
}

impl Drop for FakeSmtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What all connections share.
struct ServerShared {
    react: React,
    encryption: SmtpEncryption,
    tls: Option<TlsAcceptor>,
    login: Option<(String, String)>,
    taken: watch::Sender<Vec<TakenMail>>,
    moments: watch::Sender<Vec<Moment>>,
}

impl ServerShared {
    fn react(&self, moment: Moment) -> SmtpReaction {
        self.moments.send_modify(|moments| moments.push(moment));
        (self.react.lock().expect("no reaction panicked"))(moment)
    }
}

impl FakeSmtp {
    /// A healthy server without encryption that wants no login.
    pub async fn plain() -> Self {
        Self::start(SmtpEncryption::None, None, |_| SmtpReaction::Usual).await
    }

    /// A server that reacts at each moment as `react` says. `login` is the user and the password that it wants.
    pub async fn start(
        encryption: SmtpEncryption,
        login: Option<[&str; 2]>,
        react: impl FnMut(Moment) -> SmtpReaction + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (send_taken, taken) = watch::channel(Vec::new());
        let (send_moments, moments) = watch::channel(Vec::new());
        let tls = match encryption {
            SmtpEncryption::None => None,
            SmtpEncryption::StartTls(name) | SmtpEncryption::Tls(name) => Some(acceptor(name)),
        };
        let shared = Arc::new(ServerShared {
            react: Arc::new(Mutex::new(react)),
            encryption,
            tls,
            login: login.map(|[user, password]| (user.to_owned(), password.to_owned())),
            taken: send_taken,
            moments: send_moments,
        });
        let task = tokio::spawn(async move {
            let mut connections: JoinSet<()> = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                connections.spawn(connection(socket, Arc::clone(&shared)));
            }
        });
        Self { port, taken, moments, task }
    }

    /// Every message that was taken so far.
    pub fn taken(&self) -> Vec<TakenMail> {
        self.taken.borrow().clone()
    }

    /// Every moment so far.
    pub fn moments(&self) -> Vec<Moment> {
        self.moments.borrow().clone()
    }

    /// Waits until a dialogue has reached a moment.
    pub async fn until(&self, moment: Moment) {
        self.moments.clone().wait_for(|moments| moments.contains(&moment)).await.expect("the server runs");
    }

    /// Waits until so many messages were taken.
    pub async fn until_taken(&self, count: usize) -> Vec<TakenMail> {
        self.taken.clone().wait_for(|taken| taken.len() >= count).await.expect("the server runs").clone()
    }
}

async fn connection(socket: TcpStream, shared: Arc<ServerShared>) {
    match (&shared.tls, shared.encryption) {
        (Some(tls), SmtpEncryption::Tls(_)) => {
            // A client that refuses the certificate ends the handshake.
            if let Ok(socket) = tls.accept(socket).await {
                serve::dialogue(Box::new(socket), &shared, true).await;
            }
        }
        _ => serve::dialogue(Box::new(socket), &shared, false).await,
    }
}

/// Speaks TLS with a certificate of `tests/fakes/certificates`.
pub fn acceptor(certificate: &str) -> TlsAcceptor {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes/certificates");
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).expect("a key");
    let chain = vec![CertificateDer::from_pem_file(folder.join(certificate)).expect("a certificate")];
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
    TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).expect("the key of the certificate")))
}
