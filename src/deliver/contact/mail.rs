//! Messages by mail.

use super::ContactNotice;
use crate::{
    contact::mail::{self, MailSettings, OutgoingMail},
    domain::{
        contact::Urgency,
        effect::{Outcome, PostId, Receipt},
    },
    net::{Dialer, NetSettings},
};

/// Makes one attempt to send a message. The receipt is the token by which a report of its failure is known later.
pub(super) async fn send(settings: &MailSettings, net: &NetSettings, notice: ContactNotice) -> Outcome<Receipt> {
    let ContactNotice { method, rendered, id, thread, urgency, now, report_token, .. } = notice;
    let message = OutgoingMail {
        to: method.address,
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        key: id,
        thread,
        answers: None,
        token: Some(report_token.clone()),
        urgent: urgency == Urgency::High,
        date: now,
        attachments: Vec::new(),
    };
    mail::send(settings, &Dialer::through(net), &message).await.map(|reply| {
        // The reply usually names the message as the log of the mail server does.
        tracing::info!(effect = message.key, reply, "the mail server has taken a message");
        Receipt::Post(PostId(report_token))
    })
}
