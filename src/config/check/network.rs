//! Checks that endpoints open to the network need a token, and that durations are consistent.

use std::{net::SocketAddr, ops::RangeInclusive, time::Duration};

use crate::config::{
    decode::made_from,
    is_loopback_host, is_public,
    kinds::{self, show_duration},
    mistake::Origin,
    read::Section,
};

pub(super) fn network(root: &Section<'_>) {
    let listen = root.look("server", |s| s.peek("listen", kinds::text)).flatten();
    let Some(listen) = listen.and_then(|text| text.parse::<SocketAddr>().ok()) else { return };
    if listen.ip().is_loopback() {
        return behind_a_proxy(root);
    }
    root.look("server", |s| {
        if !s.has("api_token") {
            s.wrong("listen", format!("{listen} is open to the network: set api_token, or listen on 127.0.0.1"));
        }
        let public_url = s.peek("public_url", kinds::text);
        if !s.has("tls_cert") && public_url.is_none_or(|url| url.starts_with("http://")) {
            s.warn("listen", "plain http to the network: tokens and sessions can be read on the way. Set tls_cert and \
                              tls_key, or put a proxy in front that speaks https, and set public_url to its https address");
        }
        if !s.has("public_url") {
            s.warn("listen", "links point at this address; set public_url to the address that people use");
        }
    });
    root.each("sources", "id", |source| {
        let enabled = source.peek("enabled", kinds::flag).unwrap_or(true);
        // Nothing is posted to a `discord` source, and `alertmanager-api` also accepts api_token.
        let kind = source.peek("kind", kinds::text);
        let posts = kind.is_none_or(|kind| kind != "discord" && kind != "alertmanager-api");
        // Without a token, shipped sources accept posts from this machine only.
        let shipped = matches!(source.origin_of("id"), Origin::Shipped(_));
        if enabled
            && posts
            && !shipped
            && !source.has("token")
            && !source.has("signing_secret")
            && source.len("topics") == 0
        {
            source.wrong("token", format!("missing, and {listen} is open to the network: set it, or enabled = false"));
        }
    });
}

/// The offline on-call sheet goes by mail only where there is a mail server.
pub(super) fn offline_copy(root: &Section<'_>) {
    root.look("offline_copy", |s| {
        let to = s.peek("mail", kinds::texts).unwrap_or_default();
        if !to.is_empty() && !root.has("mail") {
            s.wrong("mail", "needs the section [mail] with the mail server");
        }
    });
}

/// Warns that browsers take no push messages from the address that people use: they want https, except from their own machine.
pub(super) fn web_push(root: &Section<'_>) {
    let enabled = root.look("web_push", |s| s.peek("enabled", kinds::flag)).flatten().unwrap_or_default();
    let server = |s: &Section<'_>| {
        let listen = s.peek("listen", kinds::text)?.parse::<SocketAddr>().ok()?;
        let made = || made_from(listen, s.has("tls_cert"));
        Some(s.peek("public_url", kinds::text).unwrap_or_else(made))
    };
    let Some(url) = root.look("server", server).flatten() else { return };
    let plain =
        url.strip_prefix("http://").is_some_and(|rest| !is_loopback_host(rest.split('/').next().unwrap_or(rest)));
    if enabled && plain {
        root.look("web_push", |s| {
            s.warn(
                "enabled",
                format!(
                    "no browser can subscribe: people reach hotroom at {url}, and browsers want https for push messages; \
                     set [server] tls_cert, or public_url to an https address"
                ),
            );
        });
    }
}

/// Warns about requests from this machine where a proxy on it forwards requests of everybody.
fn behind_a_proxy(root: &Section<'_>) {
    root.look("server", |s| {
        let public = s.peek("public_url", kinds::text).is_some_and(|url| is_public(&url, s.has("tls_cert")));
        if !public {
            return;
        }
        if s.peek("trust_local", kinds::flag).unwrap_or(false) {
            s.warn("trust_local", "whoever a proxy on this machine lets in is an admin; set api_token and leave this out");
        } else if !s.has("api_token") {
            s.warn(
                "public_url",
                "it is a public address, so requests from this machine need credentials: set api_token for programs and \
                 the command line, and a token on each source",
            );
        }
    });
}

const ANY: RangeInclusive<Duration> = Duration::ZERO..=Duration::MAX;

/// The host of the status page serves nothing else, so it cannot be a host of the console.
pub(super) fn status_host(root: &Section<'_>) {
    let text = |s: &Section<'_>, key| s.peek(key, kinds::text);
    let public = root.look("server", |s| text(s, "public_url")).flatten().unwrap_or_default();
    let public = public.split_once("://").map_or("", |(_, rest)| rest);
    let public = public.split(['/', ':']).next().unwrap_or_default().to_ascii_lowercase();
    let allowed = root.look("server", |s| s.peek("allowed_hosts", kinds::texts)).flatten().unwrap_or_default();
    root.look("status_page", |s| {
        let Some(host) = text(s, "host").map(|host| host.to_ascii_lowercase()) else { return };
        let is_own =
            host == public || host == "localhost" || allowed.iter().any(|name| name.eq_ignore_ascii_case(&host));
        if is_own {
            s.wrong(
                "host",
                format!("{host} is a host of the console, which would not be reachable there: use another"),
            );
        }
    });
}

pub(super) fn durations(root: &Section<'_>) {
    root.look("server", |s| not_shorter(s, "request_timeout", "body_timeout"));
    root.look("alerts", |alerts| alerts.look("route", |route| routes(route, 0)));
    root.look("retention", |s| {
        if s.peek("settled", |v| kinds::duration(v, ANY)).is_some_and(|d| d < Duration::from_secs(30 * 86_400)) {
            s.warn("settled", "a delivery that is repeated later than this is taken for a new one; 30d is usual");
        }
    });
}

fn routes(route: &Section<'_>, depth: usize) {
    not_shorter(route, "repeat_interval", "group_interval");
    if depth < 32 {
        route.each("routes", "feed", |child| routes(child, depth + 1));
    }
}

fn not_shorter(s: &Section<'_>, long: &str, short: &str) {
    let read = |key| s.peek(key, |value| kinds::duration(value, ANY));
    if let (Some(longer), Some(shorter)) = (read(long), read(short))
        && longer < shorter
    {
        let (longer, shorter) = (show_duration(longer), show_duration(shorter));
        s.wrong(long, format!("{longer} is shorter than {short}, {shorter}; it cannot be"));
    }
}
