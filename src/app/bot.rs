//! The app behind the port of the chat platforms.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{App, PreviewedMessage};
use crate::{
    chat::{
        Inbound, Post, Reply, ReplyOutcome,
        bot::{Bot, ChannelUsage, Completion, Confirmation, MessageEdit, MonitoringMessage, Outsider, PlatformMessage},
        builtin::{BuiltinChat, TalkEdit},
    },
    command::Catalog,
    domain::{Timestamp, ids::Platform},
    store::{Delivery, MessagePosition, ReceiveResult, Sender, StoreError, Tx},
};

// Use cases take `&Arc<App>`, because the transactions that they queue outlive the call.
impl Bot for Arc<App> {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    fn confirmation(&self, command: &str) -> Confirmation {
        let (question, button) = App::confirmation(self, command);
        Confirmation { question, button }
    }

    fn busy(&self, error: &StoreError) -> Reply {
        App::busy(self, error)
    }

    fn rejection(&self) -> Post {
        self.elsewhere().post
    }

    fn on_command(&self, inbound: Inbound) -> BoxFuture<'_, Result<Reply, StoreError>> {
        Box::pin(App::on_command(self, inbound))
    }

    fn on_form_request(&self, inbound: Inbound) -> BoxFuture<'_, Result<Option<Reply>, StoreError>> {
        Box::pin(async move {
            if self.asks(&inbound).await? { App::on_command(self, inbound).await.map(Some) } else { Ok(None) }
        })
    }

    fn on_preview_request(&self, inbound: Inbound) -> BoxFuture<'_, Result<Option<Post>, StoreError>> {
        Box::pin(self.preview_form(inbound))
    }

    fn on_form_reopened(&self, inbound: Inbound) -> BoxFuture<'_, Result<Option<Reply>, StoreError>> {
        Box::pin(self.reopen_form(inbound))
    }

    fn draft_expired(&self) -> Post {
        App::draft_expired(self)
    }

    fn complete(
        &self,
        inbound: Inbound,
        completion: Completion,
    ) -> BoxFuture<'_, Result<Vec<(String, String)>, StoreError>> {
        Box::pin(self.offers(inbound, completion))
    }

    fn on_message(&self, message: PlatformMessage) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let MessagePosition { message: id, at } = message.origin.position.clone();
            let (room, text) = (message.talk.room.clone(), message.talk.text.clone());
            let chat = BuiltinChat::new(self.store.clone());
            match chat.receive(message.talk, message.origin).await? {
                Ok(stored) => self.on_talk(PreviewedMessage { room, message: stored, text, at }).await,
                Err(refusal) => {
                    tracing::debug!(message = %id, %refusal, "a message was not taken in");
                    Ok(())
                }
            }
        })
    }

    fn on_message_edit(&self, edit: MessageEdit) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let chat = BuiltinChat::new(self.store.clone());
            let MessageEdit { origin, text, known, timeline } = edit;
            let MessagePosition { message, at } = origin.position.clone();
            chat.correct(origin, TalkEdit { text, known }, self.clock.now()).await?;
            match timeline {
                Some(change) => self.on_message_changed(message.to_string(), change, at).await,
                None => Ok(()),
            }
        })
    }

    fn on_reaction(&self, inbound: Inbound) -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(async move {
            let reply = App::on_command(self, inbound).await?;
            Ok(reply.outcome == ReplyOutcome::Done)
        })
    }

    fn is_recorded(&self, message: String, as_draft: bool) -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(async move { self.is_marked(&message, as_draft).await })
    }

    fn on_monitoring_message(&self, message: MonitoringMessage) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let at = self.clock.now();
            let stored = self.store.transact_urgent(move |tx: &mut Tx<'_>| {
                let sender = Sender::Source(&message.source);
                let delivery = Some(message.delivery.clone());
                tx.receive(&Delivery { sender, delivery, at, body: message.body.as_bytes() })
            });
            if matches!(stored.await?, ReceiveResult::New(_)) {
                self.deliveries.notify_one();
            }
            Ok(())
        })
    }

    fn on_session_start(&self, platform: Platform) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.note_platform(platform, None))
    }

    fn on_session_lost(&self, platform: Platform, reason: String) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.note_platform(platform, Some(reason)))
    }

    fn on_capacity(&self, usage: ChannelUsage) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.note_capacity(usage))
    }

    fn on_rejected(&self, outsider: Outsider) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.note_outsider(outsider))
    }
}
