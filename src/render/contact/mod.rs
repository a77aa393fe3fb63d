//! Messages to contact methods: mail, text messages, pushes (`templates/contact/`).
//!
//! Everything that people or senders wrote is reduced to visible characters here, and escaped by the template of the format.

pub mod phone;
pub mod push;

use std::sync::LazyLock;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{Names, PagedAlerts, RenderError, Renderer};
use crate::{
    config::Config,
    domain::{
        Timestamp,
        alert::Alert,
        contact::MethodKind,
        effect::MethodChange,
        ids::{Key, PersonId},
        incident::{Incident, IncidentKind, Severity},
        oncall::{Page, PageState},
        review::{Postmortem, PostmortemStep},
        text::Untrusted,
    },
};

/// The longest title and message, in characters.
const LONGEST_TITLE: usize = 200;
const LONGEST_MESSAGE: usize = 500;
/// The most links of a kind, and the most people, in a message.
const MOST: usize = 3;
const MOST_PEOPLE: usize = 10;

/// What a message to a contact method says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum ContactText {
    /// It pages.
    Page(Box<PageText>),
    /// It says that a page is over.
    Over(OverText),
    /// It carries a code.
    Code {
        /// The digits.
        code: String,
        /// For how many minutes it is valid.
        minutes: i64,
    },
    /// It asks for an answer, to prove that messages arrive.
    Test {
        /// The link that answers.
        answer: String,
    },
    /// It reminds of the present step of a post-mortem.
    Reminder(ReminderText),
    /// It reports that another contact method changed.
    Change {
        /// The kind of that method.
        changed: MethodKind,
        /// What happened to it.
        change: MethodChange,
        /// Where the person sees the methods.
        profile: String,
    },
}

/// What a reminder of a post-mortem says. For a private incident the title is blank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReminderText {
    /// The key of the incident.
    pub key: String,
    /// The title of the incident.
    pub title: String,
    /// What has to be done: `draft`, `review` or `publish`.
    pub step: PostmortemStep,
    /// True if it should have been done by now.
    pub overdue: bool,
    /// The link to the post-mortem.
    pub link: String,
}

impl ReminderText {
    /// The reminder of the present step; `None` if nothing is left to do.
    pub fn of(config: &Config, incident: &Incident, postmortem: &Postmortem, now: Timestamp) -> Option<Self> {
        Some(Self {
            key: incident.key.to_string(),
            title: if incident.private { String::new() } else { line(&incident.title, LONGEST_TITLE) },
            step: postmortem.state.step()?,
            overdue: postmortem.is_overdue(now),
            link: format!("{}/incidents/{}/postmortem", config.server.public_url, incident.key),
        })
    }
}

/// What a page says. For a private incident only key, severity and links are set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PageText {
    /// True for a drill, which each text has to say.
    pub drill: bool,
    /// True if an earlier message of the same step may have arrived.
    pub possible_repeat: bool,
    /// How many minutes after its time it is sent, if that is much.
    pub overdue_minutes: Option<i64>,
    /// The name of the severity: `SEV1`; empty for a page without an incident.
    pub severity: String,
    /// The key: `HOT-12`, or `PAGE-7` for a page without an incident.
    pub key: String,
    /// True if nothing but key, severity and links may be said.
    pub private: bool,
    /// The title of the incident; for a page without one, what whoever requested it wrote.
    pub title: String,
    /// Who requested a page without an incident.
    pub requested_by: String,
    /// The message of whoever started the page.
    pub message: String,
    /// The affected service.
    pub service: String,
    /// Whom the page is for, as it was requested.
    pub whom: String,
    /// Since when, as minutes.
    pub since_minutes: i64,
    /// The first firing alerts.
    pub alerts: Vec<String>,
    /// How many more fire.
    pub more_alerts: u64,
    /// Links to runbooks.
    pub runbooks: Vec<String>,
    /// Links to graphs.
    pub graphs: Vec<String>,
    /// The picture that a sender attached, at an https address or by a link of hotroom that expires; empty if there is none.
    pub image: String,
    /// Who else was paged.
    pub others: Vec<String>,
    /// The link to the incident.
    pub link: String,
    /// Further pages that are sent in the same message, a line for each of the first ones.
    pub bundle: Vec<String>,
    /// How many further pages there are.
    pub more_pages: u64,
    /// The link that acknowledges; all pages of the message.
    pub acknowledge: String,
    /// The link that escalates.
    pub escalate: String,
    /// The code that a text message is answered with.
    pub reply_code: String,
    /// In how many minutes the next step is paged.
    pub next_minutes: Option<i64>,
}

