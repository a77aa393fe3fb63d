//! Timers.

use super::Timer;

impl Timer {
    /// Timers do not wait for each other: each thing looked at is a lane of its own.
    pub fn lane(&self) -> String {
        match self {
            Self::UpdateDue { incident } => format!("wake/update/{incident}"),
            Self::Escalate { page } => format!("wake/page/{page}"),
            Self::FlushGroup { group, .. } => format!("wake/flush/{group}"),
            Self::DeclareRule { group } => format!("wake/rule/{group}"),
            Self::MoveGroups { from, .. } => format!("wake/merge/{from}"),
            Self::ExpireAlerts { group } => format!("wake/expire/{group}"),
            Self::StormOver { feed } => format!("wake/storm/{feed}"),
            Self::SourceSilent { source } => format!("wake/silent/{source}"),
            Self::HeartbeatDue { heartbeat } => format!("wake/heartbeat/{heartbeat}"),
            Self::Inhibit { source } => format!("wake/inhibit/{source}"),
            Self::RulesChanged { .. } => "wake/inhibit".to_owned(),
            Self::Silence { silence, .. } => format!("wake/silence/{silence}"),
        }
    }

    /// A thing has one next look of each kind: a newer timer replaces the older.
    pub fn coalesce(&self) -> Option<String> {
        Some(self.lane())
    }
}
