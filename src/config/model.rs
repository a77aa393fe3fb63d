//! The typed settings of `bot.toml`.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::PathBuf,
    time::Duration,
};

use secrecy::SecretString;

pub use super::contact::ContactConfig;
pub use super::discord::{DiscordConfig, RoomNaming, Shape};
use super::documents::DocumentsConfig;
pub use super::offline_copy::{BucketConfig, OfflineCopyConfig};
pub use super::pager_routes::{OutsidePager, PagerRoutes};
pub use super::tracker::{
    BoardConfig, OutsideTracker, OwnProject, PullRequestRepository, PullRequestSettings, TrackerConfig, TrackerSettings,
};
use super::{SourceKind, mapping::FieldMapping};
use crate::{
    contact::mail::ReportMailbox,
    domain::{
        alert::{DeclareRule, EnrichRule, FlappingRule, Inhibitions, Pattern, Route, StormLimit},
        contact::UrgencyRule,
        ids::{PersonId, RoomId, SourceId, StatusMirrorId, WebhookId},
        incident::{Policy, Severity},
        oncall::{EscalationPolicy, Schedule},
        people::{Person, Service, Team},
        review::{FollowUpPolicy, PostmortemPolicy},
        status::{Component, MaintenancePolicy},
        user_report::UserReportPolicy,
        webhook::WebhookEvent,
    },
    net::{NetSettings, ServerIdentity, standard_webhooks::WebhookSecret},
    status_mirror::StatusMirror,
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
    pub chat: ChatConfig,
    /// `[tracker]`
    pub tracker: TrackerConfig,
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
    /// The offline on-call sheet; `None` if none is written.
    pub offline_copy: Option<OfflineCopyConfig>,
    /// How people are reached outside the chat.
    pub contact: ContactConfig,
    /// `[[status_mirrors]]`
    pub status_mirrors: Vec<StatusMirror>,
    /// `[[webhooks]]`
    pub webhooks: Vec<WebhookConfig>,
    /// `[postmortem]`
    pub postmortem: PostmortemPolicy,
    /// `[followups]`
    pub followups: FollowUpPolicy,
    /// `[documents]`
    pub documents: DocumentsConfig,
    /// `[reports]`
    pub reports: ReportsConfig,
    /// `[retention]`
    pub retention: Retention,
    /// Mistakes that do no harm yet.
    pub warnings: Vec<super::Mistake>,
    /// A digest of the file, for the event log.
    pub digest: String,
}

/// `[server]`
#[derive(Debug, Clone)]
pub struct Server {
    /// Address and port. Other addresses than loopback need tokens on every source and on the API.
    pub listen: SocketAddr,
    /// The certificate and its key; `None` for plain HTTP.
    pub tls: Option<ServerIdentity>,
    /// The base address of links; derived from `listen` by default.
    pub public_url: String,
    /// Host names accepted besides loopback names and the host of `public_url`.
    pub allowed_hosts: Vec<String>,
    /// Maximum size of a request body in bytes, before and after decompression.
    pub max_body: usize,
    /// Maximum number of concurrent connections.
    pub max_connections: usize,
    /// Timeout for the head of a request.
    pub header_timeout: Duration,
    /// Timeout for the body of a request.
    pub body_timeout: Duration,
    /// Timeout for a whole request, except streams.
    pub request_timeout: Duration,
    /// How long requests in progress may take after SIGTERM.
    pub drain_timeout: Duration,
    /// Bearer token of the API; required unless `listen` is loopback.
    pub api_token: Option<SecretString>,
    /// Trust requests from this machine also where `public_url` is not an address of this machine.
    pub trust_local: bool,
    /// How long a browser may be unused before it is signed out.
    pub session_idle: Duration,
}

/// `[log]`
#[derive(Debug, Clone)]
pub struct Log {
    /// True for JSON, false for text.
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
    /// The most writes in one commit; 1 turns group commit off.
    pub batch: usize,
}

