//! Text messages and calls through Twilio.

/// `[twilio]`
#[derive(Clone, Debug)]
pub struct TwilioSettings {
    /// Whether it also carries pages for private incidents, with key, severity and link.
    pub private: bool,
    /// What numbers have to begin with, such as `+49`; if empty, any.
    pub countries: Vec<String>,
}
