//! Writes the offline on-call sheet, signed so that `minisign -V` verifies it: to a folder, to a bucket, and by mail.

mod bucket;
mod folder;
mod mail;

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::Serialize;
use sha2::{Digest, Sha256};

pub use folder::check_folder;

use crate::{
    app::{
        App, Context,
        oncall::sheet::{self, Sheet},
    },
    config::{BucketConfig, Config},
    domain::{Timestamp, people::Actor},
    net::{Dialer, HttpClient, HttpClients},
    store::{Reads, StoreError, Tx},
};

use self::{bucket::Bucket, mail::MailedSheet};

/// How often it is checked whether something has changed.
pub const EVERY: Duration = Duration::from_secs(60);
/// How long after one mail the next one is sent at the earliest: incidents change often.
const MAIL_EVERY: TimeDelta = TimeDelta::hours(1);
/// The name of the file; the signature and the public key are beside it.
const FILE: &str = "oncall.html";
/// The key in the database: a key id of 8 bytes and a seed of 32, as hex.
const KEY: &str = "offline_copy";
/// The stored value about the sheet that was mailed last.
const MAILED: &str = "offline_copy_mailed";
const ID_BYTES: usize = 8;
const KEY_BYTES: usize = ID_BYTES + 32;

/// Why the sheet was not written.
#[derive(Debug, thiserror::Error)]
pub enum OfflineCopyError {
    /// The database cannot be read.
    #[error("the database cannot be read: {0}")]
    Store(#[from] StoreError),
    /// The template fails.
    #[error("{0}")]
    Template(#[from] crate::render::RenderError),
    /// The folder or a file cannot be used.
    #[error("{0}")]
    Folder(String),
    /// The bucket cannot be used.
    #[error("{0}")]
    Bucket(String),
    /// The mail was not taken.
    #[error("the sheet was not mailed: {0}")]
    Mail(String),
}

/// Keeps the last sheet of each place, so that it is written only when something has changed.
#[derive(Default)]
pub struct OfflineCopy {
    clients: HttpClients,
    folder: Option<Sheet>,
    bucket: Option<Sheet>,
}

#[derive(Serialize)]
struct SheetView<'a> {
    written: String,
    #[serde(flatten)]
    sheet: &'a Sheet,
}

/// A sheet with its signature.
struct SignedSheet {
    at: Timestamp,
    written: String,
    html: String,
    signature: String,
    public_key: String,
}

/// A file of a sheet.
#[derive(Clone, Copy)]
struct SheetFile<'a> {
    name: &'static str,
    content_type: &'static str,
    text: &'a str,
}

impl SignedSheet {
    fn files(&self) -> [SheetFile<'_>; 3] {
        let text = |name, text| SheetFile { name, content_type: "text/plain; charset=utf-8", text };
        [
            SheetFile { name: FILE, content_type: "text/html; charset=utf-8", text: &self.html },
            text("oncall.html.minisig", &self.signature),
            text("oncall.pub", &self.public_key),
        ]
    }
}

impl OfflineCopy {
    /// Writes the sheet to each place where it has changed since the last time. Returns whether it was written anywhere.
    ///
    /// # Errors
    /// [`OfflineCopyError`] of the first place that failed; the others were tried, and the next call tries again.
    pub async fn write(&mut self, app: &App) -> Result<bool, OfflineCopyError> {
        let config = app.config.current();
        let Some(settings) = &config.offline_copy else { return Ok(false) };
        let now = app.clock.now();
        let whole = gather(app, settings.contacts).await?;
        // What leaves the machine shows nothing of private incidents unless that is configured.
        let outside = if settings.private { whole.clone() } else { whole.clone().without_private() };
        let folder = self.write_folder(app, &config, &whole).await;
        let bucket = self.write_bucket(app, &config, &outside).await;
        let mailed = send_mail(app, &config, &outside, now).await;
        Ok(folder? | bucket? | mailed?)
    }

    async fn write_folder(&mut self, app: &App, config: &Config, sheet: &Sheet) -> Result<bool, OfflineCopyError> {
        let folder = config.offline_copy.as_ref().and_then(|settings| settings.folder.as_ref());
        let Some(folder) = folder else { return Ok(false) };
        if self.folder.as_ref() == Some(sheet) {
            return Ok(false);
        }
        folder::write(folder, &sign(app, sheet).await?)?;
        self.folder = Some(sheet.clone());
        Ok(true)
    }

    async fn write_bucket(&mut self, app: &App, config: &Config, sheet: &Sheet) -> Result<bool, OfflineCopyError> {
        let bucket = config.offline_copy.as_ref().and_then(|settings| settings.bucket.as_ref());
        let Some(bucket) = bucket else { return Ok(false) };
        if self.bucket.as_ref() == Some(sheet) {
            return Ok(false);
        }
        let http = self.clients.client(&config.net).map_err(|why| OfflineCopyError::Bucket(why.to_string()))?;
        Bucket::new(bucket, &http, app.clock.now()).write(&sign(app, sheet).await?).await?;
        self.bucket = Some(sheet.clone());
        Ok(true)
    }
}

