//! The certificate of a message and its chain to a public root. No I/O.

use std::{sync::LazyLock, time::Duration};

use regex::bytes::Regex;
use ring::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime, pem::PemObject};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage};

use crate::{
    domain::Timestamp,
    intake::sns::envelope::{Envelope, Version},
};

/// How a certificate begins. A text that contains one somewhere else may quote what its caller sent.
const BEGINNING: &[u8] = b"-----BEGIN CERTIFICATE-----";
/// The identifier of an RSA public key in a certificate (RFC 8017, A.1): the algorithm `rsaEncryption` without
/// parameters.
const RSA: [u8; 15] = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
/// Amazon's intermediate certificates, Amazon RSA 2048 M01 to M04. SNS publishes its certificates without them.
const INTERMEDIATES: &[u8] = include_bytes!("amazon_intermediates.pem");

/// The address of the issuer's certificate in another one (RFC 5280, 4.2.2.1).
static ISSUER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"http://[a-z0-9.-]{1,100}/[A-Za-z0-9._/-]{1,100}\.(?:cer|crt)").expect("a test uses it")
});

/// A certificate, and those that may stand between it and a root.
pub(super) struct CertificateChain {
    leaf: CertificateDer<'static>,
    intermediates: Vec<CertificateDer<'static>>,
}

/// Where a certificate is used: by which region, and when.
#[derive(Clone, Copy)]
pub(super) struct CertificateUse<'a> {
    pub region: &'a str,
    pub at: Timestamp,
}

/// The names that the certificate of a region may have. Source: `SnsHostProvider` of the AWS SDK for Java.
fn names(region: &str) -> Vec<String> {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let mut names = vec!["sns.amazonaws.com".to_owned()];
    names.extend(["sns.", "sns-", "sns-signing."].map(|prefix| format!("{prefix}{region}.{domain}")));
    if region.starts_with("us-gov-") {
        names.push("sns-us-gov-west-1.amazonaws.com".to_owned());
    }
    names
}

impl CertificateChain {
    /// Reads a certificate, and those that follow it. `None` if the text begins with anything else.
    pub(super) fn parse(pem: &[u8]) -> Option<Self> {
        if !pem.starts_with(BEGINNING) {
            return None;
        }
        let mut all = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().ok()?.into_iter();
        let leaf = all.next()?;
        let shipped = CertificateDer::pem_slice_iter(INTERMEDIATES).filter_map(Result::ok);
        Some(Self { leaf, intermediates: all.chain(shipped).collect() })
    }

    /// Returns where the certificate says that its issuer's is.
    pub(super) fn issuer_address(&self) -> Option<String> {
        let found = ISSUER.find(&self.leaf)?;
        String::from_utf8(found.as_bytes().to_vec()).ok()
    }

    /// Adds the certificate of the issuer, in either of its usual forms.
    pub(super) fn add_issuer(&mut self, bytes: &[u8]) {
        let issuer = CertificateDer::from_pem_slice(bytes).unwrap_or_else(|_| CertificateDer::from(bytes.to_vec()));
        self.intermediates.push(issuer);
    }

    /// Checks validity, chain and name.
    pub(super) fn verify(&self, roots: &[TrustAnchor<'_>], used: CertificateUse<'_>) -> Result<(), webpki::Error> {
        let certificate = EndEntityCert::try_from(&self.leaf)?;
        let now = UnixTime::since_unix_epoch(Duration::from_secs(used.at.timestamp().max(0).unsigned_abs()));
        let (algorithms, server) = (ALL_VERIFICATION_ALGS, KeyUsage::server_auth());
        certificate.verify_for_usage(algorithms, roots, &self.intermediates, now, server, None, None)?;
        let mut error = webpki::Error::UnsupportedNameType;
        for name in names(used.region) {
            let Ok(name) = ServerName::try_from(name) else { continue };
            match certificate.verify_is_valid_for_subject_name(&name) {
                Ok(()) => return Ok(()),
                Err(wrong) => error = wrong,
            }
        }
        Err(error)
    }

    /// True if the key of the certificate signed the message.
    pub(super) fn signed(&self, envelope: &Envelope) -> bool {
        let hash = match envelope.version {
            Version::Sha1 => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Version::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
        };
        let Some(key) = public_key(&self.leaf) else { return false };
        UnparsedPublicKey::new(hash, key).verify(envelope.signed.as_bytes(), &envelope.signature).is_ok()
    }
}

/// The RSA key of a certificate, as PKCS #1.
fn public_key(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let certificate = EndEntityCert::try_from(certificate).ok()?;
    let info = certificate.subject_public_key_info();
    let at = info.windows(RSA.len()).position(|window| window == RSA)? + RSA.len();
    // A bit string that uses all its bits: tag, length in one to three bytes, no unused bits, the key.
    match info.get(at..)? {
        [3, 0x82, _, _, 0, key @ ..] | [3, 0x81, _, 0, key @ ..] | [3, _, 0, key @ ..] => Some(key.to_vec()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The certificate with which SNS signs in the region af-south-1 from July 2026 to February 2027.
    const REAL: &[u8] = include_bytes!("certificate_of_af_south_1.pem");

    fn verified(chain: &CertificateChain, region: &str, at: &str) -> Result<(), webpki::Error> {
        let used = CertificateUse { region, at: format!("{at}T00:00:00Z").parse().unwrap() };
        chain.verify(webpki_roots::TLS_SERVER_ROOTS, used)
    }

    #[test]
    fn a_real_certificate_is_trusted_in_its_region_while_it_is_valid() {
        let mut chain = CertificateChain::parse(REAL).unwrap();
        assert_eq!(verified(&chain, "af-south-1", "2026-10-02"), Ok(()));
        assert!(matches!(verified(&chain, "af-south-1", "2027-03-01"), Err(webpki::Error::CertExpired { .. })));
        assert!(matches!(verified(&chain, "af-south-1", "2026-07-01"), Err(webpki::Error::CertNotValidYet { .. })));
        assert!(matches!(verified(&chain, "eu-west-1", "2026-10-02"), Err(webpki::Error::CertNotValidForName(_))));
        assert_eq!(chain.issuer_address().as_deref(), Some("http://crt.r2m01.amazontrust.com/r2m01.cer"));
        let shipped = std::mem::take(&mut chain.intermediates);
        assert_eq!(verified(&chain, "af-south-1", "2026-10-02"), Err(webpki::Error::UnknownIssuer));
        chain.add_issuer(&shipped[0]);
        assert_eq!(verified(&chain, "af-south-1", "2026-10-02"), Ok(()));
    }

    #[test]
    fn a_certificate_inside_another_text_is_none() {
        for before in ["<Attributes>", " ", "\n", "\u{feff}"] {
            assert!(CertificateChain::parse(&[before.as_bytes(), REAL].concat()).is_none(), "{before:?}");
        }
        assert!(CertificateChain::parse(b"-----BEGIN CERTIFICATE-----\n").is_none());
    }

    #[test]
    fn each_region_has_its_names() {
        assert_eq!(names("eu-west-1")[..2], ["sns.amazonaws.com", "sns.eu-west-1.amazonaws.com"]);
        assert!(names("cn-north-1").contains(&"sns-cn-north-1.amazonaws.com.cn".to_owned()));
        assert!(names("us-gov-east-1").contains(&"sns-us-gov-west-1.amazonaws.com".to_owned()));
    }
}
