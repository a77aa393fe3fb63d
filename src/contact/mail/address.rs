//! Addresses: those of people, and the one that each attempt is sent from.

use lettre::Address;

/// The longest address (RFC 5321, section 4.5.3.1.3).
const LONGEST: usize = 254;
/// The longest part before the `@`.
const LONGEST_LOCAL: usize = 64;
/// The length of a token: at least 80 bits in letters and digits, and short enough for the part before the `@`.
const TOKEN: std::ops::RangeInclusive<usize> = 16..=32;

/// Parses the address of a person, as `ann@example.com`.
///
/// # Errors
/// Says what is wrong with it.
pub fn parse_address(text: &str) -> Result<Address, String> {
    let text = text.trim();
    if text.len() > LONGEST {
        return Err(format!("is longer than {LONGEST} characters"));
    }
    if !text.is_ascii() {
        return Err("has letters that not every mail server takes; write the domain in its form of xn--".to_owned());
    }
    // Quoted names and bare IP addresses are legal, and no mail that people read has them.
    if text.contains(['"', '[', ']', '<', '>', ' ', '\\']) {
        return Err("is no mail address; write one such as \"ann@example.com\"".to_owned());
    }
    let address: Address =
        text.parse().map_err(|_| "is no mail address; write one such as \"ann@example.com\"".to_owned())?;
    if address.user().len() > LONGEST_LOCAL || address.domain().parse::<std::net::IpAddr>().is_ok() {
        return Err("is no mail address; write one such as \"ann@example.com\"".to_owned());
    }
    Ok(address)
}

/// Returns an address as others may see it: `a…@example.com`.
fn masked(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    format!("{}…@{domain}", local.chars().next().unwrap_or('…'))
}

/// Returns a text of a mail server with every address in it masked, because many people see it.
pub fn mask(text: &str) -> String {
    let part_of_address = |c: char| c.is_alphanumeric() || "@.!#$%&'*+/=?^_`{|}~-".contains(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(part_of_address) {
        out.push_str(&rest[..start]);
        let word = &rest[start..];
        let end = word.find(|c| !part_of_address(c)).unwrap_or(word.len());
        let one_sign = word[..end].trim_end_matches('.').split('@').filter(|part| !part.is_empty()).count() > 1;
        if one_sign {
            out.push_str(&masked(&word[..end]));
        } else {
            out.push_str(&word[..end]);
        }
        rest = &word[end..];
    }
    out.push_str(rest);
    out
}

/// The address that messages are sent from, so that a report about one comes back with its token: mail to
/// `bounces+TOKEN@example.com` must arrive in the mailbox of `bounces@example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BounceAddress {
    local: String,
    domain: String,
}

impl BounceAddress {
    /// Parses `bounces@example.com`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let address = parse_address(text)?;
        let room = LONGEST_LOCAL - 1 - TOKEN.end();
        if address.user().len() > room {
            return Err(format!("has more than {room} characters before the @, which leaves no room for a token"));
        }
        Ok(Self { local: address.user().to_ascii_lowercase(), domain: address.domain().to_ascii_lowercase() })
    }

    /// Returns the sender of one attempt; `None` if the token is not one.
    pub fn with_token(&self, token: &str) -> Option<Address> {
        if !is_token(token) {
            return None;
        }
        Address::new(format!("{}+{token}", self.local), &self.domain).ok()
    }

    /// Returns the token of an address; `None` for any other address.
    pub fn token(&self, address: &str) -> Option<String> {
        let address = address.trim().trim_start_matches('<').trim_end_matches('>').to_ascii_lowercase();
        let (local, domain) = address.rsplit_once('@')?;
        let token = local.strip_prefix(self.local.as_str())?.strip_prefix('+')?;
        (domain == self.domain && is_token(token)).then(|| token.to_owned())
    }
}

impl std::fmt::Display for BounceAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

/// Tokens are lower case: mail servers may change the case of an address.
fn is_token(text: &str) -> bool {
    TOKEN.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}
