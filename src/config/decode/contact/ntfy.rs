//! Decodes `[ntfy]`.

use crate::{
    config::{kinds, read::Section},
    contact::ntfy::{NtfySettings, parse_server},
    net,
};

pub(super) fn ntfy(s: &Section<'_>) -> Option<NtfySettings> {
    let server = s.need("server", "http(s) address", |value| parse_server(&kinds::line(value)?));
    if server.as_deref().is_some_and(net::is_readable_on_the_way) {
        s.warn(
            "server",
            "http: everyone between hotroom and the server can read pages and acknowledge them; use https",
        );
    }
    let token = s.secret("token");
    let private = s.flag("private", false);
    Some(NtfySettings { server: server?, token, private })
}
