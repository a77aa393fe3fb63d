//! What `bot.toml` says, checked and typed.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use secrecy::SecretString;

use super::SourceKind;
use crate::{
    domain::{
        alert::{DeclareRule, EnrichRule, FlappingRule, Inhibitions, Pattern, Route, StormLimit},
        ids::{PersonId, RoomId, SourceId},
        incident::{Policy, Severity},
        oncall::{EscalationPolicy, Schedule},
        people::{Person, Service, Team},
        status::Component,
    },
    net::NetSettings,
};

/// The whole configuration.
#[derive(Debug)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[log]`
    pub log: Log,
    /// `[store]`
    pub store: StoreConfig,
    /// `[net]`
    pub net: NetSettings,
    /// `[chat]`
    pub chat: Chat,
    /// `[tracker]`
    pub tracker: Tracker,
    /// `[[people]]`
    pub people: Vec<Person>,
    /// `[[teams]]`
    pub teams: Vec<Team>,
    /// `[[services]]`
    pub services: Vec<Service>,
    /// `[workflow]`, `[severity]`, `[roles]`
    pub policy: Policy,
    /// `[[sources]]`
    pub sources: Vec<Source>,
    /// `[alerts]`
    pub alerts: Alerts,
    /// `[[schedules]]`
    pub schedules: Vec<Schedule>,
    /// `[[escalations]]`
    pub escalations: Vec<EscalationPolicy>,
    /// `[pager]`
    pub pager: Pager,
    /// `[status_page]`
    pub status_page: StatusPage,
    /// `templates_dir`: a folder whose files replace shipped templates of the same name.
    pub templates_dir: Option<PathBuf>,
    /// `[retention]`
    pub retention: Retention,
    /// What should be seen to, and does no harm yet.
    pub warnings: Vec<super::Mistake>,
    /// A hash of the file it was read from, for the log of events.
    pub digest: String,
}

/// `[server]`
#[derive(Debug, Clone)]
pub struct Server {
    /// Address and port. Anything but loopback needs tokens on every source and on the API.
    pub listen: SocketAddr,
    /// The address people reach it at, for links; made from `listen` when absent.
    pub public_url: String,
    /// Host names accepted besides loopback names and the host of `public_url`.
    pub allowed_hosts: Vec<String>,
    /// Largest request body, in bytes, before and after decompression.
    pub max_body: usize,
    /// Most connections at once.
    pub max_connections: usize,
    /// How long a request's head may take.
    pub header_timeout: Duration,
    /// How long a request's body may take.
    pub body_timeout: Duration,
    /// How long a whole request may take, streams excepted.
    pub request_timeout: Duration,
    /// How long work in flight may take after SIGTERM.
    pub drain_timeout: Duration,
    /// Bearer token of the API; must be set off loopback.
    pub api_token: Option<SecretString>,
}

/// `[log]`
#[derive(Debug, Clone)]
pub struct Log {
    /// `text` or `json`.
    pub json: bool,
    /// A `tracing` filter, such as `info` or `hotroom=debug`.
    pub level: String,
}

/// `[store]`
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// The database file.
    pub path: PathBuf,
    /// How many writes may wait before new ones are refused with 503.
    pub queue: usize,
    /// How many writes one commit may carry; 1 turns group commit off.
    pub batch: usize,
}

/// `[chat]`
#[derive(Debug, Clone)]
pub struct Chat {
    /// The room that incidents are announced in.
    pub incidents_feed: RoomId,
    /// Further rooms that always exist.
    pub rooms: Vec<RoomId>,
    /// `[chat.discord]`, when there is a token.
    pub discord: Option<Discord>,
}

/// What a hot room is on Discord.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// A channel of its own.
    #[default]
    Channel,
    /// A thread of the incidents' feed.
    Thread,
}

/// `[chat.discord]`
#[derive(Debug, Clone)]
pub struct Discord {
    /// The bot's token.
    pub token: SecretString,
    /// Where the API is, without a path; none: Discord's own address.
    pub base_url: Option<String>,
    /// The one server (guild) that is served; none: the only one the bot is in.
    pub guild: Option<u64>,
    /// The category of hot rooms.
    pub category: String,
    /// The category of rooms whose incident is closed.
    pub archive_category: String,
    /// What a hot room is.
    pub rooms: Shape,
    /// The role that makes a responder.
    pub responder_role: Option<u64>,
    /// The role that makes an admin.
    pub admin_role: Option<u64>,
}

/// `[tracker]`
#[derive(Debug, Clone)]
pub struct Tracker {
    /// The prefix of keys: `HOT`.
    pub prefix: String,
}

/// One of `[[sources]]`.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name: `/intake/{name}`.
    pub id: SourceId,
    /// What it speaks.
    pub kind: SourceKind,
    /// Whether it may post.
    pub enabled: bool,
    /// Bearer token (or basic password) it must send; must be set off loopback.
    pub token: Option<SecretString>,
    /// The token before the present one, still taken during a rotation.
    pub old_token: Option<SecretString>,
    /// Shared secret of `X-Hotroom-Signature: sha256=<hex>` over the raw body; when set, unsigned bodies are refused.
    pub signing_secret: Option<SecretString>,
    /// The secret before the present one, still taken during a rotation.
    pub old_signing_secret: Option<SecretString>,
    /// The header of the signature, where the sender can name it.
    pub signature_header: Option<String>,
    /// The header of the time that is signed too; when it is set, a signature without it is refused.
    pub timestamp_header: Option<String>,
    /// After how long without a word it counts as silent.
    pub silent_after: Option<Duration>,
    /// Whether its silence is an alert of its own.
    pub heartbeat: bool,
    /// For `sns`: the topics that are believed, once Amazon has signed the message. Without any the source signs nothing.
    pub topics: Vec<String>,
    /// For `sns`: what is asked in place of Amazon's hosts, for tests and proxies.
    pub base_url: Option<String>,
    /// What the sender's words for severity mean, in lower case; `default` is for words that mean nothing, and for none.
    pub severity: BTreeMap<String, Severity>,
    /// For `generic` and `cloudevents`: where each field is found, as JSON pointers (RFC 6901).
    pub mapping: Option<FieldMapping>,
    /// For `discord`: whose messages are read where, and how.
    pub discord: Option<super::Watch>,
}

