//! Gateways: providers of text messages that bot.toml describes.

/// `[[contact_gateways]]`
#[derive(Clone, Debug)]
pub struct GatewaySettings {
    /// Its name.
    pub id: String,
    /// Whether it also carries pages for private incidents, with key, severity and link.
    pub private: bool,
}
