//! The guard against requests that are forged through a URL (SSRF): checks each address when a name has been resolved, so
//! that the client connects to the address that was checked.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

use super::{
    address::{self, AddressKind},
    pattern::{HostPattern, literal},
};

/// Who wrote a URL, and so which addresses it may lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlOrigin {
    /// bot.toml: private and loopback addresses are allowed.
    Config,
    /// A person, an alert or another system: public addresses, and what `[net] allow` lists.
    Outside,
}

/// An address may not be called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockedAddress {
    /// Nobody may call it.
    #[error("{0} is a link-local or metadata address, which is never called")]
    Forbidden(IpAddr),
    /// A URL from outside may not lead there.
    #[error("{0} is not a public address; list it in [net] allow if it may be called")]
    NotPublic(IpAddr),
}

/// Which addresses URLs of one origin may lead to.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    origin: UrlOrigin,
    allow: Arc<[HostPattern]>,
}

impl Guard {
    pub(super) fn new(origin: UrlOrigin, allow: &[HostPattern]) -> Self {
        Self { origin, allow: allow.into() }
    }

    /// Checks an address that stands in place of a name: such a URL is never resolved.
    pub(super) fn check_url(&self, url: &Url) -> Result<(), BlockedAddress> {
        let host = url.host_str().unwrap_or_default();
        literal(host).map_or(Ok(()), |ip| self.check(host, ip))
    }

    /// Checks an address that `host` has been resolved to.
    pub(super) fn check(&self, host: &str, ip: IpAddr) -> Result<(), BlockedAddress> {
        let listed = || self.allow.iter().any(|entry| entry.covers(ip) || entry.covers_host(host));
        match address::kind(ip) {
            AddressKind::Forbidden => Err(BlockedAddress::Forbidden(ip)),
            AddressKind::Private if self.origin == UrlOrigin::Outside && !listed() => {
                Err(BlockedAddress::NotPublic(ip))
            }
            AddressKind::Private | AddressKind::Public => Ok(()),
        }
    }
}

/// Resolves names with `names`, and drops the addresses that may not be called.
pub(super) struct GuardedNames {
    pub(super) guard: Guard,
    pub(super) names: Arc<dyn Resolve>,
}

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let (host, guard) = (name.as_str().to_owned(), self.guard.clone());
        let found = self.names.resolve(name);
        Box::pin(async move {
            let mut blocked = None;
            let mut allowed: Vec<SocketAddr> = Vec::new();
            for address in found.await? {
                match guard.check(&host, address.ip()) {
                    Ok(()) => allowed.push(address),
                    Err(reason) => blocked = Some(reason),
                }
            }
            match blocked {
                Some(reason) if allowed.is_empty() => Err(reason.into()),
                Some(_) | None => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}

/// The resolver of the operating system.
pub(crate) struct SystemNames;

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: io::Result<Vec<SocketAddr>> =
                tokio::net::lookup_host((name.as_str(), 0)).await.map(Iterator::collect);
            Ok(Box::new(found?.into_iter()) as Addrs)
        })
    }
}

