//! A file beside the database that reserves disk space.
//!
//! On a full disk SQLite can neither delete rows nor copy its log into the file. Releasing the reserve makes room for that
//! and for the bot's urgent writes: settling pages, pruning.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::paths::beside;

/// The sizes that are tried, the largest first. The first is twice the log's usual size, so that copying it always fits;
/// the last is for tiny disks.
const SIZES: [u64; 3] = [8 << 20, 1 << 20, 128 << 10];

/// Free space that must be left when the reserve is restored. Without it the very next write could find the disk full
/// again, even an urgent one.
const MARGIN: u64 = 256 << 10;

/// The ending of the file's name. Files of earlier versions have it, so it stays.
const ENDING: &str = ".ballast";

/// The reserve file, and when it may be restored.
#[derive(Debug)]
pub(in crate::store) struct DiskReserve {
    path: PathBuf,
    size: u64,
    present: bool,
    wait: Duration,
    next_try: Option<Instant>,
}

impl DiskReserve {
    /// Creates the file if it is missing, as large as fits.
    pub(in crate::store) fn new(database: &Path, wait: Duration) -> Self {
        let path = Self::path_of(database);
        let existing = fs::metadata(&path).map_or(0, |meta| meta.len());
        let created = SIZES.into_iter().find(|size| *size == existing || fill(&path, *size).is_ok());
        let size = created.unwrap_or(SIZES[SIZES.len() - 1]);
        Self { path, size, present: created.is_some(), wait, next_try: None }
    }

    /// The reserve file of a database.
    pub(in crate::store) fn path_of(database: &Path) -> PathBuf {
        beside(database, ENDING)
    }

    /// Releases the reserve before the database is opened; `None` if there is no reserve.
    pub(in crate::store) fn release_before_open(database: &Path, wait: Duration) -> Option<Self> {
        let path = Self::path_of(database);
        let size = fs::metadata(&path).ok()?.len();
        let mut disk_reserve = Self { path, size, present: true, wait, next_try: None };
        disk_reserve.release();
        Some(disk_reserve)
    }

    /// True if the space is reserved.
    pub(in crate::store) fn is_present(&self) -> bool {
        self.present
    }

    /// Deletes the file.
    pub(in crate::store) fn release(&mut self) {
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path.display(), %error, "the disk reserve could not be removed");
        }
        self.present = false;
        self.next_try = Some(Instant::now() + self.wait);
    }

    /// Tries to reserve the space again, at most once per `wait`. Returns whether it is reserved.
    pub(in crate::store) fn restore(&mut self) -> bool {
        if self.next_try.is_some_and(|next| Instant::now() < next) {
            return false;
        }
        self.next_try = Some(Instant::now() + self.wait);
        self.present = fill(&self.path, self.size + MARGIN).is_ok() && shorten(&self.path, self.size).is_ok();
        self.present
    }
}

/// Writes a file of that size, or none. The bytes are random, because some file systems store zeros as nothing. They are
/// not synced: writing a file reserves its space, and a reserve that a crash loses is created again.
fn fill(path: &Path, size: u64) -> std::io::Result<()> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        let mut block = [0; 64 << 10];
        getrandom::fill(&mut block).map_err(std::io::Error::other)?;
        (0..size / block.len() as u64).try_for_each(|_| file.write_all(&block))
    };
    let written = write();
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

fn shorten(path: &Path, size: u64) -> std::io::Result<()> {
    OpenOptions::new().write(true).open(path)?.set_len(size)
}
