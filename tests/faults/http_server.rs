//! Clients that drag, lie or only sit there.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Body, routing::get};
use bytes::Bytes;
use hotroom::web::server::{DrainResult, Limits, Phase, serve};
use http_body_util::BodyExt;
use tokio::{
    io::AsyncReadExt,
    net::TcpListener,
    sync::{Notify, watch},
    task::JoinHandle,
    time::timeout,
};

use crate::wire::{BOUND, Client};

const LIMITS: Limits = Limits {
    connections: 4,
    header: Duration::from_millis(300),
    body: Duration::from_millis(300),
    send: Duration::from_millis(500),
    idle: Duration::from_millis(600),
    drain: Duration::from_millis(800),
};

struct House {
    at: SocketAddr,
    phase: watch::Sender<Phase>,
    task: JoinHandle<DrainResult>,
    /// Lets the answer of `/wait` go.
    go: Arc<Notify>,
    /// Rung when `/wait` has begun.
    begun: Arc<Notify>,
}

async fn house(limits: Limits) -> House {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let (go, begun) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (wait, tell) = (Arc::clone(&go), Arc::clone(&begun));
    let router = Router::new()
        .route("/", get(|| async { "here" }))
        .route("/refuse", get(|| async { "no" }).post(|| async { (axum::http::StatusCode::PAYLOAD_TOO_LARGE, "no") }))
        .route("/flood", get(|| async { Bytes::from(vec![b'x'; 64 << 20]) }))
        .route(
            "/read",
            get(|| async { "" }).post(|body: Body| async move {
                match body.collect().await {
                    Ok(read) => read.to_bytes().len().to_string(),
                    Err(error) => format!("failed: {error}"),
                }
            }),
        )
        .route(
            "/wait",
            get(move || async move {
                tell.notify_one();
                wait.notified().await;
                "waited"
            }),
        );
    let (phase, watched) = watch::channel(Phase::Serving);
    let task = tokio::spawn(serve(listener, router, limits, watched));
    House { at, phase, task, go, begun }
}

impl House {
    async fn client(&self) -> Client {
        Client::open(self.at).await
    }

