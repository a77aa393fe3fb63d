//! The context in which a page is built.

use std::sync::LazyLock;

use super::words::ConfigNames;
use crate::{
    app::Context,
    config::Config,
    domain::{Timestamp, ids::PersonId, people::Actor},
    render::{MessageRenderer, Renderer},
};

/// The context in which a page is built.
#[derive(Clone, Copy, Debug)]
pub struct PageContext<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The message renderer.
    pub renderer: &'a Renderer,
    /// The reader.
    pub reader: &'a PersonId,
    /// The current time.
    pub now: Timestamp,
}

impl<'a> PageContext<'a> {
    /// The display names of the configuration.
    pub fn words(&self) -> ConfigNames<'a> {
        ConfigNames { config: self.config }
    }

    /// The context for read-only queries.
    pub(super) fn cx(&self) -> Context<'a> {
        static NOBODY: LazyLock<Actor> = LazyLock::new(|| Actor::Machine("page".to_owned()));
        Context { config: self.config, now: self.now, actor: &NOBODY, request: "page", expect: None }
    }

    pub(super) fn message_renderer(&self) -> MessageRenderer<'a> {
        MessageRenderer::new(self.renderer, self.config, self.now)
    }
}
