//! Clients of the services that reach people outside the chat, one for each contact method. Each takes its settings and
//! finished texts as parameters and returns the outcome of one attempt; who is reached when, and what is said, is decided
//! elsewhere.

pub mod gateway;
pub mod mail;
pub mod ntfy;
pub mod pushover;
pub mod twilio;
pub mod web_push;
pub mod webhook;
