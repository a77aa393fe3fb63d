//! What the state document shows: what is known, what was done, what is next, and who does what.

use serde::Serialize;

use crate::{
    domain::{
        Timestamp,
        event::{Event, RecordedEvent},
        incident::{Incident, IncidentEvent, IncidentKind, TimelineEvent},
    },
    render::Sample,
    store::{Reads, StoreError},
    web::pages::{
        frame::{FramedView, PageFrame},
        record::{self, RoleView, TaskView},
        words::{self, ConfigNames},
    },
};

/// The most updates that are shown: the newest.
const UPDATES: usize = 50;

/// The context of `templates/web/state.html`, without the frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct StateDocumentView {
    /// The key of the incident.
    key: String,
    title: String,
    drill: bool,
    private: bool,
    open: bool,
    status_name: String,
    category: String,
    severity: String,
    severity_name: String,
    service: Option<String>,
    /// What customers notice.
    impact: String,
    /// How many are affected.
    affected: String,
    declared_at: String,
    span_ms: i64,
    /// How it was resolved.
    resolution: Option<String>,
    /// When the next update is due.
    update_due: Option<String>,
    /// The updates, newest first.
    updates: Vec<PostedUpdate>,
    roles: Vec<RoleView>,
    tasks: Vec<TaskView>,
    /// When the page was made.
    shown_at: String,
    /// How the page is shared; `None` for whoever has a link.
    share: Option<ShareView>,
}

/// How a state document is shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct ShareView {
    /// The link that was made just now.
    pub link: Option<String>,
    /// How many links there are.
    pub links: u64,
    /// True if the reader may make one.
    pub allowed: bool,
}

/// An update that was posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct PostedUpdate {
    at: String,
    by: String,
    text: String,
    impact: Option<String>,
    cause: Option<String>,
    estimate: Option<String>,
}

impl StateDocumentView {
    /// Reads the state of an incident.
    pub fn read(
        reads: &Reads<'_>,
        words: ConfigNames<'_>,
        incident: &Incident,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let events = reads.events_of(&Incident::stream(incident.id), 0, usize::MAX)?;
        let declared = record::declared_at(incident);
        Ok(Self {
            key: incident.key.to_string(),
            title: words::title(&incident.title),
            drill: incident.kind == IncidentKind::Drill,
            private: incident.private,
            open: incident.is_open(),
            status_name: words.status(&incident.status),
            category: words::category(incident.category),
            severity: incident.severity.name().to_owned(),
            severity_name: words.severity(incident.severity),
            service: incident.service.as_ref().map(|service| words.service(service)),
            impact: words::prose(&incident.impact),
            affected: words::prose(&incident.affected),
            declared_at: words::at(declared),
            span_ms: words::span_ms(declared, record::ended_at(incident).unwrap_or(now)),
            resolution: incident.resolution.as_ref().map(|resolution| words::prose(&resolution.summary)),
            update_due: incident.update_due.map(words::at),
            updates: events.iter().rev().filter_map(|event| update(words, event)).take(UPDATES).collect(),
            roles: record::roles(words, incident).into_iter().filter(|role| role.person.is_some()).collect(),
            tasks: record::tasks(words, incident),
            shown_at: words::at(now),
            share: None,
        })
    }

    /// The same for somebody who is signed in.
    pub fn shared(mut self, share: ShareView) -> Self {
        self.share = Some(share);
        self
    }
}

fn update(words: ConfigNames<'_>, recorded: &RecordedEvent) -> Option<PostedUpdate> {
    let Event::Incident(IncidentEvent::Timeline(TimelineEvent::UpdatePosted { text, impact, cause, estimate, .. })) =
        &recorded.event
    else {
        return None;
    };
    let shown = |text: &Option<crate::domain::text::Untrusted>| text.as_ref().map(words::prose);
    Some(PostedUpdate {
        at: words::at(recorded.at),
        by: words.actor(&recorded.actor),
        text: words::prose(text),
        impact: shown(impact),
        cause: shown(cause),
        estimate: shown(estimate),
    })
}

fn sample_updates(at: String) -> Vec<PostedUpdate> {
    let update = PostedUpdate {
        at,
        by: "Ann".to_owned(),
        text: "We roll back.".to_owned(),
        impact: Some("One in five payments fails.".to_owned()),
        cause: Some("The deploy of 13:50.".to_owned()),
        estimate: Some("20 minutes".to_owned()),
    };
    vec![update.clone(), PostedUpdate { impact: None, cause: None, estimate: None, ..update }]
}

/// Samples for whoever has a link, and for somebody who made one.
pub(in crate::web) fn samples(page: &PageFrame) -> Vec<Sample> {
    let at = |minutes| words::at(crate::render::samples::at(minutes));
    let full = StateDocumentView {
        key: "HOT-12".to_owned(),
        title: "Checkout is <down>".to_owned(),
        drill: true,
        private: true,
        open: true,
        status_name: "Identified".to_owned(),
        category: "active".to_owned(),
        severity: "sev1".to_owned(),
        severity_name: "SEV1".to_owned(),
        service: Some("Checkout".to_owned()),
        impact: "Payments fail.".to_owned(),
        affected: "2,000".to_owned(),
        declared_at: at(-30),
        span_ms: 1_800_000,
        resolution: Some("Rolled back.".to_owned()),
        update_due: Some(at(25)),
        updates: sample_updates(at(-5)),
        roles: vec![RoleView {
            id: "incident_manager".to_owned(),
            name: "Incident manager".to_owned(),
            person: Some("Ann".to_owned()),
            since: Some(at(-28)),
            button: None,
        }],
        tasks: vec![TaskView {
            number: 1,
            text: "Check the queue".to_owned(),
            assignee: Some("Bob".to_owned()),
            done: false,
        }],
        shown_at: at(0),
        share: Some(ShareView {
            link: Some("https://hotroom.example.com/state/0123456789abcdef0123456789abcdef".to_owned()),
            links: 2,
            allowed: true,
        }),
    };
    let bare = StateDocumentView {
        drill: false,
        private: false,
        open: false,
        service: None,
        impact: String::new(),
        affected: String::new(),
        resolution: None,
        update_due: None,
        updates: Vec::new(),
        roles: Vec::new(),
        tasks: Vec::new(),
        share: None,
        ..full.clone()
    };
    let sample = |case, view| Sample::new("web/state.html", case, FramedView { page: page.clone(), view });
    vec![sample("shared", full), sample("a link", bare)]
}
