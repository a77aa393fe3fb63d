//! Entries of `[net] allow` and `[net] no_proxy`: networks, addresses and host names.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::address::{self, Network4, Network6};

/// A network, an address, a host name, or all names below one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPattern {
    /// `10.0.0.0/8`, or one address.
    Network {
        /// Its first address.
        base: IpAddr,
        /// The length of its prefix.
        bits: u8,
    },
    /// `wiki.internal`.
    Name(String),
    /// `*.internal`: every name below this one.
    Below(String),
}

impl HostPattern {
    /// Parses an entry.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some((base, bits)) = text.split_once('/')
            && let Ok(base) = base.parse::<IpAddr>()
        {
            return parse_network(base, bits);
        }
        if let Ok(ip) = text.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
            return Ok(Self::Network { base: ip, bits: if ip.is_ipv4() { 32 } else { 128 } });
        }
        let below = text.strip_prefix("*.");
        let name = below.unwrap_or(text).trim_end_matches('.').to_ascii_lowercase();
        if !is_host_name(&name) {
            return Err("is no network, address or host name; write one such as \"10.0.0.0/8\", \"wiki.internal\" or \
                        \"*.internal\""
                .to_owned());
        }
        Ok(if below.is_some() { Self::Below(name) } else { Self::Name(name) })
    }

    /// True if it covers this address.
    pub fn covers(&self, ip: IpAddr) -> bool {
        let Self::Network { base, bits } = self else { return false };
        let bits = u32::from(*bits);
        match (*base, ip.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(ip)) => Network4 { base: base.into(), bits }.contains(ip),
            (IpAddr::V6(base), IpAddr::V6(ip)) => Network6 { base: base.to_bits(), bits }.contains(ip),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    /// True if it covers the host of a URL: a name, or an address in place of one.
    pub fn covers_host(&self, host: &str) -> bool {
        let named = host.trim_end_matches('.').to_ascii_lowercase();
        match self {
            Self::Network { .. } => literal(host).is_some_and(|ip| self.covers(ip)),
            Self::Name(name) => named == *name,
            Self::Below(name) => {
                named.strip_suffix(name.as_str()).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
        }
    }

    /// True if it is a network in which nothing may ever be called.
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Network { base, bits } if address::is_forbidden(*base, u32::from(*bits)))
    }
}

impl fmt::Display for HostPattern {
    /// As it is written in bot.toml.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network { base: base @ IpAddr::V4(_), bits: 32 } | Self::Network { base, bits: 128 } => {
                write!(f, "{base}")
            }
            Self::Network { base, bits } => write!(f, "{base}/{bits}"),
            Self::Name(name) => f.write_str(name),
            Self::Below(name) => write!(f, "*.{name}"),
        }
    }
}

/// The address that a URL has in place of a host name, in brackets or not.
pub(super) fn literal(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok()
}

fn is_host_name(name: &str) -> bool {
    let is_part = |part: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        !part.is_empty() && part.len() <= 63 && part.chars().all(known)
    };
    // A last part of digits is an address that is cut short or has too many parts.
    let numeric = name.rsplit('.').next().is_some_and(|last| last.chars().all(|c| c.is_ascii_digit()));
    name.len() <= 253 && name.split('.').all(is_part) && !numeric
}

fn parse_network(base: IpAddr, bits: &str) -> Result<HostPattern, String> {
    let wrong = || "is no network; write one such as \"10.0.0.0/8\" or \"fd00::/8\"".to_owned();
    let Ok(bits) = bits.parse::<u8>() else { return Err(wrong()) };
    let (first, widest) = match base {
        IpAddr::V4(ip) => {
            (IpAddr::V4(Ipv4Addr::from(u32::from(ip) & !u32::MAX.checked_shr(bits.into()).unwrap_or(0))), 32)
        }
        IpAddr::V6(ip) => {
            (IpAddr::V6(Ipv6Addr::from(ip.to_bits() & !u128::MAX.checked_shr(bits.into()).unwrap_or(0))), 128)
        }
    };
    if bits > widest {
        return Err(wrong());
    }
    if first != base {
        return Err(format!("has bits behind its prefix; write \"{first}/{bits}\""));
    }
    // A network of mapped addresses (::ffff:10.0.0.0/104) is the IPv4 network inside.
    match base.to_canonical() {
        IpAddr::V4(inside) if base.is_ipv6() && bits >= 96 => {
            Ok(HostPattern::Network { base: inside.into(), bits: bits - 96 })
        }
        IpAddr::V4(_) | IpAddr::V6(_) => Ok(HostPattern::Network { base, bits }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> HostPattern {
        HostPattern::parse(text).expect(text)
    }

    #[test]
    fn a_network_covers_its_addresses_in_either_notation() {
        let ip = |text: &str| text.parse::<IpAddr>().expect(text);
        for (entry, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("10.1.2.3", "::ffff:10.1.2.3", "10.1.2.4"),
            ("::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.1"),
            ("0.0.0.0/0", "192.168.0.1", "::1"),
            ("fd00::/8", "fdff::1", "fc00::1"),
            ("::1", "::1", "::2"),
        ] {
            assert_eq!(pattern(&pattern(entry).to_string()), pattern(entry), "it is written as it is read");
            assert!(pattern(entry).covers(ip(inside)), "{entry} covers {inside}");
            assert!(!pattern(entry).covers(ip(outside)), "{entry} does not cover {outside}");
        }
    }

    #[test]
    fn a_name_covers_itself_and_a_star_the_names_below() {
        for (entry, host, covered) in [
            ("wiki.internal", "WIKI.internal.", true),
            ("wiki.internal", "a.wiki.internal", false),
            ("*.internal", "a.b.internal", true),
            ("*.internal", "internal", false),
            ("*.internal", ".internal", false),
            ("*.internal", "evilinternal", false),
            ("10.0.0.0/8", "10.1.1.1", true),
            ("fd00::/8", "[fd00::1]", true),
            ("10.0.0.0/8", "ten.example", false),
        ] {
            assert_eq!(pattern(entry).covers_host(host), covered, "{entry} and {host}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_said() {
        for wrong in [
            "",
            "*",
            "*.",
            "a b",
            "10.0.0",
            "10.0.0.0.0",
            "http://x",
            "x:80",
            "10.0.0.0/33",
            "fd00::/129",
            "a/8",
            "10.0.0.0/x",
            "a..b",
        ] {
            assert!(HostPattern::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            HostPattern::parse("10.1.2.3/8"),
            Err("has bits behind its prefix; write \"10.0.0.0/8\"".to_owned())
        );
        assert_eq!(HostPattern::parse("fd00::1/8"), Err("has bits behind its prefix; write \"fd00::/8\"".to_owned()));
    }

    #[test]
    fn a_network_of_forbidden_addresses_is_known_as_one() {
        for entry in ["169.254.0.0/16", "169.254.169.254", "fe80::/10", "fd00:ec2::254", "64:ff9b::a9fe:a9fe"] {
            assert!(pattern(entry).is_forbidden(), "{entry}");
        }
        for entry in ["0.0.0.0/0", "10.0.0.0/8", "fd00::/8", "x.internal"] {
            assert!(!pattern(entry).is_forbidden(), "{entry}");
        }
    }
}
