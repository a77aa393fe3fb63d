//! The active configuration and its reload while running.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::watch;

use super::{Config, Mistakes, decode::made_from};

/// The active configuration. Clones share it.
#[derive(Clone)]
pub struct Live {
    inner: Arc<Inner>,
}

struct Inner {
    current: watch::Sender<Arc<Config>>,
    path: Option<PathBuf>,
    env: Vec<(String, String)>,
    /// True once the file was read: from then on it must exist.
    file_read: AtomicBool,
    /// Locked while a file is read, so that two concurrent reloads cannot end with the older file.
    reloading: Mutex<()>,
}

/// The result of a successful reload.
#[derive(Debug, Clone)]
pub struct ReloadOutcome {
    /// The active configuration.
    pub config: Arc<Config>,
    /// True if there is no file, and there never was one.
    pub no_file: bool,
    /// Settings that changed in the file and take effect only after a restart, such as `[server] listen`.
    pub after_restart: Vec<&'static str>,
}

impl Live {
    /// Creates a configuration without a file. [`Live::reload`] returns it unchanged.
    pub fn new(config: Config) -> Self {
        Self::of_file(config, None, Vec::new())
    }

    /// Creates a configuration that was read from this file and environment.
    pub fn of_file(config: Config, path: Option<PathBuf>, env: Vec<(String, String)>) -> Self {
        let current = watch::Sender::new(Arc::new(config));
        let file_read = AtomicBool::new(path.as_ref().is_some_and(|path| path.exists()));
        Self { inner: Arc::new(Inner { current, path, env, file_read, reloading: Mutex::new(()) }) }
    }

    /// Returns the active configuration. Call it again for each operation, because it may change.
    pub fn current(&self) -> Arc<Config> {
        self.inner.current.borrow().clone()
    }

    /// Returns a receiver that is notified of each change.
    pub fn changes(&self) -> watch::Receiver<Arc<Config>> {
        self.inner.current.subscribe()
    }

    /// Activates another configuration, as if it had been read from the file.
    pub fn replace(&self, mut config: Config) -> ReloadOutcome {
        let after_restart = keep_fixed(&self.current(), &mut config);
        let config = Arc::new(config);
        self.inner.current.send_replace(Arc::clone(&config));
        ReloadOutcome { config, no_file: false, after_restart }
    }

    /// Reads the file again. If it has mistakes, the old configuration stays active.
    pub fn reload(&self) -> Result<ReloadOutcome, Mistakes> {
        let _one_at_a_time = self.inner.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(path) = &self.inner.path else {
            return Ok(self.unchanged());
        };
        if !path.exists() && !self.inner.file_read.load(Ordering::Relaxed) {
            return Ok(self.unchanged());
        }
        let config = Config::load(Some(path), self.inner.env.iter().cloned())?;
        self.inner.file_read.store(true, Ordering::Relaxed);
        Ok(self.replace(config))
    }

    fn unchanged(&self) -> ReloadOutcome {
        ReloadOutcome { config: self.current(), no_file: true, after_restart: Vec::new() }
    }
}

/// Restores the old values of settings that are fixed at startup, and returns the names of those that differ.
fn keep_fixed(old: &Config, new: &mut Config) -> Vec<&'static str> {
    let mut differ = Vec::new();
    let (was, is) = (&old.server, &mut new.server);
    if was.listen != is.listen {
        // A `public_url` that was derived from `listen` must match the address in use.
        let made_from = |listen| made_from(listen, is.tls.is_some());
        if is.public_url == made_from(is.listen) {
            is.public_url = made_from(was.listen);
        }
    }
    keep_until_restart("[server] listen", &was.listen, &mut is.listen, &mut differ);
    keep_until_restart("[server] max_connections", &was.max_connections, &mut is.max_connections, &mut differ);
    keep_until_restart("[server] header_timeout", &was.header_timeout, &mut is.header_timeout, &mut differ);
    keep_until_restart("[server] body_timeout", &was.body_timeout, &mut is.body_timeout, &mut differ);
    keep_until_restart("[log] format", &old.log.json, &mut new.log.json, &mut differ);
    keep_until_restart("[log] level", &old.log.level, &mut new.log.level, &mut differ);
    keep_until_restart("[store] path", &old.store.path, &mut new.store.path, &mut differ);
    keep_until_restart("[store] queue", &old.store.queue, &mut new.store.queue, &mut differ);
    keep_until_restart("[store] batch", &old.store.batch, &mut new.store.batch, &mut differ);
    keep_until_restart("templates_dir", &old.templates_dir, &mut new.templates_dir, &mut differ);
    differ
}

fn keep_until_restart<T: PartialEq + Clone>(name: &'static str, old: &T, new: &mut T, differ: &mut Vec<&'static str>) {
    if old != new {
        new.clone_from(old);
        differ.push(name);
    }
}
