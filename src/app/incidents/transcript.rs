//! Everything that was said in the rooms of an incident.

use std::collections::BTreeMap;

use crate::{
    app::Context,
    chat::{Post, builtin},
    domain::{ids::RoomId, incident::Incident},
    render::{Names, Transcript, TranscriptAuthor, TranscriptFile, TranscriptMessage},
    store::{
        Reads, StoreError,
        chat::{AttachedFile, Author, Message, MessageRange},
    },
};

/// The most messages of a transcript.
const MOST: usize = 50_000;
/// How many are read at once.
const STEP: usize = 500;
/// The most bytes of pictures in a transcript.
const MOST_PICTURES: usize = 48 << 20;

/// Whether pictures are read too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pictures {
    /// With their bytes.
    Embedded,
    /// By name and hash only.
    Named,
}

/// Reads the transcript of an incident. Who may see it is decided by the caller.
pub fn transcript(
    reads: &Reads<'_>,
    cx: Context<'_>,
    incident: &Incident,
    pictures: Pictures,
) -> Result<Transcript, StoreError> {
    let mut files: BTreeMap<i64, Vec<AttachedFile>> = BTreeMap::new();
    for file in reads.message_files(incident.id)? {
        files.entry(file.message).or_default().push(file);
    }
    let names = Names::from(cx.config);
    let (messages, complete) = match &incident.room {
        Some(room) => messages(reads, room)?,
        None => (Vec::new(), true),
    };
    let mut transcript = Transcript {
        key: incident.key.to_string(),
        title: incident.title.shown(usize::MAX),
        room: incident.room.as_ref().map(ToString::to_string),
        private: incident.private,
        exported_at: cx.now,
        complete,
        messages: Vec::new(),
    };
    let mut left = if pictures == Pictures::Embedded { MOST_PICTURES } else { 0 };
    for message in &messages {
        let mut said = said(&names, message);
        for attached in files.remove(&message.id).unwrap_or_default() {
            said.files.push(file(reads, incident, attached, &mut left)?);
        }
        transcript.messages.push(said);
    }
    Ok(transcript)
}

/// The messages of a room, oldest first, and whether these are all.
fn messages(reads: &Reads<'_>, room: &RoomId) -> Result<(Vec<Message>, bool), StoreError> {
    let mut all = Vec::new();
    loop {
        let after = all.last().map_or(0, |message: &Message| message.id);
        let page = reads.messages(room, MessageRange::After(after), STEP)?;
        all.extend(page.items);
        if !page.more_after || all.len() >= MOST {
            return Ok((all, !page.more_after));
        }
    }
}

fn said(names: &Names, message: &Message) -> TranscriptMessage {
    let post: Post = serde_json::from_str(&message.body).unwrap_or_default();
    let author = match &message.author {
        Author::Person(person) => TranscriptAuthor { id: person.to_string(), name: names.person(person), bot: false },
        Author::Bot => TranscriptAuthor { id: "hotroom".to_owned(), name: "hotroom".to_owned(), bot: true },
    };
    let removed = builtin::is_removed(message);
    TranscriptMessage {
        id: message.id,
        at: message.at,
        edited_at: message.edited_at,
        author,
        removed,
        text: if removed { String::new() } else { markdown(&post) },
        files: Vec::new(),
    }
}

/// A post as Markdown: title, text, fields and footer.
fn markdown(post: &Post) -> String {
    let title = post.title.iter().map(|title| format!("**{title}**"));
    let text = Some(post.text.trim().to_owned()).filter(|text| !text.is_empty());
    let fields = post.fields.iter().map(|field| format!("**{}**: {}", field.name, field.value));
    let footer = post.footer.iter().cloned();
    title.chain(text).chain(fields).chain(footer).collect::<Vec<_>>().join("\n")
}

/// An attachment, with its bytes if it is a picture and there is space left.
fn file(
    reads: &Reads<'_>,
    incident: &Incident,
    attached: AttachedFile,
    left: &mut usize,
) -> Result<TranscriptFile, StoreError> {
    let file = attached.file;
    let mut picture = None;
    let fits = usize::try_from(file.size).is_ok_and(|size| size <= *left);
    if let (true, Some(sha256)) = (fits, &file.sha256) {
        let body = reads.message_file(incident.id, sha256)?.map(|copy| copy.body).unwrap_or_default();
        picture = TranscriptFile::picture(&body);
        *left -= if picture.is_some() { body.len().min(*left) } else { 0 };
    }
    Ok(TranscriptFile {
        name: file.name.shown(200),
        kind: file.kind.shown(100),
        size: file.size,
        sha256: file.sha256,
        picture,
    })
}