/// `[chat]`
#[derive(Debug, Clone)]
pub struct ChatConfig {
    /// The room in which incidents are announced.
    pub incidents_feed: RoomId,
    /// Other rooms that always exist.
    pub rooms: Vec<RoomId>,
    /// True if a message that refers to an incident or an alert group is answered with a card.
    pub previews: bool,
    /// The rooms in which it is not.
    pub rooms_without_previews: Vec<RoomId>,
    /// The projects and repositories whose issues and pull requests are shown in rooms that have no list of their own.
    pub preview_projects: Vec<String>,
    /// The address of the video call of an incident, with `{{key}}` and `{{id}}`; `None` if there is none.
    pub video_url: Option<String>,
    /// `[chat.discord]`; `None` without a token.
    pub discord: Option<DiscordConfig>,
}

/// One of `[[sources]]`.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its id, the last part of `/intake/{name}`.
    pub id: SourceId,
    /// The format of its messages.
    pub kind: SourceKind,
    /// The shipped mapping that it uses, by the word of `kind` in `bot.toml`; its kind is then generic.
    pub shipped: Option<&'static str>,
    /// False if its posts are refused.
    pub enabled: bool,
    /// Bearer token or basic password it must send; required unless `listen` is loopback.
    pub token: Option<SecretString>,
    /// The previous token, still accepted during a rotation.
    pub old_token: Option<SecretString>,
    /// Shared secret of `X-Hotroom-Signature: sha256=<hex>` over the raw body; when set, unsigned bodies are refused.
    pub signing_secret: Option<SecretString>,
    /// The previous secret, still accepted during a rotation.
    pub old_signing_secret: Option<SecretString>,
    /// The header with the signature, for senders that can name it.
    pub signature_header: Option<String>,
    /// The header with the signed time. If set, a signature without it is refused.
    pub timestamp_header: Option<String>,
    /// How long it may send nothing before it counts as silent.
    pub silent_after: Option<Duration>,
    /// True if its silence is an alert.
    pub heartbeat: bool,
    /// For `sns`: the accepted topics, whose messages must be signed by Amazon. Without topics no signature is checked.
    pub topics: Vec<String>,
    /// For `sns`: address used instead of Amazon's hosts, for tests and proxies.
    pub base_url: Option<String>,
    /// Severities by the sender's words, in lower case. `default` applies to unknown and missing words.
    pub severity: BTreeMap<String, Severity>,
    /// For `generic` and `cloudevents`: JSON pointers (RFC 6901) to the fields.
    pub mapping: Option<FieldMapping>,
    /// For `discord`: the channels, senders and rules.
    pub discord: Option<super::Watch>,
}

