//! Classifies IP addresses: which are public, which are private, and which are never called.
//!
//! An IPv6 address that carries an IPv4 address inside is classified by both.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is, from the one that may be called by all to the one that may be called by none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AddressKind {
    /// Reachable on the internet.
    Public,
    /// Private, loopback, documentation or otherwise not global.
    Private,
    /// Link-local, multicast, or the metadata service of a cloud: it hands out credentials to whoever asks.
    Forbidden,
}

/// The networks of IPv4 that are never called: link-local (the metadata services of most clouds), multicast, broadcast,
/// and the metadata services that live elsewhere.
const FORBIDDEN_V4: [Network4; 6] = [
    Network4::new([169, 254, 0, 0], 16),
    Network4::new([224, 0, 0, 0], 4),
    Network4::new([255, 255, 255, 255], 32),
    // Alibaba Cloud, Oracle Cloud, Azure.
    Network4::new([100, 100, 100, 200], 32),
    Network4::new([192, 0, 0, 192], 32),
    Network4::new([168, 63, 129, 16], 32),
];

/// The networks of IPv4 that are not global (IANA IPv4 Special-Purpose Address Registry).
const PRIVATE_V4: [Network4; 13] = [
    // Linux connects to itself for 0.0.0.0.
    Network4::new([0, 0, 0, 0], 8),
    Network4::new([10, 0, 0, 0], 8),
    Network4::new([100, 64, 0, 0], 10),
    Network4::new([127, 0, 0, 0], 8),
    Network4::new([172, 16, 0, 0], 12),
    Network4::new([192, 0, 0, 0], 24),
    Network4::new([192, 0, 2, 0], 24),
    Network4::new([192, 88, 99, 0], 24),
    Network4::new([192, 168, 0, 0], 16),
    Network4::new([198, 18, 0, 0], 15),
    Network4::new([198, 51, 100, 0], 24),
    Network4::new([203, 0, 113, 0], 24),
    Network4::new([240, 0, 0, 0], 4),
];

