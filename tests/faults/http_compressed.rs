//! Responses are compressed for clients that accept it, except what gains nothing and streams of events.

use std::io::Read as _;

use flate2::read::GzDecoder;

use crate::{house::House, wire::Client};

async fn get(house: &House, path: &str, accepts: Option<&str>) -> reqwest::Response {
    let client = hotroom::net::tls::client().build().unwrap();
    let request = client.get(format!("http://{}{path}", house.at));
    let request = accepts.into_iter().fold(request, |request, accepts| request.header("accept-encoding", accepts));
    request.send().await.unwrap()
}

fn encoding(response: &reqwest::Response) -> Option<&str> {
    response.headers().get("content-encoding").map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn large_texts_are_compressed_for_clients_that_accept_it() {
    let house = House::new().await;
    for path in ["/api/openapi.json", "/status", "/sign-in", "/status/api/v2/summary.json"] {
        let plain = get(&house, path, None).await;
        assert_eq!(encoding(&plain), None, "{path}");
        let plain = plain.bytes().await.unwrap();
        let packed = get(&house, path, Some("br, gzip;q=0.8")).await;
        assert_eq!(encoding(&packed), Some("gzip"), "{path}");
        assert!(packed.headers()["vary"].to_str().unwrap().contains("accept-encoding"), "{path}");
        let packed = packed.bytes().await.unwrap();
        let mut unpacked = Vec::new();
        GzDecoder::new(packed.as_ref()).read_to_end(&mut unpacked).unwrap();
        assert!(packed.len() < plain.len(), "{path}: {} of {}", packed.len(), plain.len());
        assert_eq!(unpacked.len(), plain.len(), "{path}");
    }
}

#[tokio::test]
async fn small_responses_stay_plain_and_so_does_what_is_refused() {
    let house = House::new().await;
    for (path, accepts) in [("/healthz", "gzip"), ("/api/openapi.json", "gzip;q=0"), ("/api/openapi.json", "identity")]
    {
        assert_eq!(encoding(&get(&house, path, Some(accepts)).await), None, "{path} {accepts}");
    }
}

#[tokio::test]
async fn a_stream_of_events_is_never_compressed() {
    let house = House::new().await;
    let (cookie, _) = house.signs_in("ann").await;
    let mut client = Client::open(house.at).await;
    let request =
        format!("GET /console/events HTTP/1.1\r\nhost: localhost\r\naccept-encoding: gzip\r\ncookie: {cookie}\r\n\r\n");
    client.send(request).await;
    let head = client.answer().await.head;
    assert!(head.contains("text/event-stream") && !head.contains("content-encoding"), "{head}");
}
