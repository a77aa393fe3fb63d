//! Interactions: stored before they are acknowledged, processed once, and resumed after a restart.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::InboundCore;
use crate::{
    chat::{
        Inbound, Post, Reply,
        bot::{Confirmation, Outsider},
    },
    domain::{ids::PlatformId, incident::ChatMessage},
    store::StoreError,
};

/// How many refusals of unserved people are recorded in the audit log within which time, so that nobody can fill it.
const AUDITED: usize = 10;
const AUDITED_WITHIN: Duration = Duration::from_secs(60);
/// How many unfinished interactions are resumed.
const RESUMED: u32 = 1_000;

/// An interaction of a person with the bot, parsed as far as processing needs it.
#[derive(Clone, Debug)]
pub struct ReceivedInteraction {
    /// The platform's id, the same in a repeat.
    pub id: PlatformId,
    /// Its data in the platform's format, to resume it after a restart.
    pub body: String,
    /// True if it has just arrived and the platform waits for the first response.
    pub fresh: bool,
    /// The person, if they are not served.
    pub outsider: Option<Outsider>,
    /// The command to confirm first, if it needs a confirmation.
    pub unconfirmed: Option<String>,
}

/// The platform's part in processing an interaction.
pub trait Responder: Send + Sync {
    /// Returns the command of the interaction.
    fn command(&self) -> BoxFuture<'_, Result<Inbound, StoreError>>;
    /// Returns the message that the command is about. Called after the acknowledgement, because copying may take a
    /// while.
    fn about(&self) -> BoxFuture<'_, Option<ChatMessage>>;
    /// Acknowledges the interaction; the reply follows later.
    fn acknowledge(&self) -> BoxFuture<'_, ()>;
    /// Opens a form as the first response.
    fn open_form<'a>(&'a self, reply: &'a Reply) -> BoxFuture<'a, ()>;
    /// Asks for a confirmation as the first response.
    fn ask<'a>(&'a self, confirmation: &'a Confirmation) -> BoxFuture<'a, ()>;
    /// Sends a post as the first response.
    fn respond<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, ()>;
    /// Delivers the reply after the acknowledgement.
    fn reply<'a>(&'a self, reply: &'a Reply) -> BoxFuture<'a, ()>;
}

impl InboundCore {
    /// Processes an interaction once. Does nothing if it is in progress or finished.
    pub async fn process(&self, interaction: &ReceivedInteraction, responder: &dyn Responder) {
        let Some(_in_progress) = self.begin(&interaction.id) else { return };
        if let Some(outsider) = &interaction.outsider {
            // Everyone gets the same refusal, which reveals nothing.
            self.audit_outsider(outsider).await;
            return responder.respond(&self.bot.rejection()).await;
        }
        if interaction.fresh && !self.store_interaction(interaction, responder).await {
            return;
        }
        match &interaction.unconfirmed {
            Some(command) => responder.ask(&self.bot.confirmation(command)).await,
            None => self.carry_out(interaction, responder).await,
        }
        self.finish(&interaction.id).await;
    }

    /// Returns the bodies of the interactions that were stored and not finished when the program ended.
    pub async fn unfinished(&self) -> Vec<String> {
        let platform = self.platform.clone();
        let stored = self.store.read(move |reads| reads.open_interactions(&platform, RESUMED)).await;
        stored.unwrap_or_else(|error| {
            tracing::warn!(%error, "unfinished interactions could not be read");
            Vec::new()
        })
    }

    async fn carry_out(&self, interaction: &ReceivedInteraction, responder: &dyn Responder) {
        let mut inbound = match responder.command().await {
            Ok(inbound) => inbound,
            Err(error) => return responder.respond(&self.bot.busy(&error).post).await,
        };
        if interaction.fresh {
            // A form must be the first response, so it is opened before the acknowledgement.
            match self.bot.on_form_request(inbound.clone()).await {
                Ok(Some(reply)) => return responder.open_form(&reply).await,
                Ok(None) => {}
                Err(error) => return responder.respond(&self.bot.busy(&error).post).await,
            }
            responder.acknowledge().await;
        }
        fail::fail_point!("inbound.deferred");
        inbound.about = responder.about().await.map(Box::new);
        match self.bot.on_command(inbound).await {
            Ok(reply) => responder.reply(&reply).await,
            Err(error) => responder.reply(&self.bot.busy(&error)).await,
        }
    }

    /// Marks an interaction as in progress. `None` if it already is: a session can start while interactions of the last
    /// one run.
    fn begin(&self, id: &PlatformId) -> Option<InProgress> {
        let new = self.in_progress.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
        new.then(|| InProgress { id: id.clone(), all: Arc::clone(&self.in_progress) })
    }

    /// Stores an interaction before it is acknowledged, so that a crash does not lose it. True if it is new.
    async fn store_interaction(&self, interaction: &ReceivedInteraction, responder: &dyn Responder) -> bool {
        let (platform, id) = (self.platform.clone(), interaction.id.clone());
        let (body, now) = (interaction.body.clone(), self.bot.now());
        let stored = self.store.transact_urgent(move |tx| tx.store_interaction(&platform, &id, &body, now)).await;
        fail::fail_point!("inbound.stored");
        match stored {
            Ok(new) => new,
            Err(error) => {
                responder.respond(&self.bot.busy(&error).post).await;
                false
            }
        }
    }

    async fn finish(&self, id: &PlatformId) {
        let (platform, id, now) = (self.platform.clone(), id.clone(), self.bot.now());
        let finished = self.store.transact_urgent(move |tx| tx.finish_interaction(&platform, &id, now));
        if let Err(error) = finished.await {
            tracing::warn!(%error, "a finished interaction is replied to again after a restart");
        }
    }

    async fn audit_outsider(&self, outsider: &Outsider) {
        tracing::warn!(account = %outsider.account, server = ?outsider.server, "an outsider was refused");
        if !self.may_audit() {
            return;
        }
        if let Err(error) = self.bot.on_rejected(outsider.clone()).await {
            tracing::warn!(%error, "the refusal of an outsider could not be written to the audit log");
        }
    }

    fn may_audit(&self) -> bool {
        let now = Instant::now();
        let mut audited = self.audited.lock().unwrap_or_else(PoisonError::into_inner);
        audited.retain(|at| now - *at < AUDITED_WITHIN);
        let few = audited.len() < AUDITED;
        audited.extend(few.then_some(now));
        few
    }
}

/// Marks an interaction as in progress until it is dropped.
struct InProgress {
    id: PlatformId,
    all: Arc<Mutex<HashSet<PlatformId>>>,
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
