//! What an answer of Jira that is no success means.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use crate::{
    domain::{
        Timestamp,
        text::{cut, visible},
    },
    net::{HttpFailure, HttpResponse},
    tracker::TrackerFailure,
};

/// The limit of writes to one issue, which slows the lane of this issue and nothing else.
const ONE_ISSUE: &str = "jira-per-issue-on-write";
/// How much of Jira's reason is shown, in graphemes.
const LONGEST_REASON: usize = 400;

/// The body of an error.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody {
    #[serde(default)]
    error_messages: Vec<String>,
    /// What is wrong with each field.
    #[serde(default)]
    errors: BTreeMap<String, String>,
}

/// Turns a failed call into a failure of the port.
pub(super) fn failure(failure: HttpFailure) -> TrackerFailure {
    let HttpFailure::Status(response) = &failure else { return TrackerFailure::Http(failure) };
    let reason = reason(response);
    match (response.status, reason) {
        (429, _) => TrackerFailure::Slow { wait: wait(response), limit: limit(response) },
        (409, reason) => TrackerFailure::Conflict(explain(409, reason.as_deref())),
        (401, _) => TrackerFailure::Refused(
            "Jira does not accept the credentials of [tracker.jira]: the token may have expired; create a new one"
                .to_owned(),
        ),
        (403, _) if is_locked(response) => TrackerFailure::Refused(
            "Jira has locked our account after failed sign-ins: sign in once as this account in a browser, and solve the \
             CAPTCHA"
                .to_owned(),
        ),
        (404, reason) => TrackerFailure::Missing(match reason {
            Some(reason) => explain(404, Some(&reason)),
            None => "Jira: not found, or our account may not see it".to_owned(),
        }),
        (status @ 400..=499, Some(reason)) if status != 408 && status != 425 => {
            TrackerFailure::Refused(explain(status, Some(&reason)))
        }
        _ => TrackerFailure::Http(failure),
    }
}

/// A limit that all calls share has refused a call.
pub(super) struct SharedLimit {
    /// How long Jira asks to wait; `None` if it does not say.
    pub wait: Option<Duration>,
    /// The limit, as Jira names it.
    pub limit: String,
}

/// The limit by which a call failed, if it is one that other calls meet as well.
pub(super) fn shared_limit(failure: &HttpFailure) -> Option<SharedLimit> {
    let HttpFailure::Status(response) = failure else { return None };
    let limit = limit(response);
    (response.status == 429 && limit != ONE_ISSUE).then(|| SharedLimit { wait: wait(response), limit })
}

/// The fields that a refused write names.
pub(super) fn refused_fields(response: &HttpResponse) -> Vec<String> {
    body(response).errors.into_keys().collect()
}

fn explain(status: u16, reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("Jira: {reason}"),
        None => format!("Jira: HTTP {status}"),
    }
}

fn body(response: &HttpResponse) -> ErrorBody {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

/// What Jira says is wrong, on one line; `None` if it says nothing.
fn reason(response: &HttpResponse) -> Option<String> {
    let body = body(response);
    let fields = body.errors.into_iter().map(|(field, what)| format!("{field}: {what}"));
    let all: Vec<String> = body.error_messages.into_iter().chain(fields).collect();
    let line = visible(&all.join("; ")).split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then(|| cut(&line, LONGEST_REASON))
}

fn header<'r>(response: &'r HttpResponse, name: &str) -> Option<&'r str> {
    response.headers.get(name)?.to_str().ok()
}

/// How long Jira asks to wait. A date in an answer without a date of its own asks for nothing.
fn wait(response: &HttpResponse) -> Option<Duration> {
    response.retry_after(Timestamp::MAX_UTC)
}

/// Which limit it is: `jira-burst-based`, `jira-per-issue-on-write` or one of a quota.
fn limit(response: &HttpResponse) -> String {
    let named = header(response, "ratelimit-reason").map(|name| cut(&visible(name), 60));
    named.unwrap_or_else(|| "HTTP 429".to_owned())
}

fn is_locked(response: &HttpResponse) -> bool {
    header(response, "x-seraph-loginreason").is_some_and(|reason| reason.contains("AUTHENTICATION_DENIED"))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderName};

    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> TrackerFailure {
        let pair =
            |(name, value): &(&'static str, &str)| (HeaderName::from_static(name), value.parse().expect("a header"));
        let headers: HeaderMap = headers.iter().map(pair).collect();
        let response = HttpResponse { status, headers, body: body.as_bytes().to_vec(), redirect: None };
        failure(HttpFailure::Status(Box::new(response)))
    }

    #[test]
    fn a_limit_is_named_with_its_wait() {
        let slow = answer(429, &[("retry-after", "12"), ("ratelimit-reason", "jira-per-issue-on-write")], "");
        let TrackerFailure::Slow { wait, limit } = slow else { panic!("{slow:?}") };
        assert_eq!(wait, Some(Duration::from_secs(12)));
        assert_eq!(limit, "jira-per-issue-on-write");
    }

    #[test]
    fn a_refusal_says_what_jira_says() {
        let refused = answer(
            400,
            &[],
            r#"{"errorMessages":["No\u202e way"],"errors":{"priority":"Field 'priority' cannot be set."}}"#,
        );
        assert_eq!(refused.to_string(), "Jira: No way; priority: Field 'priority' cannot be set.");
        assert!(answer(401, &[], "").to_string().contains("create a new one"));
        assert!(answer(403, &[("x-seraph-loginreason", "AUTHENTICATION_DENIED")], "").to_string().contains("CAPTCHA"));
        assert!(matches!(answer(409, &[], ""), TrackerFailure::Conflict(_)));
        assert!(matches!(answer(500, &[], r#"{"errorMessages":["x"]}"#), TrackerFailure::Http(_)));
        assert!(matches!(answer(408, &[], r#"{"errorMessages":["x"]}"#), TrackerFailure::Http(_)));
    }
}
