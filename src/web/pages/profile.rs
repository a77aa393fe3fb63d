//! `/profile`: how the reader is reached, and the rules for it.

use chrono::NaiveTime;
use serde::Serialize;

use super::{page_context::PageContext, words};
use crate::{
    app::contacts::profile::{Profile, waits_for_code},
    config::Config,
    domain::contact::{ContactMethod, MethodKind, PersonalRule, Urgency, WeeklyTest},
    render::{MethodLine, MethodState},
    store::{ContactMessage, Reads, StoreError},
};

/// The context of `templates/web/profile.html`, without the frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProfileView {
    /// The time zone of the reader, in which quiet hours are.
    pub zone: String,
    /// What keeps pages from reaching the reader.
    pub warnings: Vec<&'static str>,
    /// The contact methods, in their order.
    pub methods: Vec<MethodLine>,
    /// The rules of each urgency.
    pub rules: Vec<RulesView>,
    /// The quiet hours.
    pub quiet: Option<QuietView>,
    /// The weekly test: `on`, `phone` or `off`.
    pub weekly: &'static str,
    /// The kinds of methods that can be added here.
    pub kinds: Vec<KindView>,
    /// The last messages, newest first.
    pub messages: Vec<SentView>,
}

/// The rules of an urgency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RulesView {
    /// `high` or `low`.
    pub urgency: &'static str,
    /// True if the reader has made none.
    pub default: bool,
    /// The rules, in order of time.
    pub rules: Vec<RuleView>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleView {
    /// How long after the step began, in seconds.
    pub after: u32,
    /// The id of the method.
    pub method: String,
}

/// Quiet hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuietView {
    /// When they begin: `22:00`.
    pub from: String,
    /// When they end: `07:00`; `24:00` is the end of the day.
    pub until: String,
}

/// A kind of method that can be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindView {
    /// Its name.
    pub kind: &'static str,
    /// The id of the gateway; empty for other kinds.
    pub gateway: String,
    /// What people see of the gateway; empty for other kinds.
    pub name: String,
}

/// A message to the reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SentView {
    /// When it was first tried.
    pub at: String,
    /// The kind of its method.
    pub kind: &'static str,
    /// `page`, `code`, `test` or `report`.
    pub purpose: &'static str,
    /// What became of it.
    pub status: &'static str,
    /// The code of the provider.
    pub code: Option<String>,
    /// Why it failed or waits.
    pub why: Option<String>,
    /// The number of its method; `None` if that was removed.
    pub method: Option<usize>,
}

/// Reads the page.
pub fn read(reads: &Reads<'_>, context: PageContext<'_>) -> Result<ProfileView, StoreError> {
    let profile = Profile::read(reads, context.config, context.reader)?;
    let zone = context.config.person(context.reader).map_or(chrono_tz::Tz::UTC, |person| person.timezone);
    Ok(view(context, &profile, zone))
}

/// Builds the page.
pub fn view(context: PageContext<'_>, profile: &Profile, zone: chrono_tz::Tz) -> ProfileView {
    let methods = profile.methods.iter().enumerate();
    ProfileView {
        zone: zone.name().to_owned(),
        warnings: profile.warnings.iter().map(|warning| warning.name()).collect(),
        methods: methods.map(|(at, method)| line(context, method, at + 1)).collect(),
        rules: Urgency::ALL.map(|urgency| rules(profile, urgency)).to_vec(),
        quiet: profile.settings.quiet.map(|quiet| QuietView { from: clock(quiet.from), until: end(quiet.until) }),
        weekly: match profile.settings.weekly_test {
            None => "off",
            Some(WeeklyTest { telephone: false }) => "on",
            Some(WeeklyTest { telephone: true }) => "phone",
        },
        kinds: kinds(context.config),
        messages: profile.messages.iter().map(|message| sent(profile, message)).collect(),
    }
}

fn line(context: PageContext<'_>, method: &ContactMethod, number: usize) -> MethodLine {
    let (contact, gateway) = (&context.config.contact, method.gateway.as_deref());
    let state = MethodState {
        waits_for_code: waits_for_code(method, context.now),
        offered: contact.offers(method.kind, gateway),
        private: contact.carries_private(method.kind, gateway),
    };
    MethodLine::of(method, number, state)
}

fn rules(profile: &Profile, urgency: Urgency) -> RulesView {
    let in_force = profile.rules(urgency);
    let rule = |rule: &PersonalRule| RuleView { after: rule.after, method: rule.method.to_string() };
    RulesView { urgency: urgency.name(), default: in_force.default, rules: in_force.rules.iter().map(rule).collect() }
}

fn clock(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

fn end(time: NaiveTime) -> String {
    if time == NaiveTime::MIN { "24:00".to_owned() } else { clock(time) }
}

/// The kinds that are set up. A browser is subscribed in that browser.
fn kinds(config: &Config) -> Vec<KindView> {
    let contact = &config.contact;
    let plain = |kind: MethodKind| KindView { kind: kind.name(), gateway: String::new(), name: String::new() };
    let kinds = MethodKind::ALL.into_iter().filter(|kind| match kind {
        MethodKind::WebPush | MethodKind::Gateway => false,
        MethodKind::Mail
        | MethodKind::Ntfy
        | MethodKind::Sms
        | MethodKind::Voice
        | MethodKind::Pushover
        | MethodKind::Webhook => contact.offers(*kind, None),
    });
    let gateways = contact.gateways.iter().map(|gateway| KindView {
        kind: MethodKind::Gateway.name(),
        gateway: gateway.id.clone(),
        name: gateway.name.clone(),
    });
    kinds.map(plain).chain(gateways).collect()
}

fn sent(profile: &Profile, message: &ContactMessage) -> SentView {
    let (code, why) = message.outcome.reason();
    let at = profile.methods.iter().position(|method| method.id == message.method);
    SentView {
        at: words::at(message.at),
        kind: message.kind.name(),
        purpose: message.purpose.name(),
        status: message.outcome.name(),
        code: code.map(str::to_owned),
        why: why.map(str::to_owned),
        method: at.map(|at| at + 1),
    }
}
