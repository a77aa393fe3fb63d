//! Reports that come by mail or from a service desk. What a sender sends again is known by its name there.

use super::{PER_ADDRESS, ReportDraft, SPAN, address, new, take_in};
use crate::{
    app::{App, Context},
    contact::mail::IncomingReport,
    domain::{
        people::Actor,
        user_report::{NewUserReport, ReportChannel},
    },
    store::{StoreError, Tx},
};

/// What a service desk reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskReport {
    /// The id of the request there.
    pub id: String,
    /// What its user wrote.
    pub draft: ReportDraft,
}

/// A report from outside with its name there.
struct OutsideReport {
    channel: ReportChannel,
    reference: String,
    draft: ReportDraft,
}

impl App {
    /// Takes in reports by mail. Returns how many are new.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be written.
    pub async fn note_mailed_reports(&self, reports: Vec<IncomingReport>) -> Result<usize, StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let untitled = self.renderer.render("report/untitled.txt", ()).unwrap_or_default().trim().to_owned();
        let act = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine("mail".to_owned());
            let mut kept = 0;
            for mail in &reports {
                let request = format!("mail/{}", mail.id);
                let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
                let title = if mail.subject.is_empty() { &untitled } else { &mail.subject };
                let draft = ReportDraft {
                    title: title.as_str().into(),
                    details: mail.text.as_str().into(),
                    name: mail.name.as_str().into(),
                    address: mail.address.clone(),
                };
                let (channel, reference) = (ReportChannel::Mail, mail.id.clone());
                kept += usize::from(take(tx, cx, OutsideReport { channel, reference, draft })?);
            }
            Ok(kept)
        };
        self.store.transact(act).await
    }

    /// Takes in a report of a service desk. Returns false if it is known or cannot be kept.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn note_desk_report(&self, report: DeskReport, request: String) -> Result<bool, StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let act = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine("service desk".to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
            let (channel, reference) = (ReportChannel::ServiceDesk, report.id.clone());
            take(tx, cx, OutsideReport { channel, reference, draft: report.draft.clone() })
        };
        self.store.transact(act).await
    }
}

/// Takes in a report, unless it is known or too many came. Nobody is there to read a refusal.
fn take(tx: &mut Tx<'_>, cx: Context<'_>, report: OutsideReport) -> Result<bool, StoreError> {
    let OutsideReport { channel, reference, draft } = report;
    if tx.knows_user_report(channel, &reference)? {
        return Ok(false);
    }
    // An address that cannot be written to is none.
    let address = address(&draft.address).ok().flatten();
    let since = cx.now - SPAN;
    let all = tx.count_user_reports(channel, since)? >= cx.config.reports.policy.per_hour as u64;
    let repeated = match (&address, channel) {
        (Some(address), ReportChannel::Mail) => tx.count_user_reports_from(address, since)? >= PER_ADDRESS,
        (Some(_) | None, _) => false,
    };
    if all || repeated {
        metrics::counter!("hotroom_reports_limited_total").increment(1);
        tracing::warn!(channel = channel.name(), reference, "a report is not kept: too many came in an hour");
        return Ok(false);
    }
    let new = NewUserReport { reference: Some(reference), ..new(cx, channel, draft, address) };
    match take_in(tx, cx, new)? {
        Ok(_) => Ok(true),
        Err(refusal) => {
            tracing::warn!(channel = channel.name(), %refusal, "a report cannot be kept");
            Ok(false)
        }
    }
}
