//! The certificates that sign messages of Amazon SNS.
//!
//! A certificate is fetched from Amazon's own hosts only, over TLS, and cached. Nothing is fetched for a topic that the
//! source does not list, and few certificates at a time, because the sender of a message chooses the address.

use std::sync::{Mutex, PoisonError};

use indexmap::IndexMap;
use ring::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use tokio::sync::Semaphore;
use webpki::EndEntityCert;

use crate::{
    config::Source,
    intake::sns::envelope::{Envelope, Version},
    net::{HttpClient, aws},
};

/// Maximum number of cached keys; Amazon signs with one per region at a time.
const KEPT: usize = 32;
/// Maximum number of concurrent fetches.
const AT_ONCE: usize = 2;
/// The identifier of an RSA public key in a certificate (RFC 8017, A.1): the algorithm `rsaEncryption` without
/// parameters.
const RSA: [u8; 15] = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

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

/// The public keys fetched so far, by the address of their certificate.
pub struct Certificates {
    keys: Mutex<IndexMap<String, Vec<u8>>>,
    fetching: Semaphore,
}

impl Default for Certificates {
    fn default() -> Self {
        Self { keys: Mutex::default(), fetching: Semaphore::new(AT_ONCE) }
    }
}

impl Certificates {
    /// Checks a message.
    pub async fn check(&self, http: &HttpClient, source: &Source, envelope: &Envelope) -> Verdict {
        if !source.topics.contains(&envelope.topic) {
            return Verdict::Bad;
        }
        match self.key(http, source, &envelope.certificate).await {
            Ok(key) if verifies(&key, envelope) => Verdict::Good,
            Ok(_) => Verdict::Bad,
            Err(verdict) => verdict,
        }
    }

    async fn key(&self, http: &HttpClient, source: &Source, address: &str) -> Result<Vec<u8>, Verdict> {
        if let Some(key) = self.kept().get(address) {
            return Ok(key.clone());
        }
        let _one_of_few = self.fetching.try_acquire().map_err(|_| Verdict::NotNow)?;
        let pem = aws::get(http, address, source.base_url.as_deref()).await.map_err(|failure| {
            tracing::warn!(source = source.id.as_str(), %failure, "the certificate of a message could not be fetched");
            if failure.is_refusal() { Verdict::Bad } else { Verdict::NotNow }
        })?;
        let key = public_key(&pem).ok_or(Verdict::Bad)?;
        let mut kept = self.kept();
        if kept.len() >= KEPT {
            kept.shift_remove_index(0);
        }
        kept.insert(address.to_owned(), key.clone());
        Ok(key)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, IndexMap<String, Vec<u8>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn verifies(key: &[u8], envelope: &Envelope) -> bool {
    let hash = match envelope.version {
        Version::Sha1 => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        Version::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
    };
    UnparsedPublicKey::new(hash, key).verify(envelope.signed.as_bytes(), &envelope.signature).is_ok()
}

/// The RSA key of a certificate, as PKCS #1.
fn public_key(pem: &[u8]) -> Option<Vec<u8>> {
    let certificate = CertificateDer::from_pem_slice(pem).ok()?;
    let certificate = EndEntityCert::try_from(&certificate).ok()?;
    let info = certificate.subject_public_key_info();
    let at = info.windows(RSA.len()).position(|window| window == RSA)? + RSA.len();
    // A bit string that uses all its bits: tag, length in one to three bytes, no unused bits, the key.
    match info.get(at..)? {
        [3, 0x82, _, _, 0, key @ ..] | [3, 0x81, _, 0, key @ ..] | [3, _, 0, key @ ..] => Some(key.to_vec()),
        _ => None,
    }
}
