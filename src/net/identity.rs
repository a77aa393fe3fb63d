//! The certificate with which this server identifies itself, and its key.

use std::{path::Path, sync::Arc};

use chrono::NaiveDateTime;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
    sign::{CertifiedKey, SingleCertAndKey},
    version::{TLS12, TLS13},
};

use crate::domain::Timestamp;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// A certificate with its key, ready to serve.
#[derive(Clone, Debug)]
pub struct ServerIdentity {
    /// The TLS settings.
    pub config: Arc<ServerConfig>,
    /// When the certificate expires, or the first of its chain that does.
    pub expires: Timestamp,
}

/// What is wrong with a certificate or its key, and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityFault {
    /// The certificate.
    Certificate(String),
    /// The key.
    Key(String),
}

impl ServerIdentity {
    /// Reads a certificate chain and its key from PEM files.
    ///
    /// # Errors
    /// Says which file is wrong, and why.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, IdentityFault> {
        let chain = chain(certificate).map_err(|why| IdentityFault::Certificate(named(certificate, &why)))?;
        let expires =
            chain.iter().map(|one| expiry(one)).try_fold(Timestamp::MAX_UTC, |first, at| Some(first.min(at?)));
        let unreadable = || IdentityFault::Certificate(named(certificate, "is not a certificate of X.509"));
        let expires = expires.ok_or_else(unreadable)?;
        let of_key = |why: &str| IdentityFault::Key(named(key, why));
        let secret = private_key(key).map_err(|why| of_key(&why))?;
        let provider = Arc::new(ring::default_provider());
        let secret =
            ring::sign::any_supported_type(&secret).map_err(|error| of_key(&format!("cannot be used: {error}")))?;
        let pair = CertifiedKey::new(chain, secret);
        pair.keys_match()
            .map_err(|_| of_key(&format!("is not the key of the certificate in {}", certificate.display())))?;
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| of_key(&error.to_string()))?
            .with_no_client_auth();
        let mut config = config.with_cert_resolver(Arc::new(SingleCertAndKey::from(pair)));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), expires })
    }
}

fn named(file: &Path, why: &str) -> String {
    format!("{} {why}", file.display())
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(file).map_err(|error| format!("cannot be read: {error}"))?.len();
    if size > LARGEST {
        return Err(format!("is larger than {LARGEST} bytes"));
    }
    std::fs::read(file).map_err(|error| format!("cannot be read: {error}"))
}

pub(super) fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&read(file)?).collect();
    let chain = chain.map_err(|error| format!("is not PEM: {error}"))?;
    if chain.is_empty() {
        return Err("has no certificate; it must contain -----BEGIN CERTIFICATE-----".to_owned());
    }
    Ok(chain)
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let bytes = read(file)?;
    let text = String::from_utf8_lossy(&bytes);
    if text.contains("ENCRYPTED") {
        return Err("is encrypted; write the key without a passphrase".to_owned());
    }
    PrivateKeyDer::from_pem_slice(&bytes)
        .map_err(|_| "has no private key; it must contain -----BEGIN PRIVATE KEY-----".to_owned())
}

/// Returns the end of a certificate's validity (RFC 5280, section 4.1).
fn expiry(certificate: &[u8]) -> Option<Timestamp> {
    let mut fields = Der(Der(certificate).take()?.content);
    let mut fields = Der(fields.take()?.content);
    let first = fields.take()?;
    // The version is optional; it comes before the serial number.
    if first.tag == 0xa0 {
        fields.take()?;
    }
    let (_algorithm, _issuer) = (fields.take()?, fields.take()?);
    let mut validity = Der(fields.take()?.content);
    let (_begin, end) = (validity.take()?, validity.take()?);
    let text = std::str::from_utf8(end.content).ok()?;
    let text = match end.tag {
        // Two digits of the year: 50 to 99 are of the 20th century.
        0x17 => format!("{}{text}", if text < "50" { "20" } else { "19" }),
        0x18 => text.to_owned(),
        _ => return None,
    };
    Some(NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok()?.and_utc())
}

/// DER that is read element by element.
struct Der<'a>(&'a [u8]);

struct DerElement<'a> {
    tag: u8,
    content: &'a [u8],
}

impl<'a> Der<'a> {
    fn take(&mut self) -> Option<DerElement<'a>> {
        let (&[tag, short], rest) = self.0.split_first_chunk::<2>()?;
        let (length, rest) = if short < 0x80 {
            (usize::from(short), rest)
        } else {
            let (digits, rest) = rest.split_at_checked(usize::from(short & 0x7f).min(5))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(DerElement { tag, content })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls").join(name)
    }

    #[test]
    fn a_pair_is_read_with_its_end() {
        let pair = ServerIdentity::load(&file("localhost.pem"), &file("localhost.key")).expect("a pair");
        assert_eq!(pair.expires.to_rfc3339(), "2126-01-01T00:00:00+00:00");
        let soon = ServerIdentity::load(&file("soon.pem"), &file("soon.key")).expect("a pair");
        assert_eq!(soon.expires.to_rfc3339(), "2027-01-01T00:00:00+00:00");
    }

    #[test]
    fn what_is_wrong_with_a_pair_names_the_file_and_the_remedy() {
        let broken = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(broken.path(), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
            .expect("written");
        for (certificate, key, is_key, why) in [
            (file("none.pem"), file("localhost.key"), false, "none.pem cannot be read"),
            (file("localhost.key"), file("localhost.key"), false, "has no certificate"),
            (broken.path().to_owned(), file("localhost.key"), false, "is not a certificate"),
            (file("localhost.pem"), file("none.key"), true, "none.key cannot be read"),
            (file("localhost.pem"), file("localhost.pem"), true, "has no private key"),
            (file("localhost.pem"), file("soon.key"), true, "soon.key is not the key of the certificate in"),
            (file("localhost.pem"), file("encrypted.key"), true, "encrypted.key is encrypted"),
        ] {
            let fault = ServerIdentity::load(&certificate, &key).expect_err(why);
            let said = match &fault {
                IdentityFault::Certificate(said) | IdentityFault::Key(said) => said,
            };
            assert!(said.contains(why) && matches!(fault, IdentityFault::Key(_)) == is_key, "{fault:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0_u8.., 0..60)) {
            let _time_or_not = expiry(&bytes);
        }
    }
}
