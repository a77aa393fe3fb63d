//! Alarms at Pushover that may have been acknowledged there.

use chrono::TimeDelta;

use crate::{
    app::App,
    contact::pushover::{PushoverAnswer, ReceiptState},
    domain::{
        Timestamp,
        contact::{ContactOutcome, MethodKind, TokenAction, TokenBinding},
        oncall::Page,
    },
    store::{ContactMessage, MessagePurpose, Reads, StoreError},
};

/// How long an alarm rings, and so how long it can be acknowledged there.
const LONGEST: TimeDelta = TimeDelta::hours(3);
/// How many messages are searched for alarms.
const MOST_MESSAGES: usize = 1_000;

/// An alarm that rings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAlarm {
    /// Pushover's name for it.
    pub receipt: String,
    /// The token that answers for it.
    pub token: String,
    /// What the token is bound to.
    pub binding: TokenBinding,
    /// When it was sent.
    pub at: Timestamp,
    /// True if it is known that it reached a device.
    pub is_delivered: bool,
}

/// The alarms that ring now, oldest first.
pub fn open(reads: &Reads<'_>, now: Timestamp) -> Result<Vec<OpenAlarm>, StoreError> {
    let messages = reads.contact_messages_since(MethodKind::Pushover, now - LONGEST, MOST_MESSAGES)?;
    let mut alarms = Vec::new();
    for message in messages {
        if let Some(receipt) = message.provider.clone()
            && let Some(alarm) = alarm(reads, message, receipt, now)?
        {
            alarms.push(alarm);
        }
    }
    Ok(alarms)
}

/// The alarm that a token answers for. `given` is a receipt that is used where none is known.
pub fn of_token(
    reads: &Reads<'_>,
    token: &str,
    given: Option<&str>,
    now: Timestamp,
) -> Result<Option<OpenAlarm>, StoreError> {
    let Some(stored) = reads.contact_token(token)? else { return Ok(None) };
    let sent = reads.contact_messages_by(stored.binding.method, MOST_MESSAGES)?;
    let message = sent
        .into_iter()
        .find(|message| message.page == Some(stored.binding.page) && message.attempt == stored.binding.attempt);
    let Some(message) = message else { return Ok(None) };
    let Some(receipt) = message.provider.clone().or_else(|| given.map(str::to_owned)) else { return Ok(None) };
    alarm(reads, message, receipt, now)
}

fn alarm(
    reads: &Reads<'_>,
    message: ContactMessage,
    receipt: String,
    now: Timestamp,
) -> Result<Option<OpenAlarm>, StoreError> {
    let ContactMessage { person, method, kind, purpose, page, attempt, at, outcome, .. } = message;
    let (Some(page), Some(key)) = (page, reads.signing_key()?) else { return Ok(None) };
    let action = match purpose {
        MessagePurpose::Page => TokenAction::Acknowledge,
        MessagePurpose::Test => TokenAction::AnswerTest,
        MessagePurpose::Code | MessagePurpose::Report => return Ok(None),
    };
    let binding = TokenBinding { page, person, attempt, method, kind, action };
    let token = key.token(&binding);
    let stored = reads.contact_token(&token)?;
    let is_usable = stored.is_some_and(|stored| stored.used_at.is_none() && stored.expires_at > now);
    let asks = action == TokenAction::AnswerTest || reads.page(page)?.is_some_and(|page| Page::is_asking(&page));
    let is_delivered = matches!(outcome, ContactOutcome::Delivered | ContactOutcome::Shown);
    let is_open = kind == MethodKind::Pushover && is_usable && asks;
    Ok(is_open.then_some(OpenAlarm { receipt, token, binding, at, is_delivered }))
}

impl App {
    /// Takes in what Pushover says of an alarm: an acknowledgement there acknowledges the page.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn take_receipt(&self, alarm: &OpenAlarm, state: ReceiptState, request: &str) -> Result<(), StoreError> {
        if let Some(PushoverAnswer { at, .. }) = &state.acknowledged {
            // A receipt that somebody else names could be that of an older alarm.
            if *at + TimeDelta::minutes(1) >= alarm.at {
                self.follow_link(&alarm.token, request).await?.ok();
            }
            return Ok(());
        }
        if state.delivered_at.is_some() && !alarm.is_delivered {
            self.note_contact_report(&alarm.receipt, ContactOutcome::Delivered, request).await?;
        }
        Ok(())
    }
}
