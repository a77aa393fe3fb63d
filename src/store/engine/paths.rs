//! Names of the files beside the database.

use std::path::{Path, PathBuf};

/// The path of the database with `ending` after its name.
pub(in crate::store) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
