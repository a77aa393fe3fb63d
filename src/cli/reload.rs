//! SIGHUP: reloads `bot.toml`, or reports every mistake.

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use crate::config::{Live, Mistakes, ReloadOutcome};

/// Begins to hear SIGHUP. Before, the signal would end the process.
///
/// # Errors
/// Fails when the system refuses the handler.
pub fn hear_hangup() -> std::io::Result<Signal> {
    signal(SignalKind::hangup())
}

/// Reloads at each SIGHUP until `stop`, also for one that came during the start. `told` is called with each result, to record it and post it in chat.
pub async fn on_hangup<F>(
    mut hangup: Signal,
    live: Live,
    mut stop: watch::Receiver<bool>,
    told: impl Fn(Result<ReloadOutcome, Mistakes>) -> F,
) where
    F: Future<Output = ()>,
{
    while !*stop.borrow() {
        tokio::select! {
            changed = stop.changed() => if changed.is_err() { break },
            heard = hangup.recv() => {
                if heard.is_none() {
                    break;
                }
                let reload = live.clone();
                if let Ok(answer) = tokio::task::spawn_blocking(move || reload.reload()).await {
                    log_reload(&answer);
                    told(answer).await;
                }
            }
        }
    }
}

/// Logs the result, in case the notice in chat fails.
fn log_reload(answer: &Result<ReloadOutcome, Mistakes>) {
    match answer {
        Ok(reloaded) if reloaded.no_file => tracing::info!("there is no bot.toml; the built-in settings stay"),
        Ok(reloaded) => {
            let later = reloaded.after_restart.join(", ");
            tracing::info!(digest = reloaded.config.digest, after_restart = later, "the configuration was taken");
        }
        Err(mistakes) => {
            for line in mistakes.lines() {
                tracing::error!(mistake = line, "the configuration was refused; the old one stays");
            }
        }
    }
    metrics::counter!("hotroom_config_reloads_total", "outcome" => if answer.is_ok() { "taken" } else { "refused" })
        .increment(1);
}
