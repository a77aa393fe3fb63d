//! Vectors and payloads stored outside the repository. Tests that need them are skipped if they are missing, unless
//! `HOTROOM_SHARED=required` is set.

use std::{io::Write, path::PathBuf};

/// Returns the text of a shared file; `None`, with a line on standard error, if it is missing.
///
/// # Panics
///
/// If the file is missing and `HOTROOM_SHARED=required` is set.
pub fn shared(path: &str) -> Option<String> {
    let folder = std::env::var_os("HOTROOM_SHARED_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    match std::fs::read_to_string(folder.join(path)) {
        Ok(text) => Some(text),
        Err(error) if std::env::var("HOTROOM_SHARED").is_ok_and(|value| value == "required") => {
            panic!("{path} is required: {error}")
        }
        Err(_) => {
            // Not `println!`: standard output may be closed, or parsed line by line.
            writeln!(std::io::stderr(), "skipped: {path} is not here (HOTROOM_SHARED_DIR)").ok();
            None
        }
    }
}
