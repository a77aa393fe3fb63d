//! The mirrors of the status page, and which of them are behind.

use serde::Serialize;

use crate::{
    config::Config,
    domain::text::Untrusted,
    store::{Reads, StoreError},
    web::pages::words,
};

/// A mirror of the status page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatusMirrorView {
    /// Its name.
    pub id: String,
    /// Since when it does not show what the status page shows; `None` if it does.
    pub behind_since: Option<String>,
    /// How many incidents it does not show as they are.
    pub incidents: u64,
    /// Why the latest attempt failed.
    pub why: Option<String>,
}

/// Reads the mirrors in the order of bot.toml.
pub(super) fn read(reads: &Reads<'_>, config: &Config) -> Result<Vec<StatusMirrorView>, StoreError> {
    if config.status_mirrors.is_empty() {
        return Ok(Vec::new());
    }
    let mut troubles = reads.status_mirror_troubles()?;
    let view = |id: &crate::domain::ids::StatusMirrorId| {
        let trouble = troubles.remove(id);
        StatusMirrorView {
            id: id.to_string(),
            behind_since: trouble.as_ref().map(|trouble| words::at(trouble.behind_since)),
            incidents: trouble.as_ref().map_or(0, |trouble| trouble.incidents),
            why: trouble.and_then(|trouble| trouble.why).map(|why| Untrusted::new(why).shown(words::TITLE)),
        }
    };
    Ok(config.status_mirrors.iter().map(|mirror| &mirror.id).map(view).collect())
}
