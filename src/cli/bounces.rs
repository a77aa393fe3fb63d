//! The loop that reads the mailbox for bounces (`[mail.bounces]`).

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use crate::{
    app::App,
    contact::mail::{BounceSettings, MailboxCount, read_bounces},
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
