//! What was read once from Redmine: names and numbers that hardly change.

use tokio::sync::Mutex;

use super::wire::{NamedBody, ProjectBody, StatusBody, TrackerBody};

/// What was read once.
#[derive(Default)]
pub(super) struct KnownNames {
    pub statuses: Mutex<Vec<StatusBody>>,
    pub priorities: Mutex<Vec<NamedBody>>,
    pub trackers: Mutex<Vec<TrackerBody>>,
    pub projects: Mutex<Vec<ProjectBody>>,
    pub account: Mutex<Option<NamedBody>>,
}
