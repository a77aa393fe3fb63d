//! Decodes the sections of contact methods. A method whose section is missing or switched off is not offered.

mod gateway;
mod mail;
mod ntfy;
mod pushover;
mod twilio;
mod web_push;

use crate::config::{model::ContactConfig, read::Section};

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
