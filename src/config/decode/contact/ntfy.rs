//! Decodes `[ntfy]`.

use crate::{
    config::{kinds, read::Section},
    contact::ntfy::NtfySettings,
};

pub(super) fn ntfy(s: &Section<'_>) -> Option<NtfySettings> {
    Some(NtfySettings { private: s.need("private", "true or false", kinds::flag).unwrap_or_default() })
}
