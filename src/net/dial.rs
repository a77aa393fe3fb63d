//! Connections for protocols other than HTTP, under the same guard: a name is resolved, its addresses are checked, and the
//! client connects to an address that was checked. A proxy of `[net]` is asked for a tunnel, and resolves the name itself.

use std::{fmt, io, net::SocketAddr, sync::Arc};

use reqwest::dns::{Name, Resolve};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use super::{
    NetSettings,
    connect_proxy::ConnectProxy,
    guard::{BlockedAddress, Guard, GuardedNames, SystemNames, UrlOrigin, blocked},
    pattern::literal,
};

/// The most addresses of a name that are tried.
const ADDRESSES: usize = 8;

/// A connection, encrypted or not.
pub trait ByteStream: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin> ByteStream for T {}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialFailure {
    /// The host may never be called.
    #[error(transparent)]
    Blocked(#[from] BlockedAddress),
    /// The name has no address, or nobody answers there.
    #[error("{0}")]
    Unreachable(String),
}

/// Connects to hosts that `bot.toml` names.
#[derive(Clone)]
pub struct Dialer {
    names: Arc<dyn Resolve>,
    proxy: Option<ConnectProxy>,
}

impl Default for Dialer {
    fn default() -> Self {
        Self::with_names(Arc::new(SystemNames))
    }
}

impl Dialer {
    /// A dialer that resolves names in this way; the addresses are checked as those of the system are.
    pub fn with_names(names: Arc<dyn Resolve>) -> Self {
        Self { names, proxy: None }
    }

    /// A dialer that goes through the proxy of these settings, if they have one.
    pub fn through(settings: &NetSettings) -> Self {
        Self { proxy: ConnectProxy::of(settings), ..Self::default() }
    }

    /// Opens a connection to a host: a name, or an address with or without brackets.
    ///
    /// # Errors
    /// [`DialFailure`] when no address can be reached, or none may be called. Nothing was sent.
    pub async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, DialFailure> {
        match &self.proxy {
            Some(proxy) if proxy.covers(host) => self.through_proxy(proxy, host, port).await,
            Some(_) | None => self.directly(host, port).await,
        }
    }

    /// Opens a tunnel. The proxy decides which addresses are reached, except for one that may never be called.
    async fn through_proxy(&self, proxy: &ConnectProxy, host: &str, port: u16) -> Result<TcpStream, DialFailure> {
        if let Some(ip) = literal(host) {
            Guard::new(UrlOrigin::Config, &[]).check(host, ip)?;
        }
        let place = proxy.place().map_err(DialFailure::Unreachable)?;
        let mut stream = self.directly(&place.host, place.port).await?;
        proxy.tunnel(&mut stream, host, port).await.map_err(DialFailure::Unreachable)?;
        Ok(stream)
    }

    async fn directly(&self, host: &str, port: u16) -> Result<TcpStream, DialFailure> {
        let unreachable = |why: String| DialFailure::Unreachable(format!("cannot connect to {host}:{port}: {why}"));
        let mut last = "the name has no address".to_owned();
        for address in self.addresses(host).await.map_err(|failure| match failure {
            DialFailure::Blocked(reason) => DialFailure::Blocked(reason),
            DialFailure::Unreachable(why) => unreachable(why),
        })? {
            match TcpStream::connect(SocketAddr::new(address.ip(), port)).await {
                Ok(stream) => {
                    // Commands are small, and each waits for its answer.
                    stream.set_nodelay(true).map_err(|error| unreachable(error.to_string()))?;
                    return Ok(stream);
                }
                Err(error) => last = error.to_string(),
            }
        }
        Err(unreachable(last))
    }

    async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, DialFailure> {
        let guard = Guard::new(UrlOrigin::Config, &[]);
        if let Some(ip) = literal(host) {
            guard.check(host, ip)?;
            return Ok(vec![SocketAddr::new(ip, 0)]);
        }
        let name: Name = host.parse().map_err(|_| DialFailure::Unreachable("this is no host name".to_owned()))?;
        let names = GuardedNames { guard, names: Arc::clone(&self.names) };
        match names.resolve(name).await {
            Ok(found) => Ok(found.take(ADDRESSES).collect()),
            Err(error) => Err(match blocked(error.as_ref()) {
                Some(reason) => DialFailure::Blocked(reason),
                None => DialFailure::Unreachable(error.to_string()),
            }),
        }
    }
}

/// What an error of a connection says. The standard words for an end of the stream name neither side.
pub fn broken(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        "the other side closed the connection".to_owned()
    } else {
        error.to_string()
    }
}

#[cfg(test)]
mod tests {
    use reqwest::dns::{Addrs, Resolving};

    use super::*;
    use crate::{fake_http::RefusingPort, net::HostPattern};

