//! Reports from users: their message for whoever triages them, replies, and the mails to reporters.

use minijinja::{context, value::Serde};
use serde::Serialize;

use crate::{
    chat::{Post, PostKind, Tone},
    domain::{
        Timestamp,
        ids::PersonId,
        incident::Incident,
        people::Actor,
        text::Untrusted,
        user_report::{ReportChannel, ReportState, UserReport},
    },
    render::{MessageRenderer, RenderError, Renderer},
};

/// A report in templates: `report.…`. It has no mail address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserReportLine {
    /// Its number.
    pub number: u32,
    /// How it arrived.
    pub channel: ReportChannel,
    /// Where it stands: `open`, `declared`, `duplicate` or `closed`.
    pub state: &'static str,
    /// What is wrong, in one line.
    pub title: Untrusted,
    /// What the reporter noticed.
    pub details: Untrusted,
    /// The person of `[[people]]` who reported it.
    pub person: Option<PersonId>,
    /// The name that the reporter gave.
    pub name: Untrusted,
    /// When it arrived.
    pub received_at: Timestamp,
    /// The key of its incident, if the reader may know it.
    pub incident: Option<String>,
    /// Who decided.
    pub decided_by: Option<Actor>,
    /// When.
    pub decided_at: Option<Timestamp>,
}

impl UserReportLine {
    /// Builds the line of a report. `incident`: its incident, if the reader may know it.
    pub fn new(report: &UserReport, incident: Option<&Incident>) -> Self {
        Self {
            number: report.number,
            channel: report.channel,
            state: report.shown_state(incident.is_some()),
            title: report.title.clone(),
            details: report.details.clone(),
            person: report.person.clone(),
            name: report.name.clone(),
            received_at: report.received_at,
            incident: incident.map(|incident| incident.key.to_string()),
            decided_by: report.decided_by.clone(),
            decided_at: report.decided_at,
        }
    }
}

impl MessageRenderer<'_> {
    /// Builds the message in the feed: `templates/chat/user_report.md`.
    pub fn user_report(&self, line: &UserReportLine) -> Post {
        let context = context! { report => Serde(line) };
        let mut post = self.renderer.post(PostKind::Announcement, "chat/user_report.md", &self.scene(), context);
        post.tone = if line.state == ReportState::Open.name() { Tone::Warning } else { Tone::Plain };
        post
    }

    /// Builds the reply to a command that added or decided a report.
    pub fn user_report_reply(&self, line: &UserReportLine) -> Post {
        let mut post = self.reply("report", context! { report => Serde(line) });
        post.tone = Tone::Good;
        post
    }

    /// Builds the reply that shows a report with the address of its reporter.
    pub fn user_report_detail(&self, line: &UserReportLine, address: Option<&str>) -> Post {
        let address = Untrusted::new(address.unwrap_or_default());
        self.reply("report_show", context! { report => Serde(line), address => Serde(address) })
    }

    /// Builds a list of reports. `more`: there are more than these.
    pub fn user_report_list(&self, lines: &[UserReportLine], more: bool) -> Post {
        self.reply("reports", context! { reports => Serde(lines), more })
    }
}

/// What a mail to a reporter says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReporterText {
    /// `verify`, `received`, `outcome`, `published` or `resolved`.
    pub about: &'static str,
    /// The number of the report.
    pub number: u32,
    /// The name of the status page.
    pub site: String,
    /// Where the status page is.
    pub status_url: String,
    /// What the reporter wrote in one line; blank until the address is verified.
    pub title: Untrusted,
    /// The link that verifies the address.
    pub link: String,
    /// Within how many hours.
    pub hours: u64,
    /// What the status page calls the incident; blank if it shows none.
    pub public_title: Untrusted,
    /// What whoever decided wrote to the reporter.
    pub answer: Untrusted,
}

/// A mail to a reporter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedReporterMail {
    /// The subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
}

/// Renders a mail to a reporter.
///
/// # Errors
/// [`RenderError`] names the template and its line.
pub fn reporter_mail(renderer: &Renderer, text: &ReporterText) -> Result<RenderedReporterMail, RenderError> {
    let context = ReporterMailContext::of(text);
    let render = |template: &str| renderer.render(template, &context);
    Ok(RenderedReporterMail {
        subject: render("report/subject.txt")?.split_whitespace().collect::<Vec<_>>().join(" "),
        text: render("report/mail.txt")?,
        html: render("report/mail.html")?,
    })
}

/// The longest title and answer in a mail, in characters.
const LONGEST_TITLE: usize = 200;
const LONGEST_ANSWER: usize = 4_000;

/// The context of `templates/report/`: texts from outside are reduced to visible characters, and escaped by the templates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::render) struct ReporterMailContext {
    about: &'static str,
    number: u32,
    site: String,
    status_url: String,
    title: String,
    link: String,
    hours: u64,
    public_title: String,
    answer: String,
}

impl ReporterMailContext {
    pub(in crate::render) fn of(text: &ReporterText) -> Self {
        let line = |text: &Untrusted| text.shown(LONGEST_TITLE).split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            about: text.about,
            number: text.number,
            site: text.site.clone(),
            status_url: text.status_url.clone(),
            title: line(&text.title),
            link: text.link.clone(),
            hours: text.hours,
            public_title: line(&text.public_title),
            answer: text.answer.shown(LONGEST_ANSWER).trim().to_owned(),
        }
    }
}
