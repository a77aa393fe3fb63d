//! Sends a message, and tries the settings without sending one.

use lettre::transport::smtp::commands::{Mail, Rcpt};

use super::{
    MailEncryption, MailSettings, OutgoingMail,
    dialogue::{SmtpDialogue, SmtpFailure, SmtpStep, quote},
    message::Letter,
};
use crate::{domain::effect::Outcome, net::Dialer};

/// Makes one attempt to send a message. Returns the server's reply to it, which usually names it as the server's log does.
pub async fn send(settings: &MailSettings, dialer: &Dialer, mail: &OutgoingMail) -> Outcome<String> {
    let letter = match mail.compose(settings) {
        Ok(letter) => letter,
        Err(why) => return Outcome::Rejected { why },
    };
    let mut step = SmtpStep::Connection;
    let attempt = deliver(settings, dialer, &letter, &mut step);
    let result = tokio::time::timeout(settings.timeout, attempt).await;
    match result.unwrap_or_else(|_| Err(SmtpFailure::Broken("no answer in time".to_owned()))) {
        Ok(reply) => Outcome::Delivered(reply),
        Err(failure) => outcome(failure, step),
    }
}

async fn deliver(
    settings: &MailSettings,
    dialer: &Dialer,
    letter: &Letter,
    step: &mut SmtpStep,
) -> Result<String, SmtpFailure> {
    let mut dialogue = open(settings, dialer, step).await?;
    dialogue.command(SmtpStep::Sender, Mail::new(Some(letter.sender.clone()), Vec::new())).await?;
    dialogue.command(SmtpStep::Recipient, Rcpt::new(letter.recipient.clone(), Vec::new())).await?;
    let reply = dialogue.content(&letter.content).await?;
    dialogue.quit().await;
    let text: Vec<&str> = reply.message().collect();
    Ok(quote(&text.join(" ")))
}

async fn open<'a>(
    settings: &MailSettings,
    dialer: &Dialer,
    step: &'a mut SmtpStep,
) -> Result<SmtpDialogue<'a>, SmtpFailure> {
    let hello = settings.from.email.domain();
    SmtpDialogue::open(&settings.server, settings.login.as_ref(), hello, dialer, step).await
}

/// What a failure means for the message.
fn outcome(failure: SmtpFailure, step: SmtpStep) -> Outcome<String> {
    let why = failure.to_string();
    match failure {
        SmtpFailure::Blocked(_) | SmtpFailure::Refusal { permanent: true, .. } => Outcome::Rejected { why },
        SmtpFailure::Refusal { permanent: false, .. } => Outcome::Retry { after_ms: None, why },
        SmtpFailure::Broken(_) if step == SmtpStep::FinalDot => {
            Outcome::Unknown { why: format!("{why}; the message had been sent, and may have been taken") }
        }
        SmtpFailure::Broken(_) => Outcome::Retry { after_ms: None, why: format!("{why}; nothing was sent") },
    }
}

/// Connects, encrypts and logs in as for a message, and sends none. Returns what was proven.
///
/// # Errors
/// Says what failed.
pub async fn examine_server(settings: &MailSettings, dialer: &Dialer) -> Result<String, String> {
    let mut step = SmtpStep::Connection;
    let attempt = async {
        open(settings, dialer, &mut step).await?.quit().await;
        Ok::<_, SmtpFailure>(())
    };
    let result = tokio::time::timeout(settings.timeout, attempt).await;
    result.unwrap_or_else(|_| Err(SmtpFailure::Broken("no answer in time".to_owned()))).map_err(|f| f.to_string())?;
    let encryption = match settings.server.encryption {
        MailEncryption::StartTls => "with STARTTLS",
        MailEncryption::Tls => "with TLS",
        MailEncryption::None => "without encryption",
    };
    let login =
        settings.login.as_ref().map_or_else(String::new, |login| format!(" and accepts the login of {}", login.user));
    Ok(format!("the mail server {} answers {encryption}{login}", settings.server))
}