/// What is said at a method when a page does not ask any more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OverText {
    /// True for a drill.
    pub drill: bool,
    /// The name of the severity.
    pub severity: String,
    /// The key.
    pub key: String,
    /// True if nothing but key, severity and links may be said.
    pub private: bool,
    /// The title.
    pub title: String,
    /// `acknowledged`, `snoozed`, `reassigned`, `resolved`, `exhausted` or `declined`.
    pub state: &'static str,
    /// Who acknowledged it.
    pub by: String,
    /// The link to the incident.
    pub link: String,
}

/// What the text of a page is made from.
#[derive(Clone, Copy, Debug)]
pub struct PageTextFacts<'a> {
    /// The settings.
    pub config: &'a Config,
    /// Now.
    pub now: Timestamp,
    /// The page.
    pub page: &'a Page,
    /// Whom it is sent to.
    pub person: &'a PersonId,
}

impl PageText {
    /// The text of a page for a public incident; the links of the method are added by the caller.
    pub fn full(facts: PageTextFacts<'_>, incident: &Incident, alerts: &PagedAlerts) -> Self {
        let PageTextFacts { config, now, page, person } = facts;
        let names = Names::from(config);
        let service = incident.service.as_ref().map(|service| names.of("service", service.as_str()));
        let others = page.people().into_iter().filter(|other| *other != person).take(MOST_PEOPLE);
        Self {
            title: line(&incident.title, LONGEST_TITLE),
            message: page.spec.message.as_ref().map(|text| line(text, LONGEST_MESSAGE)).unwrap_or_default(),
            service: service.unwrap_or_default(),
            whom: page.spec.whom.clone(),
            alerts: alerts.alerts.iter().map(alert_line).collect(),
            more_alerts: alerts.more,
            runbooks: alerts.known.runbooks.iter().take(MOST).map(|url| line(url, LONGEST_MESSAGE)).collect(),
            graphs: alerts.known.graphs.iter().take(MOST).map(|url| line(url, LONGEST_MESSAGE)).collect(),
            image: alerts.known.image.as_ref().map(|url| line(url, LONGEST_MESSAGE)).unwrap_or_default(),
            others: others.map(|other| names.person(other)).collect(),
            since_minutes: (now - page.created_at).num_minutes(),
            next_minutes: page.next_at.map(|next| whole_minutes(next - now)),
            drill: incident.kind == IncidentKind::Drill,
            ..Self::reference(config, &incident.key, incident.severity)
        }
    }

    /// The text of a page without an incident.
    pub fn request(facts: PageTextFacts<'_>) -> Self {
        let PageTextFacts { config, now, page, person } = facts;
        let names = Names::from(config);
        let others = page.people().into_iter().filter(|other| *other != person).take(MOST_PEOPLE);
        let room = page.spec.room().map_or_else(|| "oncall".to_owned(), |room| format!("rooms/{room}"));
        Self {
            key: page.spec.key().to_string(),
            title: page.spec.message.as_ref().map(|text| line(text, LONGEST_MESSAGE)).unwrap_or_default(),
            requested_by: page.spec.by.as_ref().map(|by| names.person(by)).unwrap_or_default(),
            whom: page.spec.whom.clone(),
            others: others.map(|other| names.person(other)).collect(),
            since_minutes: (now - page.created_at).num_minutes(),
            next_minutes: page.next_at.map(|next| whole_minutes(next - now)),
            link: format!("{}/{room}", config.server.public_url),
            ..Self::default()
        }
    }

    /// The page in one line: `SEV1 HOT-12 Checkout answers 500`.
    pub fn line(&self) -> String {
        let parts = [&self.severity, &self.key, &self.title];
        parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ")
    }

    /// What a call says of a page without an incident.
    pub fn spoken_request(page: &Page) -> Self {
        let title = page.spec.message.as_ref().map(|text| line(text, LONGEST_TITLE)).unwrap_or_default();
        Self { key: page.spec.key().to_string(), title, ..Self::default() }
    }

