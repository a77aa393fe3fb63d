//! Names of the files beside the database.

use std::path::{Path, PathBuf};

/// The path that symbolic links lead to, also if there is no file yet.
pub(in crate::store) fn real_path(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    match (std::fs::read_link(path), path.file_name()) {
        // A link to a file that is created later; a link to a link of that kind is left to the file system.
        (Ok(target), _) => folder.join(target),
        (Err(_), Some(name)) => folder.join(name),
        (Err(_), None) => path.to_owned(),
    }
}

/// The path of the database with `ending` after its name.
pub(in crate::store) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
