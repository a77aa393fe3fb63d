//! `/health`: the state of hotroom, with instructions. The sentences are in the template.

pub mod contacts;
mod discord;
mod mood;
pub mod pages;
mod status_mirrors;
mod unreadable;
mod warnings;
mod webhooks;

use serde::Serialize;

use super::{
    heartbeats::{self, Beat},
    words::{self, ConfigNames},
};
use crate::{
    domain::{
        Timestamp,
        effect::Effect,
        ids::{IncidentId, PersonId},
        text::Untrusted,
    },
    store::{EndedOnArrival, Health, LaneView, OutboxRow, Reads, StoreError, UnreadableDelivery},
};

pub use contacts::ContactKindView;
pub use discord::DiscordHealth;
pub use mood::Mood;
pub use pages::TroubledPage;
pub use status_mirrors::StatusMirrorView;
pub use unreadable::UnreadableView;
pub use warnings::SenderWarningView;
pub use webhooks::WebhookView;

/// Maximum number of lanes, outbox rows and deliveries listed.
const LISTED: usize = 100;

/// The name of the stored value with the time of the last backup, in milliseconds.
pub const LAST_BACKUP: &str = "last_backup";

/// How the lanes of webhooks and status mirrors begin.
const OUTSIDE_LANES: [&str; 2] = ["webhook/", "status_mirror/"];

/// Delay of a lane, in seconds, from which it counts as a warning, and as critical.
const LATE: (i64, i64) = (60, 300);

/// The context of `templates/web/health.html`, without the frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HealthView {
    /// The worst state of all that follows.
    pub overall: Mood,
    /// The database.
    pub database: Database,
    /// The chat.
    pub chat: ChatHealth,
    /// Discord, if it is enabled.
    pub discord: Option<DiscordHealth>,
    /// Why sending is paused.
    pub paused: Option<String>,
    /// Rows from before a restore that wait for a person.
    pub held: u64,
    /// When the last backup was made.
    pub backup: Option<String>,
    /// Pending timers: their number, and when the next one is due.
    pub timers: Timers,
    /// Lanes with due effects.
    pub lanes: Vec<DueLane>,
    /// Effects that failed for good, or whose outcome is unknown.
    pub given_up: Vec<GivenUp>,
    /// The alert sources.
    pub sources: Vec<SourceView>,
    /// Heartbeats, expired ones first.
    pub heartbeats: Vec<Beat>,
    /// Pages to which nobody may respond.
    pub pages: Vec<TroubledPage>,
    /// The kinds of contact methods.
    pub contacts: Vec<ContactKindView>,
    /// The webhooks of the configuration.
    pub webhooks: Vec<WebhookView>,
    /// The mirrors of the status page.
    pub status_mirrors: Vec<StatusMirrorView>,
    /// What was unusual in deliveries that were read nevertheless.
    pub warnings: Vec<SenderWarningView>,
    /// Deliveries that could not be parsed.
    pub unreadable: Vec<UnreadableView>,
}

/// The state of the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Database {
    /// The overall level.
    pub tone: Mood,
    /// Number of queued writes.
    pub queued: usize,
    /// Capacity of the queue.
    pub queue: usize,
    /// Milliseconds since the last commit.
    pub last_commit_ms: Option<u64>,
    /// True if the disk is full.
    pub full: bool,
    /// Why it no longer accepts writes.
    pub failed: Option<String>,
    /// Corruption that was detected.
    pub corrupt: Option<String>,
    /// The problem with the database file.
    pub file: Option<String>,
}

/// The state of the chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ChatHealth {
    /// The overall level.
    pub tone: Mood,
    /// Number of rooms the reader sees.
    pub rooms: usize,
    /// Number of open pages of all readers.
    pub open_pages: usize,
}

/// Pending timers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Timers {
    /// Their number.
    pub count: usize,
    /// When the next one is due.
    pub next: Option<String>,
}

/// A lane whose first effect is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DueLane {
    /// Its name.
    pub name: String,
    /// The key of its incident, if the reader may see it.
    pub incident: Option<String>,
    /// Number of effects queued in it.
    pub depth: u64,
    /// When its first effect was due.
    pub oldest: String,
    /// Number of attempts at its first effect.
    pub attempts: u64,
    /// The last error.
    pub why: Option<String>,
    /// The level.
    pub tone: Mood,
}

/// An effect that a person has to check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GivenUp {
    /// Its outbox row.
    pub id: String,
    /// The name of the effect.
    pub what: String,
    /// True if it may have been carried out.
    pub unknown: bool,
    /// The last error.
    pub why: String,
    /// When it was due.
    pub at: String,
    /// Number of attempts.
    pub attempts: u64,
    /// The key of its incident, if the reader may see it.
    pub incident: Option<String>,
}

