//! The part of `hotroom check` that tries `[mail]`: connects, encrypts and logs in, and sends nothing.

use crate::{
    cli::{Exit, Report},
    config::Config,
    contact::mail::{MailSettings, examine_mailbox, examine_server},
    net::Dialer,
};

/// Tries the mail server and the mailbox for bounces, if they are configured.
pub(super) fn check(config: &Config, report: &mut Report) {
    let Some(settings) = &config.contact.mail else { return };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report.find(Exit::Failed, format!("cannot start: {error}")),
    };
    runtime.block_on(examine(settings, &Dialer::through(&config.net), report));
}

async fn examine(settings: &MailSettings, dialer: &Dialer, report: &mut Report) {
    match examine_server(settings, dialer).await {
        Ok(said) => report.say(format!("[mail]: {said}")),
        Err(why) => report.find(Exit::Failed, format!("[mail] {}: {why}", settings.server)),
    }
    match &settings.bounces {
        Some(bounces) => match examine_mailbox(bounces.into(), dialer).await {
            Ok(said) => report.say(format!("[mail.bounces]: {said}")),
            Err(why) => report.find(Exit::Failed, format!("[mail.bounces] {}: {why}", bounces.server)),
        },
        None => report.say(
            "[mail] has no bounces: a message that comes back later is not noticed; only what the mail server refuses at \
             once counts as failed",
        ),
    }
}
