//! The chat that hotroom keeps itself.

mod boards;
mod call;
mod maintenance;
mod pages;
mod prepare;
mod previews;
mod reviews;
mod user_reports;

use std::sync::Arc;

pub(super) use call::{ChatCall, send};

use super::adapter::{Adapter, PrepareContext, PreparedCall};
use crate::{
    chat::Chat,
    domain::{
        Timestamp,
        effect::{ChatEffect, Outcome, Receipt},
    },
    store::{Reads, StoreError},
};

/// Sends to the chat.
pub(super) struct ChatAdapter<C> {
    chat: Arc<C>,
}

impl<C> ChatAdapter<C> {
    pub(super) fn new(chat: Arc<C>) -> Self {
        Self { chat }
    }
}

impl<C: Chat> Adapter for ChatAdapter<C> {
    type Effect = ChatEffect;
    type Call = ChatCall;

    fn prepare(
        &self,
        cx: &PrepareContext,
        reads: &Reads<'_>,
        effect: &ChatEffect,
    ) -> Result<PreparedCall<ChatCall>, StoreError> {
        prepare::prepare(cx, reads, effect)
    }

    async fn send(&self, call: ChatCall, now: Timestamp) -> Outcome<Receipt> {
        send(self.chat.as_ref(), call, now).await
    }
}
