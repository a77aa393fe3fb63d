//! The format of the log, and its behavior without a reader.

use std::sync::{Arc, Mutex};

use crate::cli::logging;

/// A writer that stores what is written, or fails.
#[derive(Clone, Default)]
struct Paper {
    text: Arc<Mutex<Vec<u8>>>,
    torn: bool,
}

impl std::io::Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.torn {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        self.text.lock().expect("whole").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn logged(json: bool, level: &str, paper: &Paper, work: impl FnOnce()) -> String {
    let log = crate::config::Log { json, level: level.to_owned() };
    let (subscriber, guard) = logging::subscriber(&log, paper.clone()).expect("started");
    tracing::subscriber::with_default(subscriber, work);
    drop(guard);
    String::from_utf8(paper.text.lock().expect("whole").clone()).expect("text")
}

#[test]
fn the_log_is_text_for_people_and_json_for_machines() {
    let say = || {
        tracing::info!(incident = "HOT-1", "the room is open");
        tracing::debug!("too fine");
    };
    let text = logged(false, "info", &Paper::default(), say);
    assert!(text.contains("the room is open") && text.contains("incident=\"HOT-1\""), "{text}");
    assert!(!text.contains("too fine"), "{text}");
    let json = logged(true, "off,hotroom::cli=debug", &Paper::default(), say);
    let first: serde_json::Value = serde_json::from_str(json.lines().next().expect("a line")).expect("json");
    assert_eq!((&first["message"], &first["incident"]), (&"the room is open".into(), &"HOT-1".into()));
    assert_eq!(json.lines().count(), 2, "{json}");
}

#[test]
fn the_log_holds_nothing_up_when_nobody_reads_it() {
    let torn = Paper { torn: true, ..Paper::default() };
    let text = logged(true, "info", &torn, || (0..20_000).for_each(|n| tracing::info!(n, "a line")));
    assert_eq!(text, "");
}
