//! Checks which site's page made a browser send a write.

use axum::http::{HeaderMap, Method, header};

use super::host::public_host;
use crate::{
    config::Server,
    web::problem::{Kind, Problem},
};

/// Accepts writes from hotroom's own pages or from clients that are not browsers; otherwise 403. Reads always pass: no
/// response has a header that would let a foreign page read it.
pub fn judge(server: &Server, method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if method.is_safe() { Ok(()) } else { judge_write(server, headers) }
}

/// Checks the origin of a write, whatever its method: some senders write with GET.
pub fn judge_write(server: &Server, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).map(|value: &header::HeaderValue| value.to_str().unwrap_or("?"));
    let ours = match (text(header::HeaderName::from_static("sec-fetch-site")), text(header::ORIGIN)) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => own(server, origin, text(header::HOST).unwrap_or_default()),
        (None, None) => true,
    };
    if ours { Ok(()) } else { Err(Problem::new(Kind::BadOrigin)) }
}

/// Refuses requests with headers that only browsers send. Without a token the origin alone is weak evidence: browsers
/// omit `Origin` in a GET, and older ones send no `Sec-Fetch-Site`.
pub fn refuse_browsers(headers: &HeaderMap) -> Result<(), Problem> {
    let of_browsers = |name: &str| matches!(name, "origin" | "referer") || name.starts_with("sec-fetch-");
    if headers.keys().any(|name| of_browsers(name.as_str())) {
        return Err(Problem::new(Kind::BrowserRefused));
    }
    Ok(())
}

/// True if an origin is the one the request was sent to, or that of `public_url`, because a proxy may change the name.
fn own(server: &Server, origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let same = |other: &str| authority.eq_ignore_ascii_case(other);
    matches!(scheme, "http" | "https") && !authority.is_empty() && (same(host) || public_host(server).is_some_and(same))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn judged(method: &Method, headers: &[(&'static str, &str)]) -> bool {
        let mut server = Config::shipped().server;
        server.public_url = "https://hot.example.com".into();
        let mut map = HeaderMap::new();
        map.insert("host", "localhost:8080".parse().unwrap());
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        judge(&server, method, &map).is_ok()
    }

    #[test]
    fn writes_of_other_sites_are_refused() {
        for headers in [
            [("origin", "http://evil.example")],
            [("origin", "null")],
            [("origin", "http://localhost:9999")],
            [("origin", "http://localhost:8080.evil.example")],
            [("sec-fetch-site", "cross-site")],
            [("sec-fetch-site", "same-site")],
            [("sec-fetch-site", "\u{ff}")],
        ] {
            assert!(!judged(&Method::POST, &headers), "{headers:?}");
            assert!(judged(&Method::GET, &headers), "reading is not writing");
        }
        assert!(!judged(&Method::DELETE, &[("origin", "http://localhost:8080"), ("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn our_own_pages_and_programs_write() {
        assert!(judged(&Method::POST, &[]));
        assert!(judged(&Method::POST, &[("origin", "http://localhost:8080")]));
        assert!(judged(&Method::POST, &[("origin", "https://hot.example.com")]));
        assert!(judged(&Method::POST, &[("sec-fetch-site", "same-origin"), ("origin", "http://localhost:8080")]));
    }
}
