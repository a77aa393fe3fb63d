//! Alert groups, as shown on the alerts page and in an incident's record.

use serde::Serialize;

use super::{
    page_context::PageContext,
    words::{self, ButtonView, ConfigNames},
};
use crate::{
    chat::Post,
    domain::{
        alert::{Alert, AlertGroup},
        ids::IncidentId,
        text::Untrusted,
    },
    store::{Reads, StoreError},
};

/// Maximum number of alerts listed per group.
const ALERTS: usize = 100;

/// Maximum number of links shown per alert.
const LINKS: usize = 3;

/// Maximum length of a label's value.
const LABEL: usize = 120;

/// An alert group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupItem {
    /// Its id.
    pub id: String,
    /// Its name in commands: `G-12`.
    pub name: String,
    /// Plain text.
    pub title: String,
    /// `firing`, `acknowledged`, `silenced` or `resolved`.
    pub state: String,
    /// `sev1` … `sev4`
    pub severity: Option<String>,
    /// The display name of the severity.
    pub severity_name: Option<String>,
    /// The service, if all its alerts share it.
    pub service: Option<String>,
    /// Number of firing alerts.
    pub firing: u32,
    /// Number of resolved alerts.
    pub resolved: u32,
    /// The room that its message is posted in.
    pub feed: String,
    /// The labels that all its alerts share.
    pub labels: Vec<Label>,
    /// When its first alert started.
    pub opened_at: String,
    /// When its last alert ended.
    pub closed_at: Option<String>,
    /// Who acknowledged it.
    pub acknowledged_by: Option<String>,
    /// When its silence ends, if it is silenced.
    pub silenced_until: Option<String>,
    /// The key of its incident, if the reader may see it.
    pub incident: Option<String>,
    /// The id of its message in the feed.
    pub message: Option<String>,
    /// The buttons of its message.
    pub buttons: Vec<ButtonView>,
    /// Why it is shown in a parent group, as text.
    pub parent: Option<String>,
    /// Its alerts, firing ones first; empty where only the group is shown.
    pub alerts: Vec<AlertView>,
}

/// A label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    /// Its name.
    pub name: String,
    /// Its value, truncated.
    pub value: String,
}

/// An alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlertView {
    /// Its name.
    pub name: String,
    /// Its host.
    pub host: Option<String>,
    /// One-line summary.
    pub summary: String,
    /// `firing`, `acknowledged`, `silenced` or `resolved`.
    pub state: String,
    /// `sev1` … `sev4`
    pub severity: Option<String>,
    /// The display name of the severity.
    pub severity_name: Option<String>,
    /// When it started.
    pub starts_at: String,
    /// When it ended.
    pub ends_at: Option<String>,
    /// Links, http and https only.
    pub links: Vec<LinkView>,
}

/// A link of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkView {
    /// The address.
    pub url: String,
    /// The host and path, shortened.
    pub name: String,
}

/// Maximum length of a link's name.
const LINK_NAME: usize = 40;

impl LinkView {
    /// A link with its name.
    pub fn new(url: String) -> Self {
        let place = url.split_once("://").map_or(url.as_str(), |(_, place)| place);
        let place = place.split(['?', '#']).next().unwrap_or(place).trim_end_matches('/');
        Self { name: crate::domain::text::cut(place, LINK_NAME), url }
    }
}

/// The groups of an incident, with their alerts if `with_alerts`.
pub fn of_incident(
    reads: &Reads<'_>,
    context: PageContext<'_>,
    incident: IncidentId,
    with_alerts: bool,
) -> Result<Vec<GroupItem>, StoreError> {
    let groups = reads.groups_of_incident(incident)?;
    groups.iter().map(|group| view(reads, context, group, with_alerts)).collect()
}