/// A source and its activity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceView {
    /// Its name.
    pub id: String,
    /// Its format.
    pub kind: &'static str,
    /// True if it is enabled.
    pub enabled: bool,
    /// True if nothing arrived for longer than its allowed interval.
    pub silent: bool,
    /// When its last delivery arrived.
    pub last_heard: Option<String>,
    /// Number of deliveries.
    pub deliveries: u64,
    /// Number of recent deliveries that could not be parsed.
    pub unreadable: usize,
    /// Number of alerts that had ended before they arrived, if there was one today.
    pub ended_on_arrival: u64,
}

/// What the process knows of itself, without the database.
pub struct ProcessHealth<'a> {
    /// The store.
    pub store: &'a Health,
    /// How many browsers are connected.
    pub open_pages: usize,
    /// Discord, if it is configured.
    pub discord: Option<DiscordHealth>,
}

/// Reads what the page shows to this person.
///
/// # Errors
/// When the store fails.
pub fn read(
    reads: &Reads<'_>,
    words: ConfigNames<'_>,
    reader: &PersonId,
    process: ProcessHealth<'_>,
    now: Timestamp,
) -> Result<HealthView, StoreError> {
    let ProcessHealth { store: health, open_pages, discord } = process;
    let waiting = reads.lanes(LISTED)?;
    let (due, later): (Vec<LaneView>, Vec<LaneView>) = waiting.into_iter().partition(|lane| lane.head.due <= now);
    let lanes = due.into_iter().map(|lane| one_lane(reads, reader, lane, now)).collect::<Result<Vec<_>, _>>()?;
    let stuck = reads.stuck_rows(LISTED)?.into_iter();
    let given_up = stuck.map(|row| one_row(reads, reader, row)).collect::<Result<Vec<_>, _>>()?;
    let unreadable = reads.unreadable_deliveries(LISTED)?;
    let database = database(health);
    let chat = ChatHealth { tone: Mood::Good, rooms: reads.visible_rooms(reader)?.len(), open_pages };
    let overall = lanes.iter().map(|lane| lane.tone).max().unwrap_or(Mood::Good).max(database.tone);
    let sources = sources(reads, words, now, &unreadable)?;
    let beats = heartbeats::read(reads, words.config, LISTED)?;
    let webhooks = webhooks::read(reads, words.config)?;
    let discord = discord.map(|discord| with_waiting(discord, &lanes, &sources));
    let overall = discord.as_ref().map_or(overall, |discord| overall.max(discord.tone));
    let overall = if given_up.is_empty() && unreadable.is_empty() { overall } else { overall.max(Mood::Warning) };
    let status_mirrors = status_mirrors::read(reads, words.config)?;
    let failing = webhooks.iter().any(|webhook| webhook.failing_since.is_some());
    let failing = failing || status_mirrors.iter().any(|mirror| mirror.behind_since.is_some());
    let overall = if failing { overall.max(Mood::Warning) } else { overall };
    let contacts = contacts::read(reads, words.config)?;
    let overall = contacts.iter().map(|contact| contact.tone).fold(overall, Mood::max);
    let pages = pages::read(reads, reader, LISTED)?;
    let overall = if pages.is_empty() { overall } else { Mood::Critical };
    let odd = sources.iter().any(|source| source.silent) || beats.iter().any(|beat| beat.expired);
    let warnings = warnings::read(reads, LISTED, now)?;
    let odd = odd || warnings.iter().any(|warning| warning.recent);
    let overall = if odd { overall.max(Mood::Warning) } else { overall };
    let paused = reads.sending_paused()?;
    let overall = if paused.is_some() { Mood::Critical } else { overall };
    Ok(HealthView {
        overall,
        paused,
        held: reads.count_held_rows()?,
        database,
        chat,
        discord,
        backup: last_backup(reads)?,
        timers: timers(&later),
        lanes,
        given_up,
        sources,
        heartbeats: beats,
        pages,
        contacts,
        webhooks,
        status_mirrors,
        warnings,
        unreadable: unreadable::read(reads, unreadable)?,
    })
}

fn with_waiting(discord: DiscordHealth, lanes: &[DueLane], sources: &[SourceView]) -> DiscordHealth {
    DiscordHealth {
        waiting: lanes.iter().filter(|lane| lane.name.starts_with("mirror/")).map(|lane| lane.depth).sum(),
        unmatched: sources.iter().filter(|source| source.kind == "discord").map(|source| source.unreadable).sum(),
        ..discord
    }
}

