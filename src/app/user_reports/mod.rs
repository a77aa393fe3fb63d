//! Reports from users: taken in, verified, decided, and erased when they are not needed any more.

mod outside;

use std::time::Duration;

use super::{App, Context};
use crate::{
    contact::mail::parse_address,
    domain::{
        contact::MethodKind,
        effect::{Effect, EffectKey, ReportEffect, ReporterMail},
        event::{Event, SystemEvent},
        ids::{IncidentId, PersonId, UserReportId},
        incident::Incident,
        people::Actor,
        refusal::{Refusal, ReportRefusal},
        text::Untrusted,
        user_report::{
            self, NewUserReport, ReportChange, ReportChannel, ReportForm, ReportState, UserReport, UserReportCommand,
        },
    },
    store::{Append, Reads, StoreError, Tx},
};

pub use outside::DeskReport;

/// The span of the limits.
const SPAN: Duration = Duration::from_secs(3_600);
/// Who acts on reports of the public form, in the audit log.
const FORM: &str = "report form";
/// The most reports from one mail address in that span. Further ones are answered in the same way and are not kept.
const PER_ADDRESS: u64 = 3;

/// What a reporter writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportDraft {
    /// What is wrong, in one line.
    pub title: Untrusted,
    /// What the reporter noticed.
    pub details: Untrusted,
    /// The name of the reporter.
    pub name: Untrusted,
    /// The mail address of the reporter, as it was written; blank if there is none.
    pub address: String,
}

/// The report after a command, or why it was refused.
pub type UserReportResult = Result<UserReport, Refusal>;

impl App {
    /// Takes in a report of the form of somebody who is signed in. The reporter is informed at the mail address that the
    /// person has verified, if there is one.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn report_as(
        &self,
        person: PersonId,
        draft: ReportDraft,
        request: String,
    ) -> Result<UserReportResult, StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let act = move |tx: &mut Tx<'_>| {
            let actor = Actor::Person(person.clone());
            let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
            add(tx, cx, &person, draft.clone())
        };
        self.store.transact(act).await
    }

    /// Takes in a report of the public form. Returns nothing of it: the answer is the same for every mail address.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn report_unverified(
        &self,
        draft: ReportDraft,
        request: String,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let act = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine(FORM.to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
            Ok(add_unverified(tx, cx, draft.clone())?.map(|_| ()))
        };
        self.store.transact(act).await
    }

    /// Verifies the mail address of a report by the token of the link. `None` if the token is for no report.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn verify_report(&self, token: String, request: String) -> Result<Option<u32>, StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let act = move |tx: &mut Tx<'_>| {
            let report = tx.signing_key()?.and_then(|key| key.report_of(&token));
            let Some(report) = report.map(|id| tx.user_report(id)).transpose()?.flatten() else { return Ok(None) };
            let actor = Actor::Machine(FORM.to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
            let verified = change(tx, cx, &report, UserReportCommand::Verify)?;
            Ok(verified.ok().map(|report| report.number))
        };
        self.store.transact(act).await
    }
}

/// Takes in a report of somebody who is signed in.
pub fn add(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    person: &PersonId,
    draft: ReportDraft,
) -> Result<UserReportResult, StoreError> {
    if !cx.config.reports.policy.on {
        return Ok(Err(ReportRefusal::ReportsOff.into()));
    }
    let methods = tx.contact_methods_of(person)?;
    let mail = methods.into_iter().find(|method| method.kind == MethodKind::Mail && method.is_usable());
    let address = mail.map(|method| method.address);
    let new = NewUserReport { person: Some(person.clone()), ..new(cx, ReportChannel::Console, draft, address) };
    take_in(tx, cx, new)
}

/// Takes in a report of somebody who is not signed in, which waits until the mail address is verified. `None`: it is not
/// kept, because too many came from this address; nobody but the owner of the address may learn that.
pub fn add_unverified(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    draft: ReportDraft,
) -> Result<Result<Option<UserReport>, Refusal>, StoreError> {
    if cx.config.reports.policy.form != ReportForm::Public {
        return Ok(Err(ReportRefusal::ReportsOff.into()));
    }
    let address = match address(&draft.address) {
        Ok(Some(address)) => address,
        Ok(None) => return Ok(Err(ReportRefusal::BadReporterAddress.into())),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let since = cx.now - SPAN;
    if tx.count_user_reports(ReportChannel::Form, since)? >= cx.config.reports.policy.per_hour as u64 {
        return Ok(Err(ReportRefusal::TooManyReports.into()));
    }
    let repeated = tx.count_user_reports_from(&address, since)? >= PER_ADDRESS;
    let new = NewUserReport { unverified: true, ..new(cx, ReportChannel::Form, draft, Some(address)) };
    if repeated {
        // Its texts are checked all the same: the answer does not depend on the address.
        return Ok(user_report::new_user_report(new, cx.now).map(|_| None));
    }
    // The link in the mail is signed.
    tx.make_signing_key()?;
    Ok(take_in(tx, cx, new)?.map(Some))
}

fn new(cx: Context<'_>, channel: ReportChannel, draft: ReportDraft, address: Option<String>) -> NewUserReport {
    let ReportDraft { title, details, name, address: _ } = draft;
    NewUserReport {
        id: UserReportId::new(cx.now),
        channel,
        title,
        details,
        person: None,
        name,
        address,
        reference: None,
        unverified: false,
    }
}

/// Reads a mail address; `None` if nothing was written.
fn address(text: &str) -> Result<Option<String>, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    match parse_address(text) {
        Ok(address) => Ok(Some(address.to_string().to_lowercase())),
        Err(_) => Err(ReportRefusal::BadReporterAddress.into()),
    }
}

