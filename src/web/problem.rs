//! Errors as problem documents (RFC 9457). The words are in `templates/web/problems.toml`.

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
/// After how many seconds an overloaded server wants to be asked again.
pub const RETRY_AFTER: u32 = 2;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $word:literal $status:literal),+ $(,)?) => {
        /// What can be wrong with a request, or with serving it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $name,)+
        }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The last part of the problem's `type`, and its name in `templates/web/problems.toml`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// The status it is answered with.
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
    /// The body is not what the address takes.
    BadBody "bad_body" 400,
    /// Content-Length and Transfer-Encoding at once.
    BadLength "bad_length" 400,
    /// A Content-Encoding that is not known.
    BadEncoding "bad_encoding" 415,
    /// Not gzip after all.
    BadGzip "bad_gzip" 400,
    /// Another Content-Type than the address takes.
    BadMediaType "bad_media_type" 415,
    /// A query value or header out of bounds.
    BadValue "bad_value" 422,
    /// A cursor this list did not make.
    BadCursor "bad_cursor" 400,
    /// A Host that hotroom does not answer to.
    BadHost "bad_host" 421,
    /// A browser's write from another site.
    BadOrigin "bad_origin" 403,
    /// A browser's GET to a source that has no token.
    BrowserRefused "browser_refused" 403,
    /// No session.
    SignedOut "signed_out" 401,
    /// Wrong or missing credentials of a machine.
    Unauthorized "unauthorized" 401,
    /// The session's token is missing or wrong.
    BadCsrf "bad_csrf" 403,
    /// The asker may not.
    Forbidden "forbidden" 403,
    /// The person to act as does not exist.
    UnknownPerson "unknown_person" 403,
    /// A sign-in link that is over.
    LinkOver "link_over" 410,
    /// Nothing is there, or the asker may not see it.
    NotFound "not_found" 404,
    /// The address does not take this method.
    WrongMethod "wrong_method" 405,
    /// Someone else was first.
    Conflict "conflict" 409,
    /// An idempotency key that stood for something else.
    DeliveryReused "delivery_reused" 409,
    /// It is over.
    Gone "gone" 410,
    /// A command that could not be understood.
    Misunderstood "misunderstood" 422,
    /// A command that was refused.
    Refused "refused" 409,
    /// A body over the limit.
    TooLarge "too_large" 413,
    /// A body that did not arrive in time.
    TooSlow "too_slow" 408,
    /// A head over the limit.
    HeadTooLarge "head_too_large" 431,
    /// More waits than can be taken.
    Overloaded "overloaded" 503,
    /// No room on the disk.
    DiskFull "disk_full" 503,
    /// The database is locked from outside.
    Busy "busy" 503,
    /// On the way out.
    Stopping "stopping" 503,
    /// No answer in time.
    TookTooLong "took_too_long" 503,
    /// A fault of hotroom.
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

/// Why a request was not met. Boxed, so that it costs nothing where all goes well.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem(Box<Told>);

/// What a problem says.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The last part of its `type`.
    pub name: Cow<'static, str>,
    /// The status.
    pub status: StatusCode,
    /// What kind of thing is wrong; always the same for one name.
    pub title: String,
    /// What exactly is wrong here.
    pub detail: String,
    /// What to do.
    pub todo: String,
    /// After how many seconds to ask again.
    pub retry_after: Option<u32>,
    /// Further members of the document, such as the form that was not filled in.
    pub more: serde_json::Map<String, serde_json::Value>,
}

/// The document as it is sent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Document {
    /// What kind of problem: `urn:hotroom:problem:` and a name that does not change.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What exactly is wrong.
    pub detail: String,
    /// What to do.
    pub what_to_do: String,
    /// The request, for looking it up in the log.
    pub request_id: Option<String>,
    /// Further members.
    #[serde(flatten)]
    #[schema(ignore)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

impl Problem {
    /// A problem in its usual words.
    pub fn new(kind: Kind) -> Self {
        let text = TEXTS.get(kind.name());
        let word = |pick: fn(&Text) -> &String| text.map(pick).cloned().unwrap_or_else(|| kind.name().to_owned());
        let waits = kind.status() == StatusCode::SERVICE_UNAVAILABLE;
        Self(Box::new(Told {
            name: Cow::Borrowed(kind.name()),
            status: kind.status(),
            title: word(|text| &text.title),
            detail: word(|text| &text.detail),
            todo: word(|text| &text.todo),
            retry_after: waits.then_some(RETRY_AFTER),
            more: serde_json::Map::new(),
        }))
    }

    /// The same, said more exactly.
    #[must_use]
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// The same with a further member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.more.insert(name.to_owned(), value);
        }
        self
    }

    /// The same about something that is not there.
    #[must_use]
    pub fn into_not_found(mut self) -> Self {
        self.name = Cow::Borrowed(Kind::NotFound.name());
        self.status = Kind::NotFound.status();
        self
    }

    /// The document, as it is sent for one request.
    pub fn document(&self, request_id: Option<&str>) -> Document {
        Document {
            kind: format!("urn:hotroom:problem:{}", self.name),
            title: self.title.clone(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            what_to_do: self.todo.clone(),
            request_id: request_id.map(str::to_owned),
            more: self.more.clone(),
        }
    }

    /// The answer that carries the document.
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
    type Target = Told;

    fn deref(&self) -> &Told {
        &self.0
    }
}

impl DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut Told {
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
            StoreError::CommitUnknown | StoreError::Closed => Kind::Stopping,
            StoreError::Conflict(_) => Kind::Conflict,
            StoreError::Panicked(_) | StoreError::Corrupt(_) | StoreError::Sqlite(_) => Kind::Internal,
        };
        if kind == Kind::Internal {
            tracing::error!(%error, "the store failed a request");
        }
        Self::new(kind)
    }
}

impl IntoResponse for Problem {
    /// The layers put the request's id in, and make a page of it for people.
    fn into_response(self) -> Response {
        let mut response = self.answer(None);
        response.extensions_mut().insert(self);
        response
    }
}

/// What a panic said.
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
        let errors =
            [StoreError::Overloaded, StoreError::Full, StoreError::Busy, StoreError::Closed, StoreError::CommitUnknown];
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