fn database(health: &Health) -> Database {
    let broken = health.failed.is_some() || health.full || health.corrupt.is_some() || health.file.is_some();
    let tone = if broken {
        Mood::Critical
    } else if health.queued * 2 > health.queue {
        Mood::Warning
    } else {
        Mood::Good
    };
    Database {
        tone,
        queued: health.queued,
        queue: health.queue,
        last_commit_ms: health.last_commit_age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
        full: health.full,
        failed: health.failed.clone(),
        corrupt: health.corrupt.clone(),
        file: health.file.clone(),
    }
}

fn last_backup(reads: &Reads<'_>) -> Result<Option<String>, StoreError> {
    let stored = reads.meta(LAST_BACKUP)?.and_then(|millis| millis.parse().ok());
    Ok(stored.and_then(Timestamp::from_timestamp_millis).map(words::at))
}

fn timers(later: &[LaneView]) -> Timers {
    Timers { count: later.len(), next: later.iter().map(|lane| lane.head.due).min().map(words::at) }
}

fn one_lane(reads: &Reads<'_>, reader: &PersonId, lane: LaneView, now: Timestamp) -> Result<DueLane, StoreError> {
    let late = (now - lane.head.due).num_seconds();
    let outside = OUTSIDE_LANES.iter().any(|begin| lane.lane.starts_with(begin));
    let tone = match late {
        // A receiver or a mirror that is away delays nothing else.
        late if late >= LATE.0 && outside => Mood::Warning,
        late if late >= LATE.1 => Mood::Critical,
        late if late >= LATE.0 || lane.head.attempts > 2 => Mood::Warning,
        _ => Mood::Good,
    };
    Ok(DueLane {
        incident: incident_of(reads, reader, &lane.head.effect)?,
        name: lane.lane,
        depth: lane.waiting,
        oldest: words::at(lane.head.due),
        attempts: lane.head.attempts,
        why: lane.head.why.map(|why| Untrusted::new(why).shown(words::TITLE)),
        tone,
    })
}

fn one_row(reads: &Reads<'_>, reader: &PersonId, row: OutboxRow) -> Result<GivenUp, StoreError> {
    let effect: serde_json::Value = serde_json::from_str(&row.effect).unwrap_or_default();
    Ok(GivenUp {
        incident: incident_of(reads, reader, &row.effect)?,
        id: row.id.to_string(),
        what: words::spaced(effect["effect"].as_str().unwrap_or("unknown effect")),
        unknown: row.state == "unknown",
        why: Untrusted::new(row.why.unwrap_or_default()).shown(words::TITLE),
        at: words::at(row.due),
        attempts: row.attempts,
    })
}

/// Returns the key of the incident that an effect belongs to, if the reader may see it.
fn incident_of(reads: &Reads<'_>, reader: &PersonId, effect: &str) -> Result<Option<String>, StoreError> {
    let effect: Result<Effect, _> = serde_json::from_str(effect);
    let named = effect.ok().and_then(|effect| serde_json::to_value(effect).ok());
    let id = named.and_then(|effect| effect["incident"].as_str().and_then(IncidentId::parse));
    let Some(id) = id else { return Ok(None) };
    let incident = reads.incident(id)?.filter(|incident| incident.visible_to(reader));
    Ok(incident.map(|incident| incident.key.to_string()))
}

/// The configured sources and their activity; `unreadable` are the latest deliveries that could not be parsed.
pub fn sources(
    reads: &Reads<'_>,
    words: ConfigNames<'_>,
    now: Timestamp,
    unreadable: &[UnreadableDelivery],
) -> Result<Vec<SourceView>, StoreError> {
    let heard = reads.source_activity()?;
    let lately = |ended: &EndedOnArrival| now - ended.last < chrono::TimeDelta::days(1);
    let source = |source: &crate::config::Source| {
        let ended = reads.ended_on_arrival(source.id.as_str())?.filter(lately);
        let heard = heard.iter().find(|heard| heard.source == source.id.as_str());
        Ok(SourceView {
            id: source.id.to_string(),
            kind: source.kind_name(),
            enabled: source.enabled,
            silent: is_silent(source, heard.map(|heard| heard.last), now),
            last_heard: heard.map(|heard| words::at(heard.last)),
            deliveries: heard.map_or(0, |heard| heard.deliveries),
            unreadable: unreadable.iter().filter(|delivery| delivery.source == source.id.as_str()).count(),
            ended_on_arrival: ended.map_or(0, |ended| ended.count),
        })
    };
    words.config.sources.iter().map(source).collect()
}

/// True if a source with a required interval has been silent for too long.
fn is_silent(source: &crate::config::Source, heard: Option<Timestamp>, now: Timestamp) -> bool {
    let after = if source.enabled { source.silent_after } else { None };
    let after = after.and_then(|after| chrono::TimeDelta::from_std(after).ok());
    after.is_some_and(|after| heard.is_none_or(|at| now - at > after))
}
