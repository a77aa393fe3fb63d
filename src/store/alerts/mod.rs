//! Alerts, their groups, silences, storms and statistics.

pub(super) mod changes;
pub(super) mod correlations;
pub(super) mod episodes;
pub(super) mod firing;
pub(super) mod groups;
pub(super) mod heartbeats;
pub(super) mod history;
pub(super) mod inhibition;
pub(super) mod lists;
pub(super) mod noise_stats;
pub(super) mod opsgenie;
pub(super) mod recent_counts;
pub(super) mod sender_warnings;
pub(super) mod silences;
pub(super) mod storms;
