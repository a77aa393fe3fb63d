//! Published post-mortems as Markdown files in a folder, such as a working copy of git, and as pages of wikis.
//!
//! A file is named by the key of its incident and replaced as a whole. Its front matter has a hash of the text below it: a
//! file that a person edited is left alone, and the room reads why.

use std::{
    fs, io,
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use sha2::{Digest, Sha256};

use super::{
    adapter::{Adapter, PrepareContext, PreparedCall},
    guard::IncidentExtract,
    wiki::WikiCall,
};
use crate::{
    app::{Context, reviews},
    config::Config,
    domain::{
        Timestamp,
        effect::{DocumentEffect, Outcome, Receipt, SkipReason},
        incident::Incident,
        people::Actor,
        review::{EXTERNAL, Postmortem, PostmortemSection, PostmortemState},
    },
    net::HttpClients,
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
pub(super) struct DocumentAdapter {
    http: Arc<HttpClients>,
}

impl DocumentAdapter {
    pub(super) fn new(http: Arc<HttpClients>) -> Self {
        Self { http }
    }
}

/// What is to be written.
pub(super) enum DocumentCall {
    /// A file.
    File(FileCall),
    /// A page of a wiki.
    Page(Box<WikiCall>),
}

/// A document with the place of its file.
pub(super) struct FileCall {
    folder: PathBuf,
    name: String,
    text: String,
    /// True if what a person edited is replaced too.
    replace: bool,
}

impl Adapter for DocumentAdapter {
    type Effect = DocumentEffect;
    type Call = DocumentCall;

    fn shows_private(&self, config: &Config, effect: &DocumentEffect) -> bool {
        match effect {
            DocumentEffect::WriteDocument { .. } => config.documents.private,
            DocumentEffect::PublishPage { wiki, .. } => config.documents.wiki(*wiki).is_some_and(|wiki| wiki.private),
        }
    }

    fn prepare(
        &self,
        cx: &PrepareContext,
        reads: &Reads<'_>,
        effect: &DocumentEffect,
    ) -> Result<PreparedCall<DocumentCall>, StoreError> {
        let skip = |reason| Ok(PreparedCall::Skip(reason));
        match effect {
            DocumentEffect::WriteDocument { replace, .. } => {
                let Some(folder) = cx.config.documents.folder.clone() else { return skip(SkipReason::StateChanged) };
                let published = match published(cx, reads)? {
                    Ok(published) => published,
                    Err(reason) => return skip(reason),
                };
                let voice = MessageRenderer::new(&cx.app.renderer, &cx.config, cx.now);
                let body = voice.postmortem_document(&published.incident, &published.sections);
                let PublishedDocument { incident, postmortem, .. } = &published;
                let facts = DocumentFacts { incident, postmortem, digest: &digest(&body) };
                let text = format!("{}{body}", voice.front_matter(facts));
                let name = format!("{}.md", incident.key);
                Ok(PreparedCall::Call(DocumentCall::File(FileCall { folder, name, text, replace: *replace })))
            }
            DocumentEffect::PublishPage { wiki, incident, replace } => {
                let Some(target) = cx.config.documents.wiki(*wiki) else { return skip(SkipReason::StateChanged) };
                let published = match published(cx, reads)? {
                    Ok(published) => published,
                    Err(reason) => return skip(reason),
                };
                let voice = MessageRenderer::new(&cx.app.renderer, &cx.config, cx.now);
                let call = WikiCall {
                    client: target.client.clone(),
                    document: voice.wiki_document(&published.incident, &published.sections),
                    known: reads.wiki_page(*wiki, *incident)?,
                    replace: *replace,
                    net: cx.config.net.clone(),
                };
                Ok(PreparedCall::Call(DocumentCall::Page(Box::new(call))))
            }
        }
    }

    async fn send(&self, call: DocumentCall, now: Timestamp) -> Outcome<Receipt> {
        match call {
            DocumentCall::File(call) => match tokio::task::spawn_blocking(move || write(&call)).await {
                Ok(outcome) => outcome,
                Err(error) => Outcome::Unknown { why: error.to_string() },
            },
            DocumentCall::Page(call) => call.send(&self.http, now).await,
        }
    }
}

/// A published document with its sections.
struct PublishedDocument {
    incident: Incident,
    postmortem: Postmortem,
    /// Without the message for customers, and without those that are empty.
    sections: Vec<PostmortemSection>,
}

/// Reads the document of the incident of an effect, or says why it is not written.
fn published(cx: &PrepareContext, reads: &Reads<'_>) -> Result<Result<PublishedDocument, SkipReason>, StoreError> {
    let Some(IncidentExtract::Full(incident)) = &cx.incident else { return Ok(Err(SkipReason::NoSubject)) };
    let Some(postmortem) = reads.postmortem(incident.id)? else { return Ok(Err(SkipReason::NoSubject)) };
    if postmortem.state != PostmortemState::Published {
        return Ok(Err(SkipReason::StateChanged));
    }
    let actor = Actor::Machine("documents".into());
    let context = Context { config: &cx.config, now: cx.now, actor: &actor, request: "documents", expect: None };
    let mut sections = reviews::shown(reads, context, &cx.app.renderer, incident, &postmortem)?;
    sections.retain(|section| section.id != EXTERNAL && !section.text.is_blank());
    Ok(Ok(PublishedDocument { incident: (**incident).clone(), postmortem, sections }))
}

fn digest(body: &str) -> String {
    hex::encode(Sha256::digest(body))
}

/// Writes a document, unless a person edited the file.
fn write(call: &FileCall) -> Outcome<Receipt> {
    let FileCall { folder, name, text, replace } = call;
    if let Err(why) = check_documents_folder(folder) {
        return Outcome::Retry { after_ms: None, why };
    }
    let path = folder.join(name);
    match stored(&path) {
        Ok(None) => {}
        Ok(Some(stored)) if stored == *text => return Outcome::Delivered(Receipt::Nothing),
        Ok(Some(stored)) if *replace || is_ours(&stored) => {}
        Ok(Some(_)) => {
            return Outcome::Rejected {
                why: format!(
                    "{name} was edited in the folder. Bring the edit over to the post-mortem here, then write the file again: \
                     /postmortem replace"
                ),
            };
        }
        Err(error) => return Outcome::Retry { after_ms: None, why: format!("{name} cannot be read: {error}") },
    }
    match replace_file(folder, name, text) {
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
fn replace_file(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let fresh = folder.join(format!(".{name}.new"));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(folder: &Path, body: &str) -> FileCall {
        let text = format!("---\nincident: \"HOT-1\"\ndigest: \"{}\"{END}{body}", digest(body));
        FileCall { folder: folder.to_owned(), name: "HOT-1.md".to_owned(), text, replace: false }
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
        let asked = FileCall { replace: true, ..call(folder.path(), "# One\n") };
        assert_eq!(write(&asked), Outcome::Delivered(Receipt::Nothing));
        assert_eq!(read(folder.path()), first.text);
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