impl Source {
    /// Creates a source without secrets, mapping and rules.
    pub fn new(id: SourceId, kind: SourceKind) -> Self {
        Self {
            id,
            kind,
            shipped: None,
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

    /// Returns the word of `kind` in `bot.toml`.
    pub fn kind_name(&self) -> &'static str {
        self.shipped.unwrap_or_else(|| self.kind.name())
    }

    /// True if it may post to `/intake/{name}`.
    pub fn may_post(&self) -> bool {
        self.enabled && self.kind != SourceKind::Discord && !self.kind.has_own_paths()
    }

    /// Returns how long it may be silent before that is an alert; `None` if silence is not an alert.
    pub fn alarms_after(&self) -> Option<Duration> {
        if self.enabled && self.heartbeat { self.silent_after } else { None }
    }

    /// True if its bodies must be signed.
    pub fn signs(&self) -> bool {
        self.signing_secret.is_some() || !self.topics.is_empty()
    }

    /// True if its messages are read on Discord.
    pub fn is_watched(&self) -> bool {
        self.enabled && self.kind == SourceKind::Discord
    }
}

/// `[alerts]`
#[derive(Debug, Clone)]
pub struct Alerts {
    /// The routing tree, `[alerts.route]`.
    pub route: Route,
    /// `[[alerts.declare]]`: rules that open incidents automatically.
    pub declare: Vec<DeclareRule>,
    /// `[[alerts.inhibit]]`: inhibition rules.
    pub inhibit: Inhibitions,
    /// `[alerts.storm]`: how many new messages a feed accepts before a storm begins.
    pub storm: StormLimit,
    /// How long an alert without an end time fires after its last repeat.
    pub resolve_timeout: Duration,
    /// How long a firing alert that its sender resolved before, with a start that is no later, is held back.
    pub reopen_hold: Duration,
    /// How long after a start no alert ends because its sender does not repeat it.
    pub start_grace: Duration,
    /// `[[alerts.enrich]]`: information that is added to alerts.
    pub enrich: Vec<EnrichRule>,
    /// How long an acknowledgement lasts; `None` until the alerts are resolved.
    pub acknowledge_expires: Option<Duration>,
    /// `[[alerts.correlate]]`: correlation patterns, the longest window first.
    pub correlate: Vec<Pattern>,
    /// `[alerts.flapping]`: when an alert counts as flapping.
    pub flapping: FlappingRule,
}

/// `[pager]`
#[derive(Debug, Clone)]
pub struct Pager {
    /// Who is paged when nobody is on call.
    pub fallback: Option<PersonId>,
    /// How urgent pages are.
    pub urgency: Vec<UrgencyRule>,
    /// Where a heartbeat goes each minute.
    pub heartbeat_url: Option<SecretString>,
    /// Which system pages people first, and which others there are.
    pub routes: PagerRoutes,
}

/// `[status_page]`
#[derive(Debug, Clone)]
pub struct StatusPage {
    /// The title of the page.
    pub name: String,
    /// The host that serves nothing but the status page; `None` if there is none.
    pub host: Option<String>,
    /// Components, in the order shown.
    pub components: Vec<Component>,
    /// `[status_page.maintenance]`
    pub maintenance: MaintenancePolicy,
}

/// One of `[[webhooks]]`.
#[derive(Debug, Clone)]
pub struct WebhookConfig {
    /// Its name.
    pub id: WebhookId,
    /// Where events are posted. Its path may be a secret.
    pub url: String,
    /// The secrets that sign: two during a rotation.
    pub secrets: Vec<WebhookSecret>,
    /// The events it gets.
    pub events: BTreeSet<WebhookEvent>,
    /// True if it also gets private incidents.
    pub private: bool,
}

/// `[reports]`
#[derive(Debug, Clone)]
pub struct ReportsConfig {
    /// Who may report, and what becomes of reports.
    pub policy: UserReportPolicy,
    /// `[reports.mail]`; `None` if nobody reports by mail.
    pub mailbox: Option<ReportMailbox>,
    /// The secret of `[reports.servicedesk]`; `None` if no service desk reports anything.
    pub service_desk: Option<SecretString>,
}

/// `[retention]`
#[derive(Debug, Clone)]
pub struct Retention {
    /// How long delivered outbox rows and processed inbox bodies are kept.
    pub settled: Duration,
    /// How long messages outside hot rooms are kept.
    pub messages: Duration,
    /// How long a hot room stays open after its incident is closed.
    pub room: Duration,
    /// How long resolved alerts without an incident, and changes, are kept.
    pub alerts: Duration,
    /// How long what was said in a hot room is kept after its incident is closed; `None` if for ever.
    pub transcripts: Option<Duration>,
    /// How long copies of attachments are kept after the incident is closed; `None` as long as their messages.
    pub attachments: Option<Duration>,
}

impl Config {
    /// Returns a person.
    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.people.iter().find(|p| &p.id == id)
    }

    /// Returns a service by the name that alerts and commands use.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.id.as_str() == name)
    }

    /// Returns a source.
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|s| s.id.as_str() == name)
    }

    /// Returns a webhook.
    pub fn webhook(&self, id: &WebhookId) -> Option<&WebhookConfig> {
        self.webhooks.iter().find(|webhook| &webhook.id == id)
    }

    /// Returns a mirror of the status page.
    pub fn status_mirror(&self, id: &StatusMirrorId) -> Option<&StatusMirror> {
        self.status_mirrors.iter().find(|mirror| &mirror.id == id)
    }

    /// Returns an escalation policy.
    pub fn escalation(&self, id: &crate::domain::ids::PolicyId) -> Option<&EscalationPolicy> {
        self.escalations.iter().find(|p| &p.id == id)
    }

    /// Returns a schedule.
    pub fn schedule(&self, id: &crate::domain::ids::ScheduleId) -> Option<&Schedule> {
        self.schedules.iter().find(|s| &s.id == id)
    }

    /// Returns a team.
    pub fn team(&self, id: &crate::domain::ids::TeamId) -> Option<&Team> {
        self.teams.iter().find(|t| &t.id == id)
    }
}
