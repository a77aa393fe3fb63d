//! Links in messages to contact methods: they act for the person that they were sent to, once, without a sign-in.

use subtle::ConstantTimeEq;

use super::{WorkList, contact_messages};
use crate::{
    app::{
        App, Context, contacts,
        oncall::{
            bundles, contacted,
            contacting::PageContact,
            paging::{self, PageAnswer},
        },
        reactor,
    },
    command::PageResponse,
    domain::{
        contact::{ContactOutcome, TokenAction, TokenBinding},
        incident::Incident,
        oncall::Page,
        people::Actor,
        refusal::{ContactRefusal, Refusal},
    },
    store::{ContactToken, Reads, StoreError, Tx},
};

/// What a link leads to.
#[derive(Clone, Debug)]
pub struct ContactLink {
    /// What it is bound to.
    pub binding: TokenBinding,
    /// The page; `None` for a test.
    pub page: Option<Page>,
    /// The pages, for the link of a bundle.
    pub bundle: Vec<Page>,
    /// The incident of the page.
    pub incident: Option<Incident>,
    /// True if it can still be used.
    pub is_open: bool,
}

/// Finds what a link leads to. `None` if it was never sent.
pub fn find(reads: &Reads<'_>, cx: Context<'_>, token: &str) -> Result<Option<ContactLink>, StoreError> {
    let Some(ContactToken { binding, expires_at, used_at }) = authentic(reads, token)? else { return Ok(None) };
    let page = match binding.action {
        TokenAction::AnswerTest => None,
        TokenAction::Acknowledge | TokenAction::Escalate => reads.page(binding.page)?,
    };
    let incident = page.as_ref().and_then(Page::incident).map(|id| reads.incident(id)).transpose()?.flatten();
    let bundle = match (&page, binding.action) {
        (None, TokenAction::Acknowledge) => bundles::all(reads, binding.page)?,
        (Some(_), _) | (None, TokenAction::Escalate | TokenAction::AnswerTest) => Vec::new(),
    };
    let asks = match (&page, binding.action) {
        (Some(page), _) => page.is_answerable(),
        (None, TokenAction::AnswerTest) => true,
        (None, TokenAction::Acknowledge | TokenAction::Escalate) => {
            bundle.iter().any(|page| page.still_asks(&binding.person))
        }
    };
    let known = cx.config.person(&binding.person).is_some();
    let is_open = known && used_at.is_none() && expires_at > cx.now && asks;
    Ok(Some(ContactLink { binding, page, bundle, incident, is_open }))
}

/// Reads a link and checks its signature: a row alone, such as one that somebody put into the database, is not enough.
fn authentic(reads: &Reads<'_>, token: &str) -> Result<Option<ContactToken>, StoreError> {
    let (Some(stored), Some(key)) = (reads.contact_token(token)?, reads.signing_key()?) else { return Ok(None) };
    let signed = bool::from(key.token(&stored.binding).as_bytes().ct_eq(token.as_bytes()));
    Ok(if signed { Some(stored) } else { None })
}

/// Does what a link says.
pub fn follow(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    token: &str,
) -> Result<Result<ContactLink, Refusal>, StoreError> {
    let Some(link) = find(tx, cx, token)? else { return Ok(Err(ContactRefusal::LinkOver.into())) };
    if !link.is_open && link.page.as_ref().is_none_or(Page::is_answerable) {
        return Ok(Err(ContactRefusal::LinkOver.into()));
    }
    let TokenBinding { page, person, method, kind, action, .. } = &link.binding;
    let actor = Actor::Person(person.clone());
    let cx = cx.by(&actor);
    let answer = match action {
        TokenAction::AnswerTest => None,
        TokenAction::Acknowledge => Some(PageResponse::Acknowledge),
        TokenAction::Escalate => Some(PageResponse::Escalate),
    };
    if link.page.is_none() && *action == TokenAction::Acknowledge {
        if let Err(refusal) = bundles::acknowledge(tx, cx, work, *page, &link.binding)? {
            return Ok(Err(refusal));
        }
    } else if let Some(answer) = answer {
        let given = PageAnswer { page: *page, person, answer, via: Some(*kind) };
        if let Err(refusal) = paging::answer(tx, cx, work, given)? {
            return Ok(Err(refusal));
        }
    }
    tx.use_contact_token(token, cx.now)?;
    contacts::testing::prove(tx, cx, *method)?;
    if *action == TokenAction::AnswerTest {
        contacts::reach_tests::note_answer(tx, cx, *page, person, Some(*kind))?;
    }
    Ok(Ok(link))
}

/// Records that the browser has shown a message.
pub fn note_shown(tx: &mut Tx<'_>, cx: Context<'_>, work: &mut WorkList, token: &str) -> Result<bool, StoreError> {
    let Some(ContactToken { binding, .. }) = authentic(tx, token)? else { return Ok(false) };
    let TokenBinding { page, person, attempt, method, kind, action } = binding;
    match action {
        TokenAction::AnswerTest => Ok(true),
        TokenAction::Acknowledge | TokenAction::Escalate => {
            let contact = PageContact { page, person, attempt, method, kind };
            contacted::on_contact(tx, cx, work, &contact, ContactOutcome::Shown)?;
            Ok(true)
        }
    }
}

impl App {
    /// Does what a link says, in a transaction of its own.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn follow_link(&self, token: &str, request: &str) -> Result<Result<ContactLink, Refusal>, StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let (token, request) = (token.to_owned(), request.to_owned());
        let act = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine("link".to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
            reactor::run(tx, cx, |tx, work| follow(tx, cx, work, &token))
        };
        self.store.transact_urgent(act).await
    }

    /// Records that a browser has shown a message. Returns false if the link is unknown.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn note_shown(&self, token: &str, request: &str) -> Result<bool, StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let (token, request) = (token.to_owned(), request.to_owned());
        let act = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine("link".to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
            reactor::run(tx, cx, |tx, work| note_shown(tx, cx, work, &token))
        };
        self.store.transact(act).await
    }

    /// Records what a provider reports of a message, by the name that it gave to it. Returns false if no message has that
    /// name.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn note_contact_report(
        &self,
        provider: &str,
        outcome: ContactOutcome,
        request: &str,
    ) -> Result<bool, StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let (provider, request) = (provider.to_owned(), request.to_owned());
        let act = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine("provider".to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
            reactor::run(tx, cx, |tx, work| contact_messages::on_report(tx, cx, work, &provider, outcome.clone()))
        };
        self.store.transact(act).await
    }
}
