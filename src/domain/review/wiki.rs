//! Post-mortems in wikis outside hotroom.

use serde::{Deserialize, Serialize};

/// A wiki that published post-mortems are shown in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WikiKind {
    /// Confluence.
    Confluence,
    /// A wiki that `bot.toml` describes by an HTTP request.
    #[serde(rename = "wiki")]
    Template,
}

impl WikiKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Confluence, Self::Template];

    /// Its word in the database and in `bot.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Confluence => "confluence",
            Self::Template => "wiki",
        }
    }
}

/// A page that was written in a wiki.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WikiPage {
    /// What the wiki calls it; empty if the wiki does not say.
    pub id: String,
    /// Its version there; 0 if the wiki has none.
    pub version: u64,
    /// Where people read it; empty if the wiki does not say.
    pub url: String,
}
