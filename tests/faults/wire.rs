//! A client that can misbehave.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longer than any deadline of a test: reaching it is a failure.
pub const BOUND: Duration = Duration::from_secs(40);

/// One connection.
pub struct Client(pub TcpStream);

impl Client {
    pub async fn open(to: SocketAddr) -> Self {
        Self(TcpStream::connect(to).await.unwrap())
    }

    /// Sends as much as the other side takes.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.0.write_all(bytes.as_ref()).await.ok();
        self
    }

    /// Everything that comes until the other side closes.
    pub async fn rest(&mut self) -> String {
        let mut all = Vec::new();
        let mut piece = [0; 8192];
        let read = async {
            while let Ok(size @ 1..) = self.0.read(&mut piece).await {
                all.extend_from_slice(&piece[..size]);
            }
        };
        timeout(BOUND, read).await.expect("the connection is closed in time");
        String::from_utf8_lossy(&all).into_owned()
    }

    /// One answer with a Content-Length: its head and its body.
    pub async fn answer(&mut self) -> Answer {
        timeout(BOUND, self.read_answer()).await.expect("an answer in time").expect("a whole answer")
    }

    async fn read_answer(&mut self) -> Option<Answer> {
        let mut all = Vec::new();
        loop {
            let mut byte = [0];
            if self.0.read(&mut byte).await.ok()? == 0 {
                return None;
            }
            all.push(byte[0]);
            if all.ends_with(b"\r\n\r\n") {
                break;
            }
        }
        let head = String::from_utf8_lossy(&all).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.ok()?;
        let status = head.split_whitespace().nth(1)?.parse().ok()?;
        Some(Answer { status, head, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

/// What came back. The head is in lower case.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// A header of the answer.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}
