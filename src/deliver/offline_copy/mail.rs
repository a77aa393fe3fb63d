//! The sheet by mail.

use sha2::{Digest, Sha256};

use super::{OfflineCopyError, SignedSheet};
use crate::{
    app::App,
    contact::mail::{self, MailAttachment, MailSettings, OutgoingMail},
    domain::{Timestamp, effect::Outcome},
    net::Dialer,
};

/// Sends the sheet to each address. One that the server refuses does not keep it from the others.
pub(super) async fn send(
    app: &App,
    settings: &MailSettings,
    dialer: &Dialer,
    to: &[String],
    sheet: &SignedSheet,
) -> Result<(), OfflineCopyError> {
    let text = app.renderer.render("offline/mail.txt", serde_json::json!({ "written": sheet.written }))?;
    let subject = app.renderer.render("offline/subject.txt", serde_json::json!({ "written": sheet.written }))?;
    let mut failures = Vec::new();
    for address in to {
        let message = OutgoingMail {
            to: address.clone(),
            subject: subject.trim().to_owned(),
            text: text.clone(),
            html: sheet.html.clone(),
            key: key(address, sheet),
            thread: None,
            answers: None,
            token: None,
            urgent: false,
            date: sheet.at,
            attachments: attachments(sheet),
        };
        match mail::send(settings, dialer, &message).await {
            // A repeat would be worse than a copy that is an hour older.
            Outcome::Delivered(_) | Outcome::Skipped(_) | Outcome::Unknown { .. } => {}
            Outcome::Retry { why, .. } | Outcome::Rejected { why } => failures.push(why),
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(OfflineCopyError::Mail(failures.join("; "))) }
}

/// The same for each attempt to send a sheet to an address.
fn key(address: &str, sheet: &SignedSheet) -> String {
    format!("offline_copy/{}", hex::encode(Sha256::digest(format!("{address}\0{}", sheet.html))))
}

fn attachments(sheet: &SignedSheet) -> Vec<MailAttachment> {
    let attachment = |file: super::SheetFile<'_>| MailAttachment {
        name: file.name,
        content_type: file.content_type,
        content: file.text.as_bytes().to_vec(),
    };
    sheet.files().into_iter().map(attachment).collect()
}

/// What is remembered of the sheet that was mailed last: when, and a hash of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MailedSheet {
    pub(super) at: Timestamp,
    pub(super) hash: String,
}

impl MailedSheet {
    /// Parses the stored form.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (millis, hash) = text.split_once(' ')?;
        Some(Self { at: Timestamp::from_timestamp_millis(millis.parse().ok()?)?, hash: hash.to_owned() })
    }

    /// The stored form.
    pub(super) fn stored(&self) -> String {
        format!("{} {}", self.at.timestamp_millis(), self.hash)
    }
}
