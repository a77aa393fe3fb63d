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

/// The file, and when it may be made again.
#[derive(Debug)]
pub(super) struct Ballast {
    path: PathBuf,
    size: u64,
    wait: Duration,
    next_try: Option<Instant>,
}

impl Ballast {
    /// Makes the file when it is absent. Without room for even the smallest there is none until the next start.
    pub(super) fn new(database: &Path, wait: Duration) -> Self {
        let path = beside(database, ".ballast");
        let there = fs::metadata(&path).map_or(0, |meta| meta.len());
        let size = if SIZES.contains(&there) {
            there
        } else {
            SIZES.into_iter().find(|size| fill(&path, *size).is_ok()).unwrap_or(0)
        };
        if size == 0 {
            tracing::warn!(path = %path.display(), "there is no room to set aside for a full disk");
        }
        Self { path, size, wait, next_try: None }
    }

    /// Gives the room back.
    pub(super) fn release(&mut self) {
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path.display(), %error, "the ballast could not be removed");
        }
        self.next_try = Some(Instant::now() + self.wait);
    }

    /// Tries to take the room again, not more often than every `wait`. Tells whether it is there.
    pub(super) fn restore(&mut self) -> bool {
        if self.next_try.is_some_and(|next| Instant::now() < next) {
            return false;
        }
        self.next_try = Some(Instant::now() + self.wait);
        let back = fill(&self.path, self.size).is_ok();
        if back {
            self.next_try = None;
        }
        back
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
