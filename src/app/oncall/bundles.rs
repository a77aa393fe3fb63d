//! Several pages for one person within a short time, sent to a contact method in one message. The first page goes at once;
//! what follows within a minute waits for the end of that minute.

use chrono::TimeDelta;

use super::{
    contacting::{self, PageContact},
    paging::{self, PageAnswer},
};
use crate::{
    app::{Context, reactor::WorkList},
    command::PageResponse,
    domain::{
        Timestamp,
        contact::{ContactOutcome, MethodKind, TokenAction, TokenBinding, Urgency},
        effect::{ContactEffect, EffectKey},
        ids::{ContactMethodId, PageId, PersonId},
        oncall::Page,
        refusal::{ContactRefusal, Refusal},
    },
    store::{BundleMember, Reads, StoreError, Tx},
};

/// How long the pages after the first one are collected.
const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// True if a page is sent to a method together with others: the method was sent one within the last minute, is about to be
/// sent an earlier one, or has a bundle that waits. A drill is never mixed with what is real.
pub fn is_bundled(reads: &Reads<'_>, now: Timestamp, page: &Page, contact: &PageContact) -> Result<bool, StoreError> {
    let PageContact { method, kind, .. } = contact;
    if !kind.bundles() || page.spec.drill {
        return Ok(false);
    }
    Ok(reads.open_bundle(*method)?.is_some()
        || follows(reads, page, *method, now)?
        || reads.earlier_page_waits(*method, page.id(), now, contacting::LINK_VALID)?)
}

/// True if the method was sent another page within the last minute. One of low urgency keeps none of high urgency back: that
/// one is the first of its urgency.
fn follows(reads: &Reads<'_>, page: &Page, method: ContactMethodId, now: Timestamp) -> Result<bool, StoreError> {
    for sent in reads.other_pages_sent(method, page.id(), now - WINDOW)? {
        let urgency = reads.page(sent.page)?.map(|page| page.spec.urgency);
        if page.spec.urgency == Urgency::Low || urgency != Some(Urgency::Low) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Adds a page to the bundle of a method, which is sent a minute after the last message to it.
pub fn join(tx: &mut Tx<'_>, cx: Context<'_>, contact: &PageContact) -> Result<(), StoreError> {
    let PageContact { page, person, attempt, method, kind } = contact.clone();
    let member = BundleMember { page, person: person.clone(), attempt };
    if let Some(bundle) = tx.open_bundle(method)? {
        return tx.add_bundle_member(bundle, method, &member, cx.now);
    }
    let bundle = PageId::new(cx.now);
    let last = tx.other_pages_sent(method, page, cx.now - WINDOW)?.into_iter().next();
    let due = last.map_or(cx.now, |sent| sent.at) + WINDOW;
    tx.add_bundle_member(bundle, method, &member, cx.now)?;
    let effect = ContactEffect::PageBundle { bundle, person: person.clone(), method, kind };
    tx.enqueue(&EffectKey(format!("bundle/{bundle}")), &effect.into(), due)?;
    let binding = binding(bundle, &person, method, kind);
    let token = tx.make_signing_key()?.token(&binding);
    tx.add_contact_token(&token, &binding, due + contacting::LINK_VALID)
}

/// What the link in the message of a bundle is bound to.
pub fn binding(bundle: PageId, person: &PersonId, method: ContactMethodId, kind: MethodKind) -> TokenBinding {
    let (person, action) = (person.clone(), TokenAction::Acknowledge);
    TokenBinding { page: bundle, person, attempt: 1, method, kind, action }
}

/// The pages of a bundle, each once.
pub fn all(reads: &Reads<'_>, bundle: PageId) -> Result<Vec<Page>, StoreError> {
    let mut pages: Vec<Page> = Vec::new();
    for member in reads.bundle_members(bundle)? {
        if !pages.iter().any(|known| known.id() == member.page) {
            pages.extend(reads.page(member.page)?);
        }
    }
    Ok(pages)
}

/// The pages of a bundle that still ask a person.
pub fn asking(reads: &Reads<'_>, bundle: PageId, person: &PersonId) -> Result<Vec<Page>, StoreError> {
    let mut pages = all(reads, bundle)?;
    pages.retain(|page| page.still_asks(person));
    Ok(pages)
}

/// Acknowledges all pages of a bundle that still ask the person.
pub fn acknowledge(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    bundle: PageId,
    by: &TokenBinding,
) -> Result<Result<(), Refusal>, StoreError> {
    let mut refused = Some(ContactRefusal::LinkOver.into());
    for page in asking(tx, bundle, &by.person)? {
        let (person, answer, via) = (&by.person, PageResponse::Acknowledge, Some(by.kind));
        match paging::answer(tx, cx, work, PageAnswer { page: page.id(), person, answer, via })? {
            Ok(()) => refused = None,
            Err(refusal) => refused = refused.map(|_| refusal),
        }
    }
    Ok(refused.map_or(Ok(()), Err))
}

/// The messages that a bundle stands for.
pub fn contacts(
    reads: &Reads<'_>,
    bundle: PageId,
    method: ContactMethodId,
    kind: MethodKind,
) -> Result<Vec<PageContact>, StoreError> {
    let members = reads.bundle_members(bundle)?;
    let contact = |BundleMember { page, person, attempt }| PageContact { page, person, attempt, method, kind };
    Ok(members.into_iter().map(contact).collect())
}

/// True if what became of a message ends its bundle.
pub fn ends(outcome: &ContactOutcome) -> bool {
    !outcome.is_pending()
}
