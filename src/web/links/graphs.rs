//! Pictures of graphs in messages to contact methods, `/a/graph/{page}/{until}/{signature}`: a phone reads the picture that
//! a sender attached to an alert through hotroom, for a day. The link shows nothing else, and acts on nothing.

use axum::{
    Router,
    extract::{Path, State as Given},
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use reqwest::Method;
use subtle::ConstantTimeEq;

use crate::{
    app::oncall::messages::paged_alerts,
    config::Config,
    domain::ids::PageId,
    net::{HttpCall, UrlOrigin},
    store::{Reads, StoreError},
    web::{Problem, State, attempts::ClientAddress, problem::Kind},
};

/// The largest picture in bytes.
const LARGEST: usize = 5 << 20;
/// What pictures begin with.
const KINDS: [(&[u8], &str); 5] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"RIFF", "image/webp"),
];

/// `/a/graph/{page}/{until}/{signature}`
pub(super) fn routes() -> Router<State> {
    Router::new().route("/a/graph/{page}/{until}/{signature}", get(show))
}

async fn show(
    Given(state): Given<State>,
    Path(link): Path<(String, i64, String)>,
    from: ClientAddress,
) -> Result<Response, Problem> {
    let (page, until, signature) = link;
    let Some(page) = PageId::parse(&page) else { return Err(state.unknown_links.refuse(&from, state.app.clock.now())) };
    let config = state.app.config.current();
    let signed = GraphLink { page, until, signature };
    let now = state.app.clock.now().timestamp();
    let read = {
        let config = config.clone();
        move |reads: &Reads<'_>| signed.address(reads, &config, now)
    };
    let address = match state.app.store.read(read).await? {
        GraphAddress::Unknown => return Err(state.unknown_links.refuse(&from, state.app.clock.now())),
        GraphAddress::None => return Err(Problem::new(Kind::NotFound)),
        GraphAddress::At(address) => address,
    };
    let http = state.http.client(&config.net).map_err(|_| Problem::new(Kind::Overloaded))?;
    let call = HttpCall::new(Method::GET, address, UrlOrigin::Outside).at_most(LARGEST);
    let picture = match http.send(call).await {
        Ok(response) => response.body,
        Err(failure) => {
            tracing::warn!(%failure, "the picture of a graph could not be fetched");
            return Err(Problem::new(Kind::NotFound));
        }
    };
    // Only what is a picture is passed on: anything else would act in the name of this address.
    let kind = KINDS.iter().find(|(begin, _)| picture.starts_with(begin)).map(|(_, kind)| *kind);
    Ok(private(kind.ok_or_else(|| Problem::new(Kind::NotFound))?, picture))
}

fn private(kind: &'static str, picture: Vec<u8>) -> Response {
    let mut response = picture.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
    response
}

/// A link, before its signature is checked.
struct GraphLink {
    page: PageId,
    until: i64,
    signature: String,
}

/// Where a picture is.
enum GraphAddress {
    /// The link was never made, or has expired.
    Unknown,
    /// There is no picture, or it may not be shown any more.
    None,
    /// There.
    At(String),
}

impl GraphLink {
    fn address(&self, reads: &Reads<'_>, config: &Config, now: i64) -> Result<GraphAddress, StoreError> {
        let Some(key) = reads.signing_key()? else { return Ok(GraphAddress::Unknown) };
        let right = key.graph_token(self.page, self.until);
        let is_signed = bool::from(right.as_bytes().ct_eq(self.signature.as_bytes()));
        if !is_signed || self.until <= now {
            return Ok(GraphAddress::Unknown);
        }
        let Some(page) = reads.page(self.page)? else { return Ok(GraphAddress::None) };
        let incident = page.incident().map(|incident| reads.incident(incident)).transpose()?.flatten();
        let Some(incident) = incident.filter(|incident| !incident.private) else { return Ok(GraphAddress::None) };
        let known = paged_alerts(reads, config, &incident)?.known;
        Ok(known.picture.map_or(GraphAddress::None, |picture| GraphAddress::At(picture.verbatim().to_owned())))
    }
}
