//! Labels and answers of notifications in browsers. The texts are in `templates/contact/push.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::ContactText;
use crate::contact::web_push::PushAction;

const SHIPPED: &str = include_str!("../../../templates/contact/push.toml");

// A test parses the shipped file.
static WORDS: LazyLock<PushWords> = LazyLock::new(|| toml::from_str(SHIPPED).unwrap_or_default());

/// What a notification says besides the text of its message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushWords {
    /// The label of the button that tries again.
    pub retry: String,
    /// Somebody else had acknowledged: `{by}`.
    pub taken: String,
    /// A button came too late.
    pub over: String,
    acknowledge: ButtonWords,
    escalate: ButtonWords,
    answer: ButtonWords,
}

/// What belongs to one button.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ButtonWords {
    label: String,
    done: String,
    failed: String,
}

impl ButtonWords {
    fn button(&self, action: &'static str, post: String) -> PushAction {
        let Self { label, done, failed } = self.clone();
        PushAction { action, title: label, post, done, failed }
    }
}

/// Returns what notifications say besides their messages.
pub fn push_words() -> &'static PushWords {
    &WORDS
}

/// Returns the buttons of a message; `path` turns a link into what a button posts to.
pub fn push_buttons(text: &ContactText, path: impl Fn(&str) -> String) -> Vec<PushAction> {
    match text {
        ContactText::Page(page) => vec![
            WORDS.acknowledge.button("ack", path(&page.acknowledge)),
            WORDS.escalate.button("escalate", path(&page.escalate)),
        ],
        ContactText::Test { answer } => vec![WORDS.answer.button("answer", path(answer))],
        ContactText::Over(_) | ContactText::Code { .. } | ContactText::Reminder(_) | ContactText::Change { .. } => {
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_texts_are_complete() {
        let words: PushWords = toml::from_str(SHIPPED).expect("TOML");
        assert!(words.taken.contains("{by}"));
        for button in [&words.acknowledge, &words.escalate, &words.answer] {
            assert!(!button.label.is_empty() && !button.done.is_empty() && button.failed.ends_with("no connection"));
        }
    }
}
