//! `[documents]`: where published post-mortems are kept besides hotroom.

use std::path::PathBuf;

/// `[documents]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentsConfig {
    /// The folder that Markdown files are written to; `None` if none are.
    pub folder: Option<PathBuf>,
    /// True if it also gets private incidents.
    pub private: bool,
    /// True if the editor marks sentences that name a person beside words of fault.
    pub blame_hints: bool,
}
