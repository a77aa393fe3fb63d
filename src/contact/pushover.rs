//! Pushover.

/// `[pushover]`
#[derive(Clone, Debug)]
pub struct PushoverSettings {
    /// Whether it also carries pages for private incidents, with key, severity and link.
    pub private: bool,
}
