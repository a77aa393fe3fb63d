//! What a failure of GitHub means: its limits, and the reasons that it gives.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::app_token::date_of;
use crate::{
    domain::{Timestamp, text::visible},
    net::{HttpFailure, HttpResponse},
    tracker::TrackerFailure,
};

/// How long to wait where GitHub gives no time: it asks for at least a minute.
const USUAL_WAIT: Duration = Duration::from_secs(60);
/// The longest wait that is believed. The primary limit is reset every hour.
const LONGEST_WAIT: Duration = Duration::from_secs(2 * 3_600);
/// How much of a reason is shown.
const LONGEST_REASON: usize = 300;

/// The fields of an answer that refuses.
#[derive(Default, Deserialize)]
struct RefusalBody {
    #[serde(default)]
    message: String,
    #[serde(default)]
    errors: Vec<RefusalDetail>,
}

/// One error of a validation: an object, or a sentence.
#[derive(Deserialize)]
#[serde(untagged)]
enum RefusalDetail {
    Field {
        #[serde(default)]
        field: String,
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    },
    Text(String),
}

impl RefusalDetail {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Field { message, .. } if !message.is_empty() => message.clone(),
            Self::Field { field, code, .. } => format!("{field} {code}"),
        }
    }
}

/// Turns the failure of a call to `path` into what it means.
pub(super) fn tracker_failure(failure: HttpFailure, path: &str) -> TrackerFailure {
    let HttpFailure::Status(response) = &failure else { return TrackerFailure::Http(failure) };
    let body: RefusalBody = serde_json::from_slice(&response.body).unwrap_or_default();
    if let Some(limit) = limit_of(response, &body.message) {
        return limit;
    }
    let why = reason(&body);
    match response.status {
        401 => TrackerFailure::Refused(format!("GitHub does not accept the credentials of [tracker.github]: {why}")),
        403 => TrackerFailure::Refused(format!("GitHub refuses {path}, for which the credentials lack a right: {why}")),
        404 => TrackerFailure::Refused(format!(
            "GitHub knows no {path}, or the credentials of [tracker.github] may not use it: {why}"
        )),
        400 | 409 | 410 | 422 | 451 => TrackerFailure::Refused(format!("GitHub refuses {path}: {why}")),
        _ => TrackerFailure::Http(failure),
    }
}

/// A limit that was reached: 429 or 403, with the time in one of two headers or in none.
fn limit_of(response: &HttpResponse, message: &str) -> Option<TrackerFailure> {
    let is_used_up = header(&response.headers, "x-ratelimit-remaining") == Some("0");
    let is_secondary = message.to_lowercase().contains("rate limit") || response.headers.contains_key("retry-after");
    match response.status {
        429 => {}
        403 if is_used_up || is_secondary => {}
        _ => return None,
    }
    let date = date_of(&response.headers);
    let asked = response.retry_after(date.unwrap_or(Timestamp::UNIX_EPOCH));
    let wait = asked.or_else(|| if is_used_up { until_reset(&response.headers) } else { None });
    let limit = header(&response.headers, "x-ratelimit-resource").unwrap_or("requests");
    let limit = if is_used_up { limit } else { "secondary limit" };
    Some(TrackerFailure::Slow { wait: Some(wait.unwrap_or(USUAL_WAIT).min(LONGEST_WAIT)), limit: limit.to_owned() })
}

/// The time until the limit is reset, by GitHub's own clock.
fn until_reset(headers: &HeaderMap) -> Option<Duration> {
    let reset: i64 = header(headers, "x-ratelimit-reset")?.parse().ok()?;
    let left = reset.saturating_sub(date_of(headers)?.timestamp()).max(1);
    Some(Duration::from_secs(left.unsigned_abs()))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn reason(body: &RefusalBody) -> String {
    let details: Vec<String> = body.errors.iter().take(5).map(RefusalDetail::text).collect();
    let message = if body.message.is_empty() { "no reason is given" } else { &body.message };
    let text = if details.is_empty() { message.to_owned() } else { format!("{message} ({})", details.join("; ")) };
    visible(&text).replace('\n', " ").chars().take(LONGEST_REASON).collect()
}
