//! Contact methods, rules and messages of a person.

use chrono::{DateTime, NaiveTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::contacts::profile::Profile,
    config::Config,
    domain::{
        contact::{ContactMethod, PersonalRule, QuietHours, Urgency},
        people::Person,
    },
    store::ContactMessage,
};

/// How a person is reached: everything that hotroom has about it, for the person alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProfileShape {
    /// The id of the person.
    pub person: String,
    /// The time zone, in which quiet hours are.
    pub timezone: String,
    /// `no_method`, `only_one`, `no_private` or `links_local`.
    pub warnings: Vec<String>,
    /// The contact methods, in their order.
    pub methods: Vec<MethodShape>,
    /// The rules of pages of high urgency.
    pub high: RulesShape,
    /// The rules of pages of low urgency.
    pub low: RulesShape,
    /// When pages of low urgency wait.
    pub quiet_hours: Option<QuietShape>,
    /// The weekly test; null if there is none.
    pub weekly_test: Option<WeeklyTestShape>,
    /// The last messages, newest first.
    pub messages: Vec<SentShape>,
    /// The median time to acknowledge a page, in seconds. Only the person sees it.
    pub answer_seconds: Option<i64>,
    /// Of how many pages, at most the last 20.
    pub answers: usize,
}

/// A contact method.
#[derive(Debug, Serialize, ToSchema)]
pub struct MethodShape {
    /// Its id.
    pub id: String,
    /// `mail`, `web_push`, `ntfy`, `pushover`, `sms`, `voice`, `webhook` or `gateway`.
    pub kind: String,
    /// The address; to others than the person it is masked.
    pub address: String,
    /// How the person calls it; null to others.
    pub label: Option<String>,
    /// The gateway that it uses.
    pub gateway: Option<String>,
    /// True if bot.toml declares it.
    pub managed: bool,
    /// When it was added.
    pub added_at: DateTime<Utc>,
    /// When the person proved that messages arrive; null if not yet.
    pub verified_at: Option<DateTime<Utc>>,
    /// `by_person`, `gone` or `opted_out`; null if it is switched on.
    pub disabled: Option<String>,
    /// When it was last proven that the person reads what is sent.
    pub proven_at: Option<DateTime<Utc>>,
    /// Why the last message failed.
    pub last_failure: Option<String>,
    /// When a weekly test was not answered; null if it was proven since.
    pub test_failed_at: Option<DateTime<Utc>>,
    /// True if it may carry pages for private incidents.
    pub private: bool,
}

/// The rules of an urgency.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesShape {
    /// True if the person has made none, so that these are the default ones.
    pub default: bool,
    /// The rules, in order of time.
    pub rules: Vec<RuleShape>,
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleShape {
    /// The id of the method.
    pub method: String,
    /// How long after the step began, in seconds.
    pub after: u32,
}

/// Quiet hours.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuietShape {
    /// When they begin.
    #[schema(example = "22:00")]
    pub from: String,
    /// When they end; `24:00` is the end of the day.
    #[schema(example = "07:00")]
    pub until: String,
}

/// The weekly test.
#[derive(Debug, Serialize, ToSchema)]
pub struct WeeklyTestShape {
    /// True if text messages and calls are tested too.
    pub phone: bool,
}

/// A message to the person.
#[derive(Debug, Serialize, ToSchema)]
pub struct SentShape {
    /// When it was first tried.
    pub at: DateTime<Utc>,
    /// When its status last changed.
    pub updated_at: DateTime<Utc>,
    /// The id of the method.
    pub method: String,
    /// The kind of the method.
    pub kind: String,
    /// `page`, `code`, `test` or `report`.
    pub purpose: String,
    /// The id of the page.
    pub page: Option<String>,
    /// What became of it.
    pub status: String,
    /// The code of the provider.
    pub code: Option<String>,
    /// Why it failed or waits.
    pub why: Option<String>,
}

impl ProfileShape {
    /// What the person sees.
    pub fn of(person: &Person, profile: &Profile, config: &Config) -> Self {
        Self {
            person: person.id.to_string(),
            timezone: person.timezone.name().to_owned(),
            warnings: profile.warnings.iter().map(|warning| warning.name().to_owned()).collect(),
            methods: profile.methods.iter().map(|method| MethodShape::of(method, config)).collect(),
            high: RulesShape::of(profile, Urgency::High),
            low: RulesShape::of(profile, Urgency::Low),
            quiet_hours: profile.settings.quiet.map(QuietShape::from),
            weekly_test: profile.settings.weekly_test.map(|chosen| WeeklyTestShape { phone: chosen.telephone }),
            messages: profile.messages.iter().map(SentShape::from).collect(),
            answer_seconds: profile.answers.map(|answers| answers.median),
            answers: profile.answers.map_or(0, |answers| answers.count),
        }
    }
}

impl MethodShape {
    /// What the person sees.
    pub fn of(method: &ContactMethod, config: &Config) -> Self {
        Self { address: method.shown(), label: Some(method.label.clone()), ..Self::masked(method, config) }
    }

    /// What others see.
    pub fn masked(method: &ContactMethod, config: &Config) -> Self {
        Self {
            id: method.id.to_string(),
            kind: method.kind.name().to_owned(),
            address: method.masked(),
            label: None,
            gateway: method.gateway.clone(),
            managed: method.managed,
            added_at: method.added_at,
            verified_at: method.verified_at,
            disabled: method.disabled.map(|why| why.name().to_owned()),
            proven_at: method.proven_at,
            last_failure: method.last_failure.clone(),
            test_failed_at: method.test_failed_at,
            private: config.contact.carries_private(method.kind, method.gateway.as_deref()),
        }
    }
}

impl RulesShape {
    fn of(profile: &Profile, urgency: Urgency) -> Self {
        let in_force = profile.rules(urgency);
        Self { default: in_force.default, rules: in_force.rules.iter().map(RuleShape::from).collect() }
    }
}

impl From<&PersonalRule> for RuleShape {
    fn from(rule: &PersonalRule) -> Self {
        Self { method: rule.method.to_string(), after: rule.after }
    }
}

impl From<QuietHours> for QuietShape {
    fn from(quiet: QuietHours) -> Self {
        let clock = |time: NaiveTime| time.format("%H:%M").to_string();
        let until = if quiet.until == NaiveTime::MIN { "24:00".to_owned() } else { clock(quiet.until) };
        Self { from: clock(quiet.from), until }
    }
}

impl From<&ContactMessage> for SentShape {
    fn from(message: &ContactMessage) -> Self {
        let (code, why) = message.outcome.reason();
        Self {
            at: message.at,
            updated_at: message.updated_at,
            method: message.method.to_string(),
            kind: message.kind.name().to_owned(),
            purpose: message.purpose.name().to_owned(),
            page: message.page.map(|page| page.to_string()),
            status: message.outcome.name().to_owned(),
            code: code.map(str::to_owned),
            why: why.map(str::to_owned),
        }
    }
}
