//! `[documents]`: where published post-mortems are kept besides hotroom.

use std::path::PathBuf;

use crate::{domain::review::WikiKind, wiki::Wiki};

/// `[documents]`
#[derive(Clone, Debug)]
pub struct DocumentsConfig {
    /// The folder that Markdown files are written to; `None` if none are.
    pub folder: Option<PathBuf>,
    /// True if the folder also gets private incidents.
    pub private: bool,
    /// True if the editor marks sentences that name a person beside words of fault.
    pub blame_hints: bool,
    /// The wikis that pages are written in; at most one of each kind.
    pub wikis: Vec<Wiki>,
}

impl DocumentsConfig {
    /// The wiki of a kind.
    pub fn wiki(&self, kind: WikiKind) -> Option<&Wiki> {
        self.wikis.iter().find(|wiki| wiki.client.kind() == kind)
    }
}
