//! https without a proxy: the certificate of `[server]`, its replacement, and what is said about a pair that does not fit.

use std::{net::SocketAddr, path::Path, sync::Arc};

use clap::Parser;
use hotroom::{
    app::Clock,
    cli::{self, AlertDo, Args, CliCommand, Demo, WrongArgument},
    config::Config,
    domain::Timestamp,
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use crate::{bot::Bot, house::House, wire::Client};

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls").join(name)
}

fn pair(certificate: &str, key: &str) -> String {
    let (certificate, key) = (fixture(certificate), fixture(key));
    format!("[server]\ntls_cert = \"{}\"\ntls_key = \"{}\"\n", certificate.display(), key.display())
}

fn connector() -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(fixture("ca.pem")).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    TlsConnector::from(Arc::new(config.with_no_client_auth()))
}

/// Sends a request over TLS. Returns the certificate of the server and its response.
async fn ask(to: SocketAddr, path: &str) -> (CertificateDer<'static>, String) {
    let stream = TcpStream::connect(to).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = connector().connect(name, stream).await.unwrap();
    let certificate = stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok();
    (certificate, String::from_utf8_lossy(&answer).into_owned())
}

fn certificate(name: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(fixture(name)).unwrap()
}

#[tokio::test]
async fn https_is_served_and_plain_http_on_its_port_says_so() {
    let house = House::with(&pair("localhost.pem", "localhost.key"), &[]).await;
    let (certificate_of, answer) = ask(house.at, "/healthz").await;
    assert_eq!(certificate_of, certificate("localhost.pem"));
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age=31536000\r\n"), "{answer}");
    let mut plain = Client::open(house.at).await;
    plain.send("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let said = plain.rest().await;
    assert!(said.starts_with("HTTP/1.1 400") && said.contains("This port speaks https"), "{said}");
    let mut broken = Client::open(house.at).await;
    broken.send([0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5]).await;
    broken.rest().await;
    assert!(ask(house.at, "/healthz").await.1.contains("200 OK"), "a broken handshake harms nobody else");
}

#[tokio::test]
async fn a_new_certificate_is_served_to_new_connections_and_http_has_no_hsts() {
    let house = House::with(&pair("localhost.pem", "localhost.key"), &[]).await;
    let config = |toml: &str| Config::from_text("bot.toml", toml, []);
    house.app.config.replace(config(&pair("soon.pem", "soon.key")).unwrap());
    assert_eq!(ask(house.at, "/healthz").await.0, certificate("soon.pem"));
    house.app.config.replace(config("").unwrap());
    let plain = house.get("/healthz").await;
    assert_eq!((plain.status, plain.header("strict-transport-security")), (200, None));

    // Behind a proxy that serves https.
    house.app.config.replace(config("[server]\npublic_url = \"https://hotroom.example\"\n").unwrap());
    let behind = house.get("/healthz").await;
    assert_eq!((behind.status, behind.header("strict-transport-security")), (200, Some("max-age=31536000")));
}

#[test]
fn a_pair_that_does_not_fit_is_a_mistake_at_its_key() {
    let (certificate, key) = (fixture("localhost.pem"), fixture("localhost.key"));
    for (toml, why) in [
        (pair("localhost.pem", "soon.key"), "[server] tls_key: "),
        (pair("none.pem", "soon.key"), "[server] tls_cert: "),
        (format!("[server]\ntls_cert = \"{}\"\n", certificate.display()), "needs tls_key"),
        (format!("[server]\ntls_key = \"{}\"\n", key.display()), "needs tls_cert"),
    ] {
        let mistakes = Config::from_text("bot.toml", &toml, []).expect_err(why).to_string();
        assert!(mistakes.contains(why), "{why}: {mistakes}");
    }
}

#[test]
fn check_says_when_the_certificate_expires() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bot.toml");
    std::fs::write(&file, pair("soon.pem", "soon.key")).unwrap();
    let check = |now: &str| cli::check(Some(&file), Vec::new(), false, now.parse::<Timestamp>().unwrap());
    for (now, exit, said) in [
        ("2026-12-01T00:00:00Z", cli::Exit::Good, "is valid until 2027-01-01 00:00 UTC"),
        (
            "2026-12-20T00:00:00Z",
            cli::Exit::Good,
            "warning: the certificate of [server] tls_cert expires on 2027-01-01",
        ),
        ("2027-01-01T00:00:00Z", cli::Exit::Failed, "expired on 2027-01-01"),
    ] {
        let report = check(now);
        assert!(report.exit == exit && report.text().contains(said), "{now}: {}", report.text());
    }
}

/// Runs `hotroom alert …` with these arguments.
async fn types(words: &[&str]) -> anyhow::Result<String> {
    let config = Config::from_text("bot.toml", "", []).unwrap();
    let args = Args::try_parse_from(["hotroom", "alert"].iter().chain(words)).unwrap_or_else(|error| panic!("{error}"));
    match args.command() {
        CliCommand::Alert { what: AlertDo::Running(wanted) } => cli::ask_bot(&config, &wanted).await,
        CliCommand::Alert { what: AlertDo::Send(wanted) } => {
            cli::send_sample(&config, &wanted, "2026-11-21T09:00:00Z".parse().unwrap()).await
        }
        CliCommand::Alert { .. }
        | CliCommand::Run { .. }
        | CliCommand::Check { .. }
        | CliCommand::Demo { .. }
        | CliCommand::Doctor { .. }
        | CliCommand::Backup { .. }
        | CliCommand::Export { .. }
        | CliCommand::Status { .. }
        | CliCommand::Import { .. }
        | CliCommand::Tracker { .. }
        | CliCommand::Invite { .. } => panic!("{words:?} is none of `alert`"),
    }
}

