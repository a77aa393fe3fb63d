//! Reads request bodies: limited, compressed or not.

use std::io::Read;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use flate2::bufread::MultiGzDecoder;
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

use super::{
    State,
    layers::bounds::{body_problem, too_large},
    problem::{Kind, Problem},
};

/// Reads a whole body. The layers limit its size and time; this returns the matching problem.
///
/// # Errors
/// 413 if it is too large, 408 if it is too slow, 400 if the connection broke.
pub async fn read(body: Body, most: usize) -> Result<Bytes, Problem> {
    match body.collect().await {
        Ok(read) => Ok(read.to_bytes()),
        Err(error) => Err(body_problem(&error, most)),
    }
}

/// Decompresses a gzip body; leaves others as they are. Never decompresses more than `most` bytes.
///
/// # Errors
/// 415 for other encodings, 400 for damaged data, 413 if it is larger than `most`.
pub fn unpack(headers: &HeaderMap, wire: Bytes, most: usize) -> Result<Bytes, Problem> {
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    let encoding = match (encodings.next(), encodings.next()) {
        (None, _) => return Ok(wire),
        (Some(one), None) => one.to_str().unwrap_or("?").trim(),
        (Some(_), Some(_)) => return Err(Problem::new(Kind::BadEncoding)),
    };
    if encoding.eq_ignore_ascii_case("identity") {
        return Ok(wire);
    }
    if !encoding.eq_ignore_ascii_case("gzip") && !encoding.eq_ignore_ascii_case("x-gzip") {
        return Err(Problem::new(Kind::BadEncoding));
    }
    let mut plain = Vec::new();
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let unpacked = MultiGzDecoder::new(wire.as_ref()).take(bound).read_to_end(&mut plain);
    match unpacked {
        Ok(_) if plain.len() > most => Err(too_large(most)),
        Ok(_) => Ok(plain.into()),
        Err(_) => Err(Problem::new(Kind::BadGzip)),
    }
}

/// True if the body is a multipart form.
pub fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("multipart/")
}

/// Returns one field of a multipart form (RFC 7578) from its body; empty if the field is missing.
pub async fn form_field(headers: &HeaderMap, plain: Bytes, name: &str) -> Result<Bytes, Problem> {
    let broken =
        |error: multer::Error| Problem::new(Kind::BadBody).because(format!("The form cannot be read: {error}."));
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(kind).map_err(broken)?;
    let whole = futures_util::stream::once(async { Ok::<_, std::convert::Infallible>(plain) });
    let mut form = multer::Multipart::new(whole, boundary);
    for _ in 0..MOST_FIELDS {
        match form.next_field().await.map_err(broken)? {
            Some(field) if field.name() == Some(name) => return field.bytes().await.map_err(broken),
            Some(_) => {}
            None => break,
        }
    }
    Ok(Bytes::new())
}

/// Maximum number of form fields inspected.
const MOST_FIELDS: usize = 20;

/// A JSON body, parsed into a type. Use this rather than axum's: it decompresses, and its errors are problems.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<State> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &State) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        if !is_json(&parts.headers) {
            return Err(Problem::new(Kind::BadMediaType));
        }
        let most = state.app.config.current().server.max_body;
        let plain = unpack(&parts.headers, read(body, most).await?, most)?;
        parse(&plain).map(Self)
    }
}

/// An optional JSON body.
pub struct MaybeJson<T>(pub Option<T>);

impl<T: DeserializeOwned> FromRequest<State> for MaybeJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &State) -> Result<Self, Problem> {
        use hyper::body::Body as _;
        if request.body().is_end_stream() {
            return Ok(Self(None));
        }
        JsonBody::from_request(request, state).await.map(|JsonBody(read)| Self(Some(read)))
    }
}

/// Parses JSON; the error, a 400, names the position.
pub fn parse<T: DeserializeOwned>(plain: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(plain).map_err(|error| {
        let text = crate::domain::text::visible(&error.to_string());
        Problem::new(Kind::BadBody)
            .because(format!("The JSON cannot be read: {}.", crate::domain::text::cut(&text, 300)))
    })
}

/// The content type is required, because pages of another site can send forms without a preflight request, but not
/// JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn packed(plain: &[u8]) -> Bytes {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(plain).unwrap();
        gzip.finish().unwrap().into()
    }

    fn unpacked(encoding: &str, wire: Bytes) -> Result<Bytes, u16> {
        let mut headers = HeaderMap::new();
        headers.insert("content-encoding", encoding.parse().unwrap());
        unpack(&headers, wire, 1000).map_err(|problem| problem.status.as_u16())
    }

    #[test]
    fn gzip_is_unpacked_up_to_the_limit_and_not_a_byte_further() {
        assert_eq!(unpacked("gzip", packed(&[b'x'; 1000])).unwrap().len(), 1000);
        assert_eq!(unpacked("GZIP", packed(&[b'x'; 1001])), Err(413));
        assert_eq!(unpacked("gzip", packed(&vec![0; 64 << 20])), Err(413));
        let members = [packed(&[b'x'; 600]), packed(&[b'x'; 600])].concat();
        assert_eq!(unpacked("gzip", members.into()), Err(413), "members count together");
    }

    #[test]
    fn what_is_not_gzip_or_ends_early_is_named() {
        assert_eq!(unpacked("gzip", Bytes::from_static(b"{}")), Err(400));
        let whole = packed(b"hello");
        assert_eq!(unpacked("gzip", whole.slice(..whole.len() - 5)), Err(400));
        for encoding in ["br", "deflate", "gzip, gzip", ""] {
            assert_eq!(unpacked(encoding, packed(b"x")), Err(415), "{encoding}");
        }
        assert_eq!(unpacked("identity", Bytes::from_static(b"{}")), Ok(Bytes::from_static(b"{}")));
    }

    #[test]
    fn deep_and_broken_json_is_an_error_with_a_place() {
        let deep = "[".repeat(100_000);
        for body in [deep.as_str(), "", "{\"a\":", "NaN", "\u{feff}{}"] {
            let problem = parse::<serde_json::Value>(body.as_bytes()).unwrap_err();
            assert_eq!(problem.status.as_u16(), 400);
            assert!(problem.detail.contains("line 1"), "{}", problem.detail);
        }
        assert!(parse::<serde_json::Value>(b"{\"a\": 1}").is_ok());
    }
}