    /// A resolver that knows one name.
    struct OneName(Vec<SocketAddr>);

    impl Resolve for OneName {
        fn resolve(&self, _: Name) -> Resolving {
            let found = self.0.clone();
            Box::pin(async move { Ok(Box::new(found.into_iter()) as Addrs) })
        }
    }

    fn dialer(addresses: &[&str]) -> Dialer {
        let addresses = addresses.iter().map(|ip| SocketAddr::new(ip.parse().expect(ip), 0)).collect();
        Dialer::with_names(Arc::new(OneName(addresses)))
    }

    #[tokio::test]
    async fn link_local_and_metadata_addresses_are_never_called() {
        for host in ["169.254.169.254", "[fe80::1]", "::ffff:169.254.169.254"] {
            let failure = Dialer::default().connect(host, 25).await.expect_err(host);
            assert!(matches!(failure, DialFailure::Blocked(BlockedAddress::Forbidden(_))), "{host}: {failure}");
        }
        let named = dialer(&["169.254.169.254"]).connect("mail.example", 25).await.expect_err("blocked");
        assert!(matches!(named, DialFailure::Blocked(_)), "{named}");
    }

    #[tokio::test]
    async fn each_address_of_a_name_is_tried() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let stream = dialer(&["127.0.0.2", "127.0.0.1"]).connect("mail.example", port).await.expect("connected");
        assert_eq!(stream.peer_addr().expect("an address").ip().to_string(), "127.0.0.1");
    }

    /// A proxy that answers one CONNECT with this head and then sends `greeting` through the tunnel. Returns its address and
    /// what it was asked.
    async fn proxy(head: &'static str, greeting: &'static str) -> (String, tokio::task::JoinHandle<String>) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                asked.push(stream.read_u8().await.expect("a request"));
            }
            stream.write_all(format!("{head}\r\n\r\n{greeting}").as_bytes()).await.expect("written");
            String::from_utf8(asked).expect("text")
        });
        (address, served)
    }

    fn settings(proxy: String) -> NetSettings {
        let credentials = Some(secrecy::SecretString::from("ann:secret"));
        let net = NetSettings::direct(std::time::Duration::from_secs(5));
        NetSettings { proxy: Some(proxy), proxy_credentials: credentials, ..net }
    }

    #[tokio::test]
    async fn a_proxy_is_asked_for_a_tunnel_and_what_follows_belongs_to_it() {
        use tokio::io::AsyncReadExt;
        let (address, served) = proxy("HTTP/1.1 200 Connection established\r\nVia: squid", "220 mail\r\n").await;
        let mut stream = Dialer::through(&settings(address)).connect("mail.example", 587).await.expect("a tunnel");
        let asked = served.await.expect("served");
        assert!(asked.starts_with("CONNECT mail.example:587 HTTP/1.1\r\nHost: mail.example:587\r\n"), "{asked}");
        assert!(asked.contains("Proxy-Authorization: Basic YW5uOnNlY3JldA=="), "{asked}");
        let mut greeting = String::new();
        stream.read_to_string(&mut greeting).await.expect("read");
        assert_eq!(greeting, "220 mail\r\n");
    }

    #[tokio::test]
    async fn a_proxy_that_refuses_is_named_and_no_proxy_goes_past_it() {
        let (address, _) = proxy("HTTP/1.1 403 Forbidden", "").await;
        let failure = Dialer::through(&settings(address)).connect("mail.example", 587).await.expect_err("refused");
        assert_eq!(failure.to_string(), "the proxy answered 403 to CONNECT mail.example:587");
        let secure = settings("https://proxy.example:3129".to_owned());
        let failure = Dialer::through(&secure).connect("mail.example", 587).await.expect_err("unusable").to_string();
        assert!(failure.contains("no_proxy"), "{failure}");
        let metadata = Dialer::through(&secure).connect("169.254.169.254", 25).await.expect_err("blocked");
        assert!(matches!(metadata, DialFailure::Blocked(_)), "{metadata}");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let past = NetSettings { no_proxy: vec![HostPattern::parse("127.0.0.1").expect("a pattern")], ..secure };
        Dialer::through(&past).connect("127.0.0.1", port).await.expect("a direct connection");
    }

    #[tokio::test]
    async fn what_does_not_answer_is_named() {
        let port: u16 = RefusingPort::open().address().rsplit(':').next().and_then(|port| port.parse().ok()).unwrap();
        let failure = Dialer::default().connect("127.0.0.1", port).await.expect_err("refused").to_string();
        assert!(failure.starts_with(&format!("cannot connect to 127.0.0.1:{port}: ")), "{failure}");
        let failure = Dialer::default().connect("no such name", 25).await.expect_err("no name").to_string();
        assert!(failure.starts_with("cannot connect to no such name:25: "), "{failure}");
    }
}
