//! Forms that were sent in, kept for a while so that they can be edited and sent again.

use serde::{Deserialize, Serialize};

use super::InboundCore;
use crate::{domain::ids::PlatformId, store::StoreError};

/// A form, or a command with options, as it was sent in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormDraft {
    /// The account that sent it. Nobody else can use it.
    pub account: PlatformId,
    /// Its command.
    pub command: String,
    /// Its options.
    pub options: Vec<(String, String)>,
}

/// A press of a button about a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftPress {
    /// The interaction that the draft was sent in by.
    pub draft: PlatformId,
    /// What to do with it.
    pub step: DraftStep,
}

/// What a person does with a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftStep {
    /// Open the form again with what was entered.
    Edit,
    /// Carry it out.
    Send,
}

impl DraftStep {
    fn word(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Send => "send",
        }
    }
}

impl DraftPress {
    /// Returns the press that the command of a button stands for: `/draft send 123`.
    pub fn parse(command: &str) -> Option<Self> {
        let (word, id) = command.strip_prefix("/draft ")?.split_once(' ')?;
        let step = [DraftStep::Edit, DraftStep::Send].into_iter().find(|step| step.word() == word)?;
        Some(Self { draft: PlatformId::new(id), step })
    }

    /// Returns the command of the button.
    pub fn command(&self) -> String {
        format!("/draft {} {}", self.step.word(), self.draft.as_str())
    }
}

impl InboundCore {
    /// Returns a draft of this account, unless it is too old.
    pub(super) async fn draft(&self, id: &PlatformId, account: &PlatformId) -> Result<Option<FormDraft>, StoreError> {
        let (platform, id, now) = (self.platform.clone(), id.clone(), self.bot.now());
        let stored = self.store.read(move |reads| reads.interaction_draft(&platform, &id, now)).await?;
        let draft = stored.and_then(|draft| serde_json::from_str::<FormDraft>(&draft).ok());
        Ok(draft.filter(|draft| draft.account == *account))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_press_is_written_as_it_is_read() {
        for step in [DraftStep::Edit, DraftStep::Send] {
            let press = DraftPress { draft: PlatformId::new("42"), step };
            assert_eq!(DraftPress::parse(&press.command()), Some(press));
        }
        for other in ["/incident send 3", "/draft", "/draft send", "/draft drop 42"] {
            assert_eq!(DraftPress::parse(other), None, "{other}");
        }
    }
}
