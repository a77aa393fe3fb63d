//! A file beside the database that only takes up room.
//!
//! On a full disk SQLite can neither delete nor fold its log into the file. Giving the ballast back makes room for that,
//! and for what the bot owes already: settling pages, pruning.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::open::beside;

/// The sizes that are tried, the largest first. The first is twice the log's usual size, so that folding it always fits;
/// the last is for disks that are tiny.
const SIZES: [u64; 3] = [8 << 20, 1 << 20, 128 << 10];

/// How much room has to be left beside the ballast when it is taken back. Without it the very next write could find the
/// disk full again, also one that the bot owes.
const MARGIN: u64 = 256 << 10;

/// The file, and when it may be made again.
#[derive(Debug)]
pub(in crate::store) struct DiskReserve {
    path: PathBuf,
    size: u64,
    there: bool,
    wait: Duration,
    next_try: Option<Instant>,
}

impl DiskReserve {
    /// Makes the file when it is absent, as large as fits.
    pub(in crate::store) fn new(database: &Path, wait: Duration) -> Self {
        let path = beside(database, ".ballast");
        let present = fs::metadata(&path).map_or(0, |meta| meta.len());
        let made = SIZES.into_iter().find(|size| *size == present || fill(&path, *size).is_ok());
        let size = made.unwrap_or(SIZES[SIZES.len() - 1]);
        Self { path, size, there: made.is_some(), wait, next_try: None }
    }

    /// Gives the room of a ballast back before anything else is opened; none, when there is no ballast.
    pub(in crate::store) fn give_back(database: &Path, wait: Duration) -> Option<Self> {
        let path = beside(database, ".ballast");
        let size = fs::metadata(&path).ok()?.len();
        let mut disk_reserve = Self { path, size, there: true, wait, next_try: None };
        disk_reserve.release();
        Some(disk_reserve)
    }

    /// Whether the room is taken.
    pub(in crate::store) fn is_there(&self) -> bool {
        self.there
    }

    /// Gives the room back.
    pub(in crate::store) fn release(&mut self) {
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path.display(), %error, "the ballast could not be removed");
        }
        self.there = false;
        self.next_try = Some(Instant::now() + self.wait);
    }

    /// Tries to take the room again, not more often than every `wait`. Tells whether it is there.
    pub(in crate::store) fn restore(&mut self) -> bool {
        if self.next_try.is_some_and(|next| Instant::now() < next) {
            return false;
        }
        self.next_try = Some(Instant::now() + self.wait);
        self.there = fill(&self.path, self.size + MARGIN).is_ok() && shorten(&self.path, self.size).is_ok();
        self.there
    }
}

/// Writes a file of that size, or none. The bytes are random, because some file systems store zeros as nothing. They are
/// not forced to the disk: room is taken when a file is written, and a ballast lost in a crash is made again.
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
