//! ntfy: push messages through ntfy.sh or a server of one's own.

/// `[ntfy]`
#[derive(Clone, Debug)]
pub struct NtfySettings {
    /// Whether it also carries pages for private incidents, with key, severity and link.
    pub private: bool,
}
