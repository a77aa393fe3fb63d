//! Calls through Twilio.

use super::{ContactExtra, ContactNotice};
use crate::{
    config::Config,
    contact::twilio::{CallScript, PhoneCall, PhoneNumber, status_url, voice_url},
    deliver::adapter::PrepareContext,
    domain::effect::{Outcome, PostId, Receipt, SkipReason},
    net::HttpClient,
    render::{ContactText, call_script},
    store::StoreError,
};

/// What the call says. What can be answered is fetched when somebody takes the call; a code is not, nor is anything if
/// Twilio cannot reach hotroom.
pub(super) fn script(cx: &PrepareContext, notice: &ContactNotice) -> Result<CallScript, StoreError> {
    let answer = match &notice.text {
        ContactText::Page(page) => Some(&page.acknowledge),
        ContactText::Test { answer } => Some(answer),
        ContactText::Over(_) | ContactText::Code { .. } | ContactText::Reminder(_) | ContactText::Change { .. } => None,
    };
    let token = answer.and_then(|link| link.rsplit_once("/a/")).map(|(_, token)| token);
    if let (Some(url), Some(token)) = (cx.config.server.outside_url(), token) {
        return Ok(CallScript::Url(voice_url(url, token)));
    }
    let spoken = call_script(&cx.app.renderer, &notice.text, None);
    spoken.map(CallScript::Twiml).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Calls somebody.
pub(super) async fn call(
    http: &HttpClient,
    config: &Config,
    notice: &ContactNotice,
    extra: ContactExtra,
) -> Outcome<Receipt> {
    let to = PhoneNumber::parse(&notice.method.address);
    let (Some(settings), Ok(to), ContactExtra::Script(script)) = (&config.contact.twilio, to, extra) else {
        return Outcome::Skipped(SkipReason::NoContactMethod);
    };
    let status_callback = config.server.outside_url().map(status_url);
    match settings.place_call(http, &PhoneCall { to, script, status_callback }).await {
        Ok(sid) => Outcome::Delivered(Receipt::Post(PostId(sid.0))),
        Err(failure) => failure.outcome(notice.now),
    }
}
