//! The sheet in a folder of this machine.

use std::{
    fs::{self, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use super::{OfflineCopyError, SignedSheet};

/// Writes the files of a sheet.
pub(super) fn write(folder: &Path, sheet: &SignedSheet) -> Result<(), OfflineCopyError> {
    check_folder(folder)?;
    for file in sheet.files() {
        replace(folder, file.name, file.text)
            .map_err(|error| OfflineCopyError::Folder(format!("{} cannot be written: {error}", file.name)))?;
    }
    Ok(())
}

/// Refuses a folder that is missing, or that everybody on the machine can read.
///
/// # Errors
/// [`OfflineCopyError::Folder`] says what to do.
pub fn check_folder(folder: &Path) -> Result<(), OfflineCopyError> {
    let shown = folder.display();
    let wrong = |what: String| Err(OfflineCopyError::Folder(what));
    match fs::metadata(folder) {
        Err(error) => wrong(format!("the folder {shown} cannot be used: {error}; create it: mkdir -m 0750 -p {shown}")),
        Ok(found) if !found.is_dir() => wrong(format!("{shown} is no folder")),
        Ok(found) if found.permissions().mode() & 0o007 != 0 => {
            wrong(format!("everybody on this machine can read the folder {shown}; run: chmod o-rwx {shown}"))
        }
        Ok(_) => Ok(()),
    }
}

/// Writes a file that only its owner can read, as a whole: whoever copies it meanwhile gets the old one or the new one.
fn replace(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let fresh = folder.join(format!(".{name}.new"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, folder.join(name))
}
