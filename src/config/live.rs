//! The configuration in force, and taking a changed file while running.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use super::{Config, Mistakes};

/// The configuration in force. Clones share it.
#[derive(Clone)]
pub struct Live {
    inner: Arc<Inner>,
}

struct Inner {
    current: watch::Sender<Arc<Config>>,
    path: Option<PathBuf>,
    env: Vec<(String, String)>,
    /// Held while a file is read, so that two reloads at once cannot end in the older file.
    reloading: Mutex<()>,
}

/// A changed file was taken.
#[derive(Debug, Clone)]
pub struct Reloaded {
    /// What is in force now.
    pub config: Arc<Config>,
    /// Settings that differ in the file and keep their old value until the next start, such as `[server] listen`.
    pub after_restart: Vec<&'static str>,
}

impl Live {
    /// A configuration without a file; [`Live::reload`] gives it again.
    pub fn new(config: Config) -> Self {
        Self::of_file(config, None, Vec::new())
    }

    /// A configuration that was read from this file and this environment.
    pub fn of_file(config: Config, path: Option<PathBuf>, env: Vec<(String, String)>) -> Self {
        let current = watch::Sender::new(Arc::new(config));
        Self { inner: Arc::new(Inner { current, path, env, reloading: Mutex::new(()) }) }
    }

    /// What is in force now. Ask again for each piece of work.
    pub fn current(&self) -> Arc<Config> {
        self.inner.current.borrow().clone()
    }

    /// Tells of each change.
    pub fn changes(&self) -> watch::Receiver<Arc<Config>> {
        self.inner.current.subscribe()
    }

    /// Puts another configuration in force, as if it had been read from the file.
    pub fn replace(&self, mut config: Config) -> Reloaded {
        let after_restart = keep_fixed(&self.current(), &mut config);
        let config = Arc::new(config);
        self.inner.current.send_replace(Arc::clone(&config));
        Reloaded { config, after_restart }
    }

    /// Reads the file again.
    ///
    /// # Errors
    /// Every mistake of the new file; the old configuration stays in force.
    pub fn reload(&self) -> Result<Reloaded, Mistakes> {
        let _one_at_a_time = self.inner.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(path) = &self.inner.path else {
            return Ok(Reloaded { config: self.current(), after_restart: Vec::new() });
        };
        Ok(self.replace(Config::load(Some(path), self.inner.env.iter().cloned())?))
    }
}

/// Gives the new configuration the old values of what is fixed at the start, and names what differed.
fn keep_fixed(old: &Config, new: &mut Config) -> Vec<&'static str> {
    let mut differ = Vec::new();
    let (was, is) = (&old.server, &mut new.server);
    if was.listen != is.listen {
        // Links that are made from the address must go on pointing at the one in use.
        let made_from = format!("http://{}", is.listen);
        if is.public_url == made_from {
            is.public_url.clone_from(&was.public_url);
        }
    }
    keep("[server] listen", &was.listen, &mut is.listen, &mut differ);
    keep("[server] max_connections", &was.max_connections, &mut is.max_connections, &mut differ);
    keep("[server] header_timeout", &was.header_timeout, &mut is.header_timeout, &mut differ);
    keep("[server] body_timeout", &was.body_timeout, &mut is.body_timeout, &mut differ);
    keep("[log] format", &old.log.json, &mut new.log.json, &mut differ);
    keep("[log] level", &old.log.level, &mut new.log.level, &mut differ);
    keep("[store] path", &old.store.path, &mut new.store.path, &mut differ);
    keep("[store] queue", &old.store.queue, &mut new.store.queue, &mut differ);
    keep("[store] batch", &old.store.batch, &mut new.store.batch, &mut differ);
    keep("templates_dir", &old.templates_dir, &mut new.templates_dir, &mut differ);
    differ
}

fn keep<T: PartialEq + Clone>(name: &'static str, old: &T, new: &mut T, differ: &mut Vec<&'static str>) {
    if old != new {
        new.clone_from(old);
        differ.push(name);
    }
}
