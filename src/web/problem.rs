//! Errors as problem documents (RFC 9457). The texts are in `templates/web/problems.toml`.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    ops::{Deref, DerefMut},
    sync::LazyLock,
};

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use crate::store::StoreError;

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// The `Retry-After` of an overloaded server, in seconds.
pub const RETRY_AFTER: u32 = 2;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $word:literal $status:literal),+ $(,)?) => {
        /// The kinds of problems.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $name,)+
        }

        impl Kind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The last part of the problem's `type`, and its name in `templates/web/problems.toml`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// The HTTP status of the kind.
            pub fn status(self) -> StatusCode {
                let code: u16 = match self { $(Self::$name => $status,)+ };
                StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    };
}

kinds!(
    /// Not well-formed.
    BadRequest "bad_request" 400,
    /// The body is not what the endpoint accepts.
    BadBody "bad_body" 400,
    /// Content-Length and Transfer-Encoding at once.
    BadLength "bad_length" 400,
    /// An unknown Content-Encoding.
    BadEncoding "bad_encoding" 415,
    /// The body is not valid gzip.
    BadGzip "bad_gzip" 400,
    /// A Content-Type that the endpoint does not accept.
    BadMediaType "bad_media_type" 415,
    /// A query value or header out of range.
    BadValue "bad_value" 422,
    /// A cursor that is not from this list.
    BadCursor "bad_cursor" 400,
    /// A Host that hotroom does not accept.
    BadHost "bad_host" 421,
    /// A browser's write from another site.
    BadOrigin "bad_origin" 403,
    /// A callback of a provider without its signature.
    BadSignature "bad_signature" 403,
    /// A browser's GET to a source that has no token.
    BrowserRefused "browser_refused" 403,
    /// No session.
    SignedOut "signed_out" 401,
    /// Wrong or missing credentials of a program.
    Unauthorized "unauthorized" 401,
    /// The CSRF token is missing or wrong.
    BadCsrf "bad_csrf" 403,
    /// The caller lacks permission.
    Forbidden "forbidden" 403,
    /// The person to act as does not exist.
    UnknownPerson "unknown_person" 403,
    /// A sign-in link that is used or expired.
    LinkOver "link_over" 410,
    /// The object does not exist, or the caller may not see it.
    NotFound "not_found" 404,
    /// The endpoint does not accept this method.
    WrongMethod "wrong_method" 405,
    /// A concurrent change came first.
    Conflict "conflict" 409,
    /// An idempotency key that was used for another request.
    DeliveryReused "delivery_reused" 409,
    /// The object is closed.
    Gone "gone" 410,
    /// A command that could not be parsed.
    Misunderstood "misunderstood" 422,
    /// A command that was refused.
    Refused "refused" 409,
    /// A body over the limit.
    TooLarge "too_large" 413,
    /// A body that did not arrive in time.
    TooSlow "too_slow" 408,
    /// Too many attempts that failed.
    TooManyAttempts "too_many_attempts" 503,
    /// A request head over the limit.
    HeadTooLarge "head_too_large" 431,
    /// A queue is full.
    Overloaded "overloaded" 503,
    /// The disk is full.
    DiskFull "disk_full" 503,
    /// The database file is gone, or the disk fails.
    DatabaseLost "database_lost" 503,
    /// There is not enough memory.
    OutOfMemory "out_of_memory" 503,
    /// Another process locks the database.
    Busy "busy" 503,
    /// The server is shutting down.
    Stopping "stopping" 503,
    /// The request took too long.
    TookTooLong "took_too_long" 503,
    /// An error in hotroom.
    Internal "internal" 500,
);

#[derive(Debug, Deserialize)]
struct Text {
    title: String,
    detail: String,
    todo: String,
}

static TEXTS: LazyLock<BTreeMap<String, Text>> = LazyLock::new(|| {
    toml::from_str(include_str!("../../templates/web/problems.toml")).expect("a test reads the shipped file")
});

/// The reason a request failed. Boxed to keep `Result` small.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem(Box<ProblemBody>);

/// The content of a problem.
#[derive(Clone, Debug, PartialEq)]
pub struct ProblemBody {
    /// The last part of its `type`.
    pub name: Cow<'static, str>,
    /// The HTTP status.
    pub status: StatusCode,
    /// A summary; the same for all problems of a name.
    pub title: String,
    /// The specific cause.
    pub detail: String,
    /// How to fix it.
    pub todo: String,
    /// Seconds until a retry.
    pub retry_after: Option<u32>,
    /// Additional members of the document, such as a form with its errors.
    pub more: serde_json::Map<String, serde_json::Value>,
}

