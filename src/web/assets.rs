//! The console's style sheets, scripts and icons: embedded and compressed once. Their address contains a hash of all of
//! them, so that a browser keeps them until they change; modules that import each other share it.

use std::{collections::BTreeMap, io::Write, sync::LazyLock};

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    routing::get,
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/web/static");

/// One static file.
struct Asset {
    kind: &'static str,
    tag: HeaderValue,
    plain: &'static [u8],
    packed: Bytes,
}

static ASSETS: LazyLock<BTreeMap<&'static str, Asset>> = LazyLock::new(|| {
    let named = |file: &'static include_dir::File<'static>| Some((file.path().to_str()?, asset(file)));
    FILES.files().filter_map(named).collect()
});

fn asset(file: &'static include_dir::File<'static>) -> Asset {
    let plain = file.contents();
    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(plain)[..12]));
    Asset {
        kind: kind(file.path().extension().and_then(|e| e.to_str()).unwrap_or_default()),
        tag: HeaderValue::from_str(&tag).expect("hexadecimal digits are a valid header"),
        plain,
        packed: pack(plain),
    }
}

fn kind(extension: &str) -> &'static str {
    match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

fn pack(plain: &[u8]) -> Bytes {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(plain).and_then(|()| packer.finish()).map(Bytes::from).unwrap_or_default()
}

/// A hash of all files, which is part of their addresses.
pub static HASH: LazyLock<String> = LazyLock::new(|| {
    let all = ASSETS.iter().fold(Sha256::new(), |all, (name, asset)| all.chain_update(name).chain_update(asset.plain));
    hex::encode(&all.finalize()[..8])
});

/// The names of all scripts that modules import.
pub fn modules() -> impl Iterator<Item = &'static str> {
    ASSETS.keys().copied().filter(|name| name.ends_with(".js") && !["theme.js", "sw.js"].contains(name))
}

/// `/static/{hash}/{file}`, kept by browsers for a year, `/static/{file}` for addresses that do not change, and what makes the
/// console an app: the manifest and the service worker. The files contain no secrets and need no session.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/static/{file}", get(serve))
        .route("/static/{hash}/{file}", get(serve_hashed))
        // A service worker serves the folder that it is in, and a manifest is known by its address.
        .route("/sw.js", get(|headers| serve(Path("sw.js".to_owned()), headers)))
        .route("/manifest.webmanifest", get(|headers| serve(Path("manifest.webmanifest".to_owned()), headers)))
}

/// A file under the hash of an earlier build is the present one, and is not kept.
async fn serve_hashed(Path((hash, file)): Path<(String, String)>, headers: HeaderMap) -> Response<Body> {
    let mut response = serve(Path(file), headers).await;
    if *HASH == hash && response.status() != StatusCode::NOT_FOUND {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(KEPT));
    }
    response
}

/// How long a file is kept whose address changes with it.
const KEPT: &str = "public, max-age=31536000, immutable";

async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response<Body> {
    let Some(asset) = ASSETS.get(file.as_str()) else {
        return answer(StatusCode::NOT_FOUND, Body::from("no such file"));
    };
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let same = known.split(',').any(|tag| tag.trim().trim_start_matches("W/").as_bytes() == asset.tag.as_bytes());
    let packed = !asset.packed.is_empty() && asset.packed.len() < asset.plain.len() && takes_gzip(&headers);
    let mut response = match (same, packed) {
        (true, _) => answer(StatusCode::NOT_MODIFIED, Body::empty()),
        (false, true) => answer(StatusCode::OK, Body::from(asset.packed.clone())),
        (false, false) => answer(StatusCode::OK, Body::from(asset.plain)),
    };
    let out = response.headers_mut();
    out.insert(header::ETAG, asset.tag.clone());
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if !same {
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
        if packed {
            out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
    response
}

fn answer(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        matches!(parts.next(), Some("gzip" | "*"))
            && parts.all(|p| !matches!(p, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(file: &str, headers: &[(header::HeaderName, &str)]) -> Response<Body> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(name, value.parse().unwrap());
        }
        serve(Path(file.to_owned()), map).await
    }

    #[tokio::test]
    async fn scripts_go_out_packed_to_those_who_take_it() {
        let packed = ask("app.js", &[(header::ACCEPT_ENCODING, "br, gzip")]).await;
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(packed.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        let plain = ask("app.js", &[(header::ACCEPT_ENCODING, "gzip;q=0")]).await;
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
    }

    #[tokio::test]
    async fn an_unchanged_file_is_not_sent_twice() {
        let first = ask("app.css", &[]).await;
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        assert_eq!(ask("app.css", &[(header::IF_NONE_MATCH, &tag)]).await.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(ask("app.css", &[(header::IF_NONE_MATCH, "\"other\"")]).await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_file_is_kept_under_the_hash_of_this_build_only() {
        let ask = async |hash: &str| {
            let path = Path((hash.to_owned(), "app.js".to_owned()));
            let answer = serve_hashed(path, HeaderMap::new()).await;
            assert_eq!(answer.status(), StatusCode::OK);
            answer.headers()[header::CACHE_CONTROL].to_str().unwrap().to_owned()
        };
        assert_eq!((ask(&HASH).await.as_str(), ask("0123").await.as_str()), (KEPT, "no-cache"));
        assert!(modules().any(|name| name == "dom.js") && !modules().any(|name| name == "theme.js" || name == "sw.js"));
    }

    #[tokio::test]
    async fn only_the_embedded_files_are_there() {
        for file in ["nothing.js", "../layout.html", "", "app.css/"] {
            assert_eq!(ask(file, &[]).await.status(), StatusCode::NOT_FOUND, "{file}");
        }
    }

    #[test]
    fn the_first_load_weighs_less_than_a_hundred_kilobytes() {
        // The service worker and the icons of the installed console come later, if at all.
        let first = ASSETS.iter().filter(|(name, _)| !name.ends_with(".png") && **name != "sw.js");
        let sent: usize = first.map(|(_, a)| a.packed.len().min(a.plain.len())).sum();
        assert!(sent < 60_000, "styles, scripts and icons weigh {sent} bytes");
    }

    #[test]
    fn nothing_points_to_another_host() {
        for file in FILES.files() {
            let text = String::from_utf8_lossy(file.contents()).replace("http://www.w3.org/", "");
            for far in ["http://", "https://", "url(//", "src=\"//"] {
                assert!(!text.contains(far), "{} points elsewhere: {far}", file.path().display());
            }
        }
    }
}
