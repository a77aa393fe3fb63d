//! Text messages through Twilio.

use super::{ContactExtra, ContactNotice};
use crate::{
    config::Config,
    contact::twilio::{PhoneNumber, TextMessage, status_url},
    deliver::adapter::PrepareContext,
    domain::effect::{Outcome, PostId, Receipt, SkipReason},
    net::HttpClient,
    render::text_message,
    store::StoreError,
};

/// Composes the text. It has a reply code only if answers reach hotroom.
pub(super) fn text(cx: &PrepareContext, notice: &ContactNotice) -> Result<String, StoreError> {
    let replies = cx.config.server.outside_url().is_some();
    let composed = text_message(&cx.app.renderer, &notice.text, replies);
    composed.map(|sms| sms.text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Sends a message.
pub(super) async fn send(
    http: &HttpClient,
    config: &Config,
    notice: &ContactNotice,
    extra: ContactExtra,
) -> Outcome<Receipt> {
    let to = PhoneNumber::parse(&notice.method.address);
    let (Some(settings), Ok(to), ContactExtra::Text(body)) = (&config.contact.twilio, to, extra) else {
        return Outcome::Skipped(SkipReason::NoContactMethod);
    };
    let status_callback = config.server.outside_url().map(status_url);
    let valid_for = notice.life.to_std().unwrap_or_default();
    match settings.send_text(http, &TextMessage { to, body, status_callback, valid_for }).await {
        Ok(sid) => Outcome::Delivered(Receipt::Post(PostId(sid.0))),
        Err(failure) if failure.is_opt_out() => Outcome::Skipped(SkipReason::ContactOptedOut),
        Err(failure) => failure.outcome(notice.now),
    }
}
