//! A bot for tests that stores messages in the built-in chat and counts commands.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;

use crate::{
    chat::{
        Inbound, Post, Reply, ReplyOutcome,
        bot::{Bot, ChannelUsage, Completion, Confirmation, MessageEdit, MonitoringMessage, Outsider, PlatformMessage},
        builtin::{BuiltinChat, TalkEdit},
        discord::tests::{at, line},
    },
    command::Catalog,
    domain::{Timestamp, ids::Platform},
    store::{Store, StoreError},
};

pub struct TestBot {
    chat: BuiltinChat,
    catalog: Catalog,
    commands: AtomicUsize,
    rejected: AtomicUsize,
}

impl TestBot {
    pub fn new(store: Store) -> Self {
        let chat = BuiltinChat::new(store);
        Self { chat, catalog: Catalog::shipped(), commands: AtomicUsize::new(0), rejected: AtomicUsize::new(0) }
    }

    /// Returns how many commands were carried out.
    pub fn commands(&self) -> usize {
        self.commands.load(Ordering::Relaxed)
    }

    /// Returns how many refusals of unserved people were recorded.
    pub fn rejected(&self) -> usize {
        self.rejected.load(Ordering::Relaxed)
    }
}

fn done<T: Send + 'static>(value: T) -> BoxFuture<'static, Result<T, StoreError>> {
    Box::pin(async move { Ok(value) })
}

impl Bot for TestBot {
    fn now(&self) -> Timestamp {
        at(0)
    }

    fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    fn confirmation(&self, command: &str) -> Confirmation {
        Confirmation { question: format!("{command}?"), button: "Yes".to_owned() }
    }

    fn busy(&self, error: &StoreError) -> Reply {
        reply(&error.to_string())
    }

    fn rejection(&self) -> Post {
        line("not served")
    }

    fn on_command(&self, _inbound: Inbound) -> BoxFuture<'_, Result<Reply, StoreError>> {
        let count = self.commands.fetch_add(1, Ordering::Relaxed) + 1;
        done(reply(&format!("command {count}")))
    }

    fn on_form_request(&self, _inbound: Inbound) -> BoxFuture<'_, Result<Option<Reply>, StoreError>> {
        done(None)
    }

    fn on_preview_request(&self, _inbound: Inbound) -> BoxFuture<'_, Result<Option<Post>, StoreError>> {
        done(None)
    }

    fn on_form_reopened(&self, _inbound: Inbound) -> BoxFuture<'_, Result<Option<Reply>, StoreError>> {
        done(None)
    }

    fn draft_expired(&self) -> Post {
        line("not stored any more")
    }

    fn complete(
        &self,
        _inbound: Inbound,
        _completion: Completion,
    ) -> BoxFuture<'_, Result<Vec<(String, String)>, StoreError>> {
        done(Vec::new())
    }

    fn on_message(&self, message: PlatformMessage) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { self.chat.receive(message.talk, message.origin).await.map(drop) })
    }

    fn on_message_edit(&self, edit: MessageEdit) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let change = TalkEdit { text: edit.text, known: edit.known };
            self.chat.correct(edit.origin, change, at(0)).await.map(drop)
        })
    }

    fn on_reaction(&self, _inbound: Inbound) -> BoxFuture<'_, Result<bool, StoreError>> {
        done(false)
    }

    fn is_recorded(&self, _message: String, _as_draft: bool) -> BoxFuture<'_, Result<bool, StoreError>> {
        done(false)
    }

    fn on_monitoring_message(&self, _message: MonitoringMessage) -> BoxFuture<'_, Result<(), StoreError>> {
        done(())
    }

    fn on_session_start(&self, _platform: Platform) -> BoxFuture<'_, Result<(), StoreError>> {
        done(())
    }

    fn on_session_lost(&self, _platform: Platform, _reason: String) -> BoxFuture<'_, Result<(), StoreError>> {
        done(())
    }

    fn on_capacity(&self, _usage: ChannelUsage) -> BoxFuture<'_, Result<(), StoreError>> {
        done(())
    }

    fn on_rejected(&self, _outsider: Outsider) -> BoxFuture<'_, Result<(), StoreError>> {
        self.rejected.fetch_add(1, Ordering::Relaxed);
        done(())
    }
}

fn reply(text: &str) -> Reply {
    let outcome = ReplyOutcome::Done;
    Reply { outcome, post: line(text), form: None, incident: None, room: None, data: None }
}
