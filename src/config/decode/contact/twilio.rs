//! Decodes `[twilio]`.

use crate::{
    config::{kinds, read::Section},
    contact::twilio::TwilioSettings,
};

pub(super) fn twilio(s: &Section<'_>) -> Option<TwilioSettings> {
    Some(TwilioSettings {
        private: s.need("private", "true or false", kinds::flag).unwrap_or_default(),
        countries: s.texts("countries").unwrap_or_default(),
    })
}