/// The reason in a chain of errors, if an address was blocked.
pub(super) fn blocked(error: &(dyn std::error::Error + 'static)) -> Option<BlockedAddress> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(reason) = error.downcast_ref::<BlockedAddress>() {
            return Some(reason.clone());
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(origin: UrlOrigin, allow: &[&str], url: &str) -> Result<(), BlockedAddress> {
        let allow: Vec<HostPattern> = allow.iter().map(|entry| HostPattern::parse(entry).expect(entry)).collect();
        Guard::new(origin, &allow).check_url(&url.parse().expect(url))
    }

    #[test]
    fn urls_of_the_configuration_may_lead_to_private_addresses() {
        for url in ["http://127.0.0.1:9093", "http://10.0.0.5/hook", "http://[::1]/", "https://1.1.1.1", "http://name"]
        {
            assert_eq!(check(UrlOrigin::Config, &[], url), Ok(()), "{url}");
        }
    }

    #[test]
    fn urls_from_outside_lead_to_public_addresses_only() {
        for url in ["http://127.0.0.1", "http://10.0.0.5", "http://[::1]", "http://[::ffff:10.0.0.5]", "http://0.0.0.0"]
        {
            assert!(matches!(check(UrlOrigin::Outside, &[], url), Err(BlockedAddress::NotPublic(_))), "{url}");
        }
        assert_eq!(check(UrlOrigin::Outside, &[], "https://1.1.1.1"), Ok(()));
    }

    #[test]
    fn every_way_to_write_an_address_is_checked() {
        for url in [
            "http://2130706433",
            "http://0x7f.1",
            "http://0177.0.0.1",
            "http://127.1",
            "http://127.0.0.1.",
            "http://１２７.0.0.1",
        ] {
            assert!(check(UrlOrigin::Outside, &[], url).is_err(), "{url}");
        }
        for url in ["http://2852039166", "http://0xa9fea9fe", "http://0251.254.169.254", "http://[::ffff:a9fe:a9fe]"] {
            assert!(matches!(check(UrlOrigin::Config, &[], url), Err(BlockedAddress::Forbidden(_))), "{url}");
        }
    }

    #[test]
    fn the_list_opens_private_addresses_and_never_forbidden_ones() {
        let outside = |allow: &str, url: &str| check(UrlOrigin::Outside, &[allow], url);
        assert_eq!(outside("10.0.0.0/8", "http://10.1.2.3"), Ok(()));
        assert_eq!(outside("127.0.0.1", "http://127.0.0.1"), Ok(()));
        assert!(outside("10.0.0.0/8", "http://192.168.0.1").is_err());
        for origin in [UrlOrigin::Config, UrlOrigin::Outside] {
            let all = check(origin, &["0.0.0.0/0", "::/0"], "http://169.254.169.254");
            assert!(matches!(all, Err(BlockedAddress::Forbidden(_))), "{origin:?}: {all:?}");
        }
    }

    /// A resolver that knows one name.
    struct OneName(Vec<SocketAddr>);

    impl Resolve for OneName {
        fn resolve(&self, _: Name) -> Resolving {
            let found = self.0.clone();
            Box::pin(async move { Ok(Box::new(found.into_iter()) as Addrs) })
        }
    }

    async fn resolve(guard: Guard, addresses: &[&str]) -> Result<Vec<String>, BlockedAddress> {
        let addresses = addresses.iter().map(|ip| SocketAddr::new(ip.parse().expect(ip), 0)).collect();
        let names = GuardedNames { guard, names: Arc::new(OneName(addresses)) };
        match names.resolve("wiki.internal".parse().expect("a name")).await {
            Ok(found) => Ok(found.map(|address| address.ip().to_string()).collect()),
            Err(error) => Err(blocked(error.as_ref()).expect("an address was blocked")),
        }
    }

    #[tokio::test]
    async fn a_name_is_as_good_as_the_addresses_it_resolves_to() {
        let outside = || Guard::new(UrlOrigin::Outside, &[]);
        assert_eq!(
            resolve(outside(), &["1.1.1.1", "10.0.0.1", "2606:4700::1"]).await.unwrap(),
            ["1.1.1.1", "2606:4700::1"]
        );
        assert!(matches!(resolve(outside(), &["10.0.0.1"]).await, Err(BlockedAddress::NotPublic(_))));
        let config = Guard::new(UrlOrigin::Config, &[]);
        assert!(matches!(resolve(config, &["fe80::1", "169.254.169.254"]).await, Err(BlockedAddress::Forbidden(_))));
    }

    #[tokio::test]
    async fn a_name_on_the_list_may_resolve_to_private_addresses_only() {
        let guard = || Guard::new(UrlOrigin::Outside, &[HostPattern::parse("*.internal").expect("a pattern")]);
        assert_eq!(resolve(guard(), &["10.0.0.1"]).await.unwrap(), ["10.0.0.1"]);
        assert!(matches!(resolve(guard(), &["169.254.169.254"]).await, Err(BlockedAddress::Forbidden(_))));
    }
}
