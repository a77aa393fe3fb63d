//! Sends notices to personal webhooks.

use secrecy::SecretString;
use serde::Serialize;

use super::ContactNotice;
use crate::{
    contact::webhook::PersonalWebhook,
    domain::{
        Timestamp,
        effect::{Outcome, Receipt},
    },
    net::{HttpClient, UrlOrigin},
    render::ContactText,
};

/// The body of a message: the facts, and the same as text.
#[derive(Serialize)]
struct WebhookBody<'a> {
    /// `contact.page`, `contact.over`, `contact.code`, `contact.test` or `contact.change`.
    r#type: &'static str,
    /// When it was sent first.
    timestamp: String,
    data: WebhookData<'a>,
}

#[derive(Serialize)]
struct WebhookData<'a> {
    /// Whom it is for.
    person: &'a str,
    urgency: &'static str,
    /// What all messages about one page have in common.
    reference: &'a str,
    subject: &'a str,
    text: &'a str,
    #[serde(flatten)]
    facts: &'a ContactText,
}

/// Sends a notice.
pub(super) async fn send(http: &HttpClient, notice: &ContactNotice, now: Timestamp) -> Outcome<Receipt> {
    let method = &notice.method;
    let secret = SecretString::from(method.secret.clone().unwrap_or_default());
    let webhook = match PersonalWebhook::new(&method.address, UrlOrigin::Outside, &secret) {
        Ok(webhook) => webhook,
        Err(why) => return Outcome::Rejected { why: format!("the secret of the webhook {why}") },
    };
    match serde_json::to_vec(&body(notice)) {
        Ok(body) => webhook.post(http, &message_id(&notice.id), body, now).await,
        Err(error) => Outcome::Rejected { why: error.to_string() },
    }
}

/// The id of the message: the same in every attempt. Receivers take letters and digits.
fn message_id(id: &str) -> String {
    use sha2::{Digest, Sha256};
    format!("msg_{}", hex::encode(&Sha256::digest(id.as_bytes())[..16]))
}

fn body(notice: &ContactNotice) -> WebhookBody<'_> {
    let r#type = match &notice.text {
        ContactText::Page(_) => "contact.page",
        ContactText::Over(_) => "contact.over",
        ContactText::Code { .. } => "contact.code",
        ContactText::Test { .. } => "contact.test",
        ContactText::Reminder(_) => "contact.reminder",
        ContactText::Change { .. } => "contact.change",
    };
    WebhookBody {
        r#type,
        timestamp: notice.now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        data: WebhookData {
            person: notice.method.person.as_str(),
            urgency: notice.urgency.name(),
            reference: &notice.reference,
            subject: &notice.rendered.subject,
            text: &notice.rendered.text,
            facts: &notice.text,
        },
    }
}
