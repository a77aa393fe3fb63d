//! What outside systems report: callbacks of Twilio and Pushover, webhooks of issue trackers and outside pagers.

mod pager;
mod pushover;
mod service_desk;
mod tracker;
mod twilio;

use axum::{Router, routing::post};

use super::State;

/// The most bytes of a callback.
const LARGEST: usize = 64 * 1024;

/// `/contact/twilio/…`, `/contact/pushover/{token}`, `/hooks/{tracker}`, `/hooks/servicedesk`, `/hooks/pagerduty`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/contact/twilio/status", post(twilio::status))
        .route("/contact/twilio/sms", post(twilio::text))
        .route("/contact/twilio/voice/{token}", post(twilio::voice))
        .route("/contact/twilio/digit/{token}", post(twilio::digit))
        .route("/contact/pushover/{token}", post(pushover::receipt))
        .route("/hooks/pagerduty", post(pager::pagerduty))
        .route("/hooks/servicedesk", post(service_desk::report))
        .route("/hooks/{tracker}", post(tracker::report))
}

/// Counts a callback that is not what it claims to be.
fn note_forged(provider: &'static str) {
    metrics::counter!("hotroom_contact_forged_total", "provider" => provider).increment(1);
}
