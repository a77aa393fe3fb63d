//! Writes the offline on-call sheet, signed so that `minisign -V` verifies it.

use std::{
    fs::{self, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::Serialize;

use crate::{
    app::{
        App, Context,
        oncall::sheet::{self, Sheet},
    },
    domain::{Timestamp, people::Actor},
    store::{Reads, StoreError},
};

/// How often it is checked whether something has changed.
pub const EVERY: Duration = Duration::from_secs(60);
/// The name of the file; the signature and the public key are beside it.
const FILE: &str = "oncall.html";
/// The key in the database: a key id of 8 bytes and a seed of 32, as hex.
const KEY: &str = "offline_copy";
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
}

/// Keeps the last sheet, so that the file is written only when something has changed.
#[derive(Debug, Default)]
pub struct OfflineCopy {
    written: Option<Sheet>,
}

#[derive(Serialize)]
struct SheetView<'a> {
    written: String,
    #[serde(flatten)]
    sheet: &'a Sheet,
}

impl OfflineCopy {
    /// Writes the sheet if it has changed since the last time. Returns whether it was written; false without a folder.
    ///
    /// # Errors
    /// [`OfflineCopyError`]; the next call tries again.
    pub async fn write(&mut self, app: &App) -> Result<bool, OfflineCopyError> {
        let config = app.config.current();
        let Some(settings) = config.offline_copy.clone() else { return Ok(false) };
        let now = app.clock.now();
        let read = move |reads: &Reads<'_>| {
            let actor = Actor::Machine("offline copy".to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: "offline copy", expect: None };
            sheet::gather(reads, cx, settings.contacts)
        };
        let sheet = app.store.read(read).await?;
        if self.written.as_ref() == Some(&sheet) {
            return Ok(false);
        }
        check_folder(&settings.folder)?;
        let key = signing_key(app).await?;
        let written = now.format("%Y-%m-%d %H:%M UTC").to_string();
        let html = app.renderer.render("offline/sheet.html", SheetView { written, sheet: &sheet })?;
        let signature = key.signature(html.as_bytes(), now);
        for (name, text) in [(FILE, html), ("oncall.html.minisig", signature), ("oncall.pub", key.public())] {
            replace(&settings.folder, name, &text)
                .map_err(|error| OfflineCopyError::Folder(format!("{name} cannot be written: {error}")))?;
        }
        self.written = Some(sheet);
        Ok(true)
    }
}

/// Refuses a folder that is missing, or that everybody on the machine can read.
///
/// # Errors
/// [`OfflineCopyError::Folder`] says what to do.
pub fn check_folder(folder: &Path) -> Result<(), OfflineCopyError> {
    let shown = folder.display();
    let wrong = |what: String| Err(OfflineCopyError::Folder(what));
    match fs::metadata(folder) {
        Err(error) => wrong(format!("the folder {shown} cannot be used: {error}; create it: mkdir -m 0750 -p {shown}")),
        Ok(found) if !found.is_dir() => wrong(format!("{shown} is no folder")),
        Ok(found) if found.permissions().mode() & 0o007 != 0 => {
            wrong(format!("everybody on this machine can read the folder {shown}; run: chmod o-rwx {shown}"))
        }
        Ok(_) => Ok(()),
    }
}

/// Writes a file that only its owner can read, as a whole: whoever copies it meanwhile gets the old one or the new one.
fn replace(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let fresh = folder.join(format!(".{name}.new"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, folder.join(name))
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
