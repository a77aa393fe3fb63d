//! What hangs on a message that is put on a timeline: copied, as far as it is of a bounded size, number and kind.

use serde_json::Value;

use super::DiscordInbound;
use crate::{
    domain::{incident::TimelineFile, text::Untrusted},
    store::StoreError,
};

/// How many files of one message are named, and how many bytes are copied: of one file, and of one message.
const MOST: usize = 10;
const LARGEST: u64 = 8 << 20;
const MOST_BYTES: u64 = 24 << 20;
/// How long a name may be.
const NAME: usize = 100;
/// The kinds that are copied, by the ending of the name. They are never shown by the console, only handed out.
const KINDS: [&str; 27] = [
    "png", "jpg", "jpeg", "gif", "webp", "txt", "log", "md", "json", "jsonl", "yaml", "yml", "toml", "xml", "csv",
    "tsv", "pdf", "zip", "gz", "tgz", "har", "pcap", "sql", "diff", "patch", "trace", "out",
];

impl DiscordInbound {
    /// What hangs on a message. What is too large, of another kind or cannot be fetched is named without a copy.
    pub(super) async fn files(&self, message: &Value) -> Vec<TimelineFile> {
        let mut files = Vec::new();
        let mut left = MOST_BYTES;
        let hung = message["attachments"].as_array().map(Vec::as_slice).unwrap_or_default();
        for attachment in hung.iter().take(MOST) {
            let name = Untrusted::new(attachment["filename"].as_str().unwrap_or("file"));
            let size = attachment["size"].as_u64().unwrap_or(u64::MAX);
            let mut file = TimelineFile { name: Untrusted::new(name.shown(NAME)), size, sha256: None };
            if size <= LARGEST.min(left) && is_copied(file.name.verbatim()) {
                file.sha256 = self.copy(attachment, size).await;
                left -= size;
            }
            files.push(file);
        }
        files
    }

    async fn copy(&self, attachment: &Value, size: u64) -> Option<String> {
        let fetched = self.discord.rest().file(attachment["url"].as_str()?, usize::try_from(size).ok()?).await;
        let kept = match fetched {
            Ok(body) => self.keep_file(body).await.map_err(|error| error.to_string()),
            Err(why) => Err(why),
        };
        kept.inspect_err(|why| tracing::warn!(why, "a file of a message could not be copied")).ok()
    }

    async fn keep_file(&self, body: Vec<u8>) -> Result<String, StoreError> {
        let now = self.app.clock.now();
        self.app.store.transact(move |tx| tx.save_file(&body, now)).await
    }
}

fn is_copied(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| KINDS.contains(&ending.as_str()))
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
