//! Decodes `[web_push]`.

use crate::{
    config::{kinds, read::Section},
    contact::web_push::WebPushSettings,
};

pub(super) fn web_push(s: &Section<'_>) -> Option<WebPushSettings> {
    Some(WebPushSettings { private: s.need("private", "true or false", kinds::flag).unwrap_or_default() })
}
