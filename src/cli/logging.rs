//! Writes the log. Lines go through a bounded queue to a separate thread, so that a full disk or a stalled reader
//! blocks nothing. Lines that do not fit are dropped and counted.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use tracing_subscriber::{
    Layer, Registry,
    filter::{LevelFilter, Targets},
    fmt::{MakeWriter, layer},
    layer::{Layered, SubscriberExt},
};

use crate::config::Log;

/// The capacity of the queue in lines.
const WAITING: usize = 8_192;
/// How long the process waits at its end for the last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Flushes the log when dropped. `main` keeps it until the end.
pub struct LogGuard {
    queue: Option<SyncSender<Vec<u8>>>,
    done: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for LogGuard {
    /// The subscriber never drops its sender, so an empty line marks the end of the queue.
    fn drop(&mut self) {
        let told = self.queue.take().is_some_and(|queue| queue.try_send(Vec::new()).is_ok());
        // A stalled reader must not block the end of the process.
        if told
            && self.done.recv_timeout(LAST_LINES).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

/// Starts logging to `out` for the whole process.
///
/// Fails if the level is invalid or a log was started before.
pub fn start_log(log: &Log, out: impl Write + Send + 'static) -> anyhow::Result<LogGuard> {
    let (subscriber, guard) = subscriber(log, out)?;
    tracing::subscriber::set_global_default(subscriber)?;
    Ok(guard)
}

/// A registry with a single layer for output.
type OutputRegistry = Layered<Box<dyn Layer<Registry> + Send + Sync>, Registry>;

/// Creates the subscriber that `[log]` configures.
pub(super) fn subscriber(log: &Log, out: impl Write + Send + 'static) -> anyhow::Result<(OutputRegistry, LogGuard)> {
    let mut filter: Targets = log.level.parse()?;
    if !log.level.contains("serenity") {
        // serenity's shard messages at `info` concern only its developers. It logs that it cannot ask Discord for the
        // gateway address, which is intended: the client passes the address.
        filter = filter.with_target("serenity", LevelFilter::WARN).with_target("serenity::client", LevelFilter::ERROR);
    }
    let (lines, guard) = queue(out)?;
    let shape = layer().with_writer(lines).log_internal_errors(false);
    let shape: Box<dyn Layer<Registry> + Send + Sync> = if log.json {
        Box::new(shape.json().flatten_event(true).with_filter(filter))
    } else {
        Box::new(shape.with_ansi(false).with_filter(filter))
    };
    Ok((tracing_subscriber::registry().with(shape), guard))
}

fn queue(mut out: impl Write + Send + 'static) -> io::Result<(Lines, LogGuard)> {
    let (sender, receiver) = sync_channel::<Vec<u8>>(WAITING);
    let (finished, done) = sync_channel(1);
    let dropped = Arc::new(AtomicU64::new(0));
    let lost = Arc::clone(&dropped);
    let thread = thread::Builder::new().name("log".to_owned()).spawn(move || {
        for line in receiver.iter().take_while(|line| !line.is_empty()) {
            let missing = lost.swap(0, Ordering::Relaxed);
            if missing > 0 {
                let _ = writeln!(out, "{missing} log lines were dropped: they could not be written fast enough");
            }
            let _ = out.write_all(&line);
        }
        let _ = out.flush();
        let _ = finished.send(());
    })?;
    let guard = LogGuard { queue: Some(sender.clone()), done, thread: Some(thread) };
    Ok((Lines { queue: sender, dropped }, guard))
}

/// The writer of the subscriber.
struct Lines {
    queue: SyncSender<Vec<u8>>,
    dropped: Arc<AtomicU64>,
}

/// A line that is being written.
struct Line<'a> {
    text: Vec<u8>,
    lines: &'a Lines,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { text: Vec::new(), lines: self }
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() && self.lines.queue.try_send(text).is_err() {
            self.lines.dropped.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("hotroom_log_lines_dropped_total").increment(1);
        }
    }
}
