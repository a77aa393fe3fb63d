//! Messages to browsers.

use super::{ContactExtra, ContactNotice};
use crate::{
    config::Config,
    contact::web_push::{
        self, PushMessage, PushPayload, PushTopic, PushUrgency, Subscription, SubscriptionForm, VapidIdentity,
    },
    domain::{
        Timestamp,
        contact::Urgency,
        effect::{Outcome, Receipt, SkipReason},
    },
    net::HttpClient,
    render::{ContactText, push_buttons, push_words},
};

/// Sends a notice to the browser that subscribed.
pub(super) async fn send(
    http: &HttpClient,
    config: &Config,
    notice: &ContactNotice,
    extra: ContactExtra,
    now: Timestamp,
) -> Outcome<Receipt> {
    let (Some(settings), ContactExtra::Vapid(Some(key))) = (&config.contact.web_push, extra) else {
        return Outcome::Skipped(SkipReason::NoContactMethod);
    };
    let form = serde_json::from_str::<SubscriptionForm>(&notice.method.address);
    let subscription = match form.map(|form| Subscription::parse(&form)) {
        Ok(Ok(subscription)) => subscription,
        Ok(Err(fault)) => return Outcome::Rejected { why: fault.to_string() },
        Err(_) => return Outcome::Rejected { why: "the subscription cannot be read".to_owned() },
    };
    let identity = VapidIdentity { key: &key, subject: &settings.subject };
    web_push::send(http, identity, &subscription, message(config, notice), now).await
}

fn message(config: &Config, notice: &ContactNotice) -> PushMessage {
    let payload = payload(&config.server.public_url, notice);
    PushMessage {
        ttl: notice.life.to_std().unwrap_or_default(),
        urgency: match notice.urgency {
            Urgency::High => PushUrgency::High,
            Urgency::Low => PushUrgency::Normal,
        },
        topic: PushTopic::of(&payload.tag),
        payload: payload.to_json(),
    }
}

/// What the service worker shows. Its paths are those of the console, under whatever name the browser reaches it.
fn payload(url: &str, notice: &ContactNotice) -> PushPayload {
    let path = |link: &str| link.strip_prefix(url).unwrap_or("/").to_owned();
    let answer = answer_link(&notice.text).map(path);
    let open = match &notice.text {
        ContactText::Over(over) => path(&over.link),
        ContactText::Reminder(reminder) => path(&reminder.link),
        ContactText::Change { profile, .. } => path(profile),
        ContactText::Page(_) | ContactText::Test { .. } | ContactText::Code { .. } => {
            answer.clone().unwrap_or_else(|| "/".to_owned())
        }
    };
    let asks = answer.is_some();
    let words = push_words();
    PushPayload {
        title: notice.rendered.subject.clone(),
        body: notice.rendered.short.clone(),
        tag: format!("page-{}", notice.reference),
        renotify: asks,
        silent: matches!(notice.text, ContactText::Over(_)),
        sticky: asks,
        at: notice.now.timestamp_millis(),
        open,
        shown: answer.map(|answer| format!("{answer}/shown")),
        actions: push_buttons(&notice.text, path),
        retry: words.retry.clone(),
        taken: words.taken.clone(),
        over: words.over.clone(),
    }
}

/// The link that a person answers with, if an answer is wanted.
fn answer_link(text: &ContactText) -> Option<&str> {
    match text {
        ContactText::Page(page) => Some(&page.acknowledge),
        ContactText::Test { answer } => Some(answer),
        ContactText::Over(_) | ContactText::Code { .. } | ContactText::Reminder(_) | ContactText::Change { .. } => None,
    }
}
