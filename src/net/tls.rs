//! The one way in which clients of outside services speak TLS: rustls with ring, trusting the roots of Mozilla that are
//! part of the binary, so that it needs nothing of the machine it runs on.

use std::sync::Arc;

use reqwest::ClientBuilder;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    version::{TLS12, TLS13},
};

/// A builder of HTTP clients. A plain `reqwest::Client::builder()` would ask for a provider of its own.
pub fn client() -> ClientBuilder {
    trusting(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
}

/// The same with other roots.
pub(crate) fn trusting(roots: RootCertStore) -> ClientBuilder {
    reqwest::Client::builder().tls_backend_preconfigured(config(roots))
}

fn config(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .expect("ring speaks both versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
