//! Messages about planned maintenance.

use minijinja::{
    context,
    value::{Serde, Value},
};
use serde::Serialize;

use crate::{
    chat::{Post, PostKind, Tone},
    domain::{
        Timestamp,
        event::{Event, RecordedEvent},
        ids::{ComponentId, PersonId, ServiceId},
        people::Actor,
        status::{Maintenance, MaintenanceEvent, MaintenanceStatus},
        text::Untrusted,
    },
    render::MessageRenderer,
};

/// A maintenance in templates: `maintenance.…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MaintenanceLine {
    /// Its number.
    pub number: u32,
    /// What is done.
    pub title: Untrusted,
    /// Where it stands.
    pub status: MaintenanceStatus,
    /// The components it affects.
    pub components: Vec<ComponentId>,
    /// The services whose alerts it mutes.
    pub services: Vec<ServiceId>,
    /// When its window begins.
    pub from: Timestamp,
    /// When its window ends.
    pub until: Timestamp,
    /// True if its window is over and it is not.
    pub overrun: bool,
    /// True if only a person completes it.
    pub by_hand: bool,
    /// Number of firing alerts that it mutes now; `None` if it mutes none now.
    pub muted: Option<u64>,
    /// Who scheduled it.
    pub by: Actor,
    /// The id of its public address.
    pub id: String,
}

impl MaintenanceLine {
    /// Builds the line of a maintenance.
    pub fn new(item: &Maintenance, services: Vec<ServiceId>, muted: Option<u64>, now: Timestamp) -> Self {
        Self {
            number: item.number,
            title: item.title.clone(),
            status: item.status,
            components: item.components.clone(),
            services,
            from: item.from,
            until: item.until,
            overrun: item.is_overrun(now),
            by_hand: item.by_hand,
            muted,
            by: item.created_by.clone(),
            id: item.reference(),
        }
    }
}

impl MessageRenderer<'_> {
    /// Builds the message of an event of a maintenance: `templates/chat/maintenance/<event>.md`. `None` if it is none.
    pub fn maintenance_notice(&self, line: &MaintenanceLine, recorded: &RecordedEvent) -> Option<Post> {
        let Event::Maintenance(event) = &recorded.event else { return None };
        let calls: Vec<PersonId> = match event {
            MaintenanceEvent::MaintenanceReminded { .. } => line.by.person().cloned().into_iter().collect(),
            MaintenanceEvent::MaintenanceScheduled { .. }
            | MaintenanceEvent::MaintenanceMoved { .. }
            | MaintenanceEvent::MaintenancePosted { .. }
            | MaintenanceEvent::MaintenanceCancelled { .. } => Vec::new(),
        };
        let scene = self.scene().calling(calls);
        let context = context! {
            e => Serde(event), actor => Serde(&recorded.actor), maintenance => Serde(line),
            url => self.names.public_url(),
        };
        let template = format!("chat/maintenance/{}.md", event.name());
        let mut post = self.renderer.post(PostKind::Line, &template, &scene, context);
        post.tone = match event {
            MaintenanceEvent::MaintenanceReminded { overrun: true } => Tone::Warning,
            MaintenanceEvent::MaintenancePosted { status: MaintenanceStatus::Completed, .. } => Tone::Good,
            MaintenanceEvent::MaintenanceReminded { overrun: false }
            | MaintenanceEvent::MaintenanceScheduled { .. }
            | MaintenanceEvent::MaintenanceMoved { .. }
            | MaintenanceEvent::MaintenancePosted { .. }
            | MaintenanceEvent::MaintenanceCancelled { .. } => Tone::Info,
        };
        Some(post)
    }

    /// Builds the reply to a command about a maintenance: the line of what was done, and what is muted.
    pub fn maintenance_reply(&self, line: &MaintenanceLine, done: Option<&RecordedEvent>) -> Post {
        let said = done.and_then(|recorded| self.maintenance_notice(line, recorded));
        let lines = said.map(|post| Value::from_safe_string(post.text));
        let mut post = self.reply("maintenance", context! { lines, maintenance => Serde(line) });
        post.tone = Tone::Good;
        post
    }

    /// Builds a list of maintenances. `more`: there are more than these.
    pub fn maintenance_list(&self, lines: &[MaintenanceLine], more: bool) -> Post {
        let url = format!("{}/maintenance", self.names.public_url());
        self.reply("maintenances", context! { maintenances => Serde(lines), more, url })
    }
}
