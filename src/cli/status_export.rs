//! `hotroom status export DIR`: a static copy of the status page, made while the bot runs.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::Report;
use crate::{
    config::Config,
    domain::Timestamp,
    render::Renderer,
    store::Scan,
    web::status_page::{StaticFile, StatusCopy},
};

/// The list of the files that the last export wrote, so that the next one removes what is no longer shown.
const WRITTEN: &str = ".hotroom-status";

/// Writes a copy of the public status page into a folder. Files that an earlier export wrote and this one does not are removed;
/// others are left alone.
pub fn export_status(config: &Config, folder: &Path, now: Timestamp) -> Report {
    let renderer = match Renderer::new(config.templates_dir.as_deref()) {
        Ok(renderer) => renderer,
        Err(error) => return Report::failed(error),
    };
    let scan = match Scan::read_only(&config.store.path) {
        Ok(scan) => scan,
        Err(error) => return Report::failed(error),
    };
    let copy = match scan.read(|reads| StatusCopy::gather(reads, config, &renderer, now)) {
        Ok(copy) => copy,
        Err(error) => return Report::failed(format!("no copy was made: {error}")),
    };
    let files = match copy.files(&renderer) {
        Ok(files) => files,
        Err(error) => return Report::failed(format!("no copy was made: {error}")),
    };
    match write(folder, &files) {
        Ok(()) => {
            let when = now.format("%Y-%m-%d %H:%M UTC");
            Report::good(format!("{} holds {} files as of {when}", folder.display(), files.len()))
        }
        Err(error) => Report::failed(format!("the copy is not complete: {error}")),
    }
}

fn write(folder: &Path, files: &[StaticFile]) -> io::Result<()> {
    fs::create_dir_all(folder).map_err(|error| at(folder, &error))?;
    let list = folder.join(WRITTEN);
    let before = fs::read_to_string(&list).unwrap_or_default();
    for file in files {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| at(parent, &error))?;
        }
        replace(&path, &file.body).map_err(|error| at(&path, &error))?;
    }
    let written: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    for stale in before.lines().filter(|path| !written.contains(path) && is_own(path)) {
        match fs::remove_file(folder.join(stale)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&folder.join(stale), &error)),
            Ok(()) | Err(_) => {}
        }
    }
    let names: Vec<&str> = written.into_iter().collect();
    replace(&list, &(names.join("\n") + "\n")).map_err(|error| at(&list, &error))
}

/// True for a path that an export may have written: the list is a file that others may have changed.
fn is_own(path: &str) -> bool {
    let below = path.starts_with("status/") || path.starts_with("api/v2/") || path == "index.html";
    below && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

/// Replaces a file at once, so that no reader sees half of it.
fn replace(path: &Path, body: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new: PathBuf = path.with_file_name(name);
    fs::write(&new, body)?;
    fs::rename(&new, path)
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, body: &str) -> StaticFile {
        StaticFile { path: path.to_owned(), body: body.to_owned() }
    }

    #[test]
    fn what_is_no_longer_shown_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        write(folder.path(), &[file("index.html", "1"), file("status/incidents/a/index.html", "a")]).expect("written");
        fs::write(path("robots.txt"), "own").expect("written");
        let list = fs::read_to_string(path(WRITTEN)).expect("a list");
        fs::write(path(WRITTEN), format!("{list}robots.txt\nstatus/../robots.txt\n")).expect("written");
        write(folder.path(), &[file("index.html", "2")]).expect("written");
        assert_eq!(fs::read_to_string(path("index.html")).expect("a file"), "2");
        assert!(!path("status/incidents/a/index.html").exists());
        assert!(path("robots.txt").exists(), "the list names it, and no export writes it");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let taken = folder.path().join("file");
        fs::write(&taken, "x").expect("written");
        let error = write(&taken, &[file("index.html", "1")]).expect_err("refused");
        assert!(error.to_string().contains(&taken.display().to_string()), "{error}");
    }
}
