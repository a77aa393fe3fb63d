//! Decodes `[pushover]`.

use crate::{
    config::{kinds, read::Section},
    contact::pushover::PushoverSettings,
};

pub(super) fn pushover(s: &Section<'_>) -> Option<PushoverSettings> {
    Some(PushoverSettings { private: s.need("private", "true or false", kinds::flag).unwrap_or_default() })
}
