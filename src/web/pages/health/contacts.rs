//! The kinds of contact methods that are set up, and whether messages by them are accepted.

use serde::Serialize;

use super::mood::Mood;
use crate::{
    config::Config,
    domain::{contact::MethodKind, text::Untrusted},
    store::{KindState, Reads, StoreError},
    web::pages::words,
};

/// A kind of contact method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContactKindView {
    /// Its name.
    pub kind: &'static str,
    /// The level: critical when the last messages have all failed.
    pub tone: Mood,
    /// When a message was accepted last.
    pub last_success: Option<String>,
    /// When one failed last.
    pub failed_at: Option<String>,
    /// Why.
    pub why: Option<String>,
}

/// How the kinds are doing that are set up, and others by which messages were sent.
pub fn states(reads: &Reads<'_>, config: &Config) -> Result<Vec<ContactKindState>, StoreError> {
    let mut states = Vec::new();
    for kind in MethodKind::ALL {
        let offered = match kind {
            // It needs no set-up: it is shown once somebody uses it.
            MethodKind::Webhook => false,
            MethodKind::Gateway => !config.contact.gateways.is_empty(),
            MethodKind::Mail
            | MethodKind::WebPush
            | MethodKind::Ntfy
            | MethodKind::Sms
            | MethodKind::Voice
            | MethodKind::Pushover => config.contact.offers(kind, None),
        };
        let state = reads.contact_kind_state(kind)?;
        if offered || (kind == MethodKind::Webhook && state.is_some()) {
            states.push(ContactKindState { kind, state });
        }
    }
    Ok(states)
}

/// A kind of contact method that is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactKindState {
    /// The kind.
    pub kind: MethodKind,
    /// How its last messages went; `None` if there were none.
    pub state: Option<KindState>,
}

impl ContactKindState {
    /// True if its last messages have all failed.
    pub fn is_broken(&self) -> bool {
        self.state.as_ref().is_some_and(KindState::is_broken)
    }
}

/// Reads the rows of the health page.
pub(super) fn read(reads: &Reads<'_>, config: &Config) -> Result<Vec<ContactKindView>, StoreError> {
    Ok(states(reads, config)?.iter().map(view).collect())
}

fn view(of: &ContactKindState) -> ContactKindView {
    let state = of.state.as_ref();
    let failing = state.is_some_and(|state| state.failed_in_a_row > 0);
    let failure = state.and_then(|state| state.last_failure.as_ref());
    ContactKindView {
        kind: of.kind.name(),
        tone: match (of.is_broken(), failing) {
            (true, _) => Mood::Critical,
            (false, true) => Mood::Warning,
            (false, false) => Mood::Good,
        },
        last_success: state.and_then(|state| state.last_success).map(words::at),
        failed_at: failure.map(|failure| words::at(failure.at)),
        why: failure.map(|failure| Untrusted::new(failure.why.replace('_', " ")).shown(words::TITLE)),
    }
}
