//! Calls to outside systems: TLS, one HTTP client with a guard against forged requests, connections for other protocols,
//! and what a failure means.
//!
//! The settings come in as parameters, so that this module stands directly above [`crate::domain`] and every adapter can
//! use it.

mod address;
pub mod aws;
pub mod aws_signature;
mod clients;
mod connect_proxy;
mod dial;
mod failure;
mod form;
mod guard;
mod http;
mod identity;
mod pattern;
mod response;
mod retry_after;
mod roots;
mod settings;
pub mod standard_webhooks;
pub mod tls;

pub use clients::HttpClients;
pub use dial::{ByteStream, DialFailure, Dialer, broken};
pub use failure::HttpFailure;
pub use form::{FormField, decode_form, encode_form};
pub use guard::{BlockedAddress, UrlOrigin};
pub use http::{HttpCall, HttpClient, check_outside_url, check_url, is_readable_on_the_way};
pub use identity::{IdentityFault, ServerIdentity};
pub use pattern::HostPattern;
pub use response::HttpResponse;
pub use settings::NetSettings;
