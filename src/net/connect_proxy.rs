//! A tunnel through an HTTP proxy, for protocols other than HTTP: `CONNECT` (RFC 9110, section 9.3.6).

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{HostPattern, NetSettings};

/// The longest answer of a proxy, in bytes.
const LARGEST: usize = 8 * 1024;

/// The proxy of `[net]`.
#[derive(Clone, Debug)]
pub(super) struct ConnectProxy {
    address: String,
    credentials: Option<SecretString>,
    no_proxy: Vec<HostPattern>,
}

/// Where a proxy listens.
pub(super) struct ProxyPlace {
    pub(super) host: String,
    pub(super) port: u16,
}

impl ConnectProxy {
    /// The proxy of these settings; `None` if there is none.
    pub(super) fn of(settings: &NetSettings) -> Option<Self> {
        let (credentials, no_proxy) = (settings.proxy_credentials.clone(), settings.no_proxy.clone());
        settings.proxy.clone().map(|address| Self { address, credentials, no_proxy })
    }

    /// True if connections to this host go through the proxy.
    pub(super) fn covers(&self, host: &str) -> bool {
        !self.no_proxy.iter().any(|entry| entry.covers_host(host))
    }

    /// Where the proxy listens.
    ///
    /// # Errors
    /// Says why no tunnel goes through it.
    pub(super) fn place(&self) -> Result<ProxyPlace, String> {
        let url = Url::parse(&self.address).map_err(|error| format!("[net] proxy: {error}"))?;
        match (url.scheme(), url.host_str()) {
            ("http", Some(host)) => {
                Ok(ProxyPlace { host: host.to_owned(), port: url.port_or_known_default().unwrap_or(80) })
            }
            _ => Err(
                "[net] proxy begins with https: mail goes only through a proxy that begins with http; add the mail \
                      server to [net] no_proxy to reach it directly"
                    .to_owned(),
            ),
        }
    }

    /// Asks the proxy for a tunnel to a host. Nothing that belongs to the tunnel is read.
    ///
    /// # Errors
    /// Says what the proxy answered.
    pub(super) async fn tunnel(&self, stream: &mut TcpStream, host: &str, port: u16) -> Result<(), String> {
        let target = if host.contains(':') && !host.starts_with('[') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        };
        let login = self.credentials.as_ref().map_or_else(String::new, |credentials| {
            format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(credentials.expose_secret()))
        });
        let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{login}\r\n");
        stream.write_all(request.as_bytes()).await.map_err(|error| format!("the proxy: {}", lost(&error)))?;
        let head = read_head(stream).await?;
        let line = head.lines().next().unwrap_or_default();
        let status = line.split(' ').nth(1).and_then(|word| word.parse::<u16>().ok());
        match status {
            Some(200..=299) => Ok(()),
            Some(status) => Err(format!("the proxy answered {status} to CONNECT {target}")),
            None => Err("the proxy answered what is no HTTP".to_owned()),
        }
    }
}

/// Reads the head of the answer, byte by byte: what follows belongs to the tunnel.
async fn read_head(stream: &mut TcpStream) -> Result<String, String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= LARGEST {
            return Err("the proxy answered without an end".to_owned());
        }
        head.push(stream.read_u8().await.map_err(|error| format!("the proxy: {}", lost(&error)))?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn lost(error: &std::io::Error) -> String {
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        return "it closed the connection".to_owned();
    }
    error.to_string()
}
