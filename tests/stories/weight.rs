//! What a browser loads when a person opens a view for the first time.

use std::{collections::BTreeSet, io::Write};

use axum::{body::Body, http::Request};

use crate::world::{World, alert, done};

/// The most that the first load of a view may weigh, in bytes as they are sent.
const MOST: usize = 100_000;

fn gzip(plain: &[u8]) -> usize {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(plain).and_then(|()| packer.finish()).map_or(usize::MAX, |packed| packed.len())
}

/// Returns the body, and its size as it is sent to a browser that accepts gzip.
async fn load(world: &World, cookie: &str, path: &str) -> (Vec<u8>, usize) {
    let request = Request::builder().uri(path).header("host", "localhost").header("cookie", cookie);
    let plain = world.answers(request.body(Body::empty()).unwrap()).await;
    assert!(plain.status().is_success(), "{path}: {}", plain.status());
    let body = axum::body::to_bytes(plain.into_body(), 16 << 20).await.unwrap().to_vec();
    let packed = gzip(&body);
    (body, packed)
}

/// Returns the addresses of the files that a view loads.
fn files(html: &str) -> BTreeSet<String> {
    let quoted = html.split('"').filter(|text| text.starts_with("/static/"));
    quoted.map(str::to_owned).collect()
}

#[tokio::test]
async fn the_first_load_of_each_view_weighs_less_than_100_kilobytes() {
    let world = World::new().await;
    world.posts("alertmanager", &alert("CheckoutDown", "checkout", "critical", false)).await;
    for n in 0..40 {
        done(&world.says_in("hot-1", "ann", &format!("/incident note \"Note {n} of what was tried\"")).await);
    }
    let cookie = world.signs_in("ann").await;
    let room = ["/console/state", "/console/rooms/hot-1/messages", "/console/rooms/hot-1/side"];
    let views = [
        ("/rooms/hot-1", &room[..]),
        ("/incidents", &room[..1]),
        ("/incidents/HOT-1", &room[..1]),
        ("/alerts", &room[..1]),
        ("/oncall", &room[..1]),
        ("/health", &room[..1]),
        ("/profile", &room[..1]),
    ];
    for (view, more) in views {
        let (html, mut sent) = load(&world, &cookie, view).await;
        let files = files(&String::from_utf8(html).unwrap());
        assert!(files.iter().any(|file| file.ends_with("/messages.js")), "scripts are loaded ahead: {files:?}");
        for path in files.iter().map(String::as_str).chain(more.iter().copied()) {
            sent += load(&world, &cookie, path).await.1;
        }
        assert!(sent < MOST, "{view} loads {sent} bytes");
    }
    world.end().await;
}

#[tokio::test]
async fn scripts_and_styles_are_kept_by_browsers_until_they_change() {
    let world = World::new().await;
    let html = world.page("ann", "/incidents").await;
    let style = files(&html).into_iter().find(|file| file.ends_with("/app.css")).expect("a style sheet");
    let request = Request::builder().uri(&style).header("host", "localhost").body(Body::empty()).unwrap();
    let kept = world.answers(request).await.headers()["cache-control"].to_str().unwrap().to_owned();
    assert!(kept.contains("immutable"), "{style}: {kept}");
    world.end().await;
}
