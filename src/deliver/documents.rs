//! Published post-mortems as Markdown files in a folder, such as a working copy of git.
//!
//! A file is named by the key of its incident and replaced as a whole. Its front matter has a hash of the text below it: a
//! file that a person edited is left alone, and the room reads why.

use std::{
    fs, io,
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{
    adapter::{Adapter, PrepareContext, PreparedCall},
    guard::IncidentExtract,
};
use crate::{
    app::{Context, reviews},
    config::Config,
    domain::{
        Timestamp,
        effect::{DocumentEffect, Outcome, Receipt, SkipReason},
        incident::Incident,
        people::Actor,
        review::{EXTERNAL, PostmortemState},
    },
    render::{DocumentFacts, MessageRenderer},
    store::{Reads, StoreError},
};

/// The largest file that is read back.
const LARGEST: u64 = 8 << 20;
/// The line of the front matter that has the hash of the text.
const DIGEST: &str = "digest: ";
/// What ends the front matter.
const END: &str = "\n---\n";

/// Writes documents.
pub(super) struct DocumentAdapter;

/// A document with the place of its file.
pub(super) struct DocumentCall {
    folder: PathBuf,
    name: String,
    text: String,
}

impl Adapter for DocumentAdapter {
    type Effect = DocumentEffect;
    type Call = DocumentCall;

    fn shows_private(&self, config: &Config, _effect: &DocumentEffect) -> bool {
        config.documents.private
    }

    fn prepare(
        &self,
        cx: &PrepareContext,
        reads: &Reads<'_>,
        effect: &DocumentEffect,
    ) -> Result<PreparedCall<DocumentCall>, StoreError> {
        let DocumentEffect::WriteDocument { incident: id } = effect;
        let skip = |reason| Ok(PreparedCall::Skip(reason));
        let Some(folder) = cx.config.documents.folder.clone() else { return skip(SkipReason::StateChanged) };
        let Some(IncidentExtract::Full(incident)) = &cx.incident else { return skip(SkipReason::NoSubject) };
        let incident: &Incident = incident;
        let Some(postmortem) = reads.postmortem(*id)? else { return skip(SkipReason::NoSubject) };
        if postmortem.state != PostmortemState::Published {
            return skip(SkipReason::StateChanged);
        }
        let actor = Actor::Machine("documents".into());
        let context = Context { config: &cx.config, now: cx.now, actor: &actor, request: "documents", expect: None };
        let mut sections = reviews::shown(reads, context, &cx.app.renderer, incident, &postmortem)?;
        sections.retain(|section| section.id != EXTERNAL && !section.text.is_blank());
        let voice = MessageRenderer::new(&cx.app.renderer, &cx.config, cx.now);
        let body = voice.postmortem_document(incident, &sections);
        let facts = DocumentFacts { incident, postmortem: &postmortem, digest: &digest(&body) };
        let text = format!("{}{body}", voice.front_matter(facts));
        Ok(PreparedCall::Call(DocumentCall { folder, name: format!("{}.md", incident.key), text }))
    }

    async fn send(&self, call: DocumentCall, _now: Timestamp) -> Outcome<Receipt> {
        match tokio::task::spawn_blocking(move || write(&call)).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Unknown { why: error.to_string() },
        }
    }
}

fn digest(body: &str) -> String {
    hex::encode(Sha256::digest(body))
}

/// Writes a document, unless a person edited the file.
fn write(call: &DocumentCall) -> Outcome<Receipt> {
    let DocumentCall { folder, name, text } = call;
    if let Err(why) = check_documents_folder(folder) {
        return Outcome::Retry { after_ms: None, why };
    }
    let path = folder.join(name);
    match stored(&path) {
        Ok(None) => {}
        Ok(Some(stored)) if stored == *text => return Outcome::Delivered(Receipt::Nothing),
        Ok(Some(stored)) if is_ours(&stored) => {}
        Ok(Some(_)) => {
            return Outcome::Rejected {
                why: format!(
                    "{name} was edited in the folder; write the change in the console, remove the file, and publish again"
                ),
            };
        }
        Err(error) => return Outcome::Retry { after_ms: None, why: format!("{name} cannot be read: {error}") },
    }
    match replace(folder, name, text) {
        Ok(()) => Outcome::Delivered(Receipt::Nothing),
        Err(error) => Outcome::Retry { after_ms: None, why: format!("{name} cannot be written: {error}") },
    }
}

/// Checks that documents can be written into a folder.
///
/// # Errors
/// What is wrong, and what to do.
pub fn check_documents_folder(folder: &Path) -> Result<(), String> {
    let shown = folder.display();
    match fs::metadata(folder) {
        Err(error) => Err(format!("the folder {shown} cannot be used: {error}; create it: mkdir -p {shown}")),
        Ok(found) if !found.is_dir() => Err(format!("{shown} is no folder")),
        Ok(found) if found.permissions().readonly() => Err(format!("the folder {shown} cannot be written to")),
        Ok(_) => Ok(()),
    }
}

/// The text of a file; `None` if there is none. A link is not followed, because it may lead out of the folder.
fn stored(path: &Path) -> io::Result<Option<String>> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
        Ok(found) if !found.is_file() => return Err(io::Error::other("it is no file")),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// True if nobody changed what was written below the front matter.
fn is_ours(stored: &str) -> bool {
    let Some((front, body)) = stored.split_once(END) else { return false };
    let known = front.lines().find_map(|line| line.strip_prefix(DIGEST));
    known.is_some_and(|known| known.trim_matches('"') == digest(body))
}

/// Replaces a file as a whole: whoever reads it meanwhile gets the old one or the new one.
fn replace(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let fresh = folder.join(format!(".{name}.new"));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(folder: &Path, body: &str) -> DocumentCall {
        let text = format!("---\nincident: \"HOT-1\"\ndigest: \"{}\"{END}{body}", digest(body));
        DocumentCall { folder: folder.to_owned(), name: "HOT-1.md".to_owned(), text }
    }

    fn read(folder: &Path) -> String {
        fs::read_to_string(folder.join("HOT-1.md")).unwrap()
    }

    #[test]
    fn a_document_is_written_replaced_and_left_alone_once_a_person_edited_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = call(folder.path(), "# One\n");
        assert_eq!(write(&first), Outcome::Delivered(Receipt::Nothing));
        assert_eq!(write(&first), Outcome::Delivered(Receipt::Nothing));
        let second = call(folder.path(), "# Two\n");
        assert_eq!(write(&second), Outcome::Delivered(Receipt::Nothing));
        assert_eq!(read(folder.path()), second.text);
        let edited = format!("{}\nBy hand.\n", second.text);
        fs::write(folder.path().join("HOT-1.md"), &edited).unwrap();
        assert!(matches!(write(&first), Outcome::Rejected { why } if why.contains("HOT-1.md was edited")));
        assert_eq!(read(folder.path()), edited);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
    }

    #[test]
    fn a_folder_that_is_missing_is_tried_again_and_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let missing = call(&folder.path().join("none"), "x");
        assert!(matches!(write(&missing), Outcome::Retry { why, .. } if why.contains("mkdir")));
        let outside = folder.path().join("outside");
        fs::write(&outside, "secret").unwrap();
        std::os::unix::fs::symlink(&outside, folder.path().join("HOT-1.md")).unwrap();
        assert!(matches!(write(&call(folder.path(), "x")), Outcome::Retry { .. }));
        assert_eq!(fs::read_to_string(outside).unwrap(), "secret");
    }
}
