//! Messages through Pushover. A page of high urgency is an alarm, which is cancelled once the page does not ask the person any
//! more.

use std::time::Duration;

use super::{ContactExtra, ContactNotice};
use crate::{
    config::Config,
    contact::pushover::{PushoverAlarm, PushoverFailure, PushoverLink, PushoverMessage, PushoverSettings},
    domain::{
        contact::{ContactOutcome, Urgency},
        effect::{Outcome, PostId, Receipt, SkipReason},
    },
    net::HttpClient,
    render::ContactText,
    store::{Reads, StoreError},
};

/// The time between two rings.
const EVERY: Duration = Duration::from_secs(60);
/// How long an alarm rings, if the page does not end before: as long as Pushover allows.
const UNTIL: Duration = Duration::from_secs(10_800);
/// How long a test rings.
const TEST_UNTIL: Duration = Duration::from_secs(300);
/// How many messages to a method are searched for alarms.
const MOST_MESSAGES: usize = 100;

/// The receipts of the alarms of a page at a method. `None` if the answer with one of them was lost.
pub(super) fn alarms(reads: &Reads<'_>, notice: &ContactNotice) -> Result<Option<Vec<String>>, StoreError> {
    if !matches!(notice.text, ContactText::Over(_)) {
        return Ok(None);
    }
    let sent = reads.contact_messages_by(notice.method.id, MOST_MESSAGES)?;
    let of_page = sent.into_iter().filter(|message| {
        let reference = message.page.map(|page| page.to_string());
        // What was refused rings nowhere.
        reference.as_ref() == Some(&notice.reference) && !matches!(message.outcome, ContactOutcome::Failed { .. })
    });
    Ok(of_page.map(|message| message.provider).collect())
}

/// Sends a message, or cancels the alarms of a page.
pub(super) async fn send(
    http: &HttpClient,
    config: &Config,
    notice: &ContactNotice,
    extra: ContactExtra,
) -> Outcome<Receipt> {
    let (Some(settings), ContactExtra::Alarms(alarms)) = (&config.contact.pushover, extra) else {
        return Outcome::Skipped(SkipReason::NoContactMethod);
    };
    if matches!(notice.text, ContactText::Over(_)) {
        if notice.urgency == Urgency::Low {
            return Outcome::Skipped(SkipReason::StateChanged);
        }
        return match cancel(settings, http, notice, alarms).await {
            Ok(()) => Outcome::Delivered(Receipt::Nothing),
            Err(failure) => failure.repeatable_outcome(notice.now),
        };
    }
    match settings.send(http, &message(notice, config.server.outside_url())).await {
        Ok(receipt) => Outcome::Delivered(receipt.map_or(Receipt::Nothing, |id| Receipt::Post(PostId(id)))),
        Err(failure) => failure.outcome(notice.now),
    }
}

/// Ends the alarms that a page has made at a method: by their receipts, and by the tag, because the answer with the receipt of
/// another one may have been lost.
async fn cancel(
    settings: &PushoverSettings,
    http: &HttpClient,
    notice: &ContactNotice,
    alarms: Option<Vec<String>>,
) -> Result<(), PushoverFailure> {
    let known = alarms.as_ref().is_some_and(|receipts| !receipts.is_empty());
    for receipt in alarms.unwrap_or_default() {
        match settings.cancel(http, &receipt).await {
            // It has ended already, and Pushover has forgotten it.
            Ok(()) | Err(PushoverFailure::Refused(..)) => {}
            Err(failure) => return Err(failure),
        }
    }
    match settings.cancel_tag(http, &tag(notice)).await {
        // No other alarm has the tag.
        Err(PushoverFailure::Refused(..)) if known => Ok(()),
        cancelled => cancelled,
    }
}

/// What the alarms of one page at one method have in common. The page alone would not do: when one person declines, the
/// others are still alarmed.
fn tag(notice: &ContactNotice) -> String {
    format!("{}-{}", notice.reference, notice.method.id)
}

fn message(notice: &ContactNotice, public_url: Option<&str>) -> PushoverMessage {
    let rings = |until, link: &str| PushoverAlarm::Repeated {
        every: EVERY,
        until,
        tag: format!("{},{}", notice.reference, tag(notice)),
        callback: public_url.zip(link.rsplit_once("/a/")).map(|(url, (_, token))| callback_url(url, token)),
    };
    let (alarm, link) = match &notice.text {
        ContactText::Page(page) => {
            let high = notice.urgency == Urgency::High;
            (if high { rings(UNTIL, &page.acknowledge) } else { PushoverAlarm::Once }, Some(&page.acknowledge))
        }
        ContactText::Test { answer } => (rings(TEST_UNTIL, answer), Some(answer)),
        ContactText::Reminder(reminder) => (PushoverAlarm::Once, Some(&reminder.link)),
        ContactText::Change { profile, .. } => (PushoverAlarm::Once, Some(profile)),
        ContactText::Over(_) | ContactText::Code { .. } => (PushoverAlarm::Once, None),
    };
    let link = link.map(|url| PushoverLink { url: url.clone(), title: notice.rendered.link_name.clone() });
    let (title, short) = (notice.rendered.subject.clone(), &notice.rendered.short);
    // Pushover refuses a message without a text.
    let text = if short.is_empty() { title.clone() } else { short.clone() };
    PushoverMessage { user: notice.method.address.clone(), title, text, link, alarm }
}

/// Where Pushover says that somebody acknowledged.
fn callback_url(public_url: &str, token: &str) -> String {
    format!("{public_url}/contact/pushover/{token}")
}