    /// What a call says of a public incident.
    pub fn spoken(config: &Config, incident: &Incident) -> Self {
        let service = incident.service.as_ref().map(|service| Names::from(config).of("service", service.as_str()));
        Self {
            title: line(&incident.title, LONGEST_TITLE),
            service: service.unwrap_or_default(),
            drill: incident.kind == IncidentKind::Drill,
            ..Self::reference(config, &incident.key, incident.severity)
        }
    }

    /// The text of a page for a private incident.
    pub fn private(config: &Config, key: &Key, severity: Severity, drill: bool) -> Self {
        Self { private: true, drill, ..Self::reference(config, key, severity) }
    }

    fn reference(config: &Config, key: &Key, severity: Severity) -> Self {
        let severity = Names::from(config).of("severity", severity.name());
        let link = format!("{}/incidents/{key}", config.server.public_url);
        Self { severity, key: key.to_string(), link, ..Self::default() }
    }
}

impl OverText {
    /// What became of a page, for a person. Of a private incident no title is given.
    pub fn of(facts: PageTextFacts<'_>, text: PageText) -> Self {
        let PageTextFacts { config, page, person, .. } = facts;
        let state = match page.state {
            PageState::Resolved => "resolved",
            PageState::Acknowledged | PageState::Snoozed | PageState::Triggered | PageState::Exhausted
                if page.released.contains(person) =>
            {
                "reassigned"
            }
            PageState::Acknowledged => "acknowledged",
            PageState::Snoozed => "snoozed",
            PageState::Triggered | PageState::Exhausted if page.acknowledged_by.contains(person) => "acknowledged",
            PageState::Triggered | PageState::Exhausted if page.declined.contains(person) => "declined",
            PageState::Triggered | PageState::Exhausted => "exhausted",
        };
        let by = page.taken_by.as_ref().map(|by| Names::from(config).person(by)).unwrap_or_default();
        let PageText { drill, severity, key, private, title, link, .. } = text;
        Self { drill, severity, key, private, title, state, by, link }
    }
}

/// A message to a contact method, in the formats that most methods need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedContact {
    /// One line: the subject of a mail, the title of a push.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML, for mail.
    pub html: String,
    /// A few lines, for a push.
    pub short: String,
    /// What the link of the message is called.
    pub link_name: String,
}

/// The labels of buttons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactButtons {
    /// Acknowledges the page.
    pub acknowledge: String,
    /// Pages the next step.
    pub escalate: String,
    /// Answers a test.
    pub answer: String,
}

/// Returns the labels of buttons in messages.
pub fn contact_buttons() -> &'static ContactButtons {
    // A test reads the shipped file.
    static BUTTONS: LazyLock<ContactButtons> =
        LazyLock::new(|| toml::from_str(include_str!("../../../templates/contact/buttons.toml")).unwrap_or_default());
    &BUTTONS
}

/// Renders a message to a contact method.
///
/// # Errors
/// [`RenderError`] names the template and its line.
pub fn contact_message(renderer: &Renderer, text: &ContactText) -> Result<RenderedContact, RenderError> {
    let render = |template: &str| renderer.render(template, text);
    Ok(RenderedContact {
        subject: render("contact/subject.txt")?.split_whitespace().collect::<Vec<_>>().join(" "),
        text: render("contact/message.txt")?,
        html: render("contact/message.html")?,
        short: render("contact/short.txt")?.trim().to_owned(),
        link_name: render("contact/link.txt")?.trim().to_owned(),
    })
}

/// The minutes until something, rounded up: a message leaves a moment after its step has begun.
fn whole_minutes(left: TimeDelta) -> i64 {
    (left.num_seconds().max(0) + 59) / 60
}

fn alert_line(alert: &Alert) -> String {
    line(&alert.summary, LONGEST_TITLE)
}

/// Returns text in one line of visible characters, cut at a length.
fn line(text: &Untrusted, most: usize) -> String {
    text.shown(most).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_labels_of_buttons_can_be_read() {
        assert_eq!(contact_buttons().acknowledge, "Acknowledge");
    }
}