/// A problem document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Document)]
pub struct ProblemDocument {
    /// The kind of problem: `urn:hotroom:problem:` and a stable name.
    #[serde(rename = "type")]
    pub kind: String,
    /// A summary of the kind.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The specific cause.
    pub detail: String,
    /// How to fix it.
    pub what_to_do: String,
    /// The id of the request, for finding it in the log.
    pub request_id: Option<String>,
    /// Additional members.
    #[serde(flatten)]
    #[schema(ignore)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

impl Problem {
    /// A problem with its default texts.
    pub fn new(kind: Kind) -> Self {
        let text = TEXTS.get(kind.name());
        let word = |pick: fn(&Text) -> &String| text.map(pick).cloned().unwrap_or_else(|| kind.name().to_owned());
        let waits = kind.status() == StatusCode::SERVICE_UNAVAILABLE;
        Self(Box::new(ProblemBody {
            name: Cow::Borrowed(kind.name()),
            status: kind.status(),
            title: word(|text| &text.title),
            detail: word(|text| &text.detail),
            todo: word(|text| &text.todo),
            retry_after: waits.then_some(RETRY_AFTER),
            more: serde_json::Map::new(),
        }))
    }

    /// Sets the specific cause.
    #[must_use]
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Adds a member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.more.insert(name.to_owned(), value);
        }
        self
    }

    /// Changes the kind to "not found", keeping the texts.
    #[must_use]
    pub fn into_not_found(mut self) -> Self {
        self.name = Cow::Borrowed(Kind::NotFound.name());
        self.status = Kind::NotFound.status();
        self
    }

    /// The document for one request.
    pub fn document(&self, request_id: Option<&str>) -> ProblemDocument {
        ProblemDocument {
            kind: format!("urn:hotroom:problem:{}", self.name),
            title: self.title.clone(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            what_to_do: self.todo.clone(),
            request_id: request_id.map(str::to_owned),
            more: self.more.clone(),
        }
    }

    /// The response with the document.
    pub fn answer(&self, request_id: Option<&str>) -> Response {
        let body = serde_json::to_vec(&self.document(request_id)).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.name == Kind::Unauthorized.name() || self.name == Kind::SignedOut.name() {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"hotroom\""));
        }
        response
    }
}

impl Deref for Problem {
    type Target = ProblemBody;

    fn deref(&self) -> &ProblemBody {
        &self.0
    }
}

impl DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut ProblemBody {
        &mut self.0
    }
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Self {
        Self::new(kind)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let kind = match &error {
            StoreError::Overloaded => Kind::Overloaded,
            StoreError::Full => Kind::DiskFull,
            StoreError::Busy => Kind::Busy,
            StoreError::FileLost(_) | StoreError::Io(_) => Kind::DatabaseLost,
            StoreError::OutOfMemory => Kind::OutOfMemory,
            StoreError::TooSlow => Kind::TookTooLong,
            StoreError::CommitUnknown | StoreError::Closed => Kind::Stopping,
            StoreError::Conflict(_) => Kind::Conflict,
            StoreError::Panicked(_) | StoreError::Corrupt(_) | StoreError::Sqlite(_) => Kind::Internal,
        };
        if matches!(kind, Kind::Internal | Kind::DatabaseLost | Kind::OutOfMemory) {
            tracing::error!(%error, "the store failed a request");
        }
        Self::new(kind)
    }
}

impl IntoResponse for Problem {
    /// The layers add the request id, and render an HTML page for people.
    fn into_response(self) -> Response {
        let mut response = self.answer(None);
        response.extensions_mut().insert(self);
        response
    }
}

/// The message of a panic.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_its_words_and_every_text_is_used() {
        for kind in Kind::ALL {
            let text = TEXTS.get(kind.name()).unwrap_or_else(|| panic!("no words for {}", kind.name()));
            for line in [&text.title, &text.detail, &text.todo] {
                assert!(!line.trim().is_empty(), "{}", kind.name());
            }
            assert!(!text.title.ends_with('.') && text.detail.ends_with('.') && text.todo.ends_with('.'));
        }
        assert_eq!(TEXTS.len(), Kind::ALL.len());
    }

    #[test]
    fn nothing_is_ever_answered_with_429() {
        assert!(Kind::ALL.iter().all(|kind| kind.status().as_u16() != 429));
    }

    #[test]
    fn what_the_store_cannot_take_now_is_to_be_sent_again() {
        let errors = [
            StoreError::Overloaded,
            StoreError::Full,
            StoreError::Busy,
            StoreError::Closed,
            StoreError::CommitUnknown,
            StoreError::FileLost("deleted".into()),
            StoreError::Io("read-only file system".into()),
            StoreError::OutOfMemory,
            StoreError::TooSlow,
        ];
        for error in errors {
            let problem = Problem::from(error.clone());
            assert_eq!((problem.status.as_u16(), problem.retry_after), (503, Some(2)), "{error}");
        }
        assert_eq!(Problem::from(StoreError::Sqlite("secret path".into())).status.as_u16(), 500);
    }

    #[test]
    fn a_document_says_what_is_wrong_and_what_to_do() {
        let problem = Problem::new(Kind::BadValue).because("limit is 0.").with("limit", 0);
        insta::assert_snapshot!(serde_json::to_string_pretty(&problem.document(Some("r1"))).unwrap(), @r#"
        {
          "type": "urn:hotroom:problem:bad_value",
          "title": "A value cannot be used",
          "status": 422,
          "detail": "limit is 0.",
          "what_to_do": "Compare the request with /api/openapi.json.",
          "request_id": "r1",
          "limit": 0
        }
        "#);
    }
}
