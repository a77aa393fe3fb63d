//! Contact methods: how a person is reached outside the chat, by which rules, and what came of each attempt.

mod address;
mod answers;
mod limits;
mod outcome;
mod plan;
mod reach_test;
mod readiness;
#[cfg(test)]
mod tests;
mod token;
mod urgency;
mod weekly;

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    ids::{ContactMethodId, PersonId},
};

pub use address::{AddressFault, address};
pub use answers::AnswerTimes;
pub use limits::{MessageLimit, limits};
pub use outcome::ContactOutcome;
pub use plan::{ContactRules, PlannedContact, after_quiet_hours, default_rules, plan};
pub use reach_test::{
    ON_CALL_TEST_ANSWER, ON_CALL_TEST_PAUSE, ReachTest, TestAnswer, TestMessage, TestOrigin, TestResult, TestedMethod,
    TestedPerson, WEEKLY_TEST_ANSWER,
};
pub use readiness::{ContactProof, PROOF_VALID, PersonReadiness, ReadinessFault, ScheduleGap, readiness};
pub use token::{SigningKey, TOKEN_LENGTH, TokenAction, TokenBinding, VerificationCode};
pub use urgency::{UrgencyRule, urgency_of};
pub use weekly::{WeeklyTest, may_begin_weekly_test, next_weekly_test, weekly_method};

/// The kind of a contact method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MethodKind {
    /// Mail.
    Mail,
    /// A notification of the console in a browser.
    WebPush,
    /// A topic of an ntfy server.
    Ntfy,
    /// A text message through Twilio.
    Sms,
    /// A call through Twilio.
    Voice,
    /// Pushover.
    Pushover,
    /// A signed webhook to a URL of the person.
    Webhook,
    /// A text message through a gateway of `[[contact_gateways]]`.
    Gateway,
}

impl MethodKind {
    /// All kinds.
    pub const ALL: [Self; 8] =
        [Self::WebPush, Self::Mail, Self::Ntfy, Self::Pushover, Self::Sms, Self::Voice, Self::Webhook, Self::Gateway];

    /// The word it is stored as, and written in commands and in `bot.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::WebPush => "web_push",
            Self::Ntfy => "ntfy",
            Self::Sms => "sms",
            Self::Voice => "voice",
            Self::Pushover => "pushover",
            Self::Webhook => "webhook",
            Self::Gateway => "gateway",
        }
    }

    /// Parses [`MethodKind::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// True if others than the person may read it on its way. Web push is encrypted from here to the browser.
    pub fn is_outside(self) -> bool {
        match self {
            Self::WebPush => false,
            Self::Mail | Self::Ntfy | Self::Sms | Self::Voice | Self::Pushover | Self::Webhook | Self::Gateway => true,
        }
    }

    /// True if a message that arrived can be changed, or its alarm stopped, when somebody else acknowledges.
    pub fn can_update(self) -> bool {
        match self {
            Self::WebPush | Self::Ntfy | Self::Pushover => true,
            Self::Mail | Self::Sms | Self::Voice | Self::Webhook | Self::Gateway => false,
        }
    }

    /// True if several pages within a short time are sent in one message: where each costs money, or fills a mailbox. What
    /// replaces or withdraws its messages is sent each page.
    pub fn bundles(self) -> bool {
        match self {
            Self::Mail | Self::Sms | Self::Voice | Self::Gateway => true,
            Self::WebPush | Self::Ntfy | Self::Pushover | Self::Webhook => false,
        }
    }

    /// True if it makes a telephone ring or beep, which costs money and patience.
    pub fn is_telephone(self) -> bool {
        match self {
            Self::Sms | Self::Voice | Self::Gateway => true,
            Self::Mail | Self::WebPush | Self::Ntfy | Self::Pushover | Self::Webhook => false,
        }
    }
}

