//! Checks of the host name of a request.
//!
//! A server on a loopback address is protected only by that address, and any web page can make its own name resolve to
//! 127.0.0.1 (DNS rebinding). There the `Host` must be a loopback name or one that the operator listed.

use axum::http::{HeaderMap, Uri, header};

use crate::{
    config::{Server, is_loopback_host},
    web::problem::{Kind, Problem},
};

/// Where a request comes from, as far as it decides what is allowed without credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// This machine: the address is loopback, the name is a loopback or a listed one, and there is no proxy.
    Local,
    /// Anywhere else, including through a proxy on this machine: everything requires credentials.
    Network,
}

/// Headers that proxies add, besides those that begin with one of [`BY_PROXY_PREFIX`]. A proxied request may come from
/// anywhere.
const BY_PROXY: [&str; 13] = [
    "forwarded",
    "forwarded-for",
    "x-forwarded",
    "x-real-ip",
    "via",
    "cf-connecting-ip",
    "cf-ray",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "fly-client-ip",
    "fastly-client-ip",
    "x-original-forwarded-for",
];

/// The beginnings of further headers that proxies add.
const BY_PROXY_PREFIX: [&str; 5] = ["x-forwarded-", "x-envoy-", "x-azure-", "x-appengine-", "x-amzn-trace-"];

/// Checks the host name.
///
/// # Errors
/// 400 if there is none or more than one, 421 if it is not accepted.
pub fn reach(server: &Server, uri: &Uri, headers: &HeaderMap) -> Result<Reach, Problem> {
    let host = named(uri, headers)?;
    let name = bare(host);
    let listed = server.allowed_hosts.iter().any(|allowed| same_host(allowed, host));
    if !server.listen.ip().is_loopback() {
        return Ok(Reach::Network);
    }
    if is_loopback(&name) || listed {
        let local = server.trusts_local() && !is_proxied(headers);
        return Ok(if local { Reach::Local } else { Reach::Network });
    }
    if public_host(server).is_some_and(|public| same_host(public, host)) {
        return Ok(Reach::Network);
    }
    Err(Problem::new(Kind::BadHost).with("host", crate::domain::text::cut(&crate::domain::text::visible(host), 200)))
}

fn is_proxied(headers: &HeaderMap) -> bool {
    headers.keys().any(|header| {
        let name = header.as_str();
        BY_PROXY.contains(&name) || BY_PROXY_PREFIX.iter().any(|prefix| name.starts_with(prefix))
    })
}

/// The one host name of a request: that of its target if present, else that of `Host`.
fn named<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Result<&'a str, Problem> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok(),
        (None, _) => uri.authority().map(axum::http::uri::Authority::as_str),
        (Some(_), Some(_)) => None,
    };
    let host = host.filter(|host| !host.is_empty());
    let problem = || Problem::new(Kind::BadRequest).because("The request must name its host exactly once.");
    let host = host.filter(|host| is_host(host)).ok_or_else(problem)?;
    match uri.authority() {
        Some(target) if !same_host(target.as_str(), host) => Err(problem()),
        Some(_) | None => Ok(host),
    }
}

/// `host[:port]` of `public_url`.
pub fn public_host(server: &Server) -> Option<&str> {
    let rest = server.public_url.split_once("://")?.1;
    rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())
}

/// True if nothing but a port follows the brackets of an IPv6 address, so that no other reader of the name takes it for
/// another host.
fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').map(|rest| rest.split_once(']')) {
        None => true,
        Some(Some((_, ""))) => true,
        Some(Some((_, port))) => port.strip_prefix(':').is_some_and(is_port),
        Some(None) => false,
    }
}

/// The name without port, brackets and trailing dot, in lower case.
fn bare(host: &str) -> String {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(host, |(name, _)| name),
    };
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

fn is_port(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit())
}

/// True if a listed name matches. A listed name without a port allows every port.
fn same_host(listed: &str, host: &str) -> bool {
    let has_port = listed.rsplit_once(':').is_some_and(|(_, port)| is_port(port) && !port.is_empty());
    if has_port && !listed.ends_with(']') { listed.eq_ignore_ascii_case(host) } else { bare(listed) == bare(host) }
}

