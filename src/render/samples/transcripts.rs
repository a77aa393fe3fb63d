//! Samples of transcripts.

use super::{Sample, SampleWorld, at};
use crate::render::{MessageRenderer, Renderer, Transcript, TranscriptAuthor, TranscriptFile, TranscriptMessage};

pub(super) fn samples(world: &SampleWorld) -> Vec<Sample> {
    let Ok(renderer) = Renderer::new(None) else { return Vec::new() };
    let voice =
        MessageRenderer { renderer: &renderer, names: world.names.clone(), policy: &world.policy, now: world.now };
    let mut out = Vec::new();
    for (name, made) in [("full", full()), ("bare", bare())] {
        for template in ["transcript/transcript.md", "transcript/transcript.html"] {
            out.push(Sample::new(template, name, voice.transcript_context(&made)));
        }
    }
    out
}

pub(crate) fn full() -> Transcript {
    let person = || TranscriptAuthor { id: "ann".to_owned(), name: "Ann".to_owned(), bot: false };
    let copied = TranscriptFile {
        name: "graph.png".to_owned(),
        kind: "image/png".to_owned(),
        size: 8,
        sha256: Some("4c4b6a3be1314ab86138bef4314dde022e600960d8689a2c8f8631802d20dab6".to_owned()),
        picture: TranscriptFile::picture(b"\x89PNG\r\n\x1a\n"),
    };
    let listed =
        TranscriptFile { name: "heap.bin".to_owned(), kind: String::new(), size: 9 << 30, sha256: None, picture: None };
    let message = |id, text: &str| TranscriptMessage {
        id,
        at: at(0),
        edited_at: None,
        author: person(),
        removed: false,
        text: text.to_owned(),
        files: Vec::new(),
    };
    let bot = TranscriptAuthor { id: "hotroom".to_owned(), name: "hotroom".to_owned(), bot: true };
    Transcript {
        key: "HOT-12".to_owned(),
        title: "Checkout is <down>".to_owned(),
        room: Some("hot-12".to_owned()),
        private: true,
        exported_at: at(90),
        complete: false,
        messages: vec![
            TranscriptMessage { author: bot, ..message(1, "**HOT-12** declared") },
            TranscriptMessage {
                edited_at: Some(at(1)),
                files: vec![copied, listed],
                ..message(2, "Look, <@bob>: **spikes** <script>")
            },
            TranscriptMessage { removed: true, edited_at: Some(at(2)), text: String::new(), ..message(3, "") },
        ],
    }
}

fn bare() -> Transcript {
    Transcript { room: None, private: false, complete: true, messages: Vec::new(), ..full() }
}
