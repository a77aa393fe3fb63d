//! The host of the status page: whatever is requested there is looked for below `/status`, and nothing else answers.

use axum::{
    extract::{Request, State as Given},
    http::{HeaderMap, Uri, header},
    middleware::Next,
    response::Response,
};

use crate::web::State;

/// Marks a request to the host of the status page.
#[derive(Clone, Copy, Debug)]
pub struct StatusHostMark;

/// Maps requests to the host of the status page to the paths below `/status`. It runs before the routes are matched.
pub async fn map(Given(state): Given<State>, mut request: Request, next: Next) -> Response {
    let config = state.app.config.current();
    let is_its_host = config.status_page.host.as_deref().is_some_and(|host| names(request.headers(), host));
    if is_its_host {
        request.extensions_mut().insert(StatusHostMark);
        if let Some(uri) = below_status(request.uri()) {
            *request.uri_mut() = uri;
        }
    }
    next.run(request).await
}

/// True if the only `Host` is this one, on any port.
fn names(headers: &HeaderMap, host: &str) -> bool {
    let mut given = headers.get_all(header::HOST).iter();
    let (Some(one), None) = (given.next().and_then(|value| value.to_str().ok()), given.next()) else { return false };
    let name = one.split_once(':').map_or(one, |(name, _)| name);
    name.trim_end_matches('.').eq_ignore_ascii_case(host)
}

/// Returns the address below `/status`; `None` if it is there already. The links of the page begin with `/status`.
fn below_status(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if path == "/status" || path.starts_with("/status/") {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("/status{}{query}", path.strip_suffix('/').unwrap_or(path)).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_below_status() {
        for (asked, mapped) in [
            ("/", Some("/status")),
            ("/?a=b", Some("/status?a=b")),
            ("/api/v2/summary.json", Some("/status/api/v2/summary.json")),
            ("/history.atom", Some("/status/history.atom")),
            ("/intake/generic", Some("/status/intake/generic")),
            ("/statuses", Some("/status/statuses")),
            ("//api/v2/alerts", Some("/status//api/v2/alerts")),
            ("http://status.example.com/api/v2/status.json", Some("/status/api/v2/status.json")),
            ("/status", None),
            ("/status/incidents/x", None),
        ] {
            let found = below_status(&asked.parse().unwrap()).map(|uri| uri.to_string());
            assert_eq!(found.as_deref(), mapped, "{asked}");
        }
    }
}