fn take_in(tx: &mut Tx<'_>, cx: Context<'_>, new: NewUserReport) -> Result<UserReportResult, StoreError> {
    match user_report::new_user_report(new, cx.now) {
        Ok(report) => {
            // Only what is kept takes a number.
            let report = UserReport { number: tx.next_user_report_number()?, ..report };
            write(tx, cx, &report, ReportChange::Received)?;
            Ok(Ok(report))
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// A report that people see. One that is not verified does not exist for them.
pub fn by_number(reads: &Reads<'_>, number: u32) -> Result<UserReportResult, StoreError> {
    let found = reads.user_report_by_number(number)?;
    let found = found.filter(|report| report.state != ReportState::Unverified);
    Ok(found.ok_or_else(|| ReportRefusal::UnknownReport { number }.into()))
}

/// Gives a command to a report.
pub fn change(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    report: &UserReport,
    command: UserReportCommand,
) -> Result<UserReportResult, StoreError> {
    match user_report::decide_user_report(report, command, cx.now, cx.actor) {
        Ok(Some((after, change))) => {
            write(tx, cx, &after, change)?;
            Ok(Ok(after))
        }
        Ok(None) => Ok(Ok(report.clone())),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Deletes what nobody verified, and erases the reporter some time after the decision.
pub(in crate::app) fn on_wake(tx: &mut Tx<'_>, cx: Context<'_>, id: UserReportId) -> Result<(), StoreError> {
    let Some(report) = tx.user_report(id)? else { return Ok(()) };
    let Some(due) = user_report::next_user_report_check(&report, &cx.config.reports.policy) else { return Ok(()) };
    if due > cx.now {
        // The settings have changed, or the clock was set back.
        let key = EffectKey(format!("{}/timer/{}", UserReport::stream(id), cx.now.timestamp_millis()));
        let timer = crate::domain::effect::Timer::UserReportDue { report: id };
        return tx.enqueue(&key, &timer.into(), due).map(|_| ());
    }
    if report.state == ReportState::Unverified {
        tx.delete_user_report(id)?;
        return note(tx, cx, &report, ReportChange::Deleted).map(|_| ());
    }
    match change(tx, cx, &report, UserReportCommand::Erase)? {
        Ok(_) => Ok(()),
        Err(refusal) => {
            tracing::debug!(%id, %refusal, "a timer of a report had nothing to do");
            Ok(())
        }
    }
}

/// Writes to those who reported an incident, once when customers first read about it and once when they read that it is over.
/// Who reads it is in `answerable_user_reports`; what they read is decided when it is sent.
pub(in crate::app) fn on_public_post(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: IncidentId,
    mail: ReporterMail,
) -> Result<(), StoreError> {
    if cx.config.contact.mail.is_none() {
        return Ok(());
    }
    for report in tx.answerable_user_reports(incident)? {
        let key = EffectKey(format!("{}/{}", UserReport::stream(report), mail.name()));
        tx.enqueue(&key, &ReportEffect::MailReporter { report, mail }.into(), cx.now)?;
    }
    Ok(())
}

/// The incident of a report, if everyone may know of it.
pub fn public_incident(reads: &Reads<'_>, report: &UserReport) -> Result<Option<Incident>, StoreError> {
    let incident = report.incident.map(|incident| reads.incident(incident)).transpose()?.flatten();
    Ok(incident.filter(|incident| !incident.private))
}

fn write(tx: &mut Tx<'_>, cx: Context<'_>, report: &UserReport, change: ReportChange) -> Result<(), StoreError> {
    tx.save_user_report(report)?;
    let seq = note(tx, cx, report, change)?;
    let effects = user_report::user_report_effects(report, change, &cx.config.reports.policy, cx.now);
    for (n, plan) in effects.into_iter().enumerate() {
        // Without a mail server nobody is written to.
        if matches!(plan.effect, Effect::Report(_)) && cx.config.contact.mail.is_none() {
            continue;
        }
        tx.enqueue(&EffectKey::new(&UserReport::stream(report.id), seq, n), &plan.effect, plan.due)?;
    }
    Ok(())
}

/// Writes to the audit log what happened. Returns the number of the event.
fn note(tx: &mut Tx<'_>, cx: Context<'_>, report: &UserReport, change: ReportChange) -> Result<u64, StoreError> {
    let stream = UserReport::stream(report.id);
    let event =
        SystemEvent::UserReportChanged { report: report.id, number: report.number, change, incident: report.incident };
    let append = Append { stream: &stream, expected_seq: None, actor: cx.actor, at: cx.now, request: cx.request };
    let recorded = tx.append(&append, &[Event::System(event)])?;
    Ok(recorded.last().map_or(0, |recorded| recorded.seq))
}
