//! What came of requests to outside pagers, and what was answered there.

use chrono::TimeDelta;

use crate::{
    app::{
        Context,
        oncall::paging::command,
        reactor::{FollowUp, WorkList, outcomes::DeliveryResult},
    },
    config::Config,
    domain::{
        effect::{EffectKey, PagerEffect, Receipt, SkipReason},
        ids::{PageId, PersonId},
        incident::{Command, RecordedFact},
        oncall::{Acceptance, OutsideAuthor, Page, PageCommand, PageState},
        pager::{MissReason, PageAtPager, PagerKind, PagerReceipt, PagerUser, RemoteAnswer},
        people::Actor,
        text::Untrusted,
    },
    render::effect_name,
    store::{StoreError, Tx},
};

/// How soon a pager is asked for the first time whether it accepted a page.
const FIRST: TimeDelta = TimeDelta::seconds(1);
/// How often it is asked while that is awaited.
const AWAITED: TimeDelta = TimeDelta::seconds(3);
/// How often it is asked after the built-in engine has begun to page.
const MISSED: TimeDelta = TimeDelta::seconds(30);
/// How often it is asked after the page was answered here: it may be resolved there.
const ANSWERED: TimeDelta = TimeDelta::minutes(2);
/// The longest name of an account that is kept.
const LONGEST_NAME: usize = 60;

/// How it became known how a page stands at a pager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NewsSource {
    /// The pager reported a change.
    Report,
    /// hotroom asked, and may have been told the same before.
    Question,
}

/// Takes in the end of a request.
pub(in crate::app) fn on_result(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    effect: &PagerEffect,
    ended: &DeliveryResult,
) -> Result<(), StoreError> {
    let Some(page) = tx.page(effect.page())? else { return Ok(()) };
    match (effect, ended) {
        (PagerEffect::TriggerOutside { .. }, DeliveryResult::Delivered(_)) => plan_question(tx, cx, page.id(), FIRST),
        (PagerEffect::TriggerOutside { .. }, DeliveryResult::GivenUp(why)) => {
            missed(tx, cx, work, &page, MissReason::Refused(why.clone()))
        }
        (PagerEffect::TriggerOutside { .. }, DeliveryResult::Skipped(reason)) => match miss_reason(*reason) {
            Some(why) => missed(tx, cx, work, &page, why),
            None => Ok(()),
        },
        (PagerEffect::CheckOutside { .. }, DeliveryResult::Delivered(receipt)) => {
            if let Receipt::Pager(receipt) = receipt
                && let PagerReceipt::Shown(remote) = receipt.as_ref()
            {
                seen(tx, cx, work, &page, PagerNews { remote, source: NewsSource::Question })?;
            }
            ask_again(tx, cx, page.id())
        }
        (effect, DeliveryResult::GivenUp(why)) => {
            let what = effect_name(&effect.clone().into()).to_owned();
            let fact = Command::Record(RecordedFact::DeliveryFailed { what, why: why.clone() });
            if let Some(incident) = page.incident() {
                work.push(cx, FollowUp::RecordInIncident { incident, command: fact });
            }
            Ok(())
        }
        (
            _,
            DeliveryResult::Delivered(_)
            | DeliveryResult::Skipped(_)
            | DeliveryResult::Delayed(_)
            | DeliveryResult::InDoubt(_),
        ) => Ok(()),
    }
}

/// Why the built-in engine has to page, if a page was not sent for this reason. One that was answered needs nothing.
fn miss_reason(reason: SkipReason) -> Option<MissReason> {
    if matches!(reason, SkipReason::PrivateIncident | SkipReason::Drill) {
        return Some(MissReason::Withheld);
    }
    (reason == SkipReason::NoPager).then_some(MissReason::NotConfigured)
}

/// Pages with the built-in engine, because the time is over by which the pager had to accept the page.
pub(in crate::app) fn on_accept_due(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    page: PageId,
) -> Result<(), StoreError> {
    let Some(page) = tx.page(page)? else { return Ok(()) };
    missed(tx, cx, work, &page, MissReason::Late)
}