impl Source {
    /// A source without secrets, mapping and rules.
    pub fn new(id: SourceId, kind: SourceKind) -> Self {
        Self {
            id,
            kind,
            enabled: true,
            token: None,
            old_token: None,
            signing_secret: None,
            old_signing_secret: None,
            silent_after: None,
            heartbeat: false,
            topics: Vec::new(),
            base_url: None,
            signature_header: None,
            timestamp_header: None,
            severity: BTreeMap::new(),
            mapping: None,
            discord: None,
        }
    }

    /// Whether it may post to `/intake/{name}`.
    pub fn may_post(&self) -> bool {
        self.enabled && self.kind != SourceKind::Discord && !self.kind.has_own_paths()
    }

    /// After how long without a word its silence is an alert, if it is one.
    pub fn alarms_after(&self) -> Option<Duration> {
        self.silent_after.filter(|_| self.enabled && self.heartbeat)
    }

    /// Whether what it posts is signed.
    pub fn signs(&self) -> bool {
        self.signing_secret.is_some() || !self.topics.is_empty()
    }

    /// Whether its messages on Discord are read.
    pub fn is_watched(&self) -> bool {
        self.enabled && self.kind == SourceKind::Discord
    }
}

/// JSON pointers (RFC 6901) of a generic body's fields. `alerts` points at an array; the others are looked up inside
/// each of its elements, or in the body itself when `alerts` is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldMapping {
    /// The array of alerts.
    pub alerts: Option<String>,
    /// The alert's name.
    pub name: Option<String>,
    /// firing, or resolved.
    pub state: Option<String>,
    /// Values of `state` that mean resolved, besides the usual ones.
    pub resolved_values: Vec<String>,
    /// How grave.
    pub severity: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// The host.
    pub host: Option<String>,
    /// One line.
    pub summary: Option<String>,
    /// What makes two bodies the same alert.
    pub fingerprint: Option<String>,
    /// When it began.
    pub starts_at: Option<String>,
    /// When it ended.
    pub ends_at: Option<String>,
    /// An object of labels.
    pub labels: Option<String>,
    /// Where to look.
    pub link: Option<String>,
    /// Who has it where it came from.
    pub acknowledged_by: Option<String>,
}

/// `[alerts]`
#[derive(Debug, Clone)]
pub struct Alerts {
    /// The routing tree, `[alerts.route]`.
    pub route: Route,
    /// `[[alerts.declare]]`: rules that open an incident by themselves.
    pub declare: Vec<DeclareRule>,
    /// `[[alerts.inhibit]]`: which alerts mute which others.
    pub inhibit: Inhibitions,
    /// `[alerts.storm]`: how many fresh messages a feed takes.
    pub storm: StormLimit,
    /// After how long a firing alert that nobody repeats and that has no end counts as resolved.
    pub resolve_timeout: Duration,
    /// `[[alerts.enrich]]`: what is known of alerts besides what senders say.
    pub enrich: Vec<EnrichRule>,
    /// How long an acknowledgement holds; none: as long as the alerts fire.
    pub acknowledge_expires: Option<Duration>,
    /// `[[alerts.correlate]]`: what belongs together, the longest window first.
    pub correlate: Vec<Pattern>,
    /// `[alerts.flapping]`: when an alert counts as one that comes and goes.
    pub flapping: FlappingRule,
}

/// `[pager]`
#[derive(Debug, Clone)]
pub struct Pager {
    /// Who is paged when nobody is on call.
    pub fallback: Option<PersonId>,
}

/// `[status_page]`
#[derive(Debug, Clone)]
pub struct StatusPage {
    /// The name on the page.
    pub name: String,
    /// Components, in the order shown.
    pub components: Vec<Component>,
}

/// `[retention]`
#[derive(Debug, Clone)]
pub struct Retention {
    /// How long settled outbox rows and processed inbox bodies are kept.
    pub settled: Duration,
    /// How long a hot room stays open for talk after its incident is closed.
    pub room: Duration,
}

impl Config {
    /// Looks a person up.
    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.people.iter().find(|p| &p.id == id)
    }

    /// Looks a service up by the name alerts and commands use.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.id.as_str() == name)
    }

    /// Looks a source up.
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|s| s.id.as_str() == name)
    }

    /// Looks an escalation policy up.
    pub fn escalation(&self, id: &crate::domain::ids::PolicyId) -> Option<&EscalationPolicy> {
        self.escalations.iter().find(|p| &p.id == id)
    }

    /// Looks a schedule up.
    pub fn schedule(&self, id: &crate::domain::ids::ScheduleId) -> Option<&Schedule> {
        self.schedules.iter().find(|s| &s.id == id)
    }

    /// Looks a team up.
    pub fn team(&self, id: &crate::domain::ids::TeamId) -> Option<&Team> {
        self.teams.iter().find(|t| &t.id == id)
    }
}
