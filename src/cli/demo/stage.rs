//! The temporary bot of the demo: shipped configuration, its own database, a free port.

use std::{net::TcpListener, path::PathBuf};

use anyhow::Context;

use crate::config::{Config, Log};

/// A folder and a port for one demo. The folder is deleted on drop.
pub struct DemoStage {
    folder: PathBuf,
    port: u16,
}

impl DemoStage {
    /// Finds a free port and creates the folder.
    pub fn new() -> anyhow::Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).context("no free port")?.port();
        let folder = std::env::temp_dir().join(format!("hotroom-demo-{}-{port}", std::process::id()));
        std::fs::create_dir(&folder).with_context(|| folder.display().to_string())?;
        Ok(Self { folder, port })
    }

    /// Returns the address of the bot.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the shipped configuration for this folder and port. The operator's configuration would lack the people
    /// of the script.
    pub fn config(&self) -> Config {
        let mut config = Config::shipped();
        config.server.listen.set_port(self.port);
        config.server.public_url = self.url();
        config.store.path = self.folder.join("hotroom.db");
        config
    }
}

impl Drop for DemoStage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Returns log settings that do not disturb the output of the script.
pub fn quiet(log: &Log) -> Log {
    Log { level: "warn".to_owned(), ..log.clone() }
}
