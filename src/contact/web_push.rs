//! Web push: notifications of the console in browsers.

/// `[web_push]`
#[derive(Clone, Debug)]
pub struct WebPushSettings {
    /// Whether it also carries pages for private incidents, with key, severity and link.
    pub private: bool,
}
