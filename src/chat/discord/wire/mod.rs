//! Discord's JSON: messages, forms, interactions, commands and component ids.

pub mod custom_id;
pub mod form;
pub mod interaction;
pub mod post;
pub mod registration;
