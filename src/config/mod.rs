//! Loads and checks `bot.toml`.
//!
//! The shipped `bot.toml` is part of the binary and holds every default. The operator's file overrides it, and the
//! environment overrides both. `decode` reads the merged tree into [`Config`], and `check` compares the sections. Both
//! record every mistake with its line.

mod check;
mod contact;
mod decode;
mod discord;
mod documents;
mod kinds;
mod live;
mod mapping;
mod mistake;
mod model;
mod offline_copy;
mod pager_routes;
mod reach;
mod read;
pub mod reference;
mod rule;
mod secret;
mod source_kind;
#[cfg(test)]
mod tests;
mod tracker;
mod tracker_clients;
mod tree;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

pub use decode::{ShippedMapping, shipped_mappings};
pub use documents::DocumentsConfig;
pub use kinds::parse_duration;
pub use live::{Live, ReloadOutcome};
pub use mapping::FieldMapping;
pub use mistake::{Mistake, Mistakes, Origin};
pub use model::*;
pub use reach::{is_loopback_host, is_public};
pub use rule::*;
pub use source_kind::{Repeats, Signature, SourceKind};
pub use tracker_clients::{TrackerClients, client_of};

/// The shipped `bot.toml` with every default.
pub const SHIPPED: &str = include_str!("../../bot.toml");

impl Config {
    /// Returns the defaults.
    pub fn shipped() -> Self {
        Self::from_text("bot.toml", "", []).expect("a test reads the shipped file")
    }

    /// Loads the defaults, the operator's file if there is one, and the environment. `env:` secrets are also read from
    /// that environment.
    ///
    /// Fails with every mistake at once.
    pub fn load(path: Option<&Path>, env: impl IntoIterator<Item = (String, String)>) -> Result<Self, Mistakes> {
        let Some(path) = path else { return Self::from_text("bot.toml", "", env) };
        let name = path.display().to_string();
        match read_file(path) {
            Ok(text) => Self::from_text(&name, &text, env),
            Err(what) => Err(Mistakes(vec![Mistake {
                file: name,
                origin: Origin::File(0),
                key: String::new(),
                known: String::new(),
                what,
            }])),
        }
    }

    /// Returns the path of the database even if the file has mistakes, for commands that need only the database.
    pub fn store_path(path: Option<&Path>, env: impl IntoIterator<Item = (String, String)>) -> PathBuf {
        let env: BTreeMap<String, String> = env.into_iter().collect();
        let text = path.and_then(|path| read_file(path).ok()).unwrap_or_default();
        let ctx = read::DecodeContext::new("bot.toml", &env);
        let mut all = tree::parse_in_part(SHIPPED);
        tree::overlay(&mut all, tree::parse_in_part(&text));
        for (name, raw) in &env {
            tree::overlay_env(&mut all, name, raw).ok();
        }
        let root = read::Section::root(&ctx, &all);
        let said = root.look("store", |store| store.peek("path", kinds::line)).flatten();
        PathBuf::from(said.unwrap_or_else(|| "hotroom.db".to_owned()))
    }

    /// Loads a configuration from text. `name` is the file name in mistakes.
    pub fn from_text(
        name: &str,
        text: &str,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Mistakes> {
        let env: BTreeMap<String, String> = env.into_iter().collect();
        let ctx = read::DecodeContext::new(name, &env);
        let tree = tree(&ctx, text)?;
        let root = read::Section::root(&ctx, &tree);
        let config = decode::config(&root);
        check::all(&root);
        one_underscore(&ctx);
        let mistakes = ctx.mistakes.take();
        match config {
            Some(mut config) if mistakes.is_empty() => {
                config.warnings = Mistakes::from_unsorted(ctx.warnings.take()).0;
                config.digest = digest(text);
                Ok(config)
            }
            _ => Err(Mistakes::from_unsorted(mistakes)),
        }
    }
}

/// Merges defaults, file and environment into one tree.
fn tree(ctx: &read::DecodeContext<'_>, text: &str) -> Result<tree::Table, Mistakes> {
    let mut all = tree::parse("bot.toml", SHIPPED, Origin::Shipped).map_err(Mistakes::from_unsorted)?;
    let mut own = tree::parse(ctx.file, text, Origin::File).map_err(Mistakes::from_unsorted)?;
    tree::adopt_shipped(&all, &mut own, "sources");
    tree::overlay(&mut all, own);
    for (name, raw) in ctx.env {
        if let Err(what) = tree::overlay_env(&mut all, name, raw) {
            ctx.mistakes.borrow_mut().push(Mistake {
                file: ctx.file.to_owned(),
                origin: Origin::Env(name.clone()),
                key: String::new(),
                known: String::new(),
                what,
            });
        }
    }
    Ok(all)
}

/// Reports variables such as `HOTROOM_SERVER_LISTEN`, a misspelling of `HOTROOM_SERVER__LISTEN`. Other variables with
/// one underscore are ignored: Kubernetes sets `HOTROOM_PORT` for a service of that name.
fn one_underscore(ctx: &read::DecodeContext<'_>) {
    let known = ctx.known.borrow();
    for key in known.keys().filter(|key| key.contains('.') && !key.contains('[')) {
        let name = |between| format!("{}{}", tree::ENV_PREFIX, key.replace('.', between).to_ascii_uppercase());
        if ctx.env.contains_key(&name("_")) {
            ctx.mistakes.borrow_mut().push(Mistake {
                file: ctx.file.to_owned(),
                origin: Origin::Env(name("_")),
                key: String::new(),
                known: key.clone(),
                what: format!("a section and its key are joined by two underscores: {}", name("__")),
            });
        }
    }
}

fn read_file(path: &Path) -> Result<String, String> {
    let limit = u64::try_from(tree::MAX_FILE).unwrap_or(u64::MAX);
    let meta = std::fs::metadata(path).map_err(|e| format!("cannot be read: {e}"))?;
    if meta.len() > limit {
        return Err(format!("larger than {limit} bytes; a configuration is never that large"));
    }
    let bytes = std::fs::read(path).map_err(|e| format!("cannot be read: {e}"))?;
    String::from_utf8(bytes).map_err(|e| format!("is not UTF-8 text (byte {})", e.utf8_error().valid_up_to()))
}

/// Returns the digest that identifies the operator's file in the event log.
fn digest(text: &str) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(text.as_bytes()))[..12].to_owned()
}
