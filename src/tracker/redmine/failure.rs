//! What a failure of Redmine means.

use serde::Deserialize;

use crate::{domain::text::visible, net::HttpFailure, tracker::TrackerFailure};

/// How much of a reason is shown.
const LONGEST_REASON: usize = 300;

#[derive(Default, Deserialize)]
struct ErrorsBody {
    #[serde(default)]
    errors: Vec<String>,
}

/// True if somebody else changed the issue at the same moment: Redmine refuses without any reason.
pub(super) fn is_stale(failure: &HttpFailure) -> bool {
    match failure {
        HttpFailure::Status(response) if response.status == 422 => {
            serde_json::from_slice::<ErrorsBody>(&response.body).is_ok_and(|body| body.errors.is_empty())
        }
        HttpFailure::Status(_)
        | HttpFailure::Invalid(_)
        | HttpFailure::Blocked(_)
        | HttpFailure::Unsent(_)
        | HttpFailure::Redirected { .. }
        | HttpFailure::Unclear { .. } => false,
    }
}

/// Turns the failure of a call to `path` into what it means.
pub(super) fn tracker_failure(failure: HttpFailure, path: &str) -> TrackerFailure {
    let path = path.split('?').next().unwrap_or(path);
    let HttpFailure::Status(response) = &failure else { return TrackerFailure::Http(failure) };
    match response.status {
        401 => TrackerFailure::Refused(
            "Redmine does not accept the API key of [tracker.redmine], or its REST API is switched off".to_owned(),
        ),
        403 => {
            TrackerFailure::Refused(format!("Redmine refuses {path}: the account of the API key lacks a permission"))
        }
        404 => {
            TrackerFailure::Refused(format!("Redmine knows no {path}, or the account of the API key may not see it"))
        }
        422 => TrackerFailure::Refused(format!("Redmine refuses {path}: {}", reason(&response.body))),
        _ => TrackerFailure::Http(failure),
    }
}

fn reason(body: &[u8]) -> String {
    let body: ErrorsBody = serde_json::from_slice(body).unwrap_or_default();
    if body.errors.is_empty() {
        return "no reason is given".to_owned();
    }
    let text = visible(&body.errors.join("; ")).replace('\n', " ");
    text.chars().take(LONGEST_REASON).collect()
}
