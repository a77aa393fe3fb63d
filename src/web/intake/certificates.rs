//! The certificates that sign messages of Amazon SNS.
//!
//! A certificate is fetched over TLS from where SNS publishes it, must be valid now, name SNS and chain to a public root,
//! and is cached. Nothing is fetched for a topic that the source does not list, and few certificates at a time, because
//! the sender of a message chooses the address.

use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;
use rustls::pki_types::{CertificateDer, TrustAnchor, pem::PemObject};
use tokio::sync::Semaphore;
use webpki::anchor_from_trusted_cert;

use super::certificate_chain::{CertificateChain, CertificateUse};
use crate::{
    config::Source,
    domain::Timestamp,
    intake::sns::envelope::Envelope,
    net::{HttpClient, HttpFailure, aws},
};

/// Maximum number of cached certificates; Amazon signs with one per region at a time.
const KEPT: usize = 32;
/// Maximum number of concurrent fetches.
const AT_ONCE: usize = 2;

/// The result of checking a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Amazon signed it, and its topic is one that the source lists.
    Good,
    /// It is not authentic.
    Bad,
    /// The certificate is not available now.
    NotNow,
}

/// The certificates fetched so far, by their address.
pub struct Certificates {
    roots: Vec<TrustAnchor<'static>>,
    chains: Mutex<IndexMap<String, Arc<CertificateChain>>>,
    fetching: Semaphore,
}

impl Default for Certificates {
    fn default() -> Self {
        Self::with_roots(webpki_roots::TLS_SERVER_ROOTS.to_vec())
    }
}

impl Certificates {
    fn with_roots(roots: Vec<TrustAnchor<'static>>) -> Self {
        Self { roots, chains: Mutex::default(), fetching: Semaphore::new(AT_ONCE) }
    }

    /// Trusts this root alone, for tests. `None` if it is no certificate.
    pub fn trusting(root: &[u8]) -> Option<Self> {
        let root = CertificateDer::from_pem_slice(root).ok()?;
        Some(Self::with_roots(vec![anchor_from_trusted_cert(&root).ok()?.to_owned()]))
    }

    /// Checks a message.
    pub async fn check(&self, http: &HttpClient, source: &Source, envelope: &Envelope, at: Timestamp) -> Verdict {
        if !source.topics.contains(&envelope.topic) {
            return Verdict::Bad;
        }
        let used = CertificateUse { region: &envelope.region, at };
        match self.chain(http, source, &envelope.certificate, used).await {
            // A cached certificate may have expired since.
            Ok(chain) if chain.verify(&self.roots, used).is_ok() && chain.signed(envelope) => Verdict::Good,
            Ok(_) => Verdict::Bad,
            Err(verdict) => verdict,
        }
    }

    async fn chain(
        &self,
        http: &HttpClient,
        source: &Source,
        address: &str,
        used: CertificateUse<'_>,
    ) -> Result<Arc<CertificateChain>, Verdict> {
        if let Some(chain) = self.cached().get(address) {
            return Ok(Arc::clone(chain));
        }
        let _one_of_few = self.fetching.try_acquire().map_err(|_| Verdict::NotNow)?;
        let base_url = source.base_url.as_deref();
        let pem = aws::get(http, address, base_url).await.map_err(|failure| unavailable(source, &failure))?;
        let mut chain = CertificateChain::parse(&pem).ok_or(Verdict::Bad)?;
        let mut verified = chain.verify(&self.roots, used);
        if matches!(verified, Err(webpki::Error::UnknownIssuer))
            && let Some(issuer) = chain.issuer_address()
        {
            let fetched = aws::get(http, &issuer, base_url).await;
            // Without it nothing is known about the message, so the sender has to try again.
            chain.add_issuer(&fetched.map_err(|failure| {
                unavailable(source, &failure);
                Verdict::NotNow
            })?);
            verified = chain.verify(&self.roots, used);
        }
        if let Err(error) = verified {
            tracing::warn!(source = source.id.as_str(), address, %error, "the certificate of a message is not trusted");
            return Err(Verdict::Bad);
        }
        let chain = Arc::new(chain);
        let mut cached = self.cached();
        if cached.len() >= KEPT {
            cached.shift_remove_index(0);
        }
        cached.insert(address.to_owned(), Arc::clone(&chain));
        Ok(chain)
    }

    fn cached(&self) -> std::sync::MutexGuard<'_, IndexMap<String, Arc<CertificateChain>>> {
        self.chains.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unavailable(source: &Source, failure: &HttpFailure) -> Verdict {
    tracing::warn!(source = source.id.as_str(), %failure, "the certificate of a message could not be fetched");
    if failure.is_refusal() { Verdict::Bad } else { Verdict::NotNow }
}