fn missed(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    page: &Page,
    why: MissReason,
) -> Result<(), StoreError> {
    command(tx, cx, work, page, &PageCommand::MissOutside { why }).map(|_| ())
}

/// How a page stands at its pager, and how that became known.
#[derive(Clone, Copy)]
pub(super) struct PagerNews<'a> {
    pub(super) remote: &'a PageAtPager,
    pub(super) source: NewsSource,
}

/// Takes in how a page stands at its pager: that it was accepted, and what people answered there. What hotroom and automations
/// did there is no answer.
pub(super) fn seen(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    page: &Page,
    news: PagerNews<'_>,
) -> Result<(), StoreError> {
    let PagerNews { remote, source } = news;
    let accepted = PageCommand::AcceptOutside { remote: remote.remote.clone() };
    command(tx, cx, work, page, &accepted)?.ok();
    let Some(page) = tx.page(page.id())? else { return Ok(()) };
    let Some(outside) = &page.outside else { return Ok(()) };
    let Some(RemoteAnswer { answer, by: Some(user) }) = &remote.answer else { return Ok(()) };
    if source == NewsSource::Question && outside.answer == Some(*answer) {
        return Ok(());
    }
    let person = person_of(cx.config, outside.pager, user);
    let name = Untrusted::from(user.name.as_str()).shown(LONGEST_NAME);
    let actor = match &person {
        Some(person) => Actor::Person(person.clone()),
        None => Actor::Machine(outside.pager.title().to_owned()),
    };
    let by = OutsideAuthor { person, name };
    command(tx, cx.by(&actor), work, &page, &PageCommand::AnswerOutside { answer: *answer, by })?.ok();
    Ok(())
}

/// The person with an account at a pager, by `[[people]] accounts`.
fn person_of(config: &Config, pager: PagerKind, user: &PagerUser) -> Option<PersonId> {
    let has = |account: &String| account.eq_ignore_ascii_case(&user.account);
    let person = config.people.iter().find(|person| person.pager_accounts.get(&pager).is_some_and(has))?;
    Some(person.id.clone())
}

/// Asks again later, for as long as the page is not over.
fn ask_again(tx: &mut Tx<'_>, cx: Context<'_>, page: PageId) -> Result<(), StoreError> {
    let Some(page) = tx.page(page)? else { return Ok(()) };
    let Some(outside) = &page.outside else { return Ok(()) };
    let Some(pager) = cx.config.pager.routes.outside(outside.pager) else { return Ok(()) };
    let usual = TimeDelta::from_std(pager.client.interval()).unwrap_or(MISSED);
    let wait = match (page.state, outside.acceptance) {
        (PageState::Resolved, _) => return Ok(()),
        (PageState::Acknowledged | PageState::Snoozed, _) => usual.max(ANSWERED),
        (PageState::Triggered | PageState::Exhausted, Acceptance::Awaited) => AWAITED,
        (PageState::Triggered | PageState::Exhausted, Acceptance::Missed) => MISSED,
        (PageState::Triggered | PageState::Exhausted, Acceptance::Accepted) => usual,
    };
    plan_question(tx, cx, page.id(), wait)
}

fn plan_question(tx: &mut Tx<'_>, cx: Context<'_>, page: PageId, wait: TimeDelta) -> Result<(), StoreError> {
    let Some(page) = tx.page(page)? else { return Ok(()) };
    let Some(pager) = page.outside.as_ref().map(|outside| outside.pager) else { return Ok(()) };
    if !cx.config.pager.routes.outside(pager).is_some_and(|pager| pager.client.can_read()) {
        return Ok(());
    }
    let (page, due) = (page.id(), cx.now + wait);
    let key = EffectKey(format!("pager/{page}/check/{}", due.timestamp_millis()));
    tx.enqueue(&key, &PagerEffect::CheckOutside { page, pager }.into(), due).map(drop)
}
