//! Reads what senders post into [`Signal`]s. Pure functions from bytes to signals, with one file per sender.
//!
//! An authenticated sender never gets a 4xx for its body: a body that cannot be read is stored raw and shown as
//! [`Unreadable`] on the health page.

mod alertmanager;
mod alertmanager_api;
pub mod chat;
mod cloudevents;
mod datadog;
mod draft;
pub mod form;
mod generic;
mod grafana;
mod graylog;
pub mod json;
mod nagios;
mod newrelic;
mod opsgenie;
pub mod opsgenie_api;
pub mod opsgenie_heartbeats;
mod pagerduty;
pub mod pagerduty_events;
mod pingdom;
mod reading;
mod riemann;
pub mod samples;
mod sentry;
mod severity;
mod site24x7;
pub mod sns;
mod stackdriver;
mod statuspage;
mod uptime_kuma;
mod uptimerobot;
mod vrealize;
mod zabbix;

#[cfg(test)]
mod tests;

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::{
    config::{Repeats, Source, SourceKind},
    domain::{
        Timestamp,
        alert::{OpsgenieRequest, Remark, SenderAction, SenderWarning, Signal, WarningKind},
    },
};

use json::Json;

pub use severity::judge_by;

/// Maximum number of alerts read from one body.
pub const MOST_ALERTS: usize = 10_000;
/// Maximum length of a delivery id that is stored unchanged; a longer one is hashed.
const LONGEST_KEY: usize = 200;
/// An error in a body, with its position.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Unreadable {
    /// What is wrong.
    pub what: String,
    /// The position: `byte 17`, or a JSON pointer such as `/alerts/3`.
    pub place: String,
}

impl Unreadable {
    /// Creates an error from its description and position.
    pub fn new(what: impl Into<String>, place: impl Into<String>) -> Self {
        Self { what: what.into(), place: place.into() }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.what, self.place)
    }
}

/// The result of reading a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The alerts that could be read, in the order of the body.
    pub signals: Vec<Signal>,
    /// Actions on existing alerts, and reported changes.
    pub orders: Vec<SenderAction>,
    /// API requests of Opsgenie clients; the client can query their result later.
    pub calls: Vec<OpsgenieRequest>,
    /// Errors in parts of the body; the rest was read.
    pub complaints: Vec<Unreadable>,
    /// What was unusual in what was read.
    pub warnings: Vec<SenderWarning>,
    /// The URL that confirms a subscription of this source, if the body requests confirmation.
    pub confirm: Option<String>,
}

impl Reading {
    /// Creates a result with one alert and no errors.
    fn one(signal: Signal) -> Self {
        Self { signals: vec![signal], ..Self::default() }
    }

    /// Returns the errors in one line for the health page. `None` if everything was read.
    pub fn complaint(&self) -> Option<String> {
        let first = self.complaints.first()?;
        let more = self.complaints.len() - 1;
        Some(if more == 0 { first.to_string() } else { format!("{first} (and {more} more)") })
    }
}

/// Reads a body in the format of its source. Fails when nothing in the body can be used.
pub fn read(source: &Source, body: &[u8], received: Timestamp) -> Result<Reading, Unreadable> {
    let document = json::parse(body)?;
    let mut parsed = read_as(source, &document.root, received)?;
    let Reading { signals, orders, warnings, .. } = &mut parsed;
    for signal in signals.iter_mut().chain(orders.iter_mut().filter_map(SenderAction::signal_mut)) {
        severity::judge(source, signal);
        if document.mended {
            signal.remarks.push(Remark::Mended);
        }
        warnings.extend(warnings_of(signal));
    }
    Ok(parsed)
}

/// Returns the warnings about a signal. A firing alert whose severity is unknown opens no incident by its severity.
fn warnings_of(signal: &mut Signal) -> Vec<SenderWarning> {
    let mut warnings = std::mem::take(&mut signal.warnings);
    let word = signal.labels.get("severity").filter(|word| !word.is_blank());
    if let (true, None, Some(word)) = (signal.firing, signal.severity, word) {
        warnings.push(SenderWarning::new(WarningKind::UnknownSeverity, word.verbatim()));
    }
    if signal.remarks.contains(&Remark::OddTime) {
        warnings.push(SenderWarning::new(WarningKind::OddTime, ""));
    }
    warnings
}

