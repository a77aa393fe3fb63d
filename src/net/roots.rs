//! Whom clients trust: the authorities of Mozilla, which are part of the binary, so that it needs nothing of the machine it
//! runs on, and those that an operator adds.

use std::{fmt, path::Path, sync::Arc};

use reqwest::ClientBuilder;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::CertificateDer,
    version::{TLS12, TLS13},
};

use super::identity;

/// The settings of clients that trust these authorities: rustls with ring.
fn config(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .expect("ring speaks both versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Whom clients trust: the roots of Mozilla, and what an operator adds.
#[derive(Clone)]
pub struct TrustedRoots {
    pub(super) config: Arc<ClientConfig>,
    added: Vec<CertificateDer<'static>>,
}

impl PartialEq for TrustedRoots {
    fn eq(&self, other: &Self) -> bool {
        self.added == other.added
    }
}

impl Default for TrustedRoots {
    fn default() -> Self {
        Self::with(&[]).expect("the roots of Mozilla are certificates")
    }
}

impl fmt::Debug for TrustedRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TrustedRoots")
    }
}

impl TrustedRoots {
    /// The roots of Mozilla and the certificates of a PEM file.
    ///
    /// # Errors
    /// Says what is wrong with the file.
    pub fn with_file(file: &Path) -> Result<Self, String> {
        let named = |why: String| format!("{} {why}", file.display());
        Self::with(&identity::chain(file).map_err(named)?).map_err(named)
    }

    fn with(more: &[CertificateDer<'static>]) -> Result<Self, String> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for certificate in more {
            roots
                .add(certificate.clone())
                .map_err(|error| format!("holds a certificate that cannot be used: {error}"))?;
        }
        Ok(Self { config: Arc::new(config(roots)), added: more.to_vec() })
    }

    /// A builder of HTTP clients with the same trust.
    pub fn http(&self) -> ClientBuilder {
        reqwest::Client::builder().tls_backend_preconfigured((*self.config).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_named() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes/certificates");
        assert!(TrustedRoots::with_file(&folder.join("authority.pem")).is_ok());
        for (name, why) in [("none.pem", "none.pem cannot be read"), ("key.pem", "key.pem has no certificate")] {
            let error = TrustedRoots::with_file(&folder.join(name)).expect_err(name);
            assert!(error.contains(why), "{error}");
        }
    }
}
