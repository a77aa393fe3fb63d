//! Gateways: providers of text messages that bot.toml describes, without code.
//!
//! `[[contact_gateways]]` gives method, URL, headers and body with placeholders. Each placeholder is encoded for where it
//! appears; where it could change the meaning of what is around it, the configuration is refused.

mod body;
mod client;
mod request;
mod success;
mod template;
mod xml;

#[cfg(test)]
mod tests;

pub use body::{BodyFormat, GatewayBody};
pub use client::{GatewayMessage, GatewaySettings, send};
pub use request::{GatewayHeader, GatewayUrl};
pub use success::{FieldCondition, SuccessCondition};
pub use template::Placeholder;