/// The networks of IPv6 that are never called: link-local, multicast, and the metadata services of AWS, Google Cloud and
/// Scaleway.
const FORBIDDEN_V6: [Network6; 5] = [
    Network6::new([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
    Network6::new([0xff00, 0, 0, 0, 0, 0, 0, 0], 8),
    Network6::new([0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0], 32),
    Network6::new([0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254], 128),
    Network6::new([0xfd00, 0x0042, 0, 0, 0, 0, 0, 0x0042], 128),
];

/// The parts of 2000::/3 that are not global: protocol assignments with Teredo, and documentation.
const PRIVATE_V6: [Network6; 3] = [
    Network6::new([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    Network6::new([0x2001, 0x0db8, 0, 0, 0, 0, 0, 0], 32),
    Network6::new([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
];

/// The part of IPv6 that global addresses are handed out from.
const GLOBAL_V6: Network6 = Network6::new([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);
/// `64:ff9b::/96`: the translator of the network sends it on to the IPv4 address inside.
const NAT64: Network6 = Network6::new([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);
/// `64:ff9b:1::/48`: the same, with a prefix of the local network.
const LOCAL_NAT64: Network6 = Network6::new([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48);
/// `2002::/16`, 6to4.
const SIX_TO_FOUR: Network6 = Network6::new([0x2002, 0, 0, 0, 0, 0, 0, 0], 16);
/// `2001::/32`, Teredo.
const TEREDO: Network6 = Network6::new([0x2001, 0, 0, 0, 0, 0, 0, 0], 32);

pub(super) struct Network4 {
    pub(super) base: u32,
    pub(super) bits: u32,
}

impl Network4 {
    pub(super) const fn new(base: [u8; 4], bits: u32) -> Self {
        Self { base: u32::from_be_bytes(base), bits }
    }

    pub(super) fn contains(&self, ip: Ipv4Addr) -> bool {
        same_prefix(u128::from(self.base) << 96, u128::from(u32::from(ip)) << 96, self.bits)
    }
}

pub(super) struct Network6 {
    pub(super) base: u128,
    pub(super) bits: u32,
}

impl Network6 {
    pub(super) const fn new(base: [u16; 8], bits: u32) -> Self {
        Self {
            base: Ipv6Addr::new(base[0], base[1], base[2], base[3], base[4], base[5], base[6], base[7]).to_bits(),
            bits,
        }
    }

    pub(super) fn contains(&self, ip: Ipv6Addr) -> bool {
        same_prefix(self.base, ip.to_bits(), self.bits)
    }
}

/// True if nothing in a network of this prefix may ever be called.
pub(super) fn is_forbidden(base: IpAddr, bits: u32) -> bool {
    match base {
        IpAddr::V4(base) => FORBIDDEN_V4.iter().any(|outer| bits >= outer.bits && outer.contains(base)),
        IpAddr::V6(base) => {
            let inside = FORBIDDEN_V6.iter().any(|outer| bits >= outer.bits && outer.contains(base));
            inside || bits == 128 && kind_v6(base) == AddressKind::Forbidden
        }
    }
}

fn same_prefix(one: u128, other: u128, bits: u32) -> bool {
    bits == 0 || (one ^ other) >> (128 - bits) == 0
}

/// Classifies an address.
pub fn kind(ip: IpAddr) -> AddressKind {
    match ip {
        IpAddr::V4(ip) => kind_v4(ip),
        IpAddr::V6(ip) => kind_v6(ip),
    }
}

fn kind_v4(ip: Ipv4Addr) -> AddressKind {
    if FORBIDDEN_V4.iter().any(|network| network.contains(ip)) {
        AddressKind::Forbidden
    } else if PRIVATE_V4.iter().any(|network| network.contains(ip)) {
        AddressKind::Private
    } else {
        AddressKind::Public
    }
}

fn kind_v6(ip: Ipv6Addr) -> AddressKind {
    let own = if FORBIDDEN_V6.iter().any(|network| network.contains(ip)) {
        AddressKind::Forbidden
    } else if is_global_v6(ip) {
        AddressKind::Public
    } else {
        AddressKind::Private
    };
    embedded(ip).into_iter().map(kind_v4).fold(own, AddressKind::max)
}

fn is_global_v6(ip: Ipv6Addr) -> bool {
    // A mapped address and one of NAT64 are what the IPv4 address inside is.
    let only_notation = ip.to_ipv4_mapped().is_some() || NAT64.contains(ip);
    only_notation || GLOBAL_V6.contains(ip) && !PRIVATE_V6.iter().any(|network| network.contains(ip))
}

/// The IPv4 addresses that an IPv6 address carries, one of which a translator or a tunnel may send on to.
fn embedded(ip: Ipv6Addr) -> Vec<Ipv4Addr> {
    let bits = ip.to_bits();
    let at = |shift: u32| Ipv4Addr::from(u32::try_from(bits >> shift & u128::from(u32::MAX)).unwrap_or_default());
    let last = at(0);
    // `::a.b.c.d` (compatible), `::ffff:a.b.c.d` (mapped), `::ffff:0:a.b.c.d` (translated).
    let notation = matches!(bits >> 32, 0 | 0xffff | 0xffff_0000);
    if notation || NAT64.contains(ip) {
        return vec![last];
    }
    if LOCAL_NAT64.contains(ip) {
        // RFC 6052: behind a prefix of 48 bits the address is split around bits 64 to 71; behind one of 96 it is last.
        let split = u32::try_from((bits >> 64 & 0xffff) << 16 | bits >> 40 & 0xffff).unwrap_or_default();
        return vec![last, Ipv4Addr::from(split)];
    }
    if SIX_TO_FOUR.contains(ip) {
        return vec![at(80)];
    }
    if TEREDO.contains(ip) {
        // The server, and the client with its bits turned over.
        return vec![at(64), Ipv4Addr::from(!u32::from(last))];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(kind: AddressKind, addresses: &[&str]) {
        for address in addresses {
            assert_eq!(super::kind(address.parse().expect(address)), kind, "{address}");
        }
    }

    #[test]
    fn addresses_of_the_internet_are_public() {
        all(
            AddressKind::Public,
            &["1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "192.0.1.1"],
        );
        all(
            AddressKind::Public,
            &["223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1", "64:ff9b::101:101"],
        );
        all(AddressKind::Public, &["2002:101:101::1"]);
    }

    #[test]
    fn addresses_of_a_local_network_are_private_in_every_notation() {
        all(
            AddressKind::Private,
            &["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "127.0.0.1", "127.9.9.9"],
        );
        all(AddressKind::Private, &["0.0.0.0", "0.1.2.3", "100.64.0.1", "198.18.0.1", "203.0.113.9", "240.0.0.1"]);
        all(
            AddressKind::Private,
            &["::1", "::", "fc00::1", "fd12:3456::1", "fec0::1", "2001:db8::1", "3fff::1", "100::1"],
        );
        all(AddressKind::Private, &["::ffff:10.0.0.1", "::ffff:0:10.0.0.1", "::127.0.0.1", "64:ff9b::a00:1"]);
        all(
            AddressKind::Private,
            &["64:ff9b:1::1.1.1.1", "2002:7f00:1::", "2002:c0a8:101::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
        );
    }

    #[test]
    fn metadata_and_link_local_addresses_are_forbidden_in_every_notation() {
        all(
            AddressKind::Forbidden,
            &["169.254.169.254", "169.254.0.1", "169.254.170.2", "100.100.100.200", "192.0.0.192"],
        );
        all(AddressKind::Forbidden, &["168.63.129.16", "224.0.0.1", "239.255.255.255", "255.255.255.255"]);
        all(
            AddressKind::Forbidden,
            &["fe80::1", "febf::1", "ff02::1", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:42::42"],
        );
        all(
            AddressKind::Forbidden,
            &["::ffff:169.254.169.254", "::ffff:0:a9fe:a9fe", "::169.254.169.254", "64:ff9b::a9fe:a9fe"],
        );
        all(
            AddressKind::Forbidden,
            &["64:ff9b:1::a9fe:a9fe", "64:ff9b:1:a9fe:a9:fe00::", "2002:a9fe:a9fe::1", "::ffff:100.100.100.200"],
        );
        // Teredo: the server, and the client with its bits turned over.
        all(AddressKind::Forbidden, &["2001:0:a9fe:a9fe::1", "2001:0:101:101:0:0:5601:5601"]);
    }
}
