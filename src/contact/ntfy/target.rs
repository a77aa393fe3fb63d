//! Where messages of a person go: a server, a topic, and the token that opens it.

use secrecy::{ExposeSecret, SecretString};

use super::topic::NtfyTopic;
use crate::net::{self, HostPattern, UrlOrigin};

/// `[ntfy]`
#[derive(Clone, Debug)]
pub struct NtfySettings {
    /// The server of people who name only a topic, without a slash at its end.
    pub server: String,
    /// The access token for that server; it is sent to no other one.
    pub token: Option<SecretString>,
    /// Whether it also carries pages for private incidents, with key, severity and link.
    pub private: bool,
}

/// Where messages of a person go.
#[derive(Clone, Debug)]
pub struct NtfyTarget {
    pub(super) server: String,
    pub(super) origin: UrlOrigin,
    pub(super) topic: NtfyTopic,
    pub(super) token: Option<SecretString>,
}

impl NtfyTarget {
    /// Parses what a person entered: a topic of the configured server, or the URL of a topic on another one. `token` is
    /// the person's own.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(entered: &str, settings: &NtfySettings, token: Option<SecretString>) -> Result<Self, String> {
        let entered = entered.trim().trim_end_matches('/');
        let (server, topic) = match entered.split_once("://") {
            None => (settings.server.clone(), entered),
            Some((scheme, _)) => {
                let (server, topic) = entered.rsplit_once('/').unwrap_or_default();
                if server.len() <= scheme.len() + 3 {
                    return Err("names no topic; write it as https://ntfy.example.com/topic".to_owned());
                }
                (parse_server(server)?, topic)
            }
        };
        let topic = NtfyTopic::parse(topic)?;
        let is_configured = server.eq_ignore_ascii_case(&settings.server);
        let token = token.filter(|token| !token.expose_secret().is_empty());
        let (origin, token) = if is_configured {
            (UrlOrigin::Config, token.or_else(|| settings.token.clone()))
        } else {
            (UrlOrigin::Outside, token)
        };
        if origin == UrlOrigin::Outside && net::is_readable_on_the_way(&server) {
            return Err("use https: over http everybody on the way reads the messages".to_owned());
        }
        Ok(Self { server, origin, topic, token })
    }

    /// True if others cannot read the topic: a token protects it, or its name cannot be guessed.
    pub fn is_protected(&self) -> bool {
        self.token.is_some() || self.topic.is_hard_to_guess()
    }

    /// Checks that a server that a person named is a public one, as far as its address says. `allow` is `[net] allow`.
    ///
    /// # Errors
    /// Says why it can never be called.
    pub fn check_address(&self, allow: &[HostPattern]) -> Result<(), String> {
        match self.origin {
            UrlOrigin::Config => Ok(()),
            UrlOrigin::Outside => net::check_outside_url(&self.server, allow).map_err(|failure| failure.to_string()),
        }
    }

    /// The address as it is stored and as [`NtfyTarget::parse`] takes it.
    pub fn address(&self) -> String {
        format!("{}/{}", self.server, self.topic.as_str())
    }

    /// The link that opens the topic in the app.
    pub fn subscribe_link(&self) -> String {
        let (scheme, host) = self.server.split_once("://").unwrap_or_default();
        let plain = if scheme == "http" { "?secure=false" } else { "" };
        format!("ntfy://{host}/{}{plain}", self.topic.as_str())
    }

    /// The address for others: the server, and the beginning of the topic.
    pub fn masked(&self) -> String {
        let host = self.server.split_once("://").map_or(self.server.as_str(), |(_, host)| host);
        format!("{host}/{}", self.topic.masked())
    }
}

/// Parses the root URL of a server.
///
/// # Errors
/// Says what is wrong with it.
pub fn parse_server(url: &str) -> Result<String, String> {
    let example = "write one such as \"https://ntfy.sh\"";
    net::check_url(url).map_err(|failure| format!("{failure}; {example}"))?;
    let server = url.trim_end_matches('/');
    let host = server.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
    if host.contains(['/', '?', '#']) {
        return Err(format!("has more than a host: ntfy answers at the root of its address only; {example}"));
    }
    Ok(server.to_owned())
}