fn is_loopback(name: &str) -> bool {
    // An IPv6 address without its brackets.
    let address = if name.contains(':') { format!("[{name}]") } else { name.to_owned() };
    is_loopback_host(&address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Config, net::ServerIdentity};

    fn server() -> Server {
        let mut server = Config::shipped().server;
        server.allowed_hosts = vec!["hotroom.lan".into(), "box:8080".into()];
        server.public_url = "https://hot.example.com/".into();
        server.trust_local = true;
        server
    }

    fn judged(server: &Server, uri: &str, headers: &[(&'static str, &str)]) -> Result<Reach, u16> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        reach(server, &uri.parse().unwrap(), &map).map_err(|problem| problem.status.as_u16())
    }

    fn host(name: &str) -> Result<Reach, u16> {
        judged(&server(), "/", &[("host", name)])
    }

    #[test]
    fn on_loopback_only_loopback_and_listed_names_are_ours() {
        for name in [
            "localhost",
            "LOCALHOST:8080",
            "localhost.",
            "a.localhost:1",
            "127.0.0.1:8080",
            "127.9.9.9",
            "[::1]:8080",
            "hotroom.lan:99",
            "HOTROOM.LAN",
            "box:8080",
        ] {
            assert_eq!(host(name), Ok(Reach::Local), "{name}");
        }
        for name in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "192.168.0.5:8080",
            "box:8081",
            "notlocalhost",
            "[::2]",
            "hot.example.com.evil.example",
            "0.0.0.0",
        ] {
            assert_eq!(host(name), Err(421), "{name}");
        }
        for name in ["[::1]evil.example", "[::1", "[::1]:x"] {
            assert_eq!(host(name), Err(400), "{name}");
        }
    }

    #[test]
    fn behind_a_public_address_nobody_is_local_unless_that_is_configured() {
        let behind = |public_url: &str, trust_local| Server { public_url: public_url.into(), trust_local, ..server() };
        for public_url in ["https://hot.example.com", "http://10.0.0.5:8080", "https://localhost"] {
            let asked = |trust| judged(&behind(public_url, trust), "/", &[("host", "127.0.0.1:8080")]);
            assert_eq!((asked(false), asked(true)), (Ok(Reach::Network), Ok(Reach::Local)), "{public_url}");
        }
        for public_url in ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:8080", "http://hot.localhost/"] {
            let asked = judged(&behind(public_url, false), "/", &[("host", "127.0.0.1:8080")]);
            assert_eq!(asked, Ok(Reach::Local), "{public_url}");
        }
        let fixture = |name| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls").join(name);
        let tls = ServerIdentity::load(&fixture("localhost.pem"), &fixture("localhost.key")).ok();
        for (public_url, reach) in
            [("https://127.0.0.1:8080", Reach::Local), ("https://hot.example.com", Reach::Network)]
        {
            let server = Server { tls: tls.clone(), ..behind(public_url, false) };
            assert_eq!(judged(&server, "/", &[("host", "127.0.0.1:8080")]), Ok(reach), "own https, {public_url}");
        }
    }

    #[test]
    fn whoever_comes_by_the_public_name_or_a_proxy_is_not_local() {
        assert_eq!(host("hot.example.com"), Ok(Reach::Network));
        for header in [
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-port",
            "x-forwarded-proto",
            "x-real-ip",
            "via",
            "cf-connecting-ip",
            "true-client-ip",
            "x-client-ip",
            "x-cluster-client-ip",
            "fly-client-ip",
            "fastly-client-ip",
            "x-envoy-external-address",
            "x-azure-clientip",
            "x-appengine-user-ip",
            "x-amzn-trace-id",
        ] {
            let proxied = judged(&server(), "/", &[("host", "127.0.0.1:8080"), (header, "10.1.2.3")]);
            assert_eq!(proxied, Ok(Reach::Network), "{header}");
        }
    }

    #[test]
    fn a_request_names_its_host_once() {
        assert_eq!(judged(&server(), "/", &[]), Err(400));
        assert_eq!(judged(&server(), "/", &[("host", "")]), Err(400));
        assert_eq!(judged(&server(), "/", &[("host", "localhost"), ("host", "localhost")]), Err(400));
        assert_eq!(judged(&server(), "http://evil.example/", &[("host", "localhost")]), Err(400));
        assert_eq!(judged(&server(), "http://localhost/", &[("host", "localhost")]), Ok(Reach::Local));
    }

    #[test]
    fn off_loopback_everything_needs_credentials() {
        let server = Server { listen: "0.0.0.0:8080".parse().unwrap(), ..server() };
        assert_eq!(judged(&server, "/", &[("host", "localhost")]), Ok(Reach::Network));
        assert_eq!(judged(&server, "/", &[("host", "10.0.0.7:8080")]), Ok(Reach::Network));
    }
}
