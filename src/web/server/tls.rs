//! The TLS handshake of a new connection.

use std::{sync::Arc, time::Duration};

use rustls::ServerConfig;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// The first byte of a TLS handshake.
const HANDSHAKE: u8 = 0x16;
/// The response to a request in plain HTTP.
const PLAIN: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n\
    content-length: 40\r\n\r\nThis port speaks https: write https://.\n";

/// Performs the handshake within `patience`. `None` if it fails; a client that speaks plain HTTP is told so.
pub(super) async fn accept(
    config: Arc<ServerConfig>,
    stream: TcpStream,
    patience: Duration,
) -> Option<TlsStream<TcpStream>> {
    match timeout(patience, shake_hands(config, stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            metrics::counter!("hotroom_tls_handshake_failures_total").increment(1);
            tracing::debug!(%error, "a TLS handshake failed");
            None
        }
        Err(_) => {
            metrics::counter!("hotroom_tls_handshake_failures_total").increment(1);
            None
        }
    }
}

async fn shake_hands(
    config: Arc<ServerConfig>,
    mut stream: TcpStream,
) -> std::io::Result<Option<TlsStream<TcpStream>>> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 1 && first != [HANDSHAKE] {
        stream.write_all(PLAIN).await?;
        stream.shutdown().await?;
        // Closing with unread bytes would make the client's system discard the response.
        let mut rest = [0; 4096];
        while stream.read(&mut rest).await? > 0 {}
        return Ok(None);
    }
    TlsAcceptor::from(config).accept(stream).await.map(Some)
}
