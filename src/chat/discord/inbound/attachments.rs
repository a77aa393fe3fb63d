//! Copies the attachments of a message on a timeline or in a hot room, with limits on size, number and kind.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{DiscordInbound, text::list};
use crate::{
    chat::{
        builtin,
        discord::{client::snowflake::MessageId, platform},
    },
    domain::{incident::TimelineFile, text::Untrusted},
    store::{
        StoreError, Tx,
        chat::{MessageFile, RoomKind},
    },
};

/// How many files of a message are listed.
const MAX_FILES: usize = 10;
/// The most bytes that are copied: of one file, and of one message.
const MAX_FILE_BYTES: u64 = 8 << 20;
const MAX_MESSAGE_BYTES: u64 = 24 << 20;
/// The longest file name.
const MAX_NAME: usize = 100;
/// The kinds that are copied, by file extension. The console never displays them, it only offers them for download.
const KINDS: [&str; 27] = [
    "png", "jpg", "jpeg", "gif", "webp", "txt", "log", "md", "json", "jsonl", "yaml", "yml", "toml", "xml", "csv",
    "tsv", "pdf", "zip", "gz", "tgz", "har", "pcap", "sql", "diff", "patch", "trace", "out",
];

impl DiscordInbound {
    /// Copies the attachments of a message. One that is too large, of another kind or unavailable is listed without a
    /// copy.
    pub(super) async fn copy_attachments(&self, message: &Value) -> Vec<TimelineFile> {
        let mut files = Vec::new();
        let mut left = MAX_MESSAGE_BYTES;
        for attachment in list(&message["attachments"]).iter().take(MAX_FILES) {
            let name = Untrusted::new(attachment["filename"].as_str().unwrap_or("file"));
            let size = attachment["size"].as_u64().unwrap_or(u64::MAX);
            let mut file = TimelineFile { name: Untrusted::new(name.shown(MAX_NAME)), size, sha256: None };
            if size <= MAX_FILE_BYTES.min(left) && is_copied(file.name.verbatim()) {
                file.sha256 = self.copy_attachment(attachment, size).await;
                left -= size;
            }
            files.push(file);
        }
        files
    }

    /// Records the attachments of a message of a hot room, and copies them beside the other events: Discord's links to them
    /// expire.
    pub(super) fn copy_message_files(&self, id: MessageId, data: &Value) {
        let attachments = list(&data["attachments"]);
        if attachments.is_empty() {
            return;
        }
        let (inbound, message) = (self.clone(), json!({ "attachments": attachments }));
        tokio::spawn(async move {
            let Ok(_slot) = Arc::clone(&inbound.core.slots).acquire_owned().await else { return };
            if let Err(error) = inbound.keep_message_files(id, &message).await {
                tracing::warn!(message = %id, %error, "the attachments of a message could not be recorded");
            }
        });
    }

    async fn keep_message_files(&self, id: MessageId, message: &Value) -> Result<(), StoreError> {
        let position = id.position().message;
        let local = self.core.store.read(move |reads| {
            let Some(local) = reads.received_message(&platform(), &position)? else { return Ok(None) };
            let room = reads.message(local)?.map(|message| reads.room(&message.room)).transpose()?.flatten();
            Ok(room.is_some_and(|room| room.kind == RoomKind::Hot).then_some(local))
        });
        let Some(local) = local.await? else { return Ok(()) };
        let kind =
            |attachment: &Value| Untrusted::new(Untrusted::new(text(&attachment["content_type"])).shown(MAX_NAME));
        let kinds: Vec<Untrusted> = list(&message["attachments"]).iter().map(kind).collect();
        let with_kind = |(file, kind): (TimelineFile, Untrusted)| {
            let TimelineFile { name, size, sha256 } = file;
            MessageFile { name, kind, size, sha256 }
        };
        let files: Vec<MessageFile> =
            self.copy_attachments(message).await.into_iter().zip(kinds).map(with_kind).collect();
        let keep = move |tx: &mut Tx<'_>| {
            // It may have been deleted meanwhile.
            let gone = tx.message(local)?.is_none_or(|message| builtin::is_removed(&message));
            if gone { Ok(()) } else { tx.save_message_files(local, &files) }
        };
        self.core.store.transact(keep).await
    }

    async fn copy_attachment(&self, attachment: &Value, size: u64) -> Option<String> {
        let fetched = self.discord.rest().file(attachment["url"].as_str()?, usize::try_from(size).ok()?).await;
        let stored = match fetched {
            Ok(body) => self.store_file(body).await.map_err(|error| error.to_string()),
            Err(reason) => Err(reason),
        };
        stored.inspect_err(|reason| tracing::warn!(reason, "an attachment could not be copied")).ok()
    }

    async fn store_file(&self, body: Vec<u8>) -> Result<String, StoreError> {
        let now = self.core.bot.now();
        self.core.store.transact(move |tx| tx.save_file(&body, now)).await
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn is_copied(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| KINDS.contains(&extension.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_kinds_that_are_known_are_copied() {
        assert!(is_copied("graph.PNG") && is_copied("a.b.log"));
        assert!(!is_copied("run.exe") && !is_copied("page.html") && !is_copied("png") && !is_copied("x.svg"));
    }
}
