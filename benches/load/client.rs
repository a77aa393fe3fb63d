//! A small HTTP/1.1 client with little overhead: keep-alive connections, bodies with a length.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

type Body = Arc<dyn Fn(u64) -> String + Send + Sync>;

/// The requests to send, how, and for how long.
pub struct Load {
    path: String,
    body: Option<Body>,
    connections: usize,
    span: Duration,
    total: u64,
    pace: Option<u64>,
}

/// The result of a load. Latencies are in milliseconds.
pub struct Summary {
    pub done: u64,
    pub failed: u64,
    pub per_second: f64,
    pub p50: f64,
    pub p99: f64,
}

impl Load {
    pub fn post(path: &str, body: impl Fn(u64) -> String + Send + Sync + 'static) -> Self {
        Self { body: Some(Arc::new(body)), ..Self::get(path) }
    }

    pub fn get(path: &str) -> Self {
        let span = Duration::from_secs(3600);
        Self { path: path.to_owned(), body: None, connections: 1, span, total: u64::MAX, pace: None }
    }

    pub fn connections(self, connections: usize) -> Self {
        Self { connections, ..self }
    }

    pub fn span(self, span: Duration) -> Self {
        Self { span, ..self }
    }

    pub fn total(self, total: u64) -> Self {
        Self { total, ..self }
    }

    /// Sets a fixed rate of requests, however long responses take. Latencies count from the time at which a request was
    /// due.
    pub fn pace(self, per_second: u64) -> Self {
        Self { pace: Some(per_second), ..self }
    }
}

/// Runs a load to its end.
pub async fn run_load(addr: SocketAddr, load: &Load) -> Summary {
    let next = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let workers: Vec<_> = (0..load.connections)
        .map(|_| {
            let worker = Worker {
                addr,
                path: load.path.clone(),
                body: load.body.clone(),
                next: Arc::clone(&next),
                until: started + load.span,
                total: load.total,
                pace: load.pace.map(|pace| (started, Duration::from_secs_f64(1.0 / pace as f64))),
            };
            tokio::spawn(worker.run())
        })
        .collect();
    let mut latencies = Vec::new();
    let mut failed = 0;
    for worker in workers {
        let (mine, bad) = worker.await.expect("a worker ends");
        latencies.extend(mine);
        failed += bad;
    }
    let seconds = started.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let at = |share: f64| {
        let index = ((latencies.len() as f64 * share) as usize).min(latencies.len().saturating_sub(1));
        latencies.get(index).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
    };
    let done = latencies.len() as u64;
    Summary { done, failed, per_second: done as f64 / seconds, p50: at(0.5), p99: at(0.99) }
}

struct Worker {
    addr: SocketAddr,
    path: String,
    body: Option<Body>,
    next: Arc<AtomicU64>,
    until: Instant,
    total: u64,
    pace: Option<(Instant, Duration)>,
}

impl Worker {
    async fn run(self) -> (Vec<Duration>, u64) {
        let mut stream = TcpStream::connect(self.addr).await.expect("a connection");
        stream.set_nodelay(true).ok();
        let mut latencies = Vec::new();
        let mut failed = 0;
        loop {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            let due = self.pace.map(|(start, gap)| start + gap * u32::try_from(n).unwrap_or(u32::MAX));
            if n >= self.total || due.unwrap_or_else(Instant::now) >= self.until {
                return (latencies, failed);
            }
            if let Some(due) = due {
                tokio::time::sleep_until(due.into()).await;
            }
            let asked = due.unwrap_or_else(Instant::now);
            match self.ask(&mut stream, n).await {
                Some(status) if (200..300).contains(&status) => latencies.push(asked.elapsed()),
                Some(_) => failed += 1,
                None => {
                    failed += 1;
                    stream = TcpStream::connect(self.addr).await.expect("a connection");
                }
            }
        }
    }

    async fn ask(&self, stream: &mut TcpStream, n: u64) -> Option<u16> {
        let request = match &self.body {
            Some(body) => {
                let body = body(n);
                format!(
                    "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                    self.path,
                    self.addr,
                    body.len()
                )
            }
            None => format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", self.path, self.addr),
        };
        stream.write_all(request.as_bytes()).await.ok()?;
        answer(stream).await.map(|(status, _)| status)
    }
}

/// Reads a response: status and body.
async fn answer(stream: &mut TcpStream) -> Option<(u16, Vec<u8>)> {
    let mut read = Vec::with_capacity(4096);
    let head_end = loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&read[..head_end]).to_ascii_lowercase();
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    let length: Option<usize> = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse().ok());
    let chunked = head.contains("transfer-encoding: chunked");
    let complete = |read: &Vec<u8>| match length {
        Some(length) => read.len() >= head_end + length,
        None if chunked => read.ends_with(b"0\r\n\r\n"),
        None => true,
    };
    while !complete(&read) {
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
    Some((status, read.split_off(head_end)))
}

/// Sends a GET on a new connection.
pub async fn get(addr: SocketAddr, path: &str) -> (u16, String) {
    let asked = async {
        let mut stream = TcpStream::connect(addr).await.ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        answer(&mut stream).await
    };
    asked.await.map_or((0, String::new()), |(status, body)| (status, String::from_utf8_lossy(&body).into_owned()))
}

/// Waits until a path responds with 200.
pub async fn until_up(addr: SocketAddr, path: &str) {
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    let up = async {
        while get(addr, path).await.0 != 200 {
            tick.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), up).await.expect("the server comes up");
}
