//! The layer between a socket and the HTTP library: deadlines for receiving a head and for sending a response, and a
//! check of raw heads that the library does not expose.
//!
//! hyper accepts a request with both `Content-Length` and `Transfer-Encoding` and drops the former, so later code
//! cannot see that both were present. A reverse proxy may have used the other one (request smuggling), so such a
//! request is refused here.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};

/// State shared by a connection's service and its wire.
#[derive(Debug, Default)]
pub(super) struct WireState {
    two_lengths: AtomicBool,
    send_by: Mutex<Option<Instant>>,
}

impl WireState {
    /// True if a head was received whose length is ambiguous.
    pub(super) fn two_lengths(&self) -> bool {
        self.two_lengths.load(Ordering::Acquire)
    }

    /// Sets the deadline for sending the response.
    pub(super) fn send_by(&self, when: Option<Instant>) {
        *self.send_by.lock().unwrap_or_else(PoisonError::into_inner) = when;
    }

    fn overdue(&self) -> bool {
        self.send_by.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|by| by <= Instant::now())
    }
}

/// A socket with deadlines.
pub(super) struct Wire<T> {
    io: T,
    told: Arc<WireState>,
    frames: Frames,
    header: Duration,
    stall: Duration,
    head_due: Option<Pin<Box<Sleep>>>,
    stall_due: Option<Pin<Box<Sleep>>>,
}

impl<T> Wire<T> {
    /// A new connection must send its first head within `header`; sending may stall for `stall`.
    pub(super) fn new(io: T, told: Arc<WireState>, header: Duration, stall: Duration) -> Self {
        let head_due = Some(Box::pin(tokio::time::sleep(header)));
        Self { io, told, frames: Frames::default(), header, stall, head_due, stall_due: None }
    }

    fn seen(&mut self, bytes: &[u8]) {
        let heads = self.frames.heads;
        self.frames.feed(bytes);
        if self.frames.two_lengths {
            self.told.two_lengths.store(true, Ordering::Release);
        }
        if self.frames.heads != heads {
            self.head_due = None;
        }
        if self.frames.head_begun() && self.head_due.is_none() {
            self.head_due = Some(Box::pin(tokio::time::sleep(self.header)));
        }
    }

    fn head_overdue(&mut self, cx: &mut Context<'_>) -> bool {
        self.head_due.as_mut().is_some_and(|due| due.as_mut().poll(cx).is_ready())
    }

    /// Limits the time a blocked write may wait.
    fn sent<R>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        if outcome.is_ready() {
            self.stall_due = None;
            return if self.told.overdue() { Poll::Ready(Err(too_slow())) } else { outcome };
        }
        let stall = self.stall;
        let due = self.stall_due.get_or_insert_with(|| Box::pin(tokio::time::sleep(stall)));
        if due.as_mut().poll(cx).is_ready() { Poll::Ready(Err(too_slow())) } else { Poll::Pending }
    }
}

fn too_slow() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the client is too slow")
}

impl<T: AsyncRead + Unpin> AsyncRead for Wire<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let outcome = Pin::new(&mut self.io).poll_read(cx, buf);
        if let Poll::Ready(Ok(())) = &outcome {
            self.seen(&buf.filled()[before..]);
        }
        if self.head_overdue(cx) { Poll::Ready(Err(too_slow())) } else { outcome }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Wire<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.io).poll_write(cx, buf);
        self.sent(cx, outcome)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.io).poll_flush(cx);
        self.sent(cx, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.io).poll_shutdown(cx);
        self.sent(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.sent(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

/// How much of a header line is inspected: enough for the two names and a length.
const LOOKED_AT: usize = 64;

/// Tracks requests on a connection closely enough to know where heads begin and end.
#[derive(Debug, Default)]
struct Frames {
    place: Place,
    heads: u64,
    two_lengths: bool,
}

#[derive(Debug)]
enum Place {
    Head(Head),
    /// This many bytes of a body are still to come.
    Body(u64),
    /// A chunked body: the connection is closed after it, so its end need not be found.
    Last,
}

#[derive(Debug, Default)]
struct Head {
    begun: bool,
    line: Vec<u8>,
    length: Option<u64>,
    lengths: usize,
    codings: usize,
}

impl Default for Place {
    fn default() -> Self {
        Self::Head(Head::default())
    }
}

impl Frames {
    fn feed(&mut self, mut bytes: &[u8]) {
        while let Some((first, rest)) = bytes.split_first() {
            match &mut self.place {
                Place::Head(head) => {
                    bytes = rest;
                    if head.feed(*first) {
                        self.place = self.after_head();
                    }
                }
                Place::Body(left) => {
                    let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    bytes = &bytes[taken..];
                    *left -= taken as u64;
                    if *left == 0 {
                        self.place = Place::default();
                    }
                }
                Place::Last => return,
            }
        }
    }

    fn head_begun(&self) -> bool {
        matches!(&self.place, Place::Head(head) if head.begun)
    }

    fn after_head(&mut self) -> Place {
        self.heads += 1;
        let Place::Head(head) = &self.place else { return Place::Last };
        // A length that is not understood here may be understood elsewhere.
        let unread = head.lengths > 0 && head.length.is_none();
        self.two_lengths |= (head.codings > 0 && head.lengths > 0) || unread;
        match head.length {
            _ if head.codings > 0 || unread => Place::Last,
            Some(length) if length > 0 => Place::Body(length),
            Some(_) | None => Place::default(),
        }
    }
}

impl Head {
    /// Processes a byte; returns true when the head is complete.
    fn feed(&mut self, byte: u8) -> bool {
        if byte != b'\n' {
            if self.line.len() < LOOKED_AT {
                self.line.push(byte);
            }
            self.begun |= byte != b'\r';
            return false;
        }
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if line.is_empty() {
            // Empty lines before a request are skipped, as the library does.
            return self.begun;
        }
        self.note(line);
        false
    }

    fn note(&mut self, line: &[u8]) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return };
        let name = line[..colon].trim_ascii();
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.codings += 1;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            self.lengths += 1;
            let value = std::str::from_utf8(&line[colon + 1..]).unwrap_or_default();
            self.length = value.trim().parse().ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(text: &str) -> Frames {
        let mut frames = Frames::default();
        frames.feed(text.as_bytes());
        frames
    }

    #[test]
    fn both_lengths_are_seen_in_either_order_and_any_case() {
        for text in [
            "POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding:chunked\r\nX: y\r\nCONTENT-LENGTH:\t4\r\n\r\n",
            "POST / HTTP/1.1\nContent-Length : 4\nTransfer-Encoding : identity\n\n",
            "\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 0x4\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcPOST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: x\r\n\r\n",
        ] {
            assert!(frames(text).two_lengths, "{text:?}");
        }
    }

    #[test]
    fn bodies_are_not_taken_for_heads() {
        let hidden = "content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n";
        let whole =
            format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{hidden}GET / HTTP/1.1\r\n\r\n", hidden.len());
        let seen = frames(&whole);
        assert!(!seen.two_lengths);
        assert_eq!(seen.heads, 2);
        let chunked = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{hidden}");
        assert!(!frames(&chunked).two_lengths);
        let mut drop_by_drop = Frames::default();
        whole.as_bytes().iter().for_each(|byte| drop_by_drop.feed(&[*byte]));
        assert_eq!(drop_by_drop.heads, 2);
        assert_eq!(frames("GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\nGET / HTTP/1.1\r\n\r\n").heads, 2);
    }
}
