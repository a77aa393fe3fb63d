//! Sends notices as text messages through a gateway of `[[contact_gateways]]`.

use super::ContactNotice;
use crate::{
    contact::{
        gateway::{GatewayMessage, GatewaySettings, send as send_message},
        twilio::SmsParts,
    },
    domain::{
        Timestamp,
        effect::{Outcome, Receipt},
    },
    net::HttpClient,
    render::ContactText,
};

/// Sends a notice.
pub(super) async fn send(
    http: &HttpClient,
    gateway: &GatewaySettings,
    notice: &ContactNotice,
    now: Timestamp,
) -> Outcome<Receipt> {
    let message = GatewayMessage { number: notice.method.address.clone(), text: text(notice), id: notice.id.clone() };
    send_message(http, gateway, &message, now).await
}

/// One line that says what it is about, and the link: two segments at most, of which the link is never cut.
fn text(notice: &ContactNotice) -> String {
    let (title, tail) = match &notice.text {
        ContactText::Page(page) => (&notice.rendered.subject, page.acknowledge.as_str()),
        ContactText::Over(over) => (&notice.rendered.subject, over.link.as_str()),
        ContactText::Test { answer } => (&notice.rendered.subject, answer.as_str()),
        ContactText::Reminder(reminder) => (&notice.rendered.subject, reminder.link.as_str()),
        ContactText::Code { .. } | ContactText::Change { .. } => (&notice.rendered.short, ""),
    };
    SmsParts { title: title.clone(), tail: tail.to_owned(), ..SmsParts::default() }.compose().text
}