fn read_as(source: &Source, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let id = &source.id;
    match source.kind {
        SourceKind::Alertmanager => alertmanager::read(id, root, received),
        SourceKind::AlertmanagerApi => alertmanager_api::read(id, root, received),
        SourceKind::Checkmk => nagios::read(id, "Checkmk", root, received),
        SourceKind::CloudEvents => cloudevents::read(source, root, received),
        SourceKind::Datadog => datadog::read(id, root, received),
        SourceKind::Discord => chat::read(source, root, received).map(|read| read.parsed),
        SourceKind::Generic => generic::read(source, root, received),
        SourceKind::Grafana => grafana::read(id, root, received),
        SourceKind::Graylog => graylog::read(id, root, received),
        SourceKind::Icinga => nagios::read(id, "Icinga", root, received),
        SourceKind::Nagios => nagios::read(id, "Nagios", root, received),
        SourceKind::NewRelic => newrelic::read(id, root, received),
        SourceKind::Opsgenie => opsgenie::read(id, root, received),
        SourceKind::PagerDuty => pagerduty::read(id, root, received),
        SourceKind::OpsgenieApi => opsgenie_api::read(root, received),
        SourceKind::PagerDutyEvents => pagerduty_events::read(id, root, received),
        SourceKind::Pingdom => pingdom::read(id, root, received),
        SourceKind::Riemann => riemann::read(id, root, received),
        SourceKind::Sentry => sentry::read(id, root, received),
        SourceKind::Site24x7 => site24x7::read(id, root, received),
        SourceKind::Sns => sns::read(source, root, received),
        SourceKind::Stackdriver => stackdriver::read(id, root, received),
        SourceKind::Statuspage => statuspage::read(id, root, received),
        SourceKind::UptimeKuma => uptime_kuma::read(id, root, received),
        SourceKind::UptimeRobot => uptimerobot::read(id, root, received),
        SourceKind::VRealize => vrealize::read(id, root, received),
        SourceKind::Zabbix => zabbix::read(id, root, received),
    }
}

/// How a delivery is recognized when its sender repeats it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryKey {
    /// By this id.
    Id(String),
    /// By its body, for a few minutes, unless another body has changed one of its alerts since.
    EqualSoon,
    /// Not at all: every body is new.
    New,
}

impl DeliveryKey {
    /// The key of a delivery with an id, or of one that is always new.
    pub fn of(id: Option<String>) -> Self {
        id.map_or(Self::New, Self::Id)
    }
}

/// Returns how a delivery is recognized when it is sent again: by the header `Idempotency-Key` or `X-Delivery-Id`,
/// otherwise according to the [`Repeats`] of its kind. `document` is the stored document.
pub fn delivery_key<'h>(kind: SourceKind, header: impl Fn(&str) -> Option<&'h str>, document: &[u8]) -> DeliveryKey {
    let own = match kind.repeats() {
        Repeats::Id(name) => Some(name),
        Repeats::Never | Repeats::EqualSoon | Repeats::Equal => None,
    };
    let said = ["idempotency-key", "x-delivery-id"].into_iter().chain(own).find_map(header).map(str::trim);
    match (said.filter(|id| !id.is_empty()), kind.repeats()) {
        (Some(id), _) if id.len() <= LONGEST_KEY => DeliveryKey::Id(id.to_owned()),
        (Some(id), _) => DeliveryKey::Id(format!("sha256:{}", hex::encode(Sha256::digest(id)))),
        (None, Repeats::EqualSoon) => DeliveryKey::EqualSoon,
        (None, Repeats::Equal | Repeats::Id(_)) => {
            DeliveryKey::Id(format!("body:{}", hex::encode(Sha256::digest(document))))
        }
        (None, Repeats::Never) => DeliveryKey::New,
    }
}
