//! AWS Signature Version 4 for S3-compatible storage, over headers:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::domain::Timestamp;

/// The headers that are signed, in their order.
const SIGNED: &str = "host;x-amz-content-sha256;x-amz-date";

/// Who signs, and for which region.
#[derive(Clone, Debug)]
pub struct AwsCredentials {
    /// The access key id.
    pub access_key: String,
    /// The secret access key.
    pub secret_key: SecretString,
    /// The region, such as `eu-central-1`; services that have none accept `us-east-1`.
    pub region: String,
}

/// A request that is to be signed.
#[derive(Clone, Copy, Debug)]
pub struct S3Request<'a> {
    /// The method.
    pub method: &'a str,
    /// The host, with the port if it is not the usual one.
    pub host: &'a str,
    /// The path, encoded as it is sent.
    pub path: &'a str,
    /// The query, with its names in order, encoded as it is sent.
    pub query: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// The headers that a signed request carries besides `host`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Headers {
    /// `authorization`
    pub authorization: String,
    /// `x-amz-date`
    pub date: String,
    /// `x-amz-content-sha256`
    pub content_sha256: String,
}

impl AwsCredentials {
    /// Signs a request.
    pub fn sign(&self, request: S3Request<'_>, now: Timestamp) -> S3Headers {
        let date = now.format("%Y%m%dT%H%M%SZ").to_string();
        let day = &date[..8];
        let content_sha256 = hex::encode(Sha256::digest(request.body));
        let S3Request { method, host, path, query, .. } = request;
        let headers = format!("host:{host}\nx-amz-content-sha256:{content_sha256}\nx-amz-date:{date}\n");
        let canonical = format!("{method}\n{path}\n{query}\n{headers}\n{SIGNED}\n{content_sha256}");
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex::encode(Sha256::digest(&canonical)));
        let signature = hex::encode(keyed(&self.signing_key(day), &text));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={SIGNED}, Signature={signature}",
            self.access_key
        );
        S3Headers { authorization, date, content_sha256 }
    }

    /// The key of a day, a region and a service.
    fn signing_key(&self, day: &str) -> Vec<u8> {
        let first = format!("AWS4{}", self.secret_key.expose_secret());
        [day, self.region.as_str(), "s3", "aws4_request"].iter().fold(first.into_bytes(), |key, part| keyed(&key, part))
    }
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes a key of any length; a longer one than a block is hashed first (RFC 2104, section 2).
    let key = if key.len() > 64 { Sha256::digest(key).to_vec() } else { key.to_vec() };
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(&key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Encodes a path for a request: everything but unreserved characters and `/`.
pub fn encode_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "Example: GET Bucket Lifecycle" of
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.
    #[test]
    fn a_request_is_signed_as_in_the_published_example() {
        let credentials = AwsCredentials {
            access_key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_key: SecretString::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            region: "us-east-1".to_owned(),
        };
        let body = b"";
        let request =
            S3Request { method: "GET", host: "examplebucket.s3.amazonaws.com", path: "/", query: "lifecycle=", body };
        let signed = credentials.sign(request, "2013-05-24T00:00:00Z".parse().expect("a time"));
        assert_eq!(signed.date, "20130524T000000Z");
        assert!(
            signed
                .authorization
                .ends_with("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            "{}",
            signed.authorization
        );
    }

    /// What Amazon's own client for Python (botocore) computes for the same upload.
    #[test]
    fn an_upload_is_signed_as_by_the_client_of_amazon() {
        let credentials = AwsCredentials {
            access_key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_key: SecretString::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            region: "eu-central-1".to_owned(),
        };
        let path = encode_path("/example-on-call/hotroom/a b.html");
        let request = S3Request { method: "PUT", host: "127.0.0.1:9000", path: &path, query: "", body: b"hotroom\n" };
        let signed = credentials.sign(request, "2026-03-02T10:00:00Z".parse().expect("a time"));
        assert_eq!(signed.content_sha256, "a7a24837a9ba19be4ff837dc4ca56e50a741a8376f03e82ba9837b92d175f9e7");
        assert!(
            signed
                .authorization
                .ends_with("Signature=ca0f33892477c89e27ef29320d69e6e096846436d65ef5b54cbefdb5c385ea84"),
            "{}",
            signed.authorization
        );
    }

    #[test]
    fn a_path_is_encoded_as_the_signature_needs_it() {
        assert_eq!(encode_path("/sheets/a b+c/ä.html"), "/sheets/a%20b%2Bc/%C3%A4.html");
    }
}
