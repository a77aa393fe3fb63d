//! S3-compatible storage with one bucket: it keeps objects, answers 403 to requests without a signature unless everybody may
//! read, and fails as a test says.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use sha2::{Digest, Sha256};

use crate::fake_http::{FakeHttp, Reaction, Received};

/// The bucket's name.
pub const BUCKET: &str = "example-on-call";
/// The key id that it accepts.
pub const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum S3Fault {
    /// Uploads are refused.
    AccessDenied,
    /// Uploads are to be repeated later.
    SlowDown,
    /// The connection is closed instead of an answer.
    Close,
}

#[derive(Default)]
struct BucketState {
    objects: BTreeMap<String, Vec<u8>>,
    is_public: bool,
    fault: Option<S3Fault>,
}

/// The storage. It ends when it is dropped.
pub struct FakeS3 {
    pub http: FakeHttp,
    state: Arc<Mutex<BucketState>>,
}

impl FakeS3 {
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(BucketState::default()));
        let shared = Arc::clone(&state);
        let http = FakeHttp::start(move |request| react(&mut shared.lock().expect("unpoisoned"), request)).await;
        Self { http, state }
    }

    /// Everybody may read the bucket from now on, or nobody.
    pub fn set_public(&self, is_public: bool) {
        self.state.lock().expect("unpoisoned").is_public = is_public;
    }

    /// What fails from now on.
    pub fn fail(&self, fault: Option<S3Fault>) {
        self.state.lock().expect("unpoisoned").fault = fault;
    }

    /// An object as text.
    pub fn object(&self, name: &str) -> Option<String> {
        let state = self.state.lock().expect("unpoisoned");
        state.objects.get(name).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// The names of all objects.
    pub fn names(&self) -> Vec<String> {
        self.state.lock().expect("unpoisoned").objects.keys().cloned().collect()
    }
}

fn react(state: &mut BucketState, request: &Received) -> Reaction {
    let path = request.path.split('?').next().unwrap_or_default();
    let Some(name) = path.strip_prefix(&format!("/{BUCKET}")) else { return error(404, "NoSuchBucket") };
    let name = name.trim_start_matches('/').to_owned();
    match request.method.as_str() {
        "PUT" => match (state.fault, is_signed(request)) {
            (Some(S3Fault::Close), _) => Reaction::Close,
            (Some(S3Fault::AccessDenied), _) => error(403, "AccessDenied"),
            (Some(S3Fault::SlowDown), _) => error(503, "SlowDown"),
            (None, Err(code)) => error(403, code),
            (None, Ok(())) => {
                state.objects.insert(name, request.body.clone());
                Reaction::answer(200, "")
            }
        },
        "GET" if !state.is_public => error(403, "AccessDenied"),
        "GET" if name.is_empty() => Reaction::answer(200, "<ListBucketResult/>"),
        "GET" => match state.objects.get(&name) {
            Some(bytes) => Reaction::answer(200, bytes.clone()),
            None => error(404, "NoSuchKey"),
        },
        _ => error(405, "MethodNotAllowed"),
    }
}

/// Checks the form of a signature and the hash of the body. That the signature itself is right is checked against the
/// published example.
fn is_signed(request: &Received) -> Result<(), &'static str> {
    let header = |name: &str| request.headers.get(name).map(String::as_str).unwrap_or_default();
    let authorization = header("authorization");
    if !authorization.starts_with(&format!("AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/")) {
        return Err("InvalidAccessKeyId");
    }
    let signed = authorization.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=");
    let hash = hex::encode(Sha256::digest(&request.body));
    if signed && header("x-amz-content-sha256") == hash && header("x-amz-date").len() == "20260302T100000Z".len() {
        return Ok(());
    }
    Err("SignatureDoesNotMatch")
}

fn error(status: u16, code: &str) -> Reaction {
    Reaction::answer(status, format!("<Error><Code>{code}</Code><Message>as the test said</Message></Error>"))
}