/// Checks that a bucket can be written and that not everybody can read it.
///
/// # Errors
/// [`OfflineCopyError::Bucket`] says what to do.
pub async fn check_bucket(bucket: &BucketConfig, http: &HttpClient, now: Timestamp) -> Result<(), OfflineCopyError> {
    Bucket::new(bucket, http, now).check_private().await
}

/// Mails the sheet if it has changed since the last mail, at most once an hour.
async fn send_mail(app: &App, config: &Config, sheet: &Sheet, now: Timestamp) -> Result<bool, OfflineCopyError> {
    let (Some(settings), Some(server)) = (&config.offline_copy, &config.contact.mail) else { return Ok(false) };
    if settings.mail.is_empty() {
        return Ok(false);
    }
    let hash = hex::encode(Sha256::digest(serde_json::to_vec(sheet).unwrap_or_default()));
    let last = app.store.read(|reads| reads.meta(MAILED)).await?.and_then(|text| MailedSheet::parse(&text));
    if last.is_some_and(|last| last.hash == hash || now - last.at < MAIL_EVERY) {
        return Ok(false);
    }
    let dialer = Dialer::through(&config.net);
    mail::send(app, server, &dialer, &settings.mail, &sign(app, sheet).await?).await?;
    let stored = MailedSheet { at: now, hash }.stored();
    app.store.transact(move |tx: &mut Tx<'_>| tx.set_meta(MAILED, Some(&stored))).await?;
    Ok(true)
}

async fn gather(app: &App, contacts: bool) -> Result<Sheet, OfflineCopyError> {
    let (config, now) = (app.config.current(), app.clock.now());
    let read = move |reads: &Reads<'_>| {
        let actor = Actor::Machine("offline copy".to_owned());
        let cx = Context { config: &config, now, actor: &actor, request: "offline copy", expect: None };
        sheet::gather(reads, cx, contacts)
    };
    Ok(app.store.read(read).await?)
}

/// Renders a sheet and signs it.
async fn sign(app: &App, sheet: &Sheet) -> Result<SignedSheet, OfflineCopyError> {
    let at = app.clock.now();
    let written = at.format("%Y-%m-%d %H:%M UTC").to_string();
    let html = app.renderer.render("offline/sheet.html", SheetView { written: written.clone(), sheet })?;
    let key = signing_key(app).await?;
    let signature = key.signature(html.as_bytes(), at);
    Ok(SignedSheet { at, written, html, signature, public_key: key.public() })
}

/// The key that signs sheets.
struct SheetKey {
    id: [u8; ID_BYTES],
    pair: Ed25519KeyPair,
}

async fn signing_key(app: &App) -> Result<SheetKey, OfflineCopyError> {
    let stored = app.store.read(|reads| reads.own_key(KEY)).await?;
    let stored = match stored {
        Some(stored) => stored,
        None => {
            let mut random = [0u8; KEY_BYTES];
            getrandom::fill(&mut random)
                .map_err(|error| OfflineCopyError::Folder(format!("there are no random bytes: {error}")))?;
            let fresh = hex::encode(random);
            app.store.transact(move |tx| tx.add_own_key(KEY, &fresh)).await?
        }
    };
    let unreadable = || OfflineCopyError::Folder("the key of the offline copy in the database is damaged".to_owned());
    let bytes = hex::decode(stored).map_err(|_| unreadable())?;
    let (id, seed) = bytes.split_at_checked(ID_BYTES).ok_or_else(unreadable)?;
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| unreadable())?;
    Ok(SheetKey { id: id.try_into().map_err(|_| unreadable())?, pair })
}

impl SheetKey {
    /// The signature in minisign's format: over the file, and over that signature with the trusted comment
    /// (<https://jedisct1.github.io/minisign/>).
    fn signature(&self, text: &[u8], now: Timestamp) -> String {
        let signed = self.pair.sign(text);
        let comment = format!("timestamp:{}\tfile:{FILE}", now.timestamp());
        let whole = self.pair.sign(&[signed.as_ref(), comment.as_bytes()].concat());
        let line = self.line(signed.as_ref());
        format!(
            "untrusted comment: on-call sheet of hotroom\n{line}\ntrusted comment: {comment}\n{}\n",
            STANDARD.encode(whole)
        )
    }

    /// The public key in minisign's format.
    fn public(&self) -> String {
        let line = self.line(self.pair.public_key().as_ref());
        format!("untrusted comment: minisign public key of hotroom's on-call sheet\n{line}\n")
    }

    fn line(&self, bytes: &[u8]) -> String {
        STANDARD.encode([b"Ed".as_slice(), &self.id, bytes].concat())
    }
}
