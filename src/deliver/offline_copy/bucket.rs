//! The sheet in a bucket of S3-compatible storage. A bucket that everybody can read is refused.

use reqwest::{Method, Url};

use super::{OfflineCopyError, SignedSheet};
use crate::{
    config::BucketConfig,
    domain::{Timestamp, text::cut},
    net::{
        HttpCall, HttpClient, HttpFailure, HttpResponse, UrlOrigin,
        aws_signature::{S3Request, encode_path},
    },
};

/// The object with which it is tried whether everybody can read the bucket. It says nothing.
const PROBE: &str = "hotroom-probe.txt";
/// The largest answer that is read.
const LARGEST: usize = 64 * 1024;
/// How much of an answer is quoted.
const QUOTED: usize = 200;

/// A bucket at its address.
pub(super) struct Bucket<'a> {
    config: &'a BucketConfig,
    http: &'a HttpClient,
    now: Timestamp,
}

impl<'a> Bucket<'a> {
    pub(super) fn new(config: &'a BucketConfig, http: &'a HttpClient, now: Timestamp) -> Self {
        Self { config, http, now }
    }

    /// Writes the files of a sheet, after checking that not everybody can read them. The page comes last, so that whoever
    /// fetches it finds its signature.
    pub(super) async fn write(&self, sheet: &SignedSheet) -> Result<(), OfflineCopyError> {
        self.check_private().await?;
        for file in sheet.files().into_iter().rev() {
            self.put(file.name, file.content_type, file.text.as_bytes()).await?;
        }
        Ok(())
    }

    /// Writes an object that says nothing, and tries to read it and the list of objects without a signature.
    pub(super) async fn check_private(&self) -> Result<(), OfflineCopyError> {
        self.put(PROBE, "text/plain", b"hotroom\n").await?;
        let object = self.path(PROBE);
        let bucket = encode_path(&format!("/{}", self.config.bucket));
        for (path, query) in [(object.as_str(), ""), (bucket.as_str(), "list-type=2")] {
            let response = self.exchange(Method::GET, path, query, None).await?;
            match response.status {
                401 | 403 => {}
                200..=299 => {
                    return Err(OfflineCopyError::Bucket(format!(
                        "everybody can read the bucket {}: block its public access, then it is written",
                        self.config.bucket
                    )));
                }
                status => {
                    return Err(OfflineCopyError::Bucket(format!(
                        "it cannot be told whether everybody can read the bucket {}: a request without a signature was answered \
                     {status} instead of 403",
                        self.config.bucket
                    )));
                }
            }
        }
        Ok(())
    }

    fn path(&self, name: &str) -> String {
        encode_path(&format!("/{}/{}{name}", self.config.bucket, self.config.prefix))
    }

    async fn put(&self, name: &str, content_type: &str, body: &[u8]) -> Result<(), OfflineCopyError> {
        let path = self.path(name);
        let upload = Upload { content_type, body };
        let response = self.exchange(Method::PUT, &path, "", Some(upload)).await?;
        match response.status {
            200..=299 => Ok(()),
            status => Err(OfflineCopyError::Bucket(format!(
                "the bucket {} did not take {name}: {status} {}",
                self.config.bucket,
                reason(&response)
            ))),
        }
    }

    /// Makes a request: a signed one if something is uploaded, else one that anybody could make.
    async fn exchange(
        &self,
        method: Method,
        path: &str,
        query: &str,
        upload: Option<Upload<'_>>,
    ) -> Result<HttpResponse, OfflineCopyError> {
        let endpoint = self.config.endpoint.trim_end_matches('/');
        let question = if query.is_empty() { "" } else { "?" };
        let url = format!("{endpoint}{path}{question}{query}");
        let call = HttpCall::new(method.clone(), url, UrlOrigin::Config).at_most(LARGEST);
        let call = match upload {
            None => call,
            Some(Upload { content_type, body }) => {
                let host = authority(endpoint);
                let request = S3Request { method: method.as_str(), host: &host, path, query, body };
                let signed = self.config.credentials.sign(request, self.now);
                call.body(content_type, body.to_vec())
                    .header("x-amz-date", &signed.date)
                    .header("x-amz-content-sha256", &signed.content_sha256)
                    .secret_header("authorization", &signed.authorization.into())
            }
        };
        self.http.exchange(call).await.map_err(|failure| unreachable(self.config, &failure))
    }
}

/// What is uploaded.
struct Upload<'a> {
    content_type: &'a str,
    body: &'a [u8],
}

fn unreachable(config: &BucketConfig, failure: &HttpFailure) -> OfflineCopyError {
    OfflineCopyError::Bucket(format!("the bucket {} cannot be used: {failure}", config.bucket))
}

/// The host as the client sends it: with the port only if it is not the usual one.
fn authority(endpoint: &str) -> String {
    let url = Url::parse(endpoint).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    match url.as_ref().and_then(Url::port) {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The code and the message of an error of S3.
fn reason(response: &HttpResponse) -> String {
    let body = String::from_utf8_lossy(&response.body);
    let element = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        Some(rest.split_once("</")?.0.to_owned())
    };
    let said = [element("Code"), element("Message")].into_iter().flatten().collect::<Vec<_>>().join(": ");
    crate::domain::text::visible(&cut(&said, QUOTED))
}
