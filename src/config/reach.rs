//! Whether hotroom is reached from this machine alone.

use std::net::IpAddr;

use super::Server;

impl Server {
    /// True if a request from this machine needs no credentials. Behind a public address a proxy on this machine forwards
    /// requests of everybody, and not every proxy says so.
    pub fn trusts_local(&self) -> bool {
        self.trust_local || !is_public(&self.public_url, self.tls.is_some())
    }

    /// The base address of what others call; `None` if it is one of this machine, so that nobody else can.
    pub fn outside_url(&self) -> Option<&str> {
        let (_, rest) = self.public_url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if is_loopback_host(authority) { None } else { Some(&self.public_url) }
    }
}

/// True if an address names a host other than this machine, or is https while hotroom itself speaks http, so that
/// something is in front of it.
pub fn is_public(url: &str, speaks_https: bool) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return true };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (scheme != "http" && !speaks_https) || !is_loopback_host(authority)
}

/// True for `localhost`, names below it and loopback addresses, with or without a port.
pub fn is_loopback_host(authority: &str) -> bool {
    let name = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.rsplit_once(':').map_or(authority, |(name, _)| name),
    };
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let is_loopback = |ip: IpAddr| match ip {
        IpAddr::V4(v4) => v4.is_loopback(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback()),
    };
    name == "localhost" || name.ends_with(".localhost") || name.parse().is_ok_and(is_loopback)
}
