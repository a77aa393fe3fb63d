//! Text messages and calls through Twilio.

/// `[twilio]`
#[derive(Clone, Debug)]
pub struct TwilioSettings {
    /// Whether it also carries pages for private incidents, with key, severity and link.
    pub private: bool,
}
