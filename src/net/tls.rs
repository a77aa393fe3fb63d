//! The one way in which clients of outside services speak TLS: rustls with ring, trusting the roots of Mozilla that are
//! part of the binary, so that it needs nothing of the machine it runs on.

use std::{error::Error, io, path::Path, sync::Arc};

use reqwest::ClientBuilder;
use rustls::{
    CertificateError, ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName},
    version::{TLS12, TLS13},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{ByteStream, broken, identity};

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

/// Whom clients of other protocols than HTTP trust: the roots of Mozilla, and what an operator adds.
#[derive(Clone)]
pub struct TrustedRoots(Arc<ClientConfig>);

impl Default for TrustedRoots {
    fn default() -> Self {
        Self::with(&[]).expect("the roots of Mozilla are certificates")
    }
}

impl std::fmt::Debug for TrustedRoots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
        Ok(Self(Arc::new(config(roots))))
    }

    /// A builder of HTTP clients with the same trust.
    pub fn http(&self) -> ClientBuilder {
        reqwest::Client::builder().tls_backend_preconfigured((*self.0).clone())
    }

    /// Speaks TLS over a connection with a host, whose certificate must be valid for that name or address.
    ///
    /// # Errors
    /// Says why there is no encrypted connection. Nothing but the handshake was sent.
    pub async fn encrypt<S: ByteStream>(&self, host: &str, stream: S) -> Result<TlsStream<S>, String> {
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(bare).map_err(|_| format!("{host} is no host name"))?;
        TlsConnector::from(Arc::clone(&self.0)).connect(name, stream).await.map_err(|error| {
            let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
            match cause {
                Some(rustls::Error::InvalidCertificate(fault)) => {
                    format!("the certificate of {host} is not valid: {}", certificate_fault(fault))
                }
                Some(error) => format!("no TLS with {host}: {error}"),
                None => format!("no TLS with {host}: {}", broken(&error)),
            }
        })
    }
}

/// Why the certificate of an HTTP server was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the certificate is not valid: {why}")]
pub struct CertificateTrouble {
    why: String,
    /// True if its authority is none of those that are trusted.
    pub unknown_issuer: bool,
}

impl CertificateTrouble {
    /// Returns the trouble among the causes of an error; `None` if it has another reason.
    pub fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(rustls::Error::InvalidCertificate(fault)) = error.downcast_ref() {
                let unknown_issuer = matches!(fault, CertificateError::UnknownIssuer);
                return Some(Self { why: certificate_fault(fault), unknown_issuer });
            }
            // The source of an I/O error is that of the error in it, not that error.
            let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            cause = wrapped.map(|wrapped| wrapped as &(dyn Error + 'static)).or_else(|| error.source());
        }
        None
    }
}

fn certificate_fault(fault: &CertificateError) -> String {
    use CertificateError as Fault;
    if matches!(fault, Fault::Expired | Fault::ExpiredContext { .. }) {
        "it has expired".to_owned()
    } else if matches!(fault, Fault::NotValidYet | Fault::NotValidYetContext { .. }) {
        "it is not valid yet".to_owned()
    } else if matches!(fault, Fault::NotValidForName | Fault::NotValidForNameContext { .. }) {
        "it is for another name".to_owned()
    } else if matches!(fault, Fault::UnknownIssuer) {
        "nobody who is trusted has issued it".to_owned()
    } else {
        fault.to_string()
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
