//! Decodes the sections of contact methods. A method whose section is missing or switched off is not offered.

mod gateway;
mod mail;
mod ntfy;
mod pushover;
mod twilio;
mod web_push;

pub(in crate::config::decode) use mail::report_mailbox;

use crate::{
    config::{kinds, model::ContactConfig, read::Section},
    net,
};

pub(super) fn contact(root: &Section<'_>) -> ContactConfig {
    ContactConfig {
        mail: root.table("mail", mail::mail).flatten(),
        web_push: root.table("web_push", web_push::web_push).flatten(),
        ntfy: root.table("ntfy", ntfy::ntfy).flatten(),
        twilio: root.table("twilio", twilio::twilio).flatten(),
        pushover: root.table("pushover", pushover::pushover).flatten(),
        gateways: root.tables("contact_gateways", "id", gateway::gateway),
    }
}

/// Reads the base address of a service's API without the slash at its end; `usual` is the one that is used without it.
fn base_url(s: &Section<'_>, usual: &str) -> String {
    let url = s.read("base_url", "http(s) address", |value| {
        let text = kinds::line(value)?;
        net::check_url(&text).map_err(|failure| failure.to_string())?;
        Ok(text.trim_end_matches('/').to_owned())
    });
    url.unwrap_or_else(|| usual.to_owned())
}
