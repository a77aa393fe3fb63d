//! Outgoing connections: TLS, and the hosts of Amazon.

pub mod aws;
pub mod tls;
