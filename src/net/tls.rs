//! The one way in which clients of outside services speak TLS.

use std::{error::Error, io, sync::Arc};

use reqwest::ClientBuilder;
use rustls::{CertificateError, pki_types::ServerName};
use tokio_rustls::{TlsConnector, client::TlsStream};

pub use super::roots::TrustedRoots;
use super::{ByteStream, broken};

/// A builder of HTTP clients. A plain `reqwest::Client::builder()` would ask for a provider of its own.
pub fn client() -> ClientBuilder {
    TrustedRoots::default().http()
}

impl TrustedRoots {
    /// Speaks TLS over a connection with a host, whose certificate must be valid for that name or address.
    ///
    /// # Errors
    /// Says why there is no encrypted connection. Nothing but the handshake was sent.
    pub async fn encrypt<S: ByteStream>(&self, host: &str, stream: S) -> Result<TlsStream<S>, String> {
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(bare).map_err(|_| format!("{host} is no host name"))?;
        TlsConnector::from(Arc::clone(&self.config)).connect(name, stream).await.map_err(|error| {
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
