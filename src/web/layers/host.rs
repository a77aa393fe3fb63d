//! Checks of the host name of a request.
//!
//! A server on a loopback address is protected only by that address, and any web page can make its own name resolve to
//! 127.0.0.1 (DNS rebinding). There the `Host` must be a loopback name or one that the operator listed.

use std::net::IpAddr;

use axum::http::{HeaderMap, Uri, header};

use crate::{
    config::Server,
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

/// Headers that proxies add. A proxied request may come from anywhere.
const BY_PROXY: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

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
    let direct = BY_PROXY.iter().all(|header| !headers.contains_key(*header));
    if is_loopback(&name) || listed {
        return Ok(if direct { Reach::Local } else { Reach::Network });
    }
    if public_host(server).is_some_and(|public| same_host(public, host)) {
        return Ok(Reach::Network);
    }
    Err(Problem::new(Kind::BadHost).with("host", crate::domain::text::cut(&crate::domain::text::visible(host), 200)))
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
    let host = host.ok_or_else(problem)?;
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
    let address = || match name.parse::<IpAddr>().ok()? {
        IpAddr::V4(v4) => Some(v4.is_loopback()),
        IpAddr::V6(v6) => Some(v6.is_loopback() || v6.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())),
    };
    name == "localhost" || name.ends_with(".localhost") || address() == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn server() -> Server {
        let mut server = Config::shipped().server;
        server.allowed_hosts = vec!["hotroom.lan".into(), "box:8080".into()];
        server.public_url = "https://hot.example.com/".into();
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
    }

    #[test]
    fn whoever_comes_by_the_public_name_or_a_proxy_is_not_local() {
        assert_eq!(host("hot.example.com"), Ok(Reach::Network));
        let proxied = judged(&server(), "/", &[("host", "127.0.0.1:8080"), ("x-forwarded-for", "10.1.2.3")]);
        assert_eq!(proxied, Ok(Reach::Network));
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
