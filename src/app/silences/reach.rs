//! How many alerts silences match: existing ones, and one that is about to be created.

use crate::{
    domain::{
        Timestamp,
        alert::{AlertGroup, Matcher, MutedBy, Silence, SilencePreview, SilenceScope, all_match},
        ids::AlertId,
    },
    store::{Reads, SilenceFilter, StoreError},
};

/// How many firing alerts are matched before a person sees how many match.
const LOOKED_AT: u64 = 2_000;
/// How many of them are read at once.
const READ_AT_ONCE: usize = 500;

/// A silence, and what it matches now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilenceMatch {
    /// The silence.
    pub silence: Silence,
    /// How many firing alerts it matches now.
    pub holds: u64,
    /// The open group it covers as a whole.
    pub group: Option<AlertGroup>,
}

/// What a silence with these matchers would match now, among the first 2,000 firing alerts.
pub fn reach(reads: &Reads<'_>, matchers: &[Matcher]) -> Result<SilencePreview, StoreError> {
    let mut reach = SilencePreview { firing: reads.count_firing_alerts()?, ..SilencePreview::default() };
    let mut after: Option<AlertId> = None;
    while reach.looked_at < LOOKED_AT {
        let alerts = reads.firing_alerts(after, READ_AT_ONCE)?;
        reach.looked_at += alerts.len() as u64;
        reach.held += alerts.iter().filter(|alert| all_match(matchers, &alert.labels)).count() as u64;
        after = alerts.last().map(|last| last.id);
        if alerts.len() < READ_AT_ONCE {
            break;
        }
    }
    Ok(reach)
}

/// What a silence matches now.
pub fn held(reads: &Reads<'_>, silence: Silence) -> Result<SilenceMatch, StoreError> {
    let group = match &silence.scope {
        SilenceScope::Group { key, .. } => reads.open_group(key)?,
        SilenceScope::Alerts(_) | SilenceScope::Alert { .. } | SilenceScope::Maintenance { .. } => None,
    };
    let holds = match &group {
        Some(group) => u64::from(group.counts.firing + group.counts.children_firing),
        None => reads.count_muted(MutedBy::Silence(silence.id))?,
    };
    Ok(SilenceMatch { silence, holds, group })
}

/// Silences with what they match, newest first.
pub fn listed(reads: &Reads<'_>, filter: &SilenceFilter, now: Timestamp) -> Result<Vec<SilenceMatch>, StoreError> {
    reads.list_silences(filter, now)?.into_iter().map(|silence| held(reads, silence)).collect()
}
