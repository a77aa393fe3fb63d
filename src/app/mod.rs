//! Use cases: gather facts inside the transaction, decide, write. Nothing here talks to the outside.

pub mod alerts;
pub mod background;
mod bot;
pub mod card_facts;
pub mod clock;
pub mod commands;
pub mod contacts;
pub mod incidents;
mod issue_relations;
pub mod maintenance;
pub mod oncall;
mod previews;
pub mod reactor;
pub mod reports;
pub mod reviews;
pub mod silences;
pub mod status_mirrors;
pub mod system;
pub mod tracker;
pub mod user_reports;
mod webhooks;

use tokio::sync::Notify;

use crate::{
    command::Catalog,
    config::{Config, Live},
    domain::{Timestamp, people::Actor},
    render::Renderer,
    store::Store,
};

pub use clock::{Clock, Disturbance, TimeSources};
pub use previews::{PREVIEW_PAUSE, PreviewRules, PreviewedMessage};
pub(in crate::app) use previews::{PreviewChange, change_room_previews};

/// Everything a use case needs. Shared by the loops and the web.
pub struct App {
    /// The one write path.
    pub store: Store,
    /// The time, real or virtual.
    pub clock: Clock,
    /// The configuration, which may change while running.
    pub config: Live,
    /// The slash commands.
    pub catalog: Catalog,
    /// The texts.
    pub renderer: Renderer,
    /// Notified when a delivery has been stored, so that the router does not wait for its next round.
    pub deliveries: Notify,
}

/// Who does what, when: handed through every use case.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The configuration as it is for this act.
    pub config: &'a Config,
    /// Now.
    pub now: Timestamp,
    /// Who acts.
    pub actor: &'a Actor,
    /// The request or delivery it belongs to, for logs and the audit log.
    pub request: &'a str,
    /// The version the actor saw, when a button was pressed.
    pub expect: Option<u64>,
}

impl<'a> Context<'a> {
    /// The same act done by someone else, such as a rule that follows from it.
    pub fn by(self, actor: &'a Actor) -> Self {
        Self { actor, expect: None, ..self }
    }
}
