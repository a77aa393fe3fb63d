//! Decodes `[mail]`.

use crate::{
    config::{kinds, read::Section},
    contact::mail::MailSettings,
};

pub(super) fn mail(s: &Section<'_>) -> Option<MailSettings> {
    Some(MailSettings { private: s.need("private", "true or false", kinds::flag).unwrap_or_default() })
}
