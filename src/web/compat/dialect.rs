//! Errors in the formats that vendors' clients expect.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::{Value, json};

use crate::web::problem::{Kind, Problem};

/// The error format of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Alertmanager: a JSON string.
    Alertmanager,
    /// PagerDuty's Events API: `status`, `message` and a list of `errors`.
    PagerDuty,
    /// Opsgenie: `message`, `code`, `took`, `requestId`.
    Opsgenie,
}

impl Dialect {
    /// The format for a path; `None` for hotroom's own paths.
    pub fn of(path: &str) -> Option<Self> {
        let path = path.strip_prefix('/').filter(|rest| rest.starts_with('/')).unwrap_or(path);
        let path = path.split('?').next().unwrap_or_default();
        let below = |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if below("/api/v2") {
            Some(Self::Alertmanager)
        } else if ["/v2/enqueue", "/v2/change", "/generic/2010-04-15"].into_iter().any(below) {
            Some(Self::PagerDuty)
        } else {
            ["/v2", "/v1/incidents"].into_iter().any(below).then_some(Self::Opsgenie)
        }
    }

    /// The response for a problem.
    pub fn answer(self, problem: &Problem, request_id: &str) -> Response {
        let status = self.status(problem);
        let body = match self {
            Self::Alertmanager => json!(problem.detail),
            Self::PagerDuty => pagerduty(problem),
            Self::Opsgenie => {
                json!({"message": problem.detail, "code": status.as_u16(), "took": 0.0, "requestId": request_id})
            }
        };
        let mut response = problem.answer(None).map(|_| Body::from(body.to_string()));
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    /// An invalid event or filter is a 400 for Alertmanager and PagerDuty; their clients handle no other status.
    fn status(self, problem: &Problem) -> StatusCode {
        let code = problem.status;
        match self {
            Self::Alertmanager if code == StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            Self::PagerDuty if matches!(code.as_u16(), 401 | 403 | 415 | 422) => StatusCode::BAD_REQUEST,
            Self::Alertmanager | Self::PagerDuty | Self::Opsgenie => code,
        }
    }
}

fn pagerduty(problem: &Problem) -> Value {
    if problem.name == Kind::BadBody.name() {
        return json!({
            "status": "Unrecognized object",
            "message": "Event object format is unrecognized",
            "errors": ["JSON parse error"],
        });
    }
    if problem.status.is_server_error() {
        return json!({"status": "error", "message": problem.detail, "errors": []});
    }
    let errors = problem.more.get("errors").cloned().unwrap_or_else(|| json!([problem.detail]));
    json!({"status": "invalid event", "message": "Event object is invalid", "errors": errors})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_has_its_dialect_and_our_own_paths_have_none() {
        for (path, dialect) in [
            ("/api/v2/alerts?x=/v2/enqueue", Some(Dialect::Alertmanager)),
            ("//api/v2/silences/", Some(Dialect::Alertmanager)),
            ("/v2/enqueue/", Some(Dialect::PagerDuty)),
            ("/v2/change/enqueue", Some(Dialect::PagerDuty)),
            ("/generic/2010-04-15/create_event.json", Some(Dialect::PagerDuty)),
            ("/v2/alerts/1/close", Some(Dialect::Opsgenie)),
            ("/v2/heartbeats", Some(Dialect::Opsgenie)),
            ("/api/v1/alerts", None),
            ("/api/v20/alerts", None),
            ("/status/api/v2/summary.json", None),
            ("/v2/other", Some(Dialect::Opsgenie)),
            ("/v1/incidents/create", Some(Dialect::Opsgenie)),
            ("/v20/alerts", None),
            ("/", None),
        ] {
            assert_eq!(Dialect::of(path), dialect, "{path}");
        }
    }
}
