//! Accepts connections, and closes them at shutdown.

use std::{fs::File, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::timeout,
};

use super::{
    limits::{DrainResult, Limits, Phase},
    service::Guide,
    slots::{ConnectionSlot, ConnectionSlots},
    tls,
    wire::{Wire, WireState},
};
use crate::{
    config::Live,
    web::problem::{Kind, Problem},
};

/// Maximum size of a request's head.
const HEAD: usize = 32 * 1024;
/// Delay after an accept failed for lack of files or memory.
const PAUSE: Duration = Duration::from_millis(50);
/// Number of idle connections closed when files run out.
const SENT_AWAY: usize = 8;
/// Maximum number of connections receiving a 503 at the same time; further ones are closed without a response.
const TURNED_AWAY: usize = 64;
/// How long a rejected connection may take to read its 503.
const FAREWELL: Duration = Duration::from_secs(1);

struct Door {
    router: Router,
    limits: Limits,
    slots: Arc<ConnectionSlots>,
    phase: watch::Receiver<Phase>,
    /// The configuration with the certificate; `None` for plain HTTP.
    live: Option<Live>,
    farewells: Arc<Semaphore>,
    /// A reserved file, released when files run out so that one connection can still be given a reason.
    spare: Option<File>,
    connections: JoinSet<()>,
}

pub(super) async fn run(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    mut phase: watch::Receiver<Phase>,
    live: Option<Live>,
) -> DrainResult {
    let mut door = Door {
        router,
        limits,
        slots: ConnectionSlots::new(limits.connections),
        phase: phase.clone(),
        live,
        farewells: Arc::new(Semaphore::new(TURNED_AWAY)),
        spare: spare(),
        connections: JoinSet::new(),
    };
    while *phase.borrow_and_update() == Phase::Serving {
        tokio::select! {
            changed = phase.changed() => if changed.is_err() { break },
            Some(_) = door.connections.join_next(), if !door.connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => door.admit(stream, peer),
                Err(error) => door.cannot_accept(&listener, &error).await,
            },
        }
        metrics::gauge!("hotroom_http_connections").set(count(door.slots.taken()));
    }
    drop(listener);
    door.drain(phase).await
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

fn spare() -> Option<File> {
    File::open("/dev/null").ok()
}

impl Door {
    fn admit(&mut self, stream: TcpStream, peer: SocketAddr) {
        stream.set_nodelay(true).ok();
        let Some(slot) = self.slots.take(peer.ip()) else { return self.turn_away(stream) };
        let told = Arc::new(WireState::default());
        let guide = Guide {
            router: self.router.clone(),
            limits: self.limits,
            slot: Arc::clone(&slot),
            told: Arc::clone(&told),
            peer,
        };
        let (limits, phase) = (self.limits, self.phase.clone());
        let Some(tls) = self.tls() else {
            let wire = Wire::new(stream, told, limits.header, limits.send);
            self.connections.spawn(serve_connection(wire, guide, slot, phase));
            return;
        };
        self.connections.spawn(async move {
            let stream = tokio::select! {
                stream = tls::accept(tls, stream, limits.header) => stream,
                () = slot.sent_away() => None,
            };
            if let Some(stream) = stream {
                serve_connection(Wire::new(stream, told, limits.header, limits.send), guide, slot, phase).await;
            }
        });
    }

    /// Returns the TLS settings in force; `None` for plain HTTP.
    fn tls(&self) -> Option<Arc<ServerConfig>> {
        let config = self.live.as_ref()?.current();
        config.server.tls.as_ref().map(|identity| Arc::clone(&identity.config))
    }

    /// Sends a 503 and closes the connection, because every slot is serving a request.
    fn turn_away(&mut self, stream: TcpStream) {
        metrics::counter!("hotroom_http_turned_away_total").increment(1);
        // A client of TLS cannot read a plain response, and a handshake would need a slot.
        if self.tls().is_some() {
            return;
        }
        if let Ok(place) = Arc::clone(&self.farewells).try_acquire_owned() {
            self.connections.spawn(async move {
                timeout(FAREWELL, say_full(stream)).await.ok();
                drop(place);
            });
        }
    }

    /// Handles a failed accept; the loop never ends because of one. A connection that is already gone is ignored. When
    /// files or memory are short, idle connections are closed and accepting resumes after a pause.
    async fn cannot_accept(&mut self, listener: &TcpListener, error: &io::Error) {
        use io::ErrorKind as Kind;
        if matches!(error.kind(), Kind::ConnectionAborted | Kind::ConnectionReset | Kind::ConnectionRefused) {
            return;
        }
        tracing::warn!(%error, "cannot accept a connection");
        metrics::counter!("hotroom_http_accept_failures_total").increment(1);
        self.slots.send_silent_away(SENT_AWAY);
        if self.spare.take().is_some()
            && let Ok(Ok((stream, _))) = timeout(PAUSE, listener.accept()).await
        {
            self.turn_away(stream);
        }
        tokio::time::sleep(PAUSE).await;
        self.spare = spare();
    }

    async fn drain(mut self, mut phase: watch::Receiver<Phase>) -> DrainResult {
        let mut over = pin!(tokio::time::sleep(self.limits.drain));
        // Idle connections and incomplete heads get a moment, not the whole drain time.
        let mut patience = pin!(tokio::time::sleep((self.limits.drain / 2).min(Duration::from_secs(1))));
        let mut patient = true;
        while !self.connections.is_empty() && *phase.borrow_and_update() != Phase::Ended {
            tokio::select! {
                _ = self.connections.join_next() => {}
                Ok(()) = phase.changed() => {}
                () = &mut patience, if patient => {
                    patient = false;
                    self.slots.close_idle();
                }
                () = &mut over => break,
            }
        }
        let cut = self.connections.len();
        self.connections.shutdown().await;
        DrainResult { cut }
    }
}

async fn say_full(mut stream: TcpStream) -> io::Result<()> {
    let problem = Problem::new(Kind::Overloaded);
    let body = serde_json::to_string(&problem.document(None)).unwrap_or_default();
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: {}\r\nretry-after: {}\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n",
        crate::web::problem::MEDIA_TYPE,
        crate::web::problem::RETRY_AFTER,
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await?;
    let mut rest = [0; 4096];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

/// Serves one connection until it ends, loses its slot, or the server stops.
async fn serve_connection<T: AsyncRead + AsyncWrite + Unpin>(
    wire: Wire<T>,
    guide: Guide,
    slot: Arc<ConnectionSlot>,
    mut phase: watch::Receiver<Phase>,
) {
    let limits = guide.limits;
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.idle + limits.header)
        .max_header_size(HEAD)
        .max_buf_size(64 * 1024)
        .half_close(false);
    let service = service_fn(move |request| guide.clone().answer(request));
    let mut conn = pin!(http.serve_connection(TokioIo::new(wire), service));
    let mut leaving = false;
    loop {
        if !leaving && *phase.borrow_and_update() != Phase::Serving {
            leaving = true;
            conn.as_mut().graceful_shutdown();
        }
        tokio::select! {
            ended = conn.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            () = slot.sent_away() => return,
            Ok(()) = phase.changed(), if !leaving => {}
        }
    }
}
