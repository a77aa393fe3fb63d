//! The table of failures: what every adapter does when the system it calls fails.
//!
//! An adapter may expect another outcome in a row only by an [`Override`] that gives the reason.

use std::{pin::pin, sync::Arc, time::Duration};

use hotroom::{
    domain::effect::{EffectClass, Outcome},
    net::{HostPattern, HttpClient, NetSettings},
};
use reqwest::dns::{Name, Resolve, Resolving};

use super::{FakeHttp, Reaction, Received, RefusingPort, SilentPort, certificate};

/// An adapter under test.
pub trait AdapterUnderTest {
    /// The class of the effect that it sends.
    fn class(&self) -> EffectClass;

    /// Sends one effect to the system at `url`, which has no slash at its end.
    fn send(&self, http: &HttpClient, url: &str) -> impl Future<Output = Outcome<()>>;

    /// The body with which the system answers a success.
    fn success(&self) -> Vec<u8>;

    /// The body with which the system refuses a request.
    fn refusal(&self, _status: u16) -> Vec<u8> {
        Vec::new()
    }

    /// Answers the requests that come before the one that fails, such as a look for what is there already; `None` for the
    /// one that fails.
    fn before(&self) -> fn(&Received) -> Option<Reaction> {
        |_| None
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// Nothing fails: without this row an adapter that never sends would pass.
    Success,
    ConnectionRefused,
    DnsFailure,
    TlsFailure,
    /// The connection hangs before the request is accepted.
    HangBeforeAccepted,
    /// The request is accepted, and nothing follows.
    HangAfterAccepted,
    /// An answer with this status, without `Retry-After`.
    Status(u16),
    /// 429 with `Retry-After: 7`.
    TooManyWithRetryAfter,
    Redirect,
    /// A success whose body ends too early.
    BodyTruncated,
    /// A success whose body is larger than any that is read.
    BodyTooLarge,
    /// A success whose body comes so slowly that the deadline passes.
    BodyDrips,
}

impl Row {
    /// All rows.
    pub const ALL: [Self; 21] = [
        Self::Success,
        Self::ConnectionRefused,
        Self::DnsFailure,
        Self::TlsFailure,
        Self::HangBeforeAccepted,
        Self::HangAfterAccepted,
        Self::Status(400),
        Self::Status(401),
        Self::Status(403),
        Self::Status(404),
        Self::Status(409),
        Self::Status(410),
        Self::Status(422),
        Self::Status(429),
        Self::Status(500),
        Self::Status(503),
        Self::TooManyWithRetryAfter,
        Self::Redirect,
        Self::BodyTruncated,
        Self::BodyTooLarge,
        Self::BodyDrips,
    ];

    /// The outcome of an effect of this class.
    pub fn expected(self, class: EffectClass) -> Expected {
        // What may have happened is repeated only where the other side knows our key.
        let in_doubt = match class {
            EffectClass::Keyed => Expected::Retry,
            EffectClass::Readable | EffectClass::Neither => Expected::Unknown,
        };
        match self {
            Self::Success => Expected::Delivered,
            Self::ConnectionRefused | Self::DnsFailure | Self::TlsFailure | Self::HangBeforeAccepted => Expected::Retry,
            Self::TooManyWithRetryAfter => Expected::RetryAfter(7_000),
            Self::Status(429) => Expected::Retry,
            Self::Status(500..) | Self::HangAfterAccepted => in_doubt,
            Self::BodyTruncated | Self::BodyTooLarge | Self::BodyDrips => in_doubt,
            Self::Status(_) | Self::Redirect => Expected::Rejected,
        }
    }
}

/// An outcome without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Delivered,
    /// By the usual back-off.
    Retry,
    /// After this many milliseconds.
    RetryAfter(u64),
    Skipped,
    Rejected,
    Unknown,
}

impl Expected {
    fn from_outcome(outcome: &Outcome<()>) -> Self {
        match outcome {
            Outcome::Delivered(()) => Self::Delivered,
            Outcome::Retry { after_ms: None, .. } => Self::Retry,
            Outcome::Retry { after_ms: Some(wait), .. } => Self::RetryAfter(*wait),
            Outcome::Skipped(_) => Self::Skipped,
            Outcome::Rejected { .. } => Self::Rejected,
            Outcome::Unknown { .. } => Self::Unknown,
        }
    }
}

/// A row in which an adapter differs from the table.
#[derive(Clone, Copy, Debug)]
pub struct Override {
    pub row: Row,
    pub expected: Expected,
    /// Why it must differ, for whoever reads the test.
    pub reason: &'static str,
}

