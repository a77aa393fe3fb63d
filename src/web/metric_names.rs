//! The metrics of `/metrics`, with the text that explains each.

use metrics::{describe_counter, describe_gauge, describe_histogram};

/// The Alertmanager version that compatible responses follow; clients choose their requests by it.
pub(super) const ALERTMANAGER: &str = "0.25.0";

/// Counters.
const COUNTERS: [(&str, &str); 25] = [
    ("hotroom_alerts_received_total", "Alerts received, by source."),
    ("hotroom_clock_disturbances_total", "Times that the clock was set, or the machine or the process was stopped."),
    ("hotroom_config_refused_total", "Reloads of the configuration that were refused for a mistake."),
    ("hotroom_config_reloads_total", "Reloads of the configuration by SIGHUP, by outcome."),
    ("hotroom_contact_forged_total", "Callbacks that did not come from the provider that they name, by provider."),
    ("hotroom_discord_calls_total", "Calls to Discord, by route and status."),
    ("hotroom_discord_outsiders_total", "Interactions on Discord of accounts that belong to no person."),
    ("hotroom_discord_unreadable_total", "Messages of Discord that could not be read."),
    ("hotroom_heartbeats_total", "Heartbeats to the dead man's switch outside, by result: sent, withheld, failed."),
    ("hotroom_http_accept_failures_total", "Connections that could not be accepted for lack of files or memory."),
    ("hotroom_http_requests_total", "HTTP requests, by route and status."),
    ("hotroom_http_turned_away_total", "Connections that were refused because all were in use."),
    ("hotroom_http_unauthorized_total", "Requests with wrong or missing credentials, by route."),
    ("hotroom_intake_total", "Deliveries of senders, by source and outcome."),
    ("hotroom_links_limited_total", "Links that do not exist, beyond the limit of their address."),
    ("hotroom_log_lines_dropped_total", "Log lines that were dropped because the log is written too slowly."),
    ("hotroom_pager_forged_total", "Reports that did not come from the outside pager that they name, by pager."),
    ("hotroom_reply_codes_limited_total", "Numbers that sent too many wrong reply codes."),
    ("hotroom_reports_limited_total", "Reports from users that were not taken, because too many came in a short time."),
    ("hotroom_sender_warnings_total", "What was corrected or not understood in deliveries, by source and kind."),
    ("hotroom_sign_in_failures_total", "Sign-ins that failed."),
    ("hotroom_store_commits_total", "Commits of the database."),
    ("hotroom_store_retries_total", "Transactions that were run again."),
    ("hotroom_tls_handshake_failures_total", "TLS handshakes that failed."),
    ("hotroom_tracker_forged_total", "Reports that did not come from the tracker that they name, by tracker."),
];

/// Gauges.
const GAUGES: [(&str, &str); 25] = [
    ("alertmanager_build_info", "The version of Alertmanager whose API hotroom speaks; clients look for it here."),
    (
        "hotroom_contact_failing",
        "1 while the last three messages of a kind of contact method have all failed, by kind.",
    ),
    (
        "hotroom_contact_last_success_timestamp_seconds",
        "When a message was last accepted by the service of a kind of contact method, by kind.",
    ),
    ("hotroom_discord_calls_waiting", "Calls to Discord that wait for a rate limit."),
    ("hotroom_discord_channels", "Channels of the Discord server, which may have 500."),
    ("hotroom_discord_connected", "1 while connected to Discord."),
    ("hotroom_http_connections", "Open connections."),
    ("hotroom_intake_unrouted", "Stored deliveries that are not routed yet, at most 1000."),
    ("hotroom_report_mailbox_ok", "0 while the mailbox of [reports.mail] cannot be read."),
    ("hotroom_mail_bounces_ok", "0 while the mailbox of [mail.bounces] cannot be read."),
    ("hotroom_noise_today", "Events, alerts, groups and incidents of today (UTC), by source."),
    ("hotroom_outbox_held", "Rows from before the restore of a backup that wait for hotroom doctor --resume-sending."),
    ("hotroom_outbox_late_seconds", "How late the oldest effect that is due is."),
    ("hotroom_outbox_rows", "Effects and timers in the outbox."),
    (
        "hotroom_pages_unanswered",
        "Pages to which nobody may respond: unanswered, nobody on call, or no message arrives.",
    ),
    ("hotroom_ready", "1 if hotroom is ready, as /readyz reports."),
    ("hotroom_sending_paused", "1 while nothing is sent, in a restored backup."),
    ("hotroom_status_mirror_current", "1 while a mirror of the status page shows its state, 0 while it is behind."),
    ("hotroom_store_failed", "1 once the database has failed and the process ends."),
    ("hotroom_store_file_ok", "0 while the database file is lost or out of reach."),
    ("hotroom_store_full", "1 while the disk of the database is full."),
    ("hotroom_store_queue", "Writes that wait for the database."),
    ("hotroom_store_queue_depth", "Writes that waited for the database when the last one was taken."),
    ("hotroom_tls_certificate_expiry_timestamp_seconds", "When the certificate of [server] tls_cert expires."),
    ("hotroom_webhook_enabled", "1 while a webhook is enabled, 0 after it was disabled for its failures."),
];

/// Distributions.
const HISTOGRAMS: [(&str, &str); 4] = [
    ("hotroom_alerts_grouped_seconds", "Time from the arrival of a delivery to the groups of its alerts."),
    ("hotroom_http_request_seconds", "Time to respond to a request, by route."),
    ("hotroom_store_commit_closures", "Transactions in one commit."),
    ("hotroom_store_commit_seconds", "Time of a commit."),
];

/// Describes every metric to the installed recorder, and sets the one that never changes.
pub fn describe() {
    let labels = [("version", ALERTMANAGER), ("branch", "hotroom"), ("revision", super::VERSION)];
    metrics::gauge!("alertmanager_build_info", &labels).set(1.0);
    COUNTERS.into_iter().for_each(|(name, help)| describe_counter!(name, help));
    GAUGES.into_iter().for_each(|(name, help)| describe_gauge!(name, help));
    HISTOGRAMS.into_iter().for_each(|(name, help)| describe_histogram!(name, help));
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    /// Collects the names that follow `metrics::counter!(` and the like.
    fn collect(folder: &Path, found: &mut BTreeSet<(String, String)>) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a file");
                for rest in text.split("metrics::").skip(1) {
                    let Some((kind, rest)) = rest.split_once("!(") else { continue };
                    let name = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
                    if let (true, Some(name)) = (["counter", "gauge", "histogram"].contains(&kind), name) {
                        found.insert((kind.to_owned(), name.to_owned()));
                    }
                }
            }
        }
    }

    #[test]
    fn every_metric_is_explained_and_every_explanation_has_its_metric() {
        let mut used = BTreeSet::new();
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut used);
        let of = |kind: &str, names: &[(&str, &str)]| {
            names.iter().map(|(name, _)| (kind.to_owned(), (*name).to_owned())).collect::<Vec<_>>()
        };
        let described: Vec<_> = [of("counter", &COUNTERS), of("gauge", &GAUGES), of("histogram", &HISTOGRAMS)].concat();
        let described: BTreeSet<_> = described.into_iter().collect();
        let missing: Vec<_> = used.difference(&described).collect();
        assert!(missing.is_empty(), "src/web/metric_names.rs does not explain these: {missing:?}");
        let idle: Vec<_> = described.difference(&used).collect();
        assert!(idle.is_empty(), "src/web/metric_names.rs explains what does not exist: {idle:?}");
    }
}