    /// A well-behaved request on a connection of its own.
    async fn get(&self, path: &str) -> (u16, String) {
        let mut client = self.client().await;
        client.send(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        let answer = client.answer().await;
        (answer.status, answer.body)
    }

    async fn works(&self) {
        assert_eq!(self.get("/").await, (200, "here".to_owned()));
    }

    /// A connection whose request is being worked on.
    async fn busy(&self) -> Client {
        let mut client = self.client().await;
        client.send("GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
        timeout(BOUND, self.begun.notified()).await.unwrap();
        client
    }

    async fn end(self, phase: Phase) -> DrainResult {
        self.phase.send_replace(phase);
        timeout(BOUND, self.task).await.expect("the server ends in time").unwrap()
    }
}

#[tokio::test]
async fn a_head_that_never_ends_is_closed_on_its_deadline() {
    let house = house(LIMITS).await;
    let begun = Instant::now();
    let mut half = house.client().await;
    half.send("GET / HTTP/1.1\r\nhost: x\r\nx-a: ").await;
    let mut silent = house.client().await;
    house.works().await;
    assert_eq!(half.rest().await, "");
    assert_eq!(silent.rest().await, "");
    assert!(begun.elapsed() >= LIMITS.header, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_head_that_drips_is_closed_on_the_same_deadline() {
    let house = house(LIMITS).await;
    let mut client = house.client().await;
    client.send("GET / HTTP/1.1\r\n").await;
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let mut byte = [0];
    let closed = async {
        loop {
            tokio::select! {
                read = client.0.read(&mut byte) => break read.unwrap_or(0),
                _ = tick.tick() => client.0.try_write(b"a").map(drop).unwrap_or(()),
            }
        }
    };
    assert_eq!(timeout(BOUND, closed).await.unwrap(), 0);
}

#[tokio::test]
async fn a_connection_that_falls_silent_after_a_request_is_closed() {
    let house = house(LIMITS).await;
    let mut client = house.client().await;
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 200);
    let begun = Instant::now();
    assert_eq!(client.rest().await, "");
    assert!(begun.elapsed() >= LIMITS.idle, "kept for the next request for a while");
}

#[tokio::test]
async fn a_second_request_on_a_kept_connection_has_its_own_head_deadline() {
    let limits = Limits { idle: BOUND * 3, ..LIMITS };
    let house = house(limits).await;
    let mut client = house.client().await;
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 200);
    client.send("GET / HT").await;
    assert_eq!(client.rest().await, "", "the deadline of a head, not that of silence");
}

#[tokio::test]
async fn a_body_has_a_deadline_for_all_of_it() {
    let house = house(LIMITS).await;
    let mut client = house.client().await;
    client.send("POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n").await;
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let answer = async {
        loop {
            tokio::select! {
                answer = client.0.readable() => break answer.unwrap(),
                _ = tick.tick() => client.0.try_write(b"a").map(drop).unwrap_or(()),
            }
        }
    };
    timeout(BOUND, answer).await.unwrap();
    assert!(client.rest().await.contains("failed: the body did not arrive in time"));
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answer_is_let_go() {
    let house = house(Limits { drain: BOUND * 3, ..LIMITS }).await;
    let mut client = house.client().await;
    client.send("GET /flood HTTP/1.1\r\nhost: x\r\n\r\n").await;
    client.0.readable().await.unwrap();
    assert_eq!(house.end(Phase::Draining).await, DrainResult { cut: 0 }, "it was let go before the drain was over");
}

#[tokio::test]
async fn two_lengths_are_refused_and_nothing_behind_them_is_read() {
    let house = house(LIMITS).await;
    for head in [
        "POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
        "POST /read HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n",
        "POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nTransfer-Encoding: CHUNKED\r\ncontent-length: 5\r\n\r\n",
    ] {
        let mut client = house.client().await;
        client.send(format!("{head}0\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        let all = client.rest().await;
        assert!(all.starts_with("HTTP/1.1 400"), "{all}");
        assert!(all.contains("urn:hotroom:problem:bad_length"));
        assert_eq!(all.matches("HTTP/1.1").count(), 1, "{all}");
    }
}

#[tokio::test]
async fn lengths_that_contradict_each_other_or_the_body_are_refused() {
    let house = house(LIMITS).await;
    for head in
        ["content-length: 5\r\ncontent-length: 6", "content-length: -1", "content-length: 5, 6", "content-length: 0x5"]
    {
        let mut client = house.client().await;
        client.send(format!("POST /read HTTP/1.1\r\nhost: x\r\n{head}\r\n\r\nhello")).await;
        assert!(client.rest().await.starts_with("HTTP/1.1 400"), "{head}");
    }
    let mut short = house.client().await;
    short.send("POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nhello").await;
    let all = short.rest().await;
    assert!(all.starts_with("HTTP/1.1 200") && all.contains("\r\n\r\n3"), "{all}");
    assert!(!all.contains("here"), "what is left of the body is no request: {all}");
}

#[tokio::test]
async fn tls_and_garbage_on_the_plain_port_are_closed() {
    let house = house(LIMITS).await;
    let hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 0, 0, 0xff, 0xfe, b'\n', b'\n'];
    for junk in [hello.as_slice(), b"\0\0\0\0\n\n", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
    {
        let mut client = house.client().await;
        client.send(junk).await;
        let all = client.rest().await;
        assert!(all.is_empty() || all.starts_with("HTTP/1.1 400") || all.starts_with("HTTP/1.1 505"), "{all}");
    }
    let mut long = house.client().await;
    long.send(format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(100_000))).await;
    assert!(long.rest().await.starts_with("HTTP/1.1 431"));
    house.works().await;
}

#[tokio::test]
async fn thousands_of_silent_connections_keep_nobody_out() {
    let limits = Limits { header: Duration::from_secs(60), idle: Duration::from_secs(60), ..LIMITS };
    let house = house(limits).await;
    let mut crowd = Vec::new();
    for _ in 0..200 {
        crowd.push(house.client().await);
        let mut half = house.client().await;
        half.send("POST / HT").await;
        crowd.push(half);
    }
    house.works().await;
    let mut first = crowd.swap_remove(0);
    assert_eq!(first.rest().await, "", "the one that was silent longest has left");
}

#[tokio::test]
async fn half_sent_bodies_keep_nobody_out() {
    let slow = Duration::from_secs(60);
    let house = house(Limits { connections: 40, header: slow, body: slow, idle: slow, ..LIMITS }).await;
    let mut crowd = Vec::new();
    for _ in 0..200 {
        let mut half = house.client().await;
        half.send("POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nx").await;
        crowd.push(half);
        house.works().await;
    }
}

#[tokio::test]
async fn probes_and_signed_in_people_get_through_when_all_are_at_work() {
    let house = house(LIMITS).await;
    let mut working = Vec::new();
    for _ in 0..LIMITS.connections {
        working.push(house.busy().await);
    }
    let cookie = format!("cookie: hotroom={}\r\n", "a".repeat(64));
    for (path, header, status) in [("/healthz", "", 404), ("/", cookie.as_str(), 200), ("/", "", 503)] {
        let mut late = house.client().await;
        late.send(format!("GET {path} HTTP/1.1\r\nhost: x\r\n{header}connection: close\r\n\r\n")).await;
        assert_eq!(late.answer().await.status, status, "{path} {header}");
    }
    house.go.notify_one();
    assert_eq!(working[0].answer().await.body, "waited");
}

#[tokio::test]
async fn when_every_seat_is_at_work_a_new_connection_is_told_so() {
    let house = house(LIMITS).await;
    let mut working = Vec::new();
    for _ in 0..LIMITS.connections {
        working.push(house.busy().await);
    }
    let mut late = house.client().await;
    late.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let answer = late.answer().await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")));
    assert!(answer.body.contains("urn:hotroom:problem:overloaded"));
    house.go.notify_one();
    assert_eq!(working[0].answer().await.body, "waited", "those at work are not disturbed");
    house.works().await;
}

#[tokio::test]
async fn an_early_refusal_reaches_a_sender_that_only_reads_after_writing() {
    let house = house(LIMITS).await;
    let body = vec![b'x'; 4 << 20];
    let mut client = house.client().await;
    client.send(format!("POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len())).await;
    client.send(&body).await;
    assert_eq!(client.answer().await.status, 413);
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 200, "and the connection can be used again");
}

#[tokio::test]
async fn a_refused_body_without_end_is_cut_off_at_a_bounded_cost() {
    let house = house(LIMITS).await;
    let mut client = house.client().await;
    client.send("POST /refuse HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").await;
    let chunk = format!("100000\r\n{}\r\n", "x".repeat(0x10_0000));
    let mut taken = 0;
    use tokio::io::AsyncWriteExt;
    let flood = async {
        while taken < 10_000 && client.0.write_all(chunk.as_bytes()).await.is_ok() {
            taken += 1;
        }
    };
    timeout(BOUND, flood).await.unwrap();
    assert!(taken < 64, "{taken} MiB of 10 GB were taken");
    house.works().await;
}

#[tokio::test]
async fn draining_finishes_what_is_under_way_and_waits_for_nobody_else() {
    let house = house(Limits { drain: BOUND * 3, ..LIMITS }).await;
    let mut working = house.busy().await;
    let mut half_head = house.client().await;
    half_head.send("GET / HT").await;
    let mut kept = house.client().await;
    kept.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(kept.answer().await.status, 200);
    house.phase.send_replace(Phase::Draining);
    assert_eq!(kept.rest().await, "");
    assert_eq!(half_head.rest().await, "");
    assert!(tokio::net::TcpStream::connect(house.at).await.is_err(), "nothing new is accepted");
    house.go.notify_one();
    let all = working.rest().await;
    assert!(all.ends_with("waited") && all.to_lowercase().contains("connection: close"), "{all}");
    assert_eq!(timeout(BOUND, house.task).await.unwrap().unwrap(), DrainResult { cut: 0 });
}

#[tokio::test]
async fn what_does_not_finish_is_cut_off_when_the_time_is_over() {
    let limits = Limits { body: Duration::from_secs(60), ..LIMITS };
    let house = house(limits).await;
    let _stuck = house.busy().await;
    let mut half_body = house.client().await;
    half_body.send("POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc").await;
    house.works().await;
    let begun = Instant::now();
    assert_eq!(house.end(Phase::Draining).await, DrainResult { cut: 2 });
    assert!(begun.elapsed() >= LIMITS.drain, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn the_second_signal_ends_it_at_once() {
    let limits = Limits { drain: Duration::from_secs(60), ..LIMITS };
    let house = house(limits).await;
    let _stuck = house.busy().await;
    house.phase.send_replace(Phase::Draining);
    tokio::task::yield_now().await;
    assert_eq!(house.end(Phase::Ended).await, DrainResult { cut: 1 }, "long before the time to drain is over");
}

/// Runs this test alone in a process of its own that may open 64 files.
#[test]
fn the_door_stays_open_when_files_run_out() {
    const INSIDE: &str = "HOTROOM_TEST_FEW_FILES";
    if std::env::var_os(INSIDE).is_none() {
        let this = std::env::current_exe().unwrap();
        let run = "ulimit -n 64 && exec \"$0\" --exact http_server::the_door_stays_open_when_files_run_out --nocapture";
        let ran = std::process::Command::new("sh").arg("-c").arg(run).arg(this).env(INSIDE, "1").output().unwrap();
        assert!(
            ran.status.success(),
            "{}{}",
            String::from_utf8_lossy(&ran.stdout),
            String::from_utf8_lossy(&ran.stderr)
        );
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let limits = Limits { connections: 1000, header: Duration::from_secs(60), ..LIMITS };
        let house = house(limits).await;
        let mut crowd = Vec::new();
        while let Ok(stream) = tokio::net::TcpStream::connect(house.at).await {
            crowd.push(stream);
        }
        assert!(crowd.len() > 20, "{}", crowd.len());
        crowd.truncate(crowd.len() - 1);
        // Both ends of the crowd live in this process, so each one that leaves gives its file back.
        crowd.drain(..4);
        house.works().await;
    });
}
