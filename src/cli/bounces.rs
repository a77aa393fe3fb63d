//! The loops that read mailboxes: for bounces (`[mail.bounces]`) and for reports (`[reports.mail]`).

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use crate::{
    app::App,
    contact::mail::{BounceSettings, MailboxCount, ReportMailbox, read_bounces, read_incoming},
    net::Dialer,
};

/// How long the loop waits while no mailbox is configured, or sending is paused.
const IDLE: Duration = Duration::from_secs(60);

/// Reads the mailbox until `stop`.
pub async fn watch_bounces(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut last = None;
    while !*stop.borrow() {
        let wait = tokio::select! {
            _ = stop.changed() => return,
            wait = visit(&app, &mut last) => wait,
        };
        tokio::select! {
            _ = stop.changed() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Reads the mailbox once, if there is one. Returns how long to wait for the next time.
async fn visit(app: &App, last: &mut Option<String>) -> Duration {
    let config = app.config.current();
    let Some(settings) = config.contact.mail.as_ref().and_then(|mail| mail.bounces.as_ref()) else { return IDLE };
    // A copy of the database that sends nothing must not take away reports of what the original has sent.
    if !matches!(app.store.read(|reads| reads.sending_paused()).await, Ok(None)) {
        return IDLE;
    }
    let trouble = read_mailbox(app, settings).await.err();
    if *last != trouble {
        match &trouble {
            Some(why) => tracing::warn!(why, "the mailbox of [mail.bounces] cannot be read"),
            None => tracing::info!("the mailbox of [mail.bounces] can be read again"),
        }
        last.clone_from(&trouble);
    }
    metrics::gauge!("hotroom_mail_bounces_ok").set(u8::from(trouble.is_none()));
    settings.interval
}

/// Reads the mailbox and takes in the bounces, which are marked as seen once they are stored.
///
/// # Errors
/// Says why the mailbox cannot be read.
pub async fn read_mailbox(app: &App, settings: &BounceSettings) -> Result<MailboxCount, String> {
    let dialer = Dialer::through(&app.config.current().net);
    read_bounces(settings, &dialer, |bounces| async {
        match app.note_bounces(bounces).await {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%error, "bounces could not be stored; they are read again");
                false
            }
        }
    })
    .await
}

/// Reads the mailbox for reports until `stop`.
pub async fn watch_reports(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut last = None;
    while !*stop.borrow() {
        let wait = tokio::select! {
            _ = stop.changed() => return,
            wait = visit_reports(&app, &mut last) => wait,
        };
        tokio::select! {
            _ = stop.changed() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Reads the mailbox for reports once, if there is one. Returns how long to wait for the next time.
async fn visit_reports(app: &App, last: &mut Option<String>) -> Duration {
    let config = app.config.current();
    let Some(settings) = &config.reports.mailbox else { return IDLE };
    // A copy of the database that sends nothing must not take away what people wrote to the original.
    if !matches!(app.store.read(|reads| reads.sending_paused()).await, Ok(None)) {
        return IDLE;
    }
    let trouble = read_report_mailbox(app, settings).await.err();
    if *last != trouble {
        match &trouble {
            Some(why) => tracing::warn!(why, "the mailbox of [reports.mail] cannot be read"),
            None => tracing::info!("the mailbox of [reports.mail] can be read again"),
        }
        last.clone_from(&trouble);
    }
    metrics::gauge!("hotroom_report_mailbox_ok").set(u8::from(trouble.is_none()));
    settings.interval
}

/// Reads the mailbox and takes in the reports, which are marked as seen once they are stored.
///
/// # Errors
/// Says why the mailbox cannot be read.
pub async fn read_report_mailbox(app: &App, settings: &ReportMailbox) -> Result<MailboxCount, String> {
    let config = app.config.current();
    let own = config.contact.mail.as_ref().map(|mail| mail.from.email.to_string()).unwrap_or_default();
    read_incoming(settings, &own, &Dialer::through(&config.net), |reports| async {
        match app.note_mailed_reports(reports).await {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%error, "reports by mail could not be stored; they are read again");
                false
            }
        }
    })
    .await
}