/// Runs every row against an adapter, one after the other, over real sockets. It needs the runtime of `#[tokio::test]`: where
/// a row hangs, the clock of the runtime jumps to the deadline as soon as the request has arrived.
///
/// # Panics
/// With every row that has another outcome, or when an override gives no reason, is doubled, or differs in nothing.
pub async fn run_failure_table(adapter: &impl AdapterUnderTest, overrides: &[Override]) {
    let class = adapter.class();
    for (index, entry) in overrides.iter().enumerate() {
        assert!(entry.reason.len() > 20, "{:?}: an override needs a reason", entry.row);
        assert!(Row::ALL.contains(&entry.row), "{:?} is not in the table", entry.row);
        assert_ne!(entry.expected, entry.row.expected(class), "{:?}: the override differs in nothing", entry.row);
        assert!(overrides[..index].iter().all(|other| other.row != entry.row), "{:?} twice", entry.row);
    }
    let mut wrong = Vec::new();
    for row in Row::ALL {
        let other = overrides.iter().find(|entry| entry.row == row).map(|entry| entry.expected);
        let expected = other.unwrap_or_else(|| row.expected(class));
        let outcome = outcome_of(adapter, row).await;
        if Expected::from_outcome(&outcome) != expected {
            wrong.push(format!("{row:?}: {expected:?} expected, and it was {outcome:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Names that lead nowhere.
struct NoNames;

impl Resolve for NoNames {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        Box::pin(async move { Err(format!("{name} is not known").into()) })
    }
}

/// A client for tests: this machine may be called by all URLs, and no name leads anywhere.
pub fn client() -> HttpClient {
    let local = HostPattern::parse("127.0.0.0/8").expect("a network");
    let settings = NetSettings { allow: vec![local], ..NetSettings::direct(Duration::from_secs(10)) };
    HttpClient::with_names(&settings, Arc::new(NoNames)).expect("a client")
}

async fn outcome_of<A: AdapterUnderTest>(adapter: &A, row: Row) -> Outcome<()> {
    let http = client();
    match row {
        Row::ConnectionRefused => {
            let port = RefusingPort::open();
            adapter.send(&http, &format!("http://{}", port.address())).await
        }
        Row::DnsFailure => adapter.send(&http, "http://system.example").await,
        Row::TlsFailure => adapter.send(&http, &certificate::untrusted()).await,
        Row::HangBeforeAccepted => {
            let port = SilentPort::start().await;
            let url = format!("https://{}", port.address);
            at_deadline(adapter.send(&http, &url), port.until_accepted()).await
        }
        Row::Success
        | Row::HangAfterAccepted
        | Row::Status(_)
        | Row::TooManyWithRetryAfter
        | Row::Redirect
        | Row::BodyTruncated
        | Row::BodyTooLarge
        | Row::BodyDrips => after_request(adapter, &http, row).await,
    }
}

/// The rows in which the system takes the request.
async fn after_request<A: AdapterUnderTest>(adapter: &A, http: &HttpClient, row: Row) -> Outcome<()> {
    let (before, reaction) = (adapter.before(), reaction(adapter, row));
    let fake = FakeHttp::start(move |request| before(request).unwrap_or_else(|| reaction.clone())).await;
    let send = adapter.send(http, &fake.url);
    let outcome = if matches!(row, Row::HangAfterAccepted | Row::BodyDrips) {
        at_deadline(send, fake.until(move |request| before(request).is_none())).await
    } else {
        send.await
    };
    let requests: Vec<String> =
        fake.received().iter().filter(|request| before(request).is_none()).map(Received::line).collect();
    assert_eq!(requests.len(), 1, "{row:?}: one request is made and no redirect followed: {requests:?}");
    outcome
}

fn reaction(adapter: &impl AdapterUnderTest, row: Row) -> Reaction {
    let success = adapter.success();
    let head = |length: usize| {
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n")
    };
    // One byte more than comes, so that even an empty body is cut short.
    let cut = || [head(success.len() + 1).into_bytes(), success.clone()].concat();
    match row {
        Row::HangAfterAccepted => Reaction::Hang,
        Row::Status(status) => Reaction::answer(status, adapter.refusal(status)),
        Row::TooManyWithRetryAfter => {
            Reaction::Answer { status: 429, headers: vec![("retry-after", "7".to_owned())], body: adapter.refusal(429) }
        }
        Row::Redirect => Reaction::with_header(302, "location", "/elsewhere"),
        Row::BodyTruncated => Reaction::Raw(cut()),
        Row::BodyTooLarge => Reaction::Endless,
        Row::BodyDrips => Reaction::Drip { start: head(1 << 20).into_bytes(), drop: b' ' },
        Row::Success | Row::ConnectionRefused | Row::DnsFailure | Row::TlsFailure | Row::HangBeforeAccepted => {
            Reaction::answer(200, success)
        }
    }
}

/// Lets the clock jump to the deadline of a call that hangs, once what it waits for has arrived.
async fn at_deadline(send: impl Future<Output = Outcome<()>>, arrived: impl Future<Output = ()>) -> Outcome<()> {
    let mut send = pin!(send);
    tokio::select! {
        outcome = &mut send => panic!("it was to hang: {outcome:?}"),
        () = arrived => {}
    }
    tokio::time::pause();
    let outcome = send.await;
    tokio::time::resume();
    outcome
}