/// A contact method of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactMethod {
    /// Its id.
    pub id: ContactMethodId,
    /// Whose it is.
    pub person: PersonId,
    /// Its kind.
    pub kind: MethodKind,
    /// The address, number, topic, key or URL; for web push the subscription of the browser as JSON.
    pub address: String,
    /// How the person calls it, such as `Work phone`.
    #[serde(default)]
    pub label: String,
    /// A secret that belongs to it, such as the one that signs a personal webhook.
    #[serde(default)]
    pub secret: Option<String>,
    /// The gateway of `[[contact_gateways]]` that it uses.
    #[serde(default)]
    pub gateway: Option<String>,
    /// True if `bot.toml` declares it: it can only be changed there.
    #[serde(default)]
    pub managed: bool,
    /// Its place among the methods of the person.
    #[serde(default)]
    pub position: u32,
    /// When it was added.
    pub added_at: Timestamp,
    /// When the person proved that messages arrive; `None` if not yet: such a method is never paged.
    pub verified_at: Option<Timestamp>,
    /// Why it is switched off, if it is.
    #[serde(default)]
    pub disabled: Option<MethodDisabled>,
    /// The code that was sent last.
    #[serde(default)]
    pub verification: Option<Verification>,
    /// When it was last proved that the person gets what is sent: an acknowledgement, or a test that was answered.
    #[serde(default)]
    pub proven_at: Option<Timestamp>,
    /// Why the last attempt failed; `None` if it did not.
    #[serde(default)]
    pub last_failure: Option<String>,
    /// When a weekly test of it was not answered in time; `None` if it has been proven since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_failed_at: Option<Timestamp>,
}

impl ContactMethod {
    /// True if pages may be sent to it.
    pub fn is_usable(&self) -> bool {
        self.verified_at.is_some() && self.disabled.is_none()
    }

    /// Returns the address as its person sees it. The subscription of a browser is shown as the host of its push service.
    pub fn shown(&self) -> String {
        if self.kind == MethodKind::WebPush { self.masked() } else { self.address.clone() }
    }

    /// Returns the address as others see it: enough to recognize it, too little to use it.
    pub fn masked(&self) -> String {
        match self.kind {
            MethodKind::Mail => mask_mail(&self.address),
            MethodKind::Sms | MethodKind::Voice | MethodKind::Gateway => mask_end(&self.address, 2, 3),
            MethodKind::Ntfy | MethodKind::Pushover => mask_end(&self.address, 0, 3),
            MethodKind::Webhook => host_of(&self.address),
            MethodKind::WebPush => serde_json::from_str::<serde_json::Value>(&self.address)
                .ok()
                .and_then(|subscription| subscription.get("endpoint")?.as_str().map(host_of))
                .unwrap_or_default(),
        }
    }
}

/// Why a method is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MethodDisabled {
    /// The person switched it off.
    ByPerson,
    /// What was sent came back for good, or the subscription is gone.
    Gone,
    /// The person answered STOP to a text message.
    OptedOut,
}

impl MethodDisabled {
    /// The word it is shown as.
    pub fn name(self) -> &'static str {
        match self {
            Self::ByPerson => "by_person",
            Self::Gone => "gone",
            Self::OptedOut => "opted_out",
        }
    }
}

/// A code on its way to a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// Counts the codes of the method, so that each is another one.
    pub serial: u32,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// How many wrong codes were entered.
    pub tries: u32,
}

/// How urgent a page is. Personal rules differ by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Someone has to wake up.
    #[default]
    High,
    /// It can wait until the end of quiet hours.
    Low,
}

impl Urgency {
    /// Both.
    pub const ALL: [Self; 2] = [Self::High, Self::Low];

    /// The word it is stored as.
    pub fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Low => "low",
        }
    }

    /// Parses [`Urgency::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|urgency| urgency.name() == name)
    }
}

/// One line of a person's rules: after this time, by this method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalRule {
    /// The urgency it is for.
    pub urgency: Urgency,
    /// How long after the step began, in seconds.
    pub after: u32,
    /// The method.
    pub method: ContactMethodId,
}

/// The hours in which pages of low urgency wait, in the person's time zone. An end before the start is on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// When they begin.
    pub from: NaiveTime,
    /// When they end; midnight is the end of the day.
    pub until: NaiveTime,
}

/// Shows the first characters and the last ones, with dots between.
fn mask_end(text: &str, first: usize, last: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= first + last {
        return "•".repeat(characters.len());
    }
    let begin: String = characters[..first].iter().collect();
    let end: String = characters[characters.len() - last..].iter().collect();
    format!("{begin}…{end}")
}

fn mask_mail(address: &str) -> String {
    let Some((name, host)) = address.rsplit_once('@') else { return mask_end(address, 1, 0) };
    let first: String = name.chars().take(1).collect();
    format!("{first}…@{host}")
}

fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    format!("{}/…", host.rsplit('@').next().unwrap_or_default())
}
