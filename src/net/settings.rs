//! How calls to outside systems are made: `[net]` of bot.toml.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{HostPattern, roots::TrustedRoots};

/// `[net]`
#[derive(Clone, Debug)]
pub struct NetSettings {
    /// How long one call may take in all.
    pub timeout: Duration,
    /// The proxy that calls go through: it decides which addresses are reached.
    pub proxy: Option<String>,
    /// User and password for the proxy, joined by a colon.
    pub proxy_credentials: Option<SecretString>,
    /// The hosts that are reached without the proxy.
    pub no_proxy: Vec<HostPattern>,
    /// What URLs that people, alerts or other systems supply may reach besides public addresses.
    pub allow: Vec<HostPattern>,
    /// The certificate authorities that are trusted.
    pub roots: TrustedRoots,
}

impl NetSettings {
    /// No proxy, and public addresses only for URLs from outside.
    pub fn direct(timeout: Duration) -> Self {
        Self {
            timeout,
            proxy: None,
            proxy_credentials: None,
            no_proxy: Vec::new(),
            allow: Vec::new(),
            roots: TrustedRoots::default(),
        }
    }
}

impl PartialEq for NetSettings {
    fn eq(&self, other: &Self) -> bool {
        let Self { timeout, proxy, proxy_credentials, no_proxy, allow, roots } = self;
        let secret = |secret: &Option<SecretString>| secret.as_ref().map(|secret| secret.expose_secret().to_owned());
        *timeout == other.timeout
            && *proxy == other.proxy
            && secret(proxy_credentials) == secret(&other.proxy_credentials)
            && *no_proxy == other.no_proxy
            && *allow == other.allow
            && *roots == other.roots
    }
}
