//! Interactions: stored before they are acknowledged, processed once, and resumed after a restart.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::{DraftPress, DraftStep, FormDraft, InboundCore};
use crate::{
    chat::{
        CommandInput, Inbound, Post, Reply, ReplyOutcome,
        bot::{Confirmation, Outsider},
    },
    domain::{ids::PlatformId, incident::ChatMessage},
    store::{NewInteraction, StoreError, Tx},
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
    /// What was entered, if it can be edited and sent again.
    pub draft: Option<FormDraft>,
    /// What to do with an earlier draft, and the account that wants it.
    pub press: Option<(DraftPress, PlatformId)>,
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
    /// Asks as the first response whether to send or to edit what was entered.
    fn preview<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, ()>;
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
        let keeps_draft = match (&interaction.press, &interaction.unconfirmed) {
            (Some((press, account)), _) => {
                self.on_draft(interaction.fresh, press, account, responder).await;
                false
            }
            (None, Some(command)) => {
                responder.ask(&self.bot.confirmation(command)).await;
                false
            }
            (None, None) => self.carry_out(interaction, responder).await,
        };
        self.finish(&interaction.id, keeps_draft).await;
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

    /// Carries a command out. True if what was entered may be sent again.
    async fn carry_out(&self, interaction: &ReceivedInteraction, responder: &dyn Responder) -> bool {
        let inbound = match responder.command().await {
            Ok(inbound) => inbound,
            Err(error) => {
                responder.respond(&self.bot.busy(&error).post).await;
                return true;
            }
        };
        if interaction.fresh {
            // A form or a question must be the first response, so it comes before the acknowledgement.
            match self.first_response(interaction, inbound.clone(), responder).await {
                Ok(false) => {}
                Ok(true) => return true,
                Err(error) => {
                    responder.respond(&self.bot.busy(&error).post).await;
                    return true;
                }
            }
            responder.acknowledge().await;
        } else if interaction.draft.is_some() && !matches!(self.bot.on_preview_request(inbound.clone()).await, Ok(None))
        {
            // Nobody saw the question, so customers read nothing.
            return true;
        }
        self.reply_to(inbound, responder).await
    }

    /// Opens the form that a command needs, or asks whether to send what customers will read. True if it did.
    async fn first_response(
        &self,
        interaction: &ReceivedInteraction,
        inbound: Inbound,
        responder: &dyn Responder,
    ) -> Result<bool, StoreError> {
        if let Some(reply) = self.bot.on_form_request(inbound.clone()).await? {
            responder.open_form(&reply).await;
            return Ok(true);
        }
        if interaction.draft.is_some()
            && let Some(preview) = self.bot.on_preview_request(inbound).await?
        {
            responder.preview(&preview).await;
            return Ok(true);
        }
        Ok(false)
    }

    /// Gives a command to the bot and its reply to the person. True if it was not carried out.
    async fn reply_to(&self, mut inbound: Inbound, responder: &dyn Responder) -> bool {
        fail::fail_point!("inbound.deferred");
        inbound.about = responder.about().await.map(Box::new);
        let reply = self.bot.on_command(inbound).await.unwrap_or_else(|error| self.bot.busy(&error));
        responder.reply(&reply).await;
        reply.outcome != ReplyOutcome::Done
    }

    /// Sends what was entered before, or opens its form again.
    async fn on_draft(&self, fresh: bool, press: &DraftPress, account: &PlatformId, responder: &dyn Responder) {
        let found = match self.draft(&press.draft, account).await {
            Ok(found) => found,
            Err(error) => return responder.respond(&self.bot.busy(&error).post).await,
        };
        let Some(draft) = found else { return responder.respond(&self.bot.draft_expired()).await };
        let mut inbound = match responder.command().await {
            Ok(inbound) => inbound,
            Err(error) => return responder.respond(&self.bot.busy(&error).post).await,
        };
        inbound.said = CommandInput::Options { command: draft.command, options: draft.options, version: None };
        match press.step {
            DraftStep::Send => {
                // However often it is sent, it is carried out once.
                inbound.delivery = format!("draft-{}", press.draft.as_str());
                if fresh {
                    responder.acknowledge().await;
                }
                self.reply_to(inbound, responder).await;
            }
            DraftStep::Edit => match self.bot.on_form_reopened(inbound).await {
                Ok(Some(reply)) => responder.open_form(&reply).await,
                Ok(None) => responder.respond(&self.bot.draft_expired()).await,
                Err(error) => responder.respond(&self.bot.busy(&error).post).await,
            },
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
        let draft = interaction.draft.as_ref().and_then(|draft| serde_json::to_string(draft).ok());
        let store = move |tx: &mut Tx<'_>| {
            let new = NewInteraction { id: &id, body: &body, draft: draft.as_deref() };
            tx.store_interaction(&platform, new, now)
        };
        let stored = self.store.transact_urgent(store).await;
        fail::fail_point!("inbound.stored");
        match stored {
            Ok(new) => new,
            Err(error) => {
                responder.respond(&self.bot.busy(&error).post).await;
                false
            }
        }
    }

    async fn finish(&self, id: &PlatformId, keeps_draft: bool) {
        let (platform, id, now) = (self.platform.clone(), id.clone(), self.bot.now());
        let finished = self.store.transact_urgent(move |tx| tx.finish_interaction(&platform, &id, keeps_draft, now));
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
