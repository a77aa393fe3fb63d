//! Mails to people who reported something: that the address has to be verified, that the report arrived, and what became of
//! it. They say what customers read, and nothing else of an incident.

use std::sync::Arc;

use super::adapter::{Adapter, PrepareContext, PreparedCall};
use crate::{
    app::user_reports,
    config::Config,
    contact::mail::{self, OutgoingMail},
    domain::{
        Timestamp,
        effect::{Outcome, Receipt, ReportEffect, ReporterMail, SkipReason},
        incident::IncidentKind,
        user_report::{ReportChannel, UserReport},
    },
    net::Dialer,
    render::{ReporterText, reporter_mail},
    store::{Reads, StoreError},
};

/// Sends mails to reporters.
pub(super) struct ReporterAdapter;

/// One mail with the settings of the server.
pub(super) struct ReporterCall {
    mail: Box<OutgoingMail>,
    config: Arc<Config>,
}

impl Adapter for ReporterAdapter {
    type Effect = ReportEffect;
    type Call = ReporterCall;

    fn prepare(
        &self,
        cx: &PrepareContext,
        reads: &Reads<'_>,
        effect: &ReportEffect,
    ) -> Result<PreparedCall<ReporterCall>, StoreError> {
        let ReportEffect::MailReporter { report, mail } = effect;
        let Some(report) = reads.user_report(*report)? else { return Ok(PreparedCall::Skip(SkipReason::NoSubject)) };
        // Erased since, or no mail is sent any more.
        let Some(address) = report.address.clone() else { return Ok(PreparedCall::Skip(SkipReason::StateChanged)) };
        if cx.config.contact.mail.is_none() {
            return Ok(PreparedCall::Skip(SkipReason::NoContactMethod));
        }
        let Some(text) = text(cx, reads, &report, *mail)? else {
            return Ok(PreparedCall::Skip(SkipReason::StateChanged));
        };
        let rendered = reporter_mail(&cx.app.renderer, &text)
            .map_err(|error| StoreError::Corrupt(format!("the mail to a reporter: {error}")))?;
        let mail = OutgoingMail {
            to: address,
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            key: cx.key.to_string(),
            thread: Some(UserReport::stream(report.id)),
            answers: if report.channel == ReportChannel::Mail { report.reference.clone() } else { None },
            token: None,
            urgent: false,
            date: cx.now,
            attachments: Vec::new(),
        };
        Ok(PreparedCall::Call(ReporterCall { mail: Box::new(mail), config: Arc::clone(&cx.config) }))
    }

    async fn send(&self, call: ReporterCall, _now: Timestamp) -> Outcome<Receipt> {
        let ReporterCall { mail, config } = call;
        match &config.contact.mail {
            Some(settings) => {
                mail::send(settings, &Dialer::through(&config.net), &mail).await.map(|_| Receipt::Nothing)
            }
            None => Outcome::Skipped(SkipReason::NoContactMethod),
        }
    }
}

/// Reads what a mail says; `None` if that is not so any more. Until the address is verified nothing that somebody wrote is sent
/// to it.
fn text(
    cx: &PrepareContext,
    reads: &Reads<'_>,
    report: &UserReport,
    mail: ReporterMail,
) -> Result<Option<ReporterText>, StoreError> {
    let url = &cx.config.server.public_url;
    let base = ReporterText {
        about: mail.name(),
        number: report.number,
        site: cx.config.status_page.name.clone(),
        status_url: format!("{url}/status"),
        ..ReporterText::default()
    };
    let text = match mail {
        ReporterMail::Verify => {
            let token = reads.signing_key()?.map(|key| key.reporter_token(report.id)).unwrap_or_default();
            let hours = cx.config.reports.policy.verify_within.as_secs().div_ceil(3_600);
            ReporterText { link: format!("{url}/report-incident/verify/{token}"), hours, ..base }
        }
        ReporterMail::Received => ReporterText { title: report.title.clone(), ..base },
        ReporterMail::Outcome => {
            let incident = user_reports::public_incident(reads, report)?;
            let posted = incident.filter(|incident| incident.public.posted && incident.kind == IncidentKind::Real);
            let public_title = posted.and_then(|incident| incident.public.title).unwrap_or_default();
            let (title, answer) = (report.title.clone(), report.answer.clone().unwrap_or_default());
            ReporterText { title, public_title, answer, ..base }
        }
        ReporterMail::Published | ReporterMail::Resolved => {
            let incident = user_reports::public_incident(reads, report)?;
            let shown = incident.map(|incident| reads.public_incident(incident.id)).transpose()?.flatten();
            // Solved before the first mail was sent, or not solved any more: the other mail says what is so.
            match shown {
                Some(shown) if shown.is_over() == (mail == ReporterMail::Resolved) => {
                    ReporterText { title: report.title.clone(), public_title: shown.name, ..base }
                }
                Some(_) | None => return Ok(None),
            }
        }
    };
    Ok(Some(text))
}
