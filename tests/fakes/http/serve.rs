//! The connections of the fake system: reads requests and reacts.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::watch,
};

use super::{React, Reaction, Received};

type Stream = BufReader<TcpStream>;

pub(super) async fn connection(socket: TcpStream, react: React, notes: Arc<watch::Sender<Vec<Received>>>) {
    let mut socket = BufReader::new(socket);
    while let Some(request) = read_request(&mut socket).await {
        let reaction = (react.lock().expect("no reaction panicked"))(&request);
        notes.send_modify(|received| received.push(request));
        if !carry_out(&mut socket, reaction).await {
            return;
        }
    }
}

/// True if the connection stays open for the next request.
async fn carry_out(socket: &mut Stream, reaction: Reaction) -> bool {
    match reaction {
        Reaction::Answer { status, headers, body } => {
            let extra: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
            let head = format!("HTTP/1.1 {status} X\r\n{length}{extra}\r\n");
            socket.write_all(&[head.as_bytes(), &body].concat()).await.is_ok()
        }
        Reaction::Raw(bytes) => {
            socket.write_all(&bytes).await.ok();
            false
        }
        Reaction::Close => false,
        Reaction::Hang => std::future::pending().await,
        Reaction::Endless => {
            let mut part = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
            while socket.write_all(&part).await.is_ok() {
                part = vec![b' '; 1 << 16];
            }
            false
        }
        Reaction::Drip { start, drop } => {
            let mut tick = tokio::time::interval(Duration::from_secs(1));
            let mut part = start;
            while socket.write_all(&part).await.is_ok() {
                part = vec![drop];
                tick.tick().await;
            }
            false
        }
    }
}

async fn read_request(socket: &mut Stream) -> Option<Received> {
    let mut line = String::new();
    socket.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        socket.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.ok()?;
    Some(Received { method, path, headers, body })
}
