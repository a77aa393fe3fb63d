//! ntfy: push messages through ntfy.sh or a server of one's own.
//!
//! A message of a page has the page's sequence id, so that a later one replaces it on the phone. Servers from version 2.16
//! on keep that id and return it: after an unknown outcome the topic is polled for it before the message is published again.

mod answer;
mod client;
mod message;
mod target;
mod topic;

#[cfg(test)]
mod tests;

pub use client::{NtfyLookup, NtfyReceipt, check_server, look_up, publish};
pub use message::{NtfyAction, NtfyMessage, NtfyPriority, SequenceId};
pub use target::{NtfySettings, NtfyTarget, parse_server};
pub use topic::NtfyTopic;
