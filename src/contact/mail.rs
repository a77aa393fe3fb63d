//! Mail over SMTP.

/// `[mail]`
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// Whether it also carries pages for private incidents, with key, severity and link.
    pub private: bool,
}
