//! Decodes `[net]`: how outgoing calls are made.

use std::path::Path;

use secrecy::ExposeSecret;

use super::seconds;
use crate::{
    config::{kinds, mistake::shown, read::Section, tree::Value},
    net::{self, HostPattern, NetSettings, tls::TrustedRoots},
};

/// The longest timeout. It is shorter than the deadline of the worker that makes the call, because the worker cannot
/// know whether anything was sent.
const LONGEST: u64 = 14;

pub(super) fn net(s: &Section<'_>) -> NetSettings {
    let allow = patterns(s, "allow");
    for entry in allow.iter().filter(|entry| entry.is_forbidden()) {
        s.wrong("allow", format!("\"{entry}\" is link-local or a metadata service, which is never called"));
    }
    let settings = NetSettings {
        timeout: s.duration("timeout", seconds(1, LONGEST)),
        proxy: s.read("proxy", "http(s) address", proxy),
        proxy_credentials: s.secret("proxy_credentials"),
        no_proxy: patterns(s, "no_proxy"),
        allow,
        roots: s
            .read("ca", "path", |value| TrustedRoots::with_file(Path::new(&kinds::line(value)?)))
            .unwrap_or_default(),
    };
    if settings.proxy_credentials.as_ref().is_some_and(|secret| !secret.expose_secret().contains(':')) {
        s.wrong("proxy_credentials", "must hold a user name and a password joined by a colon, as \"user:password\"");
    }
    if settings.proxy.is_none() {
        if settings.proxy_credentials.is_some() {
            s.warn("proxy_credentials", "has no effect without proxy");
        }
        if !settings.no_proxy.is_empty() {
            s.warn("no_proxy", "has no effect without proxy");
        }
    }
    settings
}

fn patterns(s: &Section<'_>, key: &str) -> Vec<HostPattern> {
    let mut patterns = Vec::new();
    for text in s.texts(key).unwrap_or_default() {
        match HostPattern::parse(&text) {
            Ok(pattern) => patterns.push(pattern),
            Err(what) => s.wrong(key, format!("{} {what}", shown(&text))),
        }
    }
    patterns
}

/// Parses the address of a proxy without credentials, because credentials are secrets.
fn proxy(value: &Value) -> Result<String, String> {
    let text = kinds::text(value)?;
    let refused = |why: &str| Err(format!("{why}; write one such as \"http://proxy.example.com:3128\""));
    if text.contains('@') {
        return Err("must not hold a user name or a password; write them into proxy_credentials".to_owned());
    }
    if let Err(failure) = net::check_url(&text) {
        return refused(&format!("{}: {failure}", shown(&text)));
    }
    let address = text.trim_end_matches('/');
    if address.splitn(3, '/').nth(2).is_none_or(|host| host.contains(['/', '?', '#'])) {
        return refused(&format!("{} has a path; a proxy has none", shown(&text)));
    }
    Ok(address.to_owned())
}
