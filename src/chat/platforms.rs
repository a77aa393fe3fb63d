//! The chat platforms that mirror the built-in chat.

use std::sync::Arc;

use super::Chat;
use crate::domain::ids::Platform;

/// A platform that mirrors the built-in chat.
#[derive(Clone)]
pub struct MirrorPlatform {
    /// Its name.
    pub id: Platform,
    /// Its outbound port.
    pub outbound: Arc<dyn Chat>,
}

/// All platforms that mirror the built-in chat.
#[derive(Clone, Default)]
pub struct Platforms(Vec<MirrorPlatform>);

impl Platforms {
    /// Creates a list of platforms.
    pub fn new(platforms: impl IntoIterator<Item = MirrorPlatform>) -> Self {
        Self(platforms.into_iter().collect())
    }

    /// Returns the outbound port of a platform; `None` if it is not enabled.
    pub fn outbound(&self, id: &Platform) -> Option<Arc<dyn Chat>> {
        self.0.iter().find(|platform| platform.id == *id).map(|platform| Arc::clone(&platform.outbound))
    }
}
