//! The client on a broken network: wrong certificates, names that do not resolve, responses that never end. Each
//! failure has its own name, is retried where possible, and ends when the server recovers.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::*;
use crate::net::tls::TrustedRoots;

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("../../../../../../tests/fakes/certificates/", $name, ".pem"))
    };
}

/// Returns the TLS configuration of a server with this certificate.
fn shows(certificate: &str) -> Arc<ServerConfig> {
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(pem!("key").as_bytes()).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    Arc::new(config.with_single_cert(chain, key).unwrap())
}

/// A TLS server and the certificate it presents next. It responds once to each connection.
struct Secure {
    url: String,
    certificate: Arc<Mutex<Arc<ServerConfig>>>,
}

impl Secure {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let certificate = Arc::new(Mutex::new(shows(pem!("good"))));
        let shown = Arc::clone(&certificate);
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let config = Arc::clone(&shown.lock().unwrap());
                let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), socket);
                // A client that rejects the certificate closes the connection, which the test expects.
                answer_once(&mut stream).ok();
            }
        });
        Self { url, certificate }
    }

    fn shows(&self, certificate: &str) {
        *self.certificate.lock().unwrap() = shows(certificate);
    }
}

fn answer_once(stream: &mut (impl Read + Write)) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\nconnection: close\r\n\r\n{\"id\":\"9\"}")?;
    stream.flush()
}

/// Returns a client that trusts the test authority and has long timeouts.
fn trusting(url: &str) -> Rest {
    let authority = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes/certificates/authority.pem");
    let roots = TrustedRoots::with_file(&authority).unwrap();
    let http = HttpClient::new(&NetSettings { roots, ..NetSettings::direct(Duration::from_secs(60)) }).unwrap();
    Rest { http, deadline: Duration::from_secs(60), ..Rest::new(&access(url)).unwrap() }
}

fn why(result: Result<Value, Failure>) -> String {
    let Err(Failure::NotNow { after: None, why }) = result else { panic!("it was not sent: {result:?}") };
    why
}

#[tokio::test]
async fn a_certificate_that_is_not_good_is_told_by_its_fault_and_the_next_good_one_is_taken() {
    let server = Secure::start();
    let rest = trusting(&server.url);
    for (certificate, fault) in [
        (pem!("expired"), "certificate expired"),
        (pem!("elsewhere"), "not valid for name"),
        (pem!("self_signed"), "UnknownIssuer"),
    ] {
        server.shows(certificate);
        let said = why(rest.call(post()).await);
        assert!(said.contains("invalid peer certificate") && said.contains(fault), "{fault}: {said}");
    }
    server.shows(pem!("good"));
    assert_eq!(rest.call(read_back()).await, Ok(json!({ "id": "9" })), "the same client goes on");
}

#[tokio::test]
async fn an_authority_that_nobody_knows_is_not_trusted() {
    let server = Secure::start();
    let said = why(client(&server.url).call(post()).await);
    assert!(said.contains("UnknownIssuer"), "{said}");
}

/// The DNS names of a network that fails and recovers.
struct Names {
    works: Arc<AtomicBool>,
    leads_to: SocketAddr,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let found: Result<Addrs, _> = match self.works.load(Ordering::SeqCst) {
            true => Ok(Box::new(std::iter::once(self.leads_to))),
            false => Err(format!("{} is not known", name.as_str()).into()),
        };
        Box::pin(async { found })
    }
}

#[tokio::test]
async fn a_name_that_leads_nowhere_is_told_and_asked_for_again_each_time() {
    let peer = Peer::start(|_| answer(200, &json!({ "id": "9" }))).await;
    let leads_to: SocketAddr = peer.url.trim_start_matches("http://").parse().unwrap();
    let works = Arc::new(AtomicBool::new(false));
    let names = Arc::new(Names { works: Arc::clone(&works), leads_to });
    let http = HttpClient::with_names(&NetSettings::direct(Duration::from_secs(60)), names).unwrap();
    let url = format!("http://discord.example:{}", leads_to.port());
    let rest = Rest { http, ..Rest::new(&access(&url)).unwrap() };
    let said = why(rest.call(post()).await);
    assert!(said.contains("dns error") && said.contains("discord.example is not known"), "{said}");
    works.store(true, Ordering::SeqCst);
    assert_eq!(rest.call(post()).await, Ok(json!({ "id": "9" })));
}

#[tokio::test]
async fn an_answer_that_drips_ends_at_the_deadline_of_the_whole_call() {
    for (start, drop) in [
        ("", b'H'),
        ("HTTP/1.1 200 OK\r\nx-", b'a'),
        ("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n", b' '),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", b' '),
    ] {
        let [posted, read] = both(move || Reaction::Drip(start, drop)).await;
        assert!(is_unknown(&posted), "{start:?}: {posted:?}");
        assert!(is_not_now(&read), "{start:?}: {read:?}");
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_read_up_to_a_bound() {
    let peer = Peer::start(|_| Reaction::Endless).await;
    let rest = Rest { deadline: Duration::from_secs(600), ..Rest::new(&access(&peer.url)).unwrap() };
    let Err(Failure::Unknown(said)) = rest.call(post()).await else { panic!("nobody knows") };
    assert!(said.contains(&format!("more than {LARGEST} bytes")), "{said}");
    let Err(said) = rest.file(&format!("{}/file", peer.url), 1_000).await else { panic!("it is too large") };
    assert_eq!(said, "HTTP 200, then a body of more than 1000 bytes");
}
