//! Vectors and payloads that lie beside the repository. Tests that need them are skipped where they are absent, unless
//! `HOTROOM_SHARED=required` is set.

use std::{io::Write, path::PathBuf};

/// Returns the text of a shared file; `None`, with a line on standard error, if it is absent.
///
/// # Panics
/// When the file is absent and `HOTROOM_SHARED=required` is set.
pub fn shared(path: &str) -> Option<String> {
    let folder = std::env::var_os("HOTROOM_SHARED_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    match std::fs::read_to_string(folder.join(path)) {
        Ok(text) => Some(text),
        Err(error) if std::env::var("HOTROOM_SHARED").is_ok_and(|value| value == "required") => {
            panic!("{path} is required: {error}")
        }
        Err(_) => {
            // Not `println!`: a program that uses this may have its output closed, or read line by line.
            writeln!(std::io::stderr(), "skipped: {path} is not here (HOTROOM_SHARED_DIR)").ok();
            None
        }
    }
}