#[tokio::test]
async fn the_command_line_trusts_a_private_authority_once_it_is_named() {
    let house = House::with(&pair("localhost.pem", "localhost.key"), &[]).await;
    let (url, ca) = (format!("https://localhost:{}", house.at.port()), fixture("ca.pem").display().to_string());
    let sample = ["send", "--sample", "alertmanager", "--url", &url];
    for words in [&["list", "--url", &url][..], &sample] {
        let refused = types(words).await.expect_err("nobody trusts that authority");
        assert!(refused.to_string().contains("name its certificate authority with --ca or HOTROOM_CA"), "{refused:#}");
        assert!(format!("{refused:#}").ends_with("nobody who is trusted has issued it"), "{refused:#}");
    }
    assert_eq!(types(&["list", "--url", &url, "--ca", &ca]).await.unwrap(), "no groups of alerts");
    let sent = types(&[&sample[..], &["--ca", &ca]].concat()).await.unwrap();
    assert!(sent.contains(&format!("posted to {url}/intake/alertmanager")), "{sent}");
    // A certificate that signed itself is its own authority.
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes/certificates");
    let (own, key) = (own.join("self_signed.pem").display().to_string(), own.join("key.pem").display().to_string());
    let alone = House::with(&format!("[server]\ntls_cert = \"{own}\"\ntls_key = \"{key}\"\n"), &[]).await;
    let there = format!("https://localhost:{}", alone.at.port());
    assert_eq!(types(&["list", "--url", &there, "--ca", &own]).await.unwrap(), "no groups of alerts");
    let wrong = types(&["list", "--url", &url, "--ca", &key]).await.expect_err("no certificate");
    assert!(wrong.is::<WrongArgument>() && wrong.to_string().contains("has no certificate"), "{wrong:#}");
    // The demo does not wait for a certificate to become valid.
    let clock = Clock::new(|| "2026-11-21T09:00:00Z".parse().unwrap());
    let demo = Demo { url, token: None, ca: None, pace: std::time::Duration::ZERO, clock };
    let refused = cli::demo(&demo, |_| ()).await.expect_err("nobody trusts that authority");
    assert!(format!("{refused:#}").contains("--ca"), "{refused:#}");
}

/// A webhook whose receiver has a certificate of a private authority: another bot takes the test event as a body of any JSON.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_systems_with_a_private_authority_are_called_once_it_is_named() {
    let house = House::with(&pair("localhost.pem", "localhost.key"), &[]).await;
    let dir = tempfile::tempdir().unwrap();
    let (file, secret) = (dir.path().join("bot.toml"), dir.path().join("secret"));
    std::fs::write(&secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let check = async |net: String| {
        let (port, secret) = (house.at.port(), secret.display());
        let webhook =
            format!("id = \"own\"\nurl = \"https://localhost:{port}/intake/generic\"\nsecrets = [\"file:{secret}\"]");
        std::fs::write(&file, format!("{net}[[webhooks]]\n{webhook}\nevents = [\"*\"]\n")).unwrap();
        let file = file.clone();
        let check = move || cli::check(Some(&file), Vec::new(), false, "2026-12-01T00:00:00Z".parse().unwrap());
        tokio::task::spawn_blocking(check).await.unwrap()
    };
    let refused = check(String::new()).await;
    assert_eq!(refused.exit, cli::Exit::Failed);
    assert!(refused.text().contains("[net] ca names the authorities to trust"), "{}", refused.text());
    assert_eq!(house.stored("generic").await, 0);
    let taken = check(format!("[net]\nca = \"{}\"\n", fixture("ca.pem").display())).await;
    assert!(taken.text().contains("webhook own took the test event"), "{}", taken.text());
    assert_eq!(house.stored("generic").await, 1);
}

async fn until(is_so: impl Fn() -> bool, what: &str) {
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(20));
    let wait = async {
        while !is_so() {
            tick.tick().await;
        }
    };
    tokio::time::timeout(crate::bot::PATIENCE, wait).await.unwrap_or_else(|_| panic!("not so in time: {what}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_sighup_a_renewed_pair_is_taken_and_a_wrong_one_keeps_the_old_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let put = |certificate: &str, key: &str| {
        std::fs::copy(fixture(certificate), dir.path().join("cert.pem")).unwrap();
        std::fs::copy(fixture(key), dir.path().join("key.pem")).unwrap();
    };
    put("localhost.pem", "localhost.key");
    std::fs::write(dir.path().join("bot.toml"), "[server]\ntls_cert = \"cert.pem\"\ntls_key = \"key.pem\"\n").unwrap();
    let bot = Bot::spawn_with(dir.path(), &[("HOTROOM_CONFIG", "bot.toml")]);
    until(|| std::net::TcpStream::connect(bot.addr).is_ok(), "it listens").await;
    assert_eq!(ask(bot.addr, "/healthz").await.0, certificate("localhost.pem"));
    let log = || std::fs::read_to_string(dir.path().join("log")).unwrap();
    let until_logged = async |text: &str| until(|| log().contains(text), text).await;
    put("localhost.pem", "soon.key");
    bot.signal("HUP");
    until_logged("is not the key of the certificate in cert.pem").await;
    assert_eq!(ask(bot.addr, "/healthz").await.0, certificate("localhost.pem"), "the old pair stays");
    put("soon.pem", "soon.key");
    bot.signal("HUP");
    until_logged("the configuration was taken").await;
    assert_eq!(ask(bot.addr, "/healthz").await.0, certificate("soon.pem"));
}
