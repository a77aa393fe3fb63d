//! Mail that came back: the message failed after all, and a mailbox that takes no mail is used no more.

use super::contact_messages;
use crate::{
    app::{App, Context, contacts, reactor},
    contact::mail::Bounce,
    domain::{
        contact::{ContactOutcome, MethodDisabled, MethodKind},
        people::Actor,
    },
    store::{StoreError, Tx},
};

impl App {
    /// Takes in messages that came back. Returns how many of them were ours: a token that was never sent says nothing.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn note_bounces(&self, bounces: Vec<Bounce>) -> Result<usize, StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let act = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine("mail".to_owned());
            let mut ours = 0;
            for bounce in &bounces {
                let request = format!("bounce/{}", bounce.token);
                let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
                ours += usize::from(take_in(tx, cx, bounce)?);
            }
            Ok(ours)
        };
        self.store.transact(act).await
    }
}

fn take_in(tx: &mut Tx<'_>, cx: Context<'_>, bounce: &Bounce) -> Result<bool, StoreError> {
    let Some(message) = tx.contact_message_of(&bounce.token)? else { return Ok(false) };
    let outcome = ContactOutcome::Failed { code: Some(bounce.status.clone()), why: bounce.diagnostic.clone() };
    // A report that is read again changes nothing, even if the person has switched the method on again since.
    if message.kind != MethodKind::Mail || !outcome.may_follow(&message.outcome) {
        return Ok(false);
    }
    reactor::run(tx, cx, |tx, work| contact_messages::on_report(tx, cx, work, &bounce.token, outcome))?;
    if bounce.permanent {
        contacts::disable(tx, cx, message.method, MethodDisabled::Gone)?;
    }
    Ok(true)
}