/// One group.
pub fn view(
    reads: &Reads<'_>,
    context: PageContext<'_>,
    group: &AlertGroup,
    with_alerts: bool,
) -> Result<GroupItem, StoreError> {
    let words = context.words();
    let alerts = if with_alerts { reads.alerts_of_group(group, ALERTS)? } else { Vec::new() };
    let incident = match group.incident {
        Some(id) => reads.incident(id)?.filter(|incident| incident.visible_to(context.reader)),
        None => None,
    };
    let label = |(name, value): (&String, &Untrusted)| Label {
        name: Untrusted::new(name.as_str()).shown(LABEL),
        value: value.shown(LABEL),
    };
    Ok(GroupItem {
        id: group.id.to_string(),
        name: group.name(),
        title: words::title(&group.title),
        state: words::word(group.state(context.now)),
        severity: group.severity.map(|severity| severity.name().to_owned()),
        severity_name: group.severity.map(|severity| words.severity(severity)),
        service: group.service.as_ref().map(|service| service_name(words, service)),
        firing: group.counts.firing,
        resolved: group.counts.resolved,
        feed: group.feed.to_string(),
        labels: group.labels.iter().map(label).collect(),
        opened_at: words::at(group.opened_at),
        closed_at: group.closed_at.map(words::at),
        acknowledged_by: group.acknowledgement.by.as_ref().map(|person| words.person(person)),
        silenced_until: group.silence.until.filter(|until| *until > context.now).map(words::at),
        incident: incident.map(|incident| incident.key.to_string()),
        message: group.display.message.clone(),
        buttons: buttons(reads, group)?,
        parent: parent(reads, group)?,
        alerts: alerts.iter().map(|alert| alert_view(context, alert)).collect(),
    })
}

fn parent(reads: &Reads<'_>, group: &AlertGroup) -> Result<Option<String>, StoreError> {
    let Some(parent_link) = &group.display.parent else { return Ok(None) };
    let above = reads.group(parent_link.parent)?.map_or_else(String::new, |above| words::title(&above.title));
    let value = |(name, value): (&String, &Untrusted)| format!("{name}={}", value.shown(LABEL));
    let values: Vec<String> = parent_link.values.iter().map(value).collect();
    Ok(Some(format!("{above} ({}: {})", parent_link.rule, values.join(", "))))
}

/// The configured name of the service that a label names.
fn service_name(words: ConfigNames<'_>, label: &str) -> String {
    let known = words.config.service(label).map(|service| service.name.clone());
    known.unwrap_or_else(|| Untrusted::new(label).shown(LABEL))
}

/// The buttons of the group's message, so that the page and the feed offer the same actions.
fn buttons(reads: &Reads<'_>, group: &AlertGroup) -> Result<Vec<ButtonView>, StoreError> {
    let id = group.display.message.as_deref().and_then(|id| id.parse().ok());
    let message = match id {
        Some(id) => reads.message(id)?.filter(|message| message.room == group.feed),
        None => None,
    };
    let post: Option<Post> = message.and_then(|message| serde_json::from_str(&message.body).ok());
    Ok(post.map(|post| post.buttons.into_iter().map(ButtonView::from).collect()).unwrap_or_default())
}

fn alert_view(context: PageContext<'_>, alert: &Alert) -> AlertView {
    let words = context.words();
    AlertView {
        name: words::title(&alert.name),
        host: alert.host.as_ref().map(words::title),
        summary: words::title(&alert.summary),
        state: words::word(alert.state(context.now)),
        severity: alert.severity.map(|severity| severity.name().to_owned()),
        severity_name: alert.severity.map(|severity| words.severity(severity)),
        starts_at: words::at(alert.starts_at),
        ends_at: alert.ends_at.map(words::at),
        links: alert.links.iter().filter_map(link).take(LINKS).map(LinkView::new).collect(),
    }
}

/// Returns a safe link: http or https, without characters that could disguise it.
pub(super) fn link(link: &Untrusted) -> Option<String> {
    let address = link.verbatim();
    let http = address.starts_with("https://") || address.starts_with("http://");
    let plain = address.len() <= 2_000 && address.chars().all(|c| c.is_ascii_graphic());
    (http && plain).then(|| address.to_owned())
}
