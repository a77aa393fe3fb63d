//! How the last messages of each kind of contact method went.

use crate::{
    domain::{
        Timestamp,
        contact::{ContactOutcome, MethodKind},
    },
    store::{
        Reads, StoreError,
        engine::{columns::from_json, sql::params},
    },
};

/// How many of the last messages are looked at.
const LAST: i64 = 20;
/// How many failures in a row mean that nothing arrives.
const FAILURES: usize = 3;

/// How the last messages of a kind of contact method went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindState {
    /// The kind.
    pub kind: MethodKind,
    /// When the provider accepted one last; `None` if not among the last messages.
    pub last_success: Option<Timestamp>,
    /// The last one that failed or has to be sent again.
    pub last_failure: Option<MessageFailure>,
    /// How many of the newest have failed in a row.
    pub failed_in_a_row: usize,
}

/// A message that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageFailure {
    /// When.
    pub at: Timestamp,
    /// The provider's code and reason.
    pub why: String,
}

impl KindState {
    /// True if the last messages have all failed: the service, or what bot.toml says of it, is broken.
    pub fn is_broken(&self) -> bool {
        self.failed_in_a_row >= FAILURES
    }
}

impl Reads<'_> {
    /// How the last messages of a kind went; `None` if there were none.
    pub fn contact_kind_state(&self, kind: MethodKind) -> Result<Option<KindState>, StoreError> {
        let sql = "SELECT updated_at, outcome FROM contact_messages WHERE kind = $1 ORDER BY at DESC LIMIT $2";
        let rows = self.all(sql, params![kind.name(), LAST], |row| {
            let outcome: ContactOutcome =
                from_json(&format_args!("a message by {}", kind.name()), &row.get::<String>(1)?)?;
            Ok((row.get::<Timestamp>(0)?, outcome))
        })?;
        if rows.is_empty() {
            return Ok(None);
        }
        let mut state = KindState { kind, last_success: None, last_failure: None, failed_in_a_row: 0 };
        for (at, outcome) in rows {
            state.count(at, &outcome);
        }
        Ok(Some(state))
    }
}

impl KindState {
    /// Counts a message that is older than those counted before.
    fn count(&mut self, at: Timestamp, outcome: &ContactOutcome) {
        match outcome {
            ContactOutcome::Accepted | ContactOutcome::Delivered | ContactOutcome::Shown => {
                self.last_success = self.last_success.or(Some(at));
            }
            ContactOutcome::Failed { .. } | ContactOutcome::Delayed { .. } => {
                if self.last_success.is_none() {
                    self.failed_in_a_row += 1;
                }
                let (code, why) = outcome.reason();
                let why = [code, why].into_iter().flatten().collect::<Vec<_>>().join(" ");
                self.last_failure.get_or_insert(MessageFailure { at, why });
            }
            ContactOutcome::Planned
            | ContactOutcome::Bundled
            | ContactOutcome::NotNeeded
            | ContactOutcome::Withheld
            | ContactOutcome::Limited => {}
        }
    }
}
