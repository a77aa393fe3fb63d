//! Decodes `[pushover]`.

use secrecy::ExposeSecret;

use super::base_url;
use crate::{
    config::read::Section,
    contact::pushover::{PushoverSettings, is_pushover_key},
};

pub(super) fn pushover(s: &Section<'_>) -> Option<PushoverSettings> {
    let token = s.needed_secret("token");
    if token.as_ref().is_some_and(|token| !is_pushover_key(token.expose_secret())) {
        s.wrong("token", "must hold the API token of a Pushover application: 30 letters and digits");
    }
    let base_url = base_url(s, "https://api.pushover.net");
    let private = s.flag("private", false);
    Some(PushoverSettings { token: token?, base_url, private })
}
