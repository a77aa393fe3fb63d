//! What outside pagers report by webhook.

use super::results::{NewsSource, PagerNews, seen};
use crate::{
    app::{App, Context, reactor},
    domain::{
        pager::{PagerKind, PagerReport, page_of_key},
        people::Actor,
    },
    store::{StoreError, Tx},
};

impl App {
    /// Takes a report whose sender is proven. A repeat, and a report about another page than ours, change nothing.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be stored; the pager should send it again.
    pub async fn on_pager_report(
        &self,
        pager: PagerKind,
        report: PagerReport,
        request: String,
    ) -> Result<(), StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let take = move |tx: &mut Tx<'_>| {
            if !tx.note_pager_delivery(pager, &report.delivery, now)? {
                return Ok(());
            }
            let actor = Actor::Machine(pager.title().to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
            take_report(tx, cx, pager, &report)
        };
        self.store.transact_urgent(take).await
    }
}

fn take_report(tx: &mut Tx<'_>, cx: Context<'_>, pager: PagerKind, report: &PagerReport) -> Result<(), StoreError> {
    let Some(page) = page_of_key(&tx.make_instance_id()?, &report.key) else { return Ok(()) };
    let Some(page) = tx.page(page)? else { return Ok(()) };
    if page.outside.as_ref().is_none_or(|outside| outside.pager != pager) {
        return Ok(());
    }
    let news = PagerNews { remote: &report.page, source: NewsSource::Report };
    reactor::run(tx, cx, |tx, work| seen(tx, cx, work, &page, news))
}
